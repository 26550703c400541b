//! The picture of a candidate of readings: a map of the device's way, or a chart of its values, with words below.

mod canvas;
mod chart;
mod map;

use super::book::Book;
use super::evidence::Subject;
use crate::evidence::{raster::Raster, strip};
use crate::payload::{Candidate, OffsetTime};
use operators::series::Held;
use operators::vocabulary::SensorChange;

const WIDTH: usize = 1280;
const HEIGHT: usize = 760;

/// The picture, with a strip that says what it is.
pub(super) fn picture(
    book: &Book,
    candidate: &Candidate,
    change: &SensorChange,
    subject: &Subject<'_>,
    shown: &[&Held<'_>],
) -> Raster {
    let drawn = match chart::of(change.rule, shown) {
        Some(series) => chart::draw(candidate, change, &series),
        None => map::draw(book, candidate, change, subject, shown),
    };
    strip(&drawn, &words(candidate, change))
}

/// What the strip says. The fonts have no Han characters, so the province's sign is left off a plate.
fn words(candidate: &Candidate, change: &SensorChange) -> Vec<String> {
    let sensor = candidate.sensor.as_ref();
    let plain = |text: &str| text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect::<String>();
    let mut who = format!("{} {}", candidate.object.label, plain(&candidate.camera));
    if let Some(plate) = sensor.and_then(|s| s.plate.as_deref()) {
        who += &format!("  plate {}", plain(plate));
    }
    // A rule about nothing drawn has the device's own kind in its place.
    let place =
        if matches!(candidate.zone.as_str(), "vehicle" | "device") { String::new() } else { plain(&candidate.zone) };
    let unit = sensor.map_or("", |s| if s.unit.is_ascii() { s.unit.as_str() } else { "deg" });
    let number = |v: f32| if v.fract().abs() < 0.05 { format!("{v:.0}") } else { format!("{v:.2}") };
    let limit = if change.limit > 0.0 { format!(" (limit {})", number(change.limit)) } else { String::new() };
    let what = format!("{}  {place}  {} {unit}{limit}", change.rule.as_str(), number(change.value));
    let when = format!(
        "from {}  decided {}  confidence {:.2}",
        clock(&candidate.first_seen),
        clock(&candidate.raised_at),
        change.confidence
    );
    let mut words = vec![who, what, when];
    words.extend(change.notes.iter().map(|note| plain(note)));
    words
}

fn clock(at: &OffsetTime) -> String {
    let (date, time) = (at.local().date(), at.local().time());
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// Hours and minutes.
fn short(at: &OffsetTime) -> String {
    let time = at.local().time();
    format!("{:02}:{:02}", time.hour(), time.minute())
}
