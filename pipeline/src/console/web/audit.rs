//! The audit log: a page, and its export.

use super::frame::Frame;
use super::refusal::Refusal;
use super::visitor::Supervisor;
use super::{App, page, time};
use crate::console::people::audit::{Act, Entry, Line, Wanted};
use askama::Template;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use operators::vocabulary::EventTime;
use serde::Deserialize;

/// Lines of a page.
const PAGE: i64 = 100;

struct Row {
    at: String,
    who: String,
    what: String,
    refused: bool,
    about: String,
    detail: String,
    from: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    lines: Vec<Row>,
    who: String,
    what: String,
    acts: Vec<(&'static str, String)>,
    older: Option<String>,
}

/// Which lines, as the address says.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    who: String,
    #[serde(default)]
    what: String,
    before: Option<uuid::Uuid>,
}

/// `GET /audit`.
pub async fn list(State(app): State<App>, who: Supervisor, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    let frame = Frame::new(&app, &who.visitor);
    let acts = Act::ALL.into_iter().map(Act::as_str).filter(|word| *word == asked.what).map(str::to_owned);
    let wanted = Wanted {
        who: asked.who.replace('\0', "").trim().to_owned(),
        acts: acts.collect(),
        before: asked.before.map(|id| id.to_string()),
    };
    let lines = app.people().audit(&wanted, PAGE).await.map_err(Refusal::broken)?;
    let older = lines.last().filter(|_| lines.len() as i64 == PAGE).map(|last| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("who", &wanted.who).append_pair("what", &asked.what);
        format!("/audit?{}", query.append_pair("before", &last.id).finish())
    });
    let lines = lines
        .into_iter()
        .map(|line| Row {
            at: time::second(&app, EventTime(line.at)),
            who: line.who,
            refused: [Act::Refused, Act::WrongPassword, Act::Throttled].iter().any(|act| act.as_str() == line.act),
            what: frame.of("act", &line.act),
            about: line.about,
            detail: plain(&line.detail),
            from: line.address,
        })
        .collect();
    let acts = Act::ALL.map(|act| (act.as_str(), frame.of("act", act.as_str()))).to_vec();
    page(&AuditPage { frame, lines, who: wanted.who, what: asked.what, acts, older })
}

/// `GET /audit.jsonl`.
pub async fn jsonl(State(app): State<App>, who: Supervisor) -> Result<Response, Refusal> {
    export(app, who, "application/x-ndjson", "audit.jsonl", "", |line| {
        let mut text = serde_json::to_string(line).unwrap_or_default();
        text.push('\n');
        text
    })
    .await
}

/// `GET /audit.csv`.
pub async fn csv(State(app): State<App>, who: Supervisor) -> Result<Response, Refusal> {
    export(app, who, "text/csv; charset=utf-8", "audit.csv", "id,at,who,act,about,detail,address\n", |line| {
        let at = line.at.to_string();
        let fields = [&line.id, &at, &line.who, &line.act, &line.about, &line.detail, &line.address];
        let mut text = fields.map(|field| csv_field(field)).join(",");
        text.push('\n');
        text
    })
    .await
}

/// A detail in words: of a JSON object what it says, without what is not so, and without ids of verdicts.
fn plain(detail: &str) -> String {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(detail) else { return detail.to_owned() };
    let says = |key: &str, value: &serde_json::Value| !value.is_null() && *value != false && key != "verdict";
    let told = fields.into_iter().filter(|(key, value)| says(key, value));
    let told = told.map(|(key, value)| match value.as_str() {
        Some(text) => format!("{key} {text}"),
        None => format!("{key} {value}"),
    });
    told.collect::<Vec<_>>().join(" · ")
}

/// A field that no spreadsheet takes for a formula: what begins like one gets an apostrophe.
fn csv_field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// The whole log, oldest first, a page at a time: as large as it is, it never lies in memory.
async fn export(
    app: App,
    who: Supervisor,
    kind: &'static str,
    name: &str,
    head: &'static str,
    write: fn(&Line) -> String,
) -> Result<Response, Refusal> {
    let people = app.people().clone();
    people.record(Entry::new(Act::Export, name, "").by(&who.visitor)).await.map_err(Refusal::broken)?;
    let parts = futures::stream::try_unfold(
        (people, Some(String::new()), Some(head)),
        move |(people, after, head)| async move {
            if let Some(head) = head {
                return Ok::<_, std::io::Error>(Some((head.to_owned(), (people, after, None))));
            }
            let Some(after) = after else { return Ok(None) };
            let lines = people.audit_after(&after, 1000).await.map_err(std::io::Error::other)?;
            let Some(last) = lines.last().map(|line| line.id.clone()) else { return Ok(None) };
            let text: String = lines.iter().map(write).collect();
            Ok(Some((text, (people, Some(last), None))))
        },
    );
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(parts)).into_response())
}

#[cfg(test)]
mod tests {
    use super::{csv_field, plain};

    #[test]
    fn a_field_is_no_formula_and_no_two_fields() {
        assert_eq!(csv_field("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(csv_field("a,b"), "\"a,b\"");
        assert_eq!(csv_field("plain"), "plain");
    }

    #[test]
    fn a_detail_is_told_in_words_whatever_it_is() {
        assert_eq!(plain(r#"{"revision":0,"reason":null,"class":"09009"}"#), "class 09009 · revision 0");
        assert_eq!(plain("by the first link"), "by the first link");
    }
}
