//! The view made anew from the topics: it is never the truth.

use super::{Follower, Intake, ProjectError, Taken, intake::write_verdict, topics};
use crate::config::City;
use crate::console::store::{Sql, Store, StoreError};
use crate::log::{Log, Topic};
use crate::payload::{CloudEvent, Verdict};
use sqlx::Row;
use std::sync::Arc;

/// What a rebuild read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// By topic.
    pub topics: Vec<(Topic, Taken)>,
    /// Verdicts that the log has not acknowledged, applied from the outbox.
    pub from_outbox: usize,
}

/// Tables that the topics fill.
const PROJECTED: [&str; 6] = ["offsets", "candidates", "candidate_data", "decisions", "camera_health", "components"];

/// Empties what the topics fill and reads them from the beginning. Users, sessions, the audit log, claims, settings
/// and verdicts that wait for the log stay. Broken off, it goes on at the next start where it was.
///
/// # Errors
/// What the log or the database says.
pub async fn rebuild(store: &Store, log: Arc<dyn Log>, city: &City) -> Result<Rebuilt, ProjectError> {
    let mut rebuilt = Rebuilt { from_outbox: empty(store).await?, ..Rebuilt::default() };
    let intake = Intake::new(store.clone());
    intake.cameras(city).await?;
    let follower = Follower::new(log, intake);
    for topic in topics(city) {
        rebuilt.topics.push((topic, follower.catch_up(topic).await?));
    }
    store.analyze().await?;
    Ok(rebuilt)
}

/// Empties the view, but for the verdicts that no topic has: they wait for their candidates to come back.
async fn empty(store: &Store) -> Result<usize, StoreError> {
    let mut tx = store.begin().await?;
    for table in PROJECTED {
        let mut sql = Sql::new("DELETE FROM ");
        sql.push(table);
        sql.run(&mut *tx).await?;
    }
    let mut touched = Vec::new();
    let waiting = Sql::new("SELECT payload FROM outbox ORDER BY seq").all(&mut *tx).await?;
    for row in &waiting {
        let payload: String = row.try_get(0)?;
        let event: CloudEvent<Verdict> = serde_json::from_str(&payload)
            .map_err(|e| StoreError::Row { what: "a verdict of the outbox".to_owned(), why: e.to_string() })?;
        write_verdict(&mut tx, &event.data, None).await?;
        // A reported miss is a candidate that no other topic will bring.
        if let Some(refreshed) = super::refresh(&mut tx, &event.data.candidate.to_string()).await? {
            touched.extend(refreshed.touched);
        }
    }
    let change = store.stamp(&mut tx, &touched).await?;
    store.commit(tx, change).await?;
    Ok(waiting.len())
}
