//! Old tracks: days that are old enough are thinned, those that are too old are forgotten. In small steps, so that a
//! decision of a reviewer never waits for it.

use super::point::{COLUMNS, DAY, Point, point};
use super::query::Tracks;
use super::thin::thin;
use crate::clock::Clock;
use crate::console::store::{Sql, StoreError, Tx};
use sqlx::Row;
use std::sync::Arc;
use std::time::Duration;

/// How often it looks whether there is something to do.
const EVERY: Duration = Duration::from_secs(600);
/// What stands between two steps.
const BREATH: Duration = Duration::from_millis(100);
/// Days of devices of one step.
const STEP: i64 = 5;
/// Points of a statement.
const ROWS: usize = 500;

/// What a step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Days of devices that were forgotten.
    pub forgotten: usize,
    /// Days of devices that were thinned.
    pub thinned: usize,
    /// Points that went.
    pub points: u64,
}

/// Thins and forgets.
#[derive(Debug, Clone)]
pub struct Upkeep {
    tracks: Tracks,
}

impl Upkeep {
    /// Of these tracks.
    pub fn new(tracks: Tracks) -> Upkeep {
        Upkeep { tracks }
    }

    /// Works until it is aborted. While the store does not answer, nothing is thinned.
    pub async fn run(self, clock: Arc<dyn Clock>) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            loop {
                match self.step_now(clock.now().0).await {
                    Ok(done) if done == Kept::default() => break,
                    Ok(done) => tracing::debug!(?done, "old tracks"),
                    Err(error) => {
                        tracing::warn!(%error, "old tracks stay as they are; tried again in ten minutes");
                        break;
                    }
                }
                tokio::time::sleep(BREATH).await;
            }
        }
    }

    async fn step_now(&self, clock: i64) -> Result<Kept, StoreError> {
        self.step(self.tracks.now(clock).await?).await
    }

    /// Forgets and thins a few days of devices, each in a transaction of its own. Nothing done is nothing to do.
    ///
    /// # Errors
    /// What the database says.
    pub async fn step(&self, now: i64) -> Result<Kept, StoreError> {
        let settings = self.tracks.settings();
        let mut done = Kept::default();
        let mut old = Sql::new("SELECT day, device FROM track_days WHERE day < ");
        old.bind((now - settings.keep).div_euclid(DAY)).push(" ORDER BY day, device LIMIT ").bind(STEP);
        for (day, device) in self.days(old).await? {
            done.points += self.forget(day, &device).await?;
            done.forgotten += 1;
        }
        let mut thick = Sql::new("SELECT day, device FROM track_days WHERE thinned = 0 AND day < ");
        thick.bind((now - settings.thin).div_euclid(DAY)).push(" ORDER BY day, device LIMIT ").bind(STEP);
        for (day, device) in self.days(thick).await? {
            done.points += self.thin(day, &device).await?;
            done.thinned += 1;
        }
        Ok(done)
    }

    async fn days(&self, sql: Sql) -> Result<Vec<(i64, String)>, StoreError> {
        let rows = sql.all(self.tracks.store().reader()).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    async fn forget(&self, day: i64, device: &str) -> Result<u64, StoreError> {
        let mut tx = self.tracks.store().begin().await?;
        let mut sql = Sql::new("DELETE FROM track_points WHERE device = ");
        sql.bind(device);
        of_day(&mut sql, day);
        let gone = sql.run(&mut *tx).await?;
        let mut sql = Sql::new("DELETE FROM track_days WHERE day = ");
        sql.bind(day).push(" AND device = ").bind(device);
        sql.run(&mut *tx).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn thin(&self, day: i64, device: &str) -> Result<u64, StoreError> {
        let store = self.tracks.store();
        let mut tx = store.begin().await?;
        // A point that comes meanwhile waits, and has the day thinned again.
        let mut sql = Sql::new("SELECT thinned FROM track_days WHERE day = ");
        sql.bind(day).push(" AND device = ").bind(device).push(store.for_update());
        sql.all(&mut *tx).await?;
        let mut sql = Sql::new("SELECT ");
        sql.push(COLUMNS).push(" FROM track_points WHERE device = ").bind(device);
        of_day(&mut sql, day);
        sql.push(" ORDER BY at, camera");
        let points = sql.all(&mut *tx).await?.iter().map(point).collect::<Result<Vec<_>, _>>()?;
        let stay = thin(&points);
        let (stays, goes): (Vec<_>, Vec<_>) = points.iter().zip(stay).partition(|(_, stays)| *stays);
        let gone = each(&mut tx, "DELETE FROM track_points", device, &goes).await?;
        let new: Vec<_> = stays.into_iter().filter(|(point, _)| !point.kept).collect();
        each(&mut tx, "UPDATE track_points SET kept = 1", device, &new).await?;
        let mut sql = Sql::new("UPDATE track_days SET thinned = 1 WHERE day = ");
        sql.bind(day).push(" AND device = ").bind(device);
        sql.run(&mut *tx).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

fn of_day(sql: &mut Sql, day: i64) {
    sql.push(" AND at >= ").bind(day * DAY).push(" AND at < ").bind((day + 1) * DAY);
}

/// Runs a statement over these points; how many rows it touched.
async fn each(tx: &mut Tx, what: &str, device: &str, points: &[(&Point, bool)]) -> Result<u64, StoreError> {
    let mut by_camera: std::collections::BTreeMap<&str, Vec<i64>> = std::collections::BTreeMap::new();
    for (point, _) in points {
        by_camera.entry(&point.camera).or_default().push(point.at);
    }
    let mut touched = 0;
    for (camera, times) in by_camera {
        for some in times.chunks(ROWS) {
            let mut sql = Sql::new(what);
            sql.push(" WHERE device = ").bind(device).push(" AND camera = ").bind(camera).push(" AND at");
            sql.within(some.iter().copied());
            touched += sql.run(&mut **tx).await?;
        }
    }
    Ok(touched)
}
