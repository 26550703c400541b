//! Clips for tests, made with the `ffmpeg` command.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Whether the `ffmpeg` command is there. Says so plainly when it is not.
pub fn available() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    let found = *FOUND.get_or_init(|| {
        let ran = Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        ran.is_ok_and(|status| status.success())
    });
    if !found {
        eprintln!("skipped: the ffmpeg command is not installed");
    }
    found
}

/// A moving test picture.
#[derive(Debug, Clone, Copy)]
pub struct Clip {
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Pictures a second.
    pub fps: u32,
    /// Length in seconds.
    pub seconds: u32,
    /// Pictures from keyframe to keyframe.
    pub gop: u32,
    /// "libx264" or "libx265".
    pub encoder: &'static str,
}

impl Default for Clip {
    fn default() -> Self {
        Clip { size: (320, 240), fps: 10, seconds: 4, gop: 10, encoder: "libx264" }
    }
}

impl Clip {
    /// Encodes it to `folder/name`; the name's ending chooses the container.
    /// Elementary files get access unit delimiters and no B-frames, as the
    /// RTSP test server wants them.
    pub fn make(&self, folder: &Path, name: &str) -> PathBuf {
        let source = format!("testsrc2=s={}x{}:r={}:d={}", self.size.0, self.size.1, self.fps, self.seconds);
        let own = if self.encoder == "libx265" { "-x265-params" } else { "-x264-params" };
        let parameters = if self.encoder == "libx265" { "aud=1:log-level=error" } else { "aud=1" };
        let gop = self.gop.to_string();
        let elementary = name.ends_with(".h264") || name.ends_with(".h265");
        let mut arguments = vec!["-f", "lavfi", "-i", &source, "-c:v", self.encoder, "-preset", "ultrafast"];
        arguments.extend(["-g", &gop, "-keyint_min", &gop, "-pix_fmt", "yuv420p", own, parameters]);
        if elementary {
            arguments.extend(["-bf", "0"]);
        }
        if name.ends_with(".mp4") {
            arguments.extend(["-movflags", "+faststart"]);
        }
        ffmpeg(folder, &arguments, name)
    }
}

/// Runs `ffmpeg ARGUMENTS folder/name`.
pub fn ffmpeg(folder: &Path, arguments: &[&str], name: &str) -> PathBuf {
    let path = folder.join(name);
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]).args(arguments).arg(&path);
    let status = command.status().expect("ffmpeg starts");
    assert!(status.success(), "{command:?} failed");
    path
}

/// Sound only.
pub fn audio_only(folder: &Path) -> PathBuf {
    ffmpeg(folder, &["-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac"], "sound.mp4")
}

/// A raw H.264 stream that changes from 320x240 to 640x360 after `seconds`, in MPEG-TS.
pub fn resolution_change(folder: &Path, seconds: u32) -> PathBuf {
    let small = Clip { seconds, ..Clip::default() }.make(folder, "small.h264");
    let large = Clip { seconds, size: (640, 360), ..Clip::default() }.make(folder, "large.h264");
    let mut both = std::fs::read(small).expect("read");
    both.extend(std::fs::read(large).expect("read"));
    let raw = folder.join("both.h264");
    std::fs::write(&raw, both).expect("write");
    let raw = raw.to_str().expect("UTF-8");
    ffmpeg(folder, &["-framerate", "10", "-i", raw, "-c", "copy"], "both.ts")
}

/// The first `part` (0..1) of a file.
pub fn truncated(path: &Path, part: f64) -> PathBuf {
    let bytes = std::fs::read(path).expect("read");
    let cut = path.with_file_name(format!("cut-{}", path.file_name().and_then(|n| n.to_str()).expect("a name")));
    std::fs::write(&cut, &bytes[..(bytes.len() as f64 * part) as usize]).expect("write");
    cut
}
