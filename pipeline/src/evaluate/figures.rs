//! The report's figures as tables for people.

use super::{FalseCandidate, Report, Score, Spread};
use std::fmt::Write;

const COUNTS: [&str; 12] = [
    "rule",
    "events",
    "raised",
    "matched",
    "missed",
    "false",
    "withdrawn",
    "precision",
    "recall",
    "F1",
    "false/cam-day",
    "quiet",
];

const SECONDS: [&str; 4] =
    ["seconds", "delay mean/median/p95", "start error mean/mean abs/largest", "dwell error mean/mean abs/largest"];

/// Two tables of the figures, then the misses and the false candidates.
pub fn table(report: &Report) -> String {
    let mut text = columns(COUNTS, report, counts);
    text.push('\n');
    text.push_str(&columns(SECONDS, report, seconds));
    let open = report.matches.iter().filter(|m| m.open).count();
    let _ = writeln!(
        text,
        "\nmatched and never ended: {open} of {}; camera-days watched: {}; quiet: look-alikes that raised nothing",
        report.total.matched,
        number(report.total.camera_days, 2),
    );
    list(&mut text, "missed events", &report.misses, |m| {
        let e = &m.event;
        let story = e.story.as_ref().map(|s| format!(": {s}")).unwrap_or_default();
        format!("events[{}] {} {} {} {} to {}{story}", m.index, e.camera, e.rule, e.zone, e.start, e.end)
    });
    list(&mut text, "false candidates", &report.false_candidates, candidate);
    list(&mut text, "withdrawn", &report.withdrawn, candidate);
    list(&mut text, "warnings", &report.warnings, String::clone);
    text
}

/// One row a rule and one of all, each column as wide as it must be.
fn columns<const N: usize>(headings: [&str; N], report: &Report, row: fn(&str, &Score) -> [String; N]) -> String {
    let mut rows = vec![headings.map(str::to_owned)];
    rows.extend(report.by_rule.iter().map(|(rule, score)| row(rule, score)));
    rows.push(row("total", &report.total));
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for cells in &rows {
        let first = format!("{:<w$}", cells[0], w = widths[0]);
        let others = cells.iter().zip(&widths).skip(1).map(|(cell, w)| format!("{cell:>w$}"));
        let line = std::iter::once(first).chain(others).collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn counts(name: &str, s: &Score) -> [String; 12] {
    [
        name.to_owned(),
        s.events.to_string(),
        s.raised.to_string(),
        s.matched.to_string(),
        s.missed.to_string(),
        s.wrong.to_string(),
        s.withdrawn.to_string(),
        number(s.precision, 3),
        number(s.recall, 3),
        number(s.f1, 3),
        number(s.false_per_camera_day, 2),
        if s.lookalikes > 0 { format!("{}/{}", s.quiet, s.lookalikes) } else { "n/a".to_owned() },
    ]
}

fn seconds(name: &str, s: &Score) -> [String; 4] {
    let error = |spread| three(spread, [|s| s.mean, |s| s.mean_absolute, |s| s.largest_absolute]);
    [
        name.to_owned(),
        three(s.delay_s, [|s| s.mean, |s| s.median, |s| s.p95]),
        error(s.start_error_s),
        error(s.dwell_error_s),
    ]
}

fn three(spread: Option<Spread>, picks: [fn(&Spread) -> f64; 3]) -> String {
    let all = |s: &Spread| picks.map(|pick| format!("{:.1}", pick(s))).join("/");
    spread.as_ref().map_or_else(|| "n/a".to_owned(), all)
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "n/a".to_owned(), |v| format!("{v:.digits$}"))
}

fn candidate(c: &FalseCandidate) -> String {
    let look = match (c.lookalike, &c.story) {
        (Some(index), Some(story)) => format!(": lookalikes[{index}] {story}"),
        (Some(index), None) => format!(": lookalikes[{index}]"),
        (None, _) => String::new(),
    };
    format!(
        "{} {} {} {} raised {}, seen {} to {}{look}",
        c.id, c.camera, c.rule, c.zone, c.raised_at, c.first_seen, c.last_seen
    )
}

fn list<T>(text: &mut String, title: &str, items: &[T], line: impl Fn(&T) -> String) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title} ({}):", items.len());
    for item in items {
        let _ = writeln!(text, "  {}", line(item));
    }
}
