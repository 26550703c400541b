//! `streetwatch topic tail NAME`: what is on a topic, embedded or Kafka.

use super::{Failure, runtime};
use crate::config;
use crate::log::{self, Start, TailOptions, Topic};
use crate::payload::{Candidate, CloudEvent};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Arguments of `topic`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print what is on a topic.
    Tail(Tail),
}

/// Arguments of `topic tail`.
#[derive(Debug, clap::Args)]
struct Tail {
    /// cameras, segments, readings, state, dispatch, verdicts, health or components.
    name: String,
    /// From the first record rather than the last ten.
    #[arg(long)]
    from_beginning: bool,
    /// One JSON object a line: topic, partition, offset, key, time, payload.
    #[arg(long)]
    json: bool,
    /// Go on with what is appended later, rather than ending at the present end.
    #[arg(long, short)]
    follow: bool,
    /// End after so many records.
    #[arg(long)]
    limit: Option<u64>,
    /// The log: "embedded:FOLDER" or "kafka:HOST:PORT,…". Else that of --city, else
    /// `STREETWATCH_LOG`, else that of ./CITY.toml, else "embedded:./data/log".
    #[arg(long)]
    log: Option<String>,
    /// The city whose log is meant.
    #[arg(long)]
    city: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let Action::Tail(tail) = args.action;
    let topic: Topic = tail.name.parse().map_err(Failure::configuration)?;
    let address = address(&tail)?;
    let options = TailOptions {
        from_beginning: tail.from_beginning,
        json: tail.json,
        follow: tail.follow,
        limit: tail.limit,
        ..TailOptions::default()
    };
    runtime()?.block_on(async {
        let log = log::open_for_reading(&address).await.map_err(Failure::failed)?;
        let mut out = std::io::stdout();
        tokio::select! {
            done = log::tail(log.as_ref(), topic, &options, &mut out) => done.map(|_| ()).map_err(Failure::failed),
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })
}

/// The last word on a candidate on the topic `dispatch`.
pub(in crate::cli) async fn candidate(address: &str, id: uuid::Uuid) -> Result<Option<Candidate>, Failure> {
    let log = log::open_for_reading(address).await.map_err(Failure::failed)?;
    let mut cursor = log.read(Topic::Dispatch, Start::Beginning).await.map_err(Failure::failed)?;
    let mut found = None;
    while !cursor.caught_up() {
        let Some(stored) = cursor.next(Duration::from_secs(5)).await.map_err(Failure::failed)? else { break };
        let event = stored.payload.and_then(|p| serde_json::from_slice::<CloudEvent<Candidate>>(&p).ok());
        found = event.map(|event| event.data).filter(|c| c.id == id).or(found);
    }
    Ok(found)
}

fn address(tail: &Tail) -> Result<String, Failure> {
    let of_city = |file: &Path| config::load(file).map(|c| c.log).map_err(Failure::configuration);
    if let Some(log) = &tail.log {
        return Ok(log.clone());
    }
    if let Some(file) = &tail.city {
        return of_city(file);
    }
    if let Ok(log) = std::env::var("STREETWATCH_LOG") {
        return Ok(log);
    }
    let here = Path::new("CITY.toml");
    if here.exists() { of_city(here) } else { Ok("embedded:./data/log".to_owned()) }
}
