//! `/plans`: every permit, vehicle and device in a table, what is drawn on the map beside them, and files to bring in.

use super::super::api::{plan_kind, plan_word};
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::visitor::Viewer;
use super::super::{App, page};
use super::form::{Form, Widget, forms};
use super::ground;
use crate::console::people::Role;
use crate::console::plans::{Item, items, shape};
use crate::console::store::district_of;
use crate::plans::PlanKind;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

/// Rows of a table at most; the search finds the others.
const ROWS: usize = 500;

/// Which table.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    text: String,
}

struct Tab {
    href: String,
    words: String,
    count: usize,
    here: bool,
}

struct Row {
    id: String,
    cells: Vec<String>,
    json: String,
    map: Option<String>,
}

#[derive(Template)]
#[template(path = "plans.html")]
struct PlansPage {
    frame: Frame,
    words: String,
    setup: String,
    forms: Vec<Form>,
    tabs: Vec<Tab>,
    kind: &'static str,
    one: String,
    drawn: bool,
    heads: Vec<String>,
    rows: Vec<Row>,
    found: usize,
    text: String,
    version: String,
    problems: Option<String>,
    edits: bool,
}

/// `GET /plans`.
pub async fn show(State(app): State<App>, who: Viewer, Query(wanted): Query<Wanted>) -> Result<Response, Refusal> {
    app.plans.folder().ok_or(Refusal::NotFound)?;
    let frame = Frame::new(&app, &who.visitor);
    let tongue = frame.tongue;
    let kind = if wanted.kind.is_empty() { PlanKind::Permits } else { plan_kind(&wanted.kind)? };
    let book = app.plans.now().await.map_err(Refusal::broken)?;
    let (version, problems) = (book.version.clone(), book.problems.clone());
    let scope = who.session.scope.clone();
    let all = tokio::task::spawn_blocking(move || {
        PlanKind::ALL.map(|kind| {
            let mut found = items(kind, &book.plans);
            if kind == PlanKind::Devices {
                found.retain(|item| scope.allows(district_of(item.field("grid"))));
            }
            (kind, found)
        })
    });
    let all = all.await.map_err(Refusal::broken)?;
    let tabs = all.iter().map(|(of, found)| Tab {
        href: format!("/plans?kind={}", plan_word(*of)),
        words: tongue.of("plan", plan_word(*of)),
        count: found.len(),
        here: *of == kind,
    });
    let tabs = tabs.collect();
    let forms = forms(tongue);
    let Some(form) = forms.iter().find(|form| form.kind == plan_word(kind)) else { return Err(Refusal::NotFound) };
    let heads: Vec<String> =
        [&form.key_words].into_iter().chain(form.fields.iter().map(|f| &f.words)).cloned().collect();
    let text = wanted.text.trim().to_lowercase();
    let of_kind = all.into_iter().find(|(of, _)| *of == kind).map(|(_, found)| found).unwrap_or_default();
    let fits = |item: &Item| {
        let mut fields = item.fields.values().chain([&item.id]);
        text.is_empty() || fields.any(|field| field.to_lowercase().contains(&text))
    };
    let fitting: Vec<Item> = of_kind.into_iter().filter(fits).collect();
    let found = fitting.len();
    let shown = fitting.into_iter().take(ROWS);
    let rows = shown.map(|item| Row {
        cells: form.fields.iter().map(|field| shown_text(field, item.field(field.key))).collect(),
        map: shape(kind).map(|_| {
            let id: String = url::form_urlencoded::byte_serialize(item.id.as_bytes()).collect();
            format!("/map?show={}&id={id}", plan_word(kind))
        }),
        json: json!(item).to_string(),
        id: item.id,
    });
    let rows = rows.collect();
    page(&PlansPage {
        words: ground::words(tongue),
        setup: json!({ "tongue": tongue.html() }).to_string(),
        tabs,
        kind: plan_word(kind),
        one: form.one.clone(),
        drawn: shape(kind).is_some(),
        heads,
        rows,
        found,
        text: wanted.text,
        version,
        edits: who.session.role >= Role::Supervisor && problems.is_none(),
        problems,
        forms,
        frame,
    })
}

/// A field's text with its words in the reader's tongue.
fn shown_text(field: &super::form::Field, text: &str) -> String {
    let of = |choices: &[(String, String)], word: &str| {
        choices.iter().find(|(known, _)| known == word).map_or_else(|| word.to_owned(), |(_, words)| words.clone())
    };
    match &field.widget {
        Widget::Line => text.replace(';', "; "),
        Widget::Select(choices) => of(choices, text),
        Widget::Boxes(choices) => text.split(';').map(|word| of(choices, word)).collect::<Vec<_>>().join(" "),
    }
}
