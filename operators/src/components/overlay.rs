//! Baseline and current picture on top of each other, for evidence.

use super::grey::Grey;
use super::map::Map;
use super::transform::{Transform, at};

/// In the baseline's coordinates and size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// The current picture, moved onto the baseline; 0 where it does not reach.
    pub aligned: Grey,
    /// How far each pixel is from what the baseline and the light about it
    /// explain: the difference, grey levels, after the means of 33x33 pixels
    /// were made equal; 0 where the picture does not reach.
    pub difference: Grey,
}

/// Half a side of the surroundings whose light is made equal, pixels.
const RADIUS: usize = 16;

pub(crate) fn overlay(base: &Map, grey: &Grey, transform: &Transform) -> Option<Overlay> {
    let (width, height) = (base.width, base.height);
    let h = transform.in_pixels(width, height);
    let now = Map::of((width, height), grey.data());
    let (mut aligned, mut ratios) = (Vec::with_capacity(width * height), Vec::with_capacity(width * height));
    for (n, &b) in base.data.iter().enumerate() {
        let (x, y) = at(&h, (n % width) as f64, (n / width) as f64);
        let v = now.sample(x as f32, y as f32).map(|s| s.0);
        aligned.push(v);
        ratios.push(v.map_or(0.0, |v| v - b));
    }
    let light = Map { width, height, data: ratios }.means(RADIUS);
    let difference = aligned.iter().zip(&base.data).zip(&light.data).map(|((v, b), light)| match v {
        Some(v) => (v - b - light).abs().min(255.0) as u8,
        None => 0,
    });
    let difference: Vec<u8> = difference.collect();
    let aligned: Vec<u8> = aligned.into_iter().map(|v| v.map_or(0, |v| v.round() as u8)).collect();
    Some(Overlay { aligned: Grey::new(width, height, aligned)?, difference: Grey::new(width, height, difference)? })
}
