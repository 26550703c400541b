//! Baselines of a camera: their versions, how they look, and the click that approves one.

use super::super::refusal::Refusal;
use super::super::visitor::{Supervisor, Viewer};
use super::super::{App, Flash, time};
use super::{AtPreset, address, encoded, find};
use crate::baseline::{self, Approval, Approver, BaselineError, Origin, Store, View};
use crate::config::Camera;
use crate::console::i18n::Tongue;
use crate::console::people::audit::{Act, Entry};
use crate::evidence::jpeg;
use crate::payload::OffsetTime;
use crate::registry;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::HashMap;

/// Newest versions of each part of the day that the page shows.
const SHOWN: usize = 5;
const QUALITY: u8 = 85;

/// A version, as the camera's page shows it.
pub struct Version {
    pub part: String,
    pub version: u32,
    pub origin: String,
    pub built: String,
    /// Who approved it, and when.
    pub approved: Option<String>,
    /// Whether it is what pictures are compared with.
    pub holds: bool,
    pub picture: String,
    pub approve: String,
}

/// The newest versions of each part of the day. A store that cannot be read is logged, and shows none.
pub async fn versions(app: &App, tongue: Tongue, camera: &Camera) -> Result<Vec<Version>, Refusal> {
    let city = app.cameras.city();
    let (parts, root) = (city.baselines.parts.clone(), city.baselines.store.clone());
    let (id, preset) = (camera.id.clone(), camera.preset.clone());
    let read = tokio::task::spawn_blocking(move || -> Result<Vec<_>, BaselineError> {
        let store = Store::new(root);
        let mut all = Vec::new();
        for part in parts {
            let view = View { camera: id.clone(), preset: preset.clone(), part: part.name.clone() };
            let versions = store.versions(&view)?;
            let holds = versions.iter().rposition(|v| v.approval.is_some());
            let from = versions.len().saturating_sub(SHOWN);
            let shown = versions.into_iter().enumerate().skip(from).rev();
            all.extend(shown.map(|(index, version)| (part.name.clone(), version, Some(index) == holds)));
        }
        Ok(all)
    });
    let found = match read.await.map_err(Refusal::broken)? {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, camera = %camera.id, "baselines cannot be shown");
            Vec::new()
        }
    };
    let shown = |(part, stored, holds): (String, baseline::StoredBaseline, bool)| {
        let record = stored.record;
        let below = format!("/baselines/{}/{}", encoded(&part), record.version);
        let origin = match &record.origin {
            Origin::Built { .. } => tongue.with("cameras.built-of", &[&record.pictures.to_string()]),
            Origin::Accepted { after, .. } => tongue.with("cameras.accepted-after", &[&after.to_string()]),
        };
        let by =
            |a: Approval| tongue.with("cameras.approved-by", &[&a.by.to_string(), &time::of_camera(&a.at.to_string())]);
        Version {
            version: record.version,
            origin,
            built: time::of_camera(&record.built_at.to_string()),
            approved: stored.approval.map(by),
            holds,
            picture: address(camera, &below),
            approve: address(camera, &format!("{below}/approve")),
            part,
        }
    };
    Ok(found.into_iter().map(shown).collect())
}

/// `GET /cameras/{id}/baselines/{part}/{version}`: how it looks, with the components drawn in.
pub async fn picture(
    State(app): State<App>,
    who: Viewer,
    Path((id, part, version)): Path<(String, String, u32)>,
    Query(at): Query<AtPreset>,
) -> Result<Response, Refusal> {
    let city = app.cameras.city();
    let camera = find(&city.cameras, &who.session.scope, &id, &at.preset)?.clone();
    let components = app.cameras.components(&camera).await.map_err(Refusal::broken)?;
    let (store, view) = place(&app, &camera, part)?;
    let drawn = tokio::task::spawn_blocking(move || {
        let stored = store.version(&view, Some(version))?;
        let picture = store.picture(&stored)?;
        let views = components.iter().filter_map(|component| {
            let view = component.views.iter().find(|v| v.camera == camera.id && v.preset == camera.preset)?;
            registry::registered(component, view).ok()
        });
        let shown = baseline::show(&stored, &picture, &views.collect::<Vec<_>>());
        jpeg::encode(&shown, QUALITY).map_err(|e| BaselineError::Picture(e.to_string()))
    });
    match drawn.await.map_err(Refusal::broken)? {
        // A version never changes, but for the components that are drawn in.
        Ok(bytes) => {
            Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, max-age=300")], bytes)
                .into_response())
        }
        Err(BaselineError::Missing { .. }) => Err(Refusal::NotFound),
        Err(error) => Err(Refusal::broken(error)),
    }
}

/// `POST /cameras/{id}/baselines/{part}/{version}/approve`: from now on pictures are compared with it.
pub async fn approve(
    State(app): State<App>,
    who: Supervisor,
    Path((id, part, version)): Path<(String, String, u32)>,
    Query(at): Query<AtPreset>,
    Form(_): Form<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let city = app.cameras.city();
    let camera = find(&city.cameras, &who.session.scope, &id, &at.preset)?;
    let (store, view) = place(&app, camera, part)?;
    let about = format!("{} {} {} v{version}", view.camera, view.preset, view.part);
    let now = app.clock.now();
    let moment = jiff::Timestamp::from_millisecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let approval = Approval {
        by: Approver::Person(who.session.name.clone()),
        at: OffsetTime::new(now, app.timezone.to_offset(moment)),
        note: None,
    };
    let done = tokio::task::spawn_blocking(move || {
        let stored = store.version(&view, Some(version))?;
        if let Some(earlier) = stored.approval {
            return Ok(Err(earlier));
        }
        // What cannot be opened must not be compared with.
        store.open(&stored)?;
        store.approve(&stored, &approval).map(Ok)
    });
    match done.await.map_err(Refusal::broken)? {
        Ok(Ok(_)) => {}
        Ok(Err(earlier)) => {
            let words = who
                .visitor
                .tongue
                .with("cameras.approved-by", &[&earlier.by.to_string(), &time::of_camera(&earlier.at.to_string())]);
            return Err(Refusal::Conflict(words));
        }
        Err(BaselineError::Missing { .. }) => return Err(Refusal::NotFound),
        Err(error @ BaselineError::Damaged { .. }) => return Err(Refusal::BadInput(error.to_string())),
        Err(error) => return Err(Refusal::broken(error)),
    }
    let entry = Entry::new(Act::Setting, &about, "baseline approved").by(&who.visitor);
    app.people().record(entry).await.map_err(Refusal::broken)?;
    let flash = Flash::cookie("cameras.approved", None, &about, app.secure);
    Ok(([(header::SET_COOKIE, flash)], Redirect::to(&format!("{}#baselines", address(camera, "")))).into_response())
}

/// Where the versions of a part of the day lie; only of one that CITY.toml knows.
fn place(app: &App, camera: &Camera, part: String) -> Result<(Store, View), Refusal> {
    let city = app.cameras.city();
    if !city.baselines.parts.iter().any(|known| known.name == part) {
        return Err(Refusal::NotFound);
    }
    let view = View { camera: camera.id.clone(), preset: camera.preset.clone(), part };
    Ok((Store::new(&city.baselines.store), view))
}
