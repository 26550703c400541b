//! What a reviewer does: the queue, a candidate, claims, decisions.

mod candidate;
mod claim;
mod counters;
mod decide;
mod filter;
mod fold;
#[cfg(test)]
mod fold_tests;
mod listed;
mod lookup;
mod order;
mod queue;
mod refused;
mod state;
#[cfg(test)]
mod tests;

pub use candidate::{CandidatePage, History, Said};
pub use counters::{Counters, News};
pub use decide::{CameraPlace, Decided};
pub use filter::Filter;
pub use fold::{Effect, Standing, fold};
pub use listed::{Claim, Listed};
pub use lookup::Undoable;
pub use order::{MAX_TEXT, MissedOrder, Order};
pub use queue::{Group, MAX_PAGE, Page, Place};
pub use refused::{First, Refused};
pub use state::DeskState;

use crate::clock::Clock;
use crate::codes::ClassTable;
use crate::console::store::Store;
use crate::payload::OffsetTime;
use jiff::tz::TimeZone;
use operators::vocabulary::{EventTime, Millis};
use std::sync::Arc;

/// What the desk is told about its city.
#[derive(Debug, Clone)]
pub struct DeskSettings {
    /// The city's name, in the source of its events.
    pub city: String,
    /// Zone of the day that counters count, and of the times of decisions.
    pub timezone: TimeZone,
    /// Classes that a candidate can be filed under.
    pub codes: Arc<ClassTable>,
    /// How long a claim holds unless it is renewed.
    pub claim: Millis,
    /// Percentage of decided candidates that a second reviewer sees blind.
    pub second_percent: f64,
}

/// What reviewers do, over the store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Desk {
    store: Store,
    clock: Arc<dyn Clock>,
    settings: Arc<DeskSettings>,
}

impl Desk {
    /// A desk over a store.
    pub fn new(store: Store, clock: Arc<dyn Clock>, settings: DeskSettings) -> Self {
        Desk { store, clock, settings: Arc::new(settings) }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What the desk was told about its city.
    pub fn settings(&self) -> &DeskSettings {
        &self.settings
    }

    /// Milliseconds since 1970 UTC.
    pub fn now(&self) -> i64 {
        self.clock.now().0
    }

    /// A moment in the city's zone.
    pub fn local(&self, at: i64) -> OffsetTime {
        let moment = jiff::Timestamp::from_millisecond(at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        OffsetTime::new(EventTime(at), self.settings.timezone.to_offset(moment))
    }
}
