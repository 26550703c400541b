//! What the console says, in Chinese and in English.
//!
//! A catalogue is a text of lines `key = words`. `{0}`, `{1}` stand for what is put in. Both tongues have the
//! same keys, and a test holds every page to them.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A language of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tongue {
    /// 简体中文.
    Zh,
    /// English.
    En,
}

type Catalogue = HashMap<&'static str, &'static str>;

const ZH: &[&str] = &[
    include_str!("zh/common.txt"),
    include_str!("zh/people.txt"),
    include_str!("zh/desk.txt"),
    include_str!("zh/feedback.txt"),
    include_str!("zh/cameras.txt"),
    include_str!("zh/tracks.txt"),
];
const EN: &[&str] = &[
    include_str!("en/common.txt"),
    include_str!("en/people.txt"),
    include_str!("en/desk.txt"),
    include_str!("en/feedback.txt"),
    include_str!("en/cameras.txt"),
    include_str!("en/tracks.txt"),
];

static ZH_WORDS: LazyLock<Catalogue> = LazyLock::new(|| read(ZH));
static EN_WORDS: LazyLock<Catalogue> = LazyLock::new(|| read(EN));

fn read(files: &[&'static str]) -> Catalogue {
    let lines = files.iter().flat_map(|file| file.lines());
    let entries = lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    entries.map(|(key, words)| (key.trim(), words.trim())).collect()
}

impl Tongue {
    /// Both.
    pub const ALL: [Tongue; 2] = [Tongue::Zh, Tongue::En];

    /// The word in a cookie and in a form: `zh` or `en`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Tongue::Zh => "zh",
            Tongue::En => "en",
        }
    }

    /// The value of `<html lang>`.
    pub const fn html(self) -> &'static str {
        match self {
            Tongue::Zh => "zh-CN",
            Tongue::En => "en",
        }
    }

    /// The tongue of a word of ours.
    pub fn named(word: &str) -> Option<Self> {
        Tongue::ALL.into_iter().find(|tongue| tongue.as_str() == word)
    }

    /// What the browser's user reads best (`Accept-Language`); Chinese where neither is named.
    pub fn accepted(header: &str) -> Self {
        let mut best = (Tongue::Zh, 0.0f32);
        for part in header.split(',').take(32) {
            let (language, parameters) = part.split_once(';').unwrap_or((part, ""));
            let weight = parameters.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(1.0f32);
            let primary = language.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
            if let Some(tongue) = Tongue::named(&primary).filter(|_| weight > best.1) {
                best = (tongue, weight);
            }
        }
        best.0
    }

    /// The words of a key. A key that is in no catalogue is answered as it is: the words of a rule that a city
    /// added itself.
    pub fn t(self, key: &str) -> &str {
        self.words().get(key).copied().unwrap_or(key)
    }

    /// The words of a key made of a group and a word of ours (`rule` and `illegal-parking`); the bare word where
    /// no catalogue has it.
    pub fn of(self, group: &str, word: &str) -> String {
        let key = format!("{group}.{word}");
        self.words().get(key.as_str()).map_or_else(|| word.to_owned(), |words| (*words).to_owned())
    }

    /// The words of a key with `{0}`, `{1}` filled in.
    pub fn with(self, key: &str, values: &[&str]) -> String {
        let mut words = self.t(key).to_owned();
        for (n, value) in values.iter().enumerate() {
            words = words.replace(&format!("{{{n}}}"), value);
        }
        words
    }

    /// Every key, in no order.
    pub fn keys(self) -> impl Iterator<Item = &'static str> {
        self.words().keys().copied()
    }

    fn words(self) -> &'static Catalogue {
        match self {
            Tongue::Zh => &ZH_WORDS,
            Tongue::En => &EN_WORDS,
        }
    }
}

#[cfg(test)]
mod tests;
