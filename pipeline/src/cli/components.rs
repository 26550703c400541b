//! `streetwatch components import FILE…`: the city's census onto the topic `components`.

use super::{Failure, runtime};
use crate::config::{self, City};
use crate::log::{self, Record, Topic};
use crate::payload::{CloudEvent, Component, OffsetTime};
use crate::registry::{self, Checks, Imported, Registry};
use clap::Subcommand;
use operators::vocabulary::EventTime;
use std::io::Write;
use std::path::PathBuf;

/// Records of one append.
const BATCH: usize = 1000;

/// Arguments of `components`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Read CSV or GeoJSON files, list what is wrong with them, and put the rest on the topic `components`.
    Import(Import),
    /// What is registered, with the views that see it.
    List(List),
}

/// Arguments of `components import`.
#[derive(Debug, clap::Args)]
struct Import {
    /// Files ending in .csv, .geojson or .json.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The city whose log, class table and district are meant.
    #[arg(long, default_value = "CITY.toml")]
    city: PathBuf,
    /// Only check: nothing is written.
    #[arg(long)]
    check: bool,
    /// The files are the whole register: what is on the topic and in none of them is taken out.
    #[arg(long, conflicts_with = "check")]
    replace: bool,
}

/// Arguments of `components list`.
#[derive(Debug, clap::Args)]
struct List {
    /// The city whose register is meant.
    #[arg(long, default_value = "CITY.toml")]
    city: PathBuf,
    /// One component a line, as on the topic.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    match args.action {
        Action::Import(import) => self::import(&import),
        Action::List(list) => self::list(&list),
    }
}

fn import(args: &Import) -> Result<(), Failure> {
    let city = config::load(&args.city).map_err(Failure::configuration)?;
    let checks = Checks::of(&city).map_err(Failure::failed)?;
    let imported = registry::import(&args.files, &checks).map_err(Failure::configuration)?;
    for remark in &imported.remarks {
        eprintln!("{remark}");
    }
    let Imported { components, problems, .. } = imported;
    for problem in &problems {
        eprintln!("{problem}");
    }
    let (kept, refused) = (components.len(), problems.len());
    if !args.check && kept > 0 {
        runtime()?.block_on(write(&city, components, args.replace))?;
    }
    let done = if args.check { "could be imported" } else { "imported" };
    eprintln!("components {done}: {kept}; rows refused: {refused}");
    if refused > 0 || kept == 0 { Err(Failure::Failed(String::new())) } else { Ok(()) }
}

async fn write(city: &City, components: Vec<Component>, replace: bool) -> Result<(), Failure> {
    let log = log::open(&city.log).await.map_err(Failure::failed)?;
    let now = jiff::Timestamp::now();
    let at = OffsetTime::new(EventTime(now.as_millisecond()), city.timezone.to_offset(now));
    let mut records = Vec::new();
    if replace {
        let known = Registry::from_log(log.as_ref()).await.map_err(Failure::failed)?;
        let gone = known.components().filter(|k| components.iter().all(|c| c.id != k.id));
        records.extend(gone.map(|gone| Record::tombstone(Topic::Components, &gone.id)));
    }
    for component in components {
        let id = component.id.clone();
        let event = CloudEvent::component(&city.name, at, component);
        let payload = serde_json::to_vec(&event).map_err(Failure::failed)?;
        let record = Record::new(Topic::Components, id, payload);
        records.push(record.with_header("content-type", "application/cloudevents+json"));
    }
    while !records.is_empty() {
        let rest = records.split_off(records.len().min(BATCH));
        log.append(std::mem::replace(&mut records, rest)).await.map_err(Failure::failed)?;
    }
    log.close().await.map_err(Failure::failed)
}

fn list(args: &List) -> Result<(), Failure> {
    let city = config::load(&args.city).map_err(Failure::configuration)?;
    let registry = registry_of(&city)?;
    let mut out = std::io::stdout().lock();
    for component in registry.components() {
        let written = if args.json {
            serde_json::to_writer(&mut out, component).map_err(Into::into).and_then(|()| writeln!(out))
        } else {
            let views: Vec<_> = component.views.iter().map(|v| format!("{}/{}", v.camera, v.preset)).collect();
            let (nature, views) = (component.nature.as_str(), views.join(" "));
            writeln!(out, "{:<17} {:<8} {}  {views}", component.id, nature, component.name)
        };
        written.map_err(Failure::failed)?;
    }
    eprintln!("components: {}; rows refused: {}", registry.len(), registry.refused.len());
    Ok(())
}

/// The register of a city for commands that only read: its files, or the topic.
pub(super) fn registry_of(city: &City) -> Result<Registry, Failure> {
    if let Some(registry) = registry::load_files(city).map_err(Failure::configuration)? {
        return Ok(registry);
    }
    runtime()?.block_on(async {
        match log::open_for_reading(&city.log).await {
            Ok(log) => Registry::from_log(log.as_ref()).await.map_err(Failure::failed),
            Err(error) if error.kind == log::ErrorKind::MissingTopic => Ok(Registry::default()),
            Err(error) => Err(Failure::failed(error)),
        }
    })
}
