//! Reads a TOML table key by key. Whatever is wrong is collected with its
//! line and key; keys that nobody asked for are unknown, and so an error.

use super::problem::Collector;
use operators::vocabulary::Millis;
use std::cell::RefCell;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One table of the file with its place in it.
pub(super) struct Reader<'a> {
    table: &'a DeTable<'a>,
    path: String,
    span: Range<usize>,
    problems: &'a Collector<'a>,
    asked: RefCell<Vec<&'static str>>,
}

/// A value with where it stands.
pub(super) struct Item<'a> {
    pub(super) value: &'a DeValue<'a>,
    pub(super) span: Range<usize>,
    pub(super) key: String,
    problems: &'a Collector<'a>,
}

impl<'a> Item<'a> {
    pub(super) fn problems(&self) -> &'a Collector<'a> {
        self.problems
    }

    pub(super) fn problem(&self, message: impl Into<String>) {
        self.problems.add(Some(self.span.clone()), self.key.clone(), message);
    }
}

impl<'a> Reader<'a> {
    pub(super) fn root(table: &'a DeTable<'a>, problems: &'a Collector<'a>) -> Self {
        Reader { table, path: String::new(), span: 0..0, problems, asked: RefCell::default() }
    }

    /// The key's full path in the file.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Reports a problem with a key of this table (the table itself where the key is absent).
    pub(super) fn problem(&self, key: &str, message: impl Into<String>) {
        let span = self.table.iter().find(|(k, _)| k.get_ref() == key).map_or(self.span.clone(), |(_, v)| v.span());
        self.problems.add(Some(span), self.key(key), message);
    }

    /// The line of this table's header or of one of its keys.
    pub(super) fn line_of(&self, key: &str) -> usize {
        let at = self.table.iter().find(|(k, _)| k.get_ref() == key).map_or(self.span.start, |(_, v)| v.span().start);
        self.problems.line(at)
    }

    pub(super) fn get(&self, key: &'static str) -> Option<Item<'a>> {
        self.asked.borrow_mut().push(key);
        let (_, value) = self.table.iter().find(|(k, _)| k.get_ref() == key)?;
        Some(Item { value: value.get_ref(), span: value.span(), key: self.key(key), problems: self.problems })
    }

    fn typed<T>(&self, key: &'static str, wanted: &str, read: impl Fn(&DeValue<'a>) -> Option<T>) -> Option<T> {
        let item = self.get(key)?;
        let value = read(item.value);
        if value.is_none() {
            item.problem(format!("expected {wanted}, found {}", describe(item.value)));
        }
        value
    }

    pub(super) fn string(&self, key: &'static str) -> Option<String> {
        self.typed(key, "a text in quotes", |v| v.as_str().map(str::to_owned))
    }

    pub(super) fn required_string(&self, key: &'static str, example: &str) -> Option<String> {
        let value = self.string(key);
        match &value {
            None if !self.has(key) => self.problem(key, format!("is missing; write e.g. {key} = \"{example}\"")),
            Some(text) if text.trim().is_empty() => self.problem(key, "must not be empty"),
            _ => {}
        }
        value
    }

    pub(super) fn boolean(&self, key: &'static str) -> Option<bool> {
        self.typed(key, "true or false", DeValue::as_bool)
    }

    pub(super) fn number(&self, key: &'static str, min: f64, max: f64) -> Option<f64> {
        let value = self.typed(key, "a number", number_of)?;
        if (min..=max).contains(&value) {
            return Some(value);
        }
        self.problem(key, format!("{value} is out of range: {min} to {max}"));
        None
    }

    pub(super) fn integer(&self, key: &'static str, min: u64, max: u64) -> Option<u64> {
        let value = self.number(key, min as f64, max as f64)?;
        if value.fract() == 0.0 {
            return Some(value as u64);
        }
        self.problem(key, format!("{value} is no whole number"));
        None
    }

    /// A span such as "180s", "3m", "500ms", longer than zero.
    pub(super) fn duration(&self, key: &'static str) -> Option<Millis> {
        let text =
            self.typed(key, "a duration in quotes such as \"180s\" or \"3m\"", |v| v.as_str().map(str::to_owned))?;
        match humantime::parse_duration(&text) {
            Ok(d) if d.as_millis() > 0 && d.as_secs() <= 366 * 86_400 => Some(d.as_millis() as Millis),
            Ok(_) => {
                self.problem(key, format!("\"{text}\" must be longer than zero and at most a year"));
                None
            }
            Err(_) => {
                self.problem(key, format!("\"{text}\" is no duration; write e.g. \"180s\", \"3m\" or \"500ms\""));
                None
            }
        }
    }

    /// A list of texts.
    pub(super) fn strings(&self, key: &'static str) -> Option<Vec<String>> {
        self.typed(key, "a list of texts such as [\"a\", \"b\"]", |v| {
            v.as_array()?.iter().map(|i| i.get_ref().as_str().map(str::to_owned)).collect()
        })
    }

    /// A list of pairs of numbers, for points; and a single pair.
    pub(super) fn pairs(&self, key: &'static str) -> Option<Vec<[f64; 2]>> {
        self.typed(key, "a list of points such as [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9]]", |v| {
            v.as_array()?.iter().map(|p| pair_of(p.get_ref())).collect()
        })
    }

    pub(super) fn pair(&self, key: &'static str) -> Option<[f64; 2]> {
        self.typed(key, "two numbers such as [118.96, 32.13]", pair_of)
    }

    /// An array of tables, `[[key]]`.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Reader<'a>> {
        let Some(item) = self.get(key) else { return Vec::new() };
        let Some(array) = item.value.as_array() else {
            item.problem(format!("expected [[{key}]] tables, found {}", describe(item.value)));
            return Vec::new();
        };
        array.iter().enumerate().filter_map(|(i, v)| self.child(format!("{key}[{i}]"), v)).collect()
    }

    /// A single table, `[key]`.
    pub(super) fn table(&self, key: &'static str) -> Option<Reader<'a>> {
        self.asked.borrow_mut().push(key);
        let (_, value) = self.table.iter().find(|(k, _)| k.get_ref() == key)?;
        self.child(key.to_owned(), value)
    }

    fn child(&self, name: String, value: &'a Spanned<DeValue<'a>>) -> Option<Reader<'a>> {
        let path = self.key(&name);
        match value.get_ref() {
            DeValue::Table(table) => {
                Some(Reader { table, path, span: value.span(), problems: self.problems, asked: RefCell::default() })
            }
            other => {
                self.problems.add(Some(value.span()), path, format!("expected a table, found {}", describe(other)));
                None
            }
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(k, _)| k.get_ref() == key)
    }

    /// Whether a key that may be left out is there.
    pub(super) fn is_given(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// Reports every key that nobody asked for.
    pub(super) fn finish(self) {
        let asked = self.asked.into_inner();
        for (key, _) in self.table.iter() {
            let name = key.get_ref().as_ref();
            if asked.contains(&name) {
                continue;
            }
            let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
            let hint = match nearest(name, &asked) {
                Some(near) => format!("unknown key; did you mean `{near}`?"),
                None => format!("unknown key; known here: {}", asked.join(", ")),
            };
            self.problems.add(Some(key.span()), path, hint);
        }
    }
}

pub(super) fn number_of(value: &DeValue<'_>) -> Option<f64> {
    let number = match value {
        DeValue::Integer(i) => i64::from_str_radix(i.as_str(), i.radix()).ok()? as f64,
        DeValue::Float(f) => f.as_str().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

fn pair_of(value: &DeValue<'_>) -> Option<[f64; 2]> {
    match value.as_array()?.iter().collect::<Vec<_>>().as_slice() {
        [a, b] => Some([number_of(a.get_ref())?, number_of(b.get_ref())?]),
        _ => None,
    }
}

pub(super) fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(s) => format!("the text \"{s}\""),
        DeValue::Integer(i) => format!("the number {}", i.as_str()),
        DeValue::Float(f) => format!("the number {}", f.as_str()),
        DeValue::Boolean(b) => b.to_string(),
        DeValue::Datetime(_) => "a date without quotes".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// The known key within two edits, if there is one.
pub(super) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    known.iter().map(|k| (edits(name, k), *k)).filter(|(d, k)| *d <= 2 && *d < k.len()).min().map(|(_, k)| k)
}

/// Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let change = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
