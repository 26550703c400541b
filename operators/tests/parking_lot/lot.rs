//! The car park's pictures, labels and fixed marks.

use operators::components::{ComponentId, Form, Grey, Nature, Polyline, Registered};
use operators::vocabulary::{Point, Polygon};
use std::path::{Path, PathBuf};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;
use zune_png::PngDecoder;

const SIDES: (f32, f32) = (1280.0, 720.0);

pub struct Shot {
    /// Day and time.
    pub name: String,
    pub grey: Grey,
}

impl Shot {
    pub fn day(&self) -> &str {
        &self.name[..10]
    }

    /// Two files of the set lost part of their data: below a row they show other places.
    pub fn is_torn(&self) -> bool {
        ["2013-03-03_11_25_06", "2013-03-03_13_45_08"].contains(&self.name.as_str())
    }
}

pub struct Lot {
    pub root: PathBuf,
    pub empty: Vec<Shot>,
}

impl Lot {
    /// `None`, with a plain line, where the pictures are missing.
    pub fn load() -> Option<Lot> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/parking-lot");
        if !root.join("empty").is_dir() {
            println!("skipped: {} is missing", root.display());
            return None;
        }
        let empty = shots(&root.join("empty"));
        Some(Lot { root, empty })
    }
}

/// Every picture of a folder, by name. Those that a decoder refuses are left out and said.
pub fn shots(folder: &Path) -> Vec<Shot> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    let name = |p: &Path| p.file_stem().expect("a name").to_string_lossy().into_owned();
    let read = |p: PathBuf| match grey(&p) {
        Ok(grey) => Some(Shot { name: name(&p), grey }),
        Err(why) => {
            println!("{} does not decode: {why}", name(&p));
            None
        }
    };
    paths.into_iter().filter_map(read).collect()
}

fn grey(path: &Path) -> Result<Grey, String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    if path.extension().is_some_and(|e| e == "jpg") {
        let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        let luma = decoder.decode().map_err(|e| format!("{e:?}"))?;
        let info = decoder.info().ok_or("no size")?;
        let (w, h) = (usize::from(info.width), usize::from(info.height));
        return Grey::from_plane(w, h, w, &luma).ok_or_else(|| "no picture".to_owned());
    }
    let mut decoder = PngDecoder::new(ZCursor::new(bytes));
    let rgb = decoder.decode_raw().map_err(|e| format!("{e:?}"))?;
    let (w, h) = decoder.dimensions().ok_or("no size")?;
    // BT.601, as JPEG's own luma.
    let luma: Vec<u8> = rgb
        .chunks_exact(rgb.len() / (w * h))
        .map(|p| ((299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2]) + 500) / 1000) as u8)
        .collect();
    Grey::from_plane(w, h, w, &luma).ok_or_else(|| "no picture".to_owned())
}

fn point(x: f32, y: f32) -> Point {
    Point { x: x / SIDES.0, y: y / SIDES.1 }
}

fn registered(id: &str, nature: Nature, form: Form) -> Registered {
    Registered { id: ComponentId(id.to_owned()), nature, form, urgent: false }
}

/// A box of pixels.
fn boxed(id: &str, nature: Nature, [l, t, r, b]: [f32; 4]) -> Registered {
    let polygon = Polygon::new(vec![point(l, t), point(r, t), point(r, b), point(l, b)]);
    registered(id, nature, Form::Area(polygon.expect("a box")))
}

/// A painted line between two pixels, with a margin of asphalt.
fn painted(id: &str, [x0, y0, x1, y1]: [f32; 4]) -> Registered {
    let m = 7.0;
    let points = vec![point(x0 - m, y0 - m), point(x1 + m, y1 - m), point(x1 + m, y1 + m), point(x0 - m, y0 + m)];
    registered(id, Nature::Flat, Form::Area(Polygon::new(points).expect("a box")))
}

fn along(id: &str, points: &[(f32, f32)], width: f32) -> Registered {
    let line = Polyline::new(points.iter().map(|p| point(p.0, p.1)).collect()).expect("a line");
    registered(id, Nature::Line, Form::Line { line, width: width / SIDES.1 })
}

/// Twenty-odd things that stand or lie there on every day, as seen on 2013-03-17.
pub fn marks() -> Vec<Registered> {
    let lines = [
        [605.0, 622.0, 716.0, 657.0],
        [551.0, 530.0, 638.0, 553.0],
        [500.0, 447.0, 583.0, 466.0],
        [452.0, 376.0, 527.0, 391.0],
        [412.0, 314.0, 483.0, 327.0],
        [381.0, 256.0, 444.0, 270.0],
        [351.0, 209.0, 413.0, 218.0],
        [745.0, 484.0, 835.0, 503.0],
        [682.0, 404.0, 763.0, 420.0],
        [623.0, 337.0, 698.0, 349.0],
        [579.0, 281.0, 645.0, 292.0],
        [1146.0, 293.0, 1239.0, 307.0],
        [1065.0, 241.0, 1152.0, 253.0],
    ];
    let mut all: Vec<Registered> =
        lines.iter().enumerate().map(|(n, l)| painted(&format!("line-{n:02}"), *l)).collect();
    all.extend([
        boxed("pot", Nature::Standing, [196.0, 476.0, 254.0, 532.0]),
        boxed("lamp-head", Nature::Standing, [938.0, 428.0, 998.0, 472.0]),
        boxed("drain-right", Nature::Flat, [1070.0, 414.0, 1106.0, 442.0]),
        boxed("drain-left", Nature::Flat, [898.0, 484.0, 934.0, 510.0]),
        boxed("crossing", Nature::Flat, [2.0, 12.0, 140.0, 76.0]),
        along("kerb-island", &[(150.0, 520.0), (180.0, 570.0), (230.0, 580.0), (285.0, 560.0), (312.0, 510.0)], 20.0),
        along("kerb-corner", &[(735.0, 482.0), (720.0, 552.0), (876.0, 590.0)], 20.0),
        along("kerb-right", &[(1183.0, 370.0), (1183.0, 460.0), (1200.0, 510.0), (1265.0, 580.0)], 20.0),
        along("lamp-pole", &[(957.0, 480.0), (935.0, 600.0)], 16.0),
    ]);
    all
}

/// The picture with other ground of it in the component's place, taken from at least 80 pixels away.
pub fn without(grey: &Grey, of: &Registered, seed: u64) -> Grey {
    let (w, h) = (grey.width() as i32, grey.height() as i32);
    let b = of.form.bbox();
    let (l, t) = ((b.x * w as f32) as i32 - 6, (b.y * h as f32) as i32 - 6);
    let (r, e) = (((b.x + b.w) * w as f32) as i32 + 6, ((b.y + b.h) * h as f32) as i32 + 6);
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut draw = |below: i32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as i32 % below
    };
    let (dx, dy) = loop {
        let (x, y) = (draw(w - (r - l)), draw(h - (e - t)));
        if (x - l).abs().max((y - t).abs()) >= 80 {
            break (x - l, y - t);
        }
    };
    let mut data = grey.data().to_vec();
    for y in t.max(0)..e.min(h) {
        for x in l.max(0)..r.min(w) {
            data[(y * w + x) as usize] = grey.row((y + dy).clamp(0, h - 1) as usize)[(x + dx).clamp(0, w - 1) as usize];
        }
    }
    Grey::new(grey.width(), grey.height(), data).expect("its own size")
}

/// The labelled spaces of a picture: outline and whether a car stands there.
pub fn spaces(path: &Path) -> Vec<(Registered, bool)> {
    let text = std::fs::read_to_string(path).expect("labels");
    let mut all = Vec::new();
    for space in text.split("<space ").skip(1) {
        let attribute = |text: &str, name: &str| -> Option<String> {
            let from = text.find(&format!("{name}=\""))? + name.len() + 2;
            Some(text[from..].split('"').next()?.to_owned())
        };
        let number =
            |text: &str, name: &str| attribute(text, name).and_then(|v| v.parse::<f32>().ok()).expect("a number");
        let id = attribute(space, "id").expect("an id");
        let occupied = attribute(space, "occupied").expect("a label") == "1";
        let contour = space.split("<contour>").nth(1).expect("a contour").split("</contour>").next().expect("its end");
        let points = contour
            .split("<point ")
            .skip(1)
            .map(|p| point(number(p, "x").clamp(0.0, SIDES.0), number(p, "y").clamp(0.0, SIDES.1)));
        let polygon = Polygon::new(points.collect()).expect("an outline");
        all.push((registered(&format!("space-{id}"), Nature::Clear, Form::Area(polygon)), occupied));
    }
    all
}

/// The picture with the component's content moved by pixels, and other ground where it was.
pub fn moved(grey: &Grey, of: &Registered, (dx, dy): (i32, i32), seed: u64) -> Grey {
    let (w, h) = (grey.width() as i32, grey.height() as i32);
    let bare = without(grey, of, seed);
    let b = of.form.bbox();
    let mut data = bare.data().to_vec();
    for y in (b.y * h as f32) as i32..((b.y + b.h) * h as f32) as i32 {
        for x in (b.x * w as f32) as i32..((b.x + b.w) * w as f32) as i32 {
            let (u, v) = (x + dx, y + dy);
            if u >= 0 && v >= 0 && u < w && v < h && x < w && y < h {
                data[(v * w + u) as usize] = grey.row(y as usize)[x as usize];
            }
        }
    }
    Grey::new(grey.width(), grey.height(), data).expect("its own size")
}

/// The picture with other ground in the left half of the component's place.
pub fn broken(grey: &Grey, of: &Registered, seed: u64) -> Grey {
    let w = grey.width();
    let b = of.form.bbox();
    let bare = without(grey, of, seed);
    let wide = b.w * w as f32 >= b.h * grey.height() as f32;
    let (mx, my) = ((b.centre().x * w as f32) as usize, (b.centre().y * grey.height() as f32) as usize);
    let data: Vec<u8> = (0..grey.data().len())
        .map(|n| if if wide { n % w < mx } else { n / w < my } { bare.data()[n] } else { grey.data()[n] })
        .collect();
    Grey::new(w, grey.height(), data).expect("its own size")
}
