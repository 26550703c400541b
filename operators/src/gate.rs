//! No inference for an unchanged picture.
//!
//! A picture is compared with the one last inferred, not with the one before:
//! slow changes add up until they count. The comparison is cell by cell over
//! overlapping cells of 4x4 luma pixels, after taking out one gain and one bias
//! for the whole picture, and takes the largest difference: a far person fills
//! two cells of five thousand. The threshold follows the noise that the two
//! pictures show, within limits, so that a noisy night triggers nothing and a
//! noisy night hides nobody.

use crate::vocabulary::{EventTime, Luma, Millis};
use serde::{Deserialize, Serialize};

/// Settings of the gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateConfig {
    /// After this time an inference is due in any case, milliseconds (30 s).
    pub max_age: Millis,
    /// Least difference of a cell's mean that counts as change, grey levels (6).
    pub min_difference: f32,
    /// The threshold never exceeds this, however noisy the picture, grey levels (14).
    pub max_difference: f32,
    /// The threshold in standard deviations of the noise between the two pictures (6.5).
    pub noise_factor: f32,
}

impl Default for GateConfig {
    fn default() -> Self {
        GateConfig { max_age: 30_000, min_difference: 6.0, max_difference: 14.0, noise_factor: 6.5 }
    }
}

/// Why a picture needs inference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// Nothing has been inferred yet.
    First,
    /// The last inference is too old, or in the future.
    Age,
    /// The picture has another size.
    Size,
    /// The light of the whole picture changed more than a gain and a bias explain safely.
    Light,
    /// Something in the picture changed.
    Change,
}

/// What the gate says of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GateVerdict {
    /// Detect objects in it.
    Infer(Reason),
    /// What the last inference found still stands there.
    Unchanged,
}

/// Remembers the last inferred picture of one view. Not part of a snapshot: a
/// new worker begins with an inference.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    config: GateConfig,
    inferred: Option<(EventTime, Blocks)>,
}

impl Gate {
    /// A gate that has seen no inference.
    pub fn new(config: GateConfig) -> Gate {
        Gate { config, inferred: None }
    }

    /// Whether the picture needs inference.
    pub fn judge(&self, at: EventTime, luma: &Luma) -> GateVerdict {
        let Some((since, reference)) = &self.inferred else { return GateVerdict::Infer(Reason::First) };
        if !(0..self.config.max_age).contains(&at.since(*since)) {
            return GateVerdict::Infer(Reason::Age);
        }
        if reference.size != (luma.width(), luma.height()) {
            return GateVerdict::Infer(Reason::Size);
        }
        match changed(&self.config, reference, &Blocks::of(luma)) {
            Some(reason) => GateVerdict::Infer(reason),
            None => GateVerdict::Unchanged,
        }
    }

    /// This picture was inferred: later ones are compared with it.
    pub fn inferred(&mut self, at: EventTime, luma: &Luma) {
        self.inferred = Some((at, Blocks::of(luma)));
    }
}

/// Means of blocks of 2x2 pixels; a cell is four neighbouring blocks.
#[derive(Debug, Clone, PartialEq)]
struct Blocks {
    size: (usize, usize),
    columns: usize,
    means: Vec<f32>,
}

impl Blocks {
    fn of(luma: &Luma) -> Blocks {
        // An odd last row or column counts twice, so that no edge is blind.
        let (columns, rows) = (luma.width().div_ceil(2), luma.height().div_ceil(2));
        let mut means = Vec::with_capacity(columns * rows);
        for y in 0..rows {
            let (a, b) = (luma.row(2 * y), luma.row((2 * y + 1).min(luma.height() - 1)));
            for x in 0..columns {
                let (l, r) = (2 * x, (2 * x + 1).min(luma.width() - 1));
                let sum = u16::from(a[l]) + u16::from(a[r]) + u16::from(b[l]) + u16::from(b[r]);
                means.push(f32::from(sum) / 4.0);
            }
        }
        Blocks { size: (luma.width(), luma.height()), columns, means }
    }
}

fn changed(config: &GateConfig, reference: &Blocks, now: &Blocks) -> Option<Reason> {
    let Some((gain, bias)) = light(&reference.means, &now.means) else { return Some(Reason::Light) };
    let difference: Vec<f32> = reference.means.iter().zip(&now.means).map(|(&r, &n)| n - (gain * r + bias)).collect();
    let columns = now.columns;
    let rows = difference.len() / columns;
    if columns < 2 || rows < 2 {
        let most = difference.iter().fold(0f32, |m, d| m.max(d.abs()));
        return (most > config.min_difference).then_some(Reason::Change);
    }
    let mut cells = Vec::with_capacity((columns - 1) * (rows - 1));
    for y in 0..rows - 1 {
        let (a, b) = (&difference[y * columns..(y + 1) * columns], &difference[(y + 1) * columns..(y + 2) * columns]);
        cells.extend(a.windows(2).zip(b.windows(2)).map(|(a, b)| ((a[0] + a[1] + b[0] + b[1]) / 4.0).abs()));
    }
    let most = cells.iter().fold(0f32, |m, &d| m.max(d));
    if most <= config.min_difference {
        return None;
    }
    // The median of the absolute difference is 0.6745 deviations of the noise.
    let middle = cells.len() / 2;
    let noise = *cells.select_nth_unstable_by(middle, f32::total_cmp).1 / 0.6745;
    let threshold = (config.noise_factor * noise).clamp(config.min_difference, config.max_difference);
    (most > threshold).then_some(Reason::Change)
}

/// The gain and bias that turn the reference's light into today's, by least
/// squares, twice: the second time without what the first could not explain.
/// `None` when they are too large to be trusted.
fn light(reference: &[f32], now: &[f32]) -> Option<(f32, f32)> {
    let fit = |limit: f32, gain: f32, bias: f32| {
        let (mut n, mut sx, mut sy, mut sxx, mut sxy) = (0f64, 0f64, 0f64, 0f64, 0f64);
        for (&x, &y) in reference.iter().zip(now) {
            if (y - (gain * x + bias)).abs() <= limit {
                let (x, y) = (f64::from(x), f64::from(y));
                n += 1.0;
                sx += x;
                sy += y;
                sxx += x * x;
                sxy += x * y;
            }
        }
        // Too few blocks explained: the picture is another one.
        if n < 0.5 * reference.len() as f64 {
            return None;
        }
        let spread = sxx - sx * sx / n;
        // A picture without contrast knows no gain.
        let gain = if spread > n { (sxy - sx * sy / n) / spread } else { 1.0 };
        Some((gain as f32, ((sy - gain * sx) / n) as f32))
    };
    let (gain, bias) = fit(f32::INFINITY, 1.0, 0.0)?;
    let (gain, bias) = fit(12.0, gain, bias)?;
    let shift = gain * 128.0 + bias - 128.0;
    ((0.8..=1.25).contains(&gain) && shift.abs() <= 24.0).then_some((gain, bias))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    const W: usize = 320;
    const H: usize = 180;

    /// A textured street with `noise` (standard deviation, grey levels), under a light.
    fn street(seed: u64, noise: f32, gain: f32, paint: impl Fn(usize, usize) -> Option<u8>) -> Luma {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut data = Vec::with_capacity(W * H);
        for y in 0..H {
            for x in 0..W {
                let texture = (((x / 7 + 3 * (y / 5)) * 2_654_435_761) >> 7) % 90;
                let clean = paint(x, y).map_or(60.0 + texture as f32, f32::from);
                // The sum of four uniform numbers is near enough to a normal one.
                let sum: f32 = (0..4).map(|_| rng.random_range(-1.0..1.0f32)).sum();
                data.push((clean * gain + noise * sum * 0.866).clamp(0.0, 255.0) as u8);
            }
        }
        Luma::new(W, H, data).expect("size")
    }

    fn judge(reference: &Luma, now: &Luma) -> GateVerdict {
        let mut gate = Gate::new(GateConfig::default());
        gate.inferred(EventTime(0), reference);
        gate.judge(EventTime(1000), now)
    }

    #[test]
    fn the_first_an_old_and_a_resized_picture_are_inferred() {
        let mut gate = Gate::new(GateConfig::default());
        let luma = street(1, 0.0, 1.0, |_, _| None);
        assert_eq!(gate.judge(EventTime(0), &luma), GateVerdict::Infer(Reason::First));
        gate.inferred(EventTime(0), &luma);
        assert_eq!(gate.judge(EventTime(29_000), &luma), GateVerdict::Unchanged);
        assert_eq!(gate.judge(EventTime(30_000), &luma), GateVerdict::Infer(Reason::Age));
        assert_eq!(gate.judge(EventTime(-1), &luma), GateVerdict::Infer(Reason::Age));
        let small = Luma::new(160, 90, vec![0u8; 160 * 90]).expect("size");
        assert_eq!(gate.judge(EventTime(1000), &small), GateVerdict::Infer(Reason::Size));
    }

    #[test]
    fn noise_at_night_and_a_slight_change_of_light_need_no_inference() {
        for noise in [0.0, 2.0, 5.0] {
            let reference = street(1, noise, 1.0, |_, _| None);
            for seed in 2..12 {
                assert_eq!(
                    judge(&reference, &street(seed, noise, 1.0, |_, _| None)),
                    GateVerdict::Unchanged,
                    "{noise}"
                );
            }
        }
        let reference = street(1, 2.0, 1.0, |_, _| None);
        assert_eq!(judge(&reference, &street(2, 2.0, 0.9, |_, _| None)), GateVerdict::Unchanged);
    }

    #[test]
    fn a_large_change_of_light_is_inferred() {
        let reference = street(1, 2.0, 1.0, |_, _| None);
        assert_eq!(judge(&reference, &street(2, 2.0, 0.6, |_, _| None)), GateVerdict::Infer(Reason::Light));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn a_far_person_is_inferred_wherever_it_stands(x in 0usize..W - 3, y in 0usize..H - 9, noise in 0.0f32..4.0, seed in 1u64..99) {
            let reference = street(seed, noise, 1.0, |_, _| None);
            let now = street(seed + 100, noise, 1.0, |px, py| {
                ((x..x + 3).contains(&px) && (y..y + 9).contains(&py)).then_some(25)
            });
            prop_assert_eq!(judge(&reference, &now), GateVerdict::Infer(Reason::Change));
        }

        #[test]
        fn what_changes_slowly_is_inferred_in_the_end(seed in 0u64..50) {
            // A shadow that darkens one grey level a picture: compared with the picture before, nothing ever happens.
            let mut gate = Gate::new(GateConfig { max_age: i64::MAX, ..GateConfig::default() });
            gate.inferred(EventTime(0), &street(seed, 1.0, 1.0, |_, _| None));
            let inferred = (1..40u8).any(|t| {
                let now = street(seed + u64::from(t), 1.0, 1.0, |x, y| (x < 40 && y < 40).then_some(100 - t));
                gate.judge(EventTime(i64::from(t)), &now) != GateVerdict::Unchanged
            });
            prop_assert!(inferred);
        }
    }
}
