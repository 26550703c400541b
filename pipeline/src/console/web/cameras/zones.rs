//! The zone editor's page: one zone is drawn and set, the others show where they are.

use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::visitor::Supervisor;
use super::super::{App, page};
use super::draw::{self, Outline};
use super::form::{self, Field, Widget};
use super::look::{self, Still};
use super::proposed::{proposal, proposed};
use super::tried::Tried;
use super::{address, encoded, find};
use crate::config::{Camera, FieldProblem, RULES, ZoneForm, describe, polygon_text};
use crate::console::cameras::{Draft, NotSaved};
use crate::console::feedback::{Advice, Proposal};
use crate::worker::Size;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// A new zone's outline, to be pulled into shape.
const FRESH: &str = "0.3, 0.4\n0.7, 0.4\n0.7, 0.8\n0.3, 0.8";

/// Which zone is edited.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    preset: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    rule: String,
    /// The rule of a new zone.
    #[serde(default)]
    new: String,
    /// A proposal of the feedback that is looked at.
    #[serde(default)]
    proposal: String,
}

struct Tab {
    href: String,
    words: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "camera_zones.html")]
struct Editing {
    frame: Frame,
    key: String,
    name: String,
    back: String,
    action: String,
    try_action: String,
    delete_action: String,
    still: Option<Still>,
    rows: f32,
    others: Vec<Outline>,
    tabs: Vec<Tab>,
    rules: Vec<Tab>,
    /// Version of the file that this page shows.
    base: String,
    /// The zone as it stands in the file; empty for a new one.
    zone: String,
    id: String,
    id_wrong: Option<String>,
    rule: String,
    polygon: String,
    polygon_wrong: Option<String>,
    may_be_whole: bool,
    can_try: bool,
    fields: Vec<Field>,
    wrong: Vec<String>,
    tried: Option<Tried>,
    here: bool,
    changed_on_disk: bool,
    /// Id of the proposal that is looked at, and what it says.
    proposal: String,
    advice: Option<String>,
}

/// What the page shows besides the zone itself.
#[derive(Default)]
pub(super) struct Outcome {
    pub wrong: Vec<FieldProblem>,
    pub tried: Option<Tried>,
    pub proposal: Option<Proposal>,
}

/// `GET /cameras/{id}/zones`.
pub async fn show(
    State(app): State<App>,
    who: Supervisor,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refusal> {
    let draft = draft(&app).await?;
    let camera = find(&draft.city.cameras, &who.session.scope, &id, &wanted.preset)?;
    let proposal = proposal(&app, &who, &wanted.proposal).await?;
    let zone = if let Some(p) = &proposal {
        Some((p.zone.clone(), p.rule.clone()))
    } else if !wanted.new.is_empty() {
        None
    } else if wanted.zone.is_empty() {
        camera.every_zone().next().map(|zone| (zone.id().to_owned(), zone.rule().to_owned()))
    } else {
        Some((wanted.zone.clone(), wanted.rule.clone()))
    };
    let rule = zone.as_ref().map_or(wanted.new.as_str(), |(_, rule)| rule);
    let rule = if rule.is_empty() { RULES[0] } else { rule };
    if !RULES.contains(&rule) || zone.as_ref().is_some_and(|(id, rule)| camera.any_zone(id, rule).is_none()) {
        return Err(Refusal::NotFound);
    }
    let sent = proposal.as_ref().and_then(|p| proposed(camera, p));
    let outcome = Outcome { proposal, ..Outcome::default() };
    drawn(&app, &who, &draft, camera, (zone.as_ref(), rule), sent.as_ref(), outcome).await
}

/// The page, for what stands in the file or what was sent.
pub(super) async fn drawn(
    app: &App,
    who: &Supervisor,
    draft: &Draft,
    camera: &Camera,
    (zone, rule): (Option<&(String, String)>, &str),
    sent: Option<&ZoneForm>,
    outcome: Outcome,
) -> Result<Response, Refusal> {
    let frame = Frame::new(app, &who.visitor);
    let tongue = frame.tongue;
    let newest = app.store.newest_pictures(&who.session.scope).await.map_err(Refusal::broken)?;
    let newest = newest.get(&(camera.id.clone(), camera.preset.clone()));
    let still = look::still(app, tongue, camera, Size::Large, newest);
    let rows = draw::rows(still.as_ref().and_then(|s| s.size));
    let now = zone.and_then(|(id, rule)| camera.any_zone(id, rule));
    let class = zone.and_then(|(id, rule)| camera.class_of(id, rule));
    let settings = describe(rule, now, class, &draft.city.baselines.parts);
    let is_this = |id: &str, of: &str| zone.is_some_and(|(zone, rule)| zone == id && rule == of);
    let mut others = draw::zones(camera, rows);
    others.retain(|outline| !is_this(&outline.id, outline.rule));
    let components = app.cameras.components(camera).await.map_err(Refusal::broken)?;
    others.extend(draw::components(camera, &components, rows));
    let mut advice = None;
    if let Some(proposal) = &outcome.proposal {
        let told = [proposal.spared, proposal.rejected].map(|n| n.to_string());
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        advice = Some(match &proposal.advice {
            Advice::Threshold { .. } => tongue.with("cameras.advice-threshold", &told),
            Advice::Mask { polygon } => {
                others.extend(draw::mask(polygon, rows));
                tongue.with("cameras.advice-mask", &told)
            }
        });
    }
    let whole = rule == crate::config::COMPONENT;
    let outline = now.map(|zone| zone.polygon().map(polygon_text).unwrap_or_default());
    let outline = outline.unwrap_or_else(|| if whole { String::new() } else { FRESH.to_owned() });
    let tabs = camera.every_zone().map(|zone| Tab {
        href: format!("{}&zone={}&rule={}", address(camera, "/zones"), encoded(zone.id()), encoded(zone.rule())),
        words: format!("{} · {}", zone.id(), tongue.of("rule", zone.rule())),
        here: is_this(zone.id(), zone.rule()),
    });
    let rules = RULES.iter().map(|known| Tab {
        href: format!("{}&new={}", address(camera, "/zones"), encoded(known)),
        words: tongue.of("rule", known),
        here: zone.is_none() && *known == rule,
    });
    let free = (1..).map(|n| format!("zone-{n}")).find(|id| camera.every_zone().all(|zone| zone.id() != id));
    let id = sent.map(|form| form.id.clone()).or_else(|| zone.map(|(id, _)| id.clone())).or(free).unwrap_or_default();
    let fields = form::fields(tongue, &settings, sent, &outcome.wrong);
    let known = |key: &str| key == "id" || key == "polygon" || fields.iter().any(|field| field.key == key);
    let wrong: Vec<String> = outcome.wrong.iter().filter(|p| !known(&p.key)).map(|p| p.message.clone()).collect();
    let status = if outcome.wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let editing = Editing {
        key: format!("{}/{}", camera.id, camera.preset),
        name: camera.name.clone(),
        back: address(camera, ""),
        action: address(camera, "/zones"),
        try_action: address(camera, "/zones/try"),
        delete_action: address(camera, "/zones/delete"),
        still,
        rows,
        others,
        tabs: tabs.collect(),
        rules: rules.collect(),
        base: draft.city.version.clone(),
        zone: zone.map(|(id, _)| id.clone()).unwrap_or_default(),
        id,
        id_wrong: form::problem(&outcome.wrong, "id"),
        rule: rule.to_owned(),
        polygon: sent.map_or(outline, |form| form.polygon.clone()),
        polygon_wrong: form::problem(&outcome.wrong, "polygon"),
        may_be_whole: whole,
        can_try: !whole && rule != crate::config::UNREGISTERED_CHANGE,
        fields,
        wrong,
        tried: outcome.tried,
        here: app.cameras.run_here(),
        changed_on_disk: draft.city.version != app.cameras.city().version,
        proposal: outcome.proposal.map(|p| p.id).unwrap_or_default(),
        advice,
        frame,
    };
    Ok((status, page(&editing)?).into_response())
}

/// The file as it stands now.
pub(super) async fn draft(app: &App) -> Result<Draft, Refusal> {
    app.cameras.draft().await.map_err(|error| match error {
        NotSaved::Broken(problems) => Refusal::BadInput(problems.to_string()),
        other => Refusal::broken(other),
    })
}
