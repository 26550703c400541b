//! A camera's page: its picture with zones, how it fares, rules in words, components, baselines, the day's candidates.

use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::visitor::Viewer;
use super::super::{App, page, time, words};
use super::baselines::{self, Version};
use super::draw::{self, Outline};
use super::form;
use super::look::{self, Fares, Still};
use super::{AtPreset, address, encoded, find};
use crate::config::{Camera, PartOfDay, ZoneRef, describe};
use crate::console::desk::DeskState;
use crate::console::feedback::Span;
use crate::console::i18n::Tongue;
use crate::console::people::Role;
use crate::console::store::{OfCamera, Scope};
use crate::payload::ComponentState;
use crate::worker::Size;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use operators::vocabulary::EventTime;
use serde::Deserialize;

/// States, candidates and edits that the page lists.
const LISTED: i64 = 12;
/// Days whose verdicts tell how often a rule is right.
const DAYS: i64 = 30;
const DAY: i64 = 24 * 3_600_000;

struct Zone {
    id: String,
    rule: &'static str,
    rule_words: String,
    edit: String,
    /// What differs from the rule's defaults.
    settings: Vec<(String, String)>,
    whole: bool,
}

struct Part {
    id: String,
    name: String,
    state: String,
    urgent: bool,
}

struct Past {
    words: String,
    at: String,
    reason: String,
}

struct Candidate {
    href: String,
    title: String,
    zone: String,
    at: String,
    stood: String,
    state: String,
    kind: &'static str,
    picture: Option<String>,
}

struct Right {
    rule: String,
    confirmed: i64,
    rejected: i64,
    share: Option<String>,
}

struct Edited {
    who: String,
    at: String,
    note: String,
}

#[derive(Template)]
#[template(path = "camera.html")]
struct CameraPage {
    frame: Frame,
    key: String,
    name: String,
    facts: Vec<(String, String)>,
    presets: Vec<(String, String, bool)>,
    fares: Fares,
    still: Option<Still>,
    rows: f32,
    outlines: Vec<Outline>,
    zones: Vec<Zone>,
    edit: String,
    new_zone: String,
    parts: Vec<Part>,
    history: Vec<Past>,
    baselines: Vec<Version>,
    compares: bool,
    candidates: Vec<Candidate>,
    queue: String,
    missed: String,
    right: Vec<Right>,
    edits: Vec<Edited>,
}

/// What the feedback's page sends along.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    proposal: String,
}

/// `GET /cameras/{id}`; with a proposal of the feedback it leads on to the zone's editor.
pub async fn show(
    State(app): State<App>,
    who: Viewer,
    Path(id): Path<String>,
    Query(at): Query<AtPreset>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    if !asked.proposal.is_empty() && who.session.role >= Role::Supervisor {
        let to = format!("/cameras/{}/zones?proposal={}", encoded(&id), encoded(&asked.proposal));
        return Ok(Redirect::to(&to).into_response());
    }
    let frame = Frame::new(&app, &who.visitor);
    let (tongue, scope) = (frame.tongue, &who.session.scope);
    let city = app.cameras.city();
    let camera = find(&city.cameras, scope, &id, &at.preset)?;
    let health = app.store.camera_health().await.map_err(Refusal::broken)?;
    let health = health.get(&camera.id);
    let newest = app.store.newest_pictures(scope).await.map_err(Refusal::broken)?;
    let still = look::still(&app, tongue, camera, Size::Large, newest.get(&(camera.id.clone(), camera.preset.clone())));
    let rows = draw::rows(still.as_ref().and_then(|s| s.size));
    let components = app.cameras.components(camera).await.map_err(Refusal::broken)?;
    let mut outlines = draw::zones(camera, rows);
    outlines.extend(draw::components(camera, &components, rows));
    let history = app.store.health_history(&camera.id, LISTED).await.map_err(Refusal::broken)?;
    let since = start_of_day(app.clock.now(), &app.timezone);
    let candidates = app.store.candidates_of_camera(scope, &camera.id, &camera.preset, since, LISTED);
    let candidates = candidates.await.map_err(Refusal::broken)?;
    let edits = app.store.settings(&camera.id, &camera.preset, LISTED).await.map_err(Refusal::broken)?;
    let presets = city.cameras.iter().filter(|c| c.id == camera.id);
    let place = camera.location.map(|[lon, lat]| format!("{lon:.5}, {lat:.5}"));
    let mut facts = vec![("cameras.id", Some(camera.id.clone())), ("cameras.preset", Some(camera.preset.clone()))];
    facts.extend([("cameras.grid", camera.grid.clone()), ("cameras.location", place)]);
    facts.push(("cameras.sample", Some(words::span(tongue, camera.sample as f64 / 1000.0))));
    if let Some(health) = health {
        facts.push(("cameras.since", Some(time::of_camera(&health.since.to_string()))));
        facts.push(("cameras.last", health.last_picture.map(|at| time::of_camera(&at.to_string()))));
        let counts = &health.counts;
        let told = [counts.pictures, counts.dropped, counts.corrupt, counts.reconnects].map(|n| n.to_string());
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        facts.push(("cameras.counts", Some(tongue.with("cameras.counts-words", &told))));
    }
    let facts = facts.into_iter().filter_map(|(key, value)| Some((tongue.t(key).to_owned(), value?)));
    page(&CameraPage {
        key: format!("{}/{}", camera.id, camera.preset),
        name: camera.name.clone(),
        facts: facts.collect(),
        presets: presets.map(|c| (c.preset.clone(), address(c, ""), c.preset == camera.preset)).collect(),
        fares: look::fares(&app, tongue, camera, health),
        rows,
        outlines,
        zones: camera.every_zone().map(|z| zone(tongue, camera, z, &city.baselines.parts)).collect(),
        edit: address(camera, "/zones"),
        new_zone: format!("{}&new=", address(camera, "/zones")),
        parts: components
            .iter()
            .map(|c| Part {
                id: c.id.clone(),
                name: c.name.clone(),
                state: tongue.of("part", if c.state == ComponentState::Damaged { "damaged" } else { "whole" }),
                urgent: c.urgent,
            })
            .collect(),
        history: history
            .into_iter()
            .map(|past| Past {
                words: tongue.of("health", &past.state),
                at: time::second(&app, EventTime(past.at)),
                reason: look::reason(tongue, &past.reason),
            })
            .collect(),
        baselines: baselines::versions(&app, tongue, camera).await?,
        compares: camera.compares(),
        candidates: candidates.into_iter().map(|c| candidate(&app, tongue, c)).collect(),
        queue: format!("/queue?camera={}", encoded(&camera.id)),
        missed: format!("/missed?camera={}", encoded(&camera.id)),
        right: right(&app, tongue, scope, camera).await?,
        edits: edits
            .into_iter()
            .map(|e| Edited { who: e.who, at: time::minute(&app, EventTime(e.at)), note: note(tongue, &e.note) })
            .collect(),
        still,
        frame,
    })
}

fn zone(tongue: Tongue, camera: &Camera, zone: ZoneRef<'_>, parts: &[PartOfDay]) -> Zone {
    let class = camera.class_of(zone.id(), zone.rule());
    let all = describe(zone.rule(), Some(zone), class, parts);
    // The dwell and the hours are what people ask first; of the rest only what was set.
    let told = all.into_iter().filter(|s| s.value != s.default || s.key == "dwell");
    Zone {
        id: zone.id().to_owned(),
        rule: zone.rule(),
        rule_words: tongue.of("rule", zone.rule()),
        edit: format!("{}&zone={}&rule={}", address(camera, "/zones"), encoded(zone.id()), encoded(zone.rule())),
        settings: told.map(|s| (tongue.of("set", form::word_of(s.key)), s.value.replace('\n', "; "))).collect(),
        whole: zone.polygon().is_none(),
    }
}

fn candidate(app: &App, tongue: Tongue, c: OfCamera) -> Candidate {
    let state = DeskState::of(&c.state);
    Candidate {
        href: words::address(&c.id, ""),
        picture: c.pictured.then(|| format!("/evidence/{}/crop", c.id)),
        title: c.class_name,
        zone: c.zone,
        at: time::minute(app, EventTime(c.raised_at)),
        stood: words::span(tongue, c.dwell_s),
        state: tongue.of("state", &c.state),
        kind: state.map_or("", words::state_kind),
    }
}

/// How often each rule of the camera was right in the last days.
async fn right(app: &App, tongue: Tongue, scope: &Scope, camera: &Camera) -> Result<Vec<Right>, Refusal> {
    let before = app.clock.now().0 + 1;
    let span = Span { from: before - DAYS * DAY, before };
    let days = app.feedback.precision(scope, span).await.map_err(Refusal::broken)?;
    let mut rules = std::collections::BTreeMap::<String, (i64, i64)>::new();
    for day in days.into_iter().filter(|day| day.camera == camera.id) {
        let sum = rules.entry(day.rule).or_default();
        (sum.0, sum.1) = (sum.0 + day.confirmed, sum.1 + day.rejected);
    }
    let share = |(confirmed, rejected): (i64, i64)| {
        let all = confirmed + rejected;
        (all > 0).then(|| format!("{:.0} %", 100.0 * confirmed as f64 / all as f64))
    };
    let rules = rules.into_iter().filter(|(_, (confirmed, rejected))| confirmed + rejected > 0);
    let told = |(rule, sum): (String, (i64, i64))| Right {
        rule: tongue.of("rule", &rule),
        confirmed: sum.0,
        rejected: sum.1,
        share: share(sum),
    };
    Ok(rules.map(told).collect())
}

/// What was done to a zone, as [`super::edit`] wrote it down, in the reader's tongue.
fn note(tongue: Tongue, text: &str) -> String {
    let told = text.split_once(": ").and_then(|(what, rest)| {
        let key = match what {
            "zone changed" => "cameras.zone-changed",
            "zone added" => "cameras.zone-added",
            "zone deleted" => "cameras.zone-deleted",
            _ => return None,
        };
        let (zone, rule) = rest.strip_suffix(')')?.rsplit_once(" (")?;
        Some(tongue.with(key, &[zone, &tongue.of("rule", rule)]))
    });
    told.unwrap_or_else(|| text.to_owned())
}

/// Midnight in the city, milliseconds since 1970 UTC.
fn start_of_day(now: EventTime, zone: &TimeZone) -> i64 {
    let moment = jiff::Timestamp::from_millisecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let day = moment.to_zoned_datetime(zone.clone()).start_of_day();
    day.map_or(now.0 - DAY, |day| day.timestamp().as_millisecond())
}
