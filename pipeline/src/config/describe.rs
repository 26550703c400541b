//! The settings of a zone as a form shows them: every key of its rule, what it may be, its default, its value now.

use super::city::{COMPONENT, Camera, ChangeZone, ComponentZone, PartOfDay, UNREGISTERED_CHANGE};
use super::settings::{self, Settings};
use operators::rules::{RuleConfig, ZoneRule};
use operators::schedule::Schedule;
use operators::vocabulary::{Condition, Label, Millis, Polygon};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Every rule, as CITY.toml writes it.
pub const RULES: [&str; 6] =
    ["illegal-parking", "street-vending", "bin-overflow", "muck-truck", COMPONENT, UNREGISTERED_CHANGE];

/// What a setting may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A span of time such as `3m`.
    Duration,
    /// A number 0 to 1.
    Share,
    /// A whole number between two.
    Count(u64, u64),
    /// `2/5`: of the last 5 looks, 2.
    Votes,
    /// Two numbers 0 to 1 with a comma between.
    Size,
    /// Some of these words.
    Words(Vec<&'static str>),
    /// One of these words.
    Choice(Vec<String>),
    /// `true` or `false`.
    Flag,
    /// Times of the week; empty is always.
    Schedule,
    /// Times of the week, one a line.
    Schedules,
    /// Texts, one a line; empty is all.
    Texts,
    /// A text; empty is the rule's own.
    Text,
}

/// One key of a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key in CITY.toml.
    pub key: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What holds where it is not given, as a form writes it.
    pub default: String,
    /// What holds now.
    pub value: String,
}

/// A zone of any rule.
#[derive(Debug, Clone, Copy)]
pub enum ZoneRef<'a> {
    /// A rule that looks at objects.
    Objects(&'a ZoneRule),
    /// The rule `component`.
    Components(&'a ComponentZone),
    /// The rule `unregistered-change`.
    Changes(&'a ChangeZone),
}

impl Camera {
    /// Every zone, whatever its rule.
    pub fn every_zone(&self) -> impl Iterator<Item = ZoneRef<'_>> {
        let objects = self.zones.iter().map(ZoneRef::Objects);
        let components = self.component_zones.iter().map(ZoneRef::Components);
        objects.chain(components).chain(self.change_zones.iter().map(ZoneRef::Changes))
    }

    /// The zone of this id and rule.
    pub fn any_zone(&self, id: &str, rule: &str) -> Option<ZoneRef<'_>> {
        self.every_zone().find(|zone| zone.id() == id && zone.rule() == rule)
    }
}

impl<'a> ZoneRef<'a> {
    /// Its id.
    pub fn id(&self) -> &'a str {
        match self {
            ZoneRef::Objects(zone) => &zone.id,
            ZoneRef::Components(zone) => &zone.id,
            ZoneRef::Changes(zone) => &zone.id,
        }
    }

    /// Its rule.
    pub fn rule(&self) -> &'static str {
        match self {
            ZoneRef::Objects(zone) => zone.rule.kind(),
            ZoneRef::Components(_) => COMPONENT,
            ZoneRef::Changes(_) => UNREGISTERED_CHANGE,
        }
    }

    /// Its outline; `None` for the whole picture.
    pub fn polygon(&self) -> Option<&'a Polygon> {
        match self {
            ZoneRef::Objects(zone) => Some(&zone.polygon),
            ZoneRef::Components(zone) => zone.polygon.as_ref(),
            ZoneRef::Changes(zone) => Some(&zone.polygon),
        }
    }
}

/// The outline as a form writes it: a point a line, `0.1, 0.5`.
pub fn polygon_text(polygon: &Polygon) -> String {
    let points = polygon.points().iter().map(|p| format!("{}, {}", p.x, p.y));
    points.collect::<Vec<_>>().join("\n")
}

/// The settings of a rule's zone; of a zone that is not there yet where `zone` is `None`. Empty for a rule that there
/// is not. `class` is the code that CITY.toml gives the zone.
pub fn describe(rule: &str, zone: Option<ZoneRef<'_>>, class: Option<&str>, parts: &[PartOfDay]) -> Vec<Setting> {
    let Some(default) = of_rule(rule, None, parts) else { return Vec::new() };
    let now = zone.and_then(|zone| of_rule(rule, Some(zone), parts)).unwrap_or_else(|| default.clone());
    let mut settings: Vec<Setting> = default
        .into_iter()
        .zip(now)
        .map(|((key, kind, default), (_, _, value))| Setting { key, kind, default, value })
        .collect();
    let value = class.unwrap_or_default().to_owned();
    settings.push(Setting { key: "class", kind: Kind::Text, default: String::new(), value });
    settings
}

type Listed = (&'static str, Kind, String);

/// Keys, kinds and values; the rule's own values without a zone. `None` for no rule, or another rule's zone.
fn of_rule(rule: &str, zone: Option<ZoneRef<'_>>, parts: &[PartOfDay]) -> Option<Vec<Listed>> {
    let mut list = Lister(Vec::new());
    match (rule, zone) {
        (COMPONENT, zone @ (None | Some(ZoneRef::Components(_)))) => {
            let zone = zone.and_then(|zone| if let ZoneRef::Components(zone) = zone { Some(zone) } else { None });
            settings::components(&mut list, zone.map(|z| z.watch.clone()).unwrap_or_default());
            let ids = zone.and_then(|z| z.components.clone()).unwrap_or_default();
            list.0.push(("components", Kind::Texts, ids.join("\n")));
        }
        (UNREGISTERED_CHANGE, zone @ (None | Some(ZoneRef::Changes(_)))) => {
            let zone = zone.and_then(|zone| if let ZoneRef::Changes(zone) = zone { Some(zone) } else { None });
            settings::newcomers(&mut list, zone.map(|z| z.watch.clone()).unwrap_or_default());
            let kinds = ["structure", "sign"].map(str::to_owned).to_vec();
            let is_sign = zone.is_some_and(|z| z.problem == "illegal-outdoor-ad");
            list.0.push(("kind", Kind::Choice(kinds), if is_sign { "sign" } else { "structure" }.to_owned()));
            let names: Vec<_> = parts.iter().map(|p| p.name.clone()).collect();
            let part = zone.map(|z| z.part.clone()).or_else(|| names.first().cloned()).unwrap_or_default();
            list.0.push(("part", Kind::Choice(names), part));
        }
        (_, None) => {
            objects(&mut list, &RuleConfig::of_kind(rule)?);
            list.schedule("schedule", Schedule::always());
        }
        (_, Some(ZoneRef::Objects(zone))) if zone.rule.kind() == rule => {
            objects(&mut list, &zone.rule);
            list.schedule("schedule", zone.schedule.clone());
        }
        _ => return None,
    }
    Some(list.0)
}

fn objects(list: &mut Lister, rule: &RuleConfig) {
    match rule {
        RuleConfig::IllegalParking(c) => drop(settings::parking(list, c.clone())),
        RuleConfig::StreetVending(c) => drop(settings::vending(list, c.clone())),
        RuleConfig::BinOverflow(c) => drop(settings::bin(list, c.clone())),
        RuleConfig::MuckTruck(c) => drop(settings::muck(list, c.clone())),
    }
}

/// Writes down what it is shown and changes nothing.
struct Lister(Vec<Listed>);

impl Lister {
    fn put<T>(&mut self, key: &'static str, kind: Kind, text: String, now: T) -> T {
        self.0.push((key, kind, text));
        now
    }
}

impl Settings for Lister {
    fn duration(&mut self, key: &'static str, now: Millis) -> Millis {
        self.put(key, Kind::Duration, duration_text(now), now)
    }

    fn share(&mut self, key: &'static str, now: f32) -> f32 {
        self.put(key, Kind::Share, now.to_string(), now)
    }

    fn count(&mut self, key: &'static str, range: RangeInclusive<u64>, now: u64) -> u64 {
        self.put(key, Kind::Count(*range.start(), *range.end()), now.to_string(), now)
    }

    fn votes(&mut self, key: &'static str, now: (usize, usize)) -> (usize, usize) {
        self.put(key, Kind::Votes, format!("{}/{}", now.0, now.1), now)
    }

    fn size(&mut self, key: &'static str, now: [f32; 2]) -> [f32; 2] {
        self.put(key, Kind::Size, format!("{}, {}", now[0], now[1]), now)
    }

    fn labels(&mut self, key: &'static str, now: Vec<Label>) -> Vec<Label> {
        let text = now.iter().map(|label| label.as_str()).collect::<Vec<_>>().join(" ");
        self.put(key, Kind::Words(Label::ALL.map(|l| l.as_str()).to_vec()), text, now)
    }

    fn conditions(&mut self, key: &'static str, now: Vec<Condition>) -> Vec<Condition> {
        let text = now.iter().map(|condition| condition.as_str()).collect::<Vec<_>>().join(" ");
        self.put(key, Kind::Words(Condition::ALL.map(|c| c.as_str()).to_vec()), text, now)
    }

    fn flag(&mut self, key: &'static str, now: bool) -> bool {
        self.put(key, Kind::Flag, now.to_string(), now)
    }

    fn schedule(&mut self, key: &'static str, now: Schedule) -> Schedule {
        self.put(key, Kind::Schedule, now.to_string(), now)
    }

    fn schedules(&mut self, key: &'static str, now: Vec<Schedule>) -> Vec<Schedule> {
        let text = now.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        self.put(key, Kind::Schedules, text, now)
    }
}

/// A span as people write it: `180s` up to ten minutes in whole seconds, `2h`, `1h 30m`.
fn duration_text(millis: Millis) -> String {
    let millis = millis.unsigned_abs();
    match millis {
        0..=600_000 if millis.is_multiple_of(1000) => format!("{}s", millis / 1000),
        _ => humantime::format_duration(Duration::from_millis(millis)).to_string(),
    }
}
