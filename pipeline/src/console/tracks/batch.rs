//! Readings into the store: many at once, in whatever order they come, and again without harm.

use super::last::{self, LastWord};
use super::point::{COLUMNS, LONGEST_ID, Point, clean};
use crate::console::store::{Sql, StoreError, Tx};
use crate::payload::DeviceReading;
use operators::vocabulary::Quality;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of one statement.
const ROWS: usize = 500;

/// Readings that are about to be written.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    points: BTreeMap<(String, i64, String), Point>,
    days: BTreeSet<(i64, String)>,
    last: BTreeMap<String, LastWord>,
}

impl Batch {
    /// Takes a reading; the reason where it cannot be understood.
    pub fn add(&mut self, reading: &DeviceReading) -> Result<(), &'static str> {
        let quality = Quality::try_from(reading.quality.clone()).map_err(|_| "unknown_word")?;
        if reading.device.is_empty() || reading.device.len() > LONGEST_ID {
            return Err("device");
        }
        let device = clean(&reading.device);
        if let Some(point) = Point::of(reading, quality) {
            self.days.insert((point.day(), device.clone()));
            self.points.entry((device.clone(), point.at, point.camera.clone())).or_insert(point);
        }
        let word = LastWord::of(reading, quality);
        match self.last.get_mut(&device) {
            Some(known) => known.hear(&word),
            None => drop(self.last.insert(device, word)),
        }
        Ok(())
    }

    /// Writes them down. What is there already stays as it is.
    pub async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        let rows: Vec<_> = self.points.iter().map(|((device, ..), point)| point.values(device)).collect();
        for some in rows.chunks(ROWS) {
            let mut sql = Sql::new("INSERT INTO track_points (device, ");
            sql.push(COLUMNS).push(", cell) VALUES ");
            listed(&mut sql, some.iter().cloned());
            sql.push(" ON CONFLICT (device, at, camera) DO NOTHING");
            sql.run(&mut **tx).await?;
        }
        let days: Vec<_> = self.days.into_iter().collect();
        for some in days.chunks(ROWS) {
            let mut sql = Sql::new("INSERT INTO track_days (day, device, thinned) VALUES ");
            listed(&mut sql, some.iter().map(|(day, device)| vec![(*day).into(), device.into(), 0i64.into()]));
            sql.push(" ON CONFLICT (day, device) DO UPDATE SET thinned = 0 WHERE track_days.thinned <> 0");
            sql.run(&mut **tx).await?;
        }
        last::write(tx, self.last).await
    }
}

/// `(…), (…), …`
pub(super) fn listed(sql: &mut Sql, rows: impl Iterator<Item = Vec<crate::console::store::Value>>) {
    for (i, row) in rows.enumerate() {
        if i > 0 {
            sql.push(", ");
        }
        sql.row(row);
    }
}
