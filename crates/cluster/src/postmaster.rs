//! The server process: made, started, found again and stopped.

use crate::installation::Installation;
use crate::owner::Owner;
use crate::place::Place;
use crate::{Error, Options, ROLE, databases};
use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Stdio};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long the server may take to accept connections; recovery after a crash is part of it.
const PATIENCE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(15);

/// Returns when the server accepts connections, whoever started it. The caller holds the start lock.
pub(crate) async fn ensure_running(
    installation: &Installation,
    owner: &Owner,
    place: &Place,
    options: Options,
) -> Result<(), Error> {
    let deadline = Instant::now() + PATIENCE;
    while is_alive(place) {
        if answers(place).await {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(not_started(place, "another server in this folder does not answer"));
        }
        sleep(POLL).await;
    }
    let mut server = loop {
        let (installation, owner, there) = (installation.clone(), *owner, place.clone());
        let started = tokio::task::spawn_blocking(move || {
            initialise(&installation, owner, &there, options)?;
            launch(&installation, owner, &there, options)
        });
        let mut server = started.await.map_err(|_| Error::Interrupted)??;
        match until_ready(&mut server, place, deadline).await {
            Ok(()) => break server,
            // After a crash of its parent process the others of the old server need a moment to notice.
            Err(Error::NotStarted { reason, .. })
                if reason.contains("pre-existing shared memory block") && Instant::now() < deadline =>
            {
                sleep(POLL * 10).await;
            }
            Err(error) => return Err(error),
        }
    };
    // Somebody must collect the exit status, or an ended server stays behind as a zombie.
    std::thread::spawn(move || server.wait());
    Ok(())
}

async fn until_ready(server: &mut Child, place: &Place, deadline: Instant) -> Result<(), Error> {
    while !answers(place).await {
        if let Ok(Some(status)) = server.try_wait() {
            return Err(not_started(place, &format!("it ended with {status}")));
        }
        if Instant::now() > deadline {
            let _ = server.kill();
            let _ = server.wait();
            return Err(not_started(place, "it did not answer in time"));
        }
        sleep(POLL).await;
    }
    Ok(())
}

/// Stops the server and waits for its end. It is no error if there is none.
pub(crate) fn stop(installation: &Installation, owner: &Owner, place: &Place) -> Result<(), Error> {
    if !is_alive(place) {
        return Ok(());
    }
    let data = place.data();
    let arguments = ["stop", "-D"].map(OsStr::new).into_iter().chain([data.as_os_str()]);
    let arguments: Vec<&OsStr> = arguments.chain(["-m", "fast", "-w", "-t", "60"].map(OsStr::new)).collect();
    match owner.run(installation, "pg_ctl", &place.dir, &arguments) {
        Err(_) if !is_alive(place) => Ok(()),
        result => result,
    }
}

async fn answers(place: &Place) -> bool {
    let host = crate::percent_encoded(place.sockets_bytes());
    databases::connect(&format!("postgres://{ROLE}@/postgres?host={host}")).await.is_ok()
}

/// Whether the process named by `postmaster.pid` is the server of this folder. After a crash of the machine,
/// or in a new container, that number may be anybody's; the server would refuse to start then, so the file is
/// removed. If there is no such process at all, the server's own, better check has to do.
fn is_alive(place: &Place) -> bool {
    let (data, path) = (place.data(), place.data().join("postmaster.pid"));
    let Ok(text) = fs::read_to_string(&path) else { return false };
    let Some(pid) = text.lines().next().and_then(|line| line.trim().parse::<u32>().ok()) else {
        return false;
    };
    if !fs::exists("/proc/self").unwrap_or(false) {
        // Not Linux: the socket is the next best sign.
        return fs::exists(place.sockets.join(".s.PGSQL.5432")).unwrap_or(false);
    }
    let Ok(command_line) = fs::read(format!("/proc/{pid}/cmdline")) else { return false };
    if command_line.split(|&byte| byte == 0).any(|argument| argument == data.as_os_str().as_bytes()) {
        return true;
    }
    // An ended server that nobody has collected yet has no command line; its number is still its own.
    if !command_line.is_empty() {
        let _ = fs::remove_file(&path);
    }
    false
}

/// Makes the data folder unless there is one. It gets its name only when it is complete, so that a kill
/// halfway leaves nothing that looks finished.
fn initialise(
    installation: &Installation,
    owner: Owner,
    place: &Place,
    options: Options,
) -> Result<(), Error> {
    let (data, unfinished) = (place.data(), place.dir.join("data.unfinished"));
    if fs::exists(data.join("PG_VERSION")).map_err(Error::io("reading", &data))? {
        return Ok(());
    }
    let make = |locale: &str| {
        if fs::exists(&unfinished).unwrap_or(false) {
            fs::remove_dir_all(&unfinished).map_err(Error::io("removing", &unfinished))?;
        }
        let locale = format!("--locale={locale}");
        let user = format!("--username={ROLE}");
        let mut arguments = vec![OsStr::new("-D"), unfinished.as_os_str()];
        arguments.extend(["--auth=trust", "--encoding=UTF8", &locale, &user].map(OsStr::new));
        if !options.durable {
            arguments.push(OsStr::new("--no-sync"));
        }
        owner.run(installation, "initdb", &place.dir, &arguments)
    };
    // Not every system has C.UTF-8.
    make("C.UTF-8").or_else(|_| make("C"))?;
    fs::rename(&unfinished, &data).map_err(Error::io("naming", &data))
}

/// Starts the server as a child of this process, in a group of its own: Ctrl-C in the terminal must reach
/// us first, who then stop it in order.
fn launch(
    installation: &Installation,
    owner: Owner,
    place: &Place,
    options: Options,
) -> Result<Child, Error> {
    let path = place.log();
    // A new log for each start, so that it does not grow without end and shows this start's complaints.
    let log = OpenOptions::new().create(true).write(true).truncate(true).open(&path);
    let log = log.map_err(Error::io("opening", &path))?;
    place.give(&path)?;
    let program = installation.program("postgres");
    let mut command = owner.command(&program, &place.dir);
    command.arg("-D").arg(place.data());
    for setting in settings(place, options) {
        command.arg("-c").arg(setting);
    }
    command.stderr(Stdio::from(log));
    command.spawn().map_err(Error::io("running", &program))
}

fn settings(place: &Place, options: Options) -> Vec<OsString> {
    let mut sockets = OsString::from("unix_socket_directories=\"");
    sockets.push(&place.sockets);
    sockets.push("\"");
    let mut settings = vec![sockets];
    let always = [
        "listen_addresses=",
        "port=5432",
        "unix_socket_permissions=0700",
        "timezone=UTC",
        "log_timezone=UTC",
    ];
    settings.extend(always.map(OsString::from));
    if !options.durable {
        let fast = [
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "wal_level=minimal",
            "max_wal_senders=0",
            "max_connections=500",
        ];
        settings.extend(fast.map(OsString::from));
    }
    settings
}

fn not_started(place: &Place, otherwise: &str) -> Error {
    let reason = last_complaint(place).unwrap_or_else(|| otherwise.to_owned());
    Error::NotStarted { reason, log: place.log() }
}

/// The last FATAL, PANIC or ERROR in the last 8 kB of the log.
fn last_complaint(place: &Place) -> Option<String> {
    let mut log = fs::File::open(place.log()).ok()?;
    let length = log.metadata().ok()?.len();
    log.seek(SeekFrom::Start(length.saturating_sub(8192))).ok()?;
    let mut tail = Vec::new();
    log.take(8192).read_to_end(&mut tail).ok()?;
    let tail = String::from_utf8_lossy(&tail);
    let complaint = |line: &str| {
        ["FATAL:", "PANIC:", "ERROR:"]
            .iter()
            .find_map(|word| Some(line.split_once(word)?.1.trim().to_owned()))
    };
    tail.lines().rev().find_map(complaint)
}
