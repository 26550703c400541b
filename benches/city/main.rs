//! A city of 10,000 cameras and 50 workers on one machine.
//!
//! Real: one Apache Kafka; the topics; 10,000 records of `cameras` placed by `cameras apply`'s own code; 50 members of the
//! consumer group, each with the worker's own loop, restoring, leases and transactions; a worker that is killed.
//!
//! Modelled: nothing is decoded or looked at. A camera costs what `cluster::placement` says (measured figures), and
//! hands on its memory every minute; candidates and health are too few to matter, and left out. The time of the
//! cameras runs `BENCH_CITY_SPEED` times as fast (10). One broker, so no replication; other workers' CPU is not there to
//! be in the way.
//!
//! `BENCH_CITY_CAMERAS`, `BENCH_CITY_WORKERS` for other numbers.

mod crew;
mod group;
mod registry;
mod settings;

use group::{Group, Seen};
use settings::Settings;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use streetwatch_benches::report::{Report, Spread, Target};
use streetwatch_benches::{quick, warnings_only};
use streetwatch_tests::kafka::KafkaServer;

const BROKER: &str = "transaction.abort.timed.out.transaction.cleanup.interval.ms=1000\n\
    group.initial.rebalance.delay.ms=3000\nnum.network.threads=2";
/// Starting 50 workers and failing one over must not take longer than this, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(300);

fn main() {
    if let Some(workers) = group::own_part() {
        return group::be(&workers);
    }
    warnings_only();
    let mut report = Report::new("city", "real Kafka and workers' assignment; decoding and inference are a cost model");
    if let Err(why) = measure(&mut report) {
        report.skipped(&why);
        std::process::exit(1);
    }
    std::process::exit(i32::from(report.missed() > 0 && !quick()));
}

fn measure(report: &mut Report) -> Result<(), String> {
    let server = KafkaServer::start_with(BROKER)?;
    let settings = Settings::of(&format!("kafka:{}", server.address()));
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let city = registry::fill(&settings, folder.path())?;
    let (cameras, workers) = (settings.cameras, settings.workers);
    report.note(&format!(
        "{cameras} cameras, {workers} workers, {} partitions, {:.0} cores in all; time of the cameras x{}",
        settings.partitions, city.cost, settings.speed
    ));
    // The victim runs in a process of its own, so that it can be killed.
    let others = Group::start(&settings, folder.path(), 0..workers - 1)?;
    let victim = Group::start(&settings, folder.path(), workers - 1..workers)?;
    let begun = Instant::now();
    let all = |seen: &Seen| seen.owners.len() == cameras;
    let seen = group::wait(&[&others, &victim], PATIENCE, all)?;
    report.row("start to the last camera", begun.elapsed().as_secs_f64(), "s", None, Target::None);
    balance(report, "all workers", &seen, &city, &settings);
    std::thread::sleep(Duration::from_secs(if quick() { 5 } else { 30 }));

    let before = group::look(&[&others, &victim])?;
    let gone: BTreeSet<String> = before.of_worker(&settings.name(workers - 1));
    let killed = Instant::now();
    victim.kill();
    let again = |seen: &Seen| seen.owners.len() == cameras && gone.iter().all(|c| seen.owners.contains_key(c));
    let after = group::wait(&[&others], PATIENCE, again)?;
    let took = killed.elapsed().as_secs_f64();
    report.row("a killed worker's cameras begin elsewhere, the last after", took, "s", None, Target::Most(15.0));
    report.row("its cameras", gone.len() as f64, "", None, Target::None);
    let moved = before.owners.iter().filter(|(c, w)| !gone.contains(*c) && after.owners.get(*c) != Some(w)).count();
    let reopened = after.begun.saturating_sub(before.begun_without(&settings.name(workers - 1)));
    report.row("other cameras that moved", moved as f64, "", None, Target::Most(0.0));
    report.row("cameras begun after the kill", reopened as f64, "", None, Target::Most(gone.len() as f64));
    balance(report, "after the failover", &after, &city, &settings);
    volume(report, &after, &settings);
    others.end()?;
    Ok(())
}

fn balance(report: &mut Report, when: &str, seen: &Seen, city: &registry::City, settings: &Settings) {
    let loads = seen.loads(&city.costs);
    let mean = loads.iter().sum::<f64>() / loads.len().max(1) as f64;
    let spread = Spread::of(loads.iter().map(|load| load / mean).collect());
    let what = format!("load over the mean, the largest, {when}");
    report.row(&what, spread.range().1, "", Some(spread.range()), Target::Most(1.3));
    report.row(&format!("mean load, {when}"), mean / settings.capacity, "", None, Target::None);
}

fn volume(report: &mut Report, seen: &Seen, settings: &Settings) {
    let delays = Spread::of(seen.delays.clone());
    report.row("handed on to committed, p50", delays.median() * 1000.0, "ms", None, Target::None);
    report.row("handed on to committed, p99", delays.quantile(0.99) * 1000.0, "ms", Some(delays.range()), Target::None);
    for (topic, bytes) in &seen.bytes {
        let a_day = bytes / seen.seconds.max(1.0) / settings.speed * 86_400.0 / settings.cameras as f64;
        report.row(&format!("topic {topic}, a camera-day of the model"), a_day / 1e6, "MB", None, Target::None);
    }
    report.row("messages a second, real time", seen.messages / seen.seconds.max(1.0), "", None, Target::None);
}
