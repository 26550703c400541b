//! A small grey picture: what the gate, the quality checks and the appearance
//! of standing objects look at.

use std::sync::Arc;

/// Brightness of a picture, shrunk by area averaging to at most 320 columns.
/// Row-major, no padding; full range (0 black, 255 white) or the video range
/// of the source: only differences and spreads are ever used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Luma {
    width: usize,
    height: usize,
    data: Arc<[u8]>,
}

impl Luma {
    /// Takes `width * height` bytes; `None` when the length does not fit or a side is 0.
    pub fn new(width: usize, height: usize, data: impl Into<Arc<[u8]>>) -> Option<Self> {
        let data = data.into();
        (width > 0 && height > 0 && data.len() == width * height).then_some(Luma { width, height, data })
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Row-major bytes.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// One row.
    #[inline]
    pub fn row(&self, y: usize) -> &[u8] {
        &self.data[y * self.width..(y + 1) * self.width]
    }
}
