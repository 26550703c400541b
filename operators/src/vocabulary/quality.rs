//! What is wrong with a reading.

use serde::{Deserialize, Serialize};

/// Marks of a reading. None is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub struct Quality(u16);

/// Every mark with its word.
const WORDS: [(Quality, &str); 9] = [
    (Quality::SWAPPED, "swapped"),
    (Quality::NO_PLACE, "no-place"),
    (Quality::OUTSIDE, "outside"),
    (Quality::NO_FIX, "no-fix"),
    (Quality::FUTURE, "future"),
    (Quality::CLOCK, "clock"),
    (Quality::JUMP, "jump"),
    (Quality::DRIFT, "drift"),
    (Quality::VALUE, "value"),
];

impl Quality {
    /// Nothing is wrong.
    pub const GOOD: Quality = Quality(0);
    /// Longitude and latitude were swapped, and are put right.
    pub const SWAPPED: Quality = Quality(1);
    /// There is no such place, or it is that of 0, 0.
    pub const NO_PLACE: Quality = Quality(1 << 1);
    /// Outside the city's bounds.
    pub const OUTSIDE: Quality = Quality(1 << 2);
    /// The satellites gave no position: the place is an older one.
    pub const NO_FIX: Quality = Quality(1 << 3);
    /// From the future.
    pub const FUTURE: Quality = Quality(1 << 4);
    /// The clock is off by more than any delay explains.
    pub const CLOCK: Quality = Quality(1 << 5);
    /// Too far from the one before for any vehicle.
    pub const JUMP: Quality = Quality(1 << 6);
    /// Parked, and the position wanders: taken to stand where it parked.
    pub const DRIFT: Quality = Quality(1 << 7);
    /// A value that cannot be.
    pub const VALUE: Quality = Quality(1 << 8);

    /// Whether nothing is wrong.
    pub const fn is_good(&self) -> bool {
        self.0 == 0
    }

    /// Whether any of these marks is set.
    pub const fn has(self, any: Quality) -> bool {
        self.0 & any.0 != 0
    }

    /// With these marks too.
    #[must_use]
    pub const fn with(self, more: Quality) -> Quality {
        Quality(self.0 | more.0)
    }

    /// Its time can be used: what cannot is never judged, since it would hold up or hurry everything else.
    pub const fn has_time(self) -> bool {
        !self.has(Quality(Quality::FUTURE.0 | Quality::CLOCK.0))
    }

    /// Its place can be used.
    pub const fn has_place(self) -> bool {
        !self.has(Quality(Quality::NO_PLACE.0 | Quality::OUTSIDE.0 | Quality::NO_FIX.0 | Quality::JUMP.0))
    }

    /// The words of the marks.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        WORDS.into_iter().filter(move |(mark, _)| self.has(*mark)).map(|(_, word)| word)
    }
}

impl From<Quality> for Vec<String> {
    fn from(q: Quality) -> Vec<String> {
        q.words().map(str::to_owned).collect()
    }
}

impl TryFrom<Vec<String>> for Quality {
    type Error = String;

    /// A word of a later version is an error of that reading: guessing that it is good would be worse.
    fn try_from(words: Vec<String>) -> Result<Quality, String> {
        let mark = |word: &String| {
            let known = WORDS.iter().find(|(_, w)| w == word).map(|(mark, _)| *mark);
            known.ok_or_else(|| format!("\"{word}\" is no mark of quality"))
        };
        words.iter().try_fold(Quality::GOOD, |all, word| Ok(all.with(mark(word)?)))
    }
}
