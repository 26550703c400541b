//! The engine on tiny models, one for each output family.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use common::{Folder, Picture, fixture, runtime_or_skip};
use models::{Classifier, Detector, Device, Engine, EngineConfig, EngineError, InferError, Model, ModelError};
use operators::vocabulary::{BBox, Condition, Label};
use std::sync::Arc;
use std::time::Duration;

fn cpu(threads: usize) -> EngineConfig {
    EngineConfig { threads, ..EngineConfig::new(Device::Cpu) }
}

fn is(bbox: BBox, wanted: [f32; 4]) -> bool {
    <[f32; 4]>::from(bbox).iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-4)
}

#[test]
fn every_family_finds_its_known_object() {
    if !runtime_or_skip() {
        return;
    }
    let middle = [0.25, 0.25, 0.5, 0.5];
    let sigmoid = 1.0 / (1.0 + (-2f32).exp());
    let cases = [
        ("yolox", "family = \"yolox\"", "", Label::Car, 0.4, [0.25, 0.375, 0.25, 0.5]),
        ("yolov8", "family = \"yolov8\"", "", Label::Truck, 0.7, middle),
        ("end_to_end", "family = \"end-to-end\"", "", Label::Car, 0.6, middle),
        ("detr", "family = \"detr\"\nscores = \"sigmoid\"", "", Label::Car, sigmoid, middle),
        (
            "rtdetr",
            "family = \"detr\"\nlabels = \"labels\"\nlabel_scores = \"scores\"\nboxes = \"boxes\"",
            "size_input = \"orig_target_sizes\"\n",
            Label::Truck,
            0.9,
            middle,
        ),
    ];
    let picture = Picture::grey(200, 100, 90);
    for (name, output, input, label, score, bbox) in cases {
        let folder = Folder::with(&fixture(name), output, |m| {
            m.replace("[output]", &format!("{input}[output]")) + "[thresholds]\nscore = 0.2\n"
        });
        let engine = folder.start(cpu(1)).unwrap();
        let found = engine.detect("c-1", engine.prepare(&picture.planes()).unwrap()).unwrap();
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        let d = found[0];
        assert!(d.label == label && (d.score - score).abs() < 1e-4 && is(d.bbox, bbox), "{name}: {d:?}");
    }
}

#[test]
fn a_classifier_judges_a_crop_and_refuses_to_detect() {
    if !runtime_or_skip() {
        return;
    }
    let folder = Folder::with(&fixture("classifier"), "family = \"classifier\"\nscores = \"softmax\"", |m| {
        m.replace("car = \"car\"", "car = \"bin-over-rim\"")
    });
    let engine = folder.start(cpu(1)).unwrap();
    let picture = Picture::grey(200, 100, 90);
    let crop = engine.prepare_crop(&picture.planes(), &BBox::new(0.9, 0.9, 0.3, 0.3)).unwrap();
    let scores = engine.classify("c-1", crop).unwrap();
    assert_eq!(scores.len(), 3);
    let top = scores[0].condition().unwrap();
    assert_eq!(top.condition, Condition::BinOverRim);
    let e = 1f32.exp();
    assert!((top.score - e / (1.0 + e + 1.0 / e)).abs() < 1e-4);
    let whole = engine.prepare(&picture.planes()).unwrap();
    assert!(matches!(engine.detect("c-1", whole), Err(InferError::Kind { wanted: "detect", .. })));
}

#[test]
fn each_camera_gets_its_own_answer_from_a_shared_batch() {
    if !runtime_or_skip() {
        return;
    }
    let folder = Folder::with(&fixture("yolox_batch"), "family = \"yolox\"", |m| m + "[thresholds]\nscore = 0.0\n");
    for (threads, max_batch) in [(1, 8), (2, 3), (2, 1)] {
        let config = EngineConfig { max_batch, deadline: Duration::from_millis(5), ..cpu(threads) };
        let engine = folder.start(config).unwrap();
        std::thread::scope(|scope| {
            for camera in 0..6u8 {
                let engine = &engine;
                scope.spawn(move || {
                    for turn in 0..20u8 {
                        let level = 40 * camera + turn + 1;
                        let picture = Picture::grey(70, 50, level);
                        let input = engine.prepare(&picture.planes()).unwrap();
                        let found = engine.detect("c", input).unwrap();
                        let wanted = 0.4 * f32::from(level) / 255.0;
                        let car = found.iter().find(|d| d.label == Label::Car).unwrap();
                        assert!((car.score - wanted).abs() < 1e-3, "camera {camera}: {} for {wanted}", car.score);
                    }
                });
            }
        });
    }
}

#[test]
fn a_full_queue_makes_callers_wait_and_loses_nothing() {
    if !runtime_or_skip() {
        return;
    }
    let folder = Folder::new(&fixture("yolox"), "family = \"yolox\"");
    let engine = folder.start(EngineConfig { queue: 1, ..cpu(1) }).unwrap();
    let answered: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let picture = Picture::grey(64, 64, 9);
                    (0..25)
                        .filter(|_| engine.detect("c", engine.prepare(&picture.planes()).unwrap()).unwrap().len() == 1)
                        .count()
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).sum()
    });
    assert_eq!(answered, 200);
}

#[test]
fn a_gpu_that_is_not_there_falls_back_to_the_cpu_and_says_so() {
    if !runtime_or_skip() {
        return;
    }
    let folder = Folder::new(&fixture("yolox"), "family = \"yolox\"");
    // No machine has this many.
    for device in [Device::Cuda(250), Device::TensorRt(250)] {
        let engine = folder.start(EngineConfig { threads: 1, ..EngineConfig::new(device) }).unwrap();
        assert_eq!(engine.device(), Device::Cpu);
        assert_eq!(engine.fallback().map(|fallback| fallback.wanted), Some(device));
        assert_eq!((engine.batch(), engine.batch_times().len()), (1, 0), "batches were for the GPU");
        let picture = Picture::grey(64, 64, 9);
        assert_eq!(engine.detect("c", engine.prepare(&picture.planes()).unwrap()).unwrap().len(), 1);
    }
}

#[test]
fn the_batch_is_measured_where_that_is_asked_for_and_pictures_of_several_cameras_share_it() {
    if !runtime_or_skip() {
        return;
    }
    let folder = Folder::with(&fixture("yolox_batch"), "family = \"yolox\"", |m| m + "[thresholds]\nscore = 0.0\n");
    let config = EngineConfig { max_batch: 8, measure: Some(Duration::from_secs(10)), ..cpu(1) };
    let engine = folder.start(config).unwrap();
    let sizes: Vec<usize> = engine.batch_times().iter().map(|time| time.batch).collect();
    assert_eq!(sizes, [1, 2, 4, 8]);
    assert_eq!(engine.batch(), models::choose(engine.batch_times(), Duration::from_secs(10)));
    assert!(engine.fallback().is_none());
    // Nothing is measured where nobody asks.
    let engine = folder.start(EngineConfig { max_batch: 8, deadline: Duration::from_millis(20), ..cpu(1) }).unwrap();
    assert_eq!((engine.batch(), engine.batch_times().len()), (8, 0));
    let answered: usize = std::thread::scope(|scope| {
        let camera = |camera: u8| {
            let engine = &engine;
            scope.spawn(move || {
                let picture = Picture::grey(70, 50, 20 * camera + 5);
                let looked = (0..10)
                    .filter(|_| !engine.detect("c", engine.prepare(&picture.planes()).unwrap()).unwrap().is_empty());
                looked.count()
            })
        };
        let threads: Vec<_> = (0..10).map(camera).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(answered, 100);
}

#[test]
fn a_picture_prepared_for_another_model_or_cut_short_is_refused_alone() {
    if !runtime_or_skip() {
        return;
    }
    let engine = Folder::new(&fixture("yolox"), "family = \"yolox\"").start(cpu(1)).unwrap();
    let picture = Picture::grey(64, 64, 9);
    let good = engine.prepare(&picture.planes()).unwrap();
    let other = models::Prepared::detached(vec![0.0; 12], *good.placement());
    assert!(matches!(engine.detect("c", other), Err(InferError::Input { wanted: 12288, found: 12, .. })));
    let mut cut = picture.planes();
    cut.u = &cut.u[..100];
    assert!(matches!(engine.prepare(&cut), Err(InferError::Picture(_))));
    assert_eq!(engine.detect("c", good).unwrap().len(), 1);
}

#[test]
fn damaged_weights_are_refused_by_their_hash_and_text_by_the_runtime() {
    let good = fixture("yolox");
    let folder = Folder::new(&good, "family = \"yolox\"");
    let file = folder.dir.path().join("m/m.onnx");
    let model = folder.model();
    for bytes in [&good[..good.len() / 2], b"", &[0xFF; 300]] {
        std::fs::write(&file, bytes).unwrap();
        let e = Model::open("m", &folder.search()).unwrap_err();
        assert!(matches!(e, ModelError::WrongHash { .. }), "{e}");
        assert!(e.to_string().contains("m.onnx"), "{e}");
        if runtime_or_skip() {
            let started = Engine::start(model.clone(), cpu(1));
            assert!(matches!(started, Err(EngineError::Model(ModelError::WrongHash { .. }))), "changed since opened");
        }
    }
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(Model::open("m", &folder.search()), Err(ModelError::NoWeights { .. })));
    assert!(matches!(Model::open("n", &folder.search()), Err(ModelError::Unknown { .. })));
    if !runtime_or_skip() {
        return;
    }
    for bytes in [&b"this is text"[..], &good[..good.len() / 2], b""] {
        let e = Folder::new(bytes, "family = \"yolox\"").start(cpu(1)).unwrap_err();
        assert!(matches!(e, EngineError::Unusable { .. }) && e.to_string().contains("m.onnx"), "{e}");
    }
}

#[test]
fn a_model_that_does_not_fit_its_manifest_is_refused_with_what_to_correct() {
    if !runtime_or_skip() {
        return;
    }
    let refusal = |fixture_name: &str, output: &str, from: &str, to: &str| {
        let folder = Folder::with(&fixture(fixture_name), output, |m| {
            assert!(m.contains(from));
            m.replacen(from, to, 1)
        });
        folder.start(cpu(1)).unwrap_err().to_string()
    };
    let yolox = "family = \"yolox\"";
    let e = refusal("yolox", yolox, "\"truck\"]", "\"truck\", \"tram\"]");
    assert!(e.contains("[84, 9]") && e.contains("[84, 8]") && e.contains("classes"), "{e}");
    let e = refusal("yolox", yolox, "family = \"yolox\"", "family = \"yolov8\"");
    assert!(e.contains("[84, 8]") && e.contains("yolov8"), "{e}");
    let e = refusal("yolox", yolox, "width = 64", "width = 96");
    assert!(e.contains("`images`") && e.contains("96"), "{e}");
    let e = refusal("yolox", yolox, "[output]", "layout = \"nhwc\"\n[output]");
    assert!(e.contains("layout"), "{e}");
    let e = refusal("rtdetr", "family = \"detr\"", "[output]", "[output]");
    assert!(e.contains("orig_target_sizes"), "{e}");
    let e = refusal("yolox", yolox, "[output]", "size_input = \"size\"\n[output]");
    assert!(e.contains("size_input"), "{e}");
    let e = refusal("detr", "family = \"detr\"\nlogits = \"nope\"", "[output]", "[output]");
    assert!(e.contains("nope") && e.contains("logits, pred_boxes"), "{e}");
}

#[test]
fn an_engine_is_shared_between_threads_as_a_detector() {
    fn shareable<T: Detector + Classifier + 'static>() {}
    shareable::<Engine>();
    if !runtime_or_skip() {
        return;
    }
    let folder = Folder::new(&fixture("yolox"), "family = \"yolox\"");
    let detector: Arc<dyn Detector> = Arc::new(folder.start(cpu(2)).unwrap());
    let waiting = detector.prepare(&Picture::grey(64, 64, 9).planes()).unwrap();
    let other = detector.clone();
    std::thread::spawn(move || drop(other)).join().unwrap();
    assert_eq!(detector.detect("c", waiting).unwrap().len(), 1);
}
