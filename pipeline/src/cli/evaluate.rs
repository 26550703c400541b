//! `streetwatch evaluate`: candidates against a truth file.

use super::Failure;
use crate::evaluate::{self, Compared};
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `evaluate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Truth file: {"events": […], "lookalikes": […], "hours": {…}}. Several are cities of their own, counted together.
    #[arg(long, required = true)]
    truth: Vec<PathBuf>,
    /// Candidates, one a line: what `replay --json` prints, or the topic `dispatch`. One file for each truth, in its order.
    #[arg(long, required = true)]
    candidates: Vec<PathBuf>,
    /// The report as JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Each event, look-alike and candidate in a row, instead of the figures.
    #[arg(long, conflicts_with = "json")]
    events: bool,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let (truths, files) = (args.truth.len(), args.candidates.len());
    if truths != files {
        let why =
            format!("--truth is given {truths} times and --candidates {files} times; they belong together in pairs");
        return Err(Failure::Configuration(why));
    }
    let pairs = args.truth.iter().zip(&args.candidates);
    let read = pairs.map(|(truth, candidates)| Compared::read(truth, candidates)).collect::<Result<Vec<_>, _>>();
    let compared = Compared::together(read.map_err(Failure::configuration)?);
    let text = if args.json {
        serde_json::to_string_pretty(&compared.report).map_err(Failure::failed)? + "\n"
    } else if args.events {
        evaluate::beside(&compared, &super::closing::style())
    } else {
        evaluate::table(&compared.report)
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::failed)
}
