//! The same clips through `python/loop.py`, the loop that people write first: pictures per CPU-second, side by side.
//!
//! Both run the same model with one inference thread on the pictures of the
//! same sample plan. The loop decodes every frame, because that is what
//! `VideoCapture` does; it writes no evidence and keeps no log.

use models::{Model, ModelSearch};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use streetwatch::clock::SystemClock;
use streetwatch::config;
use streetwatch::evidence::{EvidenceRecorder, store};
use streetwatch::telemetry::names;
use streetwatch::worker::{self, Collector, Eyes, Mode};
use streetwatch_benches::report::{Report, Spread, Target};
use streetwatch_benches::tally::Tally;
use streetwatch_benches::{clips, cpu, places, quick, warnings_only};

/// Pictures and the CPU seconds they took.
#[derive(Debug, Clone, Copy)]
struct Cost {
    pictures: u64,
    cpu: f64,
    raised: u64,
}

impl Cost {
    fn rate(self) -> f64 {
        self.pictures as f64 / self.cpu
    }
}

/// The Python of the virtual environment that `make bench` prepares.
fn python() -> Result<PathBuf, String> {
    let python = places::root().join(".cache/venv-bench/bin/python");
    let works = Command::new(&python).args(["-c", "import cv2, onnxruntime, supervision"]).output();
    match works {
        Ok(output) if output.status.success() => Ok(python),
        Ok(_) => Err("the Python environment lacks its packages; run `make bench` where pip can reach them".to_owned()),
        Err(_) => Err("no Python environment in .cache/venv-bench; run `make bench`".to_owned()),
    }
}

fn theirs(python: &Path, model: &Path, sample: u32, clips: &[PathBuf]) -> Result<Cost, String> {
    let output = Command::new(python)
        .arg(places::root().join("benches/python/loop.py"))
        .arg(model)
        .arg(sample.to_string())
        .args(clips)
        .env("OMP_NUM_THREADS", "1")
        .env("OPENCV_FFMPEG_CAPTURE_OPTIONS", "threads;1")
        .output()
        .map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let result: serde_json::Value = text
        .lines()
        .last()
        .and_then(|l| serde_json::from_str(l).ok())
        .ok_or_else(|| format!("loop.py: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()))?;
    let number = |key: &str| result[key].as_f64().ok_or_else(|| format!("loop.py gave no `{key}`"));
    Ok(Cost { pictures: number("pictures")? as u64, cpu: number("cpu_s")?, raised: number("raised")? as u64 })
}

/// The same through `streetwatch replay`'s path, evidence included.
fn ours(tally: &Tally, sample: u32, gate: bool, clips: &[PathBuf]) -> Result<Cost, String> {
    let folder = tempfile::tempdir_in(places::results()).map_err(|e| e.to_string())?;
    let file = folder.path().join("CITY.toml");
    let mut text = format!(
        "city = \"bench\"\nlog = \"embedded:{0}/log\"\nstore = \"{0}/evidence\"\n[inference]\nthreads = 1\n",
        folder.path().display()
    );
    for (n, clip) in clips.iter().enumerate() {
        text += &format!(
            "[[camera]]\nid = \"c{n}\"\nurl = \"{}\"\nstart = \"2026-06-01T08:00:00+08:00\"\nsample = \"{sample}s\"\n\
             gate = {gate}\n[[camera.zone]]\nid = \"all\"\nrule = \"illegal-parking\"\ndwell = \"10s\"\n\
             polygon = [[0.01, 0.01], [0.99, 0.01], [0.99, 0.99], [0.01, 0.99]]\n",
            clip.display()
        );
    }
    let city = Arc::new(config::parse(&file, &text).map_err(|e| e.to_string())?);
    let eyes = Arc::new(Eyes::open(&city.models, &ModelSearch::from_env()).map_err(|e| e.to_string())?);
    let store = store::open(&city.store).map_err(|e| e.to_string())?;
    let clock = Arc::new(SystemClock::default());
    let collector = Arc::new(Collector::default());
    let (counts, before) = (tally.counts(), cpu::process());
    let evidence = EvidenceRecorder::new(Arc::new(store), clock.clone());
    worker::start(city, Mode::Replay, eyes, evidence, collector.clone(), clock, worker::Known::default())
        .map_err(|e| e.to_string())?
        .finish();
    let cpu = (cpu::process() - before).as_secs_f64();
    let counts = tally.counts().since(&counts);
    Ok(Cost { pictures: counts.sum(names::PICTURES), cpu, raised: collector.candidates().len() as u64 })
}

fn compare(
    report: &mut Report,
    tally: &Tally,
    python: &Result<PathBuf, String>,
    model: &Path,
    (what, sample, clips): (&str, u32, &[PathBuf]),
) -> Result<(), String> {
    report.note(&format!("{what}, a picture each {sample} s"));
    let rounds = if quick() { 1 } else { 5 };
    let (mut off, mut on, mut loops) = (vec![], vec![], vec![]);
    ours(tally, sample, false, clips)?;
    for _ in 0..rounds {
        off.push(ours(tally, sample, false, clips)?);
        on.push(ours(tally, sample, true, clips)?);
        if let Ok(python) = python {
            loops.push(theirs(python, model, sample, clips)?);
        }
    }
    let spread = |costs: &[Cost]| Spread::of(costs.iter().map(|c| c.rate()).collect());
    let mut row = |name: &str, costs: &[Cost]| {
        let Some(last) = costs.last() else { return };
        let rates = spread(costs);
        let what = format!("{name}: {} pictures, {} candidates", last.pictures, last.raised);
        report.row(&what, rates.median(), "1/CPU-s", Some(rates.range()), Target::None);
    };
    row("Python loop", &loops);
    row("ours, gate off", &off);
    row("ours, gate on", &on);
    if !loops.is_empty() {
        let theirs = spread(&loops).median();
        report.row("ratio, gate off", spread(&off).median() / theirs, "x", None, Target::None);
        report.row("ratio, gate on", spread(&on).median() / theirs, "x", None, Target::None);
    }
    Ok(())
}

fn measure(report: &mut Report) -> Result<(), String> {
    let tally = Tally::install()?;
    let python = python();
    if let Err(why) = &python {
        report.skipped(&format!("the Python side: {why}"));
    }
    let model = Model::open("yolox-nano", &ModelSearch::from_env()).map_err(|e| e.to_string())?.weights;
    let clip = clips::street()?;
    let what = format!("1080p25, {} s, {}", clips::SECONDS, clip.what);
    compare(report, &tally, &python, &model, (&what, 2, &[clip.path]))?;
    let footage: Vec<PathBuf> = ["residential-street.mp4", "pedestrians.mp4"]
        .iter()
        .filter_map(|name| places::shared(&format!("data/footage/{name}")))
        .collect();
    if !footage.is_empty() {
        compare(report, &tally, &python, &model, ("the footage as it is", 1, &footage))?;
    }
    Ok(())
}

fn main() {
    warnings_only();
    let mut report = Report::new("python", "pictures per CPU-second, ours and a plain Python loop");
    if let Err(why) = measure(&mut report) {
        report.skipped(&why);
    }
}
