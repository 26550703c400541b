//! Keyframe decoding against `ffmpeg -skip_frame nokey -threads 1 -f null` on the same clip, in CPU time.

use std::process::{Command, Stdio};
use std::time::Duration;
use streetwatch::source::decode_keyframes;
use streetwatch_benches::report::{Report, Spread, Target};
use streetwatch_benches::{clips, cpu, quick, warnings_only};

/// CPU seconds of one run of the ffmpeg CLI.
fn ffmpeg(arguments: &[&str]) -> Result<f64, String> {
    let before = cpu::children();
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin"])
        .args(arguments)
        .stdin(Stdio::null())
        .status()
        .map_err(|e| format!("ffmpeg: {e}"))?;
    if !status.success() {
        return Err(format!("ffmpeg: {status}"));
    }
    Ok((cpu::children() - before).as_secs_f64())
}

fn measure(report: &mut Report) -> Result<(), String> {
    let clip = clips::street()?;
    report.note(&format!("clip: {} s, {}, GOP {}, 6 Mb/s", clips::SECONDS, clip.what, clips::GOP));
    let path = clip.path.to_string_lossy();
    let keyframes = clips::SECONDS * 25 / clips::GOP;
    let interval = Duration::from_secs(2);
    let decode = ["-skip_frame", "nokey", "-threads", "1", "-i", &path, "-an", "-f", "null", "-"];
    let start_up = ["-skip_frame", "nokey", "-threads", "1", "-i", &path, "-an", "-frames:v", "0", "-f", "null", "-"];
    let (mut ours, mut theirs, mut begin, mut ratios) = (vec![], vec![], vec![], vec![]);
    // One round to warm up, then both in turn, so that a busy neighbour disturbs both.
    for round in 0..if quick() { 2 } else { 12 } {
        let before = cpu::process();
        let pictures = decode_keyframes(&clip.path, interval).map_err(|e| e.to_string())?;
        let spent = (cpu::process() - before).as_secs_f64();
        if pictures != keyframes {
            return Err(format!("{pictures} pictures decoded, {keyframes} keyframes expected"));
        }
        let (whole, empty) = (ffmpeg(&decode)?, ffmpeg(&start_up)?);
        if round > 0 {
            ours.push(spent * 1000.0);
            theirs.push((whole - empty) * 1000.0);
            begin.push(empty * 1000.0);
            ratios.push(spent / (whole - empty));
        }
    }
    let mut row = |what: &str, values: Vec<f64>, unit: &str, target| {
        let spread = Spread::of(values);
        report.row(what, spread.median(), unit, Some(spread.range()), target);
    };
    let per_picture = ours.iter().map(|ms| ms / keyframes as f64).collect();
    row("ours, 60 s of stream: demux, plan, ring, decode", ours, "ms CPU", Target::None);
    row("ffmpeg, its start-up deducted", theirs, "ms CPU", Target::None);
    row("ffmpeg's start-up (opens the clip, decodes nothing)", begin, "ms CPU", Target::None);
    row("ours, per keyframe", per_picture, "ms CPU", Target::None);
    row("ratio, ours to ffmpeg without its start-up", ratios, "", Target::Most(1.15));
    Ok(())
}

fn main() {
    warnings_only();
    let mut report = Report::new("decode", "keyframes of a camera's stream, ours against the ffmpeg CLI");
    if let Err(why) = measure(&mut report) {
        report.skipped(&why);
    }
}
