//! Video to measure with, made once by the ffmpeg CLI.

use crate::places;
use std::path::PathBuf;
use std::process::Command;

/// A clip and where its pictures come from.
#[derive(Debug, Clone)]
pub struct Clip {
    /// The file.
    pub path: PathBuf,
    /// What it shows, for the report.
    pub what: &'static str,
    /// Whether it is a real scene.
    pub real: bool,
}

/// Seconds of [`street`].
pub const SECONDS: u64 = 60;
/// Pictures from keyframe to keyframe: 2 s.
pub const GOP: u64 = 50;

/// 60 s of 1080p25, H.264 High with B-frames, a keyframe each 2 s, 6 Mb/s: a
/// real street scaled up, with a sensor's noise; a test pattern where
/// `../shared` is missing.
///
/// # Errors
/// No ffmpeg, or it failed.
pub fn street() -> Result<Clip, String> {
    let footage = places::shared("data/footage/residential-street.mp4");
    let real = footage.is_some();
    let (name, what) = if real {
        ("street-1080p25.mp4", "residential-street.mp4 scaled to 1920x1080, noise added")
    } else {
        ("pattern-1080p25.mp4", "ffmpeg's testsrc2 (no ../shared here), noise added")
    };
    let path = places::cache().join(name);
    let clip = Clip { path: path.clone(), what, real };
    if path.is_file() {
        return Ok(clip);
    }
    std::fs::create_dir_all(places::cache()).map_err(|e| format!("{}: {e}", places::cache().display()))?;
    eprintln!("making {name} (once)");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-y", "-v", "error"]);
    match footage {
        Some(footage) => ffmpeg.args(["-stream_loop", "-1", "-i"]).arg(footage),
        None => ffmpeg.args(["-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=25"]),
    };
    let filter = "scale=1920:1080:flags=bicubic,fps=25,noise=alls=4:allf=t,format=yuv420p";
    ffmpeg.args(["-t", &SECONDS.to_string(), "-an", "-vf", filter]);
    ffmpeg.args(["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-bf", "2"]);
    let gop = GOP.to_string();
    ffmpeg.args(["-g", &gop, "-keyint_min", &gop, "-sc_threshold", "0"]);
    ffmpeg.args(["-b:v", "6M", "-maxrate", "7M", "-bufsize", "12M"]);
    // A clip that was cut short must not be taken for a whole one.
    let part = path.with_extension("part.mp4");
    let status =
        ffmpeg.arg(&part).status().map_err(|e| format!("ffmpeg cannot be run: {e}; install it (`make setup`)"))?;
    if !status.success() {
        return Err(format!("ffmpeg could not make {name}: {status}"));
    }
    std::fs::rename(&part, &path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(clip)
}

/// The clip begun at different moments, without encoding it anew: cameras that
/// all show the same would all raise and begin again in the same second.
///
/// # Errors
/// As [`street`].
pub fn phases(clip: &Clip) -> Result<Vec<PathBuf>, String> {
    let mut paths = vec![clip.path.clone()];
    for offset in (10..SECONDS).step_by(10) {
        let path = clip.path.with_extension(format!("{offset}.mp4"));
        if !path.is_file() {
            let part = path.with_extension("part.mp4");
            let status = Command::new("ffmpeg")
                .args(["-y", "-v", "error", "-nostdin", "-stream_loop", "1", "-i"])
                .arg(&clip.path)
                .args(["-ss", &offset.to_string(), "-t", &SECONDS.to_string(), "-c", "copy"])
                .arg(&part)
                .status()
                .map_err(|e| format!("ffmpeg: {e}"))?;
            if !status.success() {
                return Err(format!("ffmpeg could not cut {}: {status}", path.display()));
            }
            std::fs::rename(&part, &path).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        paths.push(path);
    }
    Ok(paths)
}
