//! `streetwatch baseline build / approve / accept / list / show`: what views look like when all is well.

use super::Failure;
use super::components::registry_of;
use crate::baseline::{
    self, Accepted, Approval, Approver, BaselineRecord, BuildRequest, Origin, Pictures, Store, StoredBaseline, Taken,
    View,
};
use crate::config::{self, Camera, City};
use crate::evidence::jpeg;
use crate::payload::{Candidate, CloudEvent, EvidenceKind, OffsetTime};
use crate::registry;
use crate::worker::Eyes;
use clap::Subcommand;
use models::ModelSearch;
use operators::components::Registered;
use operators::vocabulary::{BBox, EventTime, Millis};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

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
    Build(Build),
    /// Say that a version shows how things should be; the worker compares with the newest approved.
    Approve(Approve),
    /// Take the change that a candidate shows for legitimate: it becomes the new baseline.
    Accept(Accept),
    /// List the versions.
    List(List),
    /// Write a version as a picture, with the components drawn in.
    Show(Show),
}

/// Arguments of `baseline build`.
#[derive(Debug, clap::Args)]
struct Build {
    /// The city.
    city: PathBuf,
    /// Only this camera; else every camera with zones that compare.
    #[arg(long)]
    camera: Option<String>,
    /// Part of the day. Pictures of the cameras' own sources that are of another part are left out.
    #[arg(long)]
    part: Option<String>,
    /// Pictures (.jpg, .png), folders of them, or recordings, instead of the camera's source. Needs --camera and --part.
    #[arg(long, num_args = 1.., requires = "camera", requires = "part")]
    from: Vec<PathBuf>,
    /// How many pictures.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=500))]
    pictures: u32,
    /// How far apart, in the time of the source. Hours apart, shadows and parked cars leave the median.
    #[arg(long, default_value = "10s", value_parser = humantime::parse_duration)]
    every: Duration,
    /// Do not look for people and vehicles, which are otherwise left out of the median.
    #[arg(long)]
    without_detector: bool,
    /// Approve it by the rule `same-as-approved`: every component is as in the approved version before.
    #[arg(long)]
    by_rule: bool,
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

/// Arguments of `baseline accept`.
#[derive(Debug, clap::Args)]
struct Accept {
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
        Action::Build(args) => build(&args),
        Action::Approve(args) => approve(args),
        Action::Accept(args) => accept(&args),
        Action::List(args) => list(&args),
        Action::Show(args) => show(&args),
    }
}

fn build(args: &Build) -> Result<(), Failure> {
    let city = config::load(&args.city).map_err(Failure::configuration)?;
    let part = args.part.as_deref().map(|part| known_part(&city, part)).transpose()?;
    let cameras: Vec<&Camera> = match &args.camera {
        Some(id) => city.cameras.iter().filter(|c| c.id == *id).collect(),
        None => city.cameras.iter().filter(|c| c.compares()).collect(),
    };
    if cameras.is_empty() {
        let which = args.camera.as_ref().map_or("with zones that compare".to_owned(), |id| format!("\"{id}\""));
        return Err(Failure::Configuration(format!("{}: there is no camera {which}", city.file.display())));
    }
    let eyes = match args.without_detector {
        true => None,
        false => Some(Eyes::open(&city.models, &ModelSearch::from_env()).map_err(Failure::failed)?),
    };
    let mut failed = Vec::new();
    for camera in cameras {
        if let Err(error) = build_of(args, &city, camera, part.as_deref(), eyes.as_ref()) {
            failed.push(format!("camera {}: {error}", camera.id));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::Failed(failed.join("\n"))) }
}

/// One camera: the pictures of its source make a version of each part of the day that has enough.
fn build_of(
    args: &Build,
    city: &City,
    camera: &Camera,
    part: Option<&str>,
    eyes: Option<&Eyes>,
) -> Result<(), baseline::BaselineError> {
    let most = args.pictures as usize;
    let mut parts: Vec<(String, Pictures)> = Vec::new();
    let every = args.every.as_millis() as Millis;
    let mut take = |taken: Taken| {
        let of = match (args.from.is_empty(), part) {
            (false, Some(part)) => Some(part.to_owned()),
            _ => {
                let local = camera.time(taken.at, &city.timezone).wall();
                city.baselines.part(local).map(|p| p.name.clone()).filter(|name| part.is_none_or(|part| part == name))
            }
        };
        let Some(of) = of else { return Ok(true) };
        let at = parts.iter().position(|(name, _)| *name == of).unwrap_or_else(|| {
            parts.push((of, Pictures::default()));
            parts.len() - 1
        });
        if parts[at].1.len() < most {
            let boxes = movers(eyes, camera, &taken)?;
            parts[at].1.add(&taken, boxes)?;
        }
        let wanted = if part.is_some() { 1 } else { city.baselines.parts.len() };
        Ok(parts.iter().filter(|(_, pictures)| pictures.len() >= most).count() < wanted)
    };
    match args.from.as_slice() {
        [] => baseline::from_camera(camera, city, every, &mut take)?,
        files => baseline::from_files(files, every, &mut take)?,
    }
    if parts.is_empty() {
        let why = "no picture of this part of the day came; look at the source's times, and at `[baselines] parts`";
        return Err(baseline::BaselineError::Picture(why.to_owned()));
    }
    let (registered, from) = (registered(city, camera), origin(args, camera));
    for (part, pictures) in parts {
        let view = View { camera: camera.id.clone(), preset: camera.preset.clone(), part };
        let (from, registered, built_at) = (from.clone(), registered.as_slice(), now(city));
        let request = BuildRequest { view, from, built_at, registered, by_rule: args.by_rule };
        let built = baseline::build(&Store::new(&city.baselines.store), &request, &pictures)?;
        eprintln!("{}", line(&built.stored));
        if let Some(why) = built.not_by_rule {
            eprintln!("not approved by rule: {why}");
        }
    }
    Ok(())
}

fn movers(eyes: Option<&Eyes>, camera: &Camera, taken: &Taken) -> Result<Vec<BBox>, baseline::BaselineError> {
    let Some(eyes) = eyes else { return Ok(Vec::new()) };
    let found = eyes.look(&camera.id, &taken.frame.planes());
    found.map(|found| baseline::movers(&found)).map_err(|e| baseline::BaselineError::Picture(e.to_string()))
}

fn origin(args: &Build, camera: &Camera) -> Vec<String> {
    match args.from.as_slice() {
        [] => vec![crate::source::redact(&camera.url)],
        files => files.iter().map(|f| f.display().to_string()).collect(),
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

fn accept(args: &Accept) -> Result<(), Failure> {
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
fn candidate(args: &Accept, city: &City) -> Result<Candidate, Failure> {
    let missing = |place: String| Failure::Failed(format!("candidate {} is not {place}", args.candidate));
    let Some(file) = &args.candidates else {
        let found = super::runtime()?.block_on(super::topic::candidate(&city.log, args.candidate))?;
        return found.ok_or_else(|| missing("on the topic `dispatch`".to_owned()));
    };
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::Configuration(format!("{}: cannot be read: {e}", file.display())))?;
    let events = text.lines().filter_map(|line| serde_json::from_str::<CloudEvent<Candidate>>(line).ok());
    let found = events.map(|event| event.data).filter(|c| c.id == args.candidate).last();
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
        registry::Registry::default()
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
