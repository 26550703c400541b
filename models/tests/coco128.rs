//! YOLOX-Nano on real pictures through our own preprocessing and decoding.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use common::{Picture, runtime_or_skip, shared_or_skip};
use models::output::Candidate;
use models::{Detector, Device, Engine, EngineConfig, Model, ModelSearch};
use operators::vocabulary::{BBox, Detection, Label};
use std::path::Path;
use std::sync::Arc;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A JPEG as full-range 4:2:0 planes, as a camera would send it.
fn read_picture(path: &Path) -> Picture {
    let bytes = std::fs::read(path).unwrap();
    let mut decoder = JpegDecoder::new(ZCursor::new(bytes));
    decoder.decode_headers().unwrap();
    let grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let wanted = if grey { ColorSpace::Luma } else { ColorSpace::YCbCr };
    decoder.set_options(DecoderOptions::default().jpeg_set_out_colorspace(wanted));
    let pixels = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    if grey {
        return Picture { y: pixels, ..Picture::grey(width, height, 0) };
    }
    let (cw, ch) = (width.div_ceil(2), height.div_ceil(2));
    let at = |x: usize, y: usize, c: usize| u32::from(pixels[(y.min(height - 1) * width + x.min(width - 1)) * 3 + c]);
    let chroma = |c: usize| -> Vec<u8> {
        let mean = |x: usize, y: usize| at(x, y, c) + at(x + 1, y, c) + at(x, y + 1, c) + at(x + 1, y + 1, c);
        (0..cw * ch).map(|i| ((mean(i % cw * 2, i / cw * 2) + 2) / 4) as u8).collect()
    };
    let y = pixels.iter().step_by(3).copied().collect();
    Picture { width, height, y, u: chroma(1), v: chroma(2) }
}

/// A labelled picture: classes and boxes.
type Truth = Vec<(usize, BBox)>;

fn read_truth(path: &Path) -> Truth {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let numbers = |line: &str| line.split_whitespace().map(|v| v.parse::<f32>().unwrap()).collect::<Vec<_>>();
    text.lines()
        .map(numbers)
        .map(|n| (n[0] as usize, BBox::new(n[1] - n[3] / 2.0, n[2] - n[4] / 2.0, n[3], n[4])))
        .collect()
}

/// Average precision at IoU 0.5 of one class over all pictures (area under the
/// precision envelope, as VOC 2010 and later); `None` where the class does not occur.
fn average_precision(found: &[(usize, f32, BBox)], truth: &[Vec<BBox>]) -> Option<f64> {
    let total: usize = truth.iter().map(Vec::len).sum();
    if total == 0 {
        return None;
    }
    let mut found = found.to_vec();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut used: Vec<Vec<bool>> = truth.iter().map(|t| vec![false; t.len()]).collect();
    let (mut hits, mut curve) = (0usize, Vec::new());
    for (n, (picture, _, bbox)) in found.iter().enumerate() {
        let best = truth[*picture]
            .iter()
            .enumerate()
            .filter(|(i, t)| !used[*picture][*i] && t.iou(bbox) >= 0.5)
            .max_by(|a, b| a.1.iou(bbox).total_cmp(&b.1.iou(bbox)));
        if let Some((i, _)) = best {
            used[*picture][i] = true;
            hits += 1;
        }
        curve.push((hits as f64 / total as f64, hits as f64 / (n + 1) as f64));
    }
    let (mut area, mut envelope, mut right) = (0.0, 0.0f64, curve.last().map_or(0.0, |c| c.0));
    for &(recall, precision) in curve.iter().rev() {
        area += (right - recall) * envelope;
        envelope = envelope.max(precision);
        right = recall;
    }
    Some(area + right * envelope)
}

/// Greedy suppression within one class, as evaluations do it.
fn one_class_nms(mut boxes: Vec<Candidate>) -> Vec<Candidate> {
    boxes.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Candidate> = Vec::new();
    for c in boxes {
        if kept.iter().all(|k| k.class != c.class || k.bbox.iou(&c.bbox) <= 0.65) {
            kept.push(c);
        }
    }
    kept
}

struct Run {
    truth: Vec<Truth>,
    candidates: Vec<Vec<Candidate>>,
    detections: Vec<Vec<Detection>>,
}

/// All pictures through the shipped manifest, with the lowest useful threshold.
fn run_all() -> Option<Run> {
    let data = shared_or_skip("data/coco128")?;
    let weights = shared_or_skip("data/models")?;
    if !runtime_or_skip() {
        return None;
    }
    let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights");
    let search = ModelSearch { manifests: vec![manifests], weights: vec![weights] };
    let shipped = Model::open("yolox-nano", &search).unwrap();
    let mut sensitive = shipped.clone();
    sensitive.manifest.thresholds.score = 0.005;
    let one = EngineConfig { threads: 1, ..EngineConfig::new(Device::Cpu) };
    let shipped = Engine::start(Arc::new(shipped), one.clone()).unwrap();
    let sensitive = Engine::start(Arc::new(sensitive), one).unwrap();

    let mut names: Vec<_> = std::fs::read_dir(data.join("images")).unwrap().map(|f| f.unwrap().path()).collect();
    names.sort();
    let mut run = Run { truth: vec![], candidates: vec![], detections: vec![] };
    for name in names {
        let picture = read_picture(&name);
        let label = data.join("labels").join(name.with_extension("txt").file_name().unwrap());
        run.truth.push(read_truth(&label));
        let input = sensitive.prepare(&picture.planes()).unwrap();
        run.candidates.push(sensitive.candidates("c", input).unwrap());
        run.detections.push(shipped.detect("c", shipped.prepare(&picture.planes()).unwrap()).unwrap());
    }
    Some(run)
}

/// Precision and recall of the shipped thresholds for some of COCO's classes.
fn precision_recall(run: &Run, labels: &[Label], classes: &[usize], score: f32) -> (f64, f64) {
    let (mut hits, mut found, mut wanted) = (0usize, 0usize, 0usize);
    for (truth, detections) in run.truth.iter().zip(&run.detections) {
        let mut open: Vec<BBox> = truth.iter().filter(|(c, _)| classes.contains(c)).map(|t| t.1).collect();
        wanted += open.len();
        for d in detections.iter().filter(|d| labels.contains(&d.label) && d.score >= score) {
            found += 1;
            if let Some(i) = open.iter().position(|t| t.iou(&d.bbox) >= 0.5) {
                open.swap_remove(i);
                hits += 1;
            }
        }
    }
    (hits as f64 / found.max(1) as f64, hits as f64 / wanted.max(1) as f64)
}

#[test]
fn yolox_nano_keeps_its_accuracy_on_real_pictures() {
    let Some(run) = run_all() else { return };
    assert_eq!(run.truth.len(), 128);
    let mut precisions = Vec::new();
    for class in 0..80 {
        let of_class = |t: &Truth| t.iter().filter(|(c, _)| *c == class).map(|t| t.1).collect::<Vec<_>>();
        let truth: Vec<Vec<BBox>> = run.truth.iter().map(of_class).collect();
        let found: Vec<(usize, f32, BBox)> = run
            .candidates
            .iter()
            .enumerate()
            .flat_map(|(i, c)| {
                let own = c.iter().filter(|c| c.class == class).copied().collect();
                one_class_nms(own).into_iter().map(move |c| (i, c.score, c.bbox))
            })
            .collect();
        precisions.extend(average_precision(&found, &truth));
    }
    let map = precisions.iter().sum::<f64>() / precisions.len() as f64;
    println!("mAP50 over the {} classes that occur: {map:.4}", precisions.len());
    for score in [0.15, 0.2, 0.25, 0.3, 0.4, 0.5] {
        let vehicles = precision_recall(&run, &[Label::Car, Label::Bus, Label::Truck], &[2, 5, 7], score);
        let people = precision_recall(&run, &[Label::Person], &[0], score);
        println!(
            "score {score}: motor vehicles P {:.3} R {:.3}; people P {:.3} R {:.3}",
            vehicles.0, vehicles.1, people.0, people.1
        );
    }
    assert!(map >= 0.47, "mAP50 {map:.4}");
}
