//! `run --truth`: the closing table, once every source has ended.

use super::Failure;
use crate::config::City;
use crate::evaluate::{self, Compared, RaisedCandidate, Style, Truth};
use crate::worker::{Collector, Sink};
use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// The truth of a run, and what the run has published so far.
pub(super) struct Closing {
    truth: Truth,
    collector: Arc<Collector>,
}

impl Closing {
    /// Reads the truth files, and warns about what in them cannot come true in this city.
    pub fn open(paths: &[PathBuf], city: &City) -> Result<Closing, Failure> {
        let truth = evaluate::read_truths(paths).map_err(Failure::configuration)?;
        for doubt in doubts(&truth, city) {
            tracing::warn!("{}: {doubt}", paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", "));
        }
        Ok(Closing { truth, collector: Arc::default() })
    }

    /// Collects what `sink` has acknowledged.
    pub fn watch(&self, sink: Arc<dyn Sink>) -> Arc<dyn Sink> {
        self.collector.beside(sink)
    }

    /// Prints each candidate beside its truth.
    pub fn print(&self) {
        let text = evaluate::beside(&self.compare(), &style());
        let mut out = std::io::stdout().lock();
        // A closed stdout must not stop the pipeline.
        let _closed = writeln!(out, "\n{text}").and_then(|()| out.flush());
    }

    /// What `--strict` says of a run whose sources all `ended`, or did not.
    ///
    /// # Errors
    /// They did not, or what was published is not what happened.
    pub fn verdict(&self, ended: bool) -> Result<(), Failure> {
        let report = self.compare().report;
        if ended && report.is_clean() {
            return Ok(());
        }
        let (missed, wrong) = (report.total.missed, report.total.wrong);
        Err(Failure::Failed(match ended {
            true => format!("strict: {missed} missed, {wrong} false"),
            false => "strict: stopped before every source had ended".to_owned(),
        }))
    }

    fn compare(&self) -> Compared {
        let candidates = self.collector.last_words().into_iter().map(|event| RaisedCandidate::from(event.data));
        Compared::new(self.truth.clone(), candidates.collect())
    }
}

/// How tables look on this stdout: in colour only on a terminal that wants it.
pub(super) fn style() -> Style {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    Style { colour, folder: std::env::current_dir().unwrap_or_default() }
}

fn doubts(truth: &Truth, city: &City) -> Vec<String> {
    let told: BTreeSet<&str> = truth.events.iter().chain(&truth.lookalikes).map(|e| e.camera.as_str()).collect();
    // Devices are not known beforehand: where the city has any, an id may be one of them.
    let is_strange = |id: &&&str| city.sensors.is_none() && city.cameras.iter().all(|c| c.id != **id);
    let strange = told.iter().filter(is_strange).copied().collect::<Vec<_>>();
    let names = |pick: &dyn Fn(&crate::config::Camera) -> bool| {
        city.cameras.iter().filter(|c| pick(c)).map(|c| c.id.as_str()).collect::<Vec<_>>()
    };
    let endless = names(&|c| !c.is_file() || c.repeat);
    let timeless = names(&|c| told.contains(c.id.as_str()) && c.is_file() && c.start.is_none());
    [
        (strange, "the city has no such cameras, so their events will be missed"),
        (endless, "these cameras never end, so there will be no closing table"),
        (timeless, "these cameras have no `start` and run at the time of now, so their events will be missed"),
    ]
    .into_iter()
    .filter(|(cameras, _)| !cameras.is_empty())
    .map(|(cameras, why)| format!("{why}: {}", cameras.join(", ")))
    .collect()
}
