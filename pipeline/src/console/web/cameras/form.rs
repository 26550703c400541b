//! The form of a zone: fields made of the settings' description, and the texts that come back.

use crate::config::{FieldProblem, Kind, Setting, ZoneForm};
use crate::console::i18n::Tongue;

/// How a field is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Widget {
    /// One line.
    Line,
    /// Several lines.
    Lines,
    /// A number with steps.
    Number,
    /// Boxes to tick.
    Boxes,
    /// One of several.
    Select,
    /// One box.
    Tick,
}

/// Something to choose.
pub struct Choice {
    pub word: String,
    pub words: String,
    pub chosen: bool,
}

/// A field of the form.
pub struct Field {
    pub key: &'static str,
    pub words: String,
    pub hint: String,
    pub widget: Widget,
    pub value: String,
    pub default: String,
    pub choices: Vec<Choice>,
    /// Least, most and step of a number.
    pub least: String,
    pub most: String,
    pub step: &'static str,
    pub wrong: Option<String>,
}

impl Field {
    /// Whether it differs from the rule's own value.
    pub fn changed(&self) -> bool {
        self.value != self.default
    }
}

/// The fields of a zone's settings: with what was sent where that is given, and with what is wrong.
pub fn fields(tongue: Tongue, settings: &[Setting], sent: Option<&ZoneForm>, wrong: &[FieldProblem]) -> Vec<Field> {
    settings.iter().map(|setting| field(tongue, setting, sent, wrong)).collect()
}

fn field(tongue: Tongue, setting: &Setting, sent: Option<&ZoneForm>, wrong: &[FieldProblem]) -> Field {
    let sent = sent.and_then(|form| form.settings.iter().find(|(key, _)| key == setting.key));
    let value = sent.map_or_else(|| setting.value.clone(), |(_, text)| text.clone());
    let (mut least, mut most, mut step) = (String::new(), String::new(), "any");
    let mut choices = Vec::new();
    let widget = match &setting.kind {
        Kind::Duration | Kind::Votes | Kind::Size | Kind::Schedule | Kind::Text => Widget::Line,
        Kind::Schedules | Kind::Texts => Widget::Lines,
        Kind::Share => {
            (least, most, step) = ("0".to_owned(), "1".to_owned(), "any");
            Widget::Number
        }
        Kind::Count(from, to) => {
            (least, most, step) = (from.to_string(), to.to_string(), "1");
            Widget::Number
        }
        Kind::Words(words) => {
            let chosen: Vec<&str> = value.split_whitespace().collect();
            choices = words
                .iter()
                .map(|word| Choice {
                    word: (*word).to_owned(),
                    words: tongue.of("label", word),
                    chosen: chosen.contains(word),
                })
                .collect();
            Widget::Boxes
        }
        Kind::Choice(words) => {
            choices = words
                .iter()
                .map(|word| Choice { word: word.clone(), words: tongue.of("choice", word), chosen: *word == value })
                .collect();
            Widget::Select
        }
        Kind::Flag => Widget::Tick,
    };
    let hint_key = match setting.kind {
        Kind::Duration => "set.duration",
        Kind::Votes => "set.votes",
        Kind::Size => "set.size",
        Kind::Schedule => "set.schedule",
        Kind::Schedules => "set.schedules",
        Kind::Texts => "set.texts",
        _ => "",
    };
    let shape = if hint_key.is_empty() { String::new() } else { tongue.t(hint_key).to_owned() };
    let default = match (&setting.kind, setting.default.as_str()) {
        (Kind::Words(_), words) => {
            words.split_whitespace().map(|word| tongue.of("label", word)).collect::<Vec<_>>().join(" ")
        }
        (Kind::Flag, word) => tongue.of("choice", word),
        (Kind::Choice(_), word) => tongue.of("choice", word),
        (_, text) => text.replace('\n', "; "),
    };
    let default = match default.as_str() {
        "" => String::new(),
        text => tongue.with("set.default", &[text]),
    };
    let hint = [shape, default].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    Field {
        key: setting.key,
        words: tongue.of("set", word_of(setting.key)),
        hint,
        widget,
        value,
        default: setting.default.clone(),
        choices,
        least,
        most,
        step,
        wrong: problem(wrong, setting.key),
    }
}

/// The word of a key in the catalogue: `set.size` says how a size is written.
pub fn word_of(key: &str) -> &str {
    match key {
        "size" => "size-key",
        "votes" => "votes-key",
        "schedule" => "schedule-key",
        other => other,
    }
}

/// What is wrong with a key.
pub fn problem(wrong: &[FieldProblem], key: &str) -> Option<String> {
    let found: Vec<&str> = wrong.iter().filter(|p| p.key == key).map(|p| p.message.as_str()).collect();
    (!found.is_empty()).then(|| found.join(" "))
}

/// The texts of a form that was sent: `s.KEY` for settings; several of one key are the ticked boxes.
pub fn read(sent: &[(String, String)]) -> (ZoneForm, impl Fn(&str) -> String + '_) {
    let one = |name: &str| {
        let found = sent.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mut settings: Vec<(String, String)> = Vec::new();
    for (key, value) in sent.iter().filter_map(|(key, value)| Some((key.strip_prefix("s.")?, value))) {
        match settings.iter_mut().find(|(known, _)| known == key) {
            Some((_, text)) => {
                text.push(' ');
                text.push_str(value);
            }
            None => settings.push((key.to_owned(), value.clone())),
        }
    }
    for (_, text) in &mut settings {
        *text = match text.trim() {
            // A box that is not ticked sends nothing: a hidden "false" goes before it.
            "false true" => "true".to_owned(),
            text => text.replace("\r\n", "\n"),
        };
    }
    let form = ZoneForm { id: one("id"), rule: one("rule"), polygon: one("polygon").replace("\r\n", "\n"), settings };
    (form, one)
}
