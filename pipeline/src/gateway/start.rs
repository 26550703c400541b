//! Starts a gateway and stops it.

use super::admission::{Admission, ListError};
use super::complaints::Complaints;
use super::envelope::Envelope;
use super::hub::Hub;
use super::jt808::Parts;
use super::mqtt::{self, MqttError};
use super::outbox::Outbox;
use super::session::Rules;
use super::tcp::{self, Phase};
use super::terminals::Terminals;
use super::token::{Codes, KeyError};
use super::udp;
use crate::clock::Clock;
use crate::config::{City, Gateway as Config};
use crate::log::{Log, LogHealth};
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4096;
/// How long a stopping gateway waits for the log; what is not on it then was never acknowledged.
const FAREWELL: Duration = Duration::from_secs(10);
/// How often gauges are set and the list of terminals is looked at.
const HOUSEKEEPING: Duration = Duration::from_secs(5);

/// Why a gateway does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The key of the terminals' codes.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The list of terminals.
    #[error("the list of terminals cannot be used: {0}")]
    List(#[from] ListError),
    /// An MQTT broker's files.
    #[error(transparent)]
    Mqtt(#[from] MqttError),
    /// The address for terminals.
    #[error("cannot listen for terminals on {address}: {source}; set another `jt808` in [gateway]")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
}

/// A gateway that runs.
#[derive(Debug)]
pub struct Gateway {
    hub: Arc<Hub>,
    log: Arc<dyn Log>,
    address: Option<SocketAddr>,
    phase: watch::Sender<Phase>,
    brokers: Mutex<Vec<mqtt::Connection>>,
    housekeeper: JoinHandle<()>,
}

/// Listens for terminals and connects to the MQTT brokers. Readings go to `log`.
///
/// # Errors
/// A file that it needs, or the address, cannot be used.
pub async fn start(
    city: &City,
    config: &Config,
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
) -> Result<Gateway, StartError> {
    let admission = Arc::new(Admission::open(config.terminals.as_deref())?);
    let rules = Rules {
        codes: match config.jt808 {
            Some(_) => Codes::open(config.key_file.as_deref())?,
            None => Codes::fleeting()?,
        },
        admission: admission.clone(),
        deadline: Duration::from_millis(config.deadline.max(0) as u64),
        silence: Duration::from_millis(config.silence.max(0) as u64),
        parts: Mutex::new(Parts::default()),
    };
    if config.jt808.is_some() && config.terminals.is_none() {
        tracing::warn!("no list of terminals ([gateway] terminals): whoever asks is registered, under any number");
    }
    let hub = Arc::new(Hub {
        rules: Arc::new(rules),
        clock,
        outbox: Outbox::start(log.clone(), config.buffer_bytes),
        terminals: Arc::new(Terminals::new(config.limits)),
        envelope: Envelope {
            city: city.name.clone(),
            timezone: city.timezone.clone(),
            plausibility: config.plausibility.clone(),
        },
        cues: config.cues,
        complaints: Complaints::default(),
    });
    let (phase, stopping) = watch::channel(Phase::Running);
    let mut address = None;
    if let Some(wanted) = config.jt808 {
        let files = raise_file_limit();
        let needed = config.limits.sessions as u64 + 256;
        if files < needed {
            tracing::warn!(
                files,
                needed,
                "fewer open files are allowed than sessions are: raise the hard limit (ulimit -n)"
            );
        }
        let (tcp, udp) = bind(wanted).await.map_err(|source| StartError::Listen { address: wanted, source })?;
        address = tcp.local_addr().ok();
        tokio::spawn(tcp::listen(hub.clone(), tcp, stopping.clone()));
        tokio::spawn(udp::listen(hub.clone(), udp, stopping.clone()));
    }
    drop(stopping);
    let brokers = config.mqtt.iter().map(|broker| mqtt::connect(hub.clone(), broker.clone()));
    let brokers = Mutex::new(brokers.collect::<Result<Vec<_>, _>>()?);
    let housekeeper = tokio::spawn(keep_house(hub.clone(), admission));
    if let Some(address) = address {
        tracing::info!(jt808 = %address, brokers = config.mqtt.len(), "the gateway listens");
    } else {
        tracing::info!(brokers = config.mqtt.len(), "the gateway listens to brokers only");
    }
    Ok(Gateway { hub, log, address, phase, brokers, housekeeper })
}

impl Gateway {
    /// Where it listens for terminals.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// What its sessions share, for [`super::admin`].
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Whether new terminals are well served. While the log is away they are, as long as there is room.
    ///
    /// # Errors
    /// Why not.
    pub fn ready(&self) -> Result<(), String> {
        if let LogHealth::Failed { reason } = self.log.health() {
            return Err(format!("the log has failed: {reason}"));
        }
        if self.hub.outbox.is_nearly_full() {
            let why = self.hub.outbox.trouble().unwrap_or_else(|| "it is slower than the terminals".to_owned());
            return Err(format!("{} bytes of readings wait for the log: {why}", self.hub.outbox.bytes()));
        }
        Ok(())
    }

    /// Lets nobody new in, waits until what was taken is on the log and answered, and ends the sessions. Returns the
    /// bytes of readings that did not get there; their terminals were told nothing.
    pub async fn stop(&self) -> usize {
        self.phase.send_replace(Phase::Draining);
        self.brokers.lock().clear();
        let left = self.hub.outbox.drain(FAREWELL).await;
        self.phase.send_replace(Phase::Ended);
        // Sessions write their last answers. One whose terminal reads nothing is not waited for.
        let _in_time = tokio::time::timeout(Duration::from_secs(2), self.phase.closed()).await;
        self.housekeeper.abort();
        left
    }
}

/// TCP and UDP on the same port, also where it may be any.
async fn bind(address: SocketAddr) -> std::io::Result<(TcpListener, UdpSocket)> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let tcp = socket.listen(BACKLOG)?;
    let udp = UdpSocket::bind(tcp.local_addr()?).await?;
    Ok((tcp, udp))
}

async fn keep_house(hub: Arc<Hub>, admission: Arc<Admission>) {
    let mut tick = tokio::time::interval(HOUSEKEEPING);
    loop {
        tick.tick().await;
        let (sessions, unauthenticated) = hub.terminals.count();
        metrics::gauge!("streetwatch_gateway_sessions", "state" => "authenticated")
            .set((sessions - unauthenticated) as f64);
        metrics::gauge!("streetwatch_gateway_sessions", "state" => "unauthenticated").set(unauthenticated as f64);
        metrics::gauge!("streetwatch_gateway_buffer_bytes").set(hub.outbox.bytes() as f64);
        let admission = admission.clone();
        match tokio::task::spawn_blocking(move || admission.refresh()).await {
            Ok(Ok(true)) => tracing::info!("the list of terminals was read again"),
            Ok(Err(error)) if hub.complaints.tell("list", hub.clock.monotonic()).is_some() => {
                tracing::error!(%error, "the list of terminals cannot be used; the last good one holds");
            }
            _ => {}
        }
    }
}

/// Raises the number of files that this process may have open as far as it is allowed to; returns it.
pub fn raise_file_limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls take a pointer to a struct that lives here, and nothing else.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) != 0 {
            return 0;
        }
        let before = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max;
        if libc::setrlimit(libc::RLIMIT_NOFILE, &limit) != 0 {
            return before;
        }
    }
    limit.rlim_cur
}
