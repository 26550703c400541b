//! The keys of a `[[camera.zone]]`, rule by rule. Defaults are the rules' own.

use super::city::{COMPONENT, ChangeZone, ComponentZone, PartOfDay, UNREGISTERED_CHANGE};
use super::components;
use super::reader::Reader;
use crate::codes::ClassTable;
use operators::rules::{BinConfig, MuckConfig, ParkingConfig, RuleConfig, VendingConfig, ZoneRule};
use operators::schedule::Schedule;
use operators::vocabulary::{Condition, Label, Point, Polygon};

const RULES: &str = "illegal-parking, street-vending, bin-overflow, muck-truck, component, unregistered-change";

/// A zone of any rule.
pub(super) enum AnyZone {
    Objects(ZoneRule),
    Components(ComponentZone),
    Changes(ChangeZone),
}

impl AnyZone {
    /// Its id and its rule.
    pub(super) fn key(&self) -> (&str, &'static str) {
        match self {
            AnyZone::Objects(zone) => (&zone.id, zone.rule.kind()),
            AnyZone::Components(zone) => (&zone.id, COMPONENT),
            AnyZone::Changes(zone) => (&zone.id, UNREGISTERED_CHANGE),
        }
    }
}

/// A zone with its rule, and the class code that replaces the rule's own.
pub(super) fn zone(
    table: &Reader<'_>,
    codes: Option<&ClassTable>,
    parts: &[PartOfDay],
) -> Option<(AnyZone, Option<String>)> {
    let id = table.required_string("id", "kerb");
    let kind = table.required_string("rule", "illegal-parking")?;
    if kind == COMPONENT {
        let class = class(table, codes);
        return Some((AnyZone::Components(components::components(table, id)?), class));
    }
    let polygon = polygon(table);
    if kind == UNREGISTERED_CHANGE {
        let class = class(table, codes);
        return Some((AnyZone::Changes(components::changes(table, id, polygon, parts)?), class));
    }
    let schedule = schedule(table);
    let class = class(table, codes);
    let rule = match kind.as_str() {
        "illegal-parking" => RuleConfig::IllegalParking(parking(table)),
        "street-vending" => RuleConfig::StreetVending(vending(table)),
        "bin-overflow" => RuleConfig::BinOverflow(bin(table)),
        "muck-truck" => RuleConfig::MuckTruck(muck(table)),
        other => {
            table.problem("rule", format!("no rule is called \"{other}\"; there are: {RULES}"));
            return None;
        }
    };
    Some((AnyZone::Objects(ZoneRule { id: id?, polygon: polygon?, schedule, rule }), class))
}

pub(super) fn polygon(table: &Reader<'_>) -> Option<Polygon> {
    let Some(points) = table.pairs("polygon") else {
        if !table.has("polygon") {
            table.problem("polygon", "is missing; write e.g. polygon = [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9]]");
        }
        return None;
    };
    let points = points.into_iter().map(|[x, y]| Point { x: x as f32, y: y as f32 }).collect();
    Polygon::new(points).map_err(|e| table.problem("polygon", e.to_string())).ok()
}

pub(super) fn schedule(table: &Reader<'_>) -> Schedule {
    let Some(text) = table.string("schedule") else { return Schedule::always() };
    match text.parse() {
        Ok(schedule) => schedule,
        Err(error) => {
            table.problem("schedule", error.to_string());
            Schedule::always()
        }
    }
}

/// `permits = ["Mon-Sun 18:00-23:00"]`: when what the rule forbids is allowed.
fn permits(table: &Reader<'_>) -> Option<Vec<Schedule>> {
    let mut permits = Vec::new();
    for text in table.strings("permits")? {
        match text.parse::<Schedule>() {
            Ok(schedule) => permits.push(schedule),
            Err(error) => table.problem("permits", error.to_string()),
        }
    }
    Some(permits)
}

fn class(table: &Reader<'_>, codes: Option<&ClassTable>) -> Option<String> {
    let class = table.string("class")?;
    if codes.is_some_and(|codes| codes.matter(&class).or_else(|| codes.component_fault(&class)).is_none()) {
        table.problem("class", format!("\"{class}\" is no matter of the class table"));
    }
    Some(class)
}

fn parking(table: &Reader<'_>) -> ParkingConfig {
    let mut c = ParkingConfig::default();
    set(&mut c.dwell, table.duration("dwell"));
    set(&mut c.labels, labels(table, "labels"));
    set(&mut c.min_size, size(table));
    share(table, "confidence", &mut c.confidence);
    share(table, "score", &mut c.score);
    share(table, "overlap", &mut c.overlap);
    votes(table, "votes", &mut c.votes, &mut c.votes_of);
    set(&mut c.update, table.duration("update"));
    set(&mut c.queue_size, table.integer("queue_size", 0, 100).map(|n| n as usize));
    set(&mut c.queue_arrivals, table.duration("queue_arrivals"));
    set(&mut c.queue_pair, table.duration("queue_pair"));
    set(&mut c.queue_grace, table.duration("queue_grace"));
    set(&mut c.queue_hold, table.duration("queue_hold"));
    set(&mut c.turnover, table.integer("turnover", 1, 100).map(|n| n as usize));
    c
}

fn vending(table: &Reader<'_>) -> VendingConfig {
    let mut c = VendingConfig::default();
    set(&mut c.dwell, table.duration("dwell"));
    set(&mut c.labels, labels(table, "labels"));
    set(&mut c.labels_with_umbrella, labels(table, "labels_with_umbrella"));
    set(&mut c.min_size, size(table));
    share(table, "confidence", &mut c.confidence);
    share(table, "score", &mut c.score);
    share(table, "overlap", &mut c.overlap);
    set(&mut c.vendor, table.boolean("vendor"));
    set(&mut c.permits, permits(table));
    share(table, "vendor_share", &mut c.vendor_share);
    share(table, "vendor_confidence", &mut c.vendor_confidence);
    votes(table, "votes", &mut c.votes, &mut c.votes_of);
    set(&mut c.update, table.duration("update"));
    c
}

fn bin(table: &Reader<'_>) -> BinConfig {
    let mut c = BinConfig::default();
    set(&mut c.dwell, table.duration("dwell"));
    set(&mut c.clear, table.duration("clear"));
    set(&mut c.conditions, words(table, "conditions", &Condition::ALL.map(|c| (c.as_str(), c))));
    set(&mut c.min_size, size(table));
    share(table, "confidence", &mut c.confidence);
    share(table, "score", &mut c.score);
    share(table, "bin_score", &mut c.bin_score);
    share(table, "overlap", &mut c.overlap);
    votes(table, "votes", &mut c.votes, &mut c.votes_of);
    set(&mut c.update, table.duration("update"));
    c
}

fn muck(table: &Reader<'_>) -> MuckConfig {
    let mut c = MuckConfig::default();
    set(&mut c.dwell, table.duration("dwell"));
    set(&mut c.min_size, size(table));
    share(table, "confidence", &mut c.confidence);
    share(table, "score", &mut c.score);
    share(table, "overlap", &mut c.overlap);
    set(&mut c.votes, table.integer("votes", 1, 100).map(|n| n as u32));
    set(&mut c.burst, table.duration("burst"));
    set(&mut c.burst_max, table.integer("burst_max", 0, 100).map(|n| n as u32));
    set(&mut c.rejoin, table.duration("rejoin"));
    set(&mut c.update, table.duration("update"));
    c
}

pub(super) fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

/// A number 0..1.
pub(super) fn share(table: &Reader<'_>, key: &'static str, target: &mut f32) {
    set(target, table.number(key, 0.0, 1.0).map(|v| v as f32));
}

/// `size = [0.02, 0.03]`: least width and height, 0..1 of the picture.
fn size(table: &Reader<'_>) -> Option<[f32; 2]> {
    let [w, h] = table.pair("size")?;
    if (0.0..=1.0).contains(&w) && (0.0..=1.0).contains(&h) {
        return Some([w as f32, h as f32]);
    }
    table.problem("size", "is the least width and height, each 0..1 of the picture, such as [0.02, 0.03]");
    None
}

/// `votes = "2/5"`: of the last 5 looks, 2 must agree.
pub(super) fn votes(table: &Reader<'_>, key: &'static str, k: &mut usize, n: &mut usize) {
    let Some(text) = table.string(key) else { return };
    let parsed = text.split_once('/').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    match parsed {
        Some((a, b)) if 1 <= a && a <= b && b <= 100 => (*k, *n) = (a, b),
        _ => table.problem(key, format!("\"{text}\" is no vote; write e.g. \"2/5\": 2 of the last 5 looks")),
    }
}

fn labels(table: &Reader<'_>, key: &'static str) -> Option<Vec<Label>> {
    words(table, key, &Label::ALL.map(|label| (label.as_str(), label)))
}

fn words<T: Copy>(table: &Reader<'_>, key: &'static str, known: &[(&'static str, T)]) -> Option<Vec<T>> {
    let mut found = Vec::new();
    for word in table.strings(key)? {
        match known.iter().find(|(name, _)| *name == word) {
            Some((_, value)) => found.push(*value),
            None => {
                let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
                table.problem(key, format!("\"{word}\" is none of {}", names.join(", ")));
            }
        }
    }
    Some(found)
}
