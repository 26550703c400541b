//! How many 1080p25 cameras at a picture each 2 s this machine sustains, where the time goes, and how late candidates are.
//!
//! The pipeline of `streetwatch run` in this process: the embedded log on disk,
//! evidence in a folder, all four rules on each camera, the gate on. Cameras
//! are files read in real time, which stands for the network.
//!
//! `BENCH_CAMERAS="40 60"` runs these numbers; by default it begins with 40
//! and goes on while no sample is dropped.

use models::ModelSearch;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use streetwatch::clock::SystemClock;
use streetwatch::config::{self, City, Models};
use streetwatch::evidence::{EvidenceRecorder, store};
use streetwatch::telemetry::names;
use streetwatch::worker::{self, Eyes, LogSink, Mode};
use streetwatch_benches::report::{Report, Spread, Target, number};
use streetwatch_benches::tally::{Counts, Tally};
use streetwatch_benches::{clips, cpu, places, quick, warnings_only};
use tokio::runtime::Runtime;

/// Seconds from picture to picture.
const SAMPLE: u64 = 2;
/// One camera in so many has a dwell that ends during the run.
const RAISING: usize = 4;
/// The whole search takes no longer, about.
const BUDGET: Duration = Duration::from_secs(6 * 60);

/// What one number of cameras showed.
struct Step {
    cameras: usize,
    seconds: f64,
    pictures: u64,
    counts: Counts,
    /// CPU seconds by kind of thread.
    roles: BTreeMap<&'static str, f64>,
    /// CPU seconds of this process, and of everyone else on the machine.
    own: f64,
    others: f64,
    resident: u64,
    /// Seconds.
    candidate_delays: Spread,
    picture_delays: Spread,
    lost: u64,
}

impl Step {
    fn expected(&self) -> f64 {
        self.cameras as f64 * self.seconds / SAMPLE as f64
    }

    fn dropped(&self) -> u64 {
        self.counts.sum("streetwatch_samples_dropped_total") + self.counts.sum(names::DETECT_FAILED) + self.lost
    }

    /// Nothing dropped, and 98 % of the wanted pictures came: where a file begins
    /// again a keyframe may come a moment early.
    fn holds(&self) -> bool {
        self.dropped() == 0 && self.pictures as f64 >= 0.98 * self.expected()
    }
}

/// A city of `cameras` times the clip. Dwells differ, so that candidates are raised all the time, not at once.
fn city(cameras: usize, length: u64, clips: &[PathBuf], folder: &Path) -> Result<City, String> {
    let shown = folder.display();
    let mut text = format!("city = \"bench\"\nlog = \"embedded:{shown}/log\"\nstore = \"{shown}/evidence\"\n");
    for n in 0..cameras {
        text += &format!(
            "[[camera]]\nid = \"c{n:04}\"\nurl = \"{}\"\nrepeat = true\nsample = \"{SAMPLE}s\"\n",
            clips[n % clips.len()].display()
        );
        // Half a candidate a second in all is a thousand times a city's rate, and enough for a p99.
        let dwell = if n % RAISING == 0 { 10 + n as u64 * length / cameras as u64 } else { 180 };
        for rule in ["illegal-parking", "street-vending", "bin-overflow", "muck-truck"] {
            text += &format!(
                "[[camera.zone]]\nid = \"all\"\nrule = \"{rule}\"\ndwell = \"{dwell}s\"\n\
                 polygon = [[0.01, 0.01], [0.99, 0.01], [0.99, 0.99], [0.01, 0.99]]\n"
            );
        }
    }
    config::parse(&folder.join("CITY.toml"), &text).map_err(|e| e.to_string())
}

fn step(runtime: &Runtime, tally: &Tally, eyes: &Arc<Eyes>, clips: &[PathBuf], cameras: usize) -> Result<Step, String> {
    let (warm_up, length) = if quick() { (4, 16) } else { (8, 60) };
    let folder = tempfile::tempdir_in(places::results()).map_err(|e| e.to_string())?;
    let city = Arc::new(city(cameras, length, clips, folder.path())?);
    let log = runtime.block_on(streetwatch::log::open(&city.log)).map_err(|e| e.to_string())?;
    let store = store::open(&city.store).map_err(|e| e.to_string())?;
    let sink = Arc::new(LogSink::new(log.clone(), runtime.handle().clone()));
    let clock = Arc::new(SystemClock::default());
    let evidence = EvidenceRecorder::new(Arc::new(store), clock.clone());
    let running = worker::start(city, Mode::Live, eyes.clone(), evidence, sink, clock, worker::Known::default())
        .map_err(|e| e.to_string())?;

    std::thread::sleep(Duration::from_secs(warm_up));
    let (_, _) = (tally.take(names::CANDIDATE_DELAY), tally.take(names::PICTURE_DELAY));
    let (counts, roles, own, all) = (tally.counts(), cpu::by_role(), cpu::process(), cpu::machine());
    let began = Instant::now();
    std::thread::sleep(Duration::from_secs(length));
    let seconds = began.elapsed().as_secs_f64();
    let counts = tally.counts().since(&counts);
    let own = (cpu::process() - own).as_secs_f64();
    let others = ((cpu::machine() - all).as_secs_f64() - own).max(0.0);
    let spent = |(role, now): (&'static str, Duration)| {
        (role, now.saturating_sub(roles.get(role).copied().unwrap_or_default()).as_secs_f64())
    };
    let roles = cpu::by_role().into_iter().map(spent).collect();
    let (candidates, pictures) = (tally.take(names::CANDIDATE_DELAY), tally.take(names::PICTURE_DELAY));
    let resident = cpu::resident();

    let lost = running.stop();
    runtime.block_on(log.close()).map_err(|e| e.to_string())?;
    Ok(Step {
        cameras,
        seconds,
        pictures: counts.sum(names::PICTURES),
        counts,
        roles,
        own,
        others,
        resident,
        candidate_delays: Spread::of(candidates),
        picture_delays: Spread::of(pictures),
        lost,
    })
}

fn tell(report: &mut Report, step: &Step) {
    let n = step.cameras;
    let ms = |seconds: f64| number(seconds * 1000.0);
    report.note(&format!(
        "{n} cameras, {:.0} s: {} pictures of {:.0}, dropped {} {:?}, {}",
        step.seconds,
        step.pictures,
        step.expected(),
        step.dropped(),
        step.counts.by("streetwatch_samples_dropped_total", "reason"),
        if step.holds() { "holds" } else { "DOES NOT HOLD" }
    ));
    let of_pictures = |name| 100.0 * step.counts.sum(name) as f64 / step.pictures.max(1) as f64;
    report.note(&format!(
        "    inferred {:.0} %, unchanged {:.0} %; suspensions {}; candidate changes {:?}",
        of_pictures(names::INFERRED),
        of_pictures(names::GATED),
        step.counts.sum("streetwatch_suspensions_total"),
        step.counts.by(names::CANDIDATES, "transition"),
    ));
    report.note(&format!(
        "    CPU {} cores (others on this machine: {}), memory {} MB, {} MB a camera",
        number(step.own / step.seconds),
        number(step.others / step.seconds),
        step.resident >> 20,
        number(step.resident as f64 / n as f64 / 1048576.0)
    ));
    let each = |seconds: f64| number(seconds * 1000.0 / step.pictures.max(1) as f64);
    let mut roles: Vec<_> = step.roles.iter().filter(|(_, s)| **s > 0.0).collect();
    roles.sort_by(|a, b| b.1.total_cmp(a.1));
    let roles: Vec<_> = roles.into_iter().map(|(role, s)| format!("{role} {}", each(*s))).collect();
    report.note(&format!("    ms CPU a picture by thread: {}; in all {}", roles.join(", "), each(step.own)));
    let stages = step.counts.by("streetwatch_stage_cpu_microseconds_total", "stage");
    let mut stages: Vec<_> = stages.into_iter().collect();
    stages.sort_by_key(|(_, us)| std::cmp::Reverse(*us));
    let stages: Vec<_> = stages.into_iter().map(|(stage, us)| format!("{stage} {}", each(us as f64 / 1e6))).collect();
    report.note(&format!("    ms CPU a picture by stage of the camera threads: {}", stages.join(", ")));
    let (candidates, pictures) = (&step.candidate_delays, &step.picture_delays);
    report.note(&format!(
        "    delay in ms, capture to end of rules: p50 {} p99 {} max {} ({}); capture to acknowledged candidate: p50 {} p99 {} max {} ({})",
        ms(pictures.median()),
        ms(pictures.quantile(0.99)),
        ms(pictures.range().1),
        pictures.count(),
        ms(candidates.median()),
        ms(candidates.quantile(0.99)),
        ms(candidates.range().1),
        candidates.count(),
    ));
    report.line(&serde_json::json!({
        "bench": "cameras", "cameras": n, "seconds": step.seconds, "pictures": step.pictures, "dropped": step.dropped(),
        "holds": step.holds(), "cores": step.own / step.seconds, "others_cores": step.others / step.seconds,
        "resident": step.resident, "thread_cpu_s": step.roles,
        "stage_cpu_us": step.counts.by("streetwatch_stage_cpu_microseconds_total", "stage"),
        "candidates": candidates.count(), "candidate_delay_p50": candidates.median(),
        "candidate_delay_p99": candidates.quantile(0.99), "picture_delay_p99": pictures.quantile(0.99), "quick": quick(),
    }));
}

/// The next number to try: doubling while it holds, then halving the gap, in tens.
fn next(best: usize, failed: Option<usize>) -> Option<usize> {
    match failed {
        None => Some(if best == 0 { 40 } else { best * 2 }),
        Some(_) if best == 0 => None,
        Some(failed) => Some((best + failed) / 20 * 10).filter(|n| *n > best && *n < failed),
    }
}

fn measure(report: &mut Report) -> Result<(), String> {
    let tally = Tally::install()?;
    std::fs::create_dir_all(places::results()).map_err(|e| e.to_string())?;
    let clip = clips::street()?;
    let clips = clips::phases(&clip)?;
    report.note(&format!(
        "clip: {}, H.264 High, B-frames, GOP {}, 6 Mb/s; files paced in real time",
        clip.what,
        clips::GOP
    ));
    let models = Models { detector: "yolox-nano".to_owned(), bin_state: None, truck_load: None, ..Models::default() };
    let eyes = Arc::new(Eyes::open(&models, &ModelSearch::from_env()).map_err(|e| e.to_string())?);
    let runtime = Runtime::new().map_err(|e| e.to_string())?;
    let asked: Option<Vec<usize>> =
        std::env::var("BENCH_CAMERAS").ok().map(|v| v.split([' ', ',']).filter_map(|n| n.parse().ok()).collect());
    let quickly = quick().then(|| vec![8]);
    let mut fixed = asked.or(quickly).map(Vec::into_iter);
    let (mut best, mut failed, mut at_40) = (0, None, None);
    let began = Instant::now();
    loop {
        let cameras = match &mut fixed {
            Some(list) => list.next(),
            None => next(best, failed).filter(|_| began.elapsed() < BUDGET),
        };
        let Some(cameras) = cameras else { break };
        let step = step(&runtime, &tally, &eyes, &clips, cameras)?;
        tell(report, &step);
        if step.holds() {
            best = best.max(cameras);
        } else {
            failed = Some(failed.map_or(cameras, |f: usize| f.min(cameras)));
        }
        if cameras == 40 {
            at_40 = Some(step.candidate_delays.quantile(0.99) * 1000.0);
        }
    }
    let least = if quick() { Target::None } else { Target::Least(40.0) };
    report.row("cameras sustained without a dropped sample", best as f64, "cameras", None, least);
    if let Some(p99) = at_40 {
        report.row("capture to acknowledged candidate at 40 cameras, p99", p99, "ms", None, Target::Most(500.0));
    }
    Ok(())
}

fn main() {
    warnings_only();
    let mut report = Report::new("cameras", "1080p25 H.264 cameras, a picture each 2 s, all rules, gate on, 60 s");
    if let Err(why) = measure(&mut report) {
        report.skipped(&why);
    }
}
