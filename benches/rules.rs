//! Tracker and rules on 20 objects a picture: some stand, some drive past, boxes jitter, a grey picture to compare looks.

use operators::rules::{BinConfig, MuckConfig, ParkingConfig, RuleConfig, VendingConfig, ZoneRule};
use operators::schedule::Schedule;
use operators::vocabulary::{
    BBox, Condition, ConditionScore, Detection, EventTime, Label, LocalTime, Luma, Outcome, Picture, Point, Polygon,
    Transition, Weekday,
};
use operators::watch::{Watch, WatchConfig};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::hint::black_box;
use streetwatch_benches::report::{Report, Spread, Target};
use streetwatch_benches::{cpu, quick};

const WIDTH: usize = 320;
const HEIGHT: usize = 180;
/// Milliseconds from picture to picture.
const SAMPLE: i64 = 2000;

/// One rule of each kind over nearly the whole picture.
fn zones() -> Vec<ZoneRule> {
    let rules = [
        RuleConfig::IllegalParking(ParkingConfig::default()),
        RuleConfig::StreetVending(VendingConfig::default()),
        RuleConfig::BinOverflow(BinConfig::default()),
        RuleConfig::MuckTruck(MuckConfig::default()),
    ];
    let corners = [(0.01, 0.01), (0.99, 0.01), (0.99, 0.6), (0.8, 0.99), (0.01, 0.99)];
    let points = || corners.into_iter().map(|(x, y)| Point { x, y }).collect();
    let zone = |rule: RuleConfig| {
        let polygon = Polygon::new(points()).ok()?;
        Some(ZoneRule { id: "all".to_owned(), polygon, schedule: Schedule::always(), rule })
    };
    rules.into_iter().filter_map(zone).collect()
}

/// Where those that drive go.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lane {
    /// Beside those that stand, over the lower edge of their boxes.
    Beside,
    /// Through the middle of their boxes: every passer hides some of them.
    InFront,
}

/// Where object `n` is in picture `t`: 12 of 20 stand, 8 drive past and come again.
fn place(n: usize, t: usize, lane: Lane) -> (BBox, bool) {
    let (column, row) = ((n % 5) as f32, (n / 5) as f32);
    if n % 5 < 3 {
        return (BBox::new(0.05 + 0.17 * column, 0.06 + 0.22 * row, 0.09, 0.12), true);
    }
    let x = ((t * (3 + n % 3)) as f32 * 0.03 + 0.2 * column) % 1.1 - 0.1;
    let y = 0.22 * row + if lane == Lane::Beside { 0.16 } else { 0.11 };
    (BBox::new(x, y, 0.08, 0.08), false)
}

/// A day's pictures, the same in every run.
fn pictures(objects: usize, lane: Lane, many: usize) -> Vec<Picture> {
    let mut rng = StdRng::seed_from_u64(1);
    let street: Vec<u8> =
        (0..WIDTH * HEIGHT).map(|i| 60 + ((i % WIDTH / 7 + i / WIDTH / 5 * 3) * 37 % 90) as u8).collect();
    let standing = [Label::Car, Label::Car, Label::Truck, Label::Stall, Label::Bin, Label::MuckTruck, Label::Person];
    let passing = [Label::Car, Label::TwoWheeler, Label::Person, Label::Bus];
    (0..many)
        .map(|t| {
            let mut grey = street.clone();
            let mut detections = Vec::new();
            for n in 0..objects {
                let (there, stands) = place(n, t, lane);
                paint(&mut grey, &there, n);
                // One look in ten misses it.
                if rng.random_range(0.0..1.0f32) < 0.1 {
                    continue;
                }
                let mut wobble = |size: f32| rng.random_range(-0.03..0.03f32) * size;
                let bbox = BBox::new(
                    there.x + wobble(there.w),
                    there.y + wobble(there.h),
                    there.w + wobble(there.w),
                    there.h + wobble(there.h),
                );
                let label = if stands { standing[n % standing.len()] } else { passing[n % passing.len()] };
                let condition = match label {
                    Label::Bin => Some(Condition::BinOverRim),
                    Label::MuckTruck => Some(Condition::LoadUncovered),
                    _ => None,
                };
                let condition = condition.map(|condition| ConditionScore { condition, score: 0.8 });
                detections.push(Detection { label, score: rng.random_range(0.4..0.9), bbox, condition });
            }
            let at = EventTime(t as i64 * SAMPLE);
            let local = LocalTime { weekday: Weekday::Mon, minute: (at.0 / 60_000 % 1440) as u16 };
            Picture { at, local, detections, closer: None, luma: Luma::new(WIDTH, HEIGHT, grey) }
        })
        .collect()
}

/// An object's own texture, so that it looks the same each time.
fn paint(grey: &mut [u8], b: &BBox, n: usize) {
    let span = |from: f32, length: f32, side: usize| {
        let scaled = |v: f32| ((v * side as f32).max(0.0) as usize).min(side);
        scaled(from)..scaled(from + length)
    };
    for y in span(b.y, b.h, HEIGHT) {
        for x in span(b.x, b.w, WIDTH) {
            grey[y * WIDTH + x] = 40 + ((x / 3 * 31 + y / 3 * 17 + n * 53) % 160) as u8;
        }
    }
}

fn raised_by(outcome: &Outcome) -> usize {
    outcome.changes.iter().filter(|c| c.transition == Transition::Raised).count()
}

fn main() {
    let mut report = Report::new("rules", "tracker, stays and the four rules, a picture each 2 s");
    let many = if quick() { 300 } else { 1800 };
    let scenes =
        [(5, Lane::Beside, Target::None), (20, Lane::Beside, Target::Most(50.0)), (20, Lane::InFront, Target::None)];
    for (objects, lane, target) in scenes {
        let pictures = pictures(objects, lane, many);
        let scene = format!("{objects} objects, passers {}", if lane == Lane::Beside { "beside" } else { "in front" });
        let (mut means, mut slowest, mut raised) = (Vec::new(), Vec::new(), 0);
        let mut presence: BTreeMap<String, usize> = BTreeMap::new();
        let mut told = Watch::new(WatchConfig { zones: zones(), ..WatchConfig::default() });
        for picture in &pictures {
            told.observe(picture);
            for stay in told.stays() {
                *presence.entry(format!("{:?}", stay.presence).to_lowercase()).or_default() += 1;
            }
        }
        for round in 0..if quick() { 3 } else { 8 } {
            let watch = || Watch::new(WatchConfig { zones: zones(), ..WatchConfig::default() });
            let (mut whole, mut single) = (watch(), watch());
            let before = cpu::thread_cpu();
            raised = pictures.iter().map(|p| raised_by(&whole.observe(black_box(p)))).sum();
            let mean = (cpu::thread_cpu() - before).as_secs_f64() * 1e6 / many as f64;
            // Looking at the clock costs a microsecond, so each picture's time is taken apart from the mean.
            let timed = |picture| {
                let before = cpu::thread_cpu();
                black_box(single.observe(black_box(picture)));
                (cpu::thread_cpu() - before).as_secs_f64() * 1e6
            };
            let each = Spread::of(pictures.iter().map(timed).collect());
            if round > 0 {
                means.push(mean);
                slowest.push(each.quantile(0.99));
            }
        }
        let (mean, slow) = (Spread::of(means), Spread::of(slowest));
        report.row(&format!("{scene}: mean"), mean.median(), "us CPU", Some(mean.range()), target);
        report.row(&format!("{scene}: p99 of a picture"), slow.median(), "us CPU", Some(slow.range()), Target::None);
        let stays: Vec<_> = presence.iter().map(|(name, n)| format!("{name} {:.1}", *n as f64 / many as f64)).collect();
        report.note(&format!("  stays in a picture: {}; {raised} candidates in {many} pictures", stays.join(", ")));
    }
}
