//! One place of one vehicle, as the store has it.

use crate::console::store::{StoreError, Value};
use crate::payload::{DeviceReading, ReadingKind};
use operators::ground::LonLat;
use operators::vocabulary::Quality;
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Milliseconds of a day.
pub const DAY: i64 = 24 * 3_600_000;
/// Ids longer than this are nobody's.
pub(super) const LONGEST_ID: usize = 128;

/// Where a vehicle was at a moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, utoipa::ToSchema)]
pub struct Point {
    /// When, milliseconds since 1970 UTC.
    pub at: i64,
    /// Longitude, WGS-84 degrees.
    pub lon: f64,
    /// Latitude, WGS-84 degrees.
    pub lat: f64,
    /// Whether place and time can be used; a point that cannot is shown, and no line goes through it.
    pub good: bool,
    /// What is wrong with it: `jump`, `drift`, `no-fix`, …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<String>,
    /// km/h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    /// Degrees from north, clockwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading: Option<f64>,
    /// Ignition is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignition: Option<bool>,
    /// The body is lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifted: Option<bool>,
    /// Brushes, spray or suction are on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working: Option<bool>,
    /// How full, 0..1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
    /// The camera that saw it there; empty where its own terminal says so.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub camera: String,
    /// A thinning has left it in.
    #[serde(skip)]
    pub(super) kept: bool,
}

/// Columns that [`point`] reads, in its order.
pub(super) const COLUMNS: &str =
    "at, camera, lon, lat, good, quality, speed, heading, ignition, lifted, working, load_share, kept";

/// A row of [`COLUMNS`].
pub(super) fn point(row: &AnyRow) -> Result<Point, StoreError> {
    let yes = |i: usize| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(i)?.map(|n| n != 0));
    let quality: String = row.try_get(5)?;
    Ok(Point {
        at: row.try_get(0)?,
        camera: row.try_get(1)?,
        lon: row.try_get(2)?,
        lat: row.try_get(3)?,
        good: row.try_get::<i64, _>(4)? != 0,
        quality: quality.split_whitespace().map(str::to_owned).collect(),
        speed: row.try_get(6)?,
        heading: row.try_get(7)?,
        ignition: yes(8)?,
        lifted: yes(9)?,
        working: yes(10)?,
        load: row.try_get(11)?,
        kept: row.try_get::<i64, _>(12)? != 0,
    })
}

impl Point {
    /// The point of a reading of a vehicle; `None` where it has no place that could be drawn, or no time to draw it at.
    pub(super) fn of(reading: &DeviceReading, quality: Quality) -> Option<Point> {
        let [lon, lat] = reading.location?;
        let exists = lon.is_finite() && lat.is_finite() && LonLat::new(lon, lat).exists();
        if reading.kind != ReadingKind::Vehicle || !exists || quality.has(Quality::NO_PLACE) || !quality.has_time() {
            return None;
        }
        let values = &reading.values;
        // A value that cannot be says nothing of this vehicle.
        let said = !quality.has(Quality::VALUE);
        let number = |value: Option<f32>| value.filter(|v| said && v.is_finite()).map(f64::from);
        Some(Point {
            at: reading.at.event_time().0,
            lon,
            lat,
            good: quality.has_place() && !quality.has(Quality::DRIFT),
            quality: reading.quality.clone(),
            speed: number(values.speed_kmh),
            heading: number(values.heading),
            ignition: values.ignition,
            lifted: values.lifted,
            working: values.working,
            load: number(values.load),
            camera: reading.seen.as_ref().map(|seen| clean(&seen.camera)).unwrap_or_default(),
            kept: false,
        })
    }

    /// Whether the line of the track goes through it: a place that the terminal itself says, and that can be.
    pub fn on_the_line(&self) -> bool {
        self.good && self.camera.is_empty()
    }

    /// The place.
    pub fn place(&self) -> LonLat {
        LonLat::new(self.lon, self.lat)
    }

    /// The day it belongs to, counted from 1970 in UTC.
    pub(super) fn day(&self) -> i64 {
        self.at.div_euclid(DAY)
    }

    /// The row, after the device; columns as [`COLUMNS`], then the cell.
    pub(super) fn values(&self, device: &str) -> Vec<Value> {
        let yes = |value: Option<bool>| Value::MaybeInt(value.map(i64::from));
        vec![
            device.into(),
            self.at.into(),
            (&self.camera).into(),
            self.lon.into(),
            self.lat.into(),
            self.good.into(),
            self.quality.join(" ").into(),
            self.speed.into(),
            self.heading.into(),
            yes(self.ignition),
            yes(self.lifted),
            yes(self.working),
            self.load.into(),
            self.kept.into(),
            super::area::cell(self.lon, self.lat).into(),
        ]
    }
}

/// PostgreSQL's texts hold no NUL; a foreign producer's may.
pub(super) fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
