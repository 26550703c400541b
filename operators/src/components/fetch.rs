//! The current picture laid where the baseline is.

use super::map::Map;
use super::region::Region;
use super::transform::at;

/// The current picture where the region's baseline is, under a homography of the level's pixels.
pub(crate) fn fetch(region: &Region, now: &Map, h: &[f64; 9]) -> Map {
    fetch_at(region.patch.map(|v| v as i32), now, h)
}

/// The same for any box of the baseline: left, top, columns, rows. The picture's edge is drawn out beyond it.
pub(crate) fn fetch_at([left, top, width, height]: [i32; 4], now: &Map, h: &[f64; 9]) -> Map {
    /// Places between pixels are counted in 1/65536 of a pixel.
    const ONE: i64 = 1 << 16;
    let mut data = Vec::with_capacity((width * height) as usize);
    let most = [((now.width - 1) as i64) << 16, ((now.height - 1) as i64) << 16].map(|v| v - 1);
    for y in top..top + height {
        // Within a row the homography is near enough to even between its ends.
        let (a, b) = (at(h, f64::from(left), f64::from(y)), at(h, f64::from(left + width - 1), f64::from(y)));
        let steps = f64::from((width - 1).max(1));
        let fixed = |v: f64| (v * ONE as f64) as i64;
        let (dx, dy) = (fixed((b.0 - a.0) / steps), fixed((b.1 - a.1) / steps));
        let (mut x, mut y) = (fixed(a.0), fixed(a.1));
        let mut left = i64::from(width);
        while left > 0 {
            let (cx, cy) = (x.clamp(0, most[0]), y.clamp(0, most[1]));
            let from = (cy >> 16) as usize * now.width + (cx >> 16) as usize;
            let room = (now.width as i64 - 1 - (cx >> 16)).min(left);
            let run = if (cx, cy) == (x, y) { steps_within(x, dx - ONE).min(steps_within(y, dy)).min(room) } else { 1 };
            let row = |from: usize| now.data.get(from..from + run as usize + 1).unwrap_or(&[]);
            let (upper, lower) = (row(from), row(from + now.width));
            // Whole numbers of 1/65536 that floats hold exactly.
            let start = [cx, cy].map(|v| (v & 0xffff) as f32);
            let step = [dx - ONE, dy].map(|v| v as f32);
            let four = upper.iter().zip(beside(upper)).zip(lower.iter().zip(beside(lower)));
            data.extend(four.zip(0i32..).map(|(((a, b), (c, d)), n)| {
                let [fx, fy] = [0, 1].map(|k| (start[k] + n as f32 * step[k]) / ONE as f32);
                let (upper, lower) = (a + fx * (b - a), c + fx * (d - c));
                upper + fy * (lower - upper)
            }));
            (x, y, left) = (x + run * dx, y + run * dy, left - run);
        }
    }
    Map { width: width as usize, height: height as usize, data }.smoothed()
}

fn beside(row: &[f32]) -> &[f32] {
    row.get(1..).unwrap_or(&[])
}

/// How many steps of this size, in 1/65536, leave the whole part of a value as it is: 1 and more.
fn steps_within(value: i64, step: i64) -> i64 {
    let part = value & 0xffff;
    match step {
        0 => i64::from(i32::MAX),
        1.. => (0xffff - part) / step + 1,
        _ => part / -step + 1,
    }
}
