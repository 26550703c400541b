//! How a camera fares, and its picture, in the reader's words.

use super::super::{App, words};
use super::{address, encoded};
use crate::config::Camera;
use crate::console::i18n::Tongue;
use crate::console::store::Pictured;
use crate::payload::{CameraHealth, CameraState};
use crate::worker::Size;
use std::time::Duration;

/// How a camera fares.
pub struct Fares {
    /// The state's word: one of `health`, or `silent`, or `unknown`.
    pub word: &'static str,
    /// The same for the reader.
    pub words: String,
    /// Style of its badge.
    pub kind: &'static str,
    /// Trouble first: the smaller, the worse.
    pub rank: u8,
    /// Why, as the worker says it; may be empty.
    pub reason: String,
}

/// States from the worst to the best, with the style of their badge. Those before `dark` are somebody's work.
const STATES: [(&str, &str); 13] = [
    ("failed", "bad"),
    ("silent", "bad"),
    ("corrupt", "bad"),
    ("stalled", "bad"),
    ("reconnecting", "bad"),
    ("moved", "bad"),
    ("frozen", "bad"),
    ("blurred", "warn"),
    ("dark", "warn"),
    ("connecting", "warn"),
    ("unknown", ""),
    ("ended", ""),
    ("online", "good"),
];

/// The states for a filter, worst first.
pub fn states() -> impl Iterator<Item = &'static str> {
    STATES.iter().map(|(word, _)| *word)
}

/// Says how a camera fares. "Online" is not believed of one whose pictures have stopped coming.
pub fn fares(app: &App, tongue: Tongue, camera: &Camera, health: Option<&CameraHealth>) -> Fares {
    let health = health.filter(|health| health.preset == camera.preset);
    let silent = app.cameras.silent_for(camera);
    let (word, reason) = match (health, silent) {
        (Some(health), Some(silent)) if health.state == CameraState::Online => {
            ("silent", tongue.with("cameras.silent", &[&words::span(tongue, silent.as_secs_f64())]))
        }
        (Some(health), _) => (health.state.as_str(), reason(tongue, health.reason.as_deref().unwrap_or_default())),
        (None, _) => ("unknown", String::new()),
    };
    let rank = STATES.iter().position(|(known, _)| *known == word).unwrap_or(0);
    let (word, kind) = STATES[rank];
    Fares { word, words: tongue.of("health", word), kind, rank: rank as u8, reason }
}

/// What workers say as a reason, word for word, up to a value: begin, end, key.
const REASONS: [(&str, &str, &str); 14] = [
    ("starting", "", "reason.starting"),
    ("connecting", "", "reason.connecting"),
    ("connected, no picture yet", "", "reason.no-picture"),
    ("pictures are decoded", "", "reason.decoded"),
    ("too dark to judge", "", "reason.dark"),
    ("far less sharp than usual", "", "reason.blurred"),
    ("the same picture again and again", "", "reason.frozen"),
    ("no picture was decoded for ", " s", "reason.silent"),
    ("the recording is over, not cleanly: ", "", "reason.over-badly"),
    ("the recording is over", "", "reason.over"),
    ("components are not judged: no usable approved baseline for ", "", "reason.no-baseline"),
    ("components are not judged: the picture is too small", "", "reason.too-small"),
    ("the camera is off its baseline: ", "; turn it back, or build a new baseline", "reason.off"),
    ("bumped a little: pictures are realigned with the baseline", "", "reason.bumped"),
];

/// A worker's reason in the reader's tongue. What a source or a library said itself stays as it is.
pub fn reason(tongue: Tongue, text: &str) -> String {
    let found = REASONS.iter().find_map(|(begin, end, key)| {
        let value = text.strip_prefix(begin)?.strip_suffix(end)?;
        // A text without a value must be the whole of it.
        (value.is_empty() || begin.ends_with([' ', ':'])).then(|| tongue.with(key, &[value]))
    });
    found.unwrap_or_else(|| text.to_owned())
}

/// A picture of a camera with its age.
pub struct Still {
    /// Its address; another picture has another one.
    pub href: String,
    /// How old, in words.
    pub words: String,
    /// Whether it may be called live.
    pub live: bool,
    /// Columns and rows, where they are known.
    pub size: Option<(usize, usize)>,
}

/// The latest picture: from the worker of this process, else from the newest candidate.
pub fn still(app: &App, tongue: Tongue, camera: &Camera, size: Size, newest: Option<&Pictured>) -> Option<Still> {
    if let Some(shown) = app.cameras.latest(camera, size) {
        let name = if size == Size::Small { "small" } else { "large" };
        let href = format!("{}&size={name}&at={}", address(camera, "/latest.jpg"), shown.latest.came.as_millis());
        let words = match shown.live {
            true => tongue.t("cameras.live").to_owned(),
            false => ago(tongue, shown.age),
        };
        return Some(Still { href, words, live: shown.live, size: Some(shown.latest.size) });
    }
    let newest = newest?;
    let age = words::ago(tongue, app.clock.now().0, newest.at);
    Some(Still {
        href: format!("/evidence/{}/end", encoded(&newest.candidate)),
        words: tongue.with("cameras.from-candidate", &[&age]),
        live: false,
        size: None,
    })
}

fn ago(tongue: Tongue, age: Duration) -> String {
    tongue.with("time.ago", &[&words::span(tongue, age.as_secs_f64())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workers_reason_is_told_in_the_readers_tongue_and_a_sources_own_words_stay() {
        assert_eq!(reason(Tongue::Zh, "pictures are decoded"), "画面解码正常");
        assert_eq!(reason(Tongue::Zh, "no picture was decoded for 12 s"), "已有 12 秒没有解码出画面");
        assert_eq!(
            reason(Tongue::En, "the recording is over, not cleanly: torn"),
            "The recording is over, not cleanly: torn"
        );
        assert_eq!(reason(Tongue::Zh, "401 Unauthorized"), "401 Unauthorized");
        assert_eq!(reason(Tongue::Zh, "connecting to somewhere"), "connecting to somewhere");
    }
}
