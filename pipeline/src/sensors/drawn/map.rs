//! A map of a vehicle's way about the decision, drawn from the city's own lines. North is up.

use super::super::book::Book;
use super::super::evidence::Subject;
use super::canvas::{BLUE, GREEN, INK, PAPER, Point, QUIET, RED, dashes, dot, hollow, plate};
use super::{HEIGHT, WIDTH, short};
use crate::evidence::raster::{Colour, Raster};
use crate::evidence::stroke;
use crate::payload::Candidate;
use operators::fleet::FenceKind;
use operators::ground::{LonLat, Plane};
use operators::series::Held;
use operators::vocabulary::{SensorChange, Values};

/// Half of the least ground that is shown, m.
const LEAST: f64 = 150.0;
/// Share of the picture that stays free at each edge.
const MARGIN: f64 = 0.08;
/// Fixes further apart in time are joined by dashes: nobody knows the way between.
const GAP: i64 = 60_000;

/// Where places lie on the picture.
struct View {
    plane: Plane,
    middle: [f64; 2],
    /// Pixels of a metre.
    scale: f64,
}

impl View {
    fn of(places: &[LonLat]) -> View {
        let plane = Plane::at(places.first().copied().unwrap_or_default());
        let points: Vec<_> = places.iter().map(|p| plane.metres(*p)).collect();
        let span = |pick: fn(&operators::ground::Metres) -> f64| {
            let all = points.iter().map(pick);
            let (least, most) = all.fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)));
            if least > most { (0.0, LEAST) } else { ((least + most) / 2.0, ((most - least) / 2.0).max(LEAST)) }
        };
        let ((x, half_x), (y, half_y)) = (span(|p| p.x), span(|p| p.y));
        let free = 0.5 - MARGIN;
        let scale = (WIDTH as f64 * free / half_x).min(HEIGHT as f64 * free / half_y);
        View { plane, middle: [x, y], scale }
    }

    fn at(&self, place: LonLat) -> Point {
        let p = self.plane.metres(place);
        let x = WIDTH as f64 / 2.0 + (p.x - self.middle[0]) * self.scale;
        let y = HEIGHT as f64 / 2.0 - (p.y - self.middle[1]) * self.scale;
        (x as f32, y as f32)
    }

    fn line(&self, places: &[LonLat]) -> Vec<Point> {
        places.iter().map(|p| self.at(*p)).collect()
    }

    /// Whether any of a line may be seen.
    fn shows(&self, line: &[Point]) -> bool {
        let (x, y) = (line.iter().map(|p| p.0), line.iter().map(|p| p.1));
        let within = |least: f32, most: f32, end: usize| most >= 0.0 && least <= end as f32;
        within(x.clone().fold(f32::MAX, f32::min), x.fold(f32::MIN, f32::max), WIDTH)
            && within(y.clone().fold(f32::MAX, f32::min), y.fold(f32::MIN, f32::max), HEIGHT)
    }
}

/// Draws it.
pub(super) fn draw(
    book: &Book,
    candidate: &Candidate,
    change: &SensorChange,
    subject: &Subject<'_>,
    shown: &[&Held<'_>],
) -> Raster {
    let fixes: Vec<(&Held<'_>, LonLat)> = shown.iter().filter_map(|h| Some((*h, h.place?))).collect();
    let good = fixes.iter().filter(|(h, _)| h.quality.has_place()).map(|(_, place)| *place);
    let decided = change.place.or(change.from);
    let mut places: Vec<LonLat> = good.chain(decided).chain(change.from).collect();
    match subject {
        Subject::Plan(plan) => places.extend(plan.segments.iter().flatten()),
        Subject::Fence(fence) if places.is_empty() => places.extend(&fence.corners),
        _ => {}
    }
    let view = View::of(&places);
    let mut picture = Raster::filled(WIDTH, HEIGHT, PAPER);
    ground(&mut picture, &view, book);
    highlight(&mut picture, &view, subject);
    way(&mut picture, &view, candidate, change, &fixes);
    if let Some(place) = decided {
        let at = view.at(place);
        hollow(&mut picture, at, 17.0, 3.5, RED);
        dot(&mut picture, at, 5.0, RED);
        let words = format!("{} {}", change.rule.as_str(), short(&candidate.raised_at));
        plate(&mut picture, (at.0 + 22.0, at.1 - 30.0), &words, RED);
    }
    scale_bar(&mut picture, &view);
    picture
}

/// Roads, routes and fences, quietly.
fn ground(picture: &mut Raster, view: &View, book: &Book) {
    for fence in &book.plan.fences {
        let corners = view.line(&fence.corners);
        if view.shows(&corners) {
            let colour = if matches!(fence.kind, FenceKind::Site | FenceKind::Depot) { GREEN } else { QUIET };
            stroke::fill(picture, &corners, colour, 0.14);
            stroke::ring(picture, &corners, 1.5, colour, 0.6);
        }
    }
    for road in &book.plan.roads {
        let line = view.line(&road.line);
        if view.shows(&line) {
            stroke::path(picture, &line, 5.0, QUIET, 0.8);
        }
    }
}

/// What the rule is about.
fn highlight(picture: &mut Raster, view: &View, subject: &Subject<'_>) {
    match subject {
        Subject::Fence(fence) => {
            let corners = view.line(&fence.corners);
            let colour = if matches!(fence.kind, FenceKind::NoEntry) { RED } else { BLUE };
            stroke::fill(picture, &corners, colour, 0.10);
            stroke::ring(picture, &corners, 3.0, colour, 0.9);
            label(picture, &corners, &fence.id, colour);
        }
        Subject::Routes(routes) => {
            for route in routes {
                let line = view.line(&route.line);
                let wide = ((route.width_m * view.scale) as f32).clamp(4.0, 120.0);
                stroke::path(picture, &line, wide, BLUE, 0.16);
                stroke::path(picture, &line, 2.0, BLUE, 0.8);
                label(picture, &line, &format!("route {}", route.id), BLUE);
            }
        }
        Subject::Road(road) => {
            let line = view.line(&road.line);
            stroke::path(picture, &line, 9.0, BLUE, 0.3);
            label(picture, &line, &format!("{} {:.0} km/h", road.id, road.limit_kmh), BLUE);
        }
        Subject::Plan(plan) => {
            for segment in &plan.segments {
                stroke::path(picture, &view.line(segment), 10.0, BLUE, 0.25);
            }
            plan.segments.first().into_iter().for_each(|s| label(picture, &view.line(s), &plan.id, BLUE));
        }
        Subject::None => {}
    }
}

/// A name beside the last of the points that is on the picture.
fn label(picture: &mut Raster, points: &[Point], text: &str, colour: Colour) {
    let inside = |p: &&Point| (0.0..WIDTH as f32).contains(&p.0) && (0.0..HEIGHT as f32).contains(&p.1);
    let text: String = text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(40).collect();
    if let Some(at) = points.iter().rev().find(inside).filter(|_| !text.is_empty()) {
        plate(picture, (at.0 + 6.0, at.1 + 6.0), &text, colour);
    }
}

/// The way, its fixes, and which way it went. Before the first that showed it grey, from then on red.
fn way(picture: &mut Raster, view: &View, candidate: &Candidate, change: &SensorChange, fixes: &[(&Held<'_>, LonLat)]) {
    let good: Vec<_> = fixes.iter().filter(|(h, _)| h.quality.has_place()).collect();
    for pair in good.windows(2) {
        let ([(before, a), (after, b)], red) = ([*pair[0], *pair[1]], pair[1].0.at >= change.first_seen);
        let colour = if red { RED } else { INK };
        if after.at.since(before.at) > GAP {
            dashes(picture, view.at(a), view.at(b), 2.0, colour);
        } else {
            stroke::path(picture, &[view.at(a), view.at(b)], 3.5, colour, 0.85);
        }
    }
    let mut last: Option<Point> = None;
    for (held, place) in fixes {
        let at = view.at(*place);
        if !held.quality.has_place() {
            hollow(picture, at, 4.0, 1.5, QUIET);
        } else if last.is_none_or(|l| (l.0 - at.0).hypot(l.1 - at.1) > 14.0) {
            last = Some(at);
            let slow = matches!(held.values, Values::Vehicle(m) if m.speed_kmh.is_some_and(|v| v < 5.0));
            dot(picture, at, if slow { 4.5 } else { 3.0 }, if held.at >= change.first_seen { RED } else { INK });
        }
    }
    for (held, place) in [good.first(), good.last()].into_iter().flatten().copied() {
        let at = view.at(*place);
        plate(picture, (at.0 + 8.0, at.1 + 8.0), &short(&candidate.raised_at.with_time(held.at)), INK);
    }
}

fn scale_bar(picture: &mut Raster, view: &View) {
    let lengths = [50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0];
    let fits = |m: &&f64| *m * view.scale <= WIDTH as f64 / 4.0;
    let metres = lengths.iter().rfind(fits).copied().unwrap_or(50.0);
    let (left, base, long) = (24.0, HEIGHT as f32 - 24.0, (metres * view.scale) as f32);
    let bar = [(left, base - 7.0), (left, base), (left + long, base), (left + long, base - 7.0)];
    stroke::path(picture, &bar, 2.5, INK, 1.0);
    let words = if metres >= 1000.0 { format!("{:.0} km", metres / 1000.0) } else { format!("{metres:.0} m") };
    plate(picture, (left + 6.0, base - 30.0), &format!("{words}  N up"), INK);
}
