//! Looping file cameras with a truth that can be computed: a street, empty for a while, then with a parked car.

use crate::{binary, media};
use serde_json::json;
use std::path::{Path, PathBuf};
use streetwatch::payload::OffsetTime;

/// A zone around the place where the car parks.
pub const KERB: &str = "[[0.56, 0.60], [0.78, 0.60], [0.78, 0.999], [0.56, 0.999]]";

/// One pass of the file, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Loop {
    /// The street is empty at first.
    pub empty: u32,
    /// Then a car stands there.
    pub parked: u32,
}

impl Loop {
    /// Length of a pass in milliseconds.
    pub fn millis(self) -> i64 {
        i64::from(self.empty + self.parked) * 1000
    }

    /// Makes the file: 320x180, a picture a second, each a keyframe, no noise, so that it costs next to nothing.
    pub fn make(self, folder: &Path, name: &str) -> PathBuf {
        let clip = binary::workspace().join("demo/clips/c-001.mp4");
        let clip = clip.to_str().expect("UTF-8");
        // Two moments of the demo: nothing in the lane, and a car that is parked there.
        let still = |at: &str, name: &str| {
            let file = media::ffmpeg(folder, &["-ss", at, "-i", clip, "-frames:v", "1", "-vf", "scale=320:180"], name);
            file.to_str().expect("UTF-8").to_owned()
        };
        let (empty, parked) = (still("12", "empty.png"), still("50", "parked.png"));
        let (first, second) = (self.empty.to_string(), self.parked.to_string());
        let one = ["-loop", "1", "-framerate", "1", "-t", &first, "-i", &empty];
        let two = ["-loop", "1", "-framerate", "1", "-t", &second, "-i", &parked];
        let joined = ["-filter_complex", "[0][1]concat=n=2,format=yuv420p"];
        let encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-g", "1", "-bf", "0", "-r", "1"];
        media::ffmpeg(folder, &[one.as_slice(), &two, &joined, &encoding].concat(), name)
    }

    /// When a car is there between two moments, as far as a camera that began at `start` shows it: each stay whole.
    pub fn stays(self, start: i64, from: i64, to: i64) -> Vec<(i64, i64)> {
        let first = (from - start).div_euclid(self.millis()) - 1;
        let stay = |pass: i64| {
            let begins = start + pass * self.millis() + i64::from(self.empty) * 1000;
            (begins, begins + i64::from(self.parked) * 1000)
        };
        (first..).map(stay).take_while(|(begins, _)| *begins < to).filter(|(_, ends)| *ends > from).collect()
    }
}

/// A truth file's event: a car is parked from one moment to another.
pub fn event(camera: &str, (from, to): (i64, i64)) -> serde_json::Value {
    json!({ "camera": camera, "rule": "illegal-parking", "zone": "kerb", "start": rfc3339(from), "end": rfc3339(to) })
}

/// A moment as payloads and CITY.toml write it.
pub fn rfc3339(millis: i64) -> String {
    let offset = "2026-01-01T00:00:00+08:00".parse::<OffsetTime>().expect("a time");
    offset.with_time(operators::vocabulary::EventTime(millis)).to_string()
}

/// Wall time in milliseconds since 1970.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
