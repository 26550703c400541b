//! The keys of the register, of baselines, and of zones that are compared with them. Defaults are the operators' own.

use super::city::{Baselines, ChangeZone, ComponentZone, PartOfDay};
use super::reader::Reader;
use super::rules::{Keys, polygon};
use super::settings;
use operators::components::{ComponentWatchConfig, NewcomersConfig};
use operators::vocabulary::Polygon;
use std::collections::BTreeSet;
use std::path::PathBuf;

const DEFAULT_PARTS: [&str; 2] = ["day 06:00-18:00", "night 18:00-06:00"];

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
    let watch = settings::components(&mut Keys(table), ComponentWatchConfig::default());
    if given && polygon.is_none() {
        return None;
    }
    Some(ComponentZone { id: id?, polygon, components, watch, line: table.line_of("id") })
}

/// A zone of the rule `unregistered-change`.
pub(super) fn changes(
    table: &Reader<'_>,
    id: Option<String>,
    polygon: Option<Polygon>,
    parts: &[PartOfDay],
) -> Option<ChangeZone> {
    let watch = settings::newcomers(&mut Keys(table), NewcomersConfig::default());
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
    Some(ChangeZone { id: id?, polygon: polygon?, watch, problem: problem?, part, line: table.line_of("id") })
}

/// The division with which every component id must begin.
pub(super) fn district(root: &Reader<'_>) -> Option<String> {
    let district = root.string("district")?;
    if matches!(district.len(), 2 | 4 | 6) && district.bytes().all(|b| b.is_ascii_digit()) {
        return Some(district);
    }
    root.problem("district", format!("\"{district}\" is no division: 2, 4 or 6 digits such as \"320113\""));
    None
}

/// `[baselines]`.
pub(super) fn baselines(root: &Reader<'_>) -> Baselines {
    let mut baselines = Baselines { store: PathBuf::from("./data/baselines"), parts: Vec::new() };
    let mut parts = DEFAULT_PARTS.map(str::to_owned).to_vec();
    if let Some(table) = root.table("baselines") {
        baselines.store = table.string("store").map_or(baselines.store, PathBuf::from);
        parts = table.strings("parts").unwrap_or(parts);
        table.finish();
    }
    let mut names = BTreeSet::new();
    for text in parts {
        match part_of_day(&text) {
            Ok(part) if names.insert(part.name.clone()) => baselines.parts.push(part),
            Ok(part) => root.problem("baselines", format!("parts: \"{}\" stands there twice", part.name)),
            Err(why) => root.problem("baselines", format!("parts: {why}")),
        }
    }
    baselines
}

/// `"day 06:30-18:30"`: a name and when it is.
fn part_of_day(text: &str) -> Result<PartOfDay, String> {
    let (name, when) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 32 || !name.chars().all(is_name) {
        let hint = "write a name of small letters and when it is, such as \"day 06:30-18:30\"";
        return Err(format!("\"{text}\" names no part of the day; {hint}"));
    }
    Ok(PartOfDay { name: name.to_owned(), schedule: when.parse().map_err(|e| format!("{e}"))? })
}
