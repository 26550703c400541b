//! A street drawn by plain code: paving, a wall, and components that can be taken away.

use crate::media;
use std::path::{Path, PathBuf};

/// Width and height of the picture.
pub const SIZE: (usize, usize) = (1280, 720);

/// The sewer cover's outline in the picture, as CITY.toml and the register write points.
pub const COVER: &str = "[[0.35, 0.72], [0.45, 0.72], [0.45, 0.86], [0.35, 0.86]]";
/// The bin's outline.
pub const BIN: &str = "[[0.70, 0.42], [0.76, 0.42], [0.76, 0.62], [0.70, 0.62]]";
/// The railing's line: halfway up.
pub const RAILING: &str = "[[0.02, 0.50], [0.30, 0.50]]";

/// What a picture shows. The default is the street as it should be.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    /// The sewer cover lies in its frame.
    pub cover: bool,
    /// The bin stands in its place.
    pub bin: bool,
    /// A hut stands in the middle of the paving, where nothing is registered.
    pub hut: bool,
    /// Brightness, 1 by day.
    pub light: f32,
    /// The camera is turned: everything lies so many pixels further left.
    pub turned: i32,
    /// Number of the picture: seed of its noise.
    pub number: u32,
}

impl Default for Scene {
    fn default() -> Self {
        Scene { cover: true, bin: true, hut: false, light: 1.0, turned: 0, number: 0 }
    }
}

/// A number 0..1 that depends on its arguments only.
fn hash(x: i32, y: i32, salt: u32) -> f32 {
    let mut h =
        (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77) ^ salt.wrapping_mul(0xc2b2_ae3d);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    ((h ^ (h >> 15)) & 0xffff) as f32 / 65535.0
}

impl Scene {
    /// Brightness of a point of the street before light and noise, 0..255.
    fn ground(&self, x: i32, y: i32) -> f32 {
        let paving = 105.0 + 24.0 * hash(x / 3, y / 3, 1);
        if y < 290 {
            // A brick wall; each window has its own place, size and blind, or a shifted picture would fit as well.
            let (house, across) = (x.div_euclid(190), x.rem_euclid(190) as f32);
            let row = y / 18;
            let left = 20.0 + 60.0 * hash(house, 0, 5);
            let right = left + 50.0 + 50.0 * hash(house, 1, 5);
            let (top, bottom) = (50.0 + 70.0 * hash(house, 2, 5), 180.0 + 70.0 * hash(house, 3, 5));
            if (left..right).contains(&across) && (top..bottom).contains(&(y as f32)) {
                return 35.0 + 90.0 * hash(house, y / (12 + (20.0 * hash(house, 4, 5)) as i32), 3);
            }
            let shift = (40.0 * hash(row, 0, 6)) as i32;
            let joint = y % 18 < 2 || (x + shift).rem_euclid(40) < 2;
            let plaster = 20.0 * hash(house, 5, 5);
            return if joint { 75.0 } else { 105.0 + plaster + 45.0 * hash((x + shift).div_euclid(40), row, 2) };
        }
        if y < 330 {
            return 150.0 + 40.0 * hash(x.div_euclid(64), 0, 4);
        }
        // Patches of newer asphalt, and a painted line with gaps of its own.
        let patch = 22.0 * hash(x.div_euclid(170), y.div_euclid(90), 7);
        let line = (560..572).contains(&y) && hash(x.div_euclid(70), 0, 8) > 0.4;
        if line { 215.0 } else { paving - patch }
    }

    fn at(&self, px: i32, py: i32) -> f32 {
        let (x, y) = (px + self.turned, py);
        // A railing: posts every 24 pixels, two rails.
        if (25..385).contains(&x) && (330..390).contains(&y) {
            let post = (x - 25) % 24 < 5;
            let rail = (334..340).contains(&y) || (380..386).contains(&y);
            if post || rail {
                return 225.0;
            }
        }
        if self.bin && (900..970).contains(&x) && (305..442).contains(&y) {
            let rim = y < 322;
            let stripe = (x - 900) % 18 < 4;
            return if rim {
                30.0
            } else if stripe {
                190.0
            } else {
                60.0
            };
        }
        if self.hut && (560..800).contains(&x) && (370..530).contains(&y) {
            let plank = (y - 370) % 20 < 3;
            let door = (660..710).contains(&x) && y > 420;
            return if door {
                25.0
            } else if plank {
                120.0
            } else {
                235.0
            };
        }
        let (dx, dy) = ((x - 512) as f32 / 58.0, (y - 569) as f32 / 44.0);
        let r = dx.hypot(dy);
        if r < 1.0 {
            if r > 0.88 {
                return 170.0;
            }
            if !self.cover {
                // The open shaft.
                return 14.0 + 10.0 * dy.max(0.0);
            }
            let ring = (r * 4.0) as i32 % 2 == 0;
            let spoke = (dy.atan2(dx) * 4.0).cos() > 0.6;
            return if ring {
                150.0
            } else if spoke {
                95.0
            } else {
                55.0
            };
        }
        self.ground(x, y)
    }

    /// The picture in YUV 4:2:0, video range, grey.
    fn frame(&self) -> Vec<u8> {
        let (width, height) = SIZE;
        let mut bytes = Vec::with_capacity(width * height * 3 / 2);
        for y in 0..height as i32 {
            for x in 0..width as i32 {
                let noise = 5.0 * (hash(x, y, 1000 + self.number) - 0.5);
                let value = self.at(x, y) * self.light + noise;
                bytes.push((16.0 + value.clamp(0.0, 255.0) * 219.0 / 255.0) as u8);
            }
        }
        bytes.resize(width * height * 3 / 2, 128);
        bytes
    }
}

/// A recording of these pictures, one a second, each a keyframe.
pub fn film(folder: &Path, name: &str, scenes: impl IntoIterator<Item = Scene>) -> PathBuf {
    let raw = folder.join(format!("{name}.yuv"));
    let mut bytes = Vec::new();
    for (number, scene) in scenes.into_iter().enumerate() {
        bytes.extend(Scene { number: number as u32, ..scene }.frame());
    }
    std::fs::write(&raw, bytes).expect("a file");
    let size = format!("{}x{}", SIZE.0, SIZE.1);
    let input = raw.to_str().expect("UTF-8");
    let arguments = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", &size, "-r", "1", "-i", input];
    let encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-g", "1", "-pix_fmt", "yuv420p"];
    let film = media::ffmpeg(folder, &[arguments.as_slice(), &encoding].concat(), name);
    std::fs::remove_file(raw).expect("our file");
    film
}
