//! `streetwatch evaluate`: candidates against a truth file.

use super::Failure;
use crate::evaluate;
use std::io::Write;
use std::path::PathBuf;

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
    let report = evaluate::evaluate_files(&args.truth, &args.candidates).map_err(Failure::configuration)?;
    let text = if args.json {
        serde_json::to_string_pretty(&report).map_err(Failure::failed)? + "\n"
    } else {
        evaluate::table(&report)
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::failed)
}
