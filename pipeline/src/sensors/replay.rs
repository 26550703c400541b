//! Files of readings, judged in event time as fast as the machine can, as a gateway would have brought them.

use super::book::{Book, BookError};
use super::desk::{Desk, Found};
use super::feed::{FeedError, lines};
use super::memory::Evidence;
use super::telling::told;
use crate::config::{City, Sensors};
use crate::evidence::EvidenceRecorder;
use crate::payload::CloudEvent;
use crate::worker::{Message, Sink};
use operators::vocabulary::{EventTime, Reading};
use std::sync::Arc;

/// Readings that came in so short a time are judged together.
const TOGETHER: i64 = 5_000;

/// What a replay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Readings that were judged.
    pub readings: u64,
    /// Lines that could not be used.
    pub refused: u64,
    /// From the first arrival to the last, milliseconds.
    pub span: i64,
    /// Devices.
    pub devices: usize,
}

/// Why a replay cannot be.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The plans.
    #[error("{0}")]
    Book(#[from] BookError),
    /// A file.
    #[error("{0}")]
    File(#[from] FeedError),
    /// The sink.
    #[error("{0}")]
    Sink(#[from] crate::log::LogError),
}

struct Replay<'a> {
    city: &'a City,
    desk: Desk,
    recorder: &'a EvidenceRecorder,
    sink: &'a dyn Sink,
    evidence: Evidence,
}

/// Judges every reading of the city's files.
///
/// # Errors
/// The plans are wrong, or a file cannot be read. Lines that are wrong are told and counted.
pub fn replay(
    city: &City,
    config: &Sensors,
    recorder: &EvidenceRecorder,
    sink: &dyn Sink,
) -> Result<Replayed, ReplayError> {
    let desk = Desk::new(config, Arc::new(Book::open(config)?));
    let mut replay = Replay { city, desk, recorder, sink, evidence: Evidence::default() };
    let mut replayed = Replayed::default();
    let mut together: Vec<Reading> = Vec::new();
    let (mut first, mut now) = (None, EventTime(i64::MIN));
    for line in lines(&config.readings)? {
        let reading = match line {
            Ok(reading) => replay.desk.book().known(reading, city),
            Err(error) => {
                tracing::warn!(%error, "a reading cannot be used");
                replayed.refused += 1;
                continue;
            }
        };
        first.get_or_insert(reading.arrived);
        if together.first().is_some_and(|r| reading.arrived.since(r.arrived) > TOGETHER) {
            now = now.max(replay.judge(&together, now)?);
            together.clear();
        }
        replayed.readings += 1;
        together.push(reading);
    }
    if let Some(first) = first {
        now = now.max(replay.judge(&together, now)?);
        replayed.span = now.since(first);
        // What waits for late readings need wait no more, and plans whose hours are over are judged.
        let found = replay.desk.advance(now.plus(config.fleet.coverage.grace));
        replay.tell(found)?;
    }
    replayed.devices = replay.desk.size().0;
    Ok(replayed)
}

impl Replay<'_> {
    /// Judges readings; returns the newest arrival of them.
    fn judge(&mut self, readings: &[Reading], before: EventTime) -> Result<EventTime, crate::log::LogError> {
        let now = readings.iter().map(|r| r.arrived).max().unwrap_or(before);
        let found = self.desk.take(readings);
        self.tell(found)?;
        let found = self.desk.advance(now);
        self.tell(found)?;
        Ok(now)
    }

    fn tell(&mut self, found: Found) -> Result<(), crate::log::LogError> {
        for change in found.changes {
            let candidate = told(self.city, &self.desk, self.recorder, &mut self.evidence, &change);
            let event = CloudEvent::candidate(&self.city.name, candidate);
            self.sink.publish(&[Message::Candidate(Box::new(event))])?;
        }
        Ok(())
    }
}
