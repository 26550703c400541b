#![allow(clippy::unwrap_used)]
use super::*;
use crate::manifest::{Colour, Layout};
use crate::planes::Matrix;
use proptest::prelude::*;

/// A picture that owns its planes, with strides wider than its rows.
struct Owned {
    width: usize,
    height: usize,
    planes: [Vec<u8>; 3],
}

impl Owned {
    /// `pixel(plane, x, y)`.
    fn new(width: usize, height: usize, pixel: impl Fn(usize, usize, usize) -> u8) -> Owned {
        let (cw, ch) = (width.div_ceil(2), height.div_ceil(2));
        let plane = |p: usize, w: usize, h: usize| {
            let mut data = vec![0xEE; (w + 5) * h];
            for (y, row) in data.chunks_exact_mut(w + 5).enumerate() {
                for (x, v) in row[..w].iter_mut().enumerate() {
                    *v = pixel(p, x, y);
                }
            }
            data
        };
        Owned { width, height, planes: [plane(0, width, height), plane(1, cw, ch), plane(2, cw, ch)] }
    }

    fn view(&self, full_range: bool, matrix: Matrix) -> Planes<'_> {
        Planes {
            width: self.width,
            height: self.height,
            y: &self.planes[0],
            u: &self.planes[1],
            v: &self.planes[2],
            y_stride: self.width + 5,
            uv_stride: self.width.div_ceil(2) + 5,
            full_range,
            matrix,
        }
    }
}

fn spec(width: usize, height: usize) -> InputSpec {
    InputSpec {
        name: None,
        width,
        height,
        layout: Layout::Nchw,
        colour: Colour::Rgb,
        scale: 1.0,
        mean: [0.0; 3],
        std: [1.0; 3],
        resize: Resize::Letterbox,
        pad: 114.0,
        anchor: Anchor::TopLeft,
        crop_margin: 0.0,
        crop_square: false,
        size_input: None,
    }
}

/// Area average of a plane: every source pixel weighed by its overlap with the target pixel.
fn slow_area(
    (data, stride): (&[u8], usize),
    (width, height): (f64, f64),
    (columns, rows): (usize, usize),
    (tx, ty): (usize, usize),
) -> f64 {
    let overlap = |k: usize, ratio: f64, t: usize| {
        ((t + 1) as f64 * ratio).min((k + 1) as f64) - (t as f64 * ratio).max(k as f64)
    };
    let (rx, ry) = (width / columns as f64, height / rows as f64);
    let mut sum = 0.0;
    for y in 0..height.ceil() as usize {
        for x in 0..width.ceil() as usize {
            let share = overlap(x, rx, tx).max(0.0) * overlap(y, ry, ty).max(0.0);
            sum += share * f64::from(data[y * stride + x]);
        }
    }
    sum / (rx * ry)
}

#[test]
fn every_pixel_matches_a_slow_reference_in_every_range_matrix_layout_and_order() {
    const W: u32 = 151;
    const H: u32 = 87;
    let picture =
        Owned::new(W as usize, H as usize, |p, x, y| ((x * (7 + p) + y * (13 - p) + (x * y) % 31) % 200 + 20) as u8);
    for (full, matrix) in [(true, Matrix::Bt601), (false, Matrix::Bt601), (false, Matrix::Bt709)] {
        let planes = picture.view(full, matrix);
        for (layout, colour) in [(Layout::Nchw, Colour::Bgr), (Layout::Nhwc, Colour::Rgb)] {
            let spec = InputSpec {
                layout,
                colour,
                scale: 1.0 / 255.0,
                mean: [0.1, 0.2, 0.3],
                std: [0.5, 0.6, 0.7],
                ..spec(48, 40)
            };
            let mut out = Vec::new();
            let place = fit(&planes, &spec, &mut out).unwrap();
            assert_eq!((place.w, place.h), (48.0, 28.0));
            let mut sum = 0.0;
            for ty in 0..40 {
                for tx in 0..48 {
                    let rgb = if ty < 28 {
                        let get = |p: usize| {
                            let (half, stride) = if p == 0 { (1.0, planes.y_stride) } else { (2.0, planes.uv_stride) };
                            let extent = (f64::from(W) / half, f64::from(H) / half);
                            slow_area((&picture.planes[p], stride), extent, (48, 28), (tx, ty))
                        };
                        reference_rgb(get(0), get(1), get(2), full, matrix)
                    } else {
                        [114.0; 3]
                    };
                    for c in 0..3 {
                        let source = if colour == Colour::Rgb { c } else { 2 - c };
                        let want = (rgb[source] / 255.0 - f64::from(spec.mean[c])) / f64::from(spec.std[c]);
                        let at =
                            if layout == Layout::Nchw { c * 48 * 40 + ty * 48 + tx } else { (ty * 48 + tx) * 3 + c };
                        // In grey levels: row weights have 8 bits, and chroma errors are amplified.
                        let error = (f64::from(out[at]) - want).abs() * 255.0 * f64::from(spec.std[c]);
                        assert!(error < 3.0, "{tx},{ty} channel {c}: {} {want}", out[at]);
                        sum += error;
                    }
                }
            }
            assert!(sum / out.len() as f64 <= 0.4, "mean error of {} levels", sum / out.len() as f64);
        }
    }
}

/// Textbook conversion, written on its own.
fn reference_rgb(y: f64, u: f64, v: f64, full: bool, matrix: Matrix) -> [f64; 3] {
    let (y, cb, cr) = if full {
        (y / 255.0, (u - 128.0) / 255.0, (v - 128.0) / 255.0)
    } else {
        ((y - 16.0) / 219.0, (u - 128.0) / 224.0, (v - 128.0) / 224.0)
    };
    let rgb = match matrix {
        Matrix::Bt601 => [y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb],
        Matrix::Bt709 => [y + 1.5748 * cr, y - 0.187324 * cb - 0.468124 * cr, y + 1.8556 * cb],
    };
    rgb.map(|c| c.clamp(0.0, 1.0) * 255.0)
}

#[test]
fn a_fine_grid_becomes_even_grey_and_not_a_moire() {
    let picture = Owned::new(640, 360, |p, x, y| if p > 0 { 128 } else { ((x + y) % 2 * 200) as u8 });
    let mut out = Vec::new();
    fit(&picture.view(true, Matrix::Bt601), &InputSpec { resize: Resize::Stretch, ..spec(100, 60) }, &mut out).unwrap();
    for v in &out {
        assert!((v - 100.0).abs() < 6.0, "{v}");
    }
}

#[test]
fn a_recycled_buffer_keeps_nothing_of_the_last_picture() {
    let wide = Owned::new(64, 20, |_, _, _| 200);
    let tall = Owned::new(20, 64, |_, _, _| 200);
    for layout in [Layout::Nchw, Layout::Nhwc] {
        let spec = InputSpec { anchor: Anchor::Centre, layout, ..spec(32, 32) };
        let (mut fresh, mut used) = (Vec::new(), Vec::new());
        fit(&wide.view(true, Matrix::Bt601), &spec, &mut used).unwrap();
        fit(&tall.view(true, Matrix::Bt601), &spec, &mut used).unwrap();
        let place = fit(&tall.view(true, Matrix::Bt601), &spec, &mut fresh).unwrap();
        assert_eq!(place, Placement { x: 11.0, y: 0.0, w: 10.0, h: 32.0 });
        assert_eq!(fresh, used);
        assert_eq!(fresh[0], 114.0);
    }
}

#[test]
fn the_small_grey_picture_averages_and_keeps_the_aspect() {
    let picture = Owned::new(640, 360, |_, x, _| if x < 320 { 40 } else { 80 });
    let small = luma(&picture.view(false, Matrix::Bt709), 320).unwrap();
    assert_eq!((small.width(), small.height()), (320, 180));
    assert!(small.row(90)[..159].iter().all(|&v| v == 40) && small.row(90)[161..].iter().all(|&v| v == 80));
    let tiny = Owned::new(33, 17, |_, x, y| (x + y) as u8);
    let same = luma(&tiny.view(false, Matrix::Bt601), 320).unwrap();
    assert_eq!((same.width(), same.height()), (33, 17));
    assert!((0..17).all(|y| (0..33).all(|x| same.row(y)[x] as usize == x + y)), "a small picture is copied");
}

#[test]
fn a_crop_shows_the_box_and_its_margin() {
    let picture = Owned::new(100, 100, |p, x, y| match p {
        0 if (40..60).contains(&x) && (40..60).contains(&y) => 250,
        0 => 10,
        _ => 128,
    });
    let planes = picture.view(true, Matrix::Bt601);
    let mut spec = InputSpec { resize: Resize::Stretch, ..spec(20, 20) };
    let mut out = Vec::new();
    fit_crop(&planes, &BBox::new(0.4, 0.4, 0.2, 0.2), &spec, &mut out).unwrap();
    assert!(out.iter().all(|v| (v - 250.0).abs() < 1.0));
    spec.crop_margin = 0.5;
    fit_crop(&planes, &BBox::new(0.4, 0.4, 0.2, 0.2), &spec, &mut out).unwrap();
    let bright = out[..400].iter().filter(|v| **v > 200.0).count();
    assert_eq!(bright, 100, "the box fills the middle quarter");
}

#[test]
fn a_square_crop_shows_as_much_beside_a_tall_box_as_above_it() {
    // A bright column of 10x20 pixels in the middle of 80x40, a bag at its side.
    let bright = |x: usize, y: usize| (35..45).contains(&x) && (10..30).contains(&y) || (50..54).contains(&x);
    let picture = Owned::new(80, 40, |p, x, y| match p {
        0 if bright(x, y) => 250,
        0 => 20,
        _ => 128,
    });
    let planes = picture.view(true, Matrix::Bt601);
    let mut spec = InputSpec { resize: Resize::Stretch, crop_margin: 0.5, ..spec(40, 40) };
    let column = BBox::new(35.0 / 80.0, 0.25, 0.125, 0.5);
    let mut out = Vec::new();
    let corner = |out: &[f32]| out[..40].iter().filter(|v| **v > 200.0).count();
    fit_crop(&planes, &column, &spec, &mut out).unwrap();
    assert_eq!(corner(&out), 0, "the bag is outside");
    spec.crop_square = true;
    fit_crop(&planes, &column, &spec, &mut out).unwrap();
    assert_eq!(corner(&out), 4, "pixel for pixel, the bag among them");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_size_and_any_crop_gives_values_in_range(
        width in 1usize..90, height in 1usize..90, iw in 1usize..60, ih in 1usize..60,
        grey in 0u8..=255, stretch: bool, centre: bool, square: bool,
        bbox in proptest::array::uniform4(prop_oneof![-2.0f32..3.0, Just(f32::NAN), Just(f32::INFINITY), Just(0.0)]),
        margin in prop_oneof![0.0f32..1.0, Just(f32::NAN), Just(-3.0)],
    ) {
        let picture = Owned::new(width, height, |p, _, _| if p == 0 { grey } else { 128 });
        let planes = picture.view(true, Matrix::Bt601);
        let spec = InputSpec {
            resize: if stretch { Resize::Stretch } else { Resize::Letterbox },
            anchor: if centre { Anchor::Centre } else { Anchor::TopLeft },
            pad: f32::from(grey),
            crop_margin: margin,
            crop_square: square,
            ..spec(iw, ih)
        };
        let mut out = Vec::new();
        let place = fit(&planes, &spec, &mut out).unwrap();
        prop_assert!(place.x + place.w <= iw as f32 && place.y + place.h <= ih as f32);
        prop_assert_eq!(out.len(), 3 * iw * ih);
        prop_assert!(out.iter().all(|v| (v - f32::from(grey)).abs() < 0.01), "a flat picture stays flat");
        fit_crop(&planes, &BBox::from(bbox), &spec, &mut out).unwrap();
        prop_assert!(out.iter().all(|v| (v - f32::from(grey)).abs() < 0.01));
        let small = luma(&planes, iw).unwrap();
        prop_assert!(small.data().iter().all(|&v| v == grey));
    }
}
