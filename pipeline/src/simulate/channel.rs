//! From what is so to what comes in: noise, tunnels, loss, lateness, corruption, repetition.

use super::Settings;
use super::dice::Dice;
use super::drive::Second;
use super::town::Town;
use operators::ground::{LonLat, Metres};
use operators::vocabulary::{DAY, EventTime, Motion, Quality, Reading, Values};

/// A terminal reports so often, s: driving, and parked with the ignition off.
const DRIVING: i64 = 10;
const PARKED: i64 = 60;
/// Of a position, m.
const NOISE: f64 = 4.0;
/// Between high houses, m; one report in so many comes there, and stays for a minute or three.
const CANYON: f64 = 12.0;
const CANYONS: f64 = 0.006;
/// Parked, positions wander so far at most, m.
const DRIFT: f64 = 45.0;

/// What a terminal tells of itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal<'a> {
    pub device: &'a str,
    pub weighs: bool,
    pub feels_lift: bool,
    pub tells_brushes: bool,
}

/// What a terminal makes of the seconds of its vehicle.
pub(super) fn reports(
    terminal: Terminal<'_>,
    town: &Town,
    start: EventTime,
    seconds: &[Second],
    dice: &mut Dice,
) -> Vec<Reading> {
    let mut out: Vec<Reading> = Vec::new();
    let (mut noise, mut drift) = (Metres::default(), Metres::default());
    let mut next = dice.seconds(0, DRIVING);
    let mut last: Option<LonLat> = None;
    let mut canyon_until = 0;
    for (t, s) in (0i64..).zip(seconds) {
        if t < next || s.unplugged {
            next = next.max(t);
            continue;
        }
        next = t + if s.ignition { DRIVING } else { PARKED };
        let step = |of: f64, by: f64, dice: &mut Dice| of * 0.8 + by * 0.6 * dice.normal();
        if dice.chance(CANYONS) {
            canyon_until = t + dice.seconds(60, 180);
        }
        let size = if t < canyon_until { CANYON } else { NOISE };
        noise = Metres { x: step(noise.x, size, dice), y: step(noise.y, size, dice) };
        drift = if s.ignition {
            Metres::default()
        } else {
            let wander = |of: f64, dice: &mut Dice| (of + 6.0 * dice.normal()).clamp(-DRIFT / 1.5, DRIFT / 1.5);
            Metres { x: wander(drift.x, dice), y: wander(drift.y, dice) }
        };
        let p = Metres { x: s.p.x + noise.x + drift.x, y: s.p.y + noise.y + drift.y };
        // In a tunnel the terminal repeats its last position and says so.
        let place = if s.in_tunnel { last } else { Some(town.place(p)) };
        last = place;
        let kmh = if s.speed > 0.3 { (s.speed * 3.6 + dice.normal()).max(0.0) } else { 0.0 };
        let weighed = (s.load + 0.02 * dice.normal()).clamp(0.0, 1.0);
        // One report in a thousand has the lift's bit wrong, and the weight is lost for a moment.
        let lifted = s.lifted != dice.chance(0.001);
        let weighed = if dice.chance(0.001) { 0.0 } else { weighed };
        out.push(Reading {
            device: terminal.device.to_owned(),
            at: start.plus(t * 1000),
            arrived: start.plus(t * 1000),
            place,
            camera: None,
            quality: if s.in_tunnel { Quality::NO_FIX } else { Quality::GOOD },
            values: Values::Vehicle(Motion {
                speed_kmh: Some(round(kmh, 10.0)),
                heading: Some(round((s.heading + 4.0 * dice.normal()).rem_euclid(360.0), 1.0)),
                ignition: Some(s.ignition),
                load: terminal.weighs.then(|| round(weighed, 100.0)),
                lifted: terminal.feels_lift.then_some(lifted),
                working: terminal.tells_brushes.then_some(s.working),
            }),
        });
    }
    out
}

fn round(v: f64, per: f64) -> f32 {
    ((v * per).round() / per) as f32
}

/// The way from a device to us. Readings of one device in their order; in no order afterwards.
pub(super) fn send(readings: Vec<Reading>, settings: &Settings, batches: bool, dice: &mut Dice) -> Vec<Reading> {
    let mut out = Vec::with_capacity(readings.len());
    let mut window: Option<[i64; 2]> = None;
    let mut calm_until = i64::MIN;
    for mut reading in readings {
        let at = reading.at.0;
        let late = if batches {
            // Out of reach for some minutes; then all of it in one batch, within an hour of its first.
            if window.is_none_or(|[until, _]| at >= until) {
                window = None;
                if at >= calm_until {
                    let long = dice.within(180_000.0, 780_000.0);
                    let pause = -(1.0 - dice.unit()).ln() * 480_000.0 * (1.0 - settings.late) / settings.late.max(1e-6);
                    if calm_until > i64::MIN {
                        window = Some([at + long as i64, at + dice.within(long, 3_590_000.0) as i64]);
                    }
                    calm_until = at + long as i64 + pause as i64;
                }
            }
            window.map(|[_, sent]| sent)
        } else {
            dice.chance(settings.late).then(|| at + dice.within(60_000.0, 3_590_000.0) as i64)
        };
        reading.arrived = EventTime(late.unwrap_or(at) + dice.within(400.0, 3000.0) as i64);
        if dice.chance(settings.lost) {
            continue;
        }
        if dice.chance(settings.corrupt) {
            corrupt(&mut reading, dice);
        }
        if dice.chance(0.01) {
            let again = EventTime(reading.arrived.0 + dice.within(500.0, 20_000.0) as i64);
            out.push(Reading { arrived: again, ..reading.clone() });
        }
        out.push(reading);
    }
    out
}

/// Makes something of it wrong.
fn corrupt(reading: &mut Reading, dice: &mut Dice) {
    let kind = if reading.place.is_some() { dice.below(6) } else { 3 + dice.below(3) };
    match (kind, &mut reading.place) {
        (0, Some(place)) => (place.lon, place.lat) = (place.lat, place.lon),
        (1, Some(place)) => *place = LonLat::new(0.0, 0.0),
        (2, Some(place)) => {
            // From some streets further to the next province.
            let (far, to) = (400.0 * 100f64.powf(dice.unit()), dice.within(0.0, std::f64::consts::TAU));
            place.lon += far * to.sin() / 94_000.0;
            place.lat += far * to.cos() / 111_000.0;
            *place = place.rounded();
        }
        (3, _) => reading.at = reading.at.plus(dice.seconds(7200, 90_000_000) * 1000),
        (4, _) => reading.at = reading.at.plus(-(dice.seconds(8, 900) * DAY)),
        _ => match &mut reading.values {
            Values::Vehicle(motion) => {
                motion.speed_kmh = Some(dice.within(260.0, 900.0) as f32);
                motion.load = motion.load.map(|_| if dice.chance(0.5) { -0.4 } else { 1.6 });
            }
            Values::Bin(report) => {
                report.fill = Some(2.5);
                report.temperature_c = report.temperature_c.map(|_| 3000.0);
            }
            Values::Cover(report) => report.tilt_deg = Some(360.0),
            Values::Gauge(report) => report.depth_cm = Some(6553.5),
            Values::Seen(_) => {}
        },
    }
}
