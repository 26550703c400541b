//! Starts and mistreats the RTSP server in `support/rtsp_server.py`.

use lines::Lines;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Debian's own Python: GStreamer's bindings belong to it.
const PYTHON: &str = "/usr/bin/python3";

/// Whether GStreamer's RTSP server is there. Says so plainly when it is not.
pub fn available() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    let found = *FOUND.get_or_init(|| {
        let check = "import gi; gi.require_version('Gst','1.0'); gi.require_version('GstRtspServer','1.0'); \
                     from gi.repository import Gst, GstRtspServer; Gst.init(None); \
                     assert all(Gst.ElementFactory.find(n) for n in ('rtph264pay','h264parse','appsrc'))";
        let ran = Command::new(PYTHON).args(["-c", check]).stderr(Stdio::null()).status();
        ran.is_ok_and(|status| status.success())
    });
    if !found {
        eprintln!(
            "skipped: no RTSP test server (gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base \
             gstreamer1.0-plugins-good gstreamer1.0-plugins-bad)"
        );
    }
    found
}

/// Who may watch.
#[derive(Debug, Clone, Copy)]
pub struct Login {
    /// User name.
    pub user: &'static str,
    /// Password.
    pub password: &'static str,
    /// Digest instead of basic.
    pub digest: bool,
}

/// A running server on 127.0.0.1. Killed when dropped.
pub struct RtspServer {
    child: Child,
    lines: Lines,
    port: u16,
    arguments: Vec<String>,
}

impl RtspServer {
    /// Serves `(name, elementary file)` pairs on a free port.
    pub fn start(mounts: &[(&str, &Path)], login: Option<Login>) -> RtspServer {
        let mut arguments = Vec::new();
        if let Some(login) = login {
            let words = ["--user", login.user, "--password", login.password];
            arguments.extend(words.map(str::to_owned));
            if login.digest {
                arguments.push("--digest".to_owned());
            }
        }
        arguments.extend(mounts.iter().map(|(name, path)| format!("{name}={}", path.display())));
        let (child, lines, port) = launch(0, &arguments);
        RtspServer { child, lines, port, arguments }
    }

    /// `rtsp://127.0.0.1:PORT/name`
    pub fn url(&self, name: &str) -> String {
        format!("rtsp://127.0.0.1:{}/{name}", self.port)
    }

    /// The same with credentials.
    pub fn url_as(&self, name: &str, user: &str, password: &str) -> String {
        format!("rtsp://{user}:{password}@127.0.0.1:{}/{name}", self.port)
    }

    /// Kills it, without a word to its clients.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Kills it if it still runs, and starts it again on the same port.
    pub fn restart(&mut self) {
        self.kill();
        let (child, lines, port) = launch(self.port, &self.arguments);
        (self.child, self.lines, self.port) = (child, lines, port);
    }

    /// It keeps its connections and does nothing any more.
    pub fn freeze(&self) {
        self.signal(libc::SIGSTOP);
    }

    /// It goes on.
    pub fn thaw(&self) {
        self.signal(libc::SIGCONT);
    }

    /// Waits until the server has said `line`, such as "teardown NAME".
    pub fn says(&self, line: &str, patience: Duration) -> bool {
        self.lines.wait_for(|said| said == line, patience).is_some()
    }

    fn signal(&self, signal: i32) {
        // SAFETY: the child is ours and was not waited for, so the id is still its own.
        unsafe { libc::kill(self.child.id() as libc::pid_t, signal) };
    }
}

impl Drop for RtspServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn launch(port: u16, arguments: &[String]) -> (Child, Lines, u16) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/support/rtsp_server.py");
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let mut child = Command::new(PYTHON)
            .arg(script)
            .args(["--port", &port.to_string()])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("python starts");
        let lines = Lines::default();
        let stdout = child.stdout.take().expect("piped");
        let writer = lines.clone();
        std::thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| writer.push(line));
            writer.close();
        });
        let ready = lines.wait_for(|line| line.starts_with("ready "), until.duration_since(Instant::now()));
        if let Some(port) = ready.and_then(|line| line["ready ".len()..].parse().ok()) {
            return (child, lines, port);
        }
        let _ = child.kill();
        let _ = child.wait();
        // A port just left may still be busy.
        assert!(Instant::now() < until, "the RTSP test server did not start");
        std::thread::sleep(Duration::from_millis(200));
    }
}

mod lines {
    //! Lines that one thread reads and another waits for.

    use std::sync::{Arc, Condvar, Mutex};
    use std::time::Duration;

    #[derive(Default)]
    struct Said {
        lines: Vec<String>,
        closed: bool,
    }

    #[derive(Clone, Default)]
    pub struct Lines(Arc<(Mutex<Said>, Condvar)>);

    impl Lines {
        pub fn push(&self, line: String) {
            self.0.0.lock().expect("not poisoned").lines.push(line);
            self.0.1.notify_all();
        }

        pub fn close(&self) {
            self.0.0.lock().expect("not poisoned").closed = true;
            self.0.1.notify_all();
        }

        pub fn wait_for(&self, wanted: impl Fn(&str) -> bool, patience: Duration) -> Option<String> {
            let find = |said: &Said| said.lines.iter().find(|line| wanted(line)).cloned();
            let said = self.0.0.lock().expect("not poisoned");
            let waiting = |said: &mut Said| find(said).is_none() && !said.closed;
            let (said, _) = self.0.1.wait_timeout_while(said, patience, waiting).expect("not poisoned");
            find(&said)
        }
    }
}
