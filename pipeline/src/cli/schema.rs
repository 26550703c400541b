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
    std::fs::create_dir_all(&dir).map_err(Failure::failed)?;
    for (name, text) in schema::documents() {
        let path = dir.join(name);
        std::fs::write(&path, text).map_err(|e| Failure::failed(format!("{}: {e}", path.display())))?;
    }
    Ok(())
}
