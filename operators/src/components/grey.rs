//! The grey picture that is compared, and its smaller copies.

use crate::vocabulary::Luma;
use std::sync::Arc;

/// Most columns of a compared picture.
pub const MAX_COLUMNS: usize = 1280;
/// Most columns of the picture whose pose is found.
pub const POSE_COLUMNS: usize = 320;

/// A grey picture, shrunk by the least whole factor that brings it to at most
/// 1280 columns: 1080p becomes 960x540, 720p stays. Row-major, no padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey {
    width: usize,
    height: usize,
    data: Arc<[u8]>,
}

impl Grey {
    /// Takes `width * height` bytes as they are; `None` when the length does not fit or a side is under 32.
    pub fn new(width: usize, height: usize, data: impl Into<Arc<[u8]>>) -> Option<Grey> {
        let data = data.into();
        (width >= 32 && height >= 32 && data.len() == width * height).then_some(Grey { width, height, data })
    }

    /// Shrinks a luma plane of a decoded picture: rows lie `stride` bytes
    /// apart. `None` when the plane is too short, the stride less than the
    /// width, or a side of the result under 32.
    pub fn from_plane(width: usize, height: usize, stride: usize, plane: &[u8]) -> Option<Grey> {
        let needed = stride.checked_mul(height.checked_sub(1)?)?.checked_add(width)?;
        if stride < width || plane.len() < needed {
            return None;
        }
        let factor = width.div_ceil(MAX_COLUMNS).max(1);
        let (w, h, data) = shrink(width, height, stride, plane, factor);
        Grey::new(w, h, data)
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

    /// The small picture whose pose is found: at most 320 columns.
    pub(crate) fn for_pose(&self) -> Option<Luma> {
        let factor = self.width.div_ceil(POSE_COLUMNS).max(1);
        let (w, h, data) = shrink(self.width, self.height, self.width, &self.data, factor);
        Luma::new(w, h, data)
    }
}

/// Means of blocks of `factor` x `factor`; what does not fill a block at the right and below is left out.
fn shrink(width: usize, height: usize, stride: usize, plane: &[u8], factor: usize) -> (usize, usize, Vec<u8>) {
    let (w, h) = (width / factor, height / factor);
    // Several times as fast where the compiler knows the factor.
    let data = match factor {
        1 => (0..h).flat_map(|y| plane[y * stride..y * stride + w].iter().copied()).collect(),
        2 => means(2, w, h, stride, plane),
        3 => means(3, w, h, stride, plane),
        4 => means(4, w, h, stride, plane),
        other => means(other, w, h, stride, plane),
    };
    (w, h, data)
}

#[inline(always)]
fn means(factor: usize, w: usize, h: usize, stride: usize, plane: &[u8]) -> Vec<u8> {
    let area = (factor * factor) as u32;
    let mut data = Vec::with_capacity(w * h);
    let mut sums = vec![0u32; w];
    for y in 0..h {
        sums.fill(0);
        for row in 0..factor {
            let row = &plane[(y * factor + row) * stride..][..w * factor];
            for (sum, block) in sums.iter_mut().zip(row.chunks_exact(factor)) {
                *sum += block.iter().map(|&v| u32::from(v)).sum::<u32>();
            }
        }
        data.extend(sums.iter().map(|&s| ((s + area / 2) / area) as u8));
    }
    data
}
