//! The loop of a worker: polls the group, follows the registry, hands tasks to the lifecycle.

use super::lease::{Lease, Leases};
use super::lifecycle::{Crew, Lifecycle, Task};
use super::membership::{Decision, Group, Heeded};
use super::registry::{Applied, Cameras};
use super::requirements;
use super::restore::Restorer;
use super::status::Status;
use super::transactions::Teller;
use crate::clock::Clock;
use crate::config::City;
use crate::log::{KafkaAddress, LogError, Stored};
use crate::telemetry::names;
use crate::worker::{Sink, StartError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const POLL: Duration = Duration::from_millis(100);
/// Between two looks at topics that are not in order.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

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
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where it says how it is.
    pub status: Arc<Status>,
    /// Set when it shall end.
    pub stopping: Arc<AtomicBool>,
}

/// Makes a crew around a sink.
pub type MakeCrew = Box<dyn FnOnce(Arc<dyn Sink>) -> Result<Box<dyn Crew>, StartError> + Send>;

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

/// A partition that this worker owns.
struct Owned {
    lease: Arc<Lease>,
    cameras: Cameras,
    phase: Phase,
    since: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Its cameras are being read.
    Reading,
    /// Its cameras run, or are about to.
    Running,
    /// Its cameras are being ended.
    Leaving,
}

/// Runs a worker until it is asked to stop. Blocks. Returns how many messages could not be delivered.
///
/// # Errors
/// What it cannot recover from, such as another worker of the same name. What passes is waited for.
pub fn run(parts: Parts) -> Result<u64, WorkerError> {
    let Parts { city, address, id, crew, clock, status, stopping } = parts;
    if !await_topics(&address, &status, clock.as_ref(), &stopping) {
        return Ok(0);
    }
    let leases = Arc::<Leases>::default();
    let group = Arc::new(Group::join(&address, &id, leases.clone(), status.heard())?);
    let giving_up = Arc::<AtomicBool>::default();
    let teller = Teller {
        address: address.clone(),
        id,
        group: group.clone(),
        status: status.clone(),
        stopping: giving_up.clone(),
    };
    let (sink, telling) = teller.start(leases.clone())?;
    let crew = crew(Arc::new(sink))?;
    let restorer = Restorer::new(address, status.heard());
    let lifecycle = Lifecycle::start(crew, leases.clone(), restorer, status.clone(), clock.clone(), stopping.clone())?;
    let mut work = AtWork { city, group, leases, lifecycle, status, clock, owned: BTreeMap::new(), look_again: None };
    let outcome = work.turn_until(&stopping);
    work.drain(outcome.is_ok());
    work.group.close();
    giving_up.store(true, Ordering::SeqCst);
    let AtWork { lifecycle, group, .. } = work;
    let lost = lifecycle.finish();
    // The sink went with the crew, so the teller ends.
    if telling.join().is_err() {
        tracing::error!("the transactions' thread panicked: this is our defect");
    }
    drop(group);
    outcome.map(|()| lost)
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

struct AtWork {
    city: Arc<City>,
    group: Arc<Group>,
    leases: Arc<Leases>,
    lifecycle: Lifecycle,
    status: Arc<Status>,
    clock: Arc<dyn Clock>,
    owned: BTreeMap<i32, Owned>,
    /// Following the registry failed; looked at again then.
    look_again: Option<Duration>,
}

impl AtWork {
    fn turn_until(&mut self, stopping: &AtomicBool) -> Result<(), WorkerError> {
        while !stopping.load(Ordering::SeqCst) {
            self.turn()?;
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<(), WorkerError> {
        self.status.turn();
        match self.group.poll(POLL) {
            Some(Heeded::Record(record)) => self.record(&record),
            Some(Heeded::End(partition)) => self.read_to_its_end(partition),
            Some(Heeded::Trouble(error)) => {
                // Of brokers that are away librdkafka's own words tell, until they are back.
                if error.retry() {
                    tracing::debug!(%error, "following the registry");
                } else {
                    self.status.trouble("registry", error.to_string());
                    self.look_again.get_or_insert(self.clock.monotonic() + LOOK_AGAIN);
                }
            }
            Some(Heeded::Fatal(error)) => return Err(error.into()),
            None => {}
        }
        while let Some(decision) = self.group.decision() {
            self.decided(decision)?;
        }
        while let Ok(leases) = self.lifecycle.ended.try_recv() {
            self.ended(&leases)?;
        }
        if self.group.is_lost() {
            self.leases.close_all();
        }
        if self.look_again.is_some_and(|at| self.clock.monotonic() >= at) {
            // librdkafka tells of a refusal once, and not when it is over.
            self.look_again = None;
            self.group.look_again(self.owned.values().map(|owned| &owned.lease));
        }
        Ok(())
    }

    fn decided(&mut self, decision: Decision) -> Result<(), LogError> {
        let how = match &decision {
            Decision::Assigned(_) => "assigned",
            Decision::Revoked(_) => "revoked",
            Decision::Lost(_) => "lost",
        };
        match decision {
            Decision::Assigned(partitions) => {
                metrics::counter!(names::REBALANCED, "how" => how).increment(partitions.len() as u64);
                self.group.take(&partitions)?;
                for partition in partitions {
                    let (lease, since) = (self.leases.open(partition), self.clock.monotonic());
                    let owned = Owned { lease, cameras: Cameras::default(), phase: Phase::Reading, since };
                    self.owned.insert(partition, owned);
                }
                self.status.joined(true);
            }
            Decision::Revoked(partitions) => {
                metrics::counter!(names::REBALANCED, "how" => how).increment(partitions.len() as u64);
                self.leave(&partitions);
            }
            Decision::Lost(partitions) => {
                metrics::counter!(names::REBALANCED, "how" => how).increment(partitions.len() as u64);
                tracing::warn!(?partitions, "lost: others may run these cameras already");
                self.status.joined(false);
                self.leave(&partitions);
                // Nothing is said for them any more, so there is nothing to wait for.
                self.owned.retain(|partition, _| !partitions.contains(partition));
                self.group.release(&partitions)?;
            }
        }
        self.measure();
        Ok(())
    }

    /// Has the cameras of partitions end.
    fn leave(&mut self, partitions: &BTreeSet<i32>) {
        let mut leases = Vec::new();
        for partition in partitions {
            if let Some(owned) = self.owned.get_mut(partition) {
                owned.phase = Phase::Leaving;
                leases.push(owned.lease.clone());
            }
        }
        self.lifecycle.hand(Task::End(leases));
    }

    /// Their cameras have ended: what was revoked may go to another now.
    fn ended(&mut self, leases: &[Arc<Lease>]) -> Result<(), LogError> {
        let of = |lease: &Arc<Lease>| {
            let owned = self.owned.get(&lease.partition());
            owned.is_some_and(|owned| Arc::ptr_eq(&owned.lease, lease)).then_some(lease.partition())
        };
        let gone: BTreeSet<i32> = leases.iter().filter_map(of).collect();
        // Those that were lost have been let go of already; a partition that has come back since is another matter.
        if gone.is_empty() {
            return Ok(());
        }
        self.leases.close(&gone);
        self.owned.retain(|partition, _| !gone.contains(partition));
        tracing::info!(partitions = ?gone, "let go of");
        self.measure();
        self.group.release(&gone)
    }

    fn record(&mut self, record: &Stored) {
        let Some(owned) = self.owned.get_mut(&record.position.partition) else { return };
        self.status.well("registry");
        owned.lease.read_to(record.position.offset + 1);
        let (id, camera) = match owned.cameras.apply(record, &self.city) {
            Applied::Set(camera) => (camera.id.clone(), Some(camera)),
            Applied::Removed(id) => (id, None),
            Applied::Nothing => return,
        };
        if owned.phase == Phase::Running {
            let lease = owned.lease.clone();
            self.lifecycle.hand(Task::Change { lease, id, camera });
        }
        self.measure();
    }

    /// Everything that was on the topic is known: its cameras may begin.
    fn read_to_its_end(&mut self, partition: i32) {
        self.status.well("registry");
        let Some(owned) = self.owned.get_mut(&partition).filter(|owned| owned.phase == Phase::Reading) else { return };
        owned.phase = Phase::Running;
        let (lease, since) = (owned.lease.clone(), owned.since);
        let cameras = owned.cameras.all().cloned().collect();
        self.lifecycle.hand(Task::Take { lease, cameras, since });
        self.measure();
    }

    fn measure(&self) {
        let cost: f64 = self.owned.values().map(|owned| owned.cameras.cost()).sum();
        let load = cost / self.city.limits.capacity;
        metrics::gauge!(names::WORKER_LOAD).set(load);
        metrics::gauge!(names::WORKER_FULL).set(f64::from(u8::from(load > 1.0)));
        metrics::gauge!(names::WORKER_PARTITIONS).set(self.owned.len() as f64);
    }

    /// Ends every camera, polling meanwhile so that the group keeps this worker until all is committed.
    fn drain(&mut self, orderly: bool) {
        if !orderly {
            self.leases.close_all();
        }
        let all: BTreeSet<i32> = self.owned.keys().copied().collect();
        let of_all: Vec<_> = self.owned.values().map(|owned| owned.lease.clone()).collect();
        self.leave(&all);
        loop {
            self.status.turn();
            // A revocation that comes now is what is being done anyway.
            while self.group.decision().is_some() {}
            if self.group.is_lost() {
                self.leases.close_all();
            }
            match self.lifecycle.ended.try_recv() {
                Ok(ended) if of_all.iter().all(|lease| ended.iter().any(|other| Arc::ptr_eq(lease, other))) => break,
                Ok(_) => {}
                Err(crossbeam_channel::TryRecvError::Disconnected) => break,
                Err(crossbeam_channel::TryRecvError::Empty) => {
                    let _not_needed_any_more = self.group.poll(POLL);
                }
            }
        }
    }
}
