//! `streetwatch schema write DIR`: the generated documents.

use super::Failure;
use crate::payload::schema;
use clap::Subcommand;
use std::path::PathBuf;

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write every document into a folder.
    Write {
        /// The folder.
        dir: PathBuf,
    },
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let Action::Write { dir } = args.action;
    schema::write(&dir).map_err(|e| Failure::failed(format!("{}: {e}", dir.display())))
}
