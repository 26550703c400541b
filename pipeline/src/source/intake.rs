//! What happens to each packet once it is placed in time: it goes into the
//! ring, and the plan says what to decode. Live this runs where packets are
//! read, in replay where samples are taken.

use super::plan::{Planner, Work};
use super::{FeedConfig, MediaPacket, Pace, PacketRing};
use operators::vocabulary::EventTime;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Ring and plan of one feed.
pub struct Intake {
    ring: Arc<Mutex<PacketRing>>,
    burst: Arc<BurstUntil>,
    /// The plan; public to the mailbox's overflow.
    pub planner: Planner,
}

impl Intake {
    /// For one feed.
    pub fn new(config: &FeedConfig, ring: Arc<Mutex<PacketRing>>, burst: Arc<BurstUntil>) -> Self {
        let interval = config.sample.as_millis() as i64;
        let burst_gap = 1_000 / i64::from(config.burst_fps.max(1));
        Intake { ring, burst, planner: Planner::new(interval, burst_gap, config.pace == Pace::RealTime) }
    }

    /// Takes a packet in; appends what is to be decoded now.
    pub fn take(&mut self, packet: Arc<MediaPacket>, out: &mut Vec<Work>) {
        self.ring.lock().push(Arc::clone(&packet));
        self.planner.offer(packet, self.burst.get(), out);
    }
}

/// Until when full-rate decoding was asked for.
#[derive(Debug)]
pub struct BurstUntil(AtomicI64);

impl Default for BurstUntil {
    fn default() -> Self {
        BurstUntil(AtomicI64::new(i64::MIN))
    }
}

impl BurstUntil {
    /// Asks for it; an earlier, longer request stays.
    pub fn extend(&self, until: EventTime) {
        self.0.fetch_max(until.0, Ordering::AcqRel);
    }

    fn get(&self) -> Option<EventTime> {
        let until = self.0.load(Ordering::Acquire);
        (until != i64::MIN).then_some(EventTime(until))
    }
}
