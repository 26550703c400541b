//! The command line: one file a command.
//!
//! Results go to stdout, everything else to stderr. Exit codes: 0 done,
//! 1 something failed, 2 the command line or the configuration is wrong.

mod baseline;
mod cameras;
mod check;
mod closing;
mod components;
mod console;
mod evaluate;
mod gateway;
mod plans;
mod record;
mod replay;
mod run;
mod schema;
mod simulate;
mod topic;
mod worker;

use crate::telemetry::{self, LogFormat};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Camera streams in, candidate cases with evidence out.
#[derive(Debug, Parser)]
#[command(name = "streetwatch", version, about)]
pub struct Cli {
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value_t)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole pipeline in one process, live, console included.
    Run(run::Args),
    /// One worker of a cluster, fed by Kafka; its cameras come from the topic `cameras`.
    Worker(worker::Args),
    /// Terminals of vehicles (JT/T 808) and sensors (MQTT) onto the topic `readings`.
    Gateway(gateway::Args),
    /// The registry of cameras for a cluster's workers.
    Cameras(cameras::Args),
    /// Run the same operators over files and recorded segments in event time, as fast as the machine can.
    Replay(replay::Args),
    /// Record cameras at the edge: encoded video onto the topic `segments`, by way of a disk buffer.
    Record(record::Args),
    /// Check a CITY.toml, its models and its sources; list what is wrong.
    Check(check::Args),
    /// Score candidates against a truth file.
    Evaluate(evaluate::Args),
    /// Baselines: what views look like when all is well.
    Baseline(baseline::Args),
    /// The city's register of street components.
    Components(components::Args),
    /// A city's fleet and sensors made up from a seed, with the truth of what happened.
    Simulate(simulate::Args),
    /// Fences, routes, permits and the like, in files of a folder.
    Plans(plans::Args),
    /// The console by itself, beside workers elsewhere; or its store made anew from the topics.
    Console(console::Args),
    /// Look at topics, create them.
    Topic(topic::Args),
    /// JSON Schemas and the AsyncAPI document of the topics.
    Schema(schema::Args),
}

/// How a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The configuration or the arguments are wrong: exit code 2.
    Configuration(String),
    /// Something did not work: exit code 1.
    Failed(String),
}

impl Failure {
    /// A failure that is not the configuration's fault.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        Failure::Failed(error.to_string())
    }

    /// A failure of the configuration.
    pub fn configuration(error: impl std::fmt::Display) -> Self {
        Failure::Configuration(error.to_string())
    }
}

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::init_logs(cli.log_format);
    let outcome = match cli.command {
        Command::Run(args) => run::run(args),
        Command::Worker(args) => worker::run(args),
        Command::Gateway(args) => gateway::run(args),
        Command::Cameras(args) => cameras::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Record(args) => record::run(args),
        Command::Check(args) => check::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Baseline(args) => baseline::run(args),
        Command::Components(args) => components::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Plans(args) => plans::run(args),
        Command::Console(args) => console::run(args),
        Command::Topic(args) => topic::run(args),
        Command::Schema(args) => schema::run(args),
    };
    let (code, message) = match outcome {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Failed(message)) => (1, message),
        Err(Failure::Configuration(message)) => (2, message),
    };
    if !message.is_empty() {
        eprintln!("{message}");
    }
    ExitCode::from(code)
}

/// A runtime for the asynchronous parts of a command.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Failure::failed)
}
