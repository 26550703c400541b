//! The embedded log: appends of 1 KB from many writers, each waiting for its acknowledgement.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use streetwatch::log::embedded::{EmbeddedLog, Options};
use streetwatch::log::{Log, Record, Topic};
use streetwatch_benches::report::{Report, Spread, Target};
use streetwatch_benches::{cpu, places, quick, warnings_only};

/// Payload of a record.
const BYTES: usize = 1024;

/// What a run showed.
struct Run {
    per_second: f64,
    /// Seconds from append to acknowledgement.
    delays: Spread,
    /// CPU seconds for each second.
    cores: f64,
}

async fn run(writers: usize, length: Duration, options: Options) -> Result<Run, String> {
    let folder = tempfile::tempdir_in(places::results()).map_err(|e| e.to_string())?;
    let log: Arc<dyn Log> = Arc::new(EmbeddedLog::open(folder.path(), options).await.map_err(|e| e.to_string())?);
    let done = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    let (began, spent) = (Instant::now(), cpu::process());
    for writer in 0..writers {
        let (log, done) = (log.clone(), done.clone());
        tasks.push(tokio::spawn(async move {
            let mut delays = Vec::new();
            let (key, payload) = (format!("device-{writer}"), vec![b'x'; BYTES]);
            while !done.load(Ordering::Relaxed) {
                let before = Instant::now();
                log.append(vec![Record::new(Topic::Readings, key.clone(), payload.clone())])
                    .await
                    .map_err(|e| e.to_string())?;
                delays.push(before.elapsed().as_secs_f64());
            }
            Ok::<_, String>(delays)
        }));
    }
    tokio::time::sleep(length).await;
    done.store(true, Ordering::Relaxed);
    let mut delays = Vec::new();
    for task in tasks {
        delays.extend(task.await.map_err(|e| e.to_string())??);
    }
    let seconds = began.elapsed().as_secs_f64();
    let cores = (cpu::process() - spent).as_secs_f64() / seconds;
    log.close().await.map_err(|e| e.to_string())?;
    Ok(Run { per_second: delays.len() as f64 / seconds, delays: Spread::of(delays), cores })
}

async fn measure(report: &mut Report) -> Result<(), String> {
    let (rounds, length) = if quick() { (1, 1) } else { (5, 4) };
    run(64, Duration::from_secs(1), Options::default()).await?;
    let mut sections = vec![(128, false, true), (1, false, false)];
    if !quick() {
        sections.push((128, true, false));
    }
    for (writers, survive_power_loss, bound) in sections {
        let (mut rates, mut middle, mut slow, mut cores) = (vec![], vec![], vec![], vec![]);
        for _ in 0..rounds {
            let options = Options { survive_power_loss, ..Options::default() };
            let run = run(writers, Duration::from_secs(length), options).await?;
            rates.push(run.per_second);
            middle.push(run.delays.median() * 1000.0);
            slow.push(run.delays.quantile(0.99) * 1000.0);
            cores.push(run.cores);
        }
        let safe = if survive_power_loss { ", disk synced" } else { "" };
        let target = |t| if bound { t } else { Target::None };
        let mut row = |what: &str, values: Vec<f64>, unit: &str, target| {
            let spread = Spread::of(values);
            let what = format!("{writers} writers{safe}: {what}");
            report.row(&what, spread.median(), unit, Some(spread.range()), target);
        };
        row("appends of 1 KB", rates, "1/s", target(Target::Least(50_000.0)));
        row("append to acknowledgement, p50", middle, "ms", Target::None);
        row("append to acknowledgement, p99", slow, "ms", target(Target::Most(5.0)));
        row("CPU", cores, "cores", Target::None);
    }
    Ok(())
}

fn main() {
    warnings_only();
    let mut report = Report::new("log", "the embedded log on this machine's disk");
    let outcome =
        tokio::runtime::Runtime::new().map_err(|e| e.to_string()).and_then(|r| r.block_on(measure(&mut report)));
    if let Err(why) = outcome {
        report.skipped(&why);
    }
}
