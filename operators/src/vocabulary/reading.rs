//! What a device reports: one reading of one moment, whatever the device.

use super::{ConditionScore, EventTime, Label, Quality};
use crate::ground::LonLat;
use serde::{Deserialize, Serialize};

/// One reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Which device: a terminal's number, a component's id.
    pub device: String,
    /// When it was so, by the device's clock.
    pub at: EventTime,
    /// When it came in, by ours.
    pub arrived: EventTime,
    /// Where, WGS-84, if the device says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<LonLat>,
    /// The camera that saw the device; none where the device speaks for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<String>,
    /// What is wrong with it. A bad reading is marked, never dropped.
    #[serde(default, skip_serializing_if = "Quality::is_good")]
    pub quality: Quality,
    /// What it says.
    #[serde(flatten)]
    pub values: Values,
}

/// Kind of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// A vehicle with a terminal.
    Vehicle,
    /// A bin that measures how full it is.
    Bin,
    /// A manhole cover that feels its tilt.
    Cover,
    /// A gauge of water on a road.
    Gauge,
}

impl DeviceKind {
    /// The word as payloads and CITY.toml write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            DeviceKind::Vehicle => "vehicle",
            DeviceKind::Bin => "bin",
            DeviceKind::Cover => "cover",
            DeviceKind::Gauge => "gauge",
        }
    }
}

/// What a reading says, by the kind of device. What a device does not say is unknown, never zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "values", rename_all = "kebab-case")]
pub enum Values {
    /// A vehicle.
    Vehicle(Motion),
    /// A bin.
    Bin(BinReport),
    /// A cover.
    Cover(CoverReport),
    /// A gauge.
    Gauge(GaugeReport),
    /// Seen by a camera.
    Seen(Seen),
}

/// How a vehicle moves and works.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Motion {
    /// km/h.
    pub speed_kmh: Option<f32>,
    /// Degrees from north, clockwise.
    pub heading: Option<f32>,
    /// Ignition is on.
    pub ignition: Option<bool>,
    /// How full, 0..1.
    pub load: Option<f32>,
    /// The body is lifted.
    pub lifted: Option<bool>,
    /// Brushes, spray or suction are on.
    pub working: Option<bool>,
}

/// A bin.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BinReport {
    /// How full, 0..1.
    pub fill: Option<f32>,
    /// Inside, degrees Celsius.
    pub temperature_c: Option<f32>,
    /// From upright, degrees.
    pub tilt_deg: Option<f32>,
    /// 0..1.
    pub battery: Option<f32>,
}

/// A cover.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CoverReport {
    /// From level, degrees.
    pub tilt_deg: Option<f32>,
    /// The device itself says that it is open.
    pub open: Option<bool>,
    /// Water reaches the cover.
    pub water: Option<bool>,
    /// 0..1.
    pub battery: Option<f32>,
}

/// A gauge.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GaugeReport {
    /// Water on the road, cm.
    pub depth_cm: Option<f32>,
    /// 0..1.
    pub battery: Option<f32>,
}

/// What a camera saw of a device: a plate, a bin's state.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// As what.
    pub label: Label,
    /// How sure the camera is that it is this device: the plate's score, or the detection's.
    pub score: f32,
    /// Its condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionScore>,
}

impl Values {
    /// Kind of the device they are of.
    pub fn kind(&self) -> DeviceKind {
        match self {
            Values::Vehicle(_) => DeviceKind::Vehicle,
            Values::Bin(_) => DeviceKind::Bin,
            Values::Cover(_) => DeviceKind::Cover,
            Values::Gauge(_) => DeviceKind::Gauge,
            Values::Seen(seen) if seen.label == Label::Bin => DeviceKind::Bin,
            Values::Seen(seen) if seen.label == Label::Component => DeviceKind::Cover,
            Values::Seen(_) => DeviceKind::Vehicle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_has_its_kind_its_values_and_its_flaws_in_words() {
        let reading = Reading {
            device: "13800138000".into(),
            at: EventTime(1000),
            arrived: EventTime(2000),
            place: Some(LonLat::new(118.9, 32.1)),
            camera: None,
            quality: Quality::SWAPPED.with(Quality::JUMP),
            values: Values::Vehicle(Motion { speed_kmh: Some(30.5), ..Motion::default() }),
        };
        let json = serde_json::to_value(&reading).expect("serialises");
        assert_eq!((&json["kind"], &json["place"][1]), (&"vehicle".into(), &32.1.into()));
        assert_eq!(json["quality"], serde_json::json!(["swapped", "jump"]));
        assert_eq!(json["values"]["speed_kmh"], 30.5);
        assert_eq!(serde_json::from_value::<Reading>(json).expect("reads"), reading);
    }
}
