//! How a device fares, in a word. What was not said lately is unknown, never fine.

use super::last::LastWord;
use crate::payload::ReadingKind;
use operators::fleet::FleetConfig;
use operators::sensors::SensorConfig;
use operators::vocabulary::Millis;

/// A device is silent when nothing came for so many of its periods, as for the rules.
const PERIODS: Millis = 2;
/// A vehicle that was heard within this is where it says, milliseconds.
const FRESH: Millis = 2 * 60_000;

/// How long each kind may be silent before nothing is known of it any more.
pub fn silent_after(kind: ReadingKind, fleet: &FleetConfig, devices: &SensorConfig) -> Millis {
    match kind {
        ReadingKind::Vehicle => fleet.permit.silent.max(FRESH),
        ReadingKind::Bin => devices.bin.period * PERIODS,
        ReadingKind::Cover => devices.cover.period * PERIODS,
        ReadingKind::Gauge => devices.gauge.period * PERIODS,
    }
}

/// The word: `moving`, `standing` or `silent` for vehicles; `fine`, `full`, `hot`, `open`, `wet`, `ponding` for the others;
/// `unknown` where nothing is known (lately).
pub fn state(last: Option<&LastWord>, now: i64, fleet: &FleetConfig, devices: &SensorConfig) -> &'static str {
    let Some(last) = last else { return "unknown" };
    let silent = silent_after(last.kind, fleet, devices);
    let late = |at: i64| now - at > silent;
    if last.kind == ReadingKind::Vehicle {
        return match last.number("speed_kmh") {
            _ if late(last.at) => "silent",
            Some(speed) if speed >= f64::from(fleet.fix.moving_kmh) => "moving",
            Some(_) => "standing",
            None => "unknown",
        };
    }
    // Only what was said lately counts, value by value.
    let number = |name: &str| last.values.get(name).filter(|told| !late(told.at))?.value.as_f64();
    let flag = |name: &str| last.values.get(name).filter(|told| !late(told.at))?.value.as_bool();
    let over = |name: &str, limit: f32| number(name).map(|value| value >= f64::from(limit));
    let words: [(&'static str, Option<bool>); 2] = match last.kind {
        ReadingKind::Bin => {
            [("hot", over("temperature_c", devices.bin.hot_c)), ("full", over("fill", devices.bin.full))]
        }
        ReadingKind::Cover => {
            let open = match (flag("open"), over("tilt_deg", devices.cover.tilt_deg)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (None, None) => None,
                _ => Some(false),
            };
            [("open", open), ("wet", flag("water"))]
        }
        ReadingKind::Gauge => [("ponding", over("depth_cm", devices.gauge.raise_cm)), ("ponding", None)],
        ReadingKind::Vehicle => return "unknown",
    };
    let wrong = words.iter().find(|(_, said)| *said == Some(true)).map(|(word, _)| *word);
    let anything = words.iter().any(|(_, said)| said.is_some());
    wrong.unwrap_or(if anything { "fine" } else { "unknown" })
}

#[cfg(test)]
mod tests {
    use super::super::last::Told;
    use super::*;
    use serde_json::json;

    const HOUR: i64 = 3_600_000;

    fn said(kind: ReadingKind, values: &[(&str, serde_json::Value, i64)]) -> LastWord {
        let told = |(name, value, at): &(&str, serde_json::Value, i64)| {
            ((*name).to_owned(), Told { at: *at, value: value.clone() })
        };
        LastWord {
            kind,
            at: values.iter().map(|v| v.2).max().unwrap_or(0),
            quality: vec![],
            location: None,
            located_at: 0,
            values: values.iter().map(told).collect(),
            seen: None,
        }
    }

    fn word(last: &LastWord, now: i64) -> &'static str {
        state(Some(last), now, &FleetConfig::default(), &SensorConfig::default())
    }

    #[test]
    fn silence_is_unknown_and_never_fine() {
        let bin = said(ReadingKind::Bin, &[("fill", json!(0.5), 0)]);
        assert_eq!([word(&bin, HOUR), word(&bin, 3 * HOUR)], ["fine", "unknown"]);
        // It still talks, but has not said how full it is since the morning.
        let deaf = said(ReadingKind::Bin, &[("fill", json!(0.95), 0), ("battery", json!(0.5), 3 * HOUR)]);
        assert_eq!(word(&deaf, 3 * HOUR), "unknown");
        assert_eq!(state(None, 0, &FleetConfig::default(), &SensorConfig::default()), "unknown");
    }

    #[test]
    fn each_kind_has_its_words_and_the_worse_comes_first() {
        let bin = said(ReadingKind::Bin, &[("fill", json!(0.95), 0), ("temperature_c", json!(80.0), 0)]);
        let cover = |open, tilt| said(ReadingKind::Cover, &[("open", json!(open), 0), ("tilt_deg", json!(tilt), 0)]);
        assert_eq!(word(&bin, 1), "hot");
        assert_eq!(
            [word(&cover(false, 3.0), 1), word(&cover(false, 30.0), 1), word(&cover(true, 0.0), 1)],
            ["fine", "open", "open"]
        );
        assert_eq!(word(&said(ReadingKind::Gauge, &[("depth_cm", json!(20.0), 0)]), 1), "ponding");
        let truck = |speed| said(ReadingKind::Vehicle, &[("speed_kmh", json!(speed), 0)]);
        assert_eq!(
            [word(&truck(30.0), 1), word(&truck(0.0), 1), word(&truck(30.0), HOUR)],
            ["moving", "standing", "silent"]
        );
    }
}
