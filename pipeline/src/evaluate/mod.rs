//! Event-level precision, recall, delay and dwell error of candidates against a truth file.
//!
//! # Definitions
//! - **Match**: a candidate and a true event of the same camera and rule whose
//!   times overlap (`first_seen..=last_seen` and `start..=end`, touching counts)
//!   and, where the event has a box, whose boxes overlap with IoU ≥ 0.3. Each
//!   event and each candidate matches at most once: the pairing with the most
//!   matches is taken, and among those the one whose starts agree best. Zones
//!   are not compared: a city may name them differently from the truth.
//! - **Raised**: candidates whose last state is not `withdrawn`. Several lines
//!   of one id are one candidate: the last word (`ended`, `withdrawn`) holds,
//!   else the latest `last_seen`, else the later line.
//! - **Precision** = matched / raised. **Recall** = matched / events.
//!   **F1** = 2 · matched / (raised + events).
//! - **Look-alike**: what the truth file lists as something that must not be
//!   raised. A candidate that matches no event is false, whatever it fits; one
//!   that fits a look-alike by the terms of a match is reported with its story.
//!   A look-alike is **quiet** while no false candidate is reported with it.
//! - **Delay** = `raised_at` − event's start, in seconds, over the matches. It
//!   holds the rule's dwell: a rule that waits 180 s has a delay of 180 s or more.
//! - **Visible**: of an event that began before its source did, or went on after
//!   it, only what the source showed can be measured. Where the truth file says
//!   from when to when a camera was watched (`watched`), the event is clipped to
//!   that. Where it does not, a candidate that never ended is compared with the
//!   event up to the candidate's own `last_seen`: right for one that is still
//!   growing, and blind to an object that was lost sight of before the source
//!   ended, which is why a truth file of recordings should say `watched`.
//! - **Start error** = `first_seen` − event's visible start, in seconds.
//! - **Dwell error** = candidate's `dwell_s` − event's visible length, in
//!   seconds, over the matches. Both errors hold up to a sample by themselves at
//!   each end, for nothing is seen between two samples.
//! - **False per camera-day** = false candidates of the cameras in `hours`,
//!   divided by the sum of their hours / 24. By rule the same hours are used,
//!   for every rule watches all the time.
//! - p95 is the nearest rank: the smallest value that at least 95 % do not exceed.
//!
//! What cannot be computed (no raised candidate, no event, no hours) is `n/a`
//! in the table and `null` in JSON, never 0.

mod beside;
mod candidates;
mod columns;
mod compare;
mod error;
mod figures;
mod matching;
mod report;
mod rows;
mod truth;

pub use beside::{Style, beside};
pub use candidates::{Picture, RaisedCandidate, RaisedObject, parse_candidates};
pub use compare::evaluate;
pub use error::EvaluateError;
pub use figures::table;
pub use report::{FalseCandidate, Match, Miss, Report, Score, Spread};
pub use truth::{Truth, TruthEvent, Watched, parse_truth};

use std::{fs, path::Path};

/// Both sides of an evaluation, and what it found.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What happened.
    pub truth: Truth,
    /// What was raised.
    pub candidates: Vec<RaisedCandidate>,
    /// How far they agree.
    pub report: Report,
}

impl Compared {
    /// Compares the two.
    pub fn new(truth: Truth, candidates: Vec<RaisedCandidate>) -> Compared {
        let report = evaluate(&truth, &candidates);
        Compared { truth, candidates, report }
    }

    /// Reads both files and compares them.
    ///
    /// # Errors
    /// A file cannot be read, or holds what is no truth and no candidate; the
    /// error names file and line.
    pub fn read(truth: &Path, candidates: &Path) -> Result<Compared, EvaluateError> {
        let truth = read_truth(truth)?;
        let candidates = parse_candidates(&read(candidates)?).map_err(|e| e.in_file(candidates))?;
        Ok(Compared::new(truth, candidates))
    }
}

impl Compared {
    /// Several cities counted together. Cameras of the same name are others in each: they are called `1/name`, `2/name`.
    pub fn together(mut cities: Vec<Compared>) -> Compared {
        if cities.len() == 1 {
            return cities.remove(0);
        }
        let (mut truth, mut candidates) = (Truth::default(), Vec::new());
        for (number, city) in (1..).zip(cities) {
            let own = |camera: String| format!("{number}/{camera}");
            let event = |e: TruthEvent| TruthEvent { camera: own(e.camera), ..e };
            truth.events.extend(city.truth.events.into_iter().map(event));
            truth.lookalikes.extend(city.truth.lookalikes.into_iter().map(event));
            truth.hours.extend(city.truth.hours.into_iter().map(|(camera, hours)| (own(camera), hours)));
            truth.watched.extend(city.truth.watched.into_iter().map(|(camera, watched)| (own(camera), watched)));
            let candidate = |c: RaisedCandidate| RaisedCandidate { camera: own(c.camera), id: own(c.id), ..c };
            candidates.extend(city.candidates.into_iter().map(candidate));
        }
        Compared::new(truth, candidates)
    }
}

/// Reads truth files as one.
///
/// # Errors
/// As [`read_truth`].
pub fn read_truths(paths: &[impl AsRef<Path>]) -> Result<Truth, EvaluateError> {
    let mut truth = Truth::default();
    for path in paths {
        truth.join(read_truth(path.as_ref())?);
    }
    Ok(truth)
}

/// Reads a truth file.
///
/// # Errors
/// It cannot be read, or is none; the error names file, and line or key.
pub fn read_truth(path: &Path) -> Result<Truth, EvaluateError> {
    parse_truth(&read(path)?).map_err(|e| e.in_file(path))
}

fn read(path: &Path) -> Result<String, EvaluateError> {
    fs::read_to_string(path).map_err(|source| EvaluateError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
mod beside_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
