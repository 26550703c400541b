//! Which source pixels make up each target pixel along one axis.

/// Sampling plan of one axis: target pixel `i` is the weighted sum of `taps`
/// source pixels from `start[i]` on. Shrinking takes the area average (no
/// aliasing, each source pixel counts once); enlarging is bilinear.
pub(super) struct Axis {
    pub taps: usize,
    pub start: Vec<usize>,
    /// `taps` weights for each target pixel, which sum to `one` exactly.
    pub weights: Vec<u16>,
}

impl Axis {
    /// Target of `target` pixels from the source span `origin .. origin + extent`
    /// (in source pixels, may reach beyond the source, whose edge pixels are then
    /// repeated). `source` and `target` are at least 1.
    pub fn new(origin: f64, extent: f64, source: usize, target: usize, one: u16) -> Axis {
        let ratio = extent / target as f64;
        let wanted = if ratio > 1.0 { ratio.ceil() as usize + 1 } else { 2 };
        let taps = wanted.min(source);
        let mut axis = Axis { taps, start: Vec::with_capacity(target), weights: Vec::with_capacity(target * taps) };
        let mut share = vec![0.0f64; taps];
        for i in 0..target {
            let (low, high) = if ratio > 1.0 {
                (origin + i as f64 * ratio, origin + (i + 1) as f64 * ratio)
            } else {
                // A unit box around the target's centre is the bilinear kernel.
                let centre = origin + (i as f64 + 0.5) * ratio;
                (centre - 0.5, centre + 0.5)
            };
            let first = low.floor() as i64;
            let start = (first.max(0) as usize).min(source - taps);
            share.fill(0.0);
            for k in first..first + wanted as i64 {
                let overlap = (high.min((k + 1) as f64) - low.max(k as f64)).max(0.0);
                let inside = k.clamp(0, source as i64 - 1) as usize;
                share[inside.saturating_sub(start).min(taps - 1)] += overlap;
            }
            axis.start.push(start);
            axis.push_weights(&share, one);
        }
        axis
    }

    /// Rounds the running sum, so that the rounded weights sum to `one` exactly
    /// and a flat picture stays flat.
    fn push_weights(&mut self, share: &[f64], one: u16) {
        let total: f64 = share.iter().sum();
        let (mut sum, mut given) = (0.0, 0u16);
        for s in share {
            sum += s / total;
            let upto = (sum * f64::from(one)).round().min(f64::from(one)) as u16;
            self.weights.push(upto - given);
            given = upto;
        }
    }

    /// Source pixels that any target pixel looks at: first and one past the last.
    pub fn window(&self) -> (usize, usize) {
        let first = self.start.iter().copied().min().unwrap_or(0);
        let last = self.start.iter().copied().max().unwrap_or(0);
        (first, last + self.taps)
    }

    pub fn weights_of(&self, i: usize) -> &[u16] {
        &self.weights[i * self.taps..(i + 1) * self.taps]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shrinking_by_a_fraction_weighs_edge_pixels_by_their_share() {
        let axis = Axis::new(0.0, 5.0, 5, 2, 256);
        let sums: Vec<usize> = (0..2).map(|i| axis.weights_of(i).iter().filter(|&&w| w > 0).count()).collect();
        assert_eq!(sums, [3, 3], "2.5 pixels each");
        assert_eq!(axis.weights_of(0)[..3], [102, 103, 51]);
    }

    #[test]
    fn the_same_size_copies() {
        let axis = Axis::new(0.0, 4.0, 4, 4, 256);
        for i in 0..4 {
            let k = axis.weights_of(i).iter().position(|&w| w == 256).expect("one full weight");
            assert_eq!(axis.start[i] + k, i);
        }
    }

    proptest! {
        #[test]
        fn weights_sum_to_one_and_stay_inside(
            source in 1usize..400, target in 1usize..200, origin in -50.0f64..450.0, extent in 0.01f64..900.0,
        ) {
            let axis = Axis::new(origin, extent, source, target, 256);
            for i in 0..target {
                prop_assert_eq!(axis.weights_of(i).iter().map(|&w| u32::from(w)).sum::<u32>(), 256);
                prop_assert!(axis.start[i] + axis.taps <= source);
            }
        }
    }
}
