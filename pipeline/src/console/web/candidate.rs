//! A candidate's page: all that a decision needs, in one screen.

use super::filter::Asked;
use super::frame::Frame;
use super::map::{Kind, Map, Place as Spot};
use super::refusal::Refusal;
use super::view::{self, Line, Other, View};
use super::visitor::Viewer;
use super::{App, page, sensor, words};
use crate::console::desk::{CandidatePage, Listed, Place, Refused};
use crate::console::people::Role;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "candidate.html")]
struct CandidateHtml {
    frame: Frame,
    c: View,
    /// Where the map shows the device, and the words of the link.
    on_map: Option<(String, String)>,
    map: Option<Map>,
    near: Vec<Other>,
    history: Vec<Other>,
    said: Vec<Line>,
    mergeable: Vec<Other>,
    classes: Vec<(String, String)>,
    taken: Option<String>,
    claimed: bool,
    undoes: Option<String>,
    merged: Option<String>,
    back: String,
    previous: Option<String>,
    next: Option<String>,
    /// Where a decision leads.
    after: String,
}

/// From where the reader came.
#[derive(Debug, Default, Deserialize)]
pub struct From {
    /// The candidate before this one.
    #[serde(default)]
    from: String,
}

/// `GET /candidates/{id}`.
pub async fn show(
    State(app): State<App>,
    who: Viewer,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
    Query(from): Query<From>,
) -> Result<Response, Refusal> {
    let (actor, id) = (who.actor(), id.to_string());
    let found = app.desk.candidate(&actor, &id).await.map_err(Refusal::broken)?.ok_or(Refusal::NotFound)?;
    let frame = Frame::new(&app, &who.visitor);
    let tongue = frame.tongue;
    let query = asked.query();
    let mut taken = found.listed.claim.as_ref().filter(|claim| claim.user != actor.id).map(|claim| claim.name.clone());
    let mut claimed = false;
    if actor.role >= Role::Reviewer && found.listed.state.is_open() && taken.is_none() {
        match app.desk.claim(&actor, &id).await {
            Ok(_) => claimed = true,
            Err(Refused::Claimed { by, .. }) => taken = Some(by),
            Err(Refused::Store(error)) => return Err(Refusal::broken(error)),
            Err(_) => {}
        }
    }
    let next = following(&app, &who, &asked, &found).await?;
    let with_from = |id: &str, came_from: &str| {
        let mark = format!("from={came_from}");
        let query = if query.is_empty() { mark } else { format!("{query}&{mark}") };
        words::address(id, &query)
    };
    let next = next.map(|next| with_from(&next, &id));
    let previous = Uuid::parse_str(&from.from).ok().map(|from| words::address(&from.to_string(), &query));
    let back = if query.is_empty() { "/queue".to_owned() } else { format!("/queue?{query}") };
    let list = |listed: &Listed| view::other(&app, tongue, listed, &query, None);
    let near: Vec<Other> = found.near.iter().map(|(far, o)| view::other(&app, tongue, o, &query, Some(*far))).collect();
    let mut mergeable: Vec<&Listed> = found.group.iter().chain(found.near.iter().map(|(_, other)| other)).collect();
    mergeable.sort_by(|a, b| a.id.cmp(&b.id));
    mergeable.dedup_by(|a, b| a.id == b.id);
    let mergeable = mergeable.into_iter().filter(|other| other.merged_into.is_empty()).map(list).collect();
    let undoes = Some(found.listed.decision.clone()).filter(|id| !id.is_empty());
    let merged = Some(&found.listed.merged_into).filter(|id| !id.is_empty()).map(|id| words::address(id, &query));
    page(&CandidateHtml {
        c: view::view(&app, tongue, &found, &query),
        on_map: sensor::link(&app, &who, &found.candidate),
        map: map(&app, &found, &query).await?,
        history: found.history.iter().map(list).collect(),
        said: view::said(&app, tongue, &found.said),
        classes: app.config.codes.matters().map(|(code, name)| (code.to_owned(), name.to_owned())).collect(),
        near,
        mergeable,
        taken,
        claimed,
        undoes,
        merged,
        previous,
        after: next.clone().unwrap_or_else(|| back.clone()),
        next,
        back,
        frame,
    })
}

/// The candidate after this one: the next of its group that waits, else the head of the next group.
async fn following(app: &App, who: &Viewer, asked: &Asked, found: &CandidatePage) -> Result<Option<String>, Refusal> {
    let place = |l: &Listed| (l.urgency, l.raised_at, l.id.clone());
    let here = place(&found.listed);
    let open: Vec<&Listed> = found.group.iter().filter(|other| other.state.is_open()).collect();
    let later = open.iter().filter(|other| place(other) < here).max_by_key(|other| place(other));
    if let Some(later) = later {
        return Ok(Some(later.id.clone()));
    }
    let head = open.iter().map(|other| place(other)).chain([here]).max();
    let Some((urgency, raised_at, id)) = head else { return Ok(None) };
    let after: Place = format!("{urgency}_{raised_at}_{id}").parse().map_err(Refusal::broken)?;
    let filter = asked.filter(app.clock.now().0);
    let found = app.desk.queue(&who.session.scope, &filter, Some(&after), 1).await.map_err(Refusal::broken)?;
    Ok(found.groups.into_iter().next().map(|group| group.head.id))
}

async fn map(app: &App, found: &CandidatePage, query: &str) -> Result<Option<Map>, Refusal> {
    let Some(centre) = found.listed.location else { return Ok(None) };
    // Whoever sees the candidate may see which cameras stand around it.
    let everything = crate::console::store::Scope::everything();
    let cameras = app.store.cameras(&everything).await.map_err(Refusal::broken)?;
    let cameras = cameras.into_iter().filter_map(|camera| {
        let name = format!("{} {}", camera.id, camera.name);
        camera.location.map(|at| Spot { at, kind: Kind::Camera, name, href: None })
    });
    let near = found.near.iter().filter_map(|(_, other)| {
        let href = Some(words::address(&other.id, query));
        other.location.map(|at| Spot { at, kind: Kind::Near, name: other.class_name.clone(), href })
    });
    let this = Spot { at: centre, kind: Kind::This, name: found.listed.class_name.clone(), href: None };
    let places: Vec<Spot> = cameras.chain(near).chain([this]).collect();
    Ok(Map::around(centre, &places))
}
