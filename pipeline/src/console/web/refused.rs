//! How a refusal looks: a page, or `problem+json` (RFC 9457) for the JSON API; and its line in the audit log.

use super::App;
use super::frame::Frame;
use super::refusal::Refusal;
use super::visitor::Visitor;
use crate::console::people::audit::{Act, Entry};
use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Template)]
#[template(path = "refusal.html")]
struct Page {
    frame: Frame,
    status: u16,
    title: String,
    detail: String,
    back: String,
}

/// An error of the JSON API (RFC 9457), as `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Which kind: `about:blank#forbidden` and the like.
    #[schema(example = "about:blank#forbidden")]
    pub r#type: String,
    /// What went wrong, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What to do about it.
    pub detail: String,
}

/// Shows a refusal, counts it, and writes down those that a person should answer for.
pub async fn show(app: &App, visitor: &Visitor, about: &str, refusal: Refusal) -> Response {
    metrics::counter!("streetwatch_console_refused_total", "reason" => refusal.word()).increment(1);
    if is_audited(visitor, &refusal, about) {
        let entry = Entry::new(Act::Refused, about, refusal.word()).by(visitor);
        if let Err(error) = app.people().record(entry).await {
            tracing::error!(%error, about, reason = refusal.word(), "a refusal could not be written to the audit log");
        }
    }
    let status = refusal.status();
    let (title, detail) = words(visitor, &refusal);
    let mut response = if visitor.is_api() {
        let kind = format!("about:blank#{}", refusal.word());
        let problem = Problem { r#type: kind, title, status: status.as_u16(), detail };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    } else if matches!(refusal, Refusal::SignedOut) {
        let to: String = url::form_urlencoded::byte_serialize(visitor.to.as_bytes()).collect();
        Redirect::to(&format!("/login?to={to}")).into_response()
    } else {
        let back = back(visitor, about);
        let page = Page { frame: Frame::new(app, visitor), status: status.as_u16(), title, detail, back };
        match page.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => (status, error.to_string()).into_response(),
        }
    };
    if let Refusal::Throttled(wait) = refusal {
        let seconds = HeaderValue::from(wait.as_secs().max(1));
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// Where a refused page leads: after a decision to its candidate, to see what it is now.
fn back(visitor: &Visitor, about: &str) -> String {
    let decided = about.strip_prefix("POST ").and_then(|path| path.strip_suffix("/decide"));
    match decided {
        _ if visitor.session.is_none() => "/login".to_owned(),
        Some(candidate) => candidate.to_owned(),
        None => "/queue".to_owned(),
    }
}

/// What nobody signed in got wrong by an old link is noise; what somebody tried against the rules is not. The stream of
/// events comes back by itself for as long as a page is open, so it says nothing.
fn is_audited(visitor: &Visitor, refusal: &Refusal, about: &str) -> bool {
    let kept = ["/candidates/", "/evidence/", "/cameras/"].iter().any(|place| about.contains(place));
    match refusal {
        Refusal::Forbidden { .. } | Refusal::Csrf | Refusal::WrongKind | Refusal::TooLarge => true,
        Refusal::NotFound => kept,
        Refusal::BadInput(_) => kept && about.starts_with("GET "),
        Refusal::SignedOut => (visitor.stale && !about.ends_with(" /events")) || !about.starts_with("GET "),
        _ => false,
    }
}

fn words(visitor: &Visitor, refusal: &Refusal) -> (String, String) {
    let tongue = visitor.tongue;
    let key = |title: &str, detail: &str| (tongue.t(title).to_owned(), tongue.t(detail).to_owned());
    match refusal {
        Refusal::SignedOut => key("refusal.signed-out", "refusal.signed-out-detail"),
        Refusal::Forbidden { needs } => {
            let role = tongue.of("role", needs.as_str());
            (tongue.t("refusal.forbidden").to_owned(), tongue.with("refusal.forbidden-detail", &[&role]))
        }
        Refusal::NotFound => key("refusal.not-found", "refusal.not-found-detail"),
        Refusal::Csrf => key("refusal.csrf", "refusal.csrf-detail"),
        Refusal::Throttled(wait) => {
            let seconds = wait.as_secs().max(1).to_string();
            (tongue.t("refusal.throttled").to_owned(), tongue.with("refusal.throttled-detail", &[&seconds]))
        }
        Refusal::BadInput(detail) => (tongue.t("refusal.bad-input").to_owned(), detail.clone()),
        Refusal::Conflict(detail) => (tongue.t("refusal.conflict").to_owned(), detail.clone()),
        Refusal::WrongKind => key("refusal.kind", "refusal.kind-detail"),
        Refusal::TooLarge => key("refusal.large", "refusal.large-detail"),
        Refusal::Method => key("refusal.method", "refusal.method-detail"),
        Refusal::Broken => key("refusal.broken", "refusal.broken-detail"),
    }
}
