//! A decoded picture as the decoder leaves it, borrowed.

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
