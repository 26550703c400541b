//! Cameras as the console knows and changes them: latest pictures, zones and rules, dry runs, baselines.
//!
//! ```text
//! CITY.toml ◄─► Cameras ─► Control (in `run`): one camera goes on with new settings
//!                  ▲           └─ Views: latest pictures, the last hour
//!                  └── web/cameras
//! ```
//! Where the console runs apart from the workers there is no [`Control`]: pictures come from evidence, dry runs are not
//! to be had, and an edit is in CITY.toml for the workers' next start.

mod edit;
mod trial;

pub use edit::{Applied, Draft, Editor, NotSaved, Saved};
pub use trial::{NoTrial, Trial};

use crate::clock::Clock;
use crate::config::{Camera, City};
use crate::console::store::{Store, StoreError};
use crate::payload::Component;
use crate::registry::{self, Registry};
use crate::worker::{Control, Latest, Size, View};
use arc_swap::ArcSwap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A picture is live when it is no older than this, or than three samples of its camera.
const LIVE: Duration = Duration::from_secs(10);
/// A camera that says it is online, but of which no picture was decoded for so long, or for five samples, is not.
const SILENT: Duration = Duration::from_secs(60);

/// What the console knows of cameras. Cheap to clone.
#[derive(Clone)]
pub struct Cameras(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    /// As CITY.toml last was, by our own reading or writing.
    city: ArcSwap<City>,
    control: OnceLock<Control>,
    /// Held while the file is changed.
    writing: tokio::sync::Mutex<()>,
    /// The register's files; `None` where the topic has it.
    register: tokio::sync::OnceCell<Option<Registry>>,
}

impl std::fmt::Debug for Cameras {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cameras").field("control", &self.0.control).finish_non_exhaustive()
    }
}

/// What a camera's picture is worth.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The picture.
    pub latest: Latest,
    /// How old it is.
    pub age: Duration,
    /// Whether it may be called live.
    pub live: bool,
}

impl Cameras {
    /// The cameras of a city.
    pub fn new(city: Arc<City>, store: Store, clock: Arc<dyn Clock>) -> Cameras {
        Cameras(Arc::new(Inner {
            store,
            clock,
            city: ArcSwap::new(city),
            control: OnceLock::new(),
            writing: tokio::sync::Mutex::default(),
            register: tokio::sync::OnceCell::new(),
        }))
    }

    /// The cameras run in this process: from now on there are live pictures, and edits are taken at once.
    pub fn attach(&self, control: Control) {
        if self.0.control.set(control).is_err() {
            tracing::error!("a second city was attached to one console: this is our defect");
        }
    }

    /// Whether the cameras run in this process.
    pub fn run_here(&self) -> bool {
        self.0.control.get().is_some()
    }

    /// The city as its file last was.
    pub fn city(&self) -> Arc<City> {
        self.0.city.load_full()
    }

    fn view(&self, camera: &Camera) -> Option<(&Control, &Arc<View>)> {
        let control = self.0.control.get()?;
        Some((control, control.views().get(&camera.id, &camera.preset)?))
    }

    /// The latest picture of a camera; says to its worker that somebody looks. `None` where there is none yet, or
    /// another process has it.
    pub fn latest(&self, camera: &Camera, size: Size) -> Option<Shown> {
        let (control, view) = self.view(camera)?;
        let now = control.monotonic();
        let latest = view.latest(size, now)?;
        let age = now.saturating_sub(latest.came);
        let sample = Duration::from_millis(camera.sample.unsigned_abs());
        let live = age <= LIVE.max(3 * sample);
        Some(Shown { latest, age, live })
    }

    /// How long no picture of a camera was decoded, where that is too long for one that is online.
    pub fn silent_for(&self, camera: &Camera) -> Option<Duration> {
        let (control, view) = self.view(camera)?;
        let silent = view.silent_for(control.monotonic())?;
        let sample = Duration::from_millis(camera.sample.unsigned_abs());
        (silent > SILENT.max(5 * sample)).then_some(silent)
    }

    /// The components that a camera sees at its preset.
    ///
    /// # Errors
    /// The store does not answer. A register whose files cannot be read is logged, and empty.
    pub async fn components(&self, camera: &Camera) -> Result<Vec<Component>, StoreError> {
        let city = self.city();
        let register = self.0.register.get_or_init(|| async move {
            let read = tokio::task::spawn_blocking(move || registry::load_files(&city)).await;
            match read {
                Ok(Ok(register)) => register,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the register's files cannot be read");
                    Some(Registry::default())
                }
                Err(_) => Some(Registry::default()),
            }
        });
        match register.await {
            Some(register) => Ok(register.in_view(&camera.id, &camera.preset).map(|(c, _)| c.clone()).collect()),
            None => self.0.store.components_in_view(&camera.id, &camera.preset).await,
        }
    }
}
