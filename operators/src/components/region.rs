//! One component of the baseline, prepared: the marks by which it and its surroundings are known again.

use super::clear::Ground;
use super::inner::Inner;
use super::light::{EDGE, Field, Light, Surroundings, WINDOW};
use super::map::Map;
use super::raster;
use super::registered::{Form, Nature, Registered};
use super::tiles::Tiling;
use crate::vocabulary::{BBox, Point};

/// Longest side, and root of the area, of a component's box at the scale it is compared, pixels. What is longer than it is
/// wide is thin: half as fine, the arm of a lamp is a pixel and what lies behind it all that is seen.
const LONGEST: f32 = 480.0;
const ACROSS: f32 = 96.0;
/// The same for a clear surface, whose edges are summed over a few pixels.
const SURFACE: (f32, f32) = (160.0, 64.0);
/// A box counts for no more than so many times the area of what is in it.
const THIN: f32 = 2.0;
/// Most marks of a component, and of its surroundings.
const MARKS: usize = 96;
const CONTEXT: usize = 40;
/// Spread of the surroundings of a mark, grey levels, below which they have no looks of their own.
const FLAT: f32 = 3.0;
/// Pixels of surroundings about a component at its scale.
const RING: f32 = 14.0;

/// A point that is known again by what is around it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    /// Pixels of the patch.
    pub x: i32,
    pub y: i32,
    /// Which part of the component it belongs to.
    pub part: usize,
    /// Which tile of the component's box it lies in.
    pub tile: usize,
    pub of: Surroundings,
}

/// A component prepared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Region {
    pub registered: Registered,
    /// In pixels of the patch.
    pub tiling: Tiling,
    /// Each level of the pyramid is half the one before.
    pub level: usize,
    /// The patch: left, top, columns, rows, pixels of the level.
    pub patch: [usize; 4],
    pub own: Vec<Mark>,
    pub context: Vec<Mark>,
    /// Marks of each part.
    pub parts: Vec<usize>,
    /// For a line the numbers of its marks from its one end to the other.
    pub along: Vec<usize>,
    /// Baseline of the patch, smoothed.
    pub base: Map,
    /// Pixels of the patch that the component covers.
    pub inside: Vec<bool>,
    /// Pixels of its surroundings, no component's.
    pub around: Vec<bool>,
    /// For what is flat in the ground and no darker or brighter than its surroundings explain.
    pub inner: Option<Inner>,
    /// For a clear surface.
    pub ground: Option<Ground>,
}

/// One level of the baseline's pyramid.
pub(crate) struct Level<'a> {
    pub map: &'a Map,
    /// Median absolute deviation of its pixels, grey levels.
    pub spread: &'a Map,
}

/// How many times a component of this size is halved before it is compared.
pub(crate) fn level_of(registered: &Registered, width: usize, height: usize, levels: usize) -> usize {
    let form = &registered.form;
    let (longest, across) = match registered.nature {
        Nature::Clear => SURFACE,
        _ => (LONGEST, ACROSS),
    };
    let b = form.bbox();
    let (w, h) = (b.w * width as f32, b.h * height as f32);
    // A thin thing, such as a lamp, is drawn finer than its box would have it.
    let area = (w * h).min(THIN * raster::area(form, width as f32, height as f32));
    let fits = |l: &usize| w.max(h) <= longest * (1 << l) as f32 && area.sqrt() <= across * (1 << l) as f32;
    (0..levels).find(fits).unwrap_or(levels - 1)
}

impl Region {
    /// Prepares a component at its level. `others` are the forms of all components: none serves as surroundings.
    pub fn new(registered: &Registered, level: usize, at: Level<'_>, others: &[&Form], light: Light) -> Region {
        let (width, height) = (at.map.width, at.map.height);
        let size = (width as f32, height as f32);
        let b = registered.form.bbox();
        let ring = RING + 0.4 * (b.w * size.0).max(b.h * size.1).min(ACROSS);
        let low = |v: f32| (v - ring).floor().max(0.0) as usize;
        let (left, top) = (low(b.x * size.0), low(b.y * size.1));
        let right = (((b.x + b.w) * size.0 + ring).ceil() as usize).min(width);
        let bottom = (((b.y + b.h) * size.1 + ring).ceil() as usize).min(height);
        let patch = [left, top, right - left, bottom - top];
        let box_ = BBox::new(b.x * size.0 - left as f32, b.y * size.1 - top as f32, b.w * size.0, b.h * size.1);
        let cut = |map: &Map| cut(map, patch);
        let base = cut(at.map).smoothed();
        let spread = cut(at.spread);
        let field = Field::of(&base, light);
        let mut region = Region {
            registered: registered.clone(),
            tiling: Tiling::of(box_),
            level,
            patch,
            own: Vec::new(),
            context: Vec::new(),
            parts: Vec::new(),
            along: Vec::new(),
            inside: Vec::new(),
            around: Vec::new(),
            inner: None,
            ground: (registered.nature == Nature::Clear).then(|| Ground::of(&base)),
            base,
        };
        let covers = |form: &Form, x: usize, y: usize, margin: f32| {
            raster::covers(form, size, (left + x) as f32, (top + y) as f32, margin)
        };
        let pixels = (0..patch[2] * patch[3]).map(|n| (n % patch[2], n / patch[2]));
        region.inside = pixels.clone().map(|(x, y)| covers(&registered.form, x, y, 0.0)).collect();
        // A picture drawn by hand is a pixel off here and there.
        let own: Vec<bool> = pixels.clone().map(|(x, y)| covers(&registered.form, x, y, 1.0)).collect();
        region.around = pixels
            .map(|(x, y)| {
                let clear = WINDOW as f32 + 1.0;
                !covers(&registered.form, x, y, clear) && !others.iter().any(|f| covers(f, x, y, 1.0))
            })
            .collect();
        let split = Split::of(registered, size, (left, top));
        // What lies behind a thing stays when that is gone, and what comes beside it is no loss: it is known by its own pixels.
        let is_masked = registered.nature.has_own_looks();
        let marks = |allowed: &[bool], most: usize, own: bool| -> Vec<Mark> {
            pick(&region.base, &spread, allowed, most)
                .into_iter()
                .map(|(x, y)| {
                    let tile = region.tiling.tile(x as f32, y as f32);
                    let of = match own && is_masked {
                        true => field.own_surroundings(x, y, |u, v| allowed[v * patch[2] + u]),
                        false => field.surroundings(x, y),
                    };
                    Mark { x: x as i32, y: y as i32, part: split.part(x, y), tile, of }
                })
                .collect()
        };
        let (own, context) = (marks(&own, MARKS, true), marks(&region.around, CONTEXT, false));
        region.parts = (0..split.parts()).map(|p| own.iter().filter(|m| m.part == p).count()).collect();
        region.along = split.along(&own);
        (region.own, region.context) = (own, context);
        if registered.nature == Nature::Flat {
            region.inner = Inner::of(&region);
        }
        region
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        let marks = (self.own.len() + self.context.len()) * (size_of::<Mark>() + Surroundings::BYTES);
        let ground = self.ground.as_ref().map_or(0, |_| 16 * self.base.data.len());
        let inner = self.inner.as_ref().map_or(0, Inner::memory);
        marks + ground + inner + (4 + 1 + 1) * self.base.data.len()
    }

    /// Whether the baseline shows enough of it to know it again.
    pub fn is_faceless(&self) -> bool {
        match self.registered.nature {
            Nature::Clear => self.inside.iter().filter(|i| **i).count() < 64,
            _ => self.own.len() < 5 && self.inner.is_none(),
        }
    }

    /// Whether it is known by its brightness alone: a plain cover, of which nothing but a hole can be told.
    pub fn is_only_dark(&self) -> bool {
        self.own.len() < 5 && self.inner.is_some()
    }
}

/// How a component is split into parts, each judged for itself.
enum Split {
    /// Columns and rows of its box.
    Grid { left: f32, top: f32, width: f32, height: f32, columns: usize, rows: usize },
    /// Pieces along its line.
    Along { points: Vec<Point>, size: (f32, f32), origin: (usize, usize), pieces: usize },
}

impl Split {
    fn of(registered: &Registered, size: (f32, f32), origin: (usize, usize)) -> Split {
        let b = registered.form.bbox();
        let (width, height) = (b.w * size.0, b.h * size.1);
        match &registered.form {
            Form::Line { line, width: band } => {
                let long =
                    line.points().windows(2).map(|w| ((w[1].x - w[0].x) * size.0).hypot((w[1].y - w[0].y) * size.1));
                let pieces = (long.sum::<f32>() / (band * size.1).max(10.0)).round().clamp(2.0, 12.0) as usize;
                Split::Along { points: line.points().to_vec(), size, origin, pieces }
            }
            Form::Area(_) => {
                let count = |side: f32| (side / 12.0).floor().clamp(1.0, 3.0) as usize;
                let (left, top) = (b.x * size.0 - origin.0 as f32, b.y * size.1 - origin.1 as f32);
                Split::Grid { left, top, width, height, columns: count(width), rows: count(height) }
            }
        }
    }

    fn parts(&self) -> usize {
        match self {
            Split::Grid { columns, rows, .. } => columns * rows,
            Split::Along { pieces, .. } => *pieces,
        }
    }

    /// The numbers of the marks in the order of the line; none where there is no line.
    fn along(&self, marks: &[Mark]) -> Vec<usize> {
        let Split::Along { .. } = self else { return Vec::new() };
        let mut order: Vec<usize> = (0..marks.len()).collect();
        order.sort_by(|a, b| {
            let share = |n: &usize| self.share(marks[*n].x as usize, marks[*n].y as usize);
            share(a).total_cmp(&share(b))
        });
        order
    }

    /// How far along the line the nearest point of it lies, 0..1; 0 where there is no line.
    fn share(&self, x: usize, y: usize) -> f32 {
        let Split::Along { points, size, origin, .. } = self else { return 0.0 };
        let (px, py) = ((origin.0 + x) as f32 + 0.5, (origin.1 + y) as f32 + 0.5);
        let p = Point { x: px / size.0, y: py / size.1 };
        raster::along(points, p, size.0, size.1).1
    }

    fn part(&self, x: usize, y: usize) -> usize {
        match self {
            Split::Grid { left, top, width, height, columns, rows } => {
                let index = |v: f32, side: f32, n: usize| ((v / side * n as f32).max(0.0) as usize).min(n - 1);
                index(y as f32 - top, *height, *rows) * columns + index(x as f32 - left, *width, *columns)
            }
            Split::Along { pieces, .. } => ((self.share(x, y) * *pieces as f32) as usize).min(pieces - 1),
        }
    }
}

fn cut(map: &Map, [left, top, width, height]: [usize; 4]) -> Map {
    let rows = (top..top + height).flat_map(|y| map.data[y * map.width + left..][..width].iter().copied());
    Map { width, height, data: rows.collect() }
}

/// Evenly spread pixels whose surroundings have looks of their own: the most
/// structured pixel of each cell, the cells so large that there are at most `most`.
fn pick(base: &Map, spread: &Map, allowed: &[bool], most: usize) -> Vec<(usize, usize)> {
    let (w, h) = (base.width, base.height);
    let area = allowed.iter().filter(|a| **a).count();
    if w <= 2 * EDGE || h <= 2 * EDGE || area == 0 {
        return Vec::new();
    }
    let cell = ((area as f32 / most as f32).sqrt().ceil() as usize).max(3);
    let mut points = Vec::new();
    for top in (EDGE..h - EDGE).step_by(cell) {
        for left in (EDGE..w - EDGE).step_by(cell) {
            let mut best = (0f32, 0, 0);
            for y in top..(top + cell).min(h - EDGE) {
                for x in left..(left + cell).min(w - EDGE) {
                    if allowed[y * w + x] {
                        let (gx, gy) = base.slope(x, y);
                        let steep = gx * gx + gy * gy;
                        if steep > best.0 {
                            best = (steep, x, y);
                        }
                    }
                }
            }
            let (_, x, y) = best;
            if x > 0 && has_looks(base, spread, x, y) {
                points.push((x, y));
            }
        }
    }
    points
}

/// Whether the surroundings vary by more than noise, and by more than they vary from picture to picture.
/// Light that comes and goes changes all of them by the same share, and takes no looks away.
fn has_looks(base: &Map, spread: &Map, x: usize, y: usize) -> bool {
    let pixels = (y - WINDOW..=y + WINDOW).flat_map(|v| (x - WINDOW..=x + WINDOW).map(move |u| (u, v)));
    let light = pixels.clone().map(|(u, v)| spread.at(u, v) / base.at(u, v).max(8.0)).fold(f32::MAX, f32::min);
    let (mut n, mut sum, mut square, mut unsteady) = (0f32, 0f32, 0f32, 0f32);
    for (u, v) in pixels {
        let b = base.at(u, v);
        n += 1.0;
        sum += b;
        square += b * b;
        unsteady += (spread.at(u, v) - light * b).max(0.0);
    }
    let deviation = (square / n - (sum / n) * (sum / n)).max(0.0).sqrt();
    deviation >= FLAT && unsteady / n <= deviation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::ComponentId;
    use crate::vocabulary::Polygon;

    #[test]
    fn a_thin_thing_is_compared_at_a_finer_scale_than_a_broad_one() {
        let level = |right: f32, top: f32| {
            let corners = [(0.5, top), (right, top), (right, 0.75), (0.5, 0.75)].map(|(x, y)| Point { x, y });
            let form = Form::Area(Polygon::new(corners.to_vec()).expect("a box"));
            level_of(
                &Registered { id: ComponentId::from("it"), nature: Nature::Standing, form, urgent: false },
                1280,
                720,
                4,
            )
        };
        // Lamps of 360 and 500 pixels, a board of 128 by 180.
        assert_eq!((level(0.505, 0.25), level(0.505, 0.05), level(0.6, 0.5)), (0, 1, 1));
    }
}
