//! `streetwatch gateway CITY.toml`: terminals and sensors onto the topic `readings`.

use super::{Failure, runtime};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, City};
use crate::console;
use crate::gateway::{self, Gateway, Standing};
use crate::log;
use crate::telemetry::Metrics;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Before a log that could not be opened is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// Arguments of `gateway`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The city-wide part: log and `[gateway]`. Its cameras, if any, are not looked at.
    city: PathBuf,
    /// Only the terminals, or only the MQTT brokers: of the former several may run, of the latter one.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Print the code of a terminal that cannot register, and end.
    #[arg(long, value_name = "NUMBER")]
    code: Option<String>,
}

/// A part of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Terminals.
    Jt808,
    /// MQTT brokers.
    Mqtt,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let city = config::load_for_cluster(&args.city).map_err(Failure::configuration)?;
    let Some(mut config) = city.gateway.clone() else {
        let hint = "add a [gateway] table with `jt808`, or a [[gateway.mqtt]] table; see docs/CONFIGURATION.md";
        return Err(Failure::configuration(format!("{}: {hint}", args.city.display())));
    };
    if let Some(number) = &args.code {
        return print_code(&config, number);
    }
    match args.only {
        Some(Part::Jt808) => config.mqtt.clear(),
        Some(Part::Mqtt) => config.jt808 = None,
        None => {}
    }
    let token = config.token_file.as_deref().map(gateway::read_token).transpose().map_err(Failure::configuration)?;
    let metrics = Metrics::install().map_err(Failure::failed)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(serve(city, config, token, metrics));
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

fn print_code(config: &config::Gateway, number: &str) -> Result<(), Failure> {
    let number = number.trim_start_matches('0');
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Failure::configuration("a terminal's number is digits"));
    }
    let named = std::env::var(gateway::KEY_VARIABLE).is_ok_and(|key| !key.is_empty()) || config.key_file.is_some();
    if !named {
        return Err(Failure::configuration("without a key (`key_file`) a code holds for one process only"));
    }
    let codes = gateway::Codes::open(config.key_file.as_deref()).map_err(Failure::configuration)?;
    use std::io::Write;
    writeln!(std::io::stdout(), "{}", codes.code(number)).map_err(Failure::failed)
}

async fn serve(city: City, config: config::Gateway, token: Option<String>, metrics: Metrics) -> Result<(), Failure> {
    let mut term = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    let mut int = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
    // Probes are answered from the first moment on, also while brokers are away.
    let listener = console::bind(city.listen).await.map_err(Failure::failed)?;
    let at = listener.local_addr().map_err(Failure::failed)?;
    let standing = Arc::<Standing>::default();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    tracing::info!(address = %at, city = %city.name, "gateway");
    let mut router = gateway::probe(standing.clone(), metrics);
    if let Some(token) = token {
        router = router.merge(gateway::admin(standing.clone(), &token));
    }
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let log = tokio::select! {
        log = until_open(&city.log, &standing) => log,
        () = asked(&mut term, &mut int) => return Ok(()),
    };
    let started = gateway::start(&city, &config, log.clone(), clock).await.map_err(Failure::failed)?;
    let gateway = Arc::new(started);
    standing.gateway.store(Some(gateway.clone()));
    asked(&mut term, &mut int).await;
    stop(&gateway).await;
    server.abort();
    log.close().await.map_err(Failure::failed)?;
    tracing::info!("stopped; everything acknowledged is on the log");
    Ok(())
}

/// Stops a gateway, and says what its terminals will send again.
pub(super) async fn stop(gateway: &Gateway) {
    let left = gateway.stop().await;
    if left > 0 {
        tracing::warn!(bytes = left, "readings that the log did not take in time; their terminals send them again");
    }
}

async fn until_open(address: &str, standing: &Standing) -> Arc<dyn log::Log> {
    loop {
        match log::open(address).await {
            Ok(log) => return log,
            Err(error) => {
                let told = std::mem::replace(&mut *standing.waits_for.lock(), error.to_string());
                if told != error.to_string() {
                    tracing::warn!(%error, "the gateway waits for the log");
                }
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn asked(term: &mut Signal, int: &mut Signal) {
    tokio::select! {
        _ = term.recv() => tracing::info!("SIGTERM: stopping"),
        _ = int.recv() => tracing::info!("SIGINT: stopping"),
    }
}
