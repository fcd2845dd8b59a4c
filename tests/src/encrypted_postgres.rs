//! A PostgreSQL that is reached over TCP and by encrypted connections alone.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use cluster::Cluster;
use tempfile::TempDir;

use crate::eventually;
use crate::instance::free_port;

/// Its certificate is for `localhost`, by an authority of its own.
#[derive(Debug)]
pub struct EncryptedPostgres {
    port: u16,
    folder: TempDir,
    server: Child,
}

impl EncryptedPostgres {
    /// Makes one, with an empty database `stoa`.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("there is a place for temporary files");
        // Whoever the server runs as must be able to get there.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("the folder is ours");
        let place = folder.path().join("cluster");
        let cluster = Cluster::start(&place, cluster::Options { durable: false });
        let cluster = cluster.await.unwrap_or_else(|error| panic!("no PostgreSQL for the test: {error}"));
        cluster.create_database("stoa", None).await.expect("a database can be made");
        // The same program, as the same user, but open to the network.
        let data = place.join("data");
        let text = fs::read_to_string(data.join("postmaster.pid")).expect("the server runs");
        let process = Path::new("/proc").join(text.lines().next().expect("it has a number"));
        let program = fs::read_link(process.join("exe")).expect("it has a program");
        cluster.stop().await.expect("the cluster can be stopped");

        let owner = fs::metadata(&data).expect("the cluster has data");
        certify(folder.path());
        for name in ["server.key", "server.pem"] {
            let file = folder.path().join(name);
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("the file is ours");
            chown(&file, Some(owner.uid()), Some(owner.gid())).expect("the file can be given away");
        }
        let rules = folder.path().join("hba.conf");
        fs::write(&rules, "hostssl all all all trust\nhostnossl all all all reject\n")
            .expect("it can be written");
        let port = free_port();
        let mut command = Command::new(program);
        command.arg("-D").arg(&data).current_dir(&data).stdin(Stdio::null()).stderr(Stdio::null());
        for setting in [
            format!("hba_file={}", rules.display()),
            format!("ssl_cert_file={}", folder.path().join("server.pem").display()),
            format!("ssl_key_file={}", folder.path().join("server.key").display()),
            format!("port={port}"),
            "ssl=on".to_owned(),
            "listen_addresses=localhost".to_owned(),
            "unix_socket_directories=".to_owned(),
            "fsync=off".to_owned(),
        ] {
            command.arg("-c").arg(setting);
        }
        if fs::metadata("/proc/self").is_ok_and(|process| process.uid() != owner.uid()) {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let server = command.spawn().expect("PostgreSQL can be started");
        eventually("PostgreSQL accepts connections", async || {
            tokio::net::TcpStream::connect(("localhost", port)).await.ok().map(drop)
        })
        .await;
        Self { port, folder, server }
    }

    /// The file of the authority that its certificate is by.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Its address, with this host and query: `("localhost", "sslmode=require")`.
    pub fn url(&self, host: &str, query: &str) -> String {
        format!("postgres://stoa@{host}:{}/stoa?{query}", self.port)
    }
}

impl Drop for EncryptedPostgres {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Writes `ca.pem`, `server.pem` and `server.key`.
fn certify(folder: &Path) {
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").expect("the folder is ours");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for arguments in [
        format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=Authority"),
        format!("req {key} -keyout server.key -out server.csr -subj /CN=localhost"),
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem"
            .to_owned(),
    ] {
        let made = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
        let made = made.expect("openssl can be run");
        assert!(made.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&made.stderr));
    }
}
