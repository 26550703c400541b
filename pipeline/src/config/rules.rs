//! The keys of a `[[camera.zone]]`, rule by rule. Defaults are the rules' own.

use super::city::{COMPONENT, ChangeZone, ComponentZone, PartOfDay, UNREGISTERED_CHANGE};
use super::components;
use super::describe::RULES;
use super::reader::Reader;
use super::settings::{self, Settings};
use crate::codes::ClassTable;
use operators::rules::{RuleConfig, ZoneRule};
use operators::schedule::Schedule;
use operators::vocabulary::{Condition, Label, Millis, Point, Polygon};
use std::ops::RangeInclusive;

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
        "illegal-parking" => RuleConfig::IllegalParking(settings::parking(&mut Keys(table), Default::default())),
        "street-vending" => RuleConfig::StreetVending(settings::vending(&mut Keys(table), Default::default())),
        "bin-overflow" => RuleConfig::BinOverflow(settings::bin(&mut Keys(table), Default::default())),
        "muck-truck" => RuleConfig::MuckTruck(settings::muck(&mut Keys(table), Default::default())),
        other => {
            table.problem("rule", format!("no rule is called \"{other}\"; there are: {}", RULES.join(", ")));
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
fn permits(table: &Reader<'_>, key: &'static str) -> Option<Vec<Schedule>> {
    let mut permits = Vec::new();
    for text in table.strings(key)? {
        match text.parse::<Schedule>() {
            Ok(schedule) => permits.push(schedule),
            Err(error) => table.problem(key, error.to_string()),
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

/// Reads the settings of a rule from its table; what is not there stays as it is.
pub(super) struct Keys<'t, 'a>(pub &'t Reader<'a>);

impl Settings for Keys<'_, '_> {
    fn duration(&mut self, key: &'static str, now: Millis) -> Millis {
        self.0.duration(key).unwrap_or(now)
    }

    fn share(&mut self, key: &'static str, now: f32) -> f32 {
        self.0.number(key, 0.0, 1.0).map_or(now, |v| v as f32)
    }

    fn count(&mut self, key: &'static str, range: RangeInclusive<u64>, now: u64) -> u64 {
        self.0.integer(key, *range.start(), *range.end()).unwrap_or(now)
    }

    fn votes(&mut self, key: &'static str, now: (usize, usize)) -> (usize, usize) {
        votes(self.0, key).unwrap_or(now)
    }

    fn size(&mut self, key: &'static str, now: [f32; 2]) -> [f32; 2] {
        size(self.0, key).unwrap_or(now)
    }

    fn labels(&mut self, key: &'static str, now: Vec<Label>) -> Vec<Label> {
        words(self.0, key, &Label::ALL.map(|label| (label.as_str(), label))).unwrap_or(now)
    }

    fn conditions(&mut self, key: &'static str, now: Vec<Condition>) -> Vec<Condition> {
        words(self.0, key, &Condition::ALL.map(|c| (c.as_str(), c))).unwrap_or(now)
    }

    fn flag(&mut self, key: &'static str, now: bool) -> bool {
        self.0.boolean(key).unwrap_or(now)
    }

    fn schedule(&mut self, key: &'static str, now: Schedule) -> Schedule {
        if self.0.is_given(key) { schedule(self.0) } else { now }
    }

    fn schedules(&mut self, key: &'static str, now: Vec<Schedule>) -> Vec<Schedule> {
        permits(self.0, key).unwrap_or(now)
    }
}

/// `size = [0.02, 0.03]`: least width and height, 0..1 of the picture.
fn size(table: &Reader<'_>, key: &'static str) -> Option<[f32; 2]> {
    let [w, h] = table.pair(key)?;
    if (0.0..=1.0).contains(&w) && (0.0..=1.0).contains(&h) {
        return Some([w as f32, h as f32]);
    }
    table.problem(key, "is the least width and height, each 0..1 of the picture, such as [0.02, 0.03]");
    None
}

/// `votes = "2/5"`: of the last 5 looks, 2 must agree.
fn votes(table: &Reader<'_>, key: &'static str) -> Option<(usize, usize)> {
    let text = table.string(key)?;
    let parsed = text.split_once('/').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    match parsed {
        Some((a, b)) if 1 <= a && a <= b && b <= 100 => Some((a, b)),
        _ => {
            table.problem(key, format!("\"{text}\" is no vote; write e.g. \"2/5\": 2 of the last 5 looks"));
            None
        }
    }
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
