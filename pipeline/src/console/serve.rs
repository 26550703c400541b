//! The console at work: it follows the topics, publishes decisions, and serves people.
//!
//! ```text
//! topics ─► followers ─► store ◄─► desk, people ◄─► web (pages, API, events)
//!                          └─► publisher ─► topic verdicts
//! ```

use super::backlog;
use super::cameras::Cameras;
use super::desk::{Desk, DeskSettings};
use super::feedback::Feedback;
use super::people::{LinkError, Oidc, OidcError, People};
use super::plans::PlanBook;
use super::project::{ProjectError, Projection};
use super::store::{Store, StoreError};
use super::tracks::{self, Tracks, Upkeep};
use super::web::{self, App, Live, Parts};
use crate::clock::Clock;
use crate::config::City;
use crate::evidence::{EvidenceReader, StoreError as EvidenceError};
use crate::log::Log;
use crate::telemetry::Metrics;
use crate::worker::Control;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Why the console does not start.
#[derive(Debug, Error)]
pub enum ConsoleError {
    /// The address is taken or not allowed.
    #[error("cannot listen on {address}: {source}; set another `listen` in CITY.toml")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The console's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the topics say cannot be shown.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The evidence store.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The identity provider's settings.
    #[error(transparent)]
    Oidc(#[from] OidcError),
    /// The first administrator's link.
    #[error("the first administrator's link could not be made: {0}")]
    Link(#[from] LinkError),
}

/// A console that runs.
#[derive(Debug)]
pub struct Console {
    address: SocketAddr,
    base: String,
    welcome: Option<String>,
    store: Store,
    cameras: Cameras,
    projection: Projection,
    stop: watch::Sender<bool>,
    watcher: JoinHandle<()>,
    backlog: JoinHandle<()>,
    upkeep: Option<JoinHandle<()>>,
    server: JoinHandle<()>,
}

/// Binds the console's address.
///
/// # Errors
/// When the address is taken or not allowed, with what to do about it.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ConsoleError> {
    TcpListener::bind(address).await.map_err(|source| ConsoleError::Listen { address, source })
}

impl Console {
    /// Opens the store and starts everything on `listener`. Returns once it serves.
    ///
    /// # Errors
    /// See [`ConsoleError`].
    pub async fn start(
        city: Arc<City>,
        log: Arc<dyn Log>,
        listener: TcpListener,
        metrics: Option<Metrics>,
        clock: Arc<dyn Clock>,
    ) -> Result<Console, ConsoleError> {
        let address = listener.local_addr().unwrap_or(city.listen);
        let base = base(&city, address);
        let store = Store::open(&city.console.store).await?;
        let projection = Projection::start(&city, store.clone(), log).await?;
        let (live, app) = app(&city, &base, store.clone(), metrics, clock.clone())?;
        let first = app.people().first_link().await?;
        let welcome = first.map(|token| format!("{base}/welcome?token={}", token.secret()));
        let (stop, stopping) = watch::channel(false);
        let backlog = tokio::spawn(backlog::tell(app.desk.clone(), clock.clone()));
        let upkeep =
            tracks::has_devices(&city).then(|| tokio::spawn(Upkeep::new(app.tracks.clone()).run(clock.clone())));
        let watcher = tokio::spawn(web::watch(store.clone(), clock, live));
        let cameras = app.cameras.clone();
        let service = web::router(app).into_make_service_with_connect_info::<SocketAddr>();
        let server = axum::serve(listener, service).with_graceful_shutdown(asked(stopping));
        let server = tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the console's server ended");
            }
        });
        Ok(Console { address, base, welcome, store, cameras, projection, stop, watcher, backlog, upkeep, server })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as people type it.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The one-time link that makes the first administrator; `None` where there are users.
    pub async fn welcome(&self) -> Option<&str> {
        let nobody = matches!(self.store.has_users().await, Ok(false));
        self.welcome.as_deref().filter(|_| nobody)
    }

    /// The cameras run in this process: they are shown live, and edits of their zones are taken at once.
    pub fn attach(&self, control: Control) {
        self.cameras.attach(control);
    }

    /// Stops: what was decided goes to the log, as far as it takes it; the rest waits in the store.
    pub async fn stop(self) {
        let _nobody_listens_any_more = self.stop.send(true);
        self.projection.stop().await;
        self.watcher.abort();
        self.backlog.abort();
        if let Some(upkeep) = self.upkeep {
            upkeep.abort();
        }
        // Browsers keep their connections: events never end by themselves.
        self.server.abort();
        self.store.close().await;
    }
}

async fn asked(mut stop: watch::Receiver<bool>) {
    let _asked_or_gone = stop.wait_for(|stop| *stop).await;
}

/// The console's parts over a store, without a server: for [`Console`] and for tests.
///
/// # Errors
/// The evidence store or the identity provider's settings cannot be used.
pub fn app(
    city: &Arc<City>,
    base: &str,
    store: Store,
    metrics: Option<Metrics>,
    clock: Arc<dyn Clock>,
) -> Result<(watch::Sender<Live>, App), ConsoleError> {
    let settings = DeskSettings {
        city: city.name.clone(),
        timezone: city.timezone.clone(),
        codes: city.codes.clone(),
        claim: city.console.claim,
        second_percent: city.console.double_review,
    };
    let oidc = city.console.oidc.clone().map(|config| Oidc::new(config, base)).transpose()?;
    let desk = Desk::new(store.clone(), clock.clone(), settings);
    let (tell, live) = watch::channel(Live::default());
    let app = App::new(Parts {
        city: city.name.clone(),
        timezone: city.timezone.clone(),
        base: base.to_owned(),
        secure: base.starts_with("https://"),
        config: city.clone(),
        cameras: Cameras::new(city.clone(), store.clone(), clock.clone()),
        feedback: Feedback::new(desk.clone()),
        desk,
        people: People::new(store.clone(), clock.clone()),
        evidence: EvidenceReader::open(&city.store)?,
        tracks: Tracks::new(store.clone(), tracks::Settings::of(city)),
        plans: PlanBook::new(city.sensors.as_ref().map(|sensors| sensors.plans.clone())),
        store,
        metrics,
        oidc,
        live,
        clock,
    });
    Ok((tell, app))
}

/// The address that people type: as configured, else where it listens.
fn base(city: &City, at: SocketAddr) -> String {
    if let Some(url) = &city.console.url {
        return url.clone();
    }
    let ip = if at.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { at.ip() };
    format!("http://{}", SocketAddr::new(ip, at.port()))
}
