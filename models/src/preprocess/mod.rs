//! From a decoder's planes to a model's input, in one pass.
//!
//! Luma and chroma are resampled straight to the input's resolution and only
//! those pixels are turned into RGB, so a 1080p picture costs one read of its
//! bytes, and no picture in between is written.

mod axis;
mod colour;
mod placement;
mod resample;

pub use placement::Placement;

use crate::manifest::{Anchor, InputSpec, Layout, Resize};
use crate::planes::{BadPlanes, Planes};
use colour::Converter;
use operators::vocabulary::{BBox, Luma};
use resample::{Region, Resampler};

/// The whole picture as the model wants it. `out` becomes
/// `3 * width * height` values of the model's input.
///
/// # Errors
/// Planes that do not hold what they promise.
pub fn fit(planes: &Planes, input: &InputSpec, out: &mut Vec<f32>) -> Result<Placement, BadPlanes> {
    planes.check()?;
    let whole = Region { x: 0.0, y: 0.0, w: planes.width as f64, h: planes.height as f64 };
    Ok(render(planes, whole, input, out))
}

/// A crop around `bbox` as the model wants it: the box, or the square of its longer side, widened on each side by the
/// manifest's margin times that size and kept inside the picture. A box without area or with numbers that are not
/// finite becomes the smallest crop there is.
///
/// # Errors
/// Planes that do not hold what they promise.
pub fn fit_crop(planes: &Planes, bbox: &BBox, input: &InputSpec, out: &mut Vec<f32>) -> Result<Placement, BadPlanes> {
    planes.check()?;
    let (width, height) = (planes.width as f32, planes.height as f32);
    let longer = (bbox.w * width).max(bbox.h * height);
    let square = BBox::new(
        bbox.x + (bbox.w - longer / width) / 2.0,
        bbox.y + (bbox.h - longer / height) / 2.0,
        longer / width,
        longer / height,
    );
    let shape = if input.crop_square { &square } else { bbox };
    let (x, w) = crop_span(shape.x, shape.w, input.crop_margin, planes.width);
    let (y, h) = crop_span(shape.y, shape.h, input.crop_margin, planes.height);
    Ok(render(planes, Region { x, y, w, h }, input, out))
}

/// Start and length in pixels, at least one pixel, inside `0..size`.
fn crop_span(start: f32, length: f32, margin: f32, size: usize) -> (f64, f64) {
    let finite = |v: f32| if v.is_finite() { f64::from(v) } else { 0.0 };
    let (start, length, size) = (finite(start), finite(length).max(0.0), size as f64);
    let widen = finite(margin).clamp(0.0, 10.0) * length;
    let low = ((start - widen) * size).clamp(0.0, size - 1.0);
    let high = ((start + length + widen) * size).clamp(low + 1.0, size);
    (low, high - low)
}

/// The small grey picture: at most `max_width` columns, aspect kept, area average.
///
/// # Errors
/// Planes that do not hold what they promise.
pub fn luma(planes: &Planes, max_width: usize) -> Result<Luma, BadPlanes> {
    planes.check()?;
    let width = planes.width.min(max_width.max(1));
    let height = ((planes.height * width) as f64 / planes.width as f64).round().max(1.0) as usize;
    let whole = Region { x: 0.0, y: 0.0, w: planes.width as f64, h: planes.height as f64 };
    let mut data = vec![0u8; width * height];
    let mut rows = Resampler::new(planes.y, planes.y_stride, (planes.width, planes.height), whole, (width, height));
    for (i, row) in data.chunks_exact_mut(width).enumerate() {
        rows.row_u8(i, row);
    }
    Luma::new(width, height, data).ok_or(BadPlanes::Size(planes.width, planes.height))
}

/// Size and place of a `w` x `h` region inside the model's input: x, y, width, height.
fn place(input: &InputSpec, w: f64, h: f64) -> (usize, usize, usize, usize) {
    let (iw, ih) = (input.width, input.height);
    match input.resize {
        Resize::Stretch => (0, 0, iw, ih),
        Resize::Letterbox => {
            let scale = (iw as f64 / w).min(ih as f64 / h);
            let side = |v: f64, max: usize| ((v * scale).round() as usize).clamp(1, max);
            let (rw, rh) = (side(w, iw), side(h, ih));
            match input.anchor {
                Anchor::TopLeft => (0, 0, rw, rh),
                Anchor::Centre => ((iw - rw) / 2, (ih - rh) / 2, rw, rh),
            }
        }
    }
}

fn render(planes: &Planes, region: Region, input: &InputSpec, out: &mut Vec<f32>) -> Placement {
    let (iw, ih) = (input.width, input.height);
    let (x, y, w, h) = place(input, region.w, region.h);
    out.resize(3 * iw * ih, 0.0);
    fill_padding(input, (x, y, w, h), out);

    let target = (w, h);
    let chroma = region.halved();
    let mut luma = Resampler::new(planes.y, planes.y_stride, (planes.width, planes.height), region, target);
    let mut blue = Resampler::new(planes.u, planes.uv_stride, planes.chroma_size(), chroma, target);
    let mut red = Resampler::new(planes.v, planes.uv_stride, planes.chroma_size(), chroma, target);
    let convert = Converter::new(planes, input);

    let mut yuv = vec![0.0f32; 3 * w];
    let mut rgb = vec![0.0f32; if input.layout == Layout::Nhwc { 3 * w } else { 0 }];
    for i in 0..h {
        let [ly, lu, lv] = thirds(&mut yuv);
        luma.row_f32(i, ly);
        blue.row_f32(i, lu);
        red.row_f32(i, lv);
        let rows = [&*ly, &*lu, &*lv];
        let at = (y + i) * iw + x;
        match input.layout {
            Layout::Nchw => convert.row(rows, thirds(out).map(|plane| &mut plane[at..at + w])),
            Layout::Nhwc => {
                convert.row(rows, thirds(&mut rgb));
                let [a, b, c] = thirds(&mut rgb);
                let (pixels, _) = out[3 * at..3 * (at + w)].as_chunks_mut::<3>();
                for (k, pixel) in pixels.iter_mut().enumerate() {
                    *pixel = [a[k], b[k], c[k]];
                }
            }
        }
    }
    Placement { x: x as f32, y: y as f32, w: w as f32, h: h as f32 }
}

/// Three equal parts of a slice whose length is a multiple of three.
fn thirds(all: &mut [f32]) -> [&mut [f32]; 3] {
    let third = all.len() / 3;
    let (a, rest) = all.split_at_mut(third);
    let (b, c) = rest.split_at_mut(third);
    [a, b, c]
}

/// Buffers are recycled, so what the picture does not cover is filled each time.
fn fill_padding(input: &InputSpec, (x, y, w, h): (usize, usize, usize, usize), out: &mut [f32]) {
    let (iw, ih) = (input.width, input.height);
    if (w, h) == (iw, ih) {
        return;
    }
    let pad: [f32; 3] = std::array::from_fn(|c| {
        let (gain, offset) = input.gain_and_offset(c);
        input.pad * gain + offset
    });
    match input.layout {
        Layout::Nchw => {
            for (plane, pad) in thirds(out).into_iter().zip(pad) {
                plane[..y * iw].fill(pad);
                plane[(y + h) * iw..].fill(pad);
                for row in plane[y * iw..(y + h) * iw].chunks_exact_mut(iw) {
                    row[..x].fill(pad);
                    row[x + w..].fill(pad);
                }
            }
        }
        Layout::Nhwc => out.as_chunks_mut::<3>().0.fill(pad),
    }
}

#[cfg(test)]
mod tests;
