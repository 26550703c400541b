//! A reading as it is written out: short, because a snapshot has hundreds of them.

use super::Entry;
use crate::ground::LonLat;
use crate::vocabulary::{EventTime, Motion, Quality, Values};
use serde::{Deserialize, Serialize};

/// Time, camera, place, marks, and the values: those of a vehicle, which are the many, in a row too.
#[derive(Serialize, Deserialize)]
pub(super) struct Row(i64, Option<Box<str>>, Option<LonLat>, Quality, Said);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Said {
    /// Speed, heading, load, and 0 for no, 1 for yes, 2 for unknown of ignition, lifted and working.
    Motion(Option<f32>, Option<f32>, Option<f32>, [u8; 3]),
    Other(Values),
}

fn digit(v: Option<bool>) -> u8 {
    v.map_or(2, u8::from)
}

fn word(digit: u8) -> Option<bool> {
    (digit < 2).then_some(digit == 1)
}

impl From<Entry> for Row {
    fn from(e: Entry) -> Row {
        let said = match e.values {
            Values::Vehicle(m) => {
                Said::Motion(m.speed_kmh, m.heading, m.load, [digit(m.ignition), digit(m.lifted), digit(m.working)])
            }
            other => Said::Other(other),
        };
        Row(e.at.0, e.camera, e.place, e.quality, said)
    }
}

impl From<Row> for Entry {
    fn from(Row(at, camera, place, quality, said): Row) -> Entry {
        let values = match said {
            Said::Motion(speed_kmh, heading, load, [ignition, lifted, working]) => Values::Vehicle(Motion {
                speed_kmh,
                heading,
                load,
                ignition: word(ignition),
                lifted: word(lifted),
                working: word(working),
            }),
            Said::Other(values) => values,
        };
        Entry { at: EventTime(at), camera, place, quality, values }
    }
}
