//! `streetwatch record CITY.toml`: an edge recorder.

use super::{Failure, runtime};
use crate::clock::{Clock, SystemClock};
use crate::config;
use crate::console;
use crate::record::{self, Recorder, RecorderConfig};
use crate::telemetry::Metrics;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long a stopping recorder goes on sending; the rest stays in the buffer.
const GRACE: Duration = Duration::from_secs(5);

/// Arguments of `record`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The cameras, the log, and `[record]`.
    city: PathBuf,
    /// Only this camera; may be given several times.
    #[arg(long = "camera", value_name = "ID")]
    cameras: Vec<String>,
    /// End when every source has ended and everything is on the log.
    #[arg(long)]
    once: bool,
    /// Files as fast as they are read, rather than in real time.
    #[arg(long)]
    fast: bool,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let city = Arc::new(config::load(&args.city).map_err(Failure::configuration)?);
    let metrics = Metrics::install().map_err(Failure::failed)?;
    let runtime = runtime()?;
    let listener = runtime.block_on(console::bind(city.listen)).map_err(Failure::failed)?;
    let address = listener.local_addr().map_err(Failure::failed)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let config = RecorderConfig { only: args.cameras, fast: args.fast };
    let recorder = Recorder::start(&city, &config, runtime.handle(), &clock).map_err(Failure::failed)?;
    tracing::info!(%address, city = %city.name, "recording");
    let serving = record::serve(listener, recorder.buffer().clone(), recorder.status().clone(), metrics);
    let server = runtime.spawn(serving);
    runtime.block_on(wait(&recorder, args.once))?;
    let status = recorder.status().clone();
    let left = recorder.stop(GRACE);
    server.abort();
    runtime.shutdown_timeout(Duration::from_secs(1));
    let lost = status.lost_total();
    tracing::info!(left, lost, "stopped; what is left lies in the buffer, and the next recorder sends it");
    if args.once && lost > 0 {
        return Err(Failure::Failed(format!("{lost} segments were lost; see the log lines above")));
    }
    Ok(())
}

/// Until SIGTERM or SIGINT, or, with `once`, until everything is recorded and sent.
async fn wait(recorder: &Recorder, once: bool) -> Result<(), Failure> {
    let mut term = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    let mut int = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    loop {
        tokio::select! {
            _ = term.recv() => { tracing::info!("SIGTERM: stopping"); return Ok(()) }
            _ = int.recv() => { tracing::info!("SIGINT: stopping"); return Ok(()) }
            _ = tick.tick() => if once && recorder.ended() { return Ok(()) }
        }
    }
}
