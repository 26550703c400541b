//! What verdicts teach, for programs.

use super::Refusals;
use crate::console::feedback::{Agreement, Precision, Proposal, Span};
use crate::console::web::decide::told;
use crate::console::web::{App, Refusal, Supervisor};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const DAY: i64 = 86_400_000;

/// Over how many days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Days {
    /// Days up to now; 7 where it is not given.
    #[param(minimum = 1, maximum = 366)]
    days: Option<u16>,
}

/// What verdicts teach.
#[derive(Debug, Serialize, ToSchema)]
pub struct Taught {
    /// How often each rule was right, by camera and day.
    precision: Vec<Precision>,
    /// How far two reviewers agree.
    agreement: Agreement,
    /// What could be set better.
    #[schema(value_type = Vec<Object>)]
    proposals: Vec<Proposal>,
}

/// Precision by camera, rule and day; agreement; proposals.
#[utoipa::path(get, path = "/api/v1/feedback", tag = "feedback", params(Days), responses((status = 200, body = Taught), Refusals))]
pub async fn taught(
    State(app): State<App>,
    who: Supervisor,
    Query(days): Query<Days>,
) -> Result<Json<Taught>, Refusal> {
    let days = i64::from(days.days.unwrap_or(7));
    if !(1..=366).contains(&days) {
        return Err(Refusal::BadInput("`days` is between 1 and 366".to_owned()));
    }
    let now = app.clock.now().0;
    let (scope, span) = (&who.session.scope, Span { from: now - days * DAY, before: now + DAY });
    let precision = app.feedback.precision(scope, span).await.map_err(Refusal::broken)?;
    let agreement = app.feedback.agreement(scope, span).await.map_err(Refusal::broken)?;
    let proposals = app.feedback.proposals(scope).await.map_err(Refusal::broken)?;
    Ok(Json(Taught { precision, agreement, proposals }))
}

/// Puts a proposal aside.
#[utoipa::path(delete, path = "/api/v1/feedback/proposals/{id}", tag = "feedback",
    params(("id" = Uuid, Path, description = "Proposal")), responses((status = 204, description = "Put aside"), Refusals))]
pub async fn dismiss(State(app): State<App>, who: Supervisor, Path(id): Path<Uuid>) -> Result<StatusCode, Refusal> {
    let outcome = app.feedback.dismiss(&who.actor(), &id.to_string()).await;
    outcome.map(|_| StatusCode::NO_CONTENT).map_err(|refused| told(&app, &who.visitor, refused))
}
