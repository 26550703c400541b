//! What changes while people look: one task watches the store, every open page is told.
//!
//! ```text
//! store ─► watcher (at most once in half a second) ─► watch ─► /events of each page: its own counts
//! ```

use super::filter::Asked;
use super::refusal::Refusal;
use super::visitor::Viewer;
use super::{App, queue};
use crate::clock::Clock;
use crate::console::store::{Store, StoreError};
use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// Pages hear of changes at most so often: a burst of candidates is one message.
const PACE: Duration = Duration::from_millis(500);
/// How often other processes' changes are looked for.
const LOOK: Duration = Duration::from_secs(2);

/// A decision that waits for the log no longer than this waits as decisions do, in milliseconds.
const UNREMARKABLE: i64 = 5_000;
/// Longest an event stream lives; the browser comes back by itself. Bounds what a lost one can hold.
const LIFE: Duration = Duration::from_secs(5 * 60);

/// What every page may want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Live {
    /// Number of the view's last change.
    pub change: i64,
    /// Decisions that have waited for the log for longer than they should.
    pub outbox: u64,
}

/// Watches the store until nobody listens any more.
pub async fn watch(store: Store, clock: Arc<dyn Clock>, tell: watch::Sender<Live>) {
    let mut changes = store.changes();
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            _ = look.tick() => {}
            () = tell.closed() => return,
        }
        match now(&store, clock.as_ref()).await {
            Ok(live) => {
                tell.send_if_modified(|old| std::mem::replace(old, live) != live);
            }
            Err(error) => tracing::warn!(%error, "the console's store does not answer"),
        }
        tokio::time::sleep(PACE).await;
    }
}

/// How things are now. What the log takes within seconds waits for nothing worth a word.
///
/// # Errors
/// The store does not answer.
pub async fn now(store: &Store, clock: &dyn Clock) -> Result<Live, StoreError> {
    let (waiting, since) = store.outbox_waiting().await?;
    let long = since.is_some_and(|since| clock.now().0 - since > UNREMARKABLE);
    let outbox = if long { waiting.max(0).cast_unsigned() } else { 0 };
    Ok(Live { change: store.change().await?, outbox })
}

/// What a page wants to hear about.
#[derive(Debug, Default, Deserialize)]
pub struct Since {
    /// The change that the page shows.
    since: Option<i64>,
}

/// `GET /events`: counts of what this user may see, whenever they change.
pub async fn events(
    State(app): State<App>,
    who: Viewer,
    Query(asked): Query<Asked>,
    Query(since): Query<Since>,
) -> Result<Response, Refusal> {
    let live = app.live.clone();
    let listener = Listener { app, who, asked, since: since.since, live, begun: Instant::now(), first: true };
    let events = futures::stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let keep = KeepAlive::new().interval(Duration::from_secs(15));
    // Proxies must not gather events up.
    Ok(([("x-accel-buffering", "no")], Sse::new(events).keep_alive(keep)).into_response())
}

struct Listener {
    app: App,
    who: Viewer,
    asked: Asked,
    since: Option<i64>,
    live: watch::Receiver<Live>,
    begun: Instant,
    first: bool,
}

impl Listener {
    /// The next message; `None` ends the stream. A session that ended or a user who was disabled hears nothing more.
    async fn next(&mut self) -> Option<Event> {
        if !std::mem::take(&mut self.first) {
            let left = LIFE.saturating_sub(self.begun.elapsed());
            tokio::time::timeout(left, self.live.changed()).await.ok()?.ok()?;
        }
        if !self.app.people().holds(&self.who.session).await {
            return None;
        }
        let live = *self.live.borrow_and_update();
        let scope = &self.who.session.scope;
        let now = self.app.clock.now().0;
        let tongue = self.who.visitor.tongue;
        let counters = self.app.desk.counters(scope).await.ok()?;
        let new = match self.since {
            Some(since) => self.app.desk.news(scope, &self.asked.filter(now), since).await.ok()?.new,
            None => 0,
        };
        let words = json!({
            "waiting": counters.waiting.to_string(),
            "escalated": counters.escalated.to_string(),
            "today": counters.decided_today.to_string(),
            "oldest": queue::oldest(tongue, now, &counters),
        });
        let state = json!({ "change": live.change, "outbox": live.outbox, "new": new, "words": words });
        Some(Event::default().event("state").data(state.to_string()))
    }
}
