//! `streetwatch baseline accept`: the change that a candidate shows is legitimate.

use super::{line, now, registered};
use crate::baseline::{self, Accepted, Store};
use crate::cli::{Failure, runtime, topic};
use crate::config::{self, Camera, City};
use crate::payload::{Candidate, CloudEvent, EvidenceKind};
use std::path::PathBuf;

/// Arguments of `baseline accept`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The city.
    city: PathBuf,
    /// The candidate's id.
    candidate: uuid::Uuid,
    /// What `replay --json` printed; else the candidate is looked for on the topic `dispatch`.
    #[arg(long)]
    candidates: Option<PathBuf>,
    /// The candidate's `scene` picture, where its evidence does not lie in a folder here.
    #[arg(long)]
    picture: Option<PathBuf>,
    /// Who says so.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    by: String,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let city = config::load(&args.city).map_err(Failure::configuration)?;
    let candidate = candidate(args, &city)?;
    let known = |c: &&Camera| c.id == candidate.camera && c.preset == candidate.preset;
    let camera = city.cameras.iter().find(known).ok_or_else(|| {
        Failure::Configuration(format!(
            "{}: no camera {} at preset {}",
            city.file.display(),
            candidate.camera,
            candidate.preset
        ))
    })?;
    let picture = match &args.picture {
        Some(picture) => picture.clone(),
        None => scene(&candidate)?,
    };
    let local = candidate.raised_at.wall();
    let compared = candidate.finding.as_ref().and_then(|f| f.baseline.as_ref()).map(|b| b.part.clone());
    let part = compared.or_else(|| city.baselines.part(local).map(|p| p.name.clone()));
    let part = part.ok_or_else(|| Failure::Failed("the candidate was raised in no part of the day".to_owned()))?;
    let others = city.baselines.parts.iter().map(|p| p.name.clone()).filter(|name| *name != part).collect();
    let registered = registered(&city, camera);
    let accepted = Accepted {
        candidate: &candidate,
        picture: &picture,
        part: &part,
        other_parts: others,
        registered: &registered,
        by: &args.by,
        at: now(&city),
    };
    let versions = baseline::accept(&Store::new(&city.baselines.store), &accepted).map_err(Failure::failed)?;
    for stored in versions {
        eprintln!("{}", line(&stored));
    }
    Ok(())
}

/// The candidate, from a file or from the topic.
fn candidate(args: &Args, city: &City) -> Result<Candidate, Failure> {
    let missing = |place: String| Failure::Failed(format!("candidate {} is not {place}", args.candidate));
    let Some(file) = &args.candidates else {
        let found = runtime()?.block_on(topic::candidate(&city.log, args.candidate))?;
        return found.ok_or_else(|| missing("on the topic `dispatch`".to_owned()));
    };
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::Configuration(format!("{}: cannot be read: {e}", file.display())))?;
    let events = text.lines().filter_map(|line| serde_json::from_str::<CloudEvent<Candidate>>(line).ok());
    let found = events.map(|event| event.data).rfind(|c| c.id == args.candidate);
    found.ok_or_else(|| missing(format!("in {}", file.display())))
}

/// The unmarked deciding picture of a candidate in a local folder.
fn scene(candidate: &Candidate) -> Result<PathBuf, Failure> {
    let scene = candidate.evidence.iter().find(|e| e.kind == EvidenceKind::Scene);
    let path = scene.and_then(|e| url::Url::parse(&e.uri).ok()).and_then(|uri| uri.to_file_path().ok());
    path.ok_or_else(|| {
        let uri = scene.map_or("none", |e| e.uri.as_str());
        Failure::Failed(format!(
            "the candidate's scene picture is not in a folder here ({uri}); give it with --picture"
        ))
    })
}
