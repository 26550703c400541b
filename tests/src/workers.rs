//! `streetwatch worker` processes, as Kubernetes would run them.

use crate::binary;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(100);

/// One worker, or a process of another role, running or not. Killed when dropped.
#[derive(Debug)]
pub struct Worker {
    id: String,
    city: PathBuf,
    folder: PathBuf,
    /// What it is started with, before and after its CITY.toml.
    arguments: (Vec<String>, Vec<String>),
    child: Option<Child>,
    /// How often it was started.
    starts: u32,
}

impl Worker {
    /// A worker that is not started: its own CITY.toml with the city-wide part. `lines` are added at the end.
    pub fn new(folder: &Path, id: &str, log: &str, lines: &str) -> Worker {
        let city = folder.join(format!("{id}.toml"));
        let evidence = folder.join("evidence");
        let text = format!(
            "city = \"soak\"\nlog = \"{log}\"\nstore = \"{}\"\nlisten = \"127.0.0.1:0\"\n{lines}\n\
             [inference]\nthreads = 1\nbin_state = \"off\"\ntruck_load = \"off\"\n",
            evidence.display()
        );
        std::fs::write(&city, text).expect("a file");
        let arguments = (vec!["worker".to_owned()], vec!["--id".to_owned(), id.to_owned()]);
        Worker { id: id.to_owned(), city, folder: folder.to_owned(), arguments, child: None, starts: 0 }
    }

    /// The same for `streetwatch gateway`.
    pub fn gateway(folder: &Path, id: &str, log: &str, lines: &str) -> Worker {
        let mut gateway = Worker::new(folder, id, log, lines);
        gateway.arguments = (vec!["gateway".to_owned()], Vec::new());
        gateway
    }

    /// Its name in the group.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Starts it; what it says goes to a file of its own.
    pub fn start(&mut self) {
        self.starts += 1;
        let err = std::fs::File::create(self.log_file()).expect("a file");
        let (before, after) = &self.arguments;
        let mut command = binary::command(before.iter().map(String::as_str));
        let child = command.arg(&self.city).args(after).stderr(err).spawn();
        self.child = Some(child.expect("streetwatch starts"));
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join(format!("{}.{}.err", self.id, self.starts))
    }

    /// What it has said since it was started last.
    pub fn stderr(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// What it has said since its first start.
    pub fn all_stderr(&self) -> String {
        let of = |start| std::fs::read_to_string(self.folder.join(format!("{}.{start}.err", self.id)));
        (1..=self.starts).filter_map(|start| of(start).ok()).collect()
    }

    /// Whether it has ended by itself, with its exit code.
    pub fn ended(&mut self) -> Option<Option<i32>> {
        let child = self.child.as_mut()?;
        child.try_wait().expect("our child").map(|status| status.code())
    }

    /// Sends a signal.
    pub fn signal(&self, signal: i32) {
        if let Some(child) = &self.child {
            // SAFETY: the child is ours and was not waited for, so the id is still its own.
            unsafe { libc::kill(child.id() as libc::pid_t, signal) };
        }
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("our child");
            child.wait().expect("our child");
        }
    }

    /// SIGTERM, then its exit code; `None` when it is killed after `patience`.
    pub fn terminate(&mut self, patience: Duration) -> Option<i32> {
        self.signal(libc::SIGTERM);
        let deadline = Instant::now() + patience;
        while self.child.is_some() && Instant::now() < deadline {
            if let Some(code) = self.ended() {
                self.child = None;
                return code;
            }
            std::thread::sleep(POLL);
        }
        self.kill();
        None
    }

    /// A port of this machine that it has named in its log, after these words.
    pub fn port(&self, words: &str) -> Option<u16> {
        let log = self.stderr();
        log.split(&format!("{words}127.0.0.1:")).nth(1)?.split_whitespace().next()?.parse().ok()
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// What it answers on a path: status and body. `None` while it does not.
    pub fn ask(&self, path: &str) -> Option<(u16, String)> {
        self.request("GET", path, "", "")
    }

    /// The same for any request; `head` is further lines of its head.
    pub fn request(&self, method: &str, path: &str, head: &str, body: &str) -> Option<(u16, String)> {
        let port = self.port("address=")?;
        let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(15))).ok()?;
        let length = body.len();
        let head = format!("Host: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n{head}");
        write!(stream, "{method} {path} HTTP/1.1\r\n{head}\r\n{body}").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let status = text.split_whitespace().nth(1)?.parse().ok()?;
        Some((status, text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()))
    }

    /// Whether `/readyz` says so.
    pub fn is_ready(&self) -> bool {
        self.ask("/readyz").is_some_and(|(status, _)| status == 200)
    }

    /// The sum of a metric over all its labels that hold `label`.
    pub fn metric(&self, name: &str, label: &str) -> f64 {
        let Some((_, text)) = self.ask("/metrics") else { return 0.0 };
        let of_name = text.lines().filter(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])) && line.contains(label)
        });
        of_name.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Cameras of which it has judged pictures since its start.
    pub fn watched(&self) -> Vec<String> {
        let Some((_, text)) = self.ask("/metrics") else { return Vec::new() };
        let of = |line: &str| {
            let rest = line.strip_prefix("streetwatch_pictures_total{camera=\"")?;
            let (camera, value) = rest.split_once("\"} ")?;
            value.parse::<f64>().is_ok_and(|n| n > 0.0).then(|| camera.to_owned())
        };
        text.lines().filter_map(of).collect()
    }

    /// Waits until `found` gives something; panics with the end of its log when it does not in time.
    pub fn wait<T>(&mut self, what: &str, patience: Duration, mut found: impl FnMut(&Worker) -> Option<T>) -> T {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            let ended = self.ended();
            assert!(ended.is_none(), "{} ended ({ended:?}) before {what}:\n{}", self.id, self.stderr());
            assert!(Instant::now() < deadline, "{}: no {what} in {patience:?}:\n{}", self.id, self.stderr());
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _gone_already = child.kill();
            let _ = child.wait();
        }
    }
}
