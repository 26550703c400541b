//! A real Apache Kafka on loopback: one KRaft node, or a part of a [cluster](crate::kafka_cluster), in a folder of its own.

use crate::ports::Ports;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a broker may take until it listens, on a machine that is busy.
const START: Duration = Duration::from_secs(120);

/// A running broker. Stopped when dropped, and by the kernel when this process dies.
#[derive(Debug)]
pub struct KafkaServer {
    folder: tempfile::TempDir,
    libs: PathBuf,
    port: u16,
    node: Option<Node>,
}

/// What tells one node from another.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// Its number, from 1.
    pub id: usize,
    /// Where its clients and the other brokers find it.
    pub port: u16,
    /// The controllers' ports, in the order of their numbers.
    pub controllers: Vec<u16>,
    /// Further listeners: name, port, and the port that clients are told.
    pub listeners: Vec<(String, u16, u16)>,
    /// Further lines of server.properties.
    pub lines: String,
}

/// The Java process, kept by a thread of its own: the kernel ties "dies with
/// its parent" to the thread that started it, and a test's thread ends early.
#[derive(Debug)]
struct Node {
    pid: i32,
    ended: mpsc::Receiver<()>,
}

impl KafkaServer {
    /// Fetches Kafka where it is not there yet, and starts it. `Err` is the reason to skip the test.
    pub fn start() -> Result<KafkaServer, String> {
        KafkaServer::start_with("")
    }

    /// The same with further lines of server.properties.
    ///
    /// # Errors
    /// The reason to skip the test.
    pub fn start_with(lines: &str) -> Result<KafkaServer, String> {
        let ports = Ports::hold(2)?.numbers()?;
        let config = NodeConfig {
            id: 1,
            port: ports[0],
            controllers: vec![ports[1]],
            listeners: Vec::new(),
            lines: lines.to_owned(),
        };
        let mut server = KafkaServer::format(&config)?;
        server.restart()?;
        Ok(server)
    }

    /// A node with empty data, not started.
    ///
    /// # Errors
    /// The reason to skip the test.
    pub fn format(config: &NodeConfig) -> Result<KafkaServer, String> {
        let libs = libs()?;
        let folder = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
        let server = KafkaServer { folder, libs, port: config.port, node: None };
        let properties = server.properties();
        std::fs::write(&properties, server.configuration(config)).map_err(|e| format!("server.properties: {e}"))?;
        let format = server
            .java("kafka.tools.StorageTool")
            .args(["format", "-t", "c3RyZWV0d2F0Y2gtdGVzdA", "-c"])
            .arg(&properties)
            .output()
            .map_err(|e| format!("java cannot be started: {e}"))?;
        if !format.status.success() {
            return Err(format!("Kafka's storage cannot be formatted: {}", String::from_utf8_lossy(&format.stderr)));
        }
        Ok(server)
    }

    /// `host:port` for clients.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Freezes the broker: connections stay, nothing answers.
    pub fn freeze(&self) {
        self.signal(libc::SIGSTOP);
    }

    /// Lets a frozen broker go on.
    pub fn thaw(&self) {
        self.signal(libc::SIGCONT);
    }

    /// Kills the broker; its data stay.
    pub fn kill(&mut self) {
        self.signal(libc::SIGKILL);
        if let Some(node) = self.node.take() {
            // An error means the same: the thread that waited for it has ended.
            let _ = node.ended.recv();
        }
    }

    /// Starts a killed broker on the same data and port.
    ///
    /// # Errors
    /// When it does not listen in time, with the end of its log.
    pub fn restart(&mut self) -> Result<(), String> {
        self.launch()?;
        self.await_listening()
    }

    /// Starts the process and does not wait for it.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn launch(&mut self) -> Result<(), String> {
        let mut command = self.java("kafka.Kafka");
        let output = std::fs::File::create(self.folder.path().join("kafka.out")).map_err(|e| e.to_string())?;
        command.arg(self.properties()).stdin(Stdio::null());
        command.stdout(output.try_clone().map_err(|e| e.to_string())?).stderr(output);
        self.node = Some(spawn(command)?);
        Ok(())
    }

    /// Waits until it listens.
    ///
    /// # Errors
    /// When it does not in time, with the end of its log.
    pub fn await_listening(&self) -> Result<(), String> {
        let deadline = Instant::now() + START;
        // A socket is no clock that could be injected: this waits for a process.
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = |node: &Node| !matches!(node.ended.try_recv(), Err(mpsc::TryRecvError::Empty));
            let ended = self.node.as_ref().is_none_or(ended);
            if ended || Instant::now() > deadline {
                let said = std::fs::read_to_string(self.folder.path().join("kafka.out")).unwrap_or_default();
                let end: Vec<_> = said.lines().rev().take(5).collect();
                return Err(format!("Kafka does not listen; its last words: {end:?}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn signal(&self, signal: i32) {
        if let Some(node) = &self.node
            && matches!(node.ended.try_recv(), Err(mpsc::TryRecvError::Empty))
        {
            // SAFETY: kill takes plain numbers, and the pid is that of our child, which has not ended.
            unsafe { libc::kill(node.pid, signal) };
        }
    }

    fn properties(&self) -> PathBuf {
        self.folder.path().join("server.properties")
    }

    fn java(&self, class: &str) -> Command {
        let mut command = Command::new("java");
        command.args(["-Xmx256m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]);
        command.arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.arg("-cp").arg(self.libs.join("*")).arg(class).current_dir(self.folder.path());
        command
    }

    fn configuration(&self, config: &NodeConfig) -> String {
        let NodeConfig { id, port, controllers, listeners, lines } = config;
        let data = self.folder.path().join("data");
        let controller = controllers[id - 1];
        let voters: Vec<_> =
            controllers.iter().enumerate().map(|(n, at)| format!("{}@127.0.0.1:{at}", n + 1)).collect();
        let every = |text: &dyn Fn(&(String, u16, u16)) -> String| listeners.iter().map(text).collect::<String>();
        let (bound, told) = (
            every(&|(name, at, _)| format!(",{name}://127.0.0.1:{at}")),
            every(&|(name, _, told)| format!(",{name}://127.0.0.1:{told}")),
        );
        let plain = every(&|(name, _, _)| format!(",{name}:PLAINTEXT"));
        let copies = controllers.len();
        let least = if copies > 1 { copies - 1 } else { 1 };
        format!(
            "process.roles=broker,controller\nnode.id={id}\n\
             controller.quorum.voters={}\n\
             listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{bound}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{port}{told}\n\
             controller.listener.names=CONTROLLER\ninter.broker.listener.name=PLAINTEXT\n\
             listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT{plain}\n\
             log.dirs={}\nauto.create.topics.enable=false\n\
             offsets.topic.replication.factor={copies}\noffsets.topic.num.partitions=1\n\
             transaction.state.log.replication.factor={copies}\ntransaction.state.log.min.isr={least}\n\
             transaction.state.log.num.partitions=3\ngroup.initial.rebalance.delay.ms=0\n\
             num.network.threads=1\nnum.io.threads=2\nbackground.threads=1\n\
             log.cleaner.dedupe.buffer.size=2097152\n{lines}\n",
            voters.join(","),
            data.display()
        )
    }
}

impl Drop for KafkaServer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let said = std::fs::read_to_string(self.folder.path().join("kafka.out")).unwrap_or_default();
            let end: Vec<_> = said.lines().rev().take(20).collect();
            eprintln!("the broker at {} said last: {end:#?}", self.port);
        }
        self.kill();
    }
}

fn spawn(mut command: Command) -> Result<Node, String> {
    // SAFETY: prctl is safe to call between fork and exec and touches nothing of ours.
    unsafe {
        command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
    let (started, starting) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let keep = move || {
        let child: std::io::Result<Child> = command.spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                let _ = started.send(Err(format!("java cannot be started: {error}")));
                return;
            }
        };
        let _ = started.send(Ok(child.id() as i32));
        // Waiting ends when the process has ended, whoever ended it.
        let _ = child.wait();
        let _ = end.send(());
    };
    std::thread::Builder::new().name("kafka".into()).spawn(keep).map_err(|e| e.to_string())?;
    let pid = starting.recv().map_err(|e| e.to_string())??;
    Ok(Node { pid, ended })
}

/// The folder with Kafka's jars, fetched by the script where needed.
fn libs() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let fetch = root.join("scripts/kafka/fetch.sh");
    let fetched = Command::new(&fetch).output().map_err(|e| format!("fetch.sh cannot be started: {e}"))?;
    if !fetched.status.success() {
        return Err(String::from_utf8_lossy(&fetched.stdout).trim().to_owned());
    }
    std::fs::canonicalize(root.join(".cache/kafka/libs")).map_err(|e| format!("Kafka's jars: {e}"))
}

/// Says on stdout, past the test's capture, why a test did not run.
pub fn skipped(why: &str) {
    // Nobody to tell when stdout is closed.
    let _ = writeln!(std::io::stdout().lock(), "skipped: {why}");
}
