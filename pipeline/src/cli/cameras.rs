//! `streetwatch cameras apply | list | remove`: the registry of cameras for a cluster's workers, on the topic `cameras`.

use super::{Failure, runtime};
use crate::cluster::diff::{Change, Known, diff, wanted};
use crate::config::{self, City};
use crate::log::{self, Address, Log, Record, Topic};
use crate::payload::{CameraConfig, CloudEvent, OffsetTime};
use clap::Subcommand;
use operators::vocabulary::EventTime;
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Arguments of `cameras`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make the registry what CITY.toml says: shows what would be added, changed and removed, and asks.
    Apply {
        /// The city with all its cameras.
        city: PathBuf,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// What is registered, and in which partition.
    List {
        /// The city whose log is meant.
        #[arg(long, default_value = "CITY.toml")]
        city: PathBuf,
        /// One camera a line, as on the topic.
        #[arg(long)]
        json: bool,
    },
    /// Take a camera out of the registry.
    Remove {
        /// Its id.
        id: String,
        /// The city whose log is meant.
        #[arg(long, default_value = "CITY.toml")]
        city: PathBuf,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    match args.action {
        Action::Apply { city, yes } => {
            let text = config::read_text(&city).map_err(Failure::configuration)?;
            let checked = config::parse(&city, &text).map_err(Failure::configuration)?;
            let wanted = wanted(&text, &checked).map_err(Failure::configuration)?;
            runtime()?.block_on(apply(&checked, &wanted, yes))
        }
        Action::List { city, json } => runtime()?.block_on(list(&cluster(&city)?, json)),
        Action::Remove { id, city, yes } => runtime()?.block_on(remove(&cluster(&city)?, &id, yes)),
    }
}

fn cluster(file: &Path) -> Result<City, Failure> {
    config::load_for_cluster(file).map_err(Failure::configuration)
}

async fn open(city: &City, writing: bool) -> Result<Arc<dyn Log>, Failure> {
    if matches!(Address::parse(&city.log).map_err(Failure::configuration)?, Address::Embedded(_)) {
        let hint = "with an embedded log the cameras are those of CITY.toml; the registry is for workers fed by Kafka";
        return Err(Failure::configuration(hint));
    }
    let opened = if writing { log::open(&city.log).await } else { log::open_for_reading(&city.log).await };
    opened.map_err(Failure::failed)
}

async fn known(log: &dyn Log) -> Result<BTreeMap<String, Known>, Failure> {
    let latest = log.latest(Topic::Cameras).await.map_err(Failure::failed)?;
    let of = |(id, stored): (String, log::Stored)| {
        let payload = stored.payload.unwrap_or_default();
        let config = serde_json::from_slice::<CloudEvent<CameraConfig>>(&payload).ok().map(|event| event.data);
        (id, Known { config, partition: stored.position.partition })
    };
    Ok(latest.into_iter().map(of).collect())
}

async fn apply(city: &City, wanted: &BTreeMap<String, CameraConfig>, yes: bool) -> Result<(), Failure> {
    let log = open(city, true).await?;
    let partitions = log.bounds(Topic::Cameras).await.map_err(Failure::failed)?.len() as i32;
    let changes = diff(&known(log.as_ref()).await?, wanted, partitions);
    act(city, log.as_ref(), changes, wanted.len(), yes).await
}

async fn remove(city: &City, id: &str, yes: bool) -> Result<(), Failure> {
    let log = open(city, true).await?;
    let known = known(log.as_ref()).await?;
    let Some(there) = known.get(id) else {
        return Err(Failure::Failed(format!(
            "no camera {id} is registered; `streetwatch cameras list` shows those that are"
        )));
    };
    act(city, log.as_ref(), vec![Change::Removed(id.to_owned(), there.partition)], known.len() - 1, yes).await
}

/// Shows the changes, asks, and writes them.
async fn act(city: &City, log: &dyn Log, changes: Vec<Change>, after: usize, yes: bool) -> Result<(), Failure> {
    for change in &changes {
        say(&shown(change))?;
    }
    if changes.is_empty() {
        say(&format!("nothing to change ({after} cameras)"))?;
    } else if !yes && !agreed(&format!("{} changes, {after} cameras afterwards. Apply?", changes.len()))? {
        return Err(Failure::Failed("nothing was changed".to_owned()));
    } else {
        let now = jiff::Timestamp::now();
        let at = OffsetTime::new(EventTime(now.as_millisecond()), city.timezone.to_offset(now));
        let count = changes.len();
        let records = changes.into_iter().map(|change| record(city, at, change)).collect::<Result<Vec<_>, _>>()?;
        // One after the other in small batches, so that an interruption leaves whole cameras.
        for batch in records.chunks(100) {
            log.append(batch.to_vec()).await.map_err(Failure::failed)?;
        }
        say(&format!("{count} changes written; workers take them within seconds"))?;
    }
    log.close().await.map_err(Failure::failed)
}

fn record(city: &City, at: OffsetTime, change: Change) -> Result<Record, Failure> {
    let (config, partition) = match change {
        Change::Removed(id, partition) => return Ok(Record::tombstone(Topic::Cameras, id).to_partition(partition)),
        Change::Added(config, partition) | Change::Changed(config, partition, _) => (config, partition),
    };
    let id = config.camera.clone();
    let payload = serde_json::to_vec(&CloudEvent::camera(&city.name, at, config)).map_err(Failure::failed)?;
    let record = Record::new(Topic::Cameras, id, payload).to_partition(partition);
    Ok(record.with_header("content-type", "application/cloudevents+json"))
}

fn shown(change: &Change) -> String {
    match change {
        Change::Added(config, partition) => format!("+ {}  partition {partition}, cost {}", config.camera, config.cost),
        Change::Changed(config, _, keys) => format!("~ {}  {}", config.camera, keys.join(", ")),
        Change::Removed(id, _) => format!("- {id}"),
    }
}

fn agreed(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::configuration("nobody is there to ask; look at the changes above, then say --yes"));
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(Failure::failed)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

async fn list(city: &City, json: bool) -> Result<(), Failure> {
    let log = open(city, false).await?;
    let known = known(log.as_ref()).await?;
    let mut cost = 0.0;
    for (id, known) in &known {
        let line = match &known.config {
            Some(config) if json => serde_json::to_string(config).map_err(Failure::failed)?,
            Some(config) => {
                cost += config.cost;
                let version: String = config.version.chars().take(12).collect();
                format!(
                    "{id:<24} partition {:<4} cost {:<6} presets {} version {version}",
                    known.partition,
                    config.cost,
                    config.settings.len()
                )
            }
            None => format!("{id:<24} partition {:<4} cannot be read", known.partition),
        };
        say(&line)?;
    }
    eprintln!("cameras: {}; together they cost {cost:.1} cores", known.len());
    Ok(())
}

fn say(line: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}").map_err(Failure::failed)
}
