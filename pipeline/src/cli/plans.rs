//! `streetwatch plans`: fences, routes, roads, plans, permits, vehicles and devices of a folder.

use super::Failure;
use crate::plans::{self, PlanKind, Plans};
use crate::registry::Remark;
use clap::Subcommand;
use std::path::PathBuf;

/// Ids named in a line, at most.
const NAMED: usize = 12;

/// Arguments of `plans`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List what is wrong with a folder, or what is in it.
    Check {
        /// The folder.
        folder: PathBuf,
    },
    /// Add the rows of a file to a folder; those whose id is there are replaced.
    Import(Import),
}

/// Arguments of `plans import`.
#[derive(Debug, clap::Args)]
struct Import {
    /// What the rows are.
    #[arg(long, value_enum)]
    kind: PlanKind,
    /// A file ending in .geojson, .json or .csv (shapes in a column `shape`, as well-known text).
    file: PathBuf,
    /// The folder; made if it is not there.
    folder: PathBuf,
    /// Only say what would change: nothing is written.
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    match args.action {
        Action::Check { folder } => {
            let (plans, remarks) = plans::read(&folder).map_err(Failure::configuration)?;
            tell(&remarks);
            summary(&plans);
            Ok(())
        }
        Action::Import(args) => import(&args),
    }
}

fn import(args: &Import) -> Result<(), Failure> {
    let imported = plans::import(args.kind, &args.file, &args.folder).map_err(Failure::configuration)?;
    tell(&imported.remarks);
    for (what, ids) in [("new", &imported.added), ("changed", &imported.changed), ("as before", &imported.same)] {
        let named = ids.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if ids.len() > NAMED { ", …" } else { "" };
        eprintln!("{what}: {}{}{named}{more}", ids.len(), if ids.is_empty() { "" } else { " — " });
    }
    if args.check {
        return Ok(());
    }
    let written = plans::replace(&args.folder, &imported.seen, &imported.plans).map_err(Failure::failed)?;
    for file in &written {
        eprintln!("written: {}", file.display());
    }
    if written.is_empty() {
        eprintln!("nothing to write");
    }
    Ok(())
}

fn tell(remarks: &[Remark]) {
    for remark in remarks {
        eprintln!("{remark}");
    }
}

fn summary(plans: &Plans) {
    let plan = &plans.plan;
    let counts = [
        ("fences", plan.fences.len()),
        ("routes", plan.routes.len()),
        ("roads", plan.roads.len()),
        ("plans", plan.plans.len()),
        ("permits", plan.permits.len()),
        ("vehicles", plan.vehicles.len()),
        ("devices", plans.devices.len()),
    ];
    let counts = counts.map(|(what, n)| format!("{what}: {n}")).join(", ");
    eprintln!("{counts}; version {}", &plans.version()[..12]);
}
