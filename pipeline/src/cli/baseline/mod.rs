//! `streetwatch baseline build / approve / accept / list / show`: what views look like when all is well.

mod accept;
mod build;

use super::Failure;
use super::components::registry_of;
use crate::baseline::{self, Approval, Approver, BaselineRecord, Origin, Store, StoredBaseline, View};
use crate::config::{self, Camera, City};
use crate::evidence::jpeg;
use crate::payload::OffsetTime;
use crate::registry::{self, Registry};
use clap::Subcommand;
use operators::components::Registered;
use operators::vocabulary::EventTime;
use std::io::Write;
use std::path::PathBuf;

/// Quality of the picture that `show` writes.
const SHOWN_QUALITY: u8 = 90;

/// Arguments of `baseline`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Take the median of many pictures as a new version, which somebody then approves.
    Build(build::Args),
    /// Say that a version shows how things should be; the worker compares with the newest approved.
    Approve(Approve),
    /// Take the change that a candidate shows for legitimate: it becomes the new baseline.
    Accept(accept::Args),
    /// List the versions.
    List(List),
    /// Write a version as a picture, with the components drawn in.
    Show(Show),
}

/// A view and a version of it.
#[derive(Debug, clap::Args)]
struct Which {
    /// The city.
    city: PathBuf,
    /// The camera.
    #[arg(long)]
    camera: String,
    /// Its preset, where it has several.
    #[arg(long)]
    preset: Option<String>,
    /// Part of the day; the first one where it is left out.
    #[arg(long)]
    part: Option<String>,
    /// Version; the newest where it is left out.
    #[arg(long)]
    version: Option<u32>,
}

/// Arguments of `baseline approve`.
#[derive(Debug, clap::Args)]
struct Approve {
    #[command(flatten)]
    which: Which,
    /// Who says so.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    by: String,
    /// When, RFC 3339 with an offset; now where it is left out.
    #[arg(long)]
    at: Option<OffsetTime>,
    /// A few words.
    #[arg(long)]
    note: Option<String>,
}

/// Arguments of `baseline list`.
#[derive(Debug, clap::Args)]
struct List {
    /// The city.
    city: PathBuf,
    /// One version a line, as it lies in the store.
    #[arg(long)]
    json: bool,
}

/// Arguments of `baseline show`.
#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    which: Which,
    /// The JPEG to write.
    #[arg(long, default_value = "baseline.jpg")]
    out: PathBuf,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    match args.action {
        Action::Build(args) => build::run(&args),
        Action::Approve(args) => approve(args),
        Action::Accept(args) => accept::run(&args),
        Action::List(args) => list(&args),
        Action::Show(args) => show(&args),
    }
}

fn approve(args: Approve) -> Result<(), Failure> {
    let (city, store, stored, _) = find(&args.which)?;
    if let Some(approval) = &stored.approval {
        let by = &approval.by;
        return Err(Failure::Failed(format!("{}: approved already, {} by {by}", line(&stored), approval.at)));
    }
    // What cannot be opened must not be compared with.
    store.open(&stored).map_err(Failure::failed)?;
    let approval =
        Approval { by: Approver::Person(args.by), at: args.at.unwrap_or_else(|| now(&city)), note: args.note };
    let stored = store.approve(&stored, &approval).map_err(Failure::failed)?;
    eprintln!("{}", line(&stored));
    Ok(())
}

fn list(args: &List) -> Result<(), Failure> {
    let city = config::load(&args.city).map_err(Failure::configuration)?;
    let store = Store::new(&city.baselines.store);
    let mut out = std::io::stdout().lock();
    for camera in &city.cameras {
        for part in &city.baselines.parts {
            let view = View { camera: camera.id.clone(), preset: camera.preset.clone(), part: part.name.clone() };
            for stored in store.versions(&view).map_err(Failure::failed)? {
                let written = match args.json {
                    true => writeln!(
                        out,
                        "{}",
                        serde_json::json!({ "baseline": stored.record, "approval": stored.approval, "folder": stored.folder })
                    ),
                    false => writeln!(out, "{}", line(&stored)),
                };
                written.map_err(Failure::failed)?;
            }
        }
    }
    Ok(())
}

fn show(args: &Show) -> Result<(), Failure> {
    let (city, store, stored, camera) = find(&args.which)?;
    let picture = store.picture(&stored).map_err(Failure::failed)?;
    let shown = baseline::show(&stored, &picture, &registered(&city, &camera));
    let bytes = jpeg::encode(&shown, SHOWN_QUALITY).map_err(Failure::failed)?;
    std::fs::write(&args.out, bytes).map_err(|e| Failure::Failed(format!("{}: {e}", args.out.display())))?;
    eprintln!("{}\n{}", line(&stored), args.out.display());
    Ok(())
}

fn find(which: &Which) -> Result<(City, Store, StoredBaseline, Camera), Failure> {
    let city = config::load(&which.city).map_err(Failure::configuration)?;
    let fits = |c: &&Camera| c.id == which.camera && which.preset.as_ref().is_none_or(|preset| c.preset == *preset);
    let camera = city.cameras.iter().find(fits).cloned().ok_or_else(|| {
        Failure::Configuration(format!(
            "{}: there is no camera \"{}\" at this preset",
            city.file.display(),
            which.camera
        ))
    })?;
    let first = city.baselines.parts.first().map(|part| part.name.clone());
    let part = match &which.part {
        Some(part) => known_part(&city, part)?,
        None => first.ok_or_else(|| Failure::Configuration("[baselines] parts is empty".to_owned()))?,
    };
    let view = View { camera: camera.id.clone(), preset: camera.preset.clone(), part };
    let store = Store::new(&city.baselines.store);
    let stored = store.version(&view, which.version).map_err(Failure::failed)?;
    Ok((city, store, stored, camera))
}

fn known_part(city: &City, part: &str) -> Result<String, Failure> {
    let names: Vec<_> = city.baselines.parts.iter().map(|p| p.name.as_str()).collect();
    if names.contains(&part) {
        return Ok(part.to_owned());
    }
    Err(Failure::Configuration(format!("\"{part}\" is no part of the day; there are: {}", names.join(", "))))
}

/// What stands in the view of a camera. A register that cannot be read is told, and empty here.
fn registered(city: &City, camera: &Camera) -> Vec<Registered> {
    let registry = registry_of(city).unwrap_or_else(|failure| {
        tracing::warn!(?failure, "no register");
        Registry::default()
    });
    let found = registry.in_view(&camera.id, &camera.preset);
    found.filter_map(|(component, view)| registry::registered(component, view).ok()).collect()
}

fn now(city: &City) -> OffsetTime {
    let now = jiff::Timestamp::now();
    OffsetTime::new(EventTime(now.as_millisecond()), city.timezone.to_offset(now))
}

/// One version in a line.
fn line(stored: &StoredBaseline) -> String {
    let record = &stored.record;
    let approved = match &stored.approval {
        Some(approval) => format!("approved {} by {}", approval.at, approval.by),
        None => "not approved".to_owned(),
    };
    let origin = match &record.origin {
        Origin::Built { .. } => format!("{} pictures", record.pictures),
        Origin::Accepted { after, components, .. } => format!("v{after} with {}", components.join(" ")),
    };
    let [width, height] = record.picture_size;
    let unjudged = match record.unjudged.as_slice() {
        [] => String::new(),
        ids => format!(", not judged: {}", ids.join(" ")),
    };
    let BaselineRecord { camera, preset, part, version, built_at, .. } = record;
    format!("{camera} {preset} {part} v{version}: {origin}, {width}x{height}, built {built_at}, {approved}{unjudged}")
}
