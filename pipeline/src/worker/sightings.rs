//! What a camera saw of bins that measure themselves, for the rules over readings.

use crate::config::{Camera, City};
use crate::payload::DeviceReading;
use crate::plans::{self, PlacedDevice};
use operators::ground::LonLat;
use operators::vocabulary::{
    Condition, Detection, DeviceKind, EventTime, Label, Millis, Polygon, Quality, Reading, Seen, Values,
};
use std::collections::BTreeMap;

/// The city's bins, covers and gauges, by device id.
pub(super) type Devices = BTreeMap<String, PlacedDevice>;

/// They as the plans folder has them when the process begins. Plans that are wrong are told by those who judge readings.
pub(super) fn devices(city: &City) -> Devices {
    let plans = city.sensors.as_ref().and_then(|sensors| plans::load(&sensors.plans).ok());
    plans.map(|plans| plans.devices).unwrap_or_default()
}

/// The same look is told again at most so often: the rules vote over looks, and a word must not grow old.
const AGAIN: Millis = 60_000;

/// One bin with a sensor, in a zone of this camera.
struct Watched {
    device: String,
    place: Option<LonLat>,
    zone: Polygon,
    told: Option<(EventTime, Condition)>,
}

/// The bins with sensors that a camera sees.
pub(super) struct Sightings(Vec<Watched>);

impl Sightings {
    /// Those of the city's devices that one of the camera's zones shows.
    pub fn of(devices: &Devices, camera: &Camera) -> Sightings {
        let sees = |(device, placed): (&String, &PlacedDevice)| {
            let (of, zone) = placed.seen_by.as_ref().filter(|_| placed.kind == DeviceKind::Bin)?;
            let zone = camera.zones.iter().find(|z| *of == camera.id && z.id == *zone)?.polygon.clone();
            Some(Watched { device: device.clone(), place: placed.place, zone, told: None })
        };
        Sightings(devices.iter().filter_map(sees).collect())
    }

    /// What a picture shows of them, as far as it is worth a word. A zone with two bins says nothing of either.
    pub fn look(&mut self, at: EventTime, now: EventTime, camera: &str, seen: &[Detection]) -> Vec<Reading> {
        let mut readings = Vec::new();
        for watched in &mut self.0 {
            let inside = |d: &&Detection| d.label == Label::Bin && watched.zone.contains(d.bbox.foot());
            let mut bins = seen.iter().filter(inside);
            let (Some(bin), None) = (bins.next(), bins.next()) else { continue };
            let Some(condition) = bin.condition else { continue };
            let is_known = |(told, word): (EventTime, Condition)| word == condition.condition && at.since(told) < AGAIN;
            if watched.told.is_some_and(is_known) {
                continue;
            }
            watched.told = Some((at, condition.condition));
            readings.push(Reading {
                device: watched.device.clone(),
                at,
                arrived: now,
                place: watched.place,
                camera: Some(camera.to_owned()),
                quality: Quality::GOOD,
                values: Values::Seen(Seen { label: Label::Bin, score: bin.score, condition: Some(condition) }),
            });
        }
        readings
    }
}

/// A sighting in the words of the topic, with the camera's offset.
pub(super) fn payload(reading: &Reading, camera: &Camera, city: &City) -> DeviceReading {
    DeviceReading::new(reading, camera.time(reading.at, &city.timezone).offset())
}

#[cfg(test)]
mod tests {
    use super::*;
    use operators::vocabulary::{BBox, ConditionScore};

    fn bin(x: f32, condition: Condition) -> Detection {
        let condition = Some(ConditionScore { condition, score: 0.9 });
        Detection { label: Label::Bin, score: 0.8, bbox: BBox::new(x, 0.4, 0.1, 0.2), condition }
    }

    fn sightings() -> Sightings {
        let corners = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)];
        let points = corners.map(|(x, y)| operators::vocabulary::Point { x, y }).to_vec();
        let zone = Polygon::new(points).expect("a polygon");
        Sightings(vec![Watched { device: "bin-1".into(), place: None, zone, told: None }])
    }

    #[test]
    fn a_bin_is_told_when_its_state_changes_and_once_a_minute_else() {
        let mut sightings = sightings();
        let mut told = |second: i64, condition| {
            let at = EventTime(second * 1000);
            sightings.look(at, at, "c-001", &[bin(0.2, condition), bin(0.7, Condition::BinNormal)]).len()
        };
        let looks = [(0, Condition::BinNormal), (10, Condition::BinNormal), (20, Condition::BinOverRim)];
        assert_eq!(looks.map(|(second, condition)| told(second, condition)), [1, 0, 1]);
        assert_eq!([told(79, Condition::BinOverRim), told(80, Condition::BinOverRim)], [0, 1]);
    }

    #[test]
    fn two_bins_in_one_zone_say_nothing_of_either() {
        let both = [bin(0.1, Condition::BinNormal), bin(0.3, Condition::BinOverRim)];
        assert_eq!(sightings().look(EventTime(0), EventTime(0), "c-001", &both), []);
    }
}
