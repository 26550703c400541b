//! One plane, one output row at a time: rows are blended first (contiguous, so
//! the compiler vectorises it), then columns of the blended row are gathered.
//!
//! Fixed point: row weights sum to 2^8, so a blended row fits u16; column
//! weights sum to 2^14, so a gathered pixel fits u32 with 22 fractional bits.

use super::axis::Axis;

const ROW_ONE: u16 = 1 << 8;
const COLUMN_ONE: u16 = 1 << 14;
/// Fractional bits of a gathered pixel.
const SHIFT: u32 = 22;

/// A rectangle of the picture in luma pixels; may reach beyond it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Region {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Region {
    /// The same rectangle in pixels of the chroma planes.
    pub fn halved(self) -> Region {
        Region { x: self.x / 2.0, y: self.y / 2.0, w: self.w / 2.0, h: self.h / 2.0 }
    }
}

/// Resamples a region of one plane; `data` holds `height` rows of `width` bytes.
pub(super) struct Resampler<'a> {
    data: &'a [u8],
    stride: usize,
    rows: Axis,
    columns: Axis,
    /// Columns that are needed: first and one past the last.
    window: (usize, usize),
    blended: Vec<u16>,
}

impl<'a> Resampler<'a> {
    /// The caller has checked that the plane holds `(width, height)`.
    pub fn new(
        data: &'a [u8],
        stride: usize,
        (width, height): (usize, usize),
        region: Region,
        target: (usize, usize),
    ) -> Self {
        let columns = Axis::new(region.x, region.w, width, target.0, COLUMN_ONE);
        let rows = Axis::new(region.y, region.h, height, target.1, ROW_ONE);
        let window = columns.window();
        Resampler { data, stride, rows, columns, window, blended: vec![0; window.1 - window.0] }
    }

    /// Row `i` of the target, 0..255 with fractions.
    pub fn row_f32(&mut self, i: usize, out: &mut [f32]) {
        self.blend(i);
        self.gather(|x, sum| out[x] = sum as f32 * (1.0 / (1u32 << SHIFT) as f32));
    }

    /// Row `i` of the target, rounded.
    pub fn row_u8(&mut self, i: usize, out: &mut [u8]) {
        self.blend(i);
        self.gather(|x, sum| out[x] = ((sum + (1 << (SHIFT - 1))) >> SHIFT) as u8);
    }

    fn source_row(&self, y: usize) -> &'a [u8] {
        &self.data[y * self.stride + self.window.0..y * self.stride + self.window.1]
    }

    fn blend(&mut self, i: usize) {
        let start = self.rows.start[i];
        let mut acc = std::mem::take(&mut self.blended);
        acc.fill(0);
        for (k, &weight) in self.rows.weights_of(i).iter().enumerate().filter(|(_, w)| **w > 0) {
            add_row(&mut acc, self.source_row(start + k), weight);
        }
        self.blended = acc;
    }

    fn gather(&self, put: impl FnMut(usize, u32)) {
        match self.columns.taps {
            1 => self.gather_fixed::<1>(put),
            2 => self.gather_fixed::<2>(put),
            3 => self.gather_fixed::<3>(put),
            4 => self.gather_fixed::<4>(put),
            5 => self.gather_fixed::<5>(put),
            6 => self.gather_fixed::<6>(put),
            7 => self.gather_fixed::<7>(put),
            8 => self.gather_fixed::<8>(put),
            _ => self.gather_any(put),
        }
    }

    /// A known number of taps unrolls.
    fn gather_fixed<const K: usize>(&self, mut put: impl FnMut(usize, u32)) {
        let (weights, _) = self.columns.weights.as_chunks::<K>();
        for (x, (&start, w)) in self.columns.start.iter().zip(weights).enumerate() {
            if let Some(pixels) = self.blended[start - self.window.0..].first_chunk::<K>() {
                put(x, (0..K).map(|k| u32::from(pixels[k]) * u32::from(w[k])).sum());
            }
        }
    }

    fn gather_any(&self, mut put: impl FnMut(usize, u32)) {
        let taps = self.columns.taps;
        for (x, (&start, w)) in self.columns.start.iter().zip(self.columns.weights.chunks_exact(taps)).enumerate() {
            let pixels = &self.blended[start - self.window.0..][..taps];
            put(x, pixels.iter().zip(w).map(|(&p, &w)| u32::from(p) * u32::from(w)).sum());
        }
    }
}

/// `acc += row * weight`. The weights sum to 256 and pixels to 255, so u16 never
/// overflows; wrapping arithmetic only spares the debug checks.
///
/// Never inlined: alone it becomes vector code for certain; inside its caller it
/// came out scalar, at six times the cost (`make bench`, vision).
#[inline(never)]
fn add_row(acc: &mut [u16], row: &[u8], weight: u16) {
    for (sum, &pixel) in acc.iter_mut().zip(row) {
        *sum = sum.wrapping_add(u16::from(pixel).wrapping_mul(weight));
    }
}
