//! What the zone editor's buttons do: save, delete, try.

use super::super::refusal::Refusal;
use super::super::visitor::Supervisor;
use super::super::{App, Flash};
use super::form;
use super::proposed::proposal;
use super::tried::{Tried, told};
use super::zones::{Outcome, draft, drawn};
use super::{AtPreset, address, encoded, find};
use crate::config::{Camera, Edit, RULES, ZoneForm};
use crate::console::cameras::{Applied, Editor, NoTrial, NotSaved, Saved};
use crate::console::people::audit::{Act, Entry};
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};

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
