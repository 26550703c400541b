#![allow(clippy::unwrap_used)]
//! A wall with a sign, and its baselines, for the tests of this and other modules.

use super::{Approval, Approver, BuildRequest, Built, Pictures, Store, Taken, View, build};
use crate::evidence::jpeg;
use crate::evidence::raster::Raster;
use crate::payload::examples;
use crate::source::decode_picture;
use operators::components::{ComponentId, Form, Nature, Registered};
use operators::vocabulary::{EventTime, Polygon};

const SIZE: (usize, usize) = (640, 360);
/// Where the sign stands, 0..1.
const SIGN: [[f32; 2]; 4] = [[0.4, 0.4], [0.5, 0.4], [0.5, 0.6], [0.4, 0.6]];

fn hash(x: usize, y: usize, salt: usize) -> u8 {
    let mut h = (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77) ^ (salt as u32 * 77);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    (h >> 13) as u8
}

/// A wall of uneven stones, with a striped sign on it or without.
pub(crate) fn street(sign: bool, light: f32, seed: usize) -> Raster {
    let mut picture = Raster::filled(SIZE.0, SIZE.1, [0; 3]);
    for y in 0..SIZE.1 {
        for x in 0..SIZE.0 {
            let stone = 70.0 + f32::from(hash(x / 23, y / 17, 1)) / 3.0;
            let on_sign = sign && (262..314).contains(&x) && (150..210).contains(&y);
            let value = if on_sign { if (x / 6 + y / 9) % 2 == 0 { 235.0 } else { 25.0 } } else { stone };
            let noise = f32::from(hash(x, y, 2 + seed) % 5);
            let grey = (value * light + noise).clamp(0.0, 255.0) as u8;
            picture.data[(y * SIZE.0 + x) * 3..][..3].fill(grey);
        }
    }
    picture
}

fn at(seconds: i64) -> EventTime {
    examples::EIGHT.plus(seconds * 1000)
}

pub(crate) fn taken(picture: &Raster, seconds: i64) -> Taken {
    let bytes = jpeg::encode(picture, 95).unwrap();
    Taken { at: at(seconds), frame: decode_picture("test", &bytes).unwrap() }
}

pub(crate) fn sign() -> Registered {
    let polygon = Polygon::new(SIGN.map(Into::into).to_vec()).unwrap();
    let id = ComponentId("32011303006000001".into());
    Registered { id, nature: Nature::Face, form: Form::Area(polygon), urgent: false }
}

pub(crate) fn view(part: &str) -> View {
    View { camera: "c-001".into(), preset: "home".into(), part: part.into() }
}

pub(crate) fn build_one(store: &Store, part: &str, sign_there: bool, light: f32, by_rule: bool) -> Built {
    let mut pictures = Pictures::default();
    for n in 0..7 {
        pictures.add(&taken(&street(sign_there, light, n), n as i64), Vec::new()).unwrap();
    }
    let registered = [sign()];
    let request = BuildRequest {
        view: view(part),
        from: vec!["test".into()],
        built_at: examples::after_eight(60),
        registered: &registered,
        by_rule,
    };
    build(store, &request, &pictures).unwrap()
}

pub(crate) fn person(name: &str) -> Approval {
    Approval { by: Approver::Person(name.into()), at: examples::after_eight(120), note: None }
}
