//! A terminal's report in the words of the operators.

use super::jt808::{Extra, Load, Location};
use operators::ground::LonLat;
use operators::vocabulary::{EventTime, Motion, Quality, Reading, Values};
use serde::{Deserialize, Serialize};

/// A bit of an additional item that says something of the vehicle's work. Makers differ, so a city says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// Id of the item: 0x25 signals, 0x2a inputs, or a maker's own.
    pub item: u8,
    /// Bit, from the lowest.
    pub bit: u8,
    /// What the bit is when it is so.
    pub when: bool,
}

/// What the bits of a fleet's terminals mean beyond the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cues {
    /// The body is lifted.
    pub lifted: Option<Cue>,
    /// Brushes, spray or suction are on.
    pub working: Option<Cue>,
    /// Bits 8 and 9 of the status say the load. Terminals without a sensor send zeroes, which would mean empty.
    pub load: bool,
}

impl Cue {
    fn read(&self, extras: &[Extra]) -> Option<bool> {
        let bit_of = |bits: u64| bits >> self.bit.min(63) & 1 == 1;
        let bit = extras.iter().find_map(|extra| match (self.item, extra) {
            (0x25, Extra::VehicleSignals(bits)) => Some(bit_of(u64::from(*bits))),
            (0x2a, Extra::Io(bits)) => Some(bit_of(u64::from(*bits))),
            (id, Extra::Other { id: other, bytes }) if id == *other => {
                Some(bit_of(bytes.iter().rev().take(8).rev().fold(0, |bits, b| bits << 8 | u64::from(*b))))
            }
            _ => None,
        })?;
        Some(bit == self.when)
    }
}

/// The reading of a report. Its plausibility is not looked at yet.
pub fn reading(device: &str, location: &Location, cues: &Cues, arrived: EventTime) -> Reading {
    let [lon, lat] = location.degrees();
    let load = |load| match load {
        Load::Empty => 0.0,
        Load::Half => 0.5,
        Load::Full => 1.0,
    };
    let cue = |cue: Option<Cue>| cue.and_then(|cue| cue.read(&location.extras));
    Reading {
        device: device.to_owned(),
        at: location.at,
        arrived,
        place: Some(LonLat::new(lon, lat)),
        camera: None,
        quality: if location.is_fixed() { Quality::GOOD } else { Quality::NO_FIX },
        values: Values::Vehicle(Motion {
            speed_kmh: Some(f32::from(location.speed) / 10.0),
            heading: Some(f32::from(location.direction)),
            ignition: Some(location.ignition()),
            load: location.load().filter(|_| cues.load).map(load),
            lifted: cue(cues.lifted),
            working: cue(cues.working),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(status: u32, extras: Vec<Extra>) -> Location {
        Location {
            alarms: 0,
            status,
            latitude: 32_100_000,
            longitude: 118_900_000,
            altitude: 0,
            speed: 123,
            direction: 270,
            at: EventTime(1000),
            extras,
            cut_off: vec![],
        }
    }

    fn motion(location: &Location, cues: &Cues) -> Motion {
        match reading("d", location, cues, EventTime(2000)).values {
            Values::Vehicle(motion) => motion,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_report_is_said_in_our_units_and_what_is_not_sent_stays_unknown() {
        let plain = reading("d", &location(0b11 | 0b11 << 8, vec![]), &Cues::default(), EventTime(2000));
        assert_eq!((plain.place, plain.quality), (Some(LonLat::new(118.9, 32.1)), Quality::GOOD));
        let m = motion(&location(0b11 | 0b11 << 8, vec![]), &Cues::default());
        assert_eq!((m.speed_kmh, m.heading, m.ignition), (Some(12.3), Some(270.0), Some(true)));
        assert_eq!((m.load, m.lifted, m.working), (None, None, None));
        let unfixed = reading("d", &location(1, vec![]), &Cues::default(), EventTime(2000));
        assert_eq!(unfixed.quality, Quality::NO_FIX);
    }

    #[test]
    fn a_city_says_which_bits_mean_lifted_and_working() {
        let lifted = Cue { item: 0x2a, bit: 1, when: true };
        let working = Cue { item: 0xe5, bit: 8, when: false };
        let cues = Cues { lifted: Some(lifted), working: Some(working), load: true };
        let extras = vec![Extra::Io(0b10), Extra::Other { id: 0xe5, bytes: vec![0, 1, 0xff] }];
        let m = motion(&location(0b11 | 1 << 8, extras), &cues);
        assert_eq!((m.lifted, m.working, m.load), (Some(true), Some(false), Some(0.5)));
        assert_eq!(motion(&location(0b11, vec![]), &cues).lifted, None, "not sent");
    }
}
