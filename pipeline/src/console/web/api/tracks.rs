//! Tracks of vehicles: points, stops, files, areas.

use super::Refusals;
use crate::console::people::audit::{Act, Entry};
use crate::console::store::Scope;
use crate::console::tracks::{self, Area, MOST_POINTS, Pass, Point, Span, Stop};
use crate::console::web::{App, Refusal, Viewer, time};
use crate::payload::OffsetTime;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use operators::vocabulary::EventTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Tracks have no grid code: like everything without one they are for people of the whole city.
pub fn may_see_tracks(scope: &Scope) -> Result<(), Refusal> {
    if scope.allows("") { Ok(()) } else { Err(Refusal::NotFound) }
}

/// A span of time; each end RFC 3339, or milliseconds since 1970 UTC.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Between {
    /// From when; 24 hours before the end where it is not given.
    from: Option<String>,
    /// Until when, exclusive; the device's last word where it is not given.
    until: Option<String>,
}

impl Between {
    async fn span(&self, app: &App, device: Option<&str>) -> Result<Span, Refusal> {
        let until = match &self.until {
            Some(text) => moment("until", text)?,
            None => {
                let last = match device {
                    Some(device) => app.tracks.last_word(device).await.map_err(Refusal::broken)?,
                    None => None,
                };
                let now = app.tracks.now(app.clock.now().0).await.map_err(Refusal::broken)?;
                last.map_or(now, |last| last.at) + 1
            }
        };
        let from = match &self.from {
            Some(text) => moment("from", text)?,
            None => until - tracks::DAY,
        };
        Span::new(from, until).map_err(|e| Refusal::BadInput(format!("from, until: {e}")))
    }
}

fn moment(key: &str, text: &str) -> Result<i64, Refusal> {
    // A `+` of an offset that was not encoded comes as a space.
    let text = text.trim().replace(' ', "+");
    let number = text.parse::<i64>().ok();
    number.or_else(|| text.parse::<OffsetTime>().ok().map(|t| t.event_time().0)).ok_or_else(|| {
        Refusal::BadInput(format!("{key}: \"{text}\" is no time; write 2026-06-01T08:00:00+08:00, or milliseconds"))
    })
}

/// A vehicle's track in a span.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrackOut {
    /// The vehicle.
    device: String,
    /// From when, milliseconds since 1970 UTC.
    from: i64,
    /// Until when.
    until: i64,
    /// Its points in order, 10,000 at most.
    points: Vec<Point>,
    /// Its stops among these points: two minutes or longer at one place.
    stops: Vec<Stop>,
    /// First index of each piece of line after a gap, among the points that lie on the line.
    gaps: Vec<usize>,
    /// `from` of the next question, where there are more points.
    next: Option<i64>,
}

fn told(device: String, span: Span, track: tracks::Track) -> TrackOut {
    let line: Vec<Point> = track.points.iter().filter(|p| p.on_the_line()).cloned().collect();
    let stops = tracks::stops(&line);
    let gaps = tracks::pieces(&line, &stops).iter().skip(1).map(|piece| piece.first).collect();
    TrackOut { device, from: span.from, until: span.until, points: track.points, stops, gaps, next: track.next }
}

/// Where a vehicle was in a span, with its stops and gaps. Writes a line in the audit log.
#[utoipa::path(get, path = "/api/v1/vehicles/{device}/track", tag = "tracks",
    params(("device" = String, Path, description = "Device"), Between), responses((status = 200, body = TrackOut), Refusals))]
pub async fn track(
    State(app): State<App>,
    who: Viewer,
    Path(device): Path<String>,
    Query(asked): Query<Between>,
) -> Result<Json<TrackOut>, Refusal> {
    may_see_tracks(&who.session.scope)?;
    let span = asked.span(&app, Some(&device)).await?;
    let track = app.tracks.track(&device, span).await.map_err(Refusal::broken)?;
    audit(&app, &who, Act::View, &device, "track", span).await?;
    Ok(Json(told(device, span, track)))
}

/// The stops of a vehicle in a span: two minutes or longer at one place.
#[utoipa::path(get, path = "/api/v1/vehicles/{device}/stops", tag = "tracks",
    params(("device" = String, Path, description = "Device"), Between), responses((status = 200, body = [Stop]), Refusals))]
pub async fn stops(
    State(app): State<App>,
    who: Viewer,
    Path(device): Path<String>,
    Query(asked): Query<Between>,
) -> Result<Json<Vec<Stop>>, Refusal> {
    may_see_tracks(&who.session.scope)?;
    let span = asked.span(&app, Some(&device)).await?;
    let points = whole(&app, &device, span).await?;
    audit(&app, &who, Act::View, &device, "stops", span).await?;
    let line: Vec<Point> = points.into_iter().filter(Point::on_the_line).collect();
    Ok(Json(tracks::stops(&line)))
}

/// Every point of a span, up to twenty answers' worth.
async fn whole(app: &App, device: &str, mut span: Span) -> Result<Vec<Point>, Refusal> {
    let mut points = Vec::new();
    while points.len() <= 20 * MOST_POINTS {
        let track = app.tracks.track(device, span).await.map_err(Refusal::broken)?;
        points.extend(track.points);
        match track.next {
            Some(next) => span.from = next,
            None => return Ok(points),
        }
    }
    Err(Refusal::BadInput("from, until: more than 200,000 points lie in this span; ask for a shorter one".to_owned()))
}

/// The track as a file: `csv` or `geojson`. Writes a line in the audit log.
#[utoipa::path(get, path = "/api/v1/vehicles/{device}/track/{format}", tag = "tracks",
    params(("device" = String, Path, description = "Device"), ("format" = String, Path, description = "`csv` or `geojson`"), Between),
    responses((status = 200, description = "The file", content((String = "text/csv"), (String = "application/geo+json"))), Refusals))]
pub async fn export(
    State(app): State<App>,
    who: Viewer,
    Path((device, format)): Path<(String, String)>,
    Query(asked): Query<Between>,
) -> Result<Response, Refusal> {
    may_see_tracks(&who.session.scope)?;
    if !["csv", "geojson"].contains(&format.as_str()) {
        return Err(Refusal::NotFound);
    }
    let span = asked.span(&app, Some(&device)).await?;
    let points = whole(&app, &device, span).await?;
    audit(&app, &who, Act::Export, &device, &format!("track as {format}"), span).await?;
    let clock = |at: i64| time::rfc3339(&app, EventTime(at));
    let (kind, body) = match format.as_str() {
        "csv" => ("text/csv; charset=utf-8", tracks::csv(&points, clock)),
        _ => ("application/geo+json", tracks::geojson(&device, &points, clock).to_string()),
    };
    // Ids may hold anything; a file's name does not.
    let safe: String = device.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    let name = format!("attachment; filename=\"track-{safe}.{format}\"");
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], body).into_response())
}

/// An area and a span.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Where {
    /// Least longitude.
    west: f64,
    /// Least latitude.
    south: f64,
    /// Greatest longitude.
    east: f64,
    /// Greatest latitude.
    north: f64,
}

/// Once that a vehicle was inside.
#[derive(Debug, Serialize, ToSchema)]
pub struct PassOut {
    /// The first moment, milliseconds since 1970 UTC.
    from: i64,
    /// The last.
    until: i64,
}

/// A vehicle that was in the area.
#[derive(Debug, Serialize, ToSchema)]
pub struct PassingOut {
    /// Its device id.
    device: String,
    /// Its name for people.
    name: String,
    /// Each time that it was inside.
    passes: Vec<PassOut>,
}

/// The vehicles that were in an area in a span, and when; the straight way between two points within five minutes counts
/// too. Writes a line in the audit log.
#[utoipa::path(get, path = "/api/v1/tracks", tag = "tracks", params(Where, Between),
    responses((status = 200, body = [PassingOut]), Refusals))]
pub async fn area(
    State(app): State<App>,
    who: Viewer,
    Query(place): Query<Where>,
    Query(asked): Query<Between>,
) -> Result<Json<Vec<PassingOut>>, Refusal> {
    may_see_tracks(&who.session.scope)?;
    let area = Area::new(place.west, place.south, place.east, place.north);
    let area = area.map_err(|e| Refusal::BadInput(format!("west, south, east, north: {e}")))?;
    let span = asked.span(&app, None).await?;
    let found = app.tracks.in_area(&area, span).await.map_err(Refusal::broken)?;
    let found = found.map_err(|e| Refusal::BadInput(e.to_string()))?;
    let about = format!("{},{},{},{}", place.west, place.south, place.east, place.north);
    audit(&app, &who, Act::View, &about, "vehicles in an area", span).await?;
    let plans = app.plans.now().await.map_err(Refusal::broken)?.plans;
    let pass = |p: &Pass| PassOut { from: p.from, until: p.until };
    let plates: BTreeMap<&str, &str> =
        plans.plan.vehicles.iter().filter_map(|v| Some((v.device.as_str(), v.plate.as_deref()?))).collect();
    let name = |device: &str| {
        let known = plans.names.get(device).map(String::as_str).or(plates.get(device).copied());
        known.unwrap_or(device).to_owned()
    };
    let out = found.into_iter().map(|p| PassingOut {
        name: name(&p.device),
        passes: p.passes.iter().map(pass).collect(),
        device: p.device,
    });
    Ok(Json(out.collect()))
}

async fn audit(app: &App, who: &Viewer, act: Act, about: &str, what: &str, span: Span) -> Result<(), Refusal> {
    let (from, until) = (time::minute(app, EventTime(span.from)), time::minute(app, EventTime(span.until)));
    let entry = Entry::new(act, about, &format!("{what}, {from} to {until}")).by(&who.visitor);
    app.people().record(entry).await.map_err(Refusal::broken)
}
