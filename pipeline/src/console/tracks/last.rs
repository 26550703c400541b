//! The last word of a device: each value with the time at which it was last said, whatever the order in which readings
//! come in. What was never said is not there; what was said long ago says so.

use super::batch::listed;
use super::point::clean;
use crate::console::store::{Sql, StoreError, Tx};
use crate::payload::{DeviceReading, ReadingKind};
use operators::ground::LonLat;
use operators::vocabulary::Quality;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use std::collections::BTreeMap;

/// Devices of one statement.
const ROWS: usize = 200;

/// A value and when it was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Told {
    /// When, milliseconds since 1970 UTC.
    pub at: i64,
    /// A number, or yes and no.
    #[schema(value_type = Object)]
    pub value: serde_json::Value,
}

/// A camera that saw the device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SeenBy {
    /// When, milliseconds since 1970 UTC.
    pub at: i64,
    /// Camera id.
    pub camera: String,
    /// What it saw: `bin-over-rim`, `load-uncovered`, …
    pub condition: Option<String>,
}

/// All that a device last said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LastWord {
    /// Kind of the device.
    #[schema(value_type = String)]
    pub kind: ReadingKind,
    /// Its newest reading, milliseconds since 1970 UTC: by its own clock, by ours where its clock is wrong.
    pub at: i64,
    /// What is wrong with that reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<String>,
    /// Where it last was for sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<[f64; 2]>,
    /// When that was.
    #[serde(default)]
    pub located_at: i64,
    /// Values by name, as readings have them.
    #[serde(default)]
    pub values: BTreeMap<String, Told>,
    /// The camera that saw it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<SeenBy>,
}

impl LastWord {
    /// What one reading says.
    pub(super) fn of(reading: &DeviceReading, quality: Quality) -> LastWord {
        let said = reading.at.event_time().0;
        let at = if quality.has_time() { said } else { reading.arrived.event_time().0 };
        let can_be = |[lon, lat]: &[f64; 2]| lon.is_finite() && lat.is_finite() && LonLat::new(*lon, *lat).exists();
        let sure = quality.has_time() && quality.has_place() && !quality.has(Quality::DRIFT);
        let location = reading.location.filter(|at| sure && can_be(at));
        let usable = quality.has_time() && !quality.has(Quality::VALUE);
        let values = match serde_json::to_value(&reading.values) {
            Ok(serde_json::Value::Object(values)) if usable => values,
            _ => serde_json::Map::new(),
        };
        LastWord {
            kind: reading.kind,
            at,
            quality: reading.quality.iter().map(|word| clean(word)).collect(),
            location,
            located_at: if location.is_some() { said } else { 0 },
            values: values.into_iter().map(|(name, value)| (name, Told { at: said, value })).collect(),
            seen: reading.seen.as_ref().filter(|_| quality.has_time()).map(|seen| SeenBy {
                at: said,
                camera: clean(&seen.camera),
                condition: seen.condition.as_deref().map(clean),
            }),
        }
    }

    /// Takes another word of the same device; the newer of each thing holds.
    pub(super) fn hear(&mut self, other: &LastWord) {
        if other.at >= self.at {
            (self.at, self.kind) = (other.at, other.kind);
            self.quality.clone_from(&other.quality);
        }
        if other.location.is_some() && other.located_at >= self.located_at {
            (self.location, self.located_at) = (other.location, other.located_at);
        }
        for (name, told) in &other.values {
            if self.values.get(name).is_none_or(|known| told.at >= known.at) {
                self.values.insert(name.clone(), told.clone());
            }
        }
        if other.seen.as_ref().is_some_and(|new| self.seen.as_ref().is_none_or(|old| new.at >= old.at)) {
            self.seen.clone_from(&other.seen);
        }
    }

    /// A number among its values.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.values.get(name)?.value.as_f64()
    }

    /// A yes or no among its values.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.values.get(name)?.value.as_bool()
    }
}

/// The word of a kind in the store.
pub(super) const fn word(kind: ReadingKind) -> &'static str {
    match kind {
        ReadingKind::Vehicle => "vehicle",
        ReadingKind::Bin => "bin",
        ReadingKind::Cover => "cover",
        ReadingKind::Gauge => "gauge",
    }
}

/// Writes the last words of some devices down, beside what is known of them.
pub(super) async fn write(tx: &mut Tx, mut last: BTreeMap<String, LastWord>) -> Result<(), StoreError> {
    let devices: Vec<String> = last.keys().cloned().collect();
    for some in devices.chunks(ROWS) {
        let mut sql = Sql::new("SELECT device, data FROM device_last WHERE device");
        sql.within(some.iter().map(String::as_str));
        for row in sql.all(&mut **tx).await? {
            let (device, data): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            // One that cannot be read any more is replaced by the next.
            if let (Some(new), Ok(mut known)) = (last.get_mut(&device), serde_json::from_str::<LastWord>(&data)) {
                known.hear(new);
                *new = known;
            }
        }
        let mut sql = Sql::new("INSERT INTO device_last (device, kind, at, data) VALUES ");
        let rows = some.iter().filter_map(|device| Some((device, last.get(device)?)));
        listed(
            &mut sql,
            rows.map(|(device, last)| {
                let data = serde_json::to_string(last).unwrap_or_default();
                vec![device.into(), word(last.kind).into(), last.at.into(), data.into()]
            }),
        );
        sql.push(" ON CONFLICT (device) DO UPDATE SET kind = excluded.kind, at = excluded.at, data = excluded.data");
        sql.run(&mut **tx).await?;
    }
    Ok(())
}
