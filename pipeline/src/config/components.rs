//! The keys of zones that are compared with a baseline. Defaults are the operators' own.

use super::city::{ChangeZone, ComponentZone, PartOfDay};
use super::reader::Reader;
use super::rules::{polygon, schedule, set, share, votes};
use operators::components::{ComponentWatchConfig, NewcomersConfig};
use operators::vocabulary::Polygon;

/// A zone of the rule `component`. Its polygon is the whole picture where none is given.
pub(super) fn components(table: &Reader<'_>, id: Option<String>) -> Option<ComponentZone> {
    let given = table.is_given("polygon");
    let polygon = given.then(|| polygon(table)).flatten();
    let components = table.strings("components");
    if let Some(ids) = &components {
        if ids.is_empty() {
            table.problem("components", "names no component; leave the key out for all of this view");
        }
        for (index, id) in ids.iter().enumerate() {
            if ids[..index].contains(id) {
                table.problem("components", format!("{id} stands there twice"));
            }
        }
    }
    let mut c = ComponentWatchConfig { schedule: schedule(table), ..ComponentWatchConfig::default() };
    set(&mut c.dwell, table.duration("dwell"));
    votes(table, "votes", &mut c.votes, &mut c.votes_of);
    set(&mut c.urgent_dwell, table.duration("urgent_dwell"));
    votes(table, "urgent_votes", &mut c.urgent_votes, &mut c.urgent_votes_of);
    share(table, "score", &mut c.score);
    share(table, "clear", &mut c.clear);
    share(table, "doubtful", &mut c.doubtful);
    set(&mut c.update, table.duration("update"));
    set(&mut c.off, table.integer("off", 1, 100).map(|n| n as u32));
    if given && polygon.is_none() {
        return None;
    }
    Some(ComponentZone { id: id?, polygon, components, watch: c, line: table.line_of("id") })
}

/// A zone of the rule `unregistered-change`.
pub(super) fn changes(
    table: &Reader<'_>,
    id: Option<String>,
    polygon: Option<Polygon>,
    parts: &[PartOfDay],
) -> Option<ChangeZone> {
    let mut c = NewcomersConfig::default();
    set(&mut c.dwell, table.duration("dwell"));
    set(&mut c.slot, table.duration("slot"));
    share(table, "area", &mut c.min_area);
    set(&mut c.update, table.duration("update"));
    let problem = match table.string("kind").as_deref() {
        None | Some("structure") => Some("illegal-building"),
        Some("sign") => Some("illegal-outdoor-ad"),
        Some(other) => {
            table.problem("kind", format!("\"{other}\" is neither \"structure\" nor \"sign\""));
            None
        }
    };
    let first = parts.first().map(|part| part.name.clone()).unwrap_or_default();
    let part = table.string("part").unwrap_or(first);
    if !parts.iter().any(|known| known.name == part) {
        let names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
        table.problem("part", format!("\"{part}\" is no part of the day; there are: {}", names.join(", ")));
    }
    Some(ChangeZone { id: id?, polygon: polygon?, watch: c, problem: problem?, part, line: table.line_of("id") })
}
