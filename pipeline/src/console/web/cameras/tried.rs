//! A dry run, as the zone editor says it.

use super::super::visitor::Supervisor;
use super::super::{App, time, words};
use crate::config::Camera;
use crate::console::cameras::Trial;
use operators::rehearsal::Rehearsed;

/// The result of a dry run, as the page says it.
pub struct Tried {
    pub words: String,
    pub span: String,
    pub rows: Vec<TriedRow>,
}

/// A candidate of a dry run.
pub struct TriedRow {
    pub kind: &'static str,
    pub words: String,
    pub label: String,
    pub at: String,
    pub stood: String,
}

/// A dry run in the reader's words.
pub fn told(app: &App, who: &Supervisor, camera: &Camera, trial: &Trial) -> Tried {
    let tongue = who.visitor.tongue;
    let found = &trial.comparison;
    let at = |moment| time::of_camera(&camera.time(moment, &app.timezone).to_string());
    let row = |kind: &'static str, key: &str, r: &Rehearsed| TriedRow {
        kind,
        words: tongue.t(key).to_owned(),
        label: tongue.of("label", r.label().as_str()),
        at: at(r.raised_at),
        stood: words::span(tongue, r.dwell as f64 / 1000.0),
    };
    let mut rows: Vec<_> = found.gone.iter().map(|r| (r.raised_at, row("bad", "cameras.try-gone", r))).collect();
    rows.extend(found.fresh.iter().map(|r| (r.raised_at, row("warn", "cameras.try-fresh", r))));
    rows.extend(found.kept.iter().map(|(_, r)| (r.raised_at, row("good", "cameras.try-kept", r))));
    rows.sort_by_key(|(raised, _)| *raised);
    Tried {
        words: tongue.with("cameras.try-result", &[&found.after().to_string(), &found.before().to_string()]),
        span: tongue.with("cameras.try-span", &[&at(trial.from), &at(trial.until)]),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
    }
}
