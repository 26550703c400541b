//! Pre- and post-processing of a picture: 1080p planes to a 416x416 tensor, and the tensor's rows to detections.

use models::output::{self, Tensor};
use models::{Detector, Engine, EngineConfig, Model, ModelSearch, preprocess};
use operators::gate::{Gate, GateConfig};
use operators::quality::{QualityConfig, QualityWatch};
use operators::vocabulary::EventTime;
use std::borrow::Cow;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;
use streetwatch::clock::SystemClock;
use streetwatch::source::{Feed, FeedConfig, FeedEvent, FfmpegOpener, Frame, Pace};
use streetwatch_benches::report::{Report, Spread, Target};
use streetwatch_benches::{clips, cpu, quick, warnings_only};

/// Side of the model's input.
const SIDE: usize = 416;
/// Values of a YOLOX row: centre, size, objectness, 80 classes.
const ROW: usize = 85;

/// The first pictures of the clip.
fn pictures() -> Result<(Vec<Frame>, &'static str), String> {
    let clip = clips::street()?;
    let mut config = FeedConfig::new("vision", clip.path.to_string_lossy());
    (config.sample, config.pace, config.start) = (Duration::from_secs(2), Pace::AsFast, Some(EventTime(0)));
    let mut feed =
        Feed::start(config, Arc::new(FfmpegOpener), Arc::new(SystemClock::default())).map_err(|e| e.to_string())?;
    let mut frames = Vec::new();
    while frames.len() < 10 {
        match feed.next(Duration::from_secs(30)) {
            FeedEvent::Sample(sample) => frames.push(sample.frame),
            FeedEvent::Ended | FeedEvent::Idle => return Err("the clip ended early".to_owned()),
            _ => {}
        }
    }
    feed.stop();
    Ok((frames, clip.what))
}

/// What the model puts out for a street of `objects` cars and people: each found
/// by several neighbouring cells, and next to nothing elsewhere.
fn raw_output(objects: usize) -> Vec<f32> {
    let mut rows = Vec::new();
    for stride in [8usize, 16, 32] {
        let columns = SIDE / stride;
        for cell in 0..columns * columns {
            let mut row = [0.001f32; ROW];
            (row[0], row[1]) = (0.5, 0.5);
            // Objects lie on a grid of the middle level, whose cells and their right neighbours find them.
            let (x, y) = (cell % columns, cell / columns);
            let found = stride == 16 && y % 6 < 2 && x % 5 < 3 && (y / 6) * 6 + x / 5 < objects;
            if found {
                (row[2], row[3], row[4]) = (1.2, 0.9, 0.8);
                row[5 + if x / 5 % 2 == 0 { 2 } else { 0 }] = 0.9;
            }
            rows.extend_from_slice(&row);
        }
    }
    rows
}

/// CPU microseconds of one `work`, several times: each value the mean over `times`.
fn microseconds(times: usize, mut work: impl FnMut(usize)) -> Spread {
    let rounds = if quick() { 3 } else { 15 };
    let mut values = Vec::new();
    for round in 0..=rounds {
        let before = cpu::thread_cpu();
        for i in 0..times {
            work(i);
        }
        if round > 0 {
            values.push((cpu::thread_cpu() - before).as_secs_f64() * 1e6 / times as f64);
        }
    }
    Spread::of(values)
}

fn measure(report: &mut Report) -> Result<(), String> {
    let (frames, what) = pictures()?;
    report.note(&format!("pictures: {what}; model yolox-nano"));
    let model = Model::open("yolox-nano", &ModelSearch::from_env()).map_err(|e| e.to_string())?;
    let input = model.manifest.input.clone();
    let times = if quick() { 10 } else { 60 };

    let mut values = Vec::new();
    let mut placement = preprocess::fit(&frames[0].planes(), &input, &mut values).map_err(|e| e.to_string())?;
    let prepare = microseconds(times, |i| {
        if let Ok(found) = preprocess::fit(&frames[i % frames.len()].planes(), &input, &mut values) {
            placement = found;
        }
        black_box(&values);
    });

    let data = raw_output(20);
    let cells = data.len() / ROW;
    let tensors = [Tensor { name: Cow::Borrowed("output"), shape: vec![cells, ROW], data: Cow::Borrowed(&data) }];
    let found = output::detections(&model.manifest, &placement, &tensors).map_err(|e| e.to_string())?.len();
    let rows = output::candidates(&model.manifest, &placement, &tensors).map_err(|e| e.to_string())?.len();
    let post = microseconds(times, |_| {
        let _ = black_box(output::detections(&model.manifest, &placement, black_box(&tensors)));
    });

    let lumas: Vec<_> = frames.iter().filter_map(|f| preprocess::luma(&f.planes(), 320).ok()).collect();
    let luma = microseconds(times, |i| {
        let _ = black_box(preprocess::luma(&frames[i % frames.len()].planes(), 320));
    });
    let mut gate = Gate::new(GateConfig::default());
    gate.inferred(EventTime(0), &lumas[0]);
    let mut quality = QualityWatch::new(QualityConfig::default());
    let mut now = 0;
    let judge = microseconds(times, |i| {
        now += 1;
        black_box(quality.observe(EventTime(now), &lumas[i % lumas.len()]));
        black_box(gate.judge(EventTime(1000), &lumas[i % lumas.len()]));
    });

    let both = (prepare.median() + post.median()) / 1000.0;
    let range = (prepare.range().0 + post.range().0, prepare.range().1 + post.range().1);
    report.row(
        "letterbox and normalise, 1920x1080 to 416x416",
        prepare.median(),
        "us CPU",
        Some(prepare.range()),
        Target::None,
    );
    let what = format!("rows to detections ({rows} boxes, {found} objects)");
    report.row(&what, post.median(), "us CPU", Some(post.range()), Target::None);
    let range = (range.0 / 1000.0, range.1 / 1000.0);
    report.row("pre- and post-processing together", both, "ms CPU", Some(range), Target::Most(2.0));
    report.row("besides: small grey picture, 320 columns", luma.median(), "us CPU", Some(luma.range()), Target::None);
    report.row("besides: quality and gate", judge.median(), "us CPU", Some(judge.range()), Target::None);

    let config = EngineConfig { threads: 1, ..EngineConfig::new(models::Device::Cpu) };
    match Engine::start(Arc::new(model), config) {
        Err(why) => report.note(&format!("inference itself not measured: {why}")),
        Ok(engine) => {
            let mut values = Vec::new();
            for i in 0..if quick() { 6 } else { 60 } {
                let prepared = engine.prepare(&frames[i % frames.len()].planes()).map_err(|e| e.to_string())?;
                let before = cpu::by_role();
                black_box(engine.detect("bench", prepared).map_err(|e| e.to_string())?);
                let spent = |roles: &std::collections::BTreeMap<&str, Duration>| {
                    roles.get("inference").copied().unwrap_or_default()
                };
                values.push((spent(&cpu::by_role()) - spent(&before)).as_secs_f64() * 1000.0);
            }
            let spread = Spread::of(values.split_off(values.len() / 10));
            report.row(
                "besides: inference, yolox-nano, one thread",
                spread.median(),
                "ms CPU",
                Some(spread.range()),
                Target::None,
            );
        }
    }
    Ok(())
}

fn main() {
    warnings_only();
    let mut report = Report::new("vision", "what a 1080p picture costs before and after the network");
    if let Err(why) = measure(&mut report) {
        report.skipped(&why);
    }
}
