//! What changes while people look: one task watches the store, every open page is told.
//!
//! ```text
//! store ─► watcher (at most once in half a second) ─► watch ─► /events of each page: its own counts
//! ```

use crate::console::store::{Store, StoreError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// Pages hear of changes at most so often: a burst of candidates is one message.
const PACE: Duration = Duration::from_millis(500);
/// How often other processes' changes are looked for.
const LOOK: Duration = Duration::from_secs(2);

/// What every page may want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Live {
    /// Number of the view's last change.
    pub change: i64,
    /// Decisions that wait for the log.
    pub outbox: u64,
}

/// Watches the store until nobody listens any more.
pub async fn watch(store: Store, tell: watch::Sender<Live>) {
    let mut changes = store.changes();
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            _ = look.tick() => {}
            () = tell.closed() => return,
        }
        match now(&store).await {
            Ok(live) => {
                tell.send_if_modified(|old| std::mem::replace(old, live) != live);
            }
            Err(error) => tracing::warn!(%error, "the console's store does not answer"),
        }
        tokio::time::sleep(PACE).await;
    }
}

/// How things are now.
///
/// # Errors
/// The store does not answer.
pub async fn now(store: &Store) -> Result<Live, StoreError> {
    let outbox = store.outbox_waiting().await?;
    Ok(Live { change: store.change().await?, outbox: outbox.max(0).cast_unsigned() })
}
