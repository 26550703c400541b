//! `streetwatch topic tail NAME`: what is on a topic, embedded or Kafka; `topic create`: the topics of a cluster.

use super::{Failure, runtime};
use crate::config;
use crate::log::{self, Address, Start, TailOptions, Topic};
use crate::payload::{Candidate, CloudEvent};
use clap::Subcommand;
use std::io::Write;
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
    /// Create the topics that a Kafka cluster lacks. Changes nothing that is there, and says what differs.
    Create(Create),
}

/// Arguments of `topic create`.
#[derive(Debug, clap::Args)]
struct Create {
    /// A CITY.toml, or the log itself: "kafka:HOST:PORT,…".
    log: String,
    /// Partitions of each topic: at least five for each worker there will ever be. By default those of the log's address (12).
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=10_000))]
    partitions: Option<i32>,
    /// Replicas of each partition. By default those of the log's address, or the brokers' own.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=100))]
    replication: Option<i32>,
    /// Replicas that must have a record before it is acknowledged.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=100))]
    min_isr: Option<i32>,
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
    match args.action {
        Action::Tail(tail) => self::tail(tail),
        Action::Create(create) => self::create(create),
    }
}

fn create(create: Create) -> Result<(), Failure> {
    let log = match create.log.starts_with("kafka:") || create.log.starts_with("embedded:") {
        true => create.log,
        false => config::load_for_cluster(Path::new(&create.log)).map_err(Failure::configuration)?.log,
    };
    let Address::Kafka(mut address) = Address::parse(&log).map_err(Failure::configuration)? else {
        return Err(Failure::configuration("an embedded log has its topics from the beginning; this is for kafka:…"));
    };
    address.partitions = create.partitions.unwrap_or(address.partitions);
    address.replication = create.replication.or(address.replication);
    let done = runtime()?.block_on(log::kafka::create(address, create.min_isr)).map_err(Failure::failed)?;
    for topic in done.created {
        println(&format!("{topic}: created"))?;
    }
    for (topic, differences) in done.kept {
        let kept = if differences.is_empty() {
            "there".to_owned()
        } else {
            format!("there, and left as it is: {}", differences.join("; "))
        };
        println(&format!("{topic}: {kept}"))?;
    }
    Ok(())
}

fn println(line: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}").map_err(Failure::failed)
}

fn tail(tail: Tail) -> Result<(), Failure> {
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
