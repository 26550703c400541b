//! `streetwatch baseline build`: many pictures, one median for each part of the day.

use super::{known_part, line, now, registered};
use crate::baseline::{self, BaselineError, BuildRequest, Pictures, Store, Taken, View};
use crate::cli::Failure;
use crate::config::{self, Camera, City};
use crate::worker::Eyes;
use models::ModelSearch;
use operators::vocabulary::{BBox, Millis};
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `baseline build`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
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

pub(super) fn run(args: &Args) -> Result<(), Failure> {
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
    args: &Args,
    city: &City,
    camera: &Camera,
    part: Option<&str>,
    eyes: Option<&Eyes>,
) -> Result<(), BaselineError> {
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
        return Err(BaselineError::Picture(why.to_owned()));
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

fn movers(eyes: Option<&Eyes>, camera: &Camera, taken: &Taken) -> Result<Vec<BBox>, BaselineError> {
    let Some(eyes) = eyes else { return Ok(Vec::new()) };
    let found = eyes.look(&camera.id, &taken.frame.planes(), None);
    found.map(|found| baseline::movers(&found.detections)).map_err(|e| BaselineError::Picture(e.to_string()))
}

fn origin(args: &Args, camera: &Camera) -> Vec<String> {
    match args.from.as_slice() {
        [] => vec![crate::source::redact(&camera.url)],
        files => files.iter().map(|f| f.display().to_string()).collect(),
    }
}
