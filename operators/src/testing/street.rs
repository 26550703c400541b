//! A drawn street with components, under a camera and a light. Everything is a
//! function of place and seed.

use super::{mix, unit};
use crate::components::{ComponentId, Form, Grey, Nature, Polyline, Registered};
use crate::vocabulary::{BBox, Point, Polygon};

pub const W: usize = 640;
pub const H: usize = 360;

/// A component of the street, by its place in [`Street::components`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    Cover,
    Bin,
    Sign,
    Railing,
    Billboard,
    Lamp,
    Clear,
}

pub const THINGS: [Thing; 7] =
    [Thing::Cover, Thing::Bin, Thing::Sign, Thing::Railing, Thing::Billboard, Thing::Lamp, Thing::Clear];

impl Thing {
    /// Left, top, right, bottom, pixels.
    fn place(self) -> [f32; 4] {
        match self {
            Thing::Cover => [160.0, 240.0, 216.0, 270.0],
            Thing::Bin => [316.0, 186.0, 356.0, 250.0],
            Thing::Sign => [424.0, 90.0, 474.0, 236.0],
            Thing::Railing => [50.0, 164.0, 270.0, 196.0],
            Thing::Billboard => [500.0, 50.0, 610.0, 120.0],
            Thing::Lamp => [576.0, 150.0, 596.0, 290.0],
            Thing::Clear => [380.0, 285.0, 540.0, 345.0],
        }
    }

    /// Grey level at a place of its own, from its left and top; `None` where it is not.
    fn level(self, x: f32, y: f32) -> Option<f32> {
        let [l, t, r, b] = self.place();
        let (w, h) = (r - l, b - t);
        if !(0.0..w).contains(&x) || !(0.0..h).contains(&y) {
            return None;
        }
        let odd = |v: f32, size: f32| (v / size) as i32 % 2 == 1;
        match self {
            Thing::Cover => {
                let (u, v) = (x / w * 2.0 - 1.0, y / h * 2.0 - 1.0);
                let far = u * u + v * v;
                (far <= 1.0).then(|| {
                    if far > 0.8 {
                        60.0
                    } else if odd(x, 6.0) != odd(y, 5.0) {
                        140.0
                    } else {
                        80.0
                    }
                })
            }
            Thing::Bin => Some(if y < 8.0 {
                40.0
            } else if odd(y, 14.0) {
                150.0
            } else {
                60.0 + 20.0 * (x / w)
            }),
            Thing::Sign => {
                let plate = y < 40.0;
                let glyph = unit(&[7, (x / 6.0) as u64, (y / 6.0) as u64]) > 0.5;
                let rim = !(3.0..=w - 3.0).contains(&x) || !(3.0..=37.0).contains(&y);
                match (plate, (x - w / 2.0).abs() < 4.0) {
                    (true, _) => Some(if rim {
                        30.0
                    } else if glyph {
                        220.0
                    } else {
                        70.0
                    }),
                    (false, true) => Some(if odd(y, 12.0) { 190.0 } else { 50.0 }),
                    (false, false) => None,
                }
            }
            Thing::Railing => {
                let rail = (6.0..10.0).contains(&y) || (24.0..27.0).contains(&y);
                let post = x % 14.0 < 4.0;
                let shade = 170.0 + 60.0 * unit(&[11, (x / 14.0) as u64]);
                (rail || post).then_some(if post { shade - 130.0 } else { 225.0 })
            }
            Thing::Billboard => Some(40.0 + 180.0 * unit(&[9, (x / 9.0) as u64, (y / 8.0) as u64])),
            Thing::Lamp => {
                let head = y < 18.0;
                let pole = (x - w / 2.0).abs() < 4.0;
                (head || pole).then_some(if head {
                    210.0 - 5.0 * y
                } else if odd(y, 20.0) {
                    90.0
                } else {
                    35.0
                })
            }
            Thing::Clear => None,
        }
    }
}

/// What became of a component.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    Gone,
    /// Pixels to the right and down.
    Moved(f32, f32),
    /// Degrees about the middle of its lower edge.
    Tilted(f32),
    /// Its left half (its upper half, of what is high) is gone.
    Broken,
    /// This share of it, from the left, is gone.
    Cut(f32),
    /// A pit where it was.
    Pit,
}

/// The light and the weather.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weather {
    pub gain: f32,
    pub bias: f32,
    pub noise: f32,
    /// A shadow's edge crosses the street here, pixels; what is left of it is darker.
    pub shadow: Option<f32>,
    /// A pool of light about this place.
    pub headlights: Option<(f32, f32)>,
    /// Share of the ground and of what stands covered.
    pub snow: f32,
}

impl Default for Weather {
    fn default() -> Self {
        Weather { gain: 1.0, bias: 0.0, noise: 1.5, shadow: None, headlights: None, snow: 0.0 }
    }
}

/// The street at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Street {
    pub seed: u64,
    pub fates: Vec<(Thing, Fate)>,
    pub weather: Weather,
    /// Turn in degrees, shift in pixels, zoom.
    pub camera: (f32, f32, f32, f32),
    /// Vehicles and other things: boxes with a look of their own.
    pub others: Vec<(BBox, u64)>,
    /// Bars of shade on this place: how wide, pixels, and how much of the light they take.
    pub bars: Option<(BBox, f32, f32)>,
    /// Draws the noise.
    pub tick: u64,
}

impl Street {
    pub fn new(seed: u64) -> Street {
        let camera = (0.0, 0.0, 0.0, 1.0);
        Street { seed, fates: Vec::new(), weather: Weather::default(), camera, others: Vec::new(), bars: None, tick: 0 }
    }

    pub fn with(mut self, thing: Thing, fate: Fate) -> Street {
        self.fates.push((thing, fate));
        self
    }

    pub fn under(mut self, weather: Weather) -> Street {
        self.weather = weather;
        self
    }

    /// The camera turned by degrees and shifted by pixels.
    pub fn bumped(mut self, turn: f32, dx: f32, dy: f32) -> Street {
        self.camera = (turn, dx, dy, 1.0);
        self
    }

    pub fn zoomed(mut self, zoom: f32) -> Street {
        self.camera.3 = zoom;
        self
    }

    pub fn other(mut self, place: BBox, looks: u64) -> Street {
        self.others.push((place, looks));
        self
    }

    pub fn barred(mut self, place: BBox, wide: f32, depth: f32) -> Street {
        self.bars = Some((place, wide, depth));
        self
    }

    pub fn at(mut self, tick: u64) -> Street {
        self.tick = tick;
        self
    }

    /// The components as a census would have them. The cover is urgent.
    pub fn components() -> Vec<Registered> {
        let point = |x: f32, y: f32| Point { x: x / W as f32, y: y / H as f32 };
        let form = |thing: Thing| {
            let [l, t, r, b] = thing.place();
            if thing == Thing::Railing {
                let line = Polyline::new(vec![point(l, (t + b) / 2.0), point(r, (t + b) / 2.0)]).expect("a line");
                return Form::Line { line, width: (b - t) / H as f32 };
            }
            if thing == Thing::Sign {
                let (left, right) = ((l + r) / 2.0 - 6.0, (l + r) / 2.0 + 6.0);
                let outline = [
                    (l, t),
                    (r, t),
                    (r, t + 40.0),
                    (right, t + 40.0),
                    (right, b),
                    (left, b),
                    (left, t + 40.0),
                    (l, t + 40.0),
                ];
                return Form::Area(Polygon::new(outline.map(|(x, y)| point(x, y)).to_vec()).expect("an outline"));
            }
            let corners = vec![point(l, t), point(r, t), point(r, b), point(l, b)];
            Form::Area(Polygon::new(corners).expect("a box"))
        };
        let nature = |thing| match thing {
            Thing::Cover => Nature::Flat,
            Thing::Bin | Thing::Sign | Thing::Lamp => Nature::Standing,
            Thing::Railing => Nature::Line,
            Thing::Billboard => Nature::Face,
            Thing::Clear => Nature::Clear,
        };
        let registered = |thing: Thing| Registered {
            id: ComponentId(format!("{thing:?}").to_lowercase()),
            nature: nature(thing),
            form: form(thing),
            urgent: thing == Thing::Cover,
        };
        THINGS.into_iter().map(registered).collect()
    }

    pub fn picture(&self) -> Grey {
        let (turn, dx, dy, zoom) = self.camera;
        let (s, c) = turn.to_radians().sin_cos();
        let (cx, cy) = ((W - 1) as f32 / 2.0, (H - 1) as f32 / 2.0);
        let data: Vec<u8> = (0..W * H)
            .map(|n| {
                // From the picture back to the street: the camera's motion undone.
                let (x, y) = ((n % W) as f32 - cx - dx, (n / W) as f32 - cy - dy);
                let (x, y) = ((c * x + s * y) / zoom + cx, (c * y - s * x) / zoom + cy);
                let sum: f32 = (0..4).map(|k| unit(&[self.tick, n as u64, k]) - 0.5).sum();
                (self.lit(x, y) + self.weather.noise * sum * 1.73).clamp(0.0, 255.0) as u8
            })
            .collect();
        Grey::new(W, H, data).expect("its own size")
    }

    fn lit(&self, x: f32, y: f32) -> f32 {
        let w = &self.weather;
        let mut level = self.level(x, y);
        if w.snow > 0.0 && self.noise(x, y, 20.0, 77) < w.snow {
            level = 225.0 + 10.0 * self.noise(x, y, 6.0, 78);
        }
        if w.shadow.is_some_and(|edge| x + 0.4 * y < edge) {
            level *= 0.45;
        }
        if let Some((b, wide, depth)) = &self.bars {
            let (u, v) = (x / W as f32 - b.x, y / H as f32 - b.y);
            let bar = (u * W as f32 / wide) as i32 % 2 == 1;
            level *= if bar && (0.0..b.w).contains(&u) && (0.0..b.h).contains(&v) { 1.0 - depth } else { 1.0 };
        }
        level = level * w.gain + w.bias;
        if let Some((hx, hy)) = w.headlights {
            let far = ((x - hx) * (x - hx) + 4.0 * (y - hy) * (y - hy)) / 8000.0;
            level *= 1.0 + 1.5 * (-far).exp();
        }
        level
    }

    /// The street as it is, without light.
    fn level(&self, x: f32, y: f32) -> f32 {
        for (b, looks) in &self.others {
            let (u, v) = (x - b.x * W as f32, y - b.y * H as f32);
            if (0.0..b.w * W as f32).contains(&u) && (0.0..b.h * H as f32).contains(&v) {
                return 30.0 + 200.0 * unit(&[*looks, (u / 12.0) as u64, (v / 9.0) as u64]);
            }
        }
        for thing in THINGS.into_iter().rev() {
            if let Some(level) = self.thing(thing, x, y) {
                return level;
            }
        }
        self.ground(x, y)
    }

    fn thing(&self, thing: Thing, x: f32, y: f32) -> Option<f32> {
        let [l, t, r, b] = thing.place();
        let (mut u, mut v) = (x - l, y - t);
        for (_, fate) in self.fates.iter().filter(|(of, _)| *of == thing) {
            match *fate {
                Fate::Gone => return None,
                Fate::Moved(dx, dy) => (u, v) = (u - dx, v - dy),
                Fate::Tilted(degrees) => {
                    let (s, c) = degrees.to_radians().sin_cos();
                    let (fx, fy) = (u - (r - l) / 2.0, v - (b - t));
                    (u, v) = (c * fx + s * fy + (r - l) / 2.0, c * fy - s * fx + (b - t));
                }
                Fate::Cut(share) if u < share * (r - l) => return None,
                Fate::Cut(_) => {}
                Fate::Broken => {
                    let high = b - t > r - l;
                    if if high { v < (b - t) / 2.0 } else { u < (r - l) / 2.0 } {
                        return None;
                    }
                }
                Fate::Pit => return thing.level(u, v).map(|_| 12.0),
            }
        }
        thing.level(u, v)
    }

    /// Buildings above, asphalt with patches and paint below.
    fn ground(&self, x: f32, y: f32) -> f32 {
        let rough =
            14.0 * self.noise(x, y, 3.0, 1) + 22.0 * self.noise(x, y, 11.0, 2) + 30.0 * self.noise(x, y, 47.0, 3);
        if y < 150.0 {
            let window = x.rem_euclid(34.0) < 16.0 && y.rem_euclid(38.0) > 14.0;
            let pane = self.cell(x, y, (34.0, 38.0), 4);
            return if window { 50.0 + 90.0 * pane } else { 110.0 + rough };
        }
        let paint = (y - 0.25 * x).rem_euclid(120.0) < 5.0 && x.rem_euclid(70.0) < 40.0;
        let patch = self.cell(x + 0.3 * y, y, (83.0, 41.0), 5);
        if paint { 190.0 + rough / 3.0 } else { 70.0 + 30.0 * patch + rough }
    }

    fn cell(&self, x: f32, y: f32, size: (f32, f32), salt: u64) -> f32 {
        let index = |v: f32, size: f32| (v / size).floor() as i64 as u64;
        unit(&[self.seed, salt, index(x, size.0), index(y, size.1)])
    }

    /// Smooth noise of one grain, 0..1.
    fn noise(&self, x: f32, y: f32, grain: f32, salt: u64) -> f32 {
        let (gx, gy) = (x / grain, y / grain);
        let (ix, iy) = (gx.floor(), gy.floor());
        let at = |dx: i64, dy: i64| {
            let key = [self.seed, salt, (ix as i64 + dx) as u64, (iy as i64 + dy) as u64];
            (mix(&key) >> 40) as f32 / (1u64 << 24) as f32
        };
        let (fx, fy) = (gx - ix, gy - iy);
        let (upper, lower) = (at(0, 0) + fx * (at(1, 0) - at(0, 0)), at(0, 1) + fx * (at(1, 1) - at(0, 1)));
        upper + fy * (lower - upper)
    }
}
