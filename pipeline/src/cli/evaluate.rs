//! `streetwatch evaluate`: candidates against a truth file.

use super::Failure;
use crate::evaluate;
use std::path::{Path, PathBuf};

/// Arguments of `evaluate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Truth file: {"events": […], "hours": {…}}.
    #[arg(long)]
    truth: PathBuf,
    /// Candidates, one a line: what `replay --json` prints, or the topic `dispatch`.
    #[arg(long)]
    candidates: PathBuf,
    /// The report as JSON instead of a table.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|e| Failure::configuration(format!("{}: {e}", path.display())))
    };
    let (truth_text, candidate_text) = (read(&args.truth)?, read(&args.candidates)?);
    let at = |path: &Path, error: &dyn std::fmt::Display| Failure::configuration(format!("{}: {error}", path.display()));
    let truth = evaluate::parse_truth(&truth_text).map_err(|e| at(&args.truth, &e))?;
    let candidates = evaluate::parse_candidates(&candidate_text).map_err(|e| at(&args.candidates, &e))?;
    let report = evaluate::evaluate(&truth, &candidates);
    let text = if args.json {
        serde_json::to_string_pretty(&report).map_err(Failure::failed)? + "\n"
    } else {
        evaluate::render(&report)
    };
    use std::io::Write;
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::failed)
}
