//! The zone editor: one zone is drawn and set at a time, the others show where they are.

use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::visitor::Supervisor;
use super::super::{App, Flash, page};
use super::draw::{self, Outline};
use super::form::{self, Field, Widget};
use super::look::{self, Still};
use super::proposed::{proposal, proposed};
use super::tried::{Tried, told};
use super::{AtPreset, address, encoded, find};
use crate::config::{Camera, Edit, FieldProblem, RULES, ZoneForm, describe, polygon_text};
use crate::console::cameras::{Applied, Draft, Editor, NoTrial, NotSaved, Saved};
use crate::console::feedback::{Advice, Proposal};
use crate::console::people::audit::{Act, Entry};
use crate::worker::Size;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
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
struct Outcome {
    wrong: Vec<FieldProblem>,
    tried: Option<Tried>,
    proposal: Option<Proposal>,
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
async fn drawn(
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

/// Which zone the form is about, as (id, rule); `None` for a new one. A rule that there is not is refused.
fn which(form: &ZoneForm, zone: String) -> Result<Option<(String, String)>, Refusal> {
    if !RULES.contains(&form.rule.as_str()) {
        return Err(Refusal::NotFound);
    }
    Ok(Some(zone).filter(|zone| !zone.is_empty()).map(|zone| (zone, form.rule.clone())))
}

/// `POST /cameras/{id}/zones`: saves a zone.
pub async fn save(
    State(app): State<App>,
    who: Supervisor,
    Path(id): Path<String>,
    Query(at): Query<AtPreset>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let (form, one) = form::read(&sent);
    let draft = draft(&app).await?;
    let camera = find(&draft.city.cameras, &who.session.scope, &id, &at.preset)?;
    let zone = which(&form, one("zone"))?;
    let edit = Edit::Save { zone: zone.clone(), form: form.clone() };
    let what = if zone.is_some() { "zone changed" } else { "zone added" };
    let note = format!("{what}: {} ({})", form.id.trim(), form.rule);
    let of = (camera.id.as_str(), camera.preset.as_str());
    let by = Editor { user: &who.session.user, who: &who.session.name };
    match app.cameras.save(&one("base"), of, edit, by, &note).await {
        Ok(saved) => {
            if let Some(proposal) = proposal(&app, &who, &one("proposal")).await? {
                let mut tx = app.store.begin().await.map_err(Refusal::broken)?;
                let settled = app.feedback.settle(&mut tx, &who.actor(), &proposal, "applied").await;
                settled.map_err(Refusal::broken)?;
                tx.commit().await.map_err(Refusal::broken)?;
            }
            let to =
                format!("{}&zone={}&rule={}", address(camera, "/zones"), encoded(form.id.trim()), encoded(&form.rule));
            done(&app, &who, camera, &note, &saved, &to).await
        }
        Err(NotSaved::Refused(wrong)) => {
            let rule = form.rule.as_str();
            let proposal = proposal(&app, &who, &one("proposal")).await?;
            let outcome = Outcome { wrong, tried: None, proposal };
            drawn(&app, &who, &draft, camera, (zone.as_ref(), rule), Some(&form), outcome).await
        }
        Err(error) => Err(refusal(&who, error)),
    }
}

/// `POST /cameras/{id}/zones/delete`.
pub async fn delete(
    State(app): State<App>,
    who: Supervisor,
    Path(id): Path<String>,
    Query(at): Query<AtPreset>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let (form, one) = form::read(&sent);
    let draft = draft(&app).await?;
    let camera = find(&draft.city.cameras, &who.session.scope, &id, &at.preset)?;
    let zone = one("zone");
    let note = format!("zone deleted: {zone} ({})", form.rule);
    let edit = Edit::Delete { id: zone, rule: form.rule };
    let of = (camera.id.as_str(), camera.preset.as_str());
    let by = Editor { user: &who.session.user, who: &who.session.name };
    let saved = app.cameras.save(&one("base"), of, edit, by, &note).await.map_err(|e| refusal(&who, e))?;
    done(&app, &who, camera, &note, &saved, &address(camera, "")).await
}

/// `POST /cameras/{id}/zones/try`: the same page with what the edit would have raised.
pub async fn try_it(
    State(app): State<App>,
    who: Supervisor,
    Path(id): Path<String>,
    Query(at): Query<AtPreset>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let (form, one) = form::read(&sent);
    let draft = draft(&app).await?;
    let camera = find(&draft.city.cameras, &who.session.scope, &id, &at.preset)?;
    let zone = which(&form, one("zone"))?;
    let tongue = who.visitor.tongue;
    let edit = Edit::Save { zone: zone.clone(), form: form.clone() };
    let mut outcome = Outcome { proposal: proposal(&app, &who, &one("proposal")).await?, ..Outcome::default() };
    let said = |key: &str| Tried { words: tongue.t(key).to_owned(), span: String::new(), rows: Vec::new() };
    match app.cameras.trial(&draft, camera, edit).await {
        Ok(trial) => outcome.tried = Some(told(&app, &who, camera, &trial)),
        Err(NoTrial::Refused(wrong)) => outcome.wrong = wrong,
        Err(NoTrial::Elsewhere) => outcome.tried = Some(said("cameras.try-elsewhere")),
        Err(NoTrial::NothingSeen) => outcome.tried = Some(said("cameras.try-nothing")),
        Err(NoTrial::Pictures) => outcome.tried = Some(said("cameras.try-pictures")),
        Err(NoTrial::File(error)) => return Err(refusal(&who, error)),
    }
    drawn(&app, &who, &draft, camera, (zone.as_ref(), form.rule.as_str()), Some(&form), outcome).await
}

/// The edit is in the file: writes it to the audit log and says who works with it already.
async fn done(
    app: &App,
    who: &Supervisor,
    camera: &Camera,
    note: &str,
    saved: &Saved,
    to: &str,
) -> Result<Response, Refusal> {
    let entry = Entry::new(Act::Setting, &camera.id, note).by(&who.visitor);
    app.people().record(entry).await.map_err(Refusal::broken)?;
    let (key, value) = match &saved.applied {
        Applied::Running => ("cameras.saved-running", String::new()),
        Applied::Ended => ("cameras.saved-ended", String::new()),
        Applied::Elsewhere => ("cameras.saved-elsewhere", String::new()),
        Applied::NotYet(error) => ("cameras.saved-not-yet", error.to_string()),
    };
    let flash = Flash::cookie(key, None, &value, app.secure);
    Ok(([(header::SET_COOKIE, flash)], Redirect::to(to)).into_response())
}

async fn draft(app: &App) -> Result<Draft, Refusal> {
    app.cameras.draft().await.map_err(|error| match error {
        NotSaved::Broken(problems) => Refusal::BadInput(problems.to_string()),
        other => Refusal::broken(other),
    })
}

fn refusal(who: &Supervisor, error: NotSaved) -> Refusal {
    let tongue = who.visitor.tongue;
    match error {
        NotSaved::Changed => Refusal::Conflict(tongue.t("cameras.changed").to_owned()),
        NotSaved::Gone => Refusal::NotFound,
        NotSaved::Broken(problems) => Refusal::BadInput(problems.to_string()),
        NotSaved::Disk(error) => {
            tracing::error!(%error, "zones could not be saved");
            Refusal::BadInput(tongue.with("cameras.disk", &[&error.to_string()]))
        }
        // `Refused` is shown at its fields before it comes here.
        other @ (NotSaved::Refused(_) | NotSaved::Defect(_)) => Refusal::broken(other),
    }
}
