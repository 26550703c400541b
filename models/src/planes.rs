//! A decoded picture as the decoder leaves it, borrowed.

use thiserror::Error;

/// Which matrix turns the picture's YUV into RGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Matrix {
    /// ITU-R BT.601, standard definition; also what an unmarked small picture means.
    Bt601,
    /// ITU-R BT.709, high definition.
    Bt709,
}

/// Planar YUV 4:2:0, 8 bit: chroma planes have half the width and height,
/// rounded up. Strides are in bytes and may exceed the width.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Luma rows.
    pub y: &'a [u8],
    /// Blue-difference rows.
    pub u: &'a [u8],
    /// Red-difference rows.
    pub v: &'a [u8],
    /// Bytes from one luma row to the next.
    pub y_stride: usize,
    /// Bytes from one chroma row to the next, the same for both planes.
    pub uv_stride: usize,
    /// Full range (0..255) rather than video range (16..235).
    pub full_range: bool,
    /// Colour matrix.
    pub matrix: Matrix,
}

/// Why a picture's planes cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadPlanes {
    /// A side is 0 or beyond what any camera sends.
    #[error("a picture of {0}x{1} pixels; each side must be 1 to 16384")]
    Size(usize, usize),
    /// Rows overlap.
    #[error("the {plane} plane's stride of {stride} bytes is shorter than its rows of {width}")]
    Stride {
        /// `y`, `u` or `v`.
        plane: &'static str,
        /// Bytes from row to row.
        stride: usize,
        /// Bytes in a row.
        width: usize,
    },
    /// The slice ends before the last row.
    #[error("the {plane} plane has {len} bytes where {needed} are needed")]
    Short {
        /// `y`, `u` or `v`.
        plane: &'static str,
        /// Bytes there are.
        len: usize,
        /// Bytes there should be.
        needed: usize,
    },
}

/// Longest side taken, in pixels.
const MAX_SIDE: usize = 16_384;

impl Planes<'_> {
    /// Columns and rows of each chroma plane.
    pub const fn chroma_size(&self) -> (usize, usize) {
        (self.width.div_ceil(2), self.height.div_ceil(2))
    }

    /// A part of the picture, without copying: left, top, width and height in pixels. Left and top are moved to even
    /// ones, where chroma begins; what lies beyond the picture is left out.
    ///
    /// # Errors
    /// Nothing of it is in the picture, or the planes do not hold what they promise.
    pub fn part(&self, left: usize, top: usize, width: usize, height: usize) -> Result<Planes<'_>, BadPlanes> {
        let (left, top) = (left & !1, top & !1);
        self.check()?;
        let width = width.min(self.width.saturating_sub(left));
        let height = height.min(self.height.saturating_sub(top));
        let chroma = top / 2 * self.uv_stride + left / 2;
        let part = Planes {
            width,
            height,
            y: self.y.get(top * self.y_stride + left..).unwrap_or_default(),
            u: self.u.get(chroma..).unwrap_or_default(),
            v: self.v.get(chroma..).unwrap_or_default(),
            ..*self
        };
        part.check()?;
        Ok(part)
    }

    /// Whether the planes hold what width, height and strides promise; every
    /// reader of a picture calls this first.
    ///
    /// # Errors
    /// A side of 0 or over 16384, a stride shorter than a row, a plane that ends early.
    pub fn check(&self) -> Result<(), BadPlanes> {
        let side = |n: usize| (1..=MAX_SIDE).contains(&n);
        if !side(self.width) || !side(self.height) {
            return Err(BadPlanes::Size(self.width, self.height));
        }
        let (cw, ch) = self.chroma_size();
        check_plane("y", self.y, self.y_stride, self.width, self.height)?;
        check_plane("u", self.u, self.uv_stride, cw, ch)?;
        check_plane("v", self.v, self.uv_stride, cw, ch)
    }
}

fn check_plane(plane: &'static str, data: &[u8], stride: usize, width: usize, height: usize) -> Result<(), BadPlanes> {
    if stride < width {
        return Err(BadPlanes::Stride { plane, stride, width });
    }
    // The last row may end at its last pixel: decoders crop by moving pointers.
    let needed = stride.saturating_mul(height - 1).saturating_add(width);
    if data.len() < needed {
        return Err(BadPlanes::Short { plane, len: data.len(), needed });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_begins_where_its_pixels_and_their_chroma_are() {
        let (y, uv): (Vec<u8>, Vec<u8>) = ((0..80).collect(), (0..20).collect());
        let whole = Planes {
            width: 10,
            height: 8,
            y: &y,
            u: &uv,
            v: &uv,
            y_stride: 10,
            uv_stride: 5,
            full_range: true,
            matrix: Matrix::Bt601,
        };
        let part = whole.part(5, 2, 4, 99).expect("a part");
        assert_eq!((part.width, part.height, part.y[0], part.u[0], part.v[0]), (4, 6, 24, 7, 7));
        assert_eq!(part.check(), Ok(()));
        assert_eq!(whole.part(10, 0, 4, 4).err(), Some(BadPlanes::Size(0, 4)), "beyond the right edge");
        assert_eq!(whole.part(0, 99, 4, 4).err(), Some(BadPlanes::Size(4, 0)), "below");
        let lie = Planes { y: &y[..70], ..whole };
        assert!(matches!(lie.part(0, 0, 4, 4), Err(BadPlanes::Short { plane: "y", .. })));
    }

    #[test]
    fn a_plane_that_ends_early_or_overlaps_is_refused_before_anyone_reads_it() {
        let grey = [128u8; 64];
        let good = Planes {
            width: 7,
            height: 5,
            y: &grey,
            u: &grey,
            v: &grey,
            y_stride: 8,
            uv_stride: 4,
            full_range: true,
            matrix: Matrix::Bt601,
        };
        assert_eq!(good.check(), Ok(()));
        assert_eq!(Planes { y: &grey[..39], ..good }.check(), Ok(()), "the last row needs no padding");
        assert!(matches!(
            Planes { y: &grey[..38], ..good }.check(),
            Err(BadPlanes::Short { plane: "y", needed: 39, .. })
        ));
        assert!(matches!(Planes { v: &grey[..11], ..good }.check(), Err(BadPlanes::Short { plane: "v", .. })));
        assert!(matches!(Planes { uv_stride: 3, ..good }.check(), Err(BadPlanes::Stride { plane: "u", .. })));
        assert_eq!(Planes { width: 0, ..good }.check(), Err(BadPlanes::Size(0, 5)));
        assert_eq!(Planes { height: usize::MAX, ..good }.check(), Err(BadPlanes::Size(7, usize::MAX)));
    }
}
