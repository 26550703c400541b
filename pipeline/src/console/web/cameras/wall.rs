//! The wall: every camera's latest picture, trouble first.

use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::visitor::Viewer;
use super::super::{App, page};
use super::look::{self, Fares, Still};
use super::{address, may_see};
use crate::worker::Size;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

/// Cameras of one page of the wall.
const PAGE: usize = 60;

/// Which cameras.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    text: String,
    /// A state's word, `trouble`, or nothing for all.
    #[serde(default)]
    state: String,
    #[serde(default)]
    page: usize,
}

struct Card {
    key: String,
    href: String,
    id: String,
    name: String,
    place: String,
    fares: Fares,
    still: Option<Still>,
    waiting: i64,
    zones: usize,
}

struct Choice {
    value: &'static str,
    words: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "cameras.html")]
struct Wall {
    frame: Frame,
    cards: Vec<Card>,
    states: Vec<Choice>,
    text: String,
    filtered: bool,
    online: usize,
    trouble: usize,
    all: usize,
    here: bool,
    previous: Option<String>,
    next: Option<String>,
}

/// `GET /cameras`.
pub async fn wall(State(app): State<App>, who: Viewer, Query(wanted): Query<Wanted>) -> Result<Response, Refusal> {
    let frame = Frame::new(&app, &who.visitor);
    let tongue = frame.tongue;
    let scope = &who.session.scope;
    let city = app.cameras.city();
    let health = app.store.camera_health().await.map_err(Refusal::broken)?;
    let waiting = app.store.waiting_by_camera(scope).await.map_err(Refusal::broken)?;
    let seen = city.cameras.iter().filter(|camera| may_see(scope, camera));
    let mut seen: Vec<_> =
        seen.map(|camera| (camera, look::fares(&app, tongue, camera, health.get(&camera.id)))).collect();
    let all = seen.len();
    let online = seen.iter().filter(|(_, fares)| fares.word == "online").count();
    let trouble = seen.iter().filter(|(_, fares)| fares.kind == "bad").count();
    let text = wanted.text.trim().to_lowercase();
    seen.retain(|(camera, fares)| {
        let state = match wanted.state.as_str() {
            "" => true,
            "trouble" => fares.kind == "bad",
            state => fares.word == state,
        };
        let fields = [Some(&camera.id), Some(&camera.name), camera.grid.as_ref()];
        state && (text.is_empty() || fields.into_iter().flatten().any(|field| field.to_lowercase().contains(&text)))
    });
    seen.sort_by(|(a, x), (b, y)| (x.rank, &a.id, &a.preset).cmp(&(y.rank, &b.id, &b.preset)));
    let (found, from) = (seen.len(), wanted.page.min(all / PAGE) * PAGE);
    let shown: Vec<_> = seen.into_iter().skip(from).take(PAGE).collect();
    // Only where a camera has no picture of its own here.
    let newest = if app.cameras.run_here() {
        Default::default()
    } else {
        app.store.newest_pictures(scope).await.map_err(Refusal::broken)?
    };
    let card = |(camera, fares): (&crate::config::Camera, Fares)| {
        let key = (camera.id.clone(), camera.preset.clone());
        Card {
            key: format!("{}/{}", camera.id, camera.preset),
            href: address(camera, ""),
            id: camera.id.clone(),
            name: camera.name.clone(),
            place: camera.grid.clone().unwrap_or_default(),
            still: look::still(&app, tongue, camera, Size::Small, newest.get(&key)),
            waiting: waiting.get(&camera.id).copied().unwrap_or(0),
            zones: camera.every_zone().count(),
            fares,
        }
    };
    let cards: Vec<Card> = shown.into_iter().map(card).collect();
    let choice = |value: &'static str, words: String| Choice { value, words, chosen: wanted.state == value };
    let mut states = vec![choice("", frame.t("cameras.all").to_owned())];
    states.push(choice("trouble", frame.t("cameras.trouble").to_owned()));
    states.extend(look::states().map(|word| choice(word, tongue.of("health", word))));
    let link = |page: usize| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("text", &wanted.text)
            .append_pair("state", &wanted.state)
            .append_pair("page", &page.to_string())
            .finish();
        format!("/cameras?{query}")
    };
    let this = from / PAGE;
    page(&Wall {
        cards,
        states,
        filtered: !text.is_empty() || !wanted.state.is_empty(),
        text: wanted.text.clone(),
        online,
        trouble,
        all,
        here: app.cameras.run_here(),
        previous: this.checked_sub(1).map(link),
        next: (from + PAGE < found).then(|| link(this + 1)),
        frame,
    })
}
