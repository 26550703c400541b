//! A picture of numbers, sampled between its pixels.

use crate::vocabulary::Luma;

/// Row-major values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Map {
    pub width: usize,
    pub height: usize,
    pub data: Vec<f32>,
}

impl Map {
    /// From bytes; `size` is columns and rows, as many as there are bytes.
    pub fn of((width, height): (usize, usize), bytes: &[u8]) -> Map {
        Map { width, height, data: bytes.iter().map(|&v| f32::from(v)).collect() }
    }

    #[inline]
    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.data[y * self.width + x]
    }

    /// The value at a place between pixels, and its slope to the right and down; `None` outside.
    #[inline]
    pub fn sample(&self, x: f32, y: f32) -> Option<(f32, f32, f32)> {
        if !(x >= 0.0 && y >= 0.0 && x < (self.width - 1) as f32 && y < (self.height - 1) as f32) {
            return None;
        }
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let from = top * self.width + left;
        let (a, b) = (self.data[from], self.data[from + 1]);
        let (c, d) = (self.data[from + self.width], self.data[from + self.width + 1]);
        let (upper, lower) = (a + fx * (b - a), c + fx * (d - c));
        Some((upper + fy * (lower - upper), (b - a) + fy * ((d - c) - (b - a)), lower - upper))
    }

    /// Slope to the right and down at a pixel, central; 0 at the edge.
    #[inline]
    pub fn slope(&self, x: usize, y: usize) -> (f32, f32) {
        if x == 0 || y == 0 || x + 1 >= self.width || y + 1 >= self.height {
            return (0.0, 0.0);
        }
        let at = y * self.width + x;
        let d = &self.data;
        ((d[at + 1] - d[at - 1]) / 2.0, (d[at + self.width] - d[at - self.width]) / 2.0)
    }

    /// Half as wide and high, by means of four.
    pub fn half(&self) -> Map {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut data = Vec::with_capacity(width * height);
        for y in 0..height {
            let (a, b) = (2 * y * self.width, (2 * y + 1) * self.width);
            let pairs = self.data[a..a + 2 * width].chunks_exact(2).zip(self.data[b..b + 2 * width].chunks_exact(2));
            data.extend(pairs.map(|(a, b)| (a[0] + a[1] + b[0] + b[1]) / 4.0));
        }
        Map { width, height, data }
    }

    /// As wide and high as this, by means of the area that falls into each pixel; no larger than it is.
    pub fn shrunk(&self, width: usize, height: usize) -> Map {
        let (across, down) = (spans(self.width, width), spans(self.height, height));
        let mean = |(from, weights): &(usize, Vec<f32>), row: &[f32]| -> f32 {
            row[*from..].iter().zip(weights).map(|(v, w)| v * w).sum()
        };
        let rows: Vec<Vec<f32>> =
            self.data.chunks_exact(self.width).map(|row| across.iter().map(|span| mean(span, row)).collect()).collect();
        let mut data = Vec::with_capacity(width * height);
        for (from, weights) in &down {
            let mut sums = vec![0f32; across.len()];
            for (row, weight) in rows[*from..].iter().zip(weights) {
                sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += weight * v);
            }
            data.extend(sums);
        }
        Map { width: across.len(), height: down.len(), data }
    }

    /// The picture with its light evened out: each pixel less the mean of its
    /// surroundings of `2 * radius + 1` pixels, in their standard deviations.
    /// `floor` grey levels are added to these, so that flat places stay flat.
    pub fn evened(luma: &Luma, radius: usize, floor: f32) -> Map {
        let (width, height) = (luma.width(), luma.height());
        let stride = width + 1;
        // Sums of all pixels above and to the left (Crow, 1984).
        let mut sums = vec![0u32; stride * (height + 1)];
        let mut squares = vec![0u32; stride * (height + 1)];
        for y in 0..height {
            let (mut sum, mut square) = (0u32, 0u32);
            for (x, &v) in luma.row(y).iter().enumerate() {
                let v = u32::from(v);
                (sum, square) = (sum + v, square.wrapping_add(v * v));
                let at = (y + 1) * stride + x + 1;
                sums[at] = sums[at - stride] + sum;
                squares[at] = squares[at - stride].wrapping_add(square);
            }
        }
        let mut data = Vec::with_capacity(width * height);
        for y in 0..height {
            let (top, bottom) = (y.saturating_sub(radius) * stride, (y + radius + 1).min(height) * stride);
            let rows = (y + radius + 1).min(height) - y.saturating_sub(radius);
            for (x, &v) in luma.row(y).iter().enumerate() {
                let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(width));
                // The sums may wrap; their differences do not.
                let over = |s: &[u32]| {
                    s[bottom + right]
                        .wrapping_sub(s[bottom + left])
                        .wrapping_sub(s[top + right])
                        .wrapping_add(s[top + left])
                };
                let n = (rows * (right - left)) as f32;
                let mean = over(&sums) as f32 / n;
                let deviation = (over(&squares) as f32 / n - mean * mean).max(0.0).sqrt();
                data.push((f32::from(v) - mean) / (deviation + floor));
            }
        }
        Map { width, height, data }
    }

    /// The mean of `2 * radius + 1` pixels about each, by running sums over rows and then columns.
    pub fn means(&self, radius: usize) -> Map {
        let once = |data: &[f32], width: usize, height: usize| {
            // Transposed on the way out, so that the second pass runs along the columns.
            let mut out = vec![0f32; width * height];
            for y in 0..height {
                let row = &data[y * width..(y + 1) * width];
                let mut sum: f32 = row[..radius.min(width)].iter().sum();
                for x in 0..width {
                    if let Some(v) = row.get(x + radius) {
                        sum += v;
                    }
                    if x > radius {
                        sum -= row[x - radius - 1];
                    }
                    let n = (x + radius + 1).min(width) - x.saturating_sub(radius);
                    out[x * height + y] = sum / n as f32;
                }
            }
            out
        };
        let across = once(&self.data, self.width, self.height);
        Map { width: self.width, height: self.height, data: once(&across, self.height, self.width) }
    }

    /// Each pixel mixed with its neighbours, 1 2 1 in both directions.
    pub fn smoothed(&self) -> Map {
        let (w, h) = (self.width, self.height);
        let mut rows = self.data.clone();
        for (out, row) in rows.chunks_exact_mut(w).zip(self.data.chunks_exact(w)) {
            out[1..w - 1].iter_mut().zip(row.windows(3)).for_each(|(o, v)| *o = (v[0] + 2.0 * v[1] + v[2]) / 4.0);
        }
        let mut data = rows.clone();
        for y in 1..h.saturating_sub(1) {
            let (above, here, below) =
                (&rows[(y - 1) * w..y * w], &rows[y * w..(y + 1) * w], &rows[(y + 1) * w..(y + 2) * w]);
            let out = &mut data[y * w..(y + 1) * w];
            for (x, o) in out.iter_mut().enumerate() {
                *o = (above[x] + 2.0 * here[x] + below[x]) / 4.0;
            }
        }
        Map { width: w, height: h, data }
    }
}

/// For each of `to` equal parts of `from` pixels the first that it touches, and what each from there adds to its mean.
fn spans(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let step = from as f32 / to.clamp(1, from) as f32;
    let span = |n: usize| {
        let (start, end) = (n as f32 * step, ((n + 1) as f32 * step).min(from as f32));
        let pixels = start as usize..(end.ceil() as usize).min(from);
        let inside = |pixel: usize| (end.min(pixel as f32 + 1.0) - start.max(pixel as f32)).max(0.0) / step;
        (start as usize, pixels.map(inside).collect())
    };
    (0..to.clamp(1, from)).map(span).collect()
}

/// Mean and standard deviation.
pub(crate) fn spread(data: &[f32]) -> (f32, f32) {
    /// Sums side by side, which the machine adds at once.
    const LANES: usize = 16;
    fn sum(data: &[f32], of: impl Fn(f32) -> f32) -> f32 {
        let chunks = data.chunks_exact(LANES);
        let rest: f32 = chunks.remainder().iter().map(|v| of(*v)).sum();
        let mut sums = [0f32; LANES];
        chunks.for_each(|chunk| sums.iter_mut().zip(chunk).for_each(|(sum, v)| *sum += of(*v)));
        sums.iter().sum::<f32>() + rest
    }
    let n = data.len() as f32;
    let mean = sum(data, |v| v) / n;
    (mean, (sum(data, |v| (v - mean) * (v - mean)) / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shrunk_picture_keeps_its_mean_and_halves_as_half_does() {
        let map =
            |w: usize, h: usize| Map { width: w, height: h, data: (0..w * h).map(|n| (n * 37 % 251) as f32).collect() };
        let whole = map(96, 54);
        let (half, shrunk) = (whole.half(), whole.shrunk(48, 27));
        assert!(half.data.iter().zip(&shrunk.data).all(|(a, b)| (a - b).abs() < 1e-3));
        for (width, height) in [(64, 36), (71, 40), (96, 54), (1, 1)] {
            let small = whole.shrunk(width, height);
            assert_eq!((small.width, small.height, small.data.len()), (width, height, width * height));
            assert!((spread(&small.data).0 - spread(&whole.data).0).abs() < 0.5, "{width}x{height}");
        }
        assert_eq!(whole.shrunk(200, 100), whole, "never larger");
    }
}
