//! Component comparison: a 1080p picture with 20 components, shrinking and pose included, on one thread.

use operators::components::{
    Baseline, CompareConfig, Comparer, ComponentId, Form, Grey, MAX_COLUMNS, Nature, Registered, State,
};
use operators::vocabulary::{BBox, EventTime, Point, Polygon};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::hint::black_box;
use streetwatch_benches::report::{Report, Spread, Target};
use streetwatch_benches::{cpu, quick};

const WIDTH: usize = 1920;
const HEIGHT: usize = 1080;

/// A street of blocks of every size, swayed by `shift` pixels, with noise; the places in `gone` show the ground.
fn plane(seed: u64, shift: usize, gone: &[BBox]) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut plane = Vec::with_capacity(WIDTH * HEIGHT);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let u = x + shift;
            let (px, py) = (x as f32 / WIDTH as f32, y as f32 / HEIGHT as f32);
            let inside = |b: &BBox| px >= b.x && px < b.x + b.w && py >= b.y && py < b.y + b.h;
            let mix = |a: usize, b: usize| ((a * 73_856_093) ^ (b * 19_349_663)) >> 5;
            let coarse = mix(u / 97, y / 61) % 60;
            let fine = if gone.iter().any(inside) { 0 } else { mix(u / 11, y / 9) % 70 };
            plane.push((50 + coarse + fine) as u8 + rng.random_range(0..5u8));
        }
    }
    plane
}

/// Ten small things, six signs and bins, four large faces and surfaces.
fn components() -> Vec<Registered> {
    let sizes = [(0.03, 0.03), (0.025, 0.07), (0.09, 0.12)];
    let natures = [Nature::Flat, Nature::Standing, Nature::Face];
    (0..20)
        .filter_map(|n: usize| {
            let kind = if n < 10 {
                0
            } else if n < 16 {
                1
            } else {
                2
            };
            let (w, h) = sizes[kind];
            let (x, y) = (0.04 + 0.19 * (n % 5) as f32, 0.05 + 0.24 * (n / 5) as f32);
            let corners = vec![(x, y), (x + w, y), (x + w, y + h), (x, y + h)];
            let polygon = Polygon::new(corners.into_iter().map(|(x, y)| Point { x, y }).collect()).ok()?;
            let nature = if n == 19 { Nature::Clear } else { natures[kind] };
            let id = ComponentId(format!("{n:017}"));
            Some(Registered { id, nature, form: Form::Area(polygon), urgent: false })
        })
        .collect()
}

fn main() {
    let mut report = Report::new("components", "component comparison: 1080p, 20 components, one thread");
    let components = components();
    let at = (EventTime(0), EventTime(0));
    let comparer = Grey::from_plane(WIDTH, HEIGHT, WIDTH, &plane(1, 0, &[])).and_then(|grey| {
        let spread = vec![0; grey.data().len()];
        let base = Baseline::from_parts(grey, spread, 1, at).ok()?;
        Comparer::new(&base, &components, CompareConfig::default()).ok()
    });
    let Some(comparer) = comparer else {
        report.note("the street could not be prepared");
        return;
    };
    let gone: Vec<BBox> = components.iter().skip(10).take(3).map(|c| c.form.bbox()).collect();
    for (name, gone, target) in
        [("as it was", &[][..], Target::Most(12.0)), ("three components changed", &gone[..], Target::Most(12.0))]
    {
        let planes: Vec<Vec<u8>> = (0..4).map(|n| plane(10 + n, n as usize, gone)).collect();
        let (mut times, mut same) = (Vec::new(), 0);
        for round in 0..if quick() { 3 } else { 40 } {
            let plane = &planes[round % planes.len()];
            let before = cpu::thread_cpu();
            let told = Grey::from_plane(WIDTH, HEIGHT, WIDTH, black_box(plane)).map(|g| comparer.compare(&g, &[]));
            let spent = (cpu::thread_cpu() - before).as_secs_f64() * 1e3;
            same = told.map_or(0, |t| t.verdicts.iter().filter(|v| v.state == State::Same).count());
            // The first touches memory for the first time.
            if round > 0 {
                times.push(spent);
            }
        }
        let times = Spread::of(times);
        report.row(&format!("{name}: a picture"), times.median(), "ms CPU", Some(times.range()), target);
        report.note(&format!("  {same} of {} the same, shrunk to at most {MAX_COLUMNS} columns", components.len()));
    }
    let memory = comparer.memory() as f64 / 1e6;
    report.row("memory of a prepared camera", memory, "MB", None, Target::None);
}
