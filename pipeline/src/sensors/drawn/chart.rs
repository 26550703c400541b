//! A chart of what a bin, cover or gauge measured, with the limit, and what cameras said.

use super::canvas::{BLUE, GREEN, INK, PAPER, QUIET, RED, dashes, dot, plate};
use super::{HEIGHT, WIDTH, short};
use crate::evidence::raster::Raster;
use crate::evidence::stroke;
use crate::payload::Candidate;
use operators::series::Held;
use operators::vocabulary::{Condition, EventTime, SensorChange, SensorRule, Values};

const LEFT: f32 = 90.0;
const RIGHT: f32 = 40.0;
const TOP: f32 = 50.0;
const BOTTOM: f32 = 70.0;
/// Least time that is shown.
const LEAST: i64 = 1_800_000;

/// What a rule reads of a device.
pub(super) struct Series {
    unit: &'static str,
    values: Vec<(EventTime, f32)>,
    /// What cameras saw, and whether it was wrong.
    looks: Vec<(EventTime, bool)>,
}

/// The series of a rule over bins, covers and gauges; none for the others.
pub(super) fn of(rule: SensorRule, shown: &[&Held<'_>]) -> Option<Series> {
    let (unit, pick): (_, fn(&Values) -> Option<f32>) = match rule {
        SensorRule::BinFull => ("% full", |v| if let Values::Bin(b) = v { b.fill.map(|f| f * 100.0) } else { None }),
        SensorRule::BinFire => ("deg C", |v| if let Values::Bin(b) = v { b.temperature_c } else { None }),
        SensorRule::CoverOpen => ("deg tilt", |v| if let Values::Cover(c) = v { c.tilt_deg } else { None }),
        SensorRule::CoverWater => {
            ("water", |v| if let Values::Cover(c) = v { c.water.map(|w| f32::from(u8::from(w))) } else { None })
        }
        SensorRule::Ponding => ("cm", |v| if let Values::Gauge(g) = v { g.depth_cm } else { None }),
        _ => return None,
    };
    let values = shown.iter().filter_map(|h| Some((h.at, pick(h.values)?))).collect();
    let wrong = |c: Condition| c != Condition::BinNormal;
    let look = |h: &&&Held<'_>| if let Values::Seen(s) = h.values { s.condition } else { None };
    let looks = shown.iter().filter_map(|h| Some((h.at, wrong(look(&h)?.condition)))).collect();
    Some(Series { unit, values, looks })
}

/// The least of 1, 2, 4 and 8 times ten, a hundred, … that is not below a value, so that a quarter of it is a round number.
fn nice(value: f32) -> f32 {
    let tens = 10f32.powf(value.max(1.0).log10().floor());
    [1.0, 2.0, 4.0, 8.0, 10.0].into_iter().map(|n| n * tens).find(|n| *n >= value).unwrap_or(10.0 * tens)
}

/// Draws it.
pub(super) fn draw(candidate: &Candidate, change: &SensorChange, series: &Series) -> Raster {
    let mut picture = Raster::filled(WIDTH, HEIGHT, PAPER);
    let limit = if change.rule == SensorRule::BinFull { change.limit * 100.0 } else { change.limit };
    let times = series.values.iter().map(|(at, _)| at.0).chain(series.looks.iter().map(|(at, _)| at.0));
    // A device that spoke once has a chart too.
    let first = times.chain([change.first_seen.0, change.raised_at.0 - LEAST]).min().unwrap_or(change.first_seen.0);
    let span = (change.raised_at.0 - first) as f32;
    let most = nice(series.values.iter().map(|(_, v)| *v).fold(limit, f32::max));
    let wide = WIDTH as f32 - LEFT - RIGHT;
    let high = HEIGHT as f32 - TOP - BOTTOM;
    let x = |at: EventTime| LEFT + (at.0 - first) as f32 / span * wide;
    let y = |value: f32| TOP + (1.0 - value.max(0.0) / most) * high;
    for part in 0..=4 {
        let value = most * part as f32 / 4.0;
        stroke::path(&mut picture, &[(LEFT, y(value)), (LEFT + wide, y(value))], 1.0, QUIET, 0.8);
        plate(&mut picture, (8.0, y(value) - 11.0), &format!("{value:.0}"), INK);
        let at = EventTime(first + (span * part as f32 / 4.0) as i64);
        let words = short(&candidate.raised_at.with_time(at));
        plate(&mut picture, (x(at) - 26.0, TOP + high + 14.0), &words, INK);
    }
    dashes(&mut picture, (LEFT, y(limit)), (LEFT + wide, y(limit)), 2.0, RED);
    plate(&mut picture, (LEFT + 8.0, y(limit) - 26.0), &format!("limit {limit:.0} {}", series.unit), RED);
    let line: Vec<_> = series.values.iter().map(|(at, v)| (x(*at), y(*v))).collect();
    stroke::path(&mut picture, &line, 2.5, BLUE, 0.9);
    for (point, (_, value)) in line.iter().zip(&series.values) {
        dot(&mut picture, *point, 4.0, if *value >= limit { RED } else { BLUE });
    }
    for (at, wrong) in &series.looks {
        dot(&mut picture, (x(*at), TOP - 18.0), 5.0, if *wrong { RED } else { GREEN });
    }
    if !series.looks.is_empty() {
        plate(&mut picture, (8.0, TOP - 30.0), "camera", INK);
    }
    let decided = x(change.raised_at);
    dashes(&mut picture, (decided, TOP), (decided, TOP + high), 1.5, INK);
    picture
}
