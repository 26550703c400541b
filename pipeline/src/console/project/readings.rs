//! Readings into tracks: many in one transaction, and no page is woken for them.

use super::intake::{Done, move_offsets, read, skipped};
use super::{ProjectError, Taken};
use crate::console::store::Store;
use crate::console::tracks::Batch;
use crate::log::{Stored, Topic};
use crate::payload::DeviceReading;
use crate::telemetry::names;

/// Takes readings in the topic's order, and moves its offsets. All or nothing.
pub(super) async fn take(store: &Store, records: &[Stored]) -> Result<Taken, ProjectError> {
    let mut tx = store.begin().await?;
    move_offsets(store, &mut tx, Topic::Readings, records).await?;
    let (mut batch, mut taken) = (Batch::default(), Taken::default());
    for record in records {
        let done = match read::<DeviceReading>(record) {
            Ok(event) => batch.add(&event.data),
            Err(Done::Skipped(reason)) => Err(reason),
            Err(_) => Ok(()),
        };
        match done {
            Ok(()) => taken.taken += 1,
            Err(reason) => {
                taken.skipped += 1;
                skipped(Topic::Readings, record, reason);
            }
        }
    }
    batch.write(&mut tx).await?;
    tx.commit().await.map_err(crate::console::store::StoreError::from)?;
    metrics::counter!(names::CONSOLE_RECORDS, "topic" => Topic::Readings.as_str()).increment(taken.taken as u64);
    Ok(taken)
}
