//! Bins that fill and burn, covers that tilt and get wet, gauges under water; and what only looks like it.

use super::Settings;
use super::dice::Dice;
use super::story::Stories;
use crate::plans::PlacedDevice;
use operators::vocabulary::{
    BinReport, Condition, ConditionScore, CoverReport, DeviceKind, GaugeReport, Label, Seen, SensorRule, Values,
};

/// A report of a device, or what a camera saw of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Report {
    pub at: i64,
    pub camera: Option<String>,
    pub values: Values,
}

/// The camera zone that sees a bin.
pub(super) fn seen_by(number: usize) -> Option<(String, String)> {
    number.is_multiple_of(3).then(|| (format!("cam-bins-{:02}", number / 3), "bins".to_owned()))
}

/// One of many: id, kind, the camera zone that sees it.
pub(super) fn placed(kind: DeviceKind, number: usize) -> (String, PlacedDevice) {
    let seen_by = if kind == DeviceKind::Bin { seen_by(number) } else { None };
    let device = PlacedDevice { kind, component: None, place: None, grid: None, seen_by };
    (format!("{}-{number:03}", kind.as_str()), device)
}

fn slots(settings: &Settings, dice: &mut Dice, every: i64) -> Vec<i64> {
    let phase = dice.seconds(0, every);
    (0..).map(|k| phase + k * every).take_while(|t| *t < settings.seconds()).collect()
}

/// When things happen to a device: at most one in each part of the day, with room about it.
fn moments(settings: &Settings, dice: &mut Dice, part: i64, p: f64) -> Vec<i64> {
    let parts = (settings.seconds() - 600) / part;
    let mut moments = Vec::new();
    for k in 0..parts {
        if dice.chance(p) {
            moments.push(k * part + dice.seconds(300, part / 4));
        }
    }
    moments
}

/// A bin: fills, is emptied; now and then it is full for long, burns, or something lies before its sensor.
pub(super) fn bin(id: &str, number: usize, settings: &Settings, dice: &mut Dice, stories: &mut Stories) -> Vec<Report> {
    let end = settings.seconds();
    let tells_heat = number % 2 == 1;
    let is_stuck = number % 15 == 9 && seen_by(number).is_some();
    // Fill by emptyings: (from, until, at first, per hour).
    let mut fills: Vec<(i64, i64, f64, f64)> = Vec::new();
    let mut from = 0;
    while from < end {
        let (first, slope) = (dice.within(0.1, 0.5), dice.within(0.1, 0.45));
        let full_at = from + ((0.85 - first) / slope * 3600.0) as i64;
        let until = if dice.chance(0.5) {
            // Emptied well after it is full, or well before.
            full_at + dice.seconds(5400, 9000)
        } else {
            from + ((0.78 - first) / slope * 3600.0) as i64
        };
        fills.push((from, until, first, slope));
        if until > full_at && full_at < end {
            if end - full_at > 5400 {
                stories.event(id, SensorRule::BinFull, "device", [full_at, until.min(end)], "full for long");
            } else {
                // It would be full too near the end to be told: emptied before.
                let last = fills.len() - 1;
                fills[last].1 = from + ((0.78 - first) / slope * 3600.0) as i64;
            }
        }
        from = fills[fills.len() - 1].1.max(from + 600);
    }
    let fill = |t: i64| {
        let (from, _, first, slope) = fills.iter().rev().find(|f| f.0 <= t).copied().unwrap_or((0, 0, 0.3, 0.0));
        (first + slope * (t - from) as f64 / 3600.0).min(1.0)
    };
    let fires: Vec<(i64, i64)> = if tells_heat {
        moments(settings, dice, 9000, 0.28).into_iter().map(|at| (at, at + dice.seconds(1500, 3000))).collect()
    } else {
        Vec::new()
    };
    for (from, until) in &fires {
        stories.event(id, SensorRule::BinFire, "device", [*from, *until], "burns");
    }
    // Bins that burn cool down again; others may stand in the sun.
    let sunny = dice.within(24.0, if fires.is_empty() { 50.0 } else { 41.0 });
    let mut reports = Vec::new();
    let mut times = slots(settings, dice, 900);
    // Hot bins report at once, and every two minutes.
    times.extend(fires.iter().flat_map(|(from, until)| (from + 60..*until).step_by(120)));
    times.sort_unstable();
    times.dedup();
    let mut spiked_until = 0;
    for at in times {
        let burning = fires.iter().find(|(from, until)| (*from..*until).contains(&at));
        let mut said = if is_stuck { 0.31 } else { fill(at) + 0.015 * dice.normal() };
        if said < 0.8 && at > spiked_until && dice.chance(0.02) {
            // A bag before the eye of the sensor, once.
            said = dice.within(0.9, 1.0);
            spiked_until = at + 3600;
            stories.lookalike(id, SensorRule::BinFull, [at, at], "something before the sensor");
        }
        let heat = burning.map_or(sunny + dice.normal(), |(from, _)| {
            (sunny + (at - from) as f64 * 0.8).min(260.0).max(66.0 + dice.within(0.0, 20.0))
        });
        let report = BinReport {
            fill: Some(said.clamp(0.0, 1.0) as f32),
            temperature_c: tells_heat.then_some(heat as f32),
            tilt_deg: Some(dice.within(0.0, 2.0) as f32),
            battery: Some(0.8),
        };
        reports.push(Report { at, camera: None, values: Values::Bin(report) });
    }
    if let Some((camera, _)) = seen_by(number) {
        for at in slots(settings, dice, 420) {
            let over = fill(at) >= 0.86;
            // Between nearly full and full a camera is of two minds.
            if (0.8..0.86).contains(&fill(at)) {
                continue;
            }
            let wrong = dice.chance(0.03) && !reports.last().is_some_and(|r| r.camera.is_some() && r.at > at - 900);
            let condition = if over != wrong { Condition::BinOverRim } else { Condition::BinNormal };
            let condition = Some(ConditionScore { condition, score: dice.within(0.6, 0.98) as f32 });
            let values = Values::Seen(Seen { label: Label::Bin, score: 0.9, condition });
            reports.push(Report { at, camera: Some(camera.clone()), values });
        }
    }
    reports
}

/// A cover: opened, kicked, wet, splashed.
pub(super) fn cover(
    id: &str,
    number: usize,
    settings: &Settings,
    dice: &mut Dice,
    stories: &mut Stories,
) -> Vec<Report> {
    let end = settings.seconds();
    let tells_open = number.is_multiple_of(2);
    let mut reports = Vec::new();
    let mut say = |at: i64, tilt: f64, open: bool, water: bool| {
        let report = CoverReport {
            tilt_deg: Some(tilt as f32),
            open: tells_open.then_some(open),
            water: Some(water),
            battery: Some(0.9),
        };
        reports.push(Report { at, camera: None, values: Values::Cover(report) });
    };
    let mut busy: Vec<(i64, i64)> = Vec::new();
    for at in moments(settings, dice, 10_800, 0.8) {
        let lasts = dice.seconds(2400, 5400).min(end - at - 700);
        if lasts < 1200 {
            continue;
        }
        busy.push((at, at + lasts));
        match dice.below(4) {
            0 => {
                let tilt = dice.within(24.0, 90.0);
                // Tells at once, twice again to be sure, then every ten minutes.
                for t in [0, 20, 60].into_iter().chain((600..lasts).step_by(600)) {
                    say(at + t, tilt, true, false);
                }
                [0, 30, 120].into_iter().for_each(|t| say(at + lasts + t, dice.within(0.0, 3.0), false, false));
                stories.event(id, SensorRule::CoverOpen, "device", [at, at + lasts], "open");
            }
            1 => {
                for t in [0, 20].into_iter().chain((600..lasts).step_by(600)) {
                    say(at + t, dice.within(5.0, 11.5), false, false);
                }
                say(at + lasts, dice.within(0.0, 3.0), false, false);
                stories.lookalike(id, SensorRule::CoverOpen, [at, at + lasts], "kicked, under 15 degrees");
            }
            2 => {
                for t in (0..lasts).step_by(300) {
                    say(at + t, dice.within(0.0, 3.0), false, true);
                }
                [0, 60, 300].into_iter().for_each(|t| say(at + lasts + t, 1.0, false, false));
                stories.event(id, SensorRule::CoverWater, "device", [at, at + lasts], "under water");
            }
            _ => {
                say(at, 1.0, false, true);
                [60, 300, 600].into_iter().for_each(|t| say(at + t, 1.0, false, false));
                stories.lookalike(id, SensorRule::CoverWater, [at, at + 60], "splashed once");
            }
        }
    }
    for at in slots(settings, dice, 3600) {
        if !busy.iter().any(|(from, until)| (from - 120..until + 900).contains(&at)) {
            say(at, dice.within(0.0, 4.0), false, false);
        }
    }
    reports
}

/// A gauge: rain that stands, splashes of lorries, and puddles that are not deep.
pub(super) fn gauge(id: &str, settings: &Settings, dice: &mut Dice, stories: &mut Stories) -> Vec<Report> {
    let end = settings.seconds();
    // (from, until, cm)
    let mut waters: Vec<(i64, i64, f64)> = Vec::new();
    for at in moments(settings, dice, 10_800, 0.9) {
        let until = (at + dice.seconds(2400, 5400)).min(end);
        if until - at < 1800 {
            continue;
        }
        let deep = dice.chance(0.6);
        waters.push((at, until, if deep { dice.within(20.0, 45.0) } else { dice.within(9.0, 12.5) }));
        if deep {
            stories.event(id, SensorRule::Ponding, "device", [at, until], "water stands");
        } else {
            stories.lookalike(id, SensorRule::Ponding, [at, until], "a puddle that is not deep");
        }
    }
    let mut splashed = 0;
    let mut report = |at: i64, dice: &mut Dice| {
        let water = waters.iter().find(|(from, until, _)| (*from..*until).contains(&at));
        let mut depth = water.map_or(0.0, |(_, _, cm)| *cm) + 0.3 * dice.normal();
        if water.is_none_or(|w| w.2 < 15.0) && at > splashed && dice.chance(0.015) {
            depth = dice.within(18.0, 30.0);
            splashed = at + 1800;
            stories.lookalike(id, SensorRule::Ponding, [at, at], "a lorry's splash");
        }
        let depth_cm = Some(depth.max(0.0) as f32);
        Report { at, camera: None, values: Values::Gauge(GaugeReport { depth_cm, battery: Some(0.7) }) }
    };
    slots(settings, dice, 300).into_iter().map(|at| report(at, dice)).collect()
}
