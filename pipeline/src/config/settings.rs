//! The settings of each rule, listed once. The reader of CITY.toml and the forms of the console follow the same list,
//! so that no form can lack a key or offer one that is not read.

use operators::components::{ComponentWatchConfig, NewcomersConfig};
use operators::rules::{BinConfig, MuckConfig, ParkingConfig, VendingConfig};
use operators::schedule::Schedule;
use operators::vocabulary::{Condition, Label, Millis};
use std::ops::RangeInclusive;

/// Goes through the keys of a rule: each method is given a key and the value it has, and returns the value it gets.
pub(super) trait Settings {
    /// A span of time, longer than zero.
    fn duration(&mut self, key: &'static str, now: Millis) -> Millis;
    /// A number 0..1.
    fn share(&mut self, key: &'static str, now: f32) -> f32;
    /// A whole number.
    fn count(&mut self, key: &'static str, range: RangeInclusive<u64>, now: u64) -> u64;
    /// So many of so many looks.
    fn votes(&mut self, key: &'static str, now: (usize, usize)) -> (usize, usize);
    /// Least width and height, 0..1 of the picture.
    fn size(&mut self, key: &'static str, now: [f32; 2]) -> [f32; 2];
    /// Kinds of objects.
    fn labels(&mut self, key: &'static str, now: Vec<Label>) -> Vec<Label>;
    /// Conditions of objects.
    fn conditions(&mut self, key: &'static str, now: Vec<Condition>) -> Vec<Condition>;
    /// Yes or no.
    fn flag(&mut self, key: &'static str, now: bool) -> bool;
    /// When the zone is watched.
    fn schedule(&mut self, key: &'static str, now: Schedule) -> Schedule;
    /// Times at which something is permitted.
    fn schedules(&mut self, key: &'static str, now: Vec<Schedule>) -> Vec<Schedule>;
}

pub(super) fn parking(s: &mut dyn Settings, c: ParkingConfig) -> ParkingConfig {
    let dwell = s.duration("dwell", c.dwell);
    let labels = s.labels("labels", c.labels);
    let (votes, votes_of) = s.votes("votes", (c.votes, c.votes_of));
    ParkingConfig {
        dwell,
        labels,
        votes,
        votes_of,
        score: s.share("score", c.score),
        confidence: s.share("confidence", c.confidence),
        min_size: s.size("size", c.min_size),
        overlap: s.share("overlap", c.overlap),
        queue_size: s.count("queue_size", 0..=100, c.queue_size as u64) as usize,
        queue_arrivals: s.duration("queue_arrivals", c.queue_arrivals),
        queue_pair: s.duration("queue_pair", c.queue_pair),
        queue_grace: s.duration("queue_grace", c.queue_grace),
        queue_hold: s.duration("queue_hold", c.queue_hold),
        turnover: s.count("turnover", 1..=100, c.turnover as u64) as usize,
        update: s.duration("update", c.update),
    }
}

pub(super) fn vending(s: &mut dyn Settings, c: VendingConfig) -> VendingConfig {
    let dwell = s.duration("dwell", c.dwell);
    let labels = s.labels("labels", c.labels);
    let labels_with_umbrella = s.labels("labels_with_umbrella", c.labels_with_umbrella);
    let permits = s.schedules("permits", c.permits);
    let (votes, votes_of) = s.votes("votes", (c.votes, c.votes_of));
    VendingConfig {
        dwell,
        labels,
        labels_with_umbrella,
        permits,
        votes,
        votes_of,
        vendor: s.flag("vendor", c.vendor),
        vendor_share: s.share("vendor_share", c.vendor_share),
        vendor_confidence: s.share("vendor_confidence", c.vendor_confidence),
        score: s.share("score", c.score),
        confidence: s.share("confidence", c.confidence),
        min_size: s.size("size", c.min_size),
        overlap: s.share("overlap", c.overlap),
        update: s.duration("update", c.update),
    }
}

pub(super) fn bin(s: &mut dyn Settings, c: BinConfig) -> BinConfig {
    let dwell = s.duration("dwell", c.dwell);
    let clear = s.duration("clear", c.clear);
    let conditions = s.conditions("conditions", c.conditions);
    let (votes, votes_of) = s.votes("votes", (c.votes, c.votes_of));
    BinConfig {
        dwell,
        clear,
        conditions,
        votes,
        votes_of,
        score: s.share("score", c.score),
        bin_score: s.share("bin_score", c.bin_score),
        bin_lead: s.share("bin_lead", c.bin_lead),
        confidence: s.share("confidence", c.confidence),
        min_size: s.size("size", c.min_size),
        overlap: s.share("overlap", c.overlap),
        update: s.duration("update", c.update),
    }
}

pub(super) fn muck(s: &mut dyn Settings, c: MuckConfig) -> MuckConfig {
    MuckConfig {
        dwell: s.duration("dwell", c.dwell),
        votes: s.count("votes", 1..=100, u64::from(c.votes)) as u32,
        score: s.share("score", c.score),
        confidence: s.share("confidence", c.confidence),
        min_size: s.size("size", c.min_size),
        overlap: s.share("overlap", c.overlap),
        burst: s.duration("burst", c.burst),
        burst_max: s.count("burst_max", 0..=100, u64::from(c.burst_max)) as u32,
        rejoin: s.duration("rejoin", c.rejoin),
        update: s.duration("update", c.update),
    }
}

pub(super) fn components(s: &mut dyn Settings, c: ComponentWatchConfig) -> ComponentWatchConfig {
    let dwell = s.duration("dwell", c.dwell);
    let (votes, votes_of) = s.votes("votes", (c.votes, c.votes_of));
    let urgent_dwell = s.duration("urgent_dwell", c.urgent_dwell);
    let (urgent_votes, urgent_votes_of) = s.votes("urgent_votes", (c.urgent_votes, c.urgent_votes_of));
    ComponentWatchConfig {
        dwell,
        votes,
        votes_of,
        urgent_dwell,
        urgent_votes,
        urgent_votes_of,
        score: s.share("score", c.score),
        clear: s.share("clear", c.clear),
        doubtful: s.share("doubtful", c.doubtful),
        off: s.count("off", 1..=100, u64::from(c.off)) as u32,
        update: s.duration("update", c.update),
        schedule: s.schedule("schedule", c.schedule),
    }
}

pub(super) fn newcomers(s: &mut dyn Settings, c: NewcomersConfig) -> NewcomersConfig {
    NewcomersConfig {
        dwell: s.duration("dwell", c.dwell),
        looks: s.count("looks", 2..=32, u64::from(c.looks)) as u32,
        slot: s.duration("slot", c.slot),
        min_area: s.share("area", c.min_area),
        doubtful: s.share("doubtful", c.doubtful),
        faded: s.share("faded", c.faded),
        update: s.duration("update", c.update),
    }
}
