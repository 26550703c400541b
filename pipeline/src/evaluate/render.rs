//! The report as a table for people.

use super::{Report, Score, Spread};
use std::fmt::Write;

const HEADINGS: [&str; 12] = [
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
    "delay s mean/median/p95",
];

/// A table of the figures, then the misses and the false candidates.
pub fn table(report: &Report) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(report.by_rule.iter().map(|(rule, score)| row(rule, score)));
    rows.push(row("total", &report.total));
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADINGS.len()).map(width).collect();
    let mut text = String::new();
    for cells in &rows {
        let first = format!("{:<w$}", cells[0], w = widths[0]);
        let others = cells.iter().zip(&widths).skip(1).map(|(cell, w)| format!("{cell:>w$}"));
        let line = std::iter::once(first).chain(others).collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let dwell = report.total.dwell_error_s;
    let _ = writeln!(
        text,
        "\ndwell error s (of {} ended): mean {}, mean absolute {}; camera-days watched: {}",
        dwell.map_or(0, |d| d.count),
        number(dwell.map(|d| d.mean), 1),
        number(dwell.map(|d| d.mean_absolute), 1),
        number(report.total.camera_days, 2),
    );
    list(&mut text, "missed events", &report.misses, |m| {
        let e = &m.event;
        format!("events[{}] {} {} {} {} to {}", m.index, e.camera, e.rule, e.zone, e.start, e.end)
    });
    let candidate = |c: &super::FalseCandidate| {
        format!(
            "{} {} {} {} raised {}, seen {} to {}",
            c.id, c.camera, c.rule, c.zone, c.raised_at, c.first_seen, c.last_seen
        )
    };
    list(&mut text, "false candidates", &report.false_candidates, candidate);
    list(&mut text, "withdrawn", &report.withdrawn, candidate);
    list(&mut text, "warnings", &report.warnings, String::clone);
    text
}

fn row(name: &str, s: &Score) -> [String; 12] {
    let delay = |pick: fn(&Spread) -> f64| number(s.delay_s.as_ref().map(pick), 1);
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
        if s.delay_s.is_some() {
            format!("{}/{}/{}", delay(|d| d.mean), delay(|d| d.median), delay(|d| d.p95))
        } else {
            "n/a".to_owned()
        },
    ]
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "n/a".to_owned(), |v| format!("{v:.digits$}"))
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
