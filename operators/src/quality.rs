//! Health of the picture itself: dark, blurred, frozen. Compared with the
//! camera's own past, and slow both to complain and to forgive.

use crate::vocabulary::{EventTime, Luma, Millis};
use serde::{Deserialize, Serialize};

/// Settings of the quality watch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QualityConfig {
    /// Dark when the brightest fiftieth of the picture is darker than this, grey levels (40).
    pub dark_below: u8,
    /// No longer dark when it is brighter than this (55).
    pub dark_until: u8,
    /// Blurred when the sharpness falls below this share of the camera's own (0.3).
    pub blurred_below: f32,
    /// No longer blurred above this share (0.5).
    pub blurred_until: f32,
    /// Frozen when the picture has not changed at all for this long, milliseconds
    /// (30 s). `None` for sources without sensor noise, and files that repeat.
    pub frozen_after: Option<Millis>,
    /// Dark and blurred must last this long to be believed, and so must their end, milliseconds (10 s).
    pub settle: Millis,
    /// Pictures from which the camera's own sharpness is first learned (30).
    pub learn: u32,
}

impl Default for QualityConfig {
    fn default() -> Self {
        QualityConfig {
            dark_below: 40,
            dark_until: 55,
            blurred_below: 0.3,
            blurred_until: 0.5,
            frozen_after: Some(30_000),
            settle: 10_000,
            learn: 30,
        }
    }
}

/// How the picture is; the first that holds, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// Fit for detection.
    #[default]
    Good,
    /// The same picture again and again.
    Frozen,
    /// Too dark to see.
    Dark,
    /// Out of focus, dirty, fogged or covered.
    Blurred,
}

/// A state that is entered and left only after lasting for a while.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Settled {
    on: bool,
    since: Option<EventTime>,
}

impl Settled {
    /// `against` says that the picture speaks against the present state.
    fn observe(&mut self, at: EventTime, against: bool, settle: Millis) {
        if !against {
            self.since = None;
        } else if at.since(*self.since.get_or_insert(at)) >= settle {
            *self = Settled { on: !self.on, since: None };
        }
    }
}

/// Watches the quality of one camera's pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityWatch {
    config: QualityConfig,
    /// The camera's own sharpness, and pictures it was learned from.
    sharpness: (f32, u32),
    dark: Settled,
    blurred: Settled,
    last: Option<Luma>,
    still_since: Option<EventTime>,
    frozen: bool,
    /// Different pictures in a row since it froze.
    thawed: u32,
}

impl QualityWatch {
    /// A watch that knows nothing of its camera yet.
    pub fn new(config: QualityConfig) -> QualityWatch {
        QualityWatch {
            config,
            sharpness: (0.0, 0),
            dark: Settled::default(),
            blurred: Settled::default(),
            last: None,
            still_since: None,
            frozen: false,
            thawed: 0,
        }
    }

    /// Takes one picture.
    pub fn observe(&mut self, at: EventTime, luma: &Luma) -> Quality {
        self.observe_still(at, luma);
        let bright = bright(luma);
        let limit = if self.dark.on { self.config.dark_until } else { self.config.dark_below };
        self.dark.observe(at, (bright < limit) != self.dark.on, self.config.settle);
        if bright >= self.config.dark_until {
            self.observe_sharpness(at, sharpness(luma));
        }
        match (self.frozen, self.dark.on, self.blurred.on) {
            (true, ..) => Quality::Frozen,
            (_, true, _) => Quality::Dark,
            (.., true) => Quality::Blurred,
            _ => Quality::Good,
        }
    }

    fn observe_still(&mut self, at: EventTime, luma: &Luma) {
        let still = self.last.as_ref().is_some_and(|last| is_same(last, luma));
        self.last = Some(luma.clone());
        let Some(after) = self.config.frozen_after else {
            self.frozen = false;
            return;
        };
        if still {
            self.thawed = 0;
            let since = *self.still_since.get_or_insert(at);
            self.frozen |= at.since(since) >= after;
        } else {
            // The picture that differs may be the first of the next still run.
            self.still_since = Some(at);
            self.thawed += 1;
            self.frozen &= self.thawed < 2;
        }
    }

    fn observe_sharpness(&mut self, at: EventTime, now: f32) {
        let (level, pictures) = self.sharpness;
        if pictures < self.config.learn {
            // At first the mean of what there is.
            self.sharpness = (level + (now - level) / (pictures + 1) as f32, pictures + 1);
            return;
        }
        let limit = if self.blurred.on { self.config.blurred_until } else { self.config.blurred_below };
        let is_low = now < limit * level;
        self.blurred.observe(at, is_low != self.blurred.on, self.config.settle);
        if !self.blurred.on && !is_low {
            self.sharpness.0 += 0.002 * (now - level);
        }
    }
}

/// Whether two pictures are the same but for a few pixels by one level:
/// a sensor's noise never is.
fn is_same(a: &Luma, b: &Luma) -> bool {
    let differ = || a.data().iter().zip(b.data()).filter(|(a, b)| a.abs_diff(**b) > 1).count();
    (a.width(), a.height()) == (b.width(), b.height()) && (a.data() == b.data() || differ() * 10_000 < a.data().len())
}

/// The grey level that the brightest fiftieth of the picture exceeds.
fn bright(luma: &Luma) -> u8 {
    let mut histogram = [0usize; 256];
    luma.data().iter().for_each(|&v| histogram[usize::from(v)] += 1);
    let mut left = luma.data().len() / 50;
    for level in (0..=255u8).rev() {
        let count = histogram[usize::from(level)];
        if count > left {
            return level;
        }
        left -= count;
    }
    0
}

/// Variance of the Laplacian over the variance of the picture, so that less
/// contrast (dusk, haze) alone is no blur.
fn sharpness(luma: &Luma) -> f32 {
    let (w, h) = (luma.width(), luma.height());
    if w < 3 || h < 3 {
        return 0.0;
    }
    let (mut sum, mut squares, mut n) = (0i64, 0i64, 0i64);
    for y in 1..h - 1 {
        let (above, row, below) = (luma.row(y - 1), luma.row(y), luma.row(y + 1));
        for x in 1..w - 1 {
            let around = i64::from(above[x]) + i64::from(below[x]) + i64::from(row[x - 1]) + i64::from(row[x + 1]);
            let laplacian = 4 * i64::from(row[x]) - around;
            sum += laplacian;
            squares += laplacian * laplacian;
            n += 1;
        }
    }
    let of_laplacian = squares as f32 / n as f32 - (sum as f32 / n as f32).powi(2);
    let pixels = luma.data().len() as f32;
    let mean = luma.data().iter().map(|&v| u64::from(v)).sum::<u64>() as f32 / pixels;
    let variance = luma.data().iter().map(|&v| (f32::from(v) - mean).powi(2)).sum::<f32>() / pixels;
    of_laplacian / (variance + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const W: usize = 64;
    const H: usize = 48;

    /// Stripes of a given width (sharp when narrow) with a little noise from `seed`.
    fn picture(seed: u64, top: u8, stripe: usize) -> Luma {
        let data: Vec<u8> = (0..W * H)
            .map(|i| {
                let phase = (i % W) as f32 / stripe as f32;
                let noise = ((i as u64 ^ seed << 20).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 62) as u8;
                ((0.5 + 0.5 * phase.sin()) * f32::from(top.saturating_sub(4))) as u8 + noise
            })
            .collect();
        Luma::new(W, H, data).expect("size")
    }

    /// Runs one picture a second; returns the quality at each.
    fn run(config: QualityConfig, pictures: impl Iterator<Item = Luma>) -> Vec<Quality> {
        let mut watch = QualityWatch::new(config);
        pictures.enumerate().map(|(t, p)| watch.observe(EventTime(t as i64 * 1000), &p)).collect()
    }

    #[test]
    fn a_frozen_picture_is_told_after_its_time_and_forgiven_when_it_moves_again() {
        let pictures = (0..120u64).map(|t| picture(if (20..80).contains(&t) { 20 } else { t }, 200, 2));
        let said = run(QualityConfig::default(), pictures);
        assert_eq!((said[45], said[60], said[90]), (Quality::Good, Quality::Frozen, Quality::Good));
    }

    #[test]
    fn a_source_without_noise_is_not_frozen_when_told_so() {
        let config = QualityConfig { frozen_after: None, ..QualityConfig::default() };
        assert!(run(config, (0..100).map(|_| picture(1, 200, 2))).iter().all(|q| *q == Quality::Good));
    }

    #[test]
    fn night_without_lamps_is_dark_and_one_passing_headlight_does_not_end_it() {
        let top = |t: u64| if t < 10 || t == 40 || t >= 60 { 200 } else { 25 };
        let said = run(QualityConfig::default(), (0..90).map(|t| picture(t, top(t), 2)));
        assert_eq!((said[12], said[25], said[45]), (Quality::Good, Quality::Dark, Quality::Dark));
        assert_eq!(said[89], Quality::Good);
    }

    #[test]
    fn blur_is_relative_to_the_cameras_own_sharpness() {
        let soft_from_the_start = run(QualityConfig::default(), (0..90).map(|t| picture(t, 200, 9)));
        assert!(soft_from_the_start.iter().all(|q| *q == Quality::Good));
        let said = run(QualityConfig::default(), (0..120).map(|t| picture(t, 200, if t < 60 { 2 } else { 9 })));
        assert_eq!((said[59], said[65], said[80]), (Quality::Good, Quality::Good, Quality::Blurred));
    }

    #[test]
    fn dusk_alone_is_no_blur() {
        let said = run(QualityConfig::default(), (0..200).map(|t| picture(t, 200 - t as u8 / 2, 2)));
        assert!(said.iter().all(|q| *q == Quality::Good), "{said:?}");
    }

    proptest! {
        #[test]
        fn any_picture_is_judged_without_panic(w in 1usize..9, h in 1usize..9, v in any::<u8>(), n in 1usize..50) {
            let luma = Luma::new(w, h, vec![v; w * h]).expect("size");
            let mut watch = QualityWatch::new(QualityConfig::default());
            for t in 0..n {
                watch.observe(EventTime(t as i64 * 1000), &luma);
            }
        }
    }
}
