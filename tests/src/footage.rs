//! The real footage of ../shared, and what is known to be on it.

use crate::{binary, media};
use std::path::{Path, PathBuf};

/// A polygon around the three cars that stand beside the island.
pub const KERB: &str = "[[0.40, 0.27], [0.55, 0.30], [0.68, 0.42], [0.68, 0.50], [0.53, 0.48], [0.40, 0.38]]";

/// The standing cars: left, top, width, height, 0..1.
pub const CARS: [[f64; 4]; 3] =
    [[0.416, 0.295, 0.064, 0.075], [0.479, 0.329, 0.070, 0.081], [0.553, 0.380, 0.094, 0.082]];

/// Whether footage, weights and the runtime are there. Says so plainly when they are not.
pub fn available() -> bool {
    let missing = [street(), pedestrians(), shared().join("models/yolox_nano.onnx")].into_iter().find(|p| !p.is_file());
    if let Some(missing) = missing {
        eprintln!("skipped: {} is not there", missing.display());
        return false;
    }
    runtime()
}

/// Whether ONNX Runtime is there. Says so plainly when it is not.
pub fn runtime() -> bool {
    let runtime = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from);
    let runtime = runtime.unwrap_or_else(|| binary::workspace().join(".cache/onnxruntime/libonnxruntime.so"));
    if !runtime.is_file() {
        eprintln!("skipped: no ONNX Runtime at {}; run `make setup`", runtime.display());
    }
    runtime.is_file()
}

fn shared() -> PathBuf {
    binary::workspace().join("../shared/data")
}

/// 38 s of a street with three standing cars, and others that pass.
pub fn street() -> PathBuf {
    absolute(shared().join("footage/residential-street.mp4"))
}

/// 8 s of people and bags on a paving.
pub fn pedestrians() -> PathBuf {
    absolute(shared().join("footage/pedestrians.mp4"))
}

fn absolute(path: PathBuf) -> PathBuf {
    path.canonicalize().unwrap_or(path)
}

/// The first `seconds` of the street as an elementary stream for the RTSP test
/// server: 10 pictures a second, a keyframe each second. `name` ends in .h264 or .h265.
pub fn street_elementary(folder: &Path, seconds: u32, name: &str, size: &str) -> PathBuf {
    let (encoder, own) = if name.ends_with(".h265") {
        ("libx265", ["-x265-params", "aud=1:log-level=error"])
    } else {
        ("libx264", ["-x264-params", "aud=1"])
    };
    let (street, seconds) = (street(), seconds.to_string());
    let mut arguments = vec!["-t", &seconds, "-i", street.to_str().expect("UTF-8"), "-an", "-r", "10", "-s", size];
    arguments.extend(["-c:v", encoder, "-preset", "medium", "-crf", "14", "-g", "10", "-keyint_min", "10"]);
    arguments.extend(["-bf", "0", "-pix_fmt", "yuv420p"]);
    arguments.extend(own);
    media::ffmpeg(folder, &arguments, name)
}
