//! The values of a reading that a message may carry, and how one is read out of JSON.

use operators::vocabulary::{BinReport, CoverReport, DeviceKind, GaugeReport, Label, Motion, Seen, Values};
use serde_json::Value;
use std::collections::BTreeMap;

/// A value of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Bin: how full, 0..1.
    Fill,
    /// Bin: °C.
    TemperatureC,
    /// Bin, cover: degrees.
    TiltDeg,
    /// Cover: open.
    Open,
    /// Cover: water reaches it.
    Water,
    /// Gauge: cm.
    DepthCm,
    /// All but vehicles: 0..1.
    Battery,
    /// Vehicle: km/h.
    SpeedKmh,
    /// Vehicle: degrees from north.
    Heading,
    /// Vehicle: ignition.
    Ignition,
    /// Vehicle: how full, 0..1.
    Load,
    /// Vehicle: body lifted.
    Lifted,
    /// Vehicle: brushes, spray or suction on.
    Working,
    /// Plate: how sure the recogniser is, 0..1.
    Score,
}

impl Field {
    /// Every field.
    pub const ALL: [Field; 14] = [
        Field::Fill,
        Field::TemperatureC,
        Field::TiltDeg,
        Field::Open,
        Field::Water,
        Field::DepthCm,
        Field::Battery,
        Field::SpeedKmh,
        Field::Heading,
        Field::Ignition,
        Field::Load,
        Field::Lifted,
        Field::Working,
        Field::Score,
    ];

    /// The word as CITY.toml and the topic write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Field::Fill => "fill",
            Field::TemperatureC => "temperature_c",
            Field::TiltDeg => "tilt_deg",
            Field::Open => "open",
            Field::Water => "water",
            Field::DepthCm => "depth_cm",
            Field::Battery => "battery",
            Field::SpeedKmh => "speed_kmh",
            Field::Heading => "heading",
            Field::Ignition => "ignition",
            Field::Load => "load",
            Field::Lifted => "lifted",
            Field::Working => "working",
            Field::Score => "score",
        }
    }

    /// Whether it is so or not, rather than a number.
    pub const fn is_flag(self) -> bool {
        matches!(self, Field::Open | Field::Water | Field::Ignition | Field::Lifted | Field::Working)
    }

    /// Whether a kind of device has it. A plate has its score alone.
    pub const fn is_of(self, kind: DeviceKind) -> bool {
        match self {
            Field::Score => false,
            Field::Fill | Field::TemperatureC => matches!(kind, DeviceKind::Bin),
            Field::TiltDeg => matches!(kind, DeviceKind::Bin | DeviceKind::Cover),
            Field::Open | Field::Water => matches!(kind, DeviceKind::Cover),
            Field::DepthCm => matches!(kind, DeviceKind::Gauge),
            Field::Battery => !matches!(kind, DeviceKind::Vehicle),
            _ => matches!(kind, DeviceKind::Vehicle),
        }
    }
}

/// A value is there, but is none that is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a value that is not understood")]
pub struct Odd;

/// Where a value stands, and how it becomes ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// JSON pointer, such as `/data/level`.
    pub pointer: String,
    /// A number is taken times this,
    pub scale: f64,
    /// plus this.
    pub offset: f64,
    /// Texts or numbers that mean yes.
    pub yes: Vec<String>,
    /// Texts or numbers that mean no.
    pub no: Vec<String>,
}

impl Source {
    /// A value as it stands.
    pub fn at(pointer: &str) -> Source {
        Source { pointer: pointer.to_owned(), scale: 1.0, offset: 0.0, yes: Vec::new(), no: Vec::new() }
    }

    /// The number, if there is any.
    ///
    /// # Errors
    /// There is something else.
    pub fn number(&self, message: &Value) -> Result<Option<f64>, Odd> {
        match message.pointer(&self.pointer) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => number(value).map(|n| Some(n * self.scale + self.offset)).ok_or(Odd),
        }
    }

    /// Whether it is so, if anything is said.
    ///
    /// # Errors
    /// What is said means neither yes nor no.
    pub fn flag(&self, message: &Value) -> Result<Option<bool>, Odd> {
        let Some(value) = message.pointer(&self.pointer).filter(|value| !value.is_null()) else { return Ok(None) };
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if self.yes.contains(&text) {
            return Ok(Some(true));
        }
        if self.no.contains(&text) {
            return Ok(Some(false));
        }
        // Where a list is given, nothing else is guessed.
        if !self.yes.is_empty() || !self.no.is_empty() {
            return Err(Odd);
        }
        match value {
            Value::Bool(flag) => Ok(Some(*flag)),
            other => number(other).map(|n| Some(n != 0.0)).ok_or(Odd),
        }
    }
}

/// A number, also one in quotes, as many makers send it.
pub(super) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|n| n.is_finite())
}

/// What was found in a message.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Found {
    pub numbers: BTreeMap<Field, f32>,
    pub flags: BTreeMap<Field, bool>,
    /// Values that were there and could not be read.
    pub odd: u64,
}

impl Found {
    /// A muck truck whose plate a camera read. A recogniser that does not say how sure it is, is believed.
    pub fn plate(&self) -> Values {
        let score = self.numbers.get(&Field::Score).map_or(1.0, |score| score.clamp(0.0, 1.0));
        Values::Seen(Seen { label: Label::MuckTruck, score, condition: None })
    }

    /// The values of a kind of device.
    pub fn values(&self, kind: DeviceKind) -> Values {
        let number = |field| self.numbers.get(&field).copied();
        let flag = |field| self.flags.get(&field).copied();
        match kind {
            DeviceKind::Bin => Values::Bin(BinReport {
                fill: number(Field::Fill),
                temperature_c: number(Field::TemperatureC),
                tilt_deg: number(Field::TiltDeg),
                battery: number(Field::Battery),
            }),
            DeviceKind::Cover => Values::Cover(CoverReport {
                tilt_deg: number(Field::TiltDeg),
                open: flag(Field::Open),
                water: flag(Field::Water),
                battery: number(Field::Battery),
            }),
            DeviceKind::Gauge => {
                Values::Gauge(GaugeReport { depth_cm: number(Field::DepthCm), battery: number(Field::Battery) })
            }
            DeviceKind::Vehicle => Values::Vehicle(Motion {
                speed_kmh: number(Field::SpeedKmh),
                heading: number(Field::Heading),
                ignition: flag(Field::Ignition),
                load: number(Field::Load),
                lifted: flag(Field::Lifted),
                working: flag(Field::Working),
            }),
        }
    }
}
