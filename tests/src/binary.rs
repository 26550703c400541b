//! Runs the built `streetwatch` as a user would.

use crate::city::City;
use serde_json::Value;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(100);

/// The root of the workspace: models and the runtime are found from there.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The binary beside this test's own executable.
fn path() -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    let binary = test.ancestors().nth(2).expect("target/PROFILE/deps/test").join("streetwatch");
    assert!(binary.is_file(), "{} is missing: run `cargo build -p streetwatch` first", binary.display());
    binary
}

/// `streetwatch ARGUMENTS`, not yet started.
pub fn command<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    wrapped(Command::new(path()), arguments)
}

/// The same, where `launcher` starts the program given as its last argument.
pub fn command_under<'a>(mut launcher: Command, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    launcher.arg(path());
    wrapped(launcher, arguments)
}

fn wrapped<'a>(mut command: Command, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    command.args(arguments).current_dir(workspace()).stdin(Stdio::null());
    command.env_remove("RUST_LOG").env_remove("STREETWATCH_LOG").env("NO_COLOR", "1");
    command
}

/// What a finished command left.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; `None` for a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Finished {
    /// Each line of stdout as JSON.
    pub fn json_lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON on every line")).collect()
    }
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8 output");
        Finished { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Runs `streetwatch ARGUMENTS` to its end.
pub fn finish<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Finished {
    command(arguments).output().expect("streetwatch starts").into()
}

/// A `streetwatch run` at work. Killed when dropped.
pub struct Running {
    child: Child,
    out: PathBuf,
    err: PathBuf,
    log: String,
}

impl Running {
    /// Starts `run --show` on a city; `name` tells its output files from those of other runs.
    pub fn start(city: &City, name: &str) -> Running {
        Running::start_with(city, name, &[])
    }

    /// The same with further arguments.
    pub fn start_with(city: &City, name: &str, arguments: &[&str]) -> Running {
        Running::launch(city, name, &["run", "--show"], arguments)
    }

    /// Starts `record` on a city.
    pub fn record(city: &City, name: &str, arguments: &[&str]) -> Running {
        Running::launch(city, name, &["record"], arguments)
    }

    fn launch(city: &City, name: &str, what: &[&str], arguments: &[&str]) -> Running {
        let (out, err) = (city.folder().join(format!("{name}.out")), city.folder().join(format!("{name}.err")));
        let file = city.write();
        let child = command(what.iter().copied())
            .arg(&file)
            .args(arguments)
            .stdout(File::create(&out).expect("a file"))
            .stderr(File::create(&err).expect("a file"))
            .spawn()
            .expect("streetwatch starts");
        Running { child, out, err, log: city.log() }
    }

    /// What it has printed on stdout: candidates, each after its acknowledgement.
    pub fn stdout(&self) -> String {
        std::fs::read_to_string(&self.out).expect("its output")
    }

    /// What it has said on stderr.
    pub fn stderr(&self) -> String {
        std::fs::read_to_string(&self.err).expect("its output")
    }

    /// Everything on a topic, oldest first.
    pub fn topic(&self, name: &str) -> Vec<Value> {
        topic(&self.log, name)
    }

    /// Waits until `found` gives something; panics with the log lines when it does not in time.
    pub fn wait<T>(&mut self, what: &str, patience: Duration, mut found: impl FnMut(&Self) -> Option<T>) -> T {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            let ended = self.child.try_wait().expect("our child");
            assert!(ended.is_none(), "ended ({ended:?}) before {what}:\n{}", self.stderr());
            assert!(Instant::now() < deadline, "no {what} in {patience:?}:\n{}", self.stderr());
            std::thread::sleep(POLL);
        }
    }

    /// Waits until stderr has at least `times` lines that hold all of `words`.
    pub fn says(&mut self, words: &[&str], times: usize, patience: Duration) {
        let what = format!("{times} lines with {words:?}");
        self.wait(&what, patience, |run| (run.lines_with(words) >= times).then_some(()));
    }

    /// Lines of stderr that hold all of `words`.
    pub fn lines_with(&self, words: &[&str]) -> usize {
        self.stderr().lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }

    /// Its metrics, as Prometheus reads them.
    pub fn metrics(&self) -> String {
        self.get("/metrics")
    }

    /// One of its metrics, named with its labels; 0 while it, or the place to ask, is not there.
    pub fn metric(&self, name: &str) -> f64 {
        if !self.stderr().contains("address=127.0.0.1:") {
            return 0.0;
        }
        let value = |line: &str| line.strip_prefix(name)?.trim().parse().ok();
        self.metrics().lines().find_map(value).unwrap_or(0.0)
    }

    /// What it answers at a path, head included.
    pub fn get(&self, path: &str) -> String {
        let log = self.stderr();
        let address = log.split("address=127.0.0.1:").nth(1).and_then(|rest| rest.split_whitespace().next());
        let port: u16 = address.expect("the console's address in the log").parse().expect("a port");
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the console listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("a request");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        text
    }

    /// SIGTERM, then its exit code.
    pub fn terminate(mut self) -> (Option<i32>, String) {
        // SAFETY: the child is ours and was not waited for, so the id is still its own.
        unsafe { libc::kill(self.child.id() as libc::pid_t, libc::SIGTERM) };
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.child.try_wait().expect("our child") {
                return (status.code(), self.stderr());
            }
            assert!(Instant::now() < deadline, "still there 30 s after SIGTERM:\n{}", self.stderr());
            std::thread::sleep(POLL);
        }
    }

    /// SIGKILL. Returns what it had printed.
    pub fn kill(mut self) -> String {
        self.child.kill().expect("our child");
        self.child.wait().expect("our child");
        self.stdout()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Payloads of a topic of the log at `address`, through `topic tail`, oldest first.
pub fn topic(address: &str, name: &str) -> Vec<Value> {
    let tail = finish(["topic", "tail", name, "--from-beginning", "--json", "--log", address]);
    assert_eq!(tail.code, Some(0), "{}", tail.stderr);
    data(&tail.stdout)
}

fn data(lines: &str) -> Vec<Value> {
    let record = |line: &str| serde_json::from_str::<Value>(line).expect("JSON on every line");
    lines.lines().map(|line| record(line)["payload"]["data"].take()).collect()
}

/// A `topic tail --follow` at work: sees also what compaction removes later. Killed when dropped.
pub struct Follower {
    child: Child,
    out: PathBuf,
}

impl Follower {
    /// Follows a topic of a running city from its beginning.
    pub fn start(city: &City, name: &str) -> Follower {
        let out = city.folder().join(format!("{name}.followed"));
        let child = command(["topic", "tail", name, "--from-beginning", "--follow", "--json", "--log", &city.log()])
            .stdout(File::create(&out).expect("a file"))
            .spawn()
            .expect("streetwatch starts");
        Follower { child, out }
    }

    /// Ends it; everything that was on the topic, oldest first.
    pub fn stop(mut self) -> Vec<Value> {
        // The last records may still be on their way.
        let mut before = String::new();
        loop {
            let now = std::fs::read_to_string(&self.out).expect("its output");
            if !now.is_empty() && now == before && now.ends_with('\n') {
                break;
            }
            before = now;
            std::thread::sleep(Duration::from_secs(1));
        }
        self.child.kill().expect("our child");
        data(&before)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _ = self.child.wait();
    }
}
