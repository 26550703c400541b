//! The queue: most urgent first, in groups, filtered, page by page.

use super::filter::{Asked, Choice};
use super::frame::Frame;
use super::refusal::Refusal;
use super::visitor::Viewer;
use super::words::{self, Row};
use super::{App, page};
use crate::console::desk::{Counters, DeskState, Place};
use crate::console::i18n::Tongue;
use crate::console::people::Role;
use crate::console::store::CameraRow;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use operators::vocabulary::SensorRule;
use serde::Deserialize;

/// Groups of a page.
const PAGE: usize = 40;
/// Own decisions this old can still be undone from the queue.
const UNDO: i64 = 3_600_000;
/// The rules over pictures that a city can have.
pub const RULES: [&str; 7] =
    ["illegal-parking", "street-vending", "bin-overflow", "muck-truck", "component", "unregistered-change", "missed"];

struct Shown {
    waiting: i64,
    escalated: i64,
    oldest: String,
    today: i64,
}

struct Group {
    first: Row,
    more: Vec<Row>,
    open: bool,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    frame: Frame,
    counters: Shown,
    filter: Asked,
    filtered: bool,
    states: Vec<Choice>,
    rules: Vec<Choice>,
    cameras: Vec<Choice>,
    districts: Vec<Choice>,
    ages: Vec<Choice>,
    scores: Vec<Choice>,
    groups: Vec<Group>,
    since: i64,
    first_page: String,
    back: Option<String>,
    next: Option<String>,
    last: Option<String>,
}

/// Where in the queue.
#[derive(Debug, Default, Deserialize)]
pub struct At {
    after: Option<String>,
}

/// `GET /queue`.
pub async fn list(
    State(app): State<App>,
    who: Viewer,
    Query(asked): Query<Asked>,
    Query(at): Query<At>,
) -> Result<Response, Refusal> {
    let frame = Frame::new(&app, &who.visitor);
    let tongue = frame.tongue;
    let scope = &who.session.scope;
    let now = app.clock.now().0;
    let after: Option<Place> = at.after.as_deref().map(str::parse).transpose().map_err(Refusal::BadInput)?;
    let filter = asked.filter(now);
    let found = app.desk.queue(scope, &filter, after.as_ref(), PAGE).await.map_err(Refusal::broken)?;
    let counters = app.desk.counters(scope).await.map_err(Refusal::broken)?;
    let cameras = app.store.cameras(scope).await.map_err(Refusal::broken)?;
    let last = match who.session.role >= Role::Reviewer {
        true => app.desk.last_undoable(&who.actor(), now - UNDO).await.map_err(Refusal::broken)?,
        false => None,
    };
    let query = asked.query();
    let row = |listed| words::row(&app, tongue, &who.session.user, listed, &query);
    let groups = found.groups.iter();
    let groups = groups.map(|g| Group { first: row(&g.head), more: g.others.iter().map(row).collect(), open: false });
    let groups = groups.collect();
    let first_page = address(&query, None);
    let choices = Choices { tongue, asked: &asked, sensors: frame.sensors };
    let page_of = QueuePage {
        counters: shown(tongue, now, &counters),
        filtered: asked.is_any(),
        states: choices.states(),
        rules: choices.rules(),
        cameras: choices.cameras(&cameras),
        districts: choices.districts(&cameras),
        ages: choices.ages(),
        scores: choices.scores(),
        groups,
        since: found.change,
        back: after.is_some().then(|| first_page.clone()),
        next: found.next.map(|place| address(&query, Some(&place))),
        first_page,
        last: last.map(|last| last.verdict),
        filter: asked,
        frame,
    };
    page(&page_of)
}

fn address(query: &str, after: Option<&str>) -> String {
    let after = after.map(|place| format!("after={place}"));
    let parts: Vec<&str> = [Some(query), after.as_deref()].into_iter().flatten().filter(|p| !p.is_empty()).collect();
    if parts.is_empty() { "/queue".to_owned() } else { format!("/queue?{}", parts.join("&")) }
}

/// The age of the oldest that waits, in the reader's words.
pub fn oldest(tongue: Tongue, now: i64, counters: &Counters) -> String {
    counters.oldest.map_or_else(|| "–".to_owned(), |at| words::span(tongue, now.saturating_sub(at) as f64 / 1000.0))
}

fn shown(tongue: Tongue, now: i64, counters: &Counters) -> Shown {
    let oldest = oldest(tongue, now, counters);
    Shown { waiting: counters.waiting, escalated: counters.escalated, oldest, today: counters.decided_today }
}

/// The lists of the filter.
struct Choices<'a> {
    tongue: Tongue,
    asked: &'a Asked,
    /// The city has rules over readings too.
    sensors: bool,
}

impl Choices<'_> {
    fn any(&self, key: &str) -> (String, String) {
        (String::new(), self.tongue.t(key).to_owned())
    }

    fn states(&self) -> Vec<Choice> {
        let word = |state: DeskState| state.as_str().to_owned();
        let named = DeskState::ALL.map(|state| (word(state), self.tongue.of("state", state.as_str())));
        let every = ("any".to_owned(), self.tongue.t("desk.any-state").to_owned());
        let chosen = if self.asked.state.is_empty() { "waiting" } else { &self.asked.state };
        Choice::list(named.into_iter().chain([every]), chosen)
    }

    fn rules(&self) -> Vec<Choice> {
        let sensors = SensorRule::ALL.into_iter().map(SensorRule::as_str).filter(|_| self.sensors);
        let named = RULES.into_iter().chain(sensors).map(|rule| (rule.to_owned(), self.tongue.of("rule", rule)));
        Choice::list([self.any("desk.any-rule")].into_iter().chain(named), &self.asked.rule)
    }

    fn cameras(&self, cameras: &[CameraRow]) -> Vec<Choice> {
        let named = cameras.iter().map(|c| (c.id.clone(), format!("{} {}", c.id, c.name)));
        Choice::list([self.any("desk.any-camera")].into_iter().chain(named), &self.asked.camera)
    }

    fn districts(&self, cameras: &[CameraRow]) -> Vec<Choice> {
        let mut codes: Vec<&String> = cameras.iter().map(|c| &c.district).filter(|d| !d.is_empty()).collect();
        codes.sort_unstable();
        codes.dedup();
        let named = codes.into_iter().map(|code| (code.clone(), code.clone()));
        Choice::list([self.any("desk.any-district")].into_iter().chain(named), &self.asked.district)
    }

    fn ages(&self) -> Vec<Choice> {
        let named = [1, 8, 24, 72, 168].map(|hours: u32| {
            let words = match hours {
                h if h > 24 => self.tongue.with("desk.age-days", &[&(h / 24).to_string()]),
                h => self.tongue.with("desk.age-hours", &[&h.to_string()]),
            };
            (hours.to_string(), words)
        });
        Choice::list([self.any("desk.any-age")].into_iter().chain(named), &self.asked.age)
    }

    fn scores(&self) -> Vec<Choice> {
        let named = [50, 70, 90].map(|percent: u32| {
            let least = format!("0.{}", percent / 10);
            (percent.to_string(), self.tongue.with("desk.score-from", &[&least]))
        });
        Choice::list([self.any("desk.any-score")].into_iter().chain(named), &self.asked.score)
    }
}
