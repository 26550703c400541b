//! Edits a zone in the text of a CITY.toml: only what changes is touched, comments stay, and the result has passed
//! the same check as any file.

use super::city::{COMPONENT, Camera, City};
use super::describe::{Kind, Setting, ZoneRef, describe, polygon_text};
use super::parse::parse;
use super::problem::Problems;
use std::path::Path;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

/// What is done to the zones of a camera.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// A zone gets these settings; a new one where `zone` is `None`.
    Save {
        /// Id and rule of the zone as it stands in the file.
        zone: Option<(String, String)>,
        /// What it shall be.
        form: ZoneForm,
    },
    /// A zone goes.
    Delete {
        /// Its id.
        id: String,
        /// Its rule.
        rule: String,
    },
}

/// A zone as a form has it: texts, unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ZoneForm {
    /// Its id.
    pub id: String,
    /// Its rule.
    pub rule: String,
    /// Its outline, a point a line.
    pub polygon: String,
    /// Keys of [`describe`] with their texts. A key that is not in here keeps its value.
    pub settings: Vec<(String, String)>,
}

/// The text with the edit in it, and the city that it describes.
#[derive(Debug, Clone)]
pub struct Edited {
    /// The new text.
    pub text: String,
    /// What it says.
    pub city: City,
}

/// Something wrong with a field of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// `id`, `polygon`, a key of [`describe`]; empty for what is wrong elsewhere.
    pub key: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// Why an edit is refused.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file was wrong before the edit.
    #[error("the file is wrong already, mend it first: {0}")]
    Broken(Problems),
    /// The camera is not in the file.
    #[error("the file has no such camera at this preset")]
    NoCamera,
    /// The zone is not in the file.
    #[error("the file has no such zone")]
    NoZone,
    /// The edit makes the file wrong.
    #[error("the edit is refused: {}", .0.first().map_or("", |p| p.message.as_str()))]
    Refused(Vec<FieldProblem>),
}

/// Applies an edit to a camera's zones. `file` is where the text stands.
///
/// # Errors
/// See [`EditError`].
pub fn edited(file: &Path, text: &str, camera: &str, preset: &str, edit: &Edit) -> Result<Edited, EditError> {
    let city = parse(file, text).map_err(EditError::Broken)?;
    let at = city.cameras.iter().position(|c| c.id == camera && c.preset == preset).ok_or(EditError::NoCamera)?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let message = error.message().to_owned();
        EditError::Refused(vec![FieldProblem { key: String::new(), message }])
    })?;
    let mut cameras = tables(document.get_mut("camera"));
    // The parser keeps the file's order, and refuses the file where it must leave a camera out.
    let table = cameras.get_mut(at).ok_or(EditError::NoCamera)?;
    let touched = match edit {
        Edit::Delete { id, rule } => {
            let index = index_of(&mut **table, id, rule).ok_or(EditError::NoZone)?;
            remove(&mut **table, index);
            None
        }
        Edit::Save { zone: Some((id, rule)), form } => {
            let index = index_of(&mut **table, id, rule).ok_or(EditError::NoZone)?;
            let now = city.cameras[at].any_zone(id, rule);
            let class = city.cameras[at].class_of(id, rule);
            let settings = describe(rule, now, class, &city.baselines.parts);
            let mut zones = tables(table.get_mut("zone"));
            write(&mut **zones.get_mut(index).ok_or(EditError::NoZone)?, now, form, &settings);
            Some(index)
        }
        Edit::Save { zone: None, form } => {
            let settings = describe(&form.rule, None, None, &city.baselines.parts);
            Some(add(&mut **table, |zone| write(zone, None, form, &settings)))
        }
    };
    drop(cameras);
    let text = document.to_string();
    match parse(file, &text) {
        Ok(city) => Ok(Edited { text, city }),
        Err(problems) => {
            let zone = touched.map(|index| format!("camera[{at}].zone[{index}]"));
            Err(EditError::Refused(fields(&problems, zone.as_deref())))
        }
    }
}

impl Camera {
    /// The class code that CITY.toml gives a zone instead of the rule's own.
    pub fn class_of(&self, zone: &str, rule: &str) -> Option<&str> {
        self.classes.iter().find(|((id, kind), _)| id == zone && *kind == rule).map(|(_, code)| code.as_str())
    }
}

/// Problems of the zone by their key; those of anything else without one.
fn fields(problems: &Problems, zone: Option<&str>) -> Vec<FieldProblem> {
    let field = |p: &super::problem::Problem| {
        let below = zone.and_then(|zone| p.key.strip_prefix(zone));
        match below {
            Some("") => FieldProblem { key: String::new(), message: p.message.clone() },
            Some(key) if key.starts_with('.') => FieldProblem { key: key[1..].to_owned(), message: p.message.clone() },
            _ => FieldProblem { key: String::new(), message: format!("{}: {}", p.key, p.message) },
        }
    };
    problems.0.iter().map(field).collect()
}

/// The tables of `[[key]]`, or of a list of inline tables.
fn tables(item: Option<&mut Item>) -> Vec<&mut dyn TableLike> {
    match item {
        Some(Item::ArrayOfTables(tables)) => tables.iter_mut().map(|t| t as &mut dyn TableLike).collect(),
        Some(Item::Value(Value::Array(list))) => {
            list.iter_mut().filter_map(|v| v.as_inline_table_mut()).map(|t| t as &mut dyn TableLike).collect()
        }
        _ => Vec::new(),
    }
}

/// Which of a camera's zones it is.
fn index_of(camera: &mut dyn TableLike, id: &str, rule: &str) -> Option<usize> {
    let text = |zone: &dyn TableLike, key: &str| zone.get(key).and_then(Item::as_str).map(str::to_owned);
    tables(camera.get_mut("zone"))
        .iter()
        .position(|zone| text(&**zone, "id").as_deref() == Some(id) && text(&**zone, "rule").as_deref() == Some(rule))
}

fn remove(camera: &mut dyn TableLike, index: usize) {
    let left = match camera.get_mut("zone") {
        Some(Item::ArrayOfTables(zones)) => {
            zones.remove(index);
            zones.len()
        }
        Some(Item::Value(Value::Array(zones))) => {
            zones.remove(index);
            zones.len()
        }
        _ => return,
    };
    if left == 0 {
        camera.remove("zone");
    }
}

/// Adds a zone behind the others, as the file writes them; returns its index.
fn add(camera: &mut dyn TableLike, fill: impl FnOnce(&mut dyn TableLike)) -> usize {
    match camera.get_mut("zone") {
        Some(Item::ArrayOfTables(zones)) => {
            let mut zone = Table::new();
            fill(&mut zone);
            zones.push(zone);
            zones.len() - 1
        }
        Some(Item::Value(Value::Array(zones))) => {
            let mut zone = InlineTable::new();
            fill(&mut zone);
            zones.push(zone);
            zones.len() - 1
        }
        _ => {
            let mut zones = ArrayOfTables::new();
            let mut zone = Table::new();
            fill(&mut zone);
            zones.push(zone);
            camera.insert("zone", Item::ArrayOfTables(zones));
            0
        }
    }
}

/// Writes what differs from what stands there.
fn write(zone: &mut dyn TableLike, now: Option<ZoneRef<'_>>, form: &ZoneForm, settings: &[Setting]) {
    let id = form.id.trim();
    if now.is_none_or(|now| now.id() != id) {
        put(zone, "id", id.into());
    }
    let outline = now.and_then(|now| now.polygon()).map(polygon_text).unwrap_or_default();
    let drawn = lines(&form.polygon).collect::<Vec<_>>().join("\n");
    if drawn.is_empty() && form.rule == COMPONENT {
        zone.remove("polygon");
    } else if drawn != outline || now.is_none() {
        put(zone, "polygon", points(&drawn));
    }
    if now.is_none() {
        put(zone, "rule", form.rule.as_str().into());
    }
    for setting in settings {
        let Some((_, text)) = form.settings.iter().find(|(key, _)| key == setting.key) else { continue };
        let text = lines(text).collect::<Vec<_>>().join("\n");
        if text == setting.value {
            continue;
        }
        if text.is_empty() || text == setting.default {
            zone.remove(setting.key);
        } else {
            put(zone, setting.key, typed(&setting.kind, &text));
        }
    }
}

/// Sets a key; what stands around its old value (a comment behind it) stays.
fn put(zone: &mut dyn TableLike, key: &str, mut new: Value) {
    match zone.get_mut(key) {
        Some(Item::Value(old)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        _ => {
            zone.insert(key, value(new));
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// `0.1, 0.5` on each line as a list of points. What is none stays a text, and the check says what it expects.
fn points(text: &str) -> Value {
    let mut list = Array::new();
    for line in lines(text) {
        let Some(point) = pair(line) else { return text.into() };
        list.push(Value::Array(point));
    }
    Value::Array(list)
}

fn pair(text: &str) -> Option<Array> {
    let (a, b) = text.split_once([',', ' '])?;
    let (a, b): (f64, f64) = (a.trim().parse().ok()?, b.trim().trim_start_matches(',').trim().parse().ok()?);
    (a.is_finite() && b.is_finite()).then(|| Array::from_iter([a, b]))
}

/// A field's text as the value that its key takes. What does not fit stays a text, and the check says what it expects.
fn typed(kind: &Kind, text: &str) -> Value {
    let list = |words: Vec<&str>| Value::Array(Array::from_iter(words));
    match kind {
        Kind::Share => text.parse::<f64>().ok().filter(|n| n.is_finite()).map_or_else(|| text.into(), Value::from),
        Kind::Count(..) => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        Kind::Flag => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        Kind::Size => pair(text).map_or_else(|| text.into(), Value::Array),
        Kind::Words(_) => list(text.split_whitespace().collect()),
        Kind::Schedules | Kind::Texts => list(lines(text).collect()),
        Kind::Duration | Kind::Votes | Kind::Choice(_) | Kind::Schedule | Kind::Text => text.into(),
    }
}
