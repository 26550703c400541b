//! Follows the topics: reads on from the stored offsets for as long as the console runs.

use super::{Intake, ProjectError, Taken};
use crate::config::City;
use crate::console::tracks;
use crate::log::{Cursor, ErrorKind, Log, Offsets, Start, Stored, Topic};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The topics that every console shows.
pub const TOPICS: [Topic; 4] = [Topic::Dispatch, Topic::Verdicts, Topic::Health, Topic::Components];

/// The topics that a city's console shows: readings only where there are devices.
pub fn topics(city: &City) -> Vec<Topic> {
    let readings = tracks::has_devices(city).then_some(Topic::Readings);
    TOPICS.into_iter().chain(readings).collect()
}

/// Records of one transaction at most: enough to be fast, few enough that a reviewer's decision does not wait.
const BATCH: usize = 200;
/// Of readings: they come by the thousand, and nobody waits for the newest second.
const MANY: (usize, Duration) = (1000, Duration::from_millis(250));
/// Without a record for so long, look whether to stop.
const WAIT: Duration = Duration::from_millis(500);
/// In a catch-up, give up when nothing comes for this long before the end.
const PATIENCE: u32 = 60;

/// Reads topics into the store.
#[derive(Debug, Clone)]
pub struct Follower {
    log: Arc<dyn Log>,
    intake: Intake,
}

impl Follower {
    /// From this log, by this intake.
    pub fn new(log: Arc<dyn Log>, intake: Intake) -> Self {
        Follower { log, intake }
    }

    /// Reads a topic up to its present end.
    ///
    /// # Errors
    /// What the log or the database says; [`ProjectError::Silent`] when the broker stops in the middle.
    pub async fn catch_up(&self, topic: Topic) -> Result<Taken, ProjectError> {
        let mut cursor = self.open(topic).await?;
        let mut all = Taken::default();
        let mut silent = 0;
        while !cursor.caught_up() {
            let batch = batch(topic, cursor.as_mut()).await?;
            silent = if batch.is_empty() { silent + 1 } else { 0 };
            if silent > PATIENCE {
                return Err(ProjectError::Silent(topic));
            }
            let taken = self.intake.take(topic, &batch).await?;
            all.taken += taken.taken;
            all.skipped += taken.skipped;
        }
        Ok(all)
    }

    /// Follows a topic until `stop` says so. Errors are told and tried again: a console without its broker goes on.
    pub async fn follow(&self, topic: Topic, mut stop: watch::Receiver<bool>) {
        let mut wait = Duration::from_millis(250);
        while !*stop.borrow() {
            let failed = tokio::select! {
                outcome = self.read_on(topic, &mut wait) => outcome,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            if let Err(error) = failed {
                if matches!(error, ProjectError::Overtaken) {
                    tracing::debug!(topic = topic.as_str(), "{error}");
                } else {
                    tracing::warn!(topic = topic.as_str(), "the console cannot read on: {error}; trying again");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            wait = (wait * 2).min(Duration::from_secs(10));
        }
    }

    /// Until something fails.
    async fn read_on(&self, topic: Topic, wait: &mut Duration) -> Result<(), ProjectError> {
        let mut cursor = self.open(topic).await?;
        loop {
            let batch = batch(topic, cursor.as_mut()).await?;
            self.intake.take(topic, &batch).await?;
            *wait = Duration::from_millis(250);
        }
    }

    /// A cursor where the store is. Where retention has overtaken it, at the oldest record there is.
    async fn open(&self, topic: Topic) -> Result<Box<dyn Cursor>, ProjectError> {
        let offsets = self.intake.offsets(topic).await?;
        match self.log.read(topic, Start::At(offsets.clone())).await {
            Err(error) if error.kind == ErrorKind::OffsetGone => {
                tracing::warn!(
                    topic = topic.as_str(),
                    "records left by retention before the console read them: {error}"
                );
                let bounds = self.log.bounds(topic).await?;
                let from: Offsets = bounds
                    .into_iter()
                    .map(|(partition, held)| {
                        let next = offsets.get(&partition).copied().unwrap_or(held.first);
                        (partition, next.max(held.first))
                    })
                    .collect();
                Ok(self.log.read(topic, Start::At(from)).await?)
            }
            other => Ok(other?),
        }
    }
}

/// What is there now, up to [`BATCH`]; waits a while for the first.
async fn batch(topic: Topic, cursor: &mut dyn Cursor) -> Result<Vec<Stored>, ProjectError> {
    let (most, linger) = if topic == Topic::Readings { MANY } else { (BATCH, Duration::from_millis(1)) };
    let mut batch = Vec::new();
    if let Some(first) = cursor.next(WAIT).await? {
        batch.push(first);
        let until = tokio::time::Instant::now() + linger;
        while batch.len() < most {
            let wait = until.saturating_duration_since(tokio::time::Instant::now()).max(Duration::from_millis(1));
            match cursor.next(wait).await? {
                Some(record) => batch.push(record),
                None => break,
            }
        }
    }
    Ok(batch)
}
