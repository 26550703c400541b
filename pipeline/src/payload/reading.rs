//! What a device reports, for topic `readings`.

use super::OffsetTime;
use jiff::tz::Offset;
use operators::ground::LonLat;
use operators::vocabulary::{
    BinReport, Condition, ConditionScore, CoverReport, DeviceKind, GaugeReport, Label, Motion, Quality, Reading, Seen,
    Values,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One reading of one device. What the device does not say is not there: unknown, never zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceReading {
    /// Which device: a terminal's number, a sensor's id; `plate:苏A12345` for a plate that no terminal is known for.
    pub device: String,
    /// Kind of the device.
    pub kind: ReadingKind,
    /// When it was so, by the device's clock.
    pub at: OffsetTime,
    /// When it came in, by ours.
    pub arrived: OffsetTime,
    /// Longitude and latitude, WGS-84 degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<[f64; 2]>,
    /// What is wrong with it: `swapped`, `no-place`, `outside`, `no-fix`, `future`, `clock`, `jump`, `drift`, `value`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<String>,
    /// What the device says of itself.
    #[serde(default)]
    pub values: ReadingValues,
    /// What a camera saw of the device, where a camera reports it rather than the device itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Sighting>,
}

/// Kind of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReadingKind {
    /// A vehicle with a terminal.
    Vehicle,
    /// A bin that measures how full it is.
    Bin,
    /// A manhole cover that feels its tilt.
    Cover,
    /// A gauge of water on a road.
    Gauge,
}

/// Values of a reading; each kind of device has some of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ReadingValues {
    /// Vehicle: km/h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_kmh: Option<f32>,
    /// Vehicle: degrees from north, clockwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading: Option<f32>,
    /// Vehicle: its ignition is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignition: Option<bool>,
    /// Vehicle: how full, 0..1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<f32>,
    /// Vehicle: its body is lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifted: Option<bool>,
    /// Vehicle: brushes, spray or suction are on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working: Option<bool>,
    /// Bin: how full, 0..1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill: Option<f32>,
    /// Bin: inside, degrees Celsius.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<f32>,
    /// Bin: from upright, cover: from level, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tilt_deg: Option<f32>,
    /// Cover: it says itself that it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Cover: water reaches it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub water: Option<bool>,
    /// Gauge: water on the road, cm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth_cm: Option<f32>,
    /// Battery, 0..1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery: Option<f32>,
}

/// What a camera saw of a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sighting {
    /// Camera id.
    pub camera: String,
    /// As what: `truck`, `bin`, …
    pub label: String,
    /// How sure the camera is that it is this device, 0..1.
    #[schemars(range(min = 0, max = 1))]
    pub score: f32,
    /// Its condition: `bin-over-rim`, `load-uncovered`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// How sure of the condition, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_score: Option<f32>,
}

/// A reading with a word that no rule knows: of a later version, or of a foreign producer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reading of {device}: {what} \"{word}\" is not known here")]
pub struct UnknownWord {
    /// The device.
    pub device: String,
    /// `label`, `condition` or `quality`.
    pub what: &'static str,
    /// The word.
    pub word: String,
}

impl From<DeviceKind> for ReadingKind {
    fn from(kind: DeviceKind) -> Self {
        match kind {
            DeviceKind::Vehicle => ReadingKind::Vehicle,
            DeviceKind::Bin => ReadingKind::Bin,
            DeviceKind::Cover => ReadingKind::Cover,
            DeviceKind::Gauge => ReadingKind::Gauge,
        }
    }
}

impl DeviceReading {
    /// A reading in the words of the topic; its times are written with this offset.
    pub fn new(reading: &Reading, offset: Offset) -> Self {
        let time = |at| OffsetTime::new(at, offset);
        let mut seen = None;
        let none = ReadingValues::default();
        let values = match reading.values {
            Values::Vehicle(Motion { speed_kmh, heading, ignition, load, lifted, working }) => {
                ReadingValues { speed_kmh, heading, ignition, load, lifted, working, ..none }
            }
            Values::Bin(BinReport { fill, temperature_c, tilt_deg, battery }) => {
                ReadingValues { fill, temperature_c, tilt_deg, battery, ..none }
            }
            Values::Cover(CoverReport { tilt_deg, open, water, battery }) => {
                ReadingValues { tilt_deg, open, water, battery, ..none }
            }
            Values::Gauge(GaugeReport { depth_cm, battery }) => ReadingValues { depth_cm, battery, ..none },
            Values::Seen(Seen { label, score, condition }) => {
                seen = Some(Sighting {
                    camera: reading.camera.clone().unwrap_or_default(),
                    label: label.as_str().to_owned(),
                    score,
                    condition: condition.map(|c| c.condition.as_str().to_owned()),
                    condition_score: condition.map(|c| c.score),
                });
                none
            }
        };
        DeviceReading {
            device: reading.device.clone(),
            kind: reading.values.kind().into(),
            at: time(reading.at),
            arrived: time(reading.arrived),
            location: reading.place.map(Into::into),
            quality: reading.quality.into(),
            values,
            seen,
        }
    }

    /// The reading in the words of the operators.
    ///
    /// # Errors
    /// A label, condition or mark of quality that is not known.
    pub fn reading(&self) -> Result<Reading, UnknownWord> {
        let unknown = |what, word: &str| UnknownWord { device: self.device.clone(), what, word: word.to_owned() };
        let v = &self.values;
        let values = match (&self.seen, self.kind) {
            (Some(seen), _) => {
                let label = Label::ALL.into_iter().find(|l| l.as_str() == seen.label);
                let known = |word: &String| {
                    let condition = Condition::ALL.into_iter().find(|c| c.as_str() == word);
                    condition.ok_or_else(|| unknown("condition", word))
                };
                let condition = seen.condition.as_ref().map(known).transpose()?;
                let score = seen.condition_score.unwrap_or(1.0);
                Values::Seen(Seen {
                    label: label.ok_or_else(|| unknown("label", &seen.label))?,
                    score: seen.score,
                    condition: condition.map(|condition| ConditionScore { condition, score }),
                })
            }
            (None, ReadingKind::Vehicle) => Values::Vehicle(Motion {
                speed_kmh: v.speed_kmh,
                heading: v.heading,
                ignition: v.ignition,
                load: v.load,
                lifted: v.lifted,
                working: v.working,
            }),
            (None, ReadingKind::Bin) => Values::Bin(BinReport {
                fill: v.fill,
                temperature_c: v.temperature_c,
                tilt_deg: v.tilt_deg,
                battery: v.battery,
            }),
            (None, ReadingKind::Cover) => {
                Values::Cover(CoverReport { tilt_deg: v.tilt_deg, open: v.open, water: v.water, battery: v.battery })
            }
            (None, ReadingKind::Gauge) => Values::Gauge(GaugeReport { depth_cm: v.depth_cm, battery: v.battery }),
        };
        Ok(Reading {
            device: self.device.clone(),
            at: self.at.event_time(),
            arrived: self.arrived.event_time(),
            place: self.location.map(LonLat::from),
            camera: self.seen.as_ref().map(|seen| seen.camera.clone()),
            quality: Quality::try_from(self.quality.clone()).map_err(|word| unknown("quality", &word))?,
            values,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use operators::vocabulary::EventTime;

    fn through(reading: &Reading) -> Reading {
        let payload = DeviceReading::new(reading, Offset::constant(8));
        let text = serde_json::to_string(&payload).expect("serialises");
        let read: DeviceReading = serde_json::from_str(&text).expect("reads");
        read.reading().expect("known words")
    }

    fn reading(values: Values) -> Reading {
        Reading {
            device: "13800138000".into(),
            at: EventTime(1_780_272_000_000),
            arrived: EventTime(1_780_272_001_500),
            place: Some(LonLat::new(118.9, 32.1)),
            camera: None,
            quality: Quality::SWAPPED.with(Quality::VALUE),
            values,
        }
    }

    #[test]
    fn every_kind_of_reading_comes_back_as_it_went() {
        let seen = Seen {
            label: Label::Bin,
            score: 0.75,
            condition: Some(ConditionScore { condition: Condition::BinOverRim, score: 0.5 }),
        };
        let kinds = [
            Values::Vehicle(Motion { speed_kmh: Some(30.5), lifted: Some(false), ..Motion::default() }),
            Values::Bin(BinReport { fill: Some(0.5), tilt_deg: Some(3.0), ..BinReport::default() }),
            Values::Cover(CoverReport { water: Some(true), ..CoverReport::default() }),
            Values::Gauge(GaugeReport { depth_cm: Some(12.0), battery: Some(0.5) }),
        ];
        for values in kinds {
            let reading = reading(values);
            assert_eq!(through(&reading), reading);
        }
        let sighting = Reading { camera: Some("c-001".into()), ..reading(Values::Seen(seen)) };
        assert_eq!(through(&sighting), sighting);
    }

    #[test]
    fn what_was_not_said_is_not_there_and_a_word_of_a_later_version_is_told() {
        let payload = DeviceReading::new(&reading(Values::Vehicle(Motion::default())), Offset::constant(8));
        let mut json = serde_json::to_value(&payload).expect("serialises");
        assert_eq!(json["values"], serde_json::json!({}));
        assert_eq!((&json["kind"], &json["at"]), (&"vehicle".into(), &"2026-06-01T08:00:00+08:00".into()));
        json["quality"] = serde_json::json!(["haunted"]);
        let error = serde_json::from_value::<DeviceReading>(json).expect("reads").reading().expect_err("unknown");
        assert!(error.to_string().contains("haunted"), "{error}");
    }
}
