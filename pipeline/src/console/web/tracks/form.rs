//! The forms of plans: one for each kind, filled and sent by the page's script.

use crate::console::i18n::Tongue;
use crate::console::plans::{fields, shape};
use crate::console::web::api::plan_word;
use crate::plans::PlanKind;

/// How a field is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Widget {
    /// One line of text.
    Line,
    /// One of these: word and what is shown.
    Select(Vec<(String, String)>),
    /// Any of these.
    Boxes(Vec<(String, String)>),
}

/// A field of a form.
pub struct Field {
    pub key: &'static str,
    pub words: String,
    pub hint: String,
    pub widget: Widget,
}

/// The form of a kind.
pub struct Form {
    /// `fences`, `routes`, …
    pub kind: &'static str,
    /// What one of them is called.
    pub one: String,
    /// What all of them are called.
    pub many: String,
    /// `Polygon`, `LineString`, `MultiLineString`, or nothing.
    pub shape: &'static str,
    /// Name of the id's field.
    pub key: &'static str,
    pub key_words: String,
    pub fields: Vec<Field>,
}

const FENCES: [&str; 4] = ["no-entry", "keep-in", "site", "depot"];
const CLASSES: [&str; 5] = ["muck-truck", "sweeper", "refuse-truck", "patrol", "other"];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DEVICES: [&str; 3] = ["bin", "cover", "gauge"];

/// The forms of every kind.
pub fn forms(tongue: Tongue) -> Vec<Form> {
    PlanKind::ALL.into_iter().map(|kind| form(tongue, kind)).collect()
}

fn form(tongue: Tongue, kind: PlanKind) -> Form {
    let word = plan_word(kind);
    Form {
        kind: word,
        one: tongue.of("plan-one", word),
        many: tongue.of("plan", word),
        shape: shape(kind).unwrap_or_default(),
        key: kind.key(),
        key_words: tongue.of("plan-field", kind.key()),
        fields: fields(kind).map(|key| field(tongue, kind, word, key)).collect(),
    }
}

fn field(tongue: Tongue, kind: PlanKind, word: &str, key: &'static str) -> Field {
    let choices = |group: &str, words: &[&str]| -> Vec<(String, String)> {
        words.iter().map(|word| ((*word).to_owned(), tongue.of(group, word))).collect()
    };
    let widget = match (kind, key) {
        (PlanKind::Fences, "kind") => Widget::Select(choices("fence-kind", &FENCES)),
        (PlanKind::Devices, "kind") => Widget::Select(choices("device-kind", &DEVICES)),
        (_, "class") => Widget::Select(choices("vehicle-class", &CLASSES)),
        (_, "classes") => Widget::Boxes(choices("vehicle-class", &CLASSES)),
        (_, "days") => Widget::Boxes(choices("weekday", &DAYS)),
        _ => Widget::Line,
    };
    let hint = |key: &str| Some(tongue.of("plan-hint", key)).filter(|words| words != key);
    let hint = hint(&format!("{key}-{word}")).or_else(|| hint(key)).unwrap_or_default();
    Field { key, words: tongue.of("plan-field", key), hint, widget }
}
