//! The homography that most pairs of points agree on: RANSAC (Fischler and
//! Bolles, 1981) over the direct linear transform of four pairs, then least
//! squares over all that agree.

use super::super::transform::{at, multiply};

/// A pair: a point of the baseline and the same point of the current picture, pixels.
pub(crate) type Pair = [(f64, f64); 2];

/// Pairs nearer than this to where the homography puts them agree, pixels.
const NEAR: f64 = 2.0;
/// Draws of four pairs.
const DRAWS: usize = 400;

/// The homography with the most pairs that agree, and their number; `None` where no draw gives one.
pub(crate) fn ransac(pairs: &[Pair]) -> Option<([f64; 9], usize)> {
    if pairs.len() < 4 {
        return None;
    }
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut draw = |below: usize| {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % below
    };
    let count = |h: &[f64; 9]| pairs.iter().filter(|p| is_near(h, p)).count();
    let mut best: Option<([f64; 9], usize)> = None;
    for _ in 0..DRAWS {
        let four: Vec<Pair> = (0..4).map(|_| pairs[draw(pairs.len())]).collect();
        let Some(h) = fit(&four).filter(is_plausible) else { continue };
        let agree = count(&h);
        if best.is_none_or(|(_, most)| agree > most) {
            best = Some((h, agree));
        }
    }
    let (mut h, mut most) = best?;
    for _ in 0..3 {
        let agreeing: Vec<Pair> = pairs.iter().filter(|p| is_near(&h, p)).copied().collect();
        let Some(finer) = fit(&agreeing).filter(is_plausible) else { break };
        let agree = count(&finer);
        if agree < most {
            break;
        }
        (h, most) = (finer, agree);
    }
    Some((h, most))
}

fn is_near(h: &[f64; 9], [from, to]: &Pair) -> bool {
    let (x, y) = at(h, from.0, from.1);
    (x - to.0).hypot(y - to.1) <= NEAR
}

/// A camera that turned or zoomed neither mirrors nor flattens the picture.
fn is_plausible(h: &[f64; 9]) -> bool {
    let det = h[0] * h[4] - h[1] * h[3];
    (0.1..10.0).contains(&det) && h[6].abs() < 2e-3 && h[7].abs() < 2e-3
}

/// Least squares of the direct linear transform with the last entry 1, in
/// coordinates about the pairs' middle (Hartley, 1997).
fn fit(pairs: &[Pair]) -> Option<[f64; 9]> {
    if pairs.len() < 4 {
        return None;
    }
    let scale = |side: usize| {
        let n = pairs.len() as f64;
        let (sx, sy) = pairs.iter().fold((0.0, 0.0), |m, p| (m.0 + p[side].0, m.1 + p[side].1));
        let (cx, cy) = (sx / n, sy / n);
        let far = pairs.iter().map(|p| (p[side].0 - cx).hypot(p[side].1 - cy)).sum::<f64>() / n;
        (cx, cy, far.max(1e-6))
    };
    let (a, b) = (scale(0), scale(1));
    let mut normal = [[0.0; 9]; 8];
    for [from, to] in pairs {
        let (x, y) = ((from.0 - a.0) / a.2, (from.1 - a.1) / a.2);
        let (u, v) = ((to.0 - b.0) / b.2, (to.1 - b.1) / b.2);
        for row in [[x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u], [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v]] {
            for (r, line) in normal.iter_mut().enumerate() {
                line.iter_mut().zip(row).for_each(|(sum, value)| *sum += row[r] * value);
            }
        }
    }
    let s = solve(normal)?;
    let inner = [s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], 1.0];
    let into = [1.0 / a.2, 0.0, -a.0 / a.2, 0.0, 1.0 / a.2, -a.1 / a.2, 0.0, 0.0, 1.0];
    let back = [b.2, 0.0, b.0, 0.0, b.2, b.1, 0.0, 0.0, 1.0];
    let h = multiply(&back, &multiply(&inner, &into));
    (h[8].abs() > 1e-9).then(|| h.map(|v| v / h[8]))
}

/// Gauss elimination with pivots.
fn solve(mut m: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let pivot = (column..8).max_by(|&a, &b| m[a][column].abs().total_cmp(&m[b][column].abs()))?;
        if m[pivot][column].abs() < 1e-9 {
            return None;
        }
        m.swap(column, pivot);
        let top = m[column];
        for (_, line) in m.iter_mut().enumerate().filter(|(row, _)| *row != column) {
            let factor = line[column] / top[column];
            line.iter_mut().zip(top).for_each(|(v, t)| *v -= factor * t);
        }
    }
    Some(std::array::from_fn(|i| m[i][8] / m[i][i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_homography_is_found_among_as_many_false_pairs(
            angle in -0.2f64..0.2, scale in 0.7f64..1.4, dx in -40.0f64..40.0, dy in -40.0f64..40.0, seed in 0u64..1000,
        ) {
            let h = [scale * angle.cos(), -scale * angle.sin(), dx, scale * angle.sin(), scale * angle.cos(), dy, 1e-4, -5e-5, 1.0];
            let any = |n: u64, side: f64| crate::testing::unit(&[seed, n]) as f64 * side;
            let mut pairs: Vec<Pair> = (0..40).map(|n| {
                let from = (any(2 * n, 320.0), any(2 * n + 1, 180.0));
                [from, at(&h, from.0, from.1)]
            }).collect();
            pairs.extend((100..130).map(|n| [(any(4 * n, 320.0), any(4 * n + 1, 180.0)), (any(4 * n + 2, 320.0), any(4 * n + 3, 180.0))]));
            let (found, agree) = ransac(&pairs).expect("pairs that agree");
            prop_assert!(agree >= 40);
            for corner in [(0.0, 0.0), (320.0, 0.0), (320.0, 180.0), (0.0, 180.0)] {
                let (a, b) = (at(&h, corner.0, corner.1), at(&found, corner.0, corner.1));
                prop_assert!((a.0 - b.0).hypot(a.1 - b.1) < 3.0, "{a:?} {b:?}");
            }
        }
    }
}
