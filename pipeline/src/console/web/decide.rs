//! Decisions as forms send them: one, several at once, an undo, a claim.

use super::flash::Flash;
use super::refusal::Refusal;
use super::sign_in::local;
use super::visitor::{Reviewer, Visitor};
use super::{App, time};
use crate::console::desk::{Order, Refused};
use crate::payload::{Action, RejectReason};
use axum::Form;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use operators::vocabulary::EventTime;
use serde::Deserialize;
use uuid::Uuid;

/// Most candidates decided at once.
const MOST: usize = 200;

/// A decision.
#[derive(Debug, Deserialize)]
pub struct Decision {
    /// Chosen when the page was made: pressed twice, or sent again after a crash, it is the same decision.
    id: Uuid,
    /// `confirm`, `reject/REASON`, `undo/VERDICT`, ….
    choice: String,
    /// The revision that the page showed.
    seen: i64,
    #[serde(default)]
    next: String,
    #[serde(default)]
    text: String,
    /// Of a list: another candidate, or a class.
    #[serde(default)]
    target: String,
    /// Typed: another candidate.
    #[serde(default)]
    other: String,
}

impl Decision {
    fn order(&self, candidate: Uuid, visitor: &Visitor) -> Result<Order, Refusal> {
        let missing = || Refusal::BadInput(visitor.tongue.t("desk.needs-target").to_owned());
        let (word, rest) = self.choice.split_once('/').unwrap_or((&self.choice, ""));
        let target = || {
            let typed = self.other.trim();
            Uuid::parse_str(if typed.is_empty() { &self.target } else { typed }).map_err(|_| missing())
        };
        let mut order = Order {
            id: self.id,
            candidate,
            action: Action::Comment,
            reason: None,
            duplicate_of: None,
            into: None,
            class_code: None,
            text: Some(self.text.clone()).filter(|text| !text.trim().is_empty()),
            undoes: None,
            seen_revision: Some(self.seen),
        };
        match word {
            "class" => {
                order.action = Action::ChangeClass;
                order.class_code = Some(self.target.clone()).filter(|code| !code.is_empty());
            }
            "reject" => {
                order.action = Action::Reject;
                order.reason = Some(RejectReason::of(rest).ok_or_else(missing)?);
                if order.reason == Some(RejectReason::DuplicateOf) {
                    order.duplicate_of = Some(target()?);
                }
            }
            "undo" => {
                order.action = Action::Undo;
                order.undoes = Some(Uuid::parse_str(rest).map_err(|_| missing())?);
            }
            "merge" => {
                order.action = Action::Merge;
                order.into = Some(target()?);
            }
            other => order.action = Action::of(other).filter(|a| *a != Action::ReportMissed).ok_or_else(missing)?,
        }
        Ok(order)
    }
}

/// `POST /candidates/{id}/decide`.
pub async fn decide(
    State(app): State<App>,
    who: Reviewer,
    Path(id): Path<Uuid>,
    Form(decision): Form<Decision>,
) -> Result<Response, Refusal> {
    let order = decision.order(id, &who.visitor)?;
    let decided = app.desk.decide(&who.actor(), &order).await.map_err(|refused| told(&app, &who.visitor, refused))?;
    let verdict = Uuid::parse_str(&decided.verdict).ok().filter(|_| order.action != Action::Comment);
    let (key, undo) = match order.action {
        Action::Confirm => ("desk.done-confirm", verdict),
        Action::Reject => ("desk.done-reject", verdict),
        Action::Undo => ("desk.done-undo", None),
        _ => ("desk.done-other", verdict),
    };
    // What was taken back wants to be looked at again.
    let to = if order.action == Action::Undo { format!("/candidates/{id}") } else { local(&decision.next).to_owned() };
    Ok(([(header::SET_COOKIE, Flash::cookie(key, undo, "", app.secure))], Redirect::to(&to)).into_response())
}

/// Why a decision was not taken, in the reader's words.
pub fn told(app: &App, visitor: &Visitor, refused: Refused) -> Refusal {
    let tongue = visitor.tongue;
    match refused {
        Refused::NotFound => Refusal::NotFound,
        Refused::Role { needs } => Refusal::Forbidden { needs },
        Refused::Stale { first: Some(first), .. } | Refused::Decided { first: Some(first), .. } => {
            let at = time::minute(app, EventTime(first.at));
            let action = tongue.of("action", first.action.as_str());
            Refusal::Conflict(tongue.with("refused.stale-by", &[&first.by, &at, &action]))
        }
        Refused::Stale { first: None, .. } => Refusal::Conflict(tongue.t("refused.stale").to_owned()),
        Refused::Claimed { by, .. } => Refusal::Conflict(tongue.with("refused.claimed", &[&by])),
        Refused::Decided { first: None, .. } => Refusal::Conflict(tongue.t("refused.decided").to_owned()),
        Refused::Withdrawn => Refusal::Conflict(tongue.t("refused.withdrawn").to_owned()),
        Refused::Invalid(why) => Refusal::BadInput(invalid(visitor, why)),
        Refused::Store(error) => Refusal::broken(error),
    }
}

/// What the desk finds wrong with an order is told to programs as it is, and to people in their own words where a page
/// can lead to it.
fn invalid(visitor: &Visitor, why: String) -> String {
    const KNOWN: [(&str, &str); 11] = [
        ("there is no candidate", "invalid.no-target"),
        ("itself a part of another", "invalid.part"),
        ("cannot repeat itself", "invalid.itself"),
        ("has no class", "invalid.no-class"),
        ("longer than", "invalid.long"),
        ("needs a `text`", "invalid.text"),
        ("nothing to take back", "desk.nothing-to-undo"),
        ("belongs to another decision", "invalid.id"),
        ("the box lies", "invalid.box"),
        ("lies in the future", "invalid.future"),
        ("needs a `class_code`", "desk.needs-target"),
    ];
    if visitor.is_api() {
        return why;
    }
    let known = KNOWN.iter().find(|(part, _)| why.contains(part));
    known.map_or_else(|| why.clone(), |(_, key)| visitor.tongue.t(key).to_owned())
}

/// An undo by verdict.
#[derive(Debug, Deserialize)]
pub struct Undo {
    id: Uuid,
    verdict: Uuid,
}

/// `POST /undo`.
pub async fn undo(State(app): State<App>, who: Reviewer, Form(form): Form<Undo>) -> Result<Response, Refusal> {
    let actor = who.actor();
    let found = app.desk.undoable(&actor, &form.verdict.to_string()).await.map_err(Refusal::broken)?;
    let nothing = || Refusal::Conflict(who.visitor.tongue.t("desk.nothing-to-undo").to_owned());
    let found = found.ok_or_else(nothing)?;
    let candidate = Uuid::parse_str(&found.candidate).map_err(Refusal::broken)?;
    let order = Order {
        id: form.id,
        candidate,
        action: Action::Undo,
        reason: None,
        duplicate_of: None,
        into: None,
        class_code: None,
        text: None,
        undoes: Some(form.verdict),
        seen_revision: Some(found.revision),
    };
    app.desk.decide(&actor, &order).await.map_err(|refused| told(&app, &who.visitor, refused))?;
    let flash = Flash::cookie("desk.done-undo", None, "", app.secure);
    Ok(([(header::SET_COOKIE, flash)], Redirect::to(&format!("/candidates/{candidate}"))).into_response())
}

/// `POST /bulk`: one choice for every candidate that is ticked (`pick=ID:REVISION`, again and again).
pub async fn bulk(State(app): State<App>, who: Reviewer, body: Bytes) -> Result<Response, Refusal> {
    let mut picked: Vec<(Uuid, i64)> = Vec::new();
    let (mut choice, mut id, mut to) = (String::new(), None, String::new());
    for (key, value) in url::form_urlencoded::parse(&body) {
        match &*key {
            "pick" => {
                let pick = value.split_once(':');
                picked.extend(pick.and_then(|(id, seen)| Some((Uuid::parse_str(id).ok()?, seen.parse().ok()?))));
            }
            "choice" => choice = value.into_owned(),
            "id" => id = Uuid::parse_str(&value).ok(),
            "to" => to = value.into_owned(),
            _ => {}
        }
    }
    let tongue = who.visitor.tongue;
    let bad = |key: &str| Refusal::BadInput(tongue.t(key).to_owned());
    let id = id.ok_or_else(|| bad("desk.nothing-selected"))?;
    if picked.is_empty() || picked.len() > MOST {
        return Err(bad("desk.nothing-selected"));
    }
    let mut target = String::new();
    if choice == "merge" {
        if picked.len() < 2 {
            return Err(bad("desk.needs-two"));
        }
        target = picked.remove(0).0.to_string();
    }
    let mut orders = Vec::new();
    for (candidate, seen) in &picked {
        // Of the page's id and the candidate: sent again, each is the same decision.
        let decision = Decision {
            id: Uuid::new_v5(&id, candidate.as_bytes()),
            choice: choice.clone(),
            seen: *seen,
            next: String::new(),
            text: String::new(),
            target: target.clone(),
            other: String::new(),
        };
        orders.push(decision.order(*candidate, &who.visitor)?);
    }
    let outcomes = app.desk.decide_all(&who.actor(), &orders).await;
    let (mut done, mut first_refused) = (0usize, None);
    for outcome in outcomes {
        match outcome {
            Ok(_) => done += 1,
            Err(refused) => first_refused = first_refused.or(Some(refused)),
        }
    }
    let flash = match first_refused {
        None => Flash::cookie("desk.done-bulk", None, &done.to_string(), app.secure),
        Some(refused) => {
            let why = match told(&app, &who.visitor, refused) {
                Refusal::Conflict(why) | Refusal::BadInput(why) => why,
                Refusal::NotFound => tongue.t("refused.not-found").to_owned(),
                Refusal::Forbidden { needs } => tongue.with("refused.role", &[&tongue.of("role", needs.as_str())]),
                other => return Err(other),
            };
            let of = format!("{} / {}: {why}", picked.len() - done, picked.len());
            Flash::cookie("desk.refused", None, &of, app.secure)
        }
    };
    Ok(([(header::SET_COOKIE, flash)], Redirect::to(local(&to))).into_response())
}

/// What to do with a claim.
#[derive(Debug, Deserialize)]
pub struct ClaimForm {
    r#do: String,
}

/// `POST /candidates/{id}/claim`: renews a claim, or lets it go.
pub async fn claim(
    State(app): State<App>,
    who: Reviewer,
    Path(id): Path<Uuid>,
    Form(form): Form<ClaimForm>,
) -> Result<StatusCode, Refusal> {
    let (actor, id) = (who.actor(), id.to_string());
    match form.r#do.as_str() {
        "release" => app.desk.release(&actor, &id).await.map_err(Refusal::broken)?,
        _ => {
            app.desk.claim(&actor, &id).await.map_err(|refused| told(&app, &who.visitor, refused))?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
