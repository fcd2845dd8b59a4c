DROP TABLE dead_jobs;
DROP TABLE jobs;
DROP FUNCTION jobs_notify();
