//! The console as people and programs reach it: pages, JSON API, live events, evidence.
//!
//! ```text
//! request ─► guard (who, is it ours, refusals, headers) ─► page | /api/v1 | /events | /evidence
//! ```
//! A handler takes [`Viewer`], [`Reviewer`], [`Supervisor`] or [`Administrator`] and so cannot forget to ask for the
//! right; what it reads it reads in that session's [`Scope`](crate::console::store::Scope). It answers with a page
//! or with a [`Refusal`], and need not care how that looks.

mod api;
mod assets;
mod audit;
mod cameras;
mod candidate;
pub mod cookie;
mod decide;
mod evidence;
mod feedback;
mod filter;
mod flash;
mod frame;
mod guard;
mod health;
mod live;
pub mod map;
mod missed;
#[cfg(test)]
mod pages_tests;
mod queue;
mod ranges;
mod refusal;
mod refused;
mod second;
#[cfg(test)]
mod security_tests;
mod sensor;
mod sign_in;
#[cfg(test)]
pub(crate) mod testing;
mod theme;
pub mod time;
mod tracks;
mod users;
mod view;
mod visitor;
mod words;

pub use flash::Flash;
pub use frame::Frame;
pub use guard::{CSRF_HEADER, LARGEST_BODY, LARGEST_IMPORT};
pub use live::{Live, now, watch};
pub use refusal::Refusal;
pub use refused::Problem;
pub use visitor::{Administrator, Reviewer, Supervisor, Viewer, Visitor};

use crate::clock::Clock;
use crate::config::City;
use crate::console::cameras::Cameras;
use crate::console::desk::Desk;
use crate::console::feedback::Feedback;
use crate::console::people::{LONGEST, Oidc, People};
use crate::console::plans::PlanBook;
use crate::console::store::Store;
use crate::console::tracks::Tracks;
use crate::evidence::EvidenceReader;
use crate::telemetry::Metrics;
use askama::Template;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::tz::TimeZone;
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::watch;

/// How long a browser keeps the session's cookie.
const SESSION_SECONDS: u64 = LONGEST.as_secs();

/// What every handler may use.
#[derive(Debug)]
pub struct Parts {
    /// The city's name.
    pub city: String,
    /// The zone in which times are shown.
    pub timezone: TimeZone,
    /// The console's own address, as people type it: `http://127.0.0.1:8080`.
    pub base: String,
    /// Cookies are for https only.
    pub secure: bool,
    /// The city as CITY.toml has it.
    pub config: Arc<City>,
    /// The store.
    pub store: Store,
    /// Cameras, zones and rules.
    pub cameras: Cameras,
    /// What reviewers do.
    pub desk: Desk,
    /// What verdicts teach.
    pub feedback: Feedback,
    /// Where vehicles were, and the last word of every device.
    pub tracks: Tracks,
    /// Fences, routes, permits, ….
    pub plans: PlanBook,
    /// Users, sessions, the audit log.
    pub people: People,
    /// Where pictures and clips are read from.
    pub evidence: EvidenceReader,
    /// For `/metrics`; `None` in tests.
    pub metrics: Option<Metrics>,
    /// The identity provider, where there is one.
    pub oidc: Option<Oidc>,
    /// What changes while people look.
    pub live: watch::Receiver<Live>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// What every handler may use. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

impl App {
    /// Of its parts.
    pub fn new(parts: Parts) -> Self {
        App(Arc::new(parts))
    }

    /// Users, sessions, the audit log.
    pub fn people(&self) -> &People {
        &self.0.people
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Shows a page.
///
/// # Errors
/// The template fails: our fault.
pub fn page(template: &impl Template) -> Result<Response, Refusal> {
    template.render().map(|html| Html(html).into_response()).map_err(Refusal::broken)
}

/// The whole console behind its guard.
pub fn router(app: App) -> Router {
    let people = Router::new()
        .route("/login", get(sign_in::login).post(sign_in::try_login))
        .route("/logout", post(sign_in::logout))
        .route("/welcome", get(sign_in::welcome).post(sign_in::use_link))
        .route("/oidc/start", get(sign_in::oidc_start))
        .route("/oidc/callback", get(sign_in::oidc_callback))
        .route("/preferences", post(sign_in::preferences))
        .route("/account", get(users::account))
        .route("/account/password", post(users::own_password))
        .route("/users", get(users::list).post(users::create))
        .route("/users/{id}", post(users::change))
        .route("/users/{id}/disabled", post(users::disable))
        .route("/users/{id}/reset", post(users::reset))
        .route("/audit", get(audit::list))
        .route("/audit.csv", get(audit::csv))
        .route("/audit.jsonl", get(audit::jsonl));
    let desk = Router::new()
        .route("/queue", get(queue::list))
        .route("/candidates/{id}", get(candidate::show))
        .route("/candidates/{id}/decide", post(decide::decide))
        .route("/candidates/{id}/claim", post(decide::claim))
        .route("/bulk", post(decide::bulk))
        .route("/undo", post(decide::undo))
        .route("/missed", get(missed::show).post(missed::report))
        .route("/second", get(second::show).post(second::say))
        .route("/feedback", get(feedback::show))
        .route("/feedback/dataset.tar", get(feedback::dataset))
        .route("/feedback/proposals/{id}/dismiss", post(feedback::dismiss))
        .route("/evidence/{candidate}/{kind}", get(evidence::serve))
        .route("/events", get(live::events));
    Router::new()
        .route("/", get(|| async { Redirect::to("/queue") }))
        .route("/assets/{name}", get(assets::serve))
        .merge(people)
        .merge(desk)
        .merge(cameras::router())
        .merge(tracks::router())
        .merge(api::router())
        .fallback(guard::nowhere)
        .method_not_allowed_fallback(guard::not_this_way)
        .layer(from_fn_with_state(app.clone(), guard::guard))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics))
        .with_state(app)
}
