//! A report of what no rule found.

use super::flash::Flash;
use super::frame::Frame;
use super::queue::RULES;
use super::refusal::Refusal;
use super::visitor::Reviewer;
use super::{App, decide::told, page, time};
use crate::console::desk::MissedOrder;
use crate::console::store::CameraRow;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::DateTime;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "missed.html")]
struct MissedPage {
    frame: Frame,
    cameras: Vec<CameraRow>,
    camera: String,
    rules: Vec<(&'static str, String)>,
    classes: Vec<(String, String)>,
    at: String,
}

/// Of which camera.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    camera: String,
}

/// `GET /missed`.
pub async fn show(State(app): State<App>, who: Reviewer, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    let frame = Frame::new(&app, &who.visitor);
    let cameras = app.store.cameras(&who.session.scope).await.map_err(Refusal::broken)?;
    let rules = RULES.into_iter().filter(|rule| *rule != "missed").map(|rule| (rule, frame.of("rule", rule))).collect();
    let classes = app.config.codes.matters().map(|(code, name)| (code.to_owned(), name.to_owned())).collect();
    let at = time::minute(&app, app.clock.now()).replace(' ', "T");
    page(&MissedPage { frame, cameras, camera: asked.camera, rules, classes, at })
}

/// What was missed, and where in which picture.
#[derive(Debug, Deserialize)]
pub struct Report {
    id: Uuid,
    camera: String,
    rule: String,
    class_code: String,
    /// Wall time in the city, `2026-06-01T08:00`.
    at: String,
    x: f32,
    y: f32,
    w: f32,
    h: f32,
    #[serde(default)]
    text: String,
}

/// `POST /missed`.
pub async fn report(State(app): State<App>, who: Reviewer, Form(form): Form<Report>) -> Result<Response, Refusal> {
    let tongue = who.visitor.tongue;
    let bad = || Refusal::BadInput(tongue.t("missed.bad-time").to_owned());
    let local: DateTime = form.at.parse().map_err(|_| bad())?;
    let at = app.timezone.to_timestamp(local).map_err(|_| bad())?.as_millisecond();
    let order = MissedOrder {
        id: form.id,
        camera: form.camera,
        zone: String::new(),
        rule: form.rule,
        class_code: form.class_code,
        at,
        bbox: [form.x, form.y, form.w, form.h],
        uri: None,
        sha256: None,
        text: Some(form.text).filter(|text| !text.trim().is_empty()),
    };
    let decided = app.desk.report_missed(&who.actor(), &order).await;
    let decided = decided.map_err(|refused| told(&app, &who.visitor, refused))?;
    let flash = Flash::cookie("desk.done-missed", None, "", app.secure);
    let to = format!("/candidates/{}", decided.candidate);
    Ok(([(header::SET_COOKIE, flash)], Redirect::to(&to)).into_response())
}
