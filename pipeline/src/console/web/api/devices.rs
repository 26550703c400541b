//! Vehicles, bins, covers and gauges as they last were.

use super::Refusals;
use super::tracks::may_see_tracks;
use crate::console::store::district_of;
use crate::console::tracks::{self, LastWord, state};
use crate::console::web::{App, Refusal, Viewer};
use crate::payload::ReadingKind;
use axum::Json;
use axum::extract::{Query, State};
use operators::fleet::{FleetConfig, VehicleClass};
use operators::sensors::SensorConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Devices of one answer.
const MOST_DEVICES: usize = 20_000;

/// Which devices.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Since {
    /// Only those of which something came after this moment, milliseconds since 1970 UTC.
    since: Option<i64>,
}

/// A device as it last was.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceOut {
    /// Its id; `plate:…` for a plate that only cameras know.
    device: String,
    /// Its name for people: from the plans, else its plate, else its id.
    name: String,
    /// Number plate of a vehicle.
    #[serde(skip_serializing_if = "Option::is_none")]
    plate: Option<String>,
    /// What the vehicle is for, or the device's kind.
    class: String,
    /// Vehicles: `moving`, `standing`, `silent`, `unknown`; others: `fine`, `full`, `hot`, `open`, `wet`, `ponding`, `unknown`.
    state: &'static str,
    /// Where it stands by the plans, for a bin, cover or gauge; else where it last was.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<[f64; 2]>,
    /// What it last said; absent where it never spoke.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<LastWord>,
}

/// Devices and the moment for which their states hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct Devices {
    /// Milliseconds since 1970 UTC: the clock, or the newest reading where readings come from files.
    now: i64,
    /// The devices.
    devices: Vec<DeviceOut>,
}

/// The rules' settings by which silence and states are told.
fn rules(app: &App) -> Result<(FleetConfig, SensorConfig), Refusal> {
    if !tracks::has_devices(&app.config) {
        return Err(Refusal::NotFound);
    }
    let sensors = app.config.sensors.as_ref();
    Ok(sensors.map(|s| (s.fleet.clone(), s.devices)).unwrap_or_default())
}

/// Vehicles with their last words: those of the plans, and all that were ever heard of. People of single districts see none.
#[utoipa::path(get, path = "/api/v1/vehicles", tag = "tracks", params(Since), responses((status = 200, body = Devices), Refusals))]
pub async fn vehicles(
    State(app): State<App>,
    who: Viewer,
    Query(asked): Query<Since>,
) -> Result<Json<Devices>, Refusal> {
    may_see_tracks(&who.session.scope)?;
    let (fleet, rules) = rules(&app)?;
    let plans = app.plans.now().await.map_err(Refusal::broken)?.plans;
    let now = app.tracks.now(app.clock.now().0).await.map_err(Refusal::broken)?;
    let words = app.tracks.last_words(&[ReadingKind::Vehicle], "", MOST_DEVICES).await.map_err(Refusal::broken)?;
    let mut words: BTreeMap<String, LastWord> = words.into_iter().collect();
    let told = |device: &str, plate: Option<&str>, class: String, last: Option<LastWord>| DeviceOut {
        device: device.to_owned(),
        name: plans.names.get(device).cloned().or(plate.map(str::to_owned)).unwrap_or_else(|| device.to_owned()),
        plate: plate.map(str::to_owned),
        class,
        state: state(last.as_ref(), now, &fleet, &rules),
        location: last.as_ref().and_then(|last| last.location),
        last,
    };
    let mut found = Vec::new();
    for vehicle in &plans.plan.vehicles {
        let last = words.remove(&vehicle.device);
        found.push(told(&vehicle.device, vehicle.plate.as_deref(), class_word(vehicle.class), last));
    }
    for (device, last) in words {
        found.push(told(&device, device.strip_prefix("plate:"), "other".to_owned(), Some(last)));
    }
    if let Some(since) = asked.since {
        found.retain(|v| v.last.as_ref().is_some_and(|last| last.at > since));
    }
    Ok(Json(Devices { now, devices: found }))
}

/// The word of a class, as files and payloads write it.
fn class_word(class: VehicleClass) -> String {
    serde_json::to_value(class).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Bins, covers and gauges of the user's districts with their last words.
#[utoipa::path(get, path = "/api/v1/devices", tag = "tracks", responses((status = 200, body = Devices), Refusals))]
pub async fn devices(State(app): State<App>, who: Viewer) -> Result<Json<Devices>, Refusal> {
    let (fleet, rules) = rules(&app)?;
    let plans = app.plans.now().await.map_err(Refusal::broken)?.plans;
    let now = app.tracks.now(app.clock.now().0).await.map_err(Refusal::broken)?;
    let kinds = [ReadingKind::Bin, ReadingKind::Cover, ReadingKind::Gauge];
    let words = app.tracks.last_words(&kinds, "", MOST_DEVICES).await.map_err(Refusal::broken)?;
    let mut words: BTreeMap<String, LastWord> = words.into_iter().collect();
    let told = |device: &str, class: &str, location: Option<[f64; 2]>, last: Option<LastWord>| DeviceOut {
        device: device.to_owned(),
        name: plans.name_of(device).to_owned(),
        plate: None,
        class: class.to_owned(),
        state: state(last.as_ref(), now, &fleet, &rules),
        location: location.or(last.as_ref().and_then(|last| last.location)),
        last,
    };
    let mut found = Vec::new();
    for (device, placed) in &plans.devices {
        let last = words.remove(device);
        if who.session.scope.allows(district_of(placed.grid.as_deref().unwrap_or_default())) {
            found.push(told(device, placed.kind.as_str(), placed.place.map(Into::into), last));
        }
    }
    if who.session.scope.allows("") {
        found.extend(words.into_iter().map(|(device, last)| {
            let kind = operators_kind(last.kind);
            told(&device, kind, None, Some(last))
        }));
    }
    Ok(Json(Devices { now, devices: found }))
}

const fn operators_kind(kind: ReadingKind) -> &'static str {
    match kind {
        ReadingKind::Vehicle => "vehicle",
        ReadingKind::Bin => "bin",
        ReadingKind::Cover => "cover",
        ReadingKind::Gauge => "gauge",
    }
}
