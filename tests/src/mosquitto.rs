//! A real mosquitto on loopback, in a folder of its own.

use crate::ports::Ports;
use crate::secured::{authority, certificate};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running broker. Killed when dropped.
#[derive(Debug)]
pub struct Mosquitto {
    folder: tempfile::TempDir,
    port: u16,
    tls: u16,
    child: Option<Child>,
}

impl Mosquitto {
    /// Starts one that keeps sessions and lets in `user` with `password` only. `Err` is the reason to skip the test.
    ///
    /// # Errors
    /// The reason to skip the test.
    pub fn start(user: &str, password: &str) -> Result<Mosquitto, String> {
        let folder = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
        let ports = Ports::hold(2)?.numbers()?;
        let (port, tls) = (ports[0], ports[1]);
        let at = folder.path().display();
        let passwords = folder.path().join("passwords");
        std::fs::write(&passwords, format!("{user}:{password}\n")).map_err(|e| e.to_string())?;
        let hashed = tool("mosquitto_passwd").arg("-U").arg(&passwords).output().map_err(|e| missing(&e))?;
        if !hashed.status.success() {
            return Err(format!("mosquitto_passwd: {}", String::from_utf8_lossy(&hashed.stderr)));
        }
        authority(folder.path(), "ca")?;
        authority(folder.path(), "stranger")?;
        certificate(folder.path(), "broker")?;
        let text = format!(
            "listener {port} 127.0.0.1\nlistener {tls} 127.0.0.1\ncafile {at}/ca.crt\ncertfile {at}/broker.crt\nkeyfile {at}/broker.key\npassword_file {at}/passwords\npersistence true\npersistence_location {at}/\n\
             user root\nlog_dest file {at}/mosquitto.log\n"
        );
        std::fs::write(folder.path().join("mosquitto.conf"), text).map_err(|e| e.to_string())?;
        let mut broker = Mosquitto { folder, port, tls, child: None };
        broker.restart()?;
        Ok(broker)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it listens with TLS.
    pub fn tls_port(&self) -> u16 {
        self.tls
    }

    /// The certificate of its authority (`ca`), or of one that has nothing to do with it (`stranger`).
    pub fn authority(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.crt"))
    }

    /// Starts it on the same port and data.
    ///
    /// # Errors
    /// It does not listen.
    pub fn restart(&mut self) -> Result<(), String> {
        let config = self.folder.path().join("mosquitto.conf");
        let mut command = tool("mosquitto");
        command.arg("-c").arg(config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().map_err(|e| missing(&e))?);
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if Instant::now() > deadline {
                let said = std::fs::read_to_string(self.folder.path().join("mosquitto.log")).unwrap_or_default();
                return Err(format!("mosquitto does not listen: {said}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Kills it.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _gone_already = child.kill();
            let _ = child.wait();
        }
    }

    /// Publishes as a device would, QoS 1.
    pub fn publish(&self, (user, password): (&str, &str), topic: &str, message: &str, retained: bool) {
        let mut command = tool("mosquitto_pub");
        let port = self.port.to_string();
        command.args([
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-u",
            user,
            "-P",
            password,
            "-q",
            "1",
            "-t",
            topic,
            "-m",
            message,
        ]);
        if retained {
            command.arg("-r");
        }
        let published = command.output().expect("mosquitto_pub starts");
        assert!(published.status.success(), "{}", String::from_utf8_lossy(&published.stderr));
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A program of the packages `mosquitto` and `mosquitto-clients`; the broker lies where only root looks.
fn tool(name: &str) -> Command {
    let found =
        ["/usr/sbin", "/usr/bin"].map(|folder| PathBuf::from(folder).join(name)).into_iter().find(|p| p.is_file());
    Command::new(found.unwrap_or_else(|| PathBuf::from(name)))
}

fn missing(error: &std::io::Error) -> String {
    format!("mosquitto cannot be started ({error}); install the packages mosquitto and mosquitto-clients")
}
