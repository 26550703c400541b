//! What is asked of tracks: the devices and their last words, one vehicle's track, the vehicles of an area.

use super::area::{Area, Pass};
use super::last::{LastWord, word};
use super::point::{COLUMNS, DAY, LONGEST_ID, Point, point};
use super::settings::Settings;
use crate::console::store::{Sql, Store, StoreError};
use crate::payload::ReadingKind;
use sqlx::Row;
use thiserror::Error;

/// Points of one answer at most.
pub const MOST_POINTS: usize = 10_000;
/// A span is no longer than this, milliseconds.
pub const LONGEST_SPAN: i64 = 31 * DAY;
/// Points that an area is looked through for at most.
const MOST_IN_AREA: usize = 200_000;

/// A span of time: from the first moment up to the second, exclusive; milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From when.
    pub from: i64,
    /// Until when.
    pub until: i64,
}

/// Why there is no answer for a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SpanError {
    /// It ends before it begins, or is too long.
    #[error("the span must end after it begins, and be 31 days at most")]
    Span,
    /// More points than can be looked through.
    #[error("too many points lie in this area and span; ask for a shorter span or a smaller area")]
    TooMany,
}

impl Span {
    /// A span.
    ///
    /// # Errors
    /// It ends before it begins, or is longer than 31 days.
    pub fn new(from: i64, until: i64) -> Result<Span, SpanError> {
        let long = until.checked_sub(from).filter(|long| (1..=LONGEST_SPAN).contains(long));
        long.map(|_| Span { from, until }).ok_or(SpanError::Span)
    }
}

/// The points of a vehicle in a span, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// The points, [`MOST_POINTS`] at most.
    pub points: Vec<Point>,
    /// From where to go on where there are more.
    pub next: Option<i64>,
}

/// A vehicle in an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passing {
    /// Its device id.
    pub device: String,
    /// Each time that it was inside.
    pub passes: Vec<Pass>,
}

/// Tracks and last words. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tracks {
    store: Store,
    settings: Settings,
}

impl Tracks {
    /// Of a store.
    pub fn new(store: Store, settings: Settings) -> Tracks {
        Tracks { store, settings }
    }

    /// The store.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// How long they are kept.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// What "now" is for silence and age: the clock's time; of a city whose readings come from files, the newest reading's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn now(&self, clock: i64) -> Result<i64, StoreError> {
        if !self.settings.by_files {
            return Ok(clock);
        }
        let newest = Sql::new("SELECT MAX(at) FROM device_last").number(self.store.reader()).await?;
        Ok(if newest == 0 { clock } else { newest })
    }

    /// The last words of devices of some kinds, by id; after `after`, `limit` at most.
    ///
    /// # Errors
    /// What the database says.
    pub async fn last_words(
        &self,
        kinds: &[ReadingKind],
        after: &str,
        limit: usize,
    ) -> Result<Vec<(String, LastWord)>, StoreError> {
        let mut sql = Sql::new("SELECT device, data FROM device_last WHERE kind");
        sql.within(kinds.iter().map(|kind| word(*kind)));
        sql.push(" AND device > ").bind(after).push(" ORDER BY device LIMIT ").bind(limit as i64);
        let rows = sql.all(self.store.reader()).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            // A word of another version is left out; the device's next reading mends it.
            if let Ok(last) = serde_json::from_str(&row.try_get::<String, _>(1)?) {
                found.push((row.try_get(0)?, last));
            }
        }
        Ok(found)
    }

    /// The last word of one device.
    ///
    /// # Errors
    /// What the database says.
    pub async fn last_word(&self, device: &str) -> Result<Option<LastWord>, StoreError> {
        if device.len() > LONGEST_ID {
            return Ok(None);
        }
        let mut sql = Sql::new("SELECT data FROM device_last WHERE device = ");
        sql.bind(super::point::clean(device));
        let Some(row) = sql.maybe(self.store.reader()).await? else { return Ok(None) };
        Ok(serde_json::from_str(&row.try_get::<String, _>(0)?).ok())
    }

    /// Where a vehicle was in a span.
    ///
    /// # Errors
    /// What the database says.
    pub async fn track(&self, device: &str, span: Span) -> Result<Track, StoreError> {
        let mut sql = Sql::new("SELECT ");
        sql.push(COLUMNS).push(" FROM track_points WHERE device = ").bind(super::point::clean(device));
        sql.push(" AND at >= ").bind(span.from).push(" AND at < ").bind(span.until);
        sql.push(" ORDER BY at, camera LIMIT ").bind(MOST_POINTS as i64 + 1);
        let rows = sql.all(self.store.reader()).await?;
        let mut points = rows.iter().map(point).collect::<Result<Vec<_>, _>>()?;
        let mut next = None;
        if points.len() > MOST_POINTS {
            // Go on at a moment of its own: points of one moment stay together.
            let at = points[MOST_POINTS].at;
            points.retain(|p| p.at < at);
            next = Some(at);
        }
        Ok(Track { points, next })
    }

    /// The vehicles that were in an area in a span, and when. `Err` inside where that is more than can be looked through.
    ///
    /// # Errors
    /// What the database says.
    pub async fn in_area(&self, area: &Area, span: Span) -> Result<Result<Vec<Passing>, SpanError>, StoreError> {
        let mut sql = Sql::new("SELECT device, at, lon, lat FROM track_points WHERE cell");
        sql.within(area.cells());
        sql.push(" AND at >= ").bind(span.from).push(" AND at < ").bind(span.until);
        sql.push(" AND good = 1 AND camera = '' ORDER BY device, at LIMIT ").bind(MOST_IN_AREA as i64 + 1);
        let rows = sql.all(self.store.reader()).await?;
        if rows.len() > MOST_IN_AREA {
            return Ok(Err(SpanError::TooMany));
        }
        let mut found: Vec<(String, Vec<Point>)> = Vec::new();
        for row in &rows {
            let device: String = row.try_get(0)?;
            let point = Point {
                at: row.try_get(1)?,
                lon: row.try_get(2)?,
                lat: row.try_get(3)?,
                good: true,
                ..Point::default()
            };
            match found.last_mut().filter(|(known, _)| *known == device) {
                Some((_, points)) => points.push(point),
                None => found.push((device, vec![point])),
            }
        }
        let passing = found.into_iter().map(|(device, points)| Passing { device, passes: area.passes(&points) });
        Ok(Ok(passing.filter(|p| !p.passes.is_empty()).collect()))
    }
}
