//! Settings of a pure part, read by the names of its own fields: what it has by default says which keys there are and
//! what each may be. Spans of time are written as texts (`"10m"`) and are milliseconds inside.

use super::problem::Collector;
use super::reader::{Item, describe, nearest, number_of};
use operators::vocabulary::Millis;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// The settings with what the file says; the defaults where it is wrong, which is told.
pub(super) fn nested<T: Default + Serialize + DeserializeOwned>(item: Option<Item<'_>>) -> T {
    let default = T::default();
    let Some(item) = item else { return default };
    let DeValue::Table(table) = item.value else {
        item.problem(format!("expected a table, found {}", describe(item.value)));
        return default;
    };
    // Plain data with text keys: it always serialises.
    let mut settings = serde_json::to_value(&default).unwrap_or_default();
    if let Value::Object(known) = &mut settings {
        overlay(known, table, &item.key, item.problems());
    }
    match serde_json::from_value(settings) {
        Ok(read) => read,
        Err(error) => {
            item.problem(format!("{error}"));
            default
        }
    }
}

fn overlay(known: &mut Map<String, Value>, table: &DeTable<'_>, path: &str, problems: &Collector<'_>) {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let full = format!("{path}.{name}");
        let Some(now) = known.get_mut(name) else {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            let hint = match nearest(name, &names) {
                Some(near) => format!("unknown key; did you mean `{near}`?"),
                None => format!("unknown key; known here: {}", names.join(", ")),
            };
            problems.add(Some(key.span()), full, hint);
            continue;
        };
        match (now, value.get_ref()) {
            (Value::Object(inner), DeValue::Table(table)) => overlay(inner, table, &full, problems),
            (now, value_here) => match read(now, value_here) {
                Ok(read) => *now = read,
                Err(wanted) => complain(problems, value.span(), full, &wanted, value_here),
            },
        }
    }
}

fn complain(problems: &Collector<'_>, at: Range<usize>, key: String, wanted: &str, found: &DeValue<'_>) {
    problems.add(Some(at), key, format!("expected {wanted}, found {}", describe(found)));
}

/// A value of the kind that the setting has now; else what was wanted.
fn read(now: &Value, value: &DeValue<'_>) -> Result<Value, String> {
    let texts = |list: &DeValue<'_>| {
        let texts = list.as_array()?.iter().map(|one| one.get_ref().as_str().map(Value::from));
        texts.collect::<Option<Vec<_>>>()
    };
    match now {
        Value::Bool(_) => value.as_bool().map(Value::from).ok_or_else(|| "true or false".to_owned()),
        Value::Number(number) if number.is_f64() => {
            let read = number_of(value).and_then(Number::from_f64).map(Value::Number);
            read.ok_or_else(|| "a number".to_owned())
        }
        Value::Number(_) => match value.as_str() {
            Some(text) => span(text).map(Value::from),
            None => {
                let whole = number_of(value).filter(|n| n.fract() == 0.0 && *n >= 0.0);
                whole
                    .map(|n| Value::from(n as i64))
                    .ok_or_else(|| "a whole number, or a span such as \"10m\"".to_owned())
            }
        },
        Value::Array(_) => texts(value).map(Value::from).ok_or_else(|| "a list of texts".to_owned()),
        Value::String(_) => value.as_str().map(Value::from).ok_or_else(|| "a text in quotes".to_owned()),
        Value::Null | Value::Object(_) => Err("a table".to_owned()),
    }
}

/// A span of time, which may be zero.
fn span(text: &str) -> Result<Millis, String> {
    let read = humantime::parse_duration(text).ok().filter(|span| span.as_secs() <= 366 * 86_400);
    read.map(|span| span.as_millis() as Millis).ok_or_else(|| "a span of at most a year such as \"10m\"".to_owned())
}
