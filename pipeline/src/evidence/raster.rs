//! An RGB picture in memory: what stills are drawn on.

use models::{Matrix, Planes};
use operators::vocabulary::BBox;

/// Red, green, blue.
pub type Colour = [u8; 3];

/// Row-major RGB, 8 bit, no padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height * 3` bytes.
    pub data: Vec<u8>,
}

/// A rectangle in pixels; right and bottom are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Area {
    /// The pixels a box touches, at least one, inside a picture of this size.
    pub fn of(bbox: &BBox, width: usize, height: usize) -> Area {
        let b = bbox.clipped();
        let span = |from: f32, length: f32, size: usize| {
            let first = ((from * size as f32).floor() as usize).min(size.saturating_sub(1));
            let end = (((from + length) * size as f32).ceil() as usize).clamp(first + 1, size.max(first + 1));
            (first, end - first)
        };
        let (left, w) = span(b.x, b.w, width);
        let (top, h) = span(b.y, b.h, height);
        Area { left, top, width: w, height: h }
    }

    /// This area with so many pixels more on every side, inside a picture of this size.
    pub fn grown(&self, by: usize, width: usize, height: usize) -> Area {
        let (left, top) = (self.left.saturating_sub(by), self.top.saturating_sub(by));
        let right = (self.left + self.width + by).min(width);
        let bottom = (self.top + self.height + by).min(height);
        Area { left, top, width: right - left, height: bottom - top }
    }

    /// Whether the two share a pixel.
    pub fn touches(&self, other: &Area) -> bool {
        self.left < other.left + other.width
            && other.left < self.left + self.width
            && self.top < other.top + other.height
            && other.top < self.top + self.height
    }
}

impl Raster {
    /// A picture of one colour.
    pub fn filled(width: usize, height: usize, colour: Colour) -> Raster {
        Raster { width, height, data: colour.repeat(width * height) }
    }

    /// Converts planar YUV 4:2:0, chroma by nearest neighbour. `None` where a
    /// plane is shorter than its size and stride say, or a side is 0.
    ///
    /// Coefficients are those of ITU-R BT.601 and BT.709, in 16-bit fixed point.
    pub fn from_planes(p: &Planes<'_>) -> Option<Raster> {
        let (cw, ch) = (p.width.div_ceil(2), p.height.div_ceil(2));
        let long_enough = |plane: &[u8], stride: usize, w: usize, h: usize| {
            w > 0 && h > 0 && stride >= w && stride.checked_mul(h - 1).is_some_and(|n| plane.len() >= n + w)
        };
        if !long_enough(p.y, p.y_stride, p.width, p.height)
            || !long_enough(p.u, p.uv_stride, cw, ch)
            || !long_enough(p.v, p.uv_stride, cw, ch)
        {
            return None;
        }
        let (kr, kb) = match p.matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
        };
        let kg = 1.0 - kr - kb;
        let (black, luma, chroma) = if p.full_range { (0, 1.0, 1.0) } else { (16, 255.0 / 219.0, 255.0 / 224.0) };
        let fixed = |v: f64| (v * 65536.0).round() as i32;
        let y_gain = fixed(luma);
        let r_v = fixed(chroma * 2.0 * (1.0 - kr));
        let b_u = fixed(chroma * 2.0 * (1.0 - kb));
        let g_u = fixed(chroma * 2.0 * (1.0 - kb) * kb / kg);
        let g_v = fixed(chroma * 2.0 * (1.0 - kr) * kr / kg);
        let byte = |v: i32| ((v + 32768) >> 16).clamp(0, 255) as u8;
        let mut data = vec![0u8; p.width * p.height * 3];
        for (row, out) in data.chunks_exact_mut(p.width * 3).enumerate() {
            let luma = &p.y[row * p.y_stride..][..p.width];
            let u = &p.u[row / 2 * p.uv_stride..][..cw];
            let v = &p.v[row / 2 * p.uv_stride..][..cw];
            // Two pixels share their colour; of an odd row the last has its own.
            for (((pair, luma), &u), &v) in out.chunks_mut(6).zip(luma.chunks(2)).zip(u).zip(v) {
                let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
                let (r, g, b) = (r_v * v, -g_u * u - g_v * v, b_u * u);
                for (rgb, &y) in pair.chunks_exact_mut(3).zip(luma) {
                    let y = (i32::from(y) - black) * y_gain;
                    rgb[0] = byte(y + r);
                    rgb[1] = byte(y + g);
                    rgb[2] = byte(y + b);
                }
            }
        }
        Some(Raster { width: p.width, height: p.height, data })
    }

    /// One pixel; outside the picture the nearest one inside.
    pub fn pixel(&self, x: isize, y: isize) -> Colour {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        let at = (y * self.width + x) * 3;
        [self.data[at], self.data[at + 1], self.data[at + 2]]
    }

    /// Mixes a colour into one pixel, `cover` 0..1; outside the picture nothing happens.
    pub fn blend(&mut self, x: usize, y: usize, colour: Colour, cover: f32) {
        if x >= self.width || y >= self.height || cover <= 0.0 {
            return;
        }
        let at = (y * self.width + x) * 3;
        for (old, new) in self.data[at..at + 3].iter_mut().zip(colour) {
            *old = (f32::from(*old) + (f32::from(new) - f32::from(*old)) * cover.min(1.0)).round() as u8;
        }
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, area: Area, colour: Colour) {
        for y in area.top..area.top + area.height {
            for x in area.left..area.left + area.width {
                self.blend(x, y, colour, 1.0);
            }
        }
    }

    /// Copies `source` with its left upper corner at (left, top); what falls outside is cut.
    pub fn paste(&mut self, source: &Raster, left: usize, top: usize) {
        if left >= self.width {
            return;
        }
        let columns = source.width.min(self.width - left);
        for row in 0..source.height.min(self.height.saturating_sub(top)) {
            let to = ((top + row) * self.width + left) * 3;
            let from = row * source.width * 3;
            self.data[to..to + columns * 3].copy_from_slice(&source.data[from..from + columns * 3]);
        }
    }

    /// The picture at a smaller size, each pixel the mean of those it covers. A larger size copies pixels.
    pub fn shrunk(&self, width: usize, height: usize) -> Raster {
        let span = |i: usize, of: usize, from: usize| {
            let first = i * from / of;
            first..((i + 1) * from).div_ceil(of).clamp(first + 1, from.max(first + 1))
        };
        let mut data = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            for x in 0..width {
                let (rows, columns) = (span(y, height, self.height), span(x, width, self.width));
                let count = (rows.len() * columns.len()) as u32;
                let mut sum = [count / 2; 3];
                for row in rows {
                    let pixels =
                        &self.data[(row * self.width + columns.start) * 3..(row * self.width + columns.end) * 3];
                    for pixel in pixels.chunks_exact(3) {
                        for (sum, value) in sum.iter_mut().zip(pixel) {
                            *sum += u32::from(*value);
                        }
                    }
                }
                data.extend(sum.map(|s| (s / count) as u8));
            }
        }
        Raster { width, height, data }
    }

    /// Part of the picture, enlarged `factor` times by Catmull–Rom interpolation
    /// (`factor` 1 copies). The area must lie inside the picture.
    pub fn cut(&self, area: Area, factor: usize) -> Raster {
        let factor = factor.max(1);
        let (width, height) = (area.width * factor, area.height * factor);
        let mut out = Raster::filled(width, height, [0; 3]);
        if factor == 1 {
            for y in 0..height {
                let from = ((area.top + y) * self.width + area.left) * 3;
                out.data[y * width * 3..(y + 1) * width * 3].copy_from_slice(&self.data[from..from + width * 3]);
            }
            return out;
        }
        let place = |i: usize, first: usize| {
            let s = (i as f32 + 0.5) / factor as f32 - 0.5;
            (first as isize + s.floor() as isize, catmull_rom(s - s.floor()))
        };
        for y in 0..height {
            let (sy, wy) = place(y, area.top);
            for x in 0..width {
                let (sx, wx) = place(x, area.left);
                let mut sum = [0.0f32; 3];
                for (j, wy) in wy.iter().enumerate() {
                    for (i, wx) in wx.iter().enumerate() {
                        let pixel = self.pixel(sx + i as isize - 1, sy + j as isize - 1);
                        for (sum, value) in sum.iter_mut().zip(pixel) {
                            *sum += wy * wx * f32::from(value);
                        }
                    }
                }
                let at = (y * width + x) * 3;
                for (to, value) in out.data[at..at + 3].iter_mut().zip(sum) {
                    *to = value.round().clamp(0.0, 255.0) as u8;
                }
            }
        }
        out
    }
}

/// Weights of the four neighbours at `t` between the second and the third.
fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t + t2 - 0.5 * t3, 1.0 - 2.5 * t2 + 1.5 * t3, 0.5 * t + 2.0 * t2 - 1.5 * t3, -0.5 * t2 + 0.5 * t3]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(y: u8, u: u8, v: u8, full_range: bool, matrix: Matrix) -> Colour {
        let (y, u, v) = ([y; 4], [u], [v]);
        let p = Planes { width: 2, height: 2, y: &y, u: &u, v: &v, y_stride: 2, uv_stride: 1, full_range, matrix };
        Raster::from_planes(&p).expect("a whole picture").pixel(1, 1)
    }

    #[test]
    fn known_yuv_values_become_their_colours() {
        assert_eq!(one(16, 128, 128, false, Matrix::Bt709), [0, 0, 0]);
        assert_eq!(one(235, 128, 128, false, Matrix::Bt601), [255, 255, 255]);
        assert_eq!(one(255, 128, 128, true, Matrix::Bt601), [255, 255, 255]);
        // Pure red: BT.601 (81, 90, 240), BT.709 (63, 102, 240).
        let near_red = |[r, g, b]: Colour| r >= 252 && g <= 3 && b <= 3;
        assert!(near_red(one(81, 90, 240, false, Matrix::Bt601)));
        assert!(near_red(one(63, 102, 240, false, Matrix::Bt709)));
    }

    #[test]
    fn planes_that_are_too_short_are_no_picture_and_odd_sizes_are() {
        let (y, c) = (vec![128; 15], vec![128; 6]);
        let mut p = Planes {
            width: 3,
            height: 5,
            y: &y,
            u: &c,
            v: &c,
            y_stride: 3,
            uv_stride: 2,
            full_range: true,
            matrix: Matrix::Bt601,
        };
        let raster = Raster::from_planes(&p).expect("5 rows of 3");
        assert_eq!((raster.data.len(), raster.pixel(2, 4)), (45, [128; 3]));
        p.y = &y[..14];
        assert!(Raster::from_planes(&p).is_none());
        p.y = &y;
        p.uv_stride = 1;
        assert!(Raster::from_planes(&p).is_none());
    }

    #[test]
    fn shrinking_takes_the_mean_of_what_a_pixel_covers() {
        let mut picture = Raster::filled(4, 2, [0; 3]);
        picture.fill(Area { left: 2, top: 0, width: 2, height: 2 }, [100, 200, 50]);
        assert_eq!(picture.shrunk(2, 1).data, [0, 0, 0, 100, 200, 50]);
        assert_eq!(picture.shrunk(1, 1).data, [50, 100, 25]);
        assert_eq!(picture.shrunk(3, 2).data.len(), 18);
    }

    #[test]
    fn enlarging_keeps_a_flat_picture_flat() {
        let flat = Raster::filled(9, 7, [10, 200, 77]);
        let big = flat.cut(Area { left: 2, top: 3, width: 4, height: 2 }, 3);
        assert_eq!((big.width, big.height), (12, 6));
        assert!(big.data.chunks_exact(3).all(|p| p == [10, 200, 77]));
    }
}
