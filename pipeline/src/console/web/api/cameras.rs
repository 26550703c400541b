//! Cameras: zones and rules as programs edit them, dry runs, baselines.

use super::Refusals;
use crate::config::{Edit, RULES, ZoneForm, describe};
use crate::console::cameras::{Applied, Editor, NoTrial, NotSaved, Saved};
use crate::console::people::audit::{Act, Entry};
use crate::console::web::cameras::{AtPreset, find, look};
use crate::console::web::{App, Refusal, Supervisor, Viewer, time};
use axum::Json;
use axum::extract::{Path, Query, State};
use operators::rehearsal::Rehearsed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A camera with its zones, as CITY.toml has them now.
#[derive(Debug, Serialize, ToSchema)]
pub struct CameraWithZones {
    /// Id.
    id: String,
    /// Name for people.
    name: String,
    /// Preset.
    preset: String,
    /// How it fares: `online`, `stalled`, …; `unknown` where nothing is known.
    state: String,
    /// Why.
    reason: String,
    /// Version of the file; an edit names the one it saw.
    base: String,
    /// Its zones.
    zones: Vec<Zone>,
}

/// A zone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Zone {
    /// Id.
    id: String,
    /// Rule.
    rule: String,
    /// Outline, 0..1 of the picture; empty for the whole picture.
    polygon: Vec<[f32; 2]>,
    /// Every key of the rule with what holds, as CITY.toml's reader takes it.
    settings: BTreeMap<String, String>,
}

/// Which zone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhichZone {
    /// Its id.
    id: String,
    /// Its rule.
    rule: String,
}

/// What a zone shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoneEdit {
    /// Version of the file that was seen.
    base: String,
    /// The zone that is changed; absent for a new one.
    #[serde(default)]
    zone: Option<WhichZone>,
    /// Its id from now on.
    id: String,
    /// Its rule; an existing zone keeps the rule it has.
    rule: String,
    /// Outline, 0..1 of the picture; empty for the whole picture, where the rule allows it.
    #[schema(max_items = 64)]
    polygon: Vec<[f64; 2]>,
    /// Keys with their values; an empty text is the rule's own value. A key that is not named keeps its value.
    #[serde(default)]
    settings: BTreeMap<String, String>,
}

/// An edit that was written.
#[derive(Debug, Serialize, ToSchema)]
pub struct Written {
    /// `running`: the camera goes on with it. `ended`: its source has ended, it holds from the next start on.
    /// `elsewhere`: the workers take it when they next read the file. `not-yet`: the camera goes on as before.
    applied: &'static str,
    /// Version of the file now.
    base: String,
}

/// A candidate of a dry run.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tried {
    /// What it is.
    label: String,
    /// First time it stood there.
    first_seen: String,
    /// When it would have been raised.
    raised_at: String,
    /// How long it stood, seconds.
    dwell_s: f64,
}

/// What an edit would have raised.
#[derive(Debug, Serialize, ToSchema)]
pub struct DryRun {
    /// First picture.
    from: String,
    /// Last picture.
    until: String,
    /// How many the present settings raise.
    old: usize,
    /// How many the edit would.
    new: usize,
    /// Raised by both.
    kept: Vec<Tried>,
    /// Raised by the present settings only.
    gone: Vec<Tried>,
    /// Raised by the edit only.
    fresh: Vec<Tried>,
}

/// A camera with its zones and their settings.
#[utoipa::path(get, path = "/api/v1/cameras/{id}", tag = "cameras",
    params(("id" = String, Path, description = "Camera"), ("preset" = Option<String>, Query, description = "Preset; the first where it is left out")),
    responses((status = 200, body = CameraWithZones), Refusals))]
pub async fn one(
    State(app): State<App>,
    who: Viewer,
    Path(id): Path<String>,
    Query(at): Query<AtPreset>,
) -> Result<Json<CameraWithZones>, Refusal> {
    let city = match app.cameras.draft().await {
        Ok(draft) => draft.city,
        // The last good one runs on, and is what there is to see.
        Err(_) => app.cameras.city(),
    };
    let camera = find(&city.cameras, &who.session.scope, &id, &at.preset)?;
    let health = app.store.camera_health().await.map_err(Refusal::broken)?;
    let fares = look::fares(&app, who.visitor.tongue, camera, health.get(&camera.id));
    let zones = camera.every_zone().map(|zone| {
        let class = camera.class_of(zone.id(), zone.rule());
        let settings = describe(zone.rule(), Some(zone), class, &city.baselines.parts);
        Zone {
            id: zone.id().to_owned(),
            rule: zone.rule().to_owned(),
            polygon: zone.polygon().map(|p| p.points().iter().map(|p| [p.x, p.y]).collect()).unwrap_or_default(),
            settings: settings.into_iter().map(|s| (s.key.to_owned(), s.value)).collect(),
        }
    });
    Ok(Json(CameraWithZones {
        id: camera.id.clone(),
        name: camera.name.clone(),
        preset: camera.preset.clone(),
        state: fares.word.to_owned(),
        reason: fares.reason,
        base: city.version.clone(),
        zones: zones.collect(),
    }))
}

/// Changes a zone or adds one. The same check as CITY.toml's.
#[utoipa::path(put, path = "/api/v1/cameras/{id}/zones", tag = "cameras", request_body = ZoneEdit,
    params(("id" = String, Path, description = "Camera"), ("preset" = Option<String>, Query, description = "Preset; the first where it is left out")),
    responses((status = 200, body = Written), Refusals))]
pub async fn save(
    State(app): State<App>,
    who: Supervisor,
    Path(id): Path<String>,
    Query(at): Query<AtPreset>,
    Json(sent): Json<ZoneEdit>,
) -> Result<Json<Written>, Refusal> {
    let what = if sent.zone.is_some() { "zone changed" } else { "zone added" };
    let note = format!("{what}: {} ({})", sent.id.trim(), sent.rule);
    let base = sent.base.clone();
    write(&app, &who, (&id, &at.preset), &base, edit(sent)?, &note).await
}

/// Deletes a zone.
#[utoipa::path(delete, path = "/api/v1/cameras/{id}/zones/{rule}/{zone}", tag = "cameras",
    params(("id" = String, Path, description = "Camera"), ("rule" = String, Path, description = "Rule"), ("zone" = String, Path, description = "Zone"),
        ("base" = String, Query, description = "Version of the file that was seen"),
        ("preset" = Option<String>, Query, description = "Preset; the first where it is left out")),
    responses((status = 200, body = Written), Refusals))]
pub async fn delete(
    State(app): State<App>,
    who: Supervisor,
    Path((id, rule, zone)): Path<(String, String, String)>,
    Query(at): Query<AtPreset>,
    Query(seen): Query<Seen>,
) -> Result<Json<Written>, Refusal> {
    let note = format!("zone deleted: {zone} ({rule})");
    write(&app, &who, (&id, &at.preset), &seen.base, Edit::Delete { id: zone, rule }, &note).await
}

/// The version of the file that was seen.
#[derive(Debug, Deserialize)]
pub struct Seen {
    base: String,
}

/// What an edit would have raised in the last hour. Nothing is changed.
#[utoipa::path(post, path = "/api/v1/cameras/{id}/zones/try", tag = "cameras", request_body = ZoneEdit,
    params(("id" = String, Path, description = "Camera"), ("preset" = Option<String>, Query, description = "Preset; the first where it is left out")),
    responses((status = 200, body = DryRun), Refusals))]
pub async fn try_it(
    State(app): State<App>,
    who: Supervisor,
    Path(id): Path<String>,
    Query(at): Query<AtPreset>,
    Json(sent): Json<ZoneEdit>,
) -> Result<Json<DryRun>, Refusal> {
    let draft = app.cameras.draft().await.map_err(refusal)?;
    let camera = find(&draft.city.cameras, &who.session.scope, &id, &at.preset)?;
    let trial = app.cameras.trial(&draft, camera, edit(sent)?).await.map_err(|error| match error {
        NoTrial::Refused(fields) => refusal(NotSaved::Refused(fields)),
        NoTrial::File(error) => refusal(error),
        other => Refusal::Conflict(other.to_string()),
    })?;
    let tried = |r: &Rehearsed| Tried {
        label: r.label().as_str().to_owned(),
        first_seen: time::rfc3339(&app, r.first_seen),
        raised_at: time::rfc3339(&app, r.raised_at),
        dwell_s: r.dwell as f64 / 1000.0,
    };
    let found = &trial.comparison;
    Ok(Json(DryRun {
        from: time::rfc3339(&app, trial.from),
        until: time::rfc3339(&app, trial.until),
        old: found.before(),
        new: found.after(),
        kept: found.kept.iter().map(|(_, new)| tried(new)).collect(),
        gone: found.gone.iter().map(tried).collect(),
        fresh: found.fresh.iter().map(tried).collect(),
    }))
}

fn edit(sent: ZoneEdit) -> Result<Edit, Refusal> {
    if !RULES.contains(&sent.rule.as_str()) {
        let rules = RULES.join(", ");
        return Err(Refusal::BadInput(format!("no rule is called \"{}\"; there are: {rules}", sent.rule)));
    }
    let points: Vec<String> = sent.polygon.iter().map(|[x, y]| format!("{x}, {y}")).collect();
    let form = ZoneForm {
        id: sent.id,
        rule: sent.rule,
        polygon: points.join("\n"),
        settings: sent.settings.into_iter().collect(),
    };
    Ok(Edit::Save { zone: sent.zone.map(|zone| (zone.id, zone.rule)), form })
}

async fn write(
    app: &App,
    who: &Supervisor,
    (id, preset): (&str, &str),
    base: &str,
    edit: Edit,
    note: &str,
) -> Result<Json<Written>, Refusal> {
    let city = app.cameras.city();
    let camera = find(&city.cameras, &who.session.scope, id, preset)?;
    let by = Editor { user: &who.session.user, who: &who.session.name };
    let of = (camera.id.as_str(), camera.preset.as_str());
    let Saved { applied, .. } = app.cameras.save(base, of, edit, by, note).await.map_err(refusal)?;
    let entry = Entry::new(Act::Setting, &camera.id, note).by(&who.visitor);
    app.people().record(entry).await.map_err(Refusal::broken)?;
    let applied = match applied {
        Applied::Running => "running",
        Applied::Ended => "ended",
        Applied::Elsewhere => "elsewhere",
        Applied::NotYet(_) => "not-yet",
    };
    Ok(Json(Written { applied, base: app.cameras.city().version.clone() }))
}

fn refusal(error: NotSaved) -> Refusal {
    match error {
        NotSaved::Refused(fields) => {
            let told = fields.iter().map(|field| match field.key.as_str() {
                "" => field.message.clone(),
                key => format!("{key}: {}", field.message),
            });
            Refusal::BadInput(told.collect::<Vec<_>>().join("\n"))
        }
        NotSaved::Changed => Refusal::Conflict("the file was changed since `base`; read the camera again".to_owned()),
        NotSaved::Gone => Refusal::NotFound,
        NotSaved::Broken(problems) => Refusal::BadInput(problems.to_string()),
        NotSaved::Disk(error) => {
            tracing::error!(%error, "zones could not be saved");
            Refusal::BadInput(error.to_string())
        }
        other @ NotSaved::Defect(_) => Refusal::broken(other),
    }
}
