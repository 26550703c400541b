//! Corners and their descriptors, for where ECC does not reach.
//!
//! Corners after Shi and Tomasi (1994): the lesser eigenvalue of the structure
//! tensor. Descriptors after BRIEF (Calonder et al., 2010): 256 comparisons of
//! two places of the smoothed surroundings, matched by Hamming distance both ways.

use super::super::map::Map;

/// Comparisons in a descriptor.
const BITS: usize = 256;
/// Half a descriptor's side, pixels.
const REACH: i32 = 11;
/// Best and second best match must differ by this factor.
const RATIO: f32 = 0.85;

/// A corner and what its surroundings look like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Feature {
    pub x: f32,
    pub y: f32,
    bits: [u64; BITS / 64],
}

/// The best corners, at most one in each cell of 9x9 pixels and `most` in all.
pub(crate) fn features(map: &Map, most: usize, allowed: impl Fn(usize, usize) -> bool) -> Vec<Feature> {
    const CELL: usize = 9;
    let margin = REACH as usize + 2;
    if map.width <= 2 * margin + CELL || map.height <= 2 * margin + CELL {
        return Vec::new();
    }
    let corners = cornerness(map);
    let mut best: Vec<(f32, usize, usize)> = Vec::new();
    for top in (margin..map.height - margin).step_by(CELL) {
        for left in (margin..map.width - margin).step_by(CELL) {
            let mut most = (0.02f32, 0, 0);
            for y in top..(top + CELL).min(map.height - margin) {
                for x in left..(left + CELL).min(map.width - margin) {
                    let c = corners[y * map.width + x];
                    if c > most.0 && allowed(x, y) {
                        most = (c, x, y);
                    }
                }
            }
            if most.1 > 0 {
                best.push(most);
            }
        }
    }
    best.sort_by(|a, b| b.0.total_cmp(&a.0));
    best.truncate(most);
    let pairs = pairs();
    best.iter().map(|&(_, x, y)| Feature { x: x as f32, y: y as f32, bits: describe(map, &pairs, x, y) }).collect()
}

/// The lesser eigenvalue of the structure tensor over 5x5 pixels.
fn cornerness(map: &Map) -> Vec<f32> {
    let (w, h) = (map.width, map.height);
    let slopes: Vec<(f32, f32)> = (0..w * h).map(|i| map.slope(i % w, i / w)).collect();
    let mut rows = vec![(0f32, 0f32, 0f32); w * h];
    for y in 0..h {
        for x in 2..w - 2 {
            let window = &slopes[y * w + x - 2..=y * w + x + 2];
            rows[y * w + x] =
                window.iter().fold((0.0, 0.0, 0.0), |m, (gx, gy)| (m.0 + gx * gx, m.1 + gx * gy, m.2 + gy * gy));
        }
    }
    let mut out = vec![0f32; w * h];
    for y in 2..h - 2 {
        for x in 2..w - 2 {
            let (a, b, c) = (0..5)
                .map(|k| rows[(y + k - 2) * w + x])
                .fold((0.0, 0.0, 0.0), |m, r| (m.0 + r.0, m.1 + r.1, m.2 + r.2));
            out[y * w + x] = ((a + c) - ((a - c) * (a - c) + 4.0 * b * b).sqrt()) / 50.0;
        }
    }
    out
}

/// Where the comparisons are made: a fixed draw, denser towards the middle.
fn pairs() -> Vec<[(i32, i32); 2]> {
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut draw = || {
        // xorshift64* (Vigna, 2016); the mean of two draws is denser in the middle.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as i32 % (REACH + 1)
    };
    let mut place = || (draw() - draw(), draw() - draw());
    (0..BITS).map(|_| [place(), place()]).collect()
}

fn describe(map: &Map, pairs: &[[(i32, i32); 2]], x: usize, y: usize) -> [u64; BITS / 64] {
    let at = |(dx, dy): (i32, i32)| map.at((x as i32 + dx) as usize, (y as i32 + dy) as usize);
    let mut bits = [0; BITS / 64];
    for (n, pair) in pairs.iter().enumerate() {
        bits[n / 64] |= u64::from(at(pair[0]) < at(pair[1])) << (n % 64);
    }
    bits
}

/// Pairs (baseline, current) that are each other's best match, and clearly so.
pub(crate) fn matches(base: &[Feature], now: &[Feature]) -> Vec<(usize, usize)> {
    let distance =
        |a: &Feature, b: &Feature| a.bits.iter().zip(&b.bits).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
    let best = |of: &Feature, among: &[Feature]| {
        let (mut first, mut second, mut which) = (u32::MAX, u32::MAX, 0);
        for (index, other) in among.iter().enumerate() {
            let d = distance(of, other);
            if d < first {
                (second, first, which) = (first, d, index);
            } else if d < second {
                second = d;
            }
        }
        (which, first, second)
    };
    let back: Vec<usize> = now.iter().map(|n| best(n, base).0).collect();
    let mut pairs = Vec::new();
    for (index, feature) in base.iter().enumerate() {
        let (which, first, second) = best(feature, now);
        let clear = first as usize <= BITS / 4 && (first as f32) < RATIO * second as f32;
        if clear && back.get(which) == Some(&index) {
            pairs.push((index, which));
        }
    }
    pairs
}
