//! The pages of cameras: the wall, a camera, its zones, its baselines.

mod baselines;
mod camera;
mod draw;
mod edit;
mod form;
pub(super) mod look;
mod picture;
mod proposed;
mod tried;
mod wall;
mod zones;

use super::App;
use super::refusal::Refusal;
use crate::config::Camera;
use crate::console::store::{Scope, district_of};
use axum::Router;
use axum::routing::{get, post};
use serde::Deserialize;

/// The routes of cameras.
pub fn router() -> Router<App> {
    Router::new()
        .route("/cameras", get(wall::wall))
        .route("/cameras/live", get(picture::live))
        .route("/cameras/{id}", get(camera::show))
        .route("/cameras/{id}/latest.jpg", get(picture::latest))
        .route("/cameras/{id}/zones", get(zones::show).post(edit::save))
        .route("/cameras/{id}/zones/try", post(edit::try_it))
        .route("/cameras/{id}/zones/delete", post(edit::delete))
        .route("/cameras/{id}/baselines/{part}/{version}", get(baselines::picture))
        .route("/cameras/{id}/baselines/{part}/{version}/approve", post(baselines::approve))
}

/// Which preset of a camera; the first where none is named.
#[derive(Debug, Default, Deserialize)]
pub struct AtPreset {
    #[serde(default)]
    pub(in crate::console::web) preset: String,
}

/// A camera that a person may see. Another district's camera is not there.
pub(super) fn find<'a>(cameras: &'a [Camera], scope: &Scope, id: &str, preset: &str) -> Result<&'a Camera, Refusal> {
    let fits = |c: &&Camera| c.id == id && (preset.is_empty() || c.preset == preset);
    cameras.iter().find(fits).filter(|camera| may_see(scope, camera)).ok_or(Refusal::NotFound)
}

fn may_see(scope: &Scope, camera: &Camera) -> bool {
    scope.allows(district_of(camera.grid.as_deref().unwrap_or_default()))
}

/// A text as part of a path or of a query.
fn encoded(text: &str) -> String {
    // A `+` means a space in queries only.
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// `/cameras/ID`, what follows, and the preset.
fn address(camera: &Camera, rest: &str) -> String {
    format!("/cameras/{}{rest}?preset={}", encoded(&camera.id), encoded(&camera.preset))
}

#[cfg(test)]
mod tests;
