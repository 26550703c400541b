//! Deciding: verdicts, claims, reports of what was missed.

use super::Refusals;
use crate::console::desk::{Claim, Decided, MissedOrder, Order};
use crate::console::web::{App, Refusal, Reviewer, decide::told};
use crate::payload::{Action, RejectReason};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictIn {
    /// Chosen by the sender: sent again with the same id it is the same decision.
    id: Uuid,
    /// `confirm`, `reject`, `change-class`, `merge`, `split`, `escalate`, `comment` or `undo`.
    #[schema(value_type = String, example = "confirm")]
    action: Action,
    /// With `reject`: why.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "legal-stall")]
    reason: Option<RejectReason>,
    /// With the reason `duplicate-of`: of which candidate.
    #[serde(default)]
    duplicate_of: Option<Uuid>,
    /// With `merge`: into which candidate.
    #[serde(default)]
    into: Option<Uuid>,
    /// With `change-class`: a class of the city's table.
    #[serde(default)]
    #[schema(max_length = 32)]
    class_code: Option<String>,
    /// Words; needed with `comment` and with the reason `other`.
    #[serde(default)]
    #[schema(max_length = 2000)]
    text: Option<String>,
    /// With `undo`: the verdict to take back.
    #[serde(default)]
    undoes: Option<Uuid>,
    /// The candidate's revision that was seen; a decision about another one is refused with 409.
    #[serde(default)]
    seen_revision: Option<i64>,
}

/// Decides a candidate.
#[utoipa::path(post, path = "/api/v1/candidates/{id}/verdicts", tag = "decisions", request_body = VerdictIn,
    params(("id" = Uuid, Path, description = "Candidate")), responses((status = 200, body = Decided), Refusals))]
pub async fn decide(
    State(app): State<App>,
    who: Reviewer,
    Path(id): Path<Uuid>,
    Json(verdict): Json<VerdictIn>,
) -> Result<Json<Decided>, Refusal> {
    let order = Order {
        id: verdict.id,
        candidate: id,
        action: verdict.action,
        reason: verdict.reason,
        duplicate_of: verdict.duplicate_of,
        into: verdict.into,
        class_code: verdict.class_code,
        text: verdict.text,
        undoes: verdict.undoes,
        seen_revision: verdict.seen_revision,
    };
    app.desk.decide(&who.actor(), &order).await.map(Json).map_err(|refused| told(&app, &who.visitor, refused))
}

/// Claims a candidate for two minutes, or renews the claim.
#[utoipa::path(post, path = "/api/v1/candidates/{id}/claim", tag = "decisions",
    params(("id" = Uuid, Path, description = "Candidate")), responses((status = 200, body = Claim), Refusals))]
pub async fn claim(State(app): State<App>, who: Reviewer, Path(id): Path<Uuid>) -> Result<Json<Claim>, Refusal> {
    let claimed = app.desk.claim(&who.actor(), &id.to_string()).await;
    claimed.map(Json).map_err(|refused| told(&app, &who.visitor, refused))
}

/// Lets go of one's own claim.
#[utoipa::path(delete, path = "/api/v1/candidates/{id}/claim", tag = "decisions",
    params(("id" = Uuid, Path, description = "Candidate")), responses((status = 204, description = "Let go"), Refusals))]
pub async fn release(State(app): State<App>, who: Reviewer, Path(id): Path<Uuid>) -> Result<StatusCode, Refusal> {
    app.desk.release(&who.actor(), &id.to_string()).await.map_err(Refusal::broken)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What no rule found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MissedIn {
    /// Chosen by the sender: sent again it is the same report.
    id: Uuid,
    /// Camera id.
    #[schema(max_length = 128)]
    camera: String,
    /// Zone id; empty where it lies in none.
    #[serde(default)]
    #[schema(max_length = 128)]
    zone: String,
    /// The rule that should have found it.
    #[schema(max_length = 128, example = "illegal-parking")]
    rule: String,
    /// The class of the city's table.
    #[schema(max_length = 32)]
    class_code: String,
    /// Time of the picture, milliseconds since 1970 UTC.
    at: i64,
    /// Left, top, width, height, each 0..1 of the picture.
    bbox: [f32; 4],
    /// Words.
    #[serde(default)]
    #[schema(max_length = 2000)]
    text: Option<String>,
}

/// Reports what no rule found: a case of its own, confirmed.
#[utoipa::path(post, path = "/api/v1/missed", tag = "decisions", request_body = MissedIn,
    responses((status = 200, body = Decided), Refusals))]
pub async fn missed(
    State(app): State<App>,
    who: Reviewer,
    Json(report): Json<MissedIn>,
) -> Result<Json<Decided>, Refusal> {
    let order = MissedOrder {
        id: report.id,
        camera: report.camera,
        zone: report.zone,
        rule: report.rule,
        class_code: report.class_code,
        at: report.at,
        bbox: report.bbox,
        uri: None,
        sha256: None,
        text: report.text,
    };
    app.desk.report_missed(&who.actor(), &order).await.map(Json).map_err(|refused| told(&app, &who.visitor, refused))
}
