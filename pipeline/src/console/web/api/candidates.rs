//! Reading: the queue, a candidate, counts, cameras.

use super::Refusals;
use crate::console::desk::{CandidatePage, Counters, MAX_PAGE, News, Page, Place};
use crate::console::web::filter::Asked;
use crate::console::web::{App, Refusal, Viewer};
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Where in the queue, and how much of it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// `next` of the page before.
    after: Option<String>,
    /// Groups of a page; 40 where it is not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// A page of the queue: most urgent first, then newest.
#[utoipa::path(get, path = "/api/v1/candidates", tag = "candidates", params(Asked, Part),
    responses((status = 200, body = Page), Refusals))]
pub async fn list(
    State(app): State<App>,
    who: Viewer,
    Query(asked): Query<Asked>,
    Query(part): Query<Part>,
) -> Result<Json<Page>, Refusal> {
    let after: Option<Place> = part.after.as_deref().map(str::parse).transpose().map_err(Refusal::BadInput)?;
    let limit = usize::from(part.limit.unwrap_or(40));
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Refusal::BadInput(format!("`limit` is between 1 and {MAX_PAGE}")));
    }
    let filter = asked.filter(app.clock.now().0);
    let page = app.desk.queue(&who.session.scope, &filter, after.as_ref(), limit).await;
    page.map(Json).map_err(Refusal::broken)
}

/// A candidate with all that a decision needs. Writes a line in the audit log.
#[utoipa::path(get, path = "/api/v1/candidates/{id}", tag = "candidates", params(("id" = Uuid, Path, description = "Candidate")),
    responses((status = 200, body = CandidatePage), Refusals))]
pub async fn one(State(app): State<App>, who: Viewer, Path(id): Path<Uuid>) -> Result<Json<CandidatePage>, Refusal> {
    let found = app.desk.candidate(&who.actor(), &id.to_string()).await.map_err(Refusal::broken)?;
    found.map(Json).ok_or(Refusal::NotFound)
}

/// How many wait, since when, how many were decided today.
#[utoipa::path(get, path = "/api/v1/counters", tag = "candidates", responses((status = 200, body = Counters), Refusals))]
pub async fn counters(State(app): State<App>, who: Viewer) -> Result<Json<Counters>, Refusal> {
    app.desk.counters(&who.session.scope).await.map(Json).map_err(Refusal::broken)
}

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Since {
    /// `change` of an earlier answer.
    since: i64,
}

/// What happened since an earlier answer.
#[utoipa::path(get, path = "/api/v1/news", tag = "candidates", params(Asked, Since),
    responses((status = 200, body = News), Refusals))]
pub async fn news(
    State(app): State<App>,
    who: Viewer,
    Query(asked): Query<Asked>,
    Query(since): Query<Since>,
) -> Result<Json<News>, Refusal> {
    let filter = asked.filter(app.clock.now().0);
    app.desk.news(&who.session.scope, &filter, since.since).await.map(Json).map_err(Refusal::broken)
}

/// A camera and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct CameraOut {
    /// Id.
    id: String,
    /// Name for people.
    name: String,
    /// First six digits of its grid cell, or empty.
    district: String,
    /// Longitude and latitude.
    location: Option<[f64; 2]>,
}

/// The cameras of the user's districts.
#[utoipa::path(get, path = "/api/v1/cameras", tag = "cameras", responses((status = 200, body = [CameraOut]), Refusals))]
pub async fn cameras(State(app): State<App>, who: Viewer) -> Result<Json<Vec<CameraOut>>, Refusal> {
    let cameras = app.store.cameras(&who.session.scope).await.map_err(Refusal::broken)?;
    let out = |c: crate::console::store::CameraRow| CameraOut {
        id: c.id,
        name: c.name,
        district: c.district,
        location: c.location,
    };
    Ok(Json(cameras.into_iter().map(out).collect()))
}
