//! Blind second review: the same pictures, without what the first reviewer said.

use super::frame::Frame;
use super::refusal::Refusal;
use super::view::{self, Still};
use super::visitor::Reviewer;
use super::{App, decide::told, flash::Flash, page};
use crate::console::desk::CandidatePage;
use crate::console::feedback::SecondOrder;
use crate::payload::{Action, RejectReason};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

struct Shown {
    id: String,
    title: String,
    stills: Vec<Still>,
    facts: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "second.html")]
struct SecondPage {
    frame: Frame,
    shown: Option<Shown>,
    left: i64,
}

/// `GET /second`.
pub async fn show(State(app): State<App>, who: Reviewer) -> Result<Response, Refusal> {
    let frame = Frame::new(&app, &who.visitor);
    let next = app.feedback.next_second(&who.actor()).await.map_err(|refused| told(&app, &who.visitor, refused))?;
    let left = next.as_ref().map_or(0, |(_, _, left)| *left);
    let shown = next.map(|(listed, candidate, _)| {
        let page = CandidatePage::alone(listed, candidate);
        let made = view::view(&app, frame.tongue, &page, "");
        Shown { id: made.id, title: made.title, stills: made.stills, facts: made.facts }
    });
    page(&SecondPage { frame, shown, left })
}

/// A second opinion.
#[derive(Debug, Deserialize)]
pub struct Opinion {
    id: Uuid,
    candidate: Uuid,
    choice: String,
}

/// `POST /second`.
pub async fn say(State(app): State<App>, who: Reviewer, Form(form): Form<Opinion>) -> Result<Response, Refusal> {
    let reason = form.choice.strip_prefix("reject/").map(RejectReason::of);
    let (action, reason) = match reason {
        None if form.choice == "confirm" => (Action::Confirm, None),
        Some(Some(reason)) => (Action::Reject, Some(reason)),
        _ => return Err(Refusal::BadInput(who.visitor.tongue.t("desk.needs-target").to_owned())),
    };
    let order = SecondOrder { id: form.id, candidate: form.candidate, action, reason };
    app.feedback.second(&who.actor(), &order).await.map_err(|refused| told(&app, &who.visitor, refused))?;
    let flash = Flash::cookie("desk.done-other", None, "", app.secure);
    Ok(([(header::SET_COOKIE, flash)], Redirect::to("/second")).into_response())
}
