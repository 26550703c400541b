//! Counts of one feed for its camera's health, beside the process's metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the feed started; written on both of its sides.
#[derive(Debug, Default)]
pub struct Tally {
    packets: AtomicU64,
    dropped: AtomicU64,
    corrupt: AtomicU64,
}

/// What a [`Tally`] says at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeedCounts {
    /// Packets read.
    pub packets: u64,
    /// Wanted pictures dropped, for whatever reason but damage.
    pub dropped: u64,
    /// Wanted pictures too damaged to decode.
    pub corrupt: u64,
}

impl Tally {
    /// A packet was read.
    pub fn packet(&self) {
        self.packets.fetch_add(1, Ordering::Relaxed);
    }

    /// Wanted pictures are gone, for the reason that the metric names.
    pub fn dropped(&self, reason: &str, pictures: u64) {
        let counter = if reason == "corrupt" { &self.corrupt } else { &self.dropped };
        counter.fetch_add(pictures, Ordering::Relaxed);
    }

    /// The counts, now.
    pub fn counts(&self) -> FeedCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FeedCounts { packets: read(&self.packets), dropped: read(&self.dropped), corrupt: read(&self.corrupt) }
    }
}
