//! The closing table: each candidate beside its truth, for people.

use super::columns::{padded, wrap};
use super::rows::{Row, Verdict, rows};
use super::{Compared, RaisedCandidate, Score, TruthEvent};
use crate::payload::OffsetTime;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use unicode_width::UnicodeWidthStr;

/// Columns that the table fits.
const WIDTH: usize = 120;
/// Widths of the columns rule, truth, candidate and verdict.
const WIDTHS: [usize; 4] = [16, 42, 42, 9];
const INDENT: &str = "  ";

/// How the table is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Style {
    /// Verdicts in colour: for a terminal only.
    pub colour: bool,
    /// Paths of pictures below this folder are shown from there.
    pub folder: PathBuf,
}

/// One row for every event, look-alike and candidate, by camera, then the
/// totals. It fits 120 columns; only a path longer than that does not.
pub fn beside(compared: &Compared, style: &Style) -> String {
    let mut text = String::new();
    for (camera, rows) in rows(compared) {
        let Some(first) = rows.first() else { continue };
        let clock = Clock::of(first);
        let heading = format!("{camera}, {} (times at {})", clock.day.local().date(), clock.day.offset_text());
        for line in wrap(&heading, WIDTH) {
            let _ = writeln!(text, "{line}");
        }
        draw(&mut text, ["rule, zone", "truth", "candidate", "verdict"].map(|h| vec![h.to_owned()]), None);
        for row in &rows {
            draw(&mut text, cells(row, &clock), style.colour.then(|| colour(row.verdict)));
            if let Some(still) = row.candidate.and_then(RaisedCandidate::deciding_still) {
                picture(&mut text, still, &style.folder);
            }
        }
        text.push('\n');
    }
    let _ = writeln!(text, "{}", totals(&compared.report.total));
    text
}

/// E.g. `16 events: 16 raised, 0 missed; 21 look-alikes: 21 quiet; 0 false candidates`.
fn totals(s: &Score) -> String {
    let many = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let mut text = format!(
        "{}: {} raised, {} missed; {}: {} quiet; {}",
        many(s.events, "event"),
        s.matched,
        s.missed,
        many(s.lookalikes, "look-alike"),
        s.quiet,
        many(s.wrong, "false candidate"),
    );
    if s.withdrawn > 0 {
        let _ = write!(text, "; {} withdrawn", s.withdrawn);
    }
    text
}

fn cells(row: &Row<'_>, clock: &Clock) -> [Vec<String>; 4] {
    let (rule, zone) = match (row.truth, row.candidate) {
        (Some(t), _) => (&t.rule, &t.zone),
        (None, Some(c)) => (&c.rule, &c.zone),
        (None, None) => return Default::default(),
    };
    let parts = [
        vec![rule.clone(), zone.clone()],
        row.truth.map_or_else(|| vec!["-".to_owned()], |t| truth(t, row.verdict, clock)),
        row.candidate.map_or_else(|| vec!["-".to_owned()], |c| candidate(c, clock)),
        vec![word(row.verdict).to_owned()],
    ];
    let mut widths = WIDTHS.into_iter();
    parts.map(|parts| {
        let width = widths.next().unwrap_or(WIDTH);
        parts.iter().flat_map(|part| wrap(part, width)).collect()
    })
}

fn truth(t: &TruthEvent, verdict: Verdict, clock: &Clock) -> Vec<String> {
    let story = t.story.as_ref().or(t.object.as_ref()).map_or("event", String::as_str);
    let look_alike = matches!(verdict, Verdict::Quiet | Verdict::False);
    let seconds = t.end.event_time().since(t.start.event_time()) as f64 / 1000.0;
    vec![
        if look_alike { format!("look-alike: {story}") } else { story.to_owned() },
        format!("{}, {seconds:.1} s", clock.span(t.start, t.end)),
    ]
}

fn candidate(c: &RaisedCandidate, clock: &Clock) -> Vec<String> {
    let score = c.object.score.map(|s| format!(" {s:.2}")).unwrap_or_default();
    let open = if c.is_open() { ", still there" } else { "" };
    vec![
        format!("raised {}, seen {}", clock.time(c.raised_at), clock.span(c.first_seen, c.last_seen)),
        format!("stood {:.1} s{open}, {}{score}", c.dwell_s, c.object.label),
    ]
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Raised => "raised",
        Verdict::Missed => "MISSED",
        Verdict::Quiet => "quiet",
        Verdict::False => "FALSE",
        Verdict::Withdrawn => "withdrawn",
    }
}

/// Parameters of ANSI's "select graphic rendition": green, bold red, yellow.
const fn colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Raised | Verdict::Quiet => "32",
        Verdict::Missed | Verdict::False => "1;31",
        Verdict::Withdrawn => "33",
    }
}

/// Writes the cells side by side, the verdict in the given colour.
fn draw(text: &mut String, cells: [Vec<String>; 4], colour: Option<&str>) {
    let [.., verdicts] = &cells;
    for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
        let cell = |column: usize| cells[column].get(line).map_or("", String::as_str);
        let left: String = (0..3).map(|n| format!("{INDENT}{}", padded(cell(n), WIDTHS[n]))).collect();
        let verdict = match (verdicts.get(line), colour) {
            (Some(word), Some(colour)) => format!("{INDENT}\u{1b}[{colour}m{word}\u{1b}[0m"),
            (Some(word), None) => format!("{INDENT}{word}"),
            (None, _) => String::new(),
        };
        let _ = writeln!(text, "{}", format!("{left}{verdict}").trim_end());
    }
}

/// Writes where the deciding still lies: below the truth, or further left where it is long.
fn picture(text: &mut String, uri: &str, folder: &Path) {
    let path = uri.strip_prefix("file://").unwrap_or(uri);
    let near = Path::new(path).strip_prefix(folder).ok().filter(|_| folder.is_absolute());
    let path: String = near.map_or(path, |near| near.to_str().unwrap_or(path)).replace(char::is_control, "");
    let column = 2 * INDENT.len() + WIDTHS[0];
    let column = if column + path.width() <= WIDTH { column } else { INDENT.len() };
    let _ = writeln!(text, "{}{path}", " ".repeat(column));
}

/// Times of one camera: on its wall, without the day where that is the heading's.
struct Clock {
    day: OffsetTime,
}

impl Clock {
    fn of(row: &Row<'_>) -> Clock {
        let offset = row.truth.map(|t| t.start).or(row.candidate.map(|c| c.first_seen));
        let day = offset.unwrap_or_else(|| OffsetTime::new(row.start(), jiff::tz::Offset::UTC));
        Clock { day }
    }

    /// To the nearest second, or what is seen for 25.9 s would seem to be seen for 25.
    fn time(&self, at: OffsetTime) -> String {
        let at = self.day.with_time(at.event_time().plus(500)).local();
        let clock = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
        if at.date() == self.day.local().date() { clock } else { format!("{} {clock}", at.date()) }
    }

    fn span(&self, from: OffsetTime, to: OffsetTime) -> String {
        format!("{}..{}", self.time(from), self.time(to))
    }
}
