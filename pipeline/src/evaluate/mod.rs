//! Event-level precision, recall and delay of candidates against a truth file.
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
//! - **Delay** = `raised_at` − event's start, in seconds, over the matches. It
//!   holds the rule's dwell: a rule that waits 180 s has a delay of 180 s or more.
//! - **Dwell error** = candidate's `dwell_s` − length of the event, in seconds,
//!   over matches that are `ended`; the others are still growing.
//! - **False per camera-day** = false candidates of the cameras in `hours`,
//!   divided by the sum of their hours / 24. By rule the same hours are used,
//!   for every rule watches all the time.
//! - p95 is the nearest rank: the smallest value that at least 95 % do not exceed.
//!
//! What cannot be computed (no raised candidate, no event, no hours) is `n/a`
//! in the table and `null` in JSON, never 0.

mod input;
mod matching;
mod render;
mod report;

pub use input::{EvaluateError, RaisedCandidate, Truth, TruthEvent, parse_candidates, parse_truth};
pub use render::table;
pub use report::{FalseCandidate, Match, Miss, Report, Score, Spread, evaluate};

use std::{fs, path::Path};

/// Reads both files and compares them: all that the command does but printing.
///
/// # Errors
/// A file cannot be read, or holds what is no truth and no candidate; the
/// error names file and line.
pub fn evaluate_files(truth: &Path, candidates: &Path) -> Result<Report, EvaluateError> {
    let read =
        |path: &Path| fs::read_to_string(path).map_err(|source| EvaluateError::Read { path: path.to_owned(), source });
    let truth = parse_truth(&read(truth)?).map_err(|e| e.in_file(truth))?;
    let candidates = parse_candidates(&read(candidates)?).map_err(|e| e.in_file(candidates))?;
    Ok(evaluate(&truth, &candidates))
}

#[cfg(test)]
mod tests;
