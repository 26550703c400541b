//! `streetwatch check CITY.toml`: everything that can be known to be wrong before running.

use super::Failure;
use crate::config::{self, City, Problem};
use crate::evidence::store;
use crate::source;
use crate::worker::Eyes;
use models::ModelSearch;
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The city.
    city: PathBuf,
    /// How long a source may take to deliver its first picture.
    #[arg(long, default_value = "15s", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

/// Sources opened at the same time.
const AT_ONCE: usize = 16;

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let city = config::load(&args.city).map_err(Failure::configuration)?;
    let mut problems = Vec::new();
    let problem =
        |line, key: &str, message: String| Problem { file: city.file.clone(), line, key: key.to_owned(), message };
    match Eyes::open(&city.models, &ModelSearch::from_env()) {
        Ok(eyes) => warn_about_rules(&city, &eyes),
        Err(error) => problems.push(problem(city.lines.model, "model", error.to_string())),
    }
    if let Err(error) = store::open(&city.store) {
        problems.push(problem(city.lines.store, "store", error.to_string()));
    }
    for (index, outcome) in probe_all(&city, args.timeout).into_iter().enumerate() {
        let camera = &city.cameras[index];
        match outcome {
            Ok(text) => eprintln!("{}: {text}", camera.id),
            Err(error) => problems.push(problem(camera.line, &format!("camera[{index}].url"), error)),
        }
    }
    if problems.is_empty() {
        eprintln!("{}: no problem found (cameras: {})", city.file.display(), city.cameras.len());
        return Ok(());
    }
    let list: Vec<_> = problems.iter().map(ToString::to_string).collect();
    Err(Failure::Failed(list.join("\n")))
}

/// Opens every source once, some at a time; answers in the cameras' order.
fn probe_all(city: &City, timeout: Duration) -> Vec<Result<String, String>> {
    let mut outcomes = Vec::with_capacity(city.cameras.len());
    for cameras in city.cameras.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            let probes: Vec<_> = cameras
                .iter()
                .map(|camera| {
                    scope.spawn(move || match source::probe(&camera.url, timeout) {
                        Ok(found) => Ok(format!("{}, {}x{}", found.info.format.codec(), found.size.0, found.size.1)),
                        Err(error) => Err(error.to_string()),
                    })
                })
                .collect();
            let failed = || Err("the probe panicked: this is our defect".to_owned());
            outcomes.extend(probes.into_iter().map(|probe| probe.join().unwrap_or_else(|_| failed())));
        });
    }
    outcomes
}

/// Says which rules of the city can never raise with its models.
pub(super) fn warn_about_rules(city: &City, eyes: &Eyes) {
    let mut rules: Vec<&str> = city.cameras.iter().flat_map(|c| c.zones.iter().map(|z| z.rule.kind())).collect();
    rules.sort_unstable();
    rules.dedup();
    for lack in rules.into_iter().filter_map(|rule| eyes.lacks(rule)) {
        tracing::warn!("{lack}");
    }
}
