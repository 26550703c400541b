//! The latest picture of a camera, and what pages that stay open ask for again and again.

use super::super::App;
use super::super::refusal::Refusal;
use super::super::visitor::Viewer;
use super::look;
use super::{find, may_see};
use crate::worker::Size;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// Cameras that one page may ask for at once.
const MOST: usize = 60;

/// Which picture.
#[derive(Debug, Default, Deserialize)]
pub struct Which {
    #[serde(default)]
    preset: String,
    #[serde(default)]
    size: String,
}

fn size(word: &str) -> Size {
    if word == "large" { Size::Large } else { Size::Small }
}

/// `GET /cameras/{id}/latest.jpg`: with its age in seconds, and whether it may be called live, in headers.
pub async fn latest(
    State(app): State<App>,
    who: Viewer,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, Refusal> {
    let city = app.cameras.city();
    let camera = find(&city.cameras, &who.session.scope, &id, &which.preset)?;
    let shown = app.cameras.latest(camera, size(&which.size)).ok_or(Refusal::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg".to_owned()),
        (header::CACHE_CONTROL, "private, max-age=60".to_owned()),
        (header::HeaderName::from_static("x-age"), shown.age.as_secs().to_string()),
        (header::HeaderName::from_static("x-live"), shown.live.to_string()),
    ];
    Ok((headers, shown.latest.jpeg).into_response())
}

/// How a camera is now.
#[derive(Debug, Serialize)]
pub struct Now {
    key: String,
    /// Address of its picture; absent where this process has none.
    picture: Option<String>,
    /// How old it is, in words.
    age: String,
    live: bool,
    /// Its state, in words.
    state: String,
    /// Style of the state's badge.
    kind: &'static str,
    reason: String,
}

/// `GET /cameras/live?k=ID/PRESET&k=…&size=small`: how these cameras are now, at most 60. Asking keeps their pictures
/// coming.
pub async fn live(
    State(app): State<App>,
    who: Viewer,
    Query(asked): Query<Vec<(String, String)>>,
) -> Result<Json<Vec<Now>>, Refusal> {
    let tongue = who.visitor.tongue;
    let of = |key: &str| asked.iter().filter(move |(k, _)| k == key).map(|(_, v)| v.as_str()).collect::<Vec<_>>();
    let wanted: Vec<&str> = of("k").into_iter().take(MOST).collect();
    let size = size(of("size").first().copied().unwrap_or_default());
    let health = app.store.camera_health().await.map_err(Refusal::broken)?;
    let city = app.cameras.city();
    let cameras = city.cameras.iter().filter(|camera| may_see(&who.session.scope, camera));
    let known = cameras.map(|camera| (format!("{}/{}", camera.id, camera.preset), camera));
    let now = known.filter(|(key, _)| wanted.contains(&key.as_str())).map(|(key, camera)| {
        let fares = look::fares(&app, tongue, camera, health.get(&camera.id));
        let still = look::still(&app, tongue, camera, size, None);
        let (picture, age, live) = still.map_or((None, String::new(), false), |s| (Some(s.href), s.words, s.live));
        Now { key, picture, age, live, state: fares.words, kind: fares.kind, reason: fares.reason }
    });
    Ok(Json(now.collect()))
}
