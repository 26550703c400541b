//! A worker from its start to its end: waits for topics, joins the group, and joins anew where it was put out.

use super::devices::MakeDevices;
use super::lease::Leases;
use super::lifecycle::{Crew, Lifecycle};
use super::membership::Group;
use super::partitions::Partitions;
use super::requirements;
use super::restore::Restorer;
use super::status::Status;
use super::transactions::Teller;
use crate::clock::Clock;
use crate::config::City;
use crate::log::{KafkaAddress, LogError};
use crate::worker::{Sink, StartError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Between two looks at topics that are not in order.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// A worker that is put out of its group more often than this, within this time, has a namesake.
const PUT_OUT_AT_MOST: usize = 3;
const PUT_OUT_WITHIN: Duration = Duration::from_secs(120);

/// What a worker is made of.
pub struct Parts {
    /// The city-wide part of CITY.toml.
    pub city: Arc<City>,
    /// The cluster.
    pub address: KafkaAddress,
    /// Its name in the group, which it keeps over restarts.
    pub id: String,
    /// Makes those who run the cameras; what they have to say goes to the sink.
    pub crew: MakeCrew,
    /// Makes those who run the rules over readings, where the city has devices.
    pub devices: Option<MakeDevices>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where it says how it is.
    pub status: Arc<Status>,
    /// Set when it shall end.
    pub stopping: Arc<AtomicBool>,
}

/// Makes a crew around a sink; anew each time that the worker joins its group.
pub type MakeCrew = Box<dyn Fn(Arc<dyn Sink>) -> Result<Box<dyn Crew>, StartError> + Send>;

/// Why a worker ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The group or the log, for good.
    #[error(transparent)]
    Log(#[from] LogError),
    /// No threads.
    #[error(transparent)]
    Start(#[from] StartError),
    /// No threads either.
    #[error("no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Runs a worker until it is asked to stop. Blocks. Returns how many messages could not be delivered.
///
/// # Errors
/// What it cannot recover from, such as another worker of the same name. What passes is waited for.
pub fn run(parts: Parts) -> Result<u64, WorkerError> {
    let (mut lost, mut put_out) = (0, Vec::new());
    loop {
        match session(&parts) {
            Ok(more) => return Ok(lost + more),
            Err(Ended::Failed(error)) => return Err(error),
            // A worker whose joining was answered late is taken for another of its name: it joins anew. Two of one
            // name put each other out again and again.
            Err(Ended::PutOut(error, more)) => {
                lost += more;
                let now = parts.clock.monotonic();
                put_out.retain(|before| now.saturating_sub(*before) < PUT_OUT_WITHIN);
                put_out.push(now);
                if put_out.len() > PUT_OUT_AT_MOST || parts.stopping.load(Ordering::SeqCst) {
                    return Err(error.into());
                }
                tracing::warn!(%error, "put out of the group; joining anew");
                parts.clock.sleep(LOOK_AGAIN);
            }
        }
    }
}

/// How a session in the group ended.
enum Ended {
    /// The consumer cannot go on; so many messages were not delivered.
    PutOut(LogError, u64),
    /// The worker cannot.
    Failed(WorkerError),
}

impl<E: Into<WorkerError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Ended::Failed(error.into())
    }
}

/// From joining the group to leaving it.
fn session(parts: &Parts) -> Result<u64, Ended> {
    let Parts { city, address, id, crew, devices, clock, status, stopping } = parts;
    if !await_topics(address, status, clock.as_ref(), stopping) {
        return Ok(0);
    }
    let leases = Arc::<Leases>::default();
    let group = Arc::new(Group::join(address, id, leases.clone(), status.heard())?);
    let giving_up = Arc::<AtomicBool>::default();
    let teller = Teller {
        address: address.clone(),
        id: id.clone(),
        group: group.clone(),
        status: status.clone(),
        stopping: giving_up.clone(),
    };
    let (sink, telling) = teller.start(leases.clone())?;
    let devices = devices.as_ref().map(|make| make(Arc::new(sink.of_devices()))).transpose()?;
    let crew = crew(Arc::new(sink))?;
    let restorer = Restorer::new(address.clone(), status.heard());
    let (told, time) = (status.clone(), clock.clone());
    let lifecycle = Lifecycle::start(crew, devices, leases.clone(), restorer, told, time, stopping.clone())?;
    let (city, status, clock) = (city.clone(), status.clone(), clock.clone());
    let mut work = Partitions::new(city, group.clone(), leases, lifecycle, status.clone(), clock);
    let outcome = work.turn_until(stopping);
    status.joined(false);
    work.drain(outcome.is_ok());
    group.close();
    giving_up.store(true, Ordering::SeqCst);
    let lost = work.into_lifecycle().finish();
    // The sink went with the crew, so the teller ends.
    if telling.join().is_err() {
        tracing::error!("the transactions' thread panicked: this is our defect");
    }
    drop(group);
    outcome.map(|()| lost).map_err(|error| Ended::PutOut(error, lost))
}

/// Until the topics are in order. `false` when asked to stop before.
fn await_topics(address: &KafkaAddress, status: &Status, clock: &dyn Clock, stopping: &AtomicBool) -> bool {
    while !stopping.load(Ordering::SeqCst) {
        status.turn();
        match requirements::check(address, status.heard()) {
            Ok(partitions) => {
                status.well("topics");
                tracing::info!(partitions, "topics are in order");
                return true;
            }
            Err(error) => status.trouble("topics", error.to_string()),
        }
        clock.sleep(LOOK_AGAIN);
    }
    false
}
