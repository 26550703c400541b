//! How unlike its baseline each cell of a view looks.
//!
//! A shadow leaves the edges of the ground as they are, a thing brings others. So a cell is judged by the likeness of
//! edges about it, and by how much there is to be seen of them; what it says once is little, what it says in
//! look after look is much.

use super::fetch;
use super::grey::Grey;
use super::map::Map;
use super::transform::Transform;
use crate::vocabulary::Point;

/// Columns of the picture that is looked at, at most, and about as many of the cells.
const WIDTH: usize = 640;
const COLUMNS: usize = 80;
/// Squared slopes that noise alone may have, (grey levels a 640th of the width)².
const NOISE: f32 = 0.5;
/// Added to a cell's brightness, grey levels: what is dark tells little of the light.
const DARK: f32 = 4.0;
/// What speaks for something new, against the likeness: edges that are seen, those of the baseline, those that are seen and
/// the baseline has not, each as logarithms, and the light's change.
///
/// By logistic regression on 98,741 cells of 266 drawn cameras in twelve looks each, 5,017 of them on faces of things that
/// nobody registered: the odds, −4.58 − 4.86 likeness + …, are divided by 4.86 here.
const SEEN: f32 = 0.343;
const HAD: f32 = 0.100;
const GAINED: f32 = -0.146;
const LIGHT: f32 = 0.386;
/// Beyond these, edges and light tell no more: edges that are the same speak against anything new, however steep.
const MOST_EDGES: f32 = 2.75;
const MOST_GAINED: f32 = 2.0;
const MOST_LIGHT: f32 = 0.7;
/// Logarithm of the edges from which the ground's are plain, and the likeness up to which they are gone.
const PLAIN: f32 = 1.5;
const GONE: f32 = 0.2;
/// Fewer plain cells say nothing of the weather.
const FEW: usize = 20;

/// The baseline of a view, cell by cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cells {
    pub columns: usize,
    pub rows: usize,
    side: usize,
    base: Map,
    sums: Vec<Sums>,
}

/// What a cell and those about it show.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Sums {
    /// Mean squared slope, (grey levels a 640th of the width)².
    edges: f32,
    /// Mean product of the slopes with the baseline's, in the same.
    product: f32,
    /// Mean brightness of the cell alone, grey levels.
    light: f32,
}

/// What one picture says of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// Likeness of the edges about it, −1 to 1.
    alike: f32,
    /// Logarithm of its brightness as a share of the baseline's.
    light: f32,
    /// Logarithm of the edges about it, now and in the baseline.
    edges: [f32; 2],
}

impl Cells {
    /// `None` for a picture with a side under 32 pixels where it is looked at.
    pub fn of(grey: &Grey) -> Option<Cells> {
        let base = small(grey).smoothed();
        if base.width.min(base.height) < 32 {
            return None;
        }
        let side = ((base.width + COLUMNS / 2) / COLUMNS).max(1);
        let (columns, rows) = (base.width / side, base.height / side);
        let mut cells = Cells { columns, rows, side, base, sums: Vec::new() };
        cells.sums = cells.sums(&cells.base);
        Some(cells)
    }

    /// The current picture laid where the baseline is, and what it says of each cell; `None` for one of another size.
    pub fn compare(&self, grey: &Grey, transform: &Transform) -> Option<Vec<Cell>> {
        let now = small(grey);
        let (width, height) = (now.width, now.height);
        if (width, height) != (self.base.width, self.base.height) {
            return None;
        }
        let laid = fetch::fetch_at([0, 0, width as i32, height as i32], &now, &transform.in_pixels(width, height));
        Some(self.sums(&laid).iter().zip(&self.sums).map(|(now, base)| Cell::of(now, base)).collect())
    }

    /// The middle of a cell, 0..1 of the picture.
    pub fn centre(&self, n: usize) -> Point {
        let (x, y) = ((n % self.columns) as f32, (n / self.columns) as f32);
        Point { x: (x + 0.5) / self.columns as f32, y: (y + 0.5) / self.rows as f32 }
    }

    /// Means over each cell and, of the edges, over those beside it, too.
    fn sums(&self, map: &Map) -> Vec<Sums> {
        let steepness = (map.width as f32 / WIDTH as f32).powi(2);
        let area = (self.side * self.side) as f32;
        let cell = |n: usize| {
            let (left, top) = (n % self.columns * self.side, n / self.columns * self.side);
            let mut sums = Sums::default();
            for y in top..top + self.side {
                for x in left..left + self.side {
                    let ((u, v), (p, q)) = (map.slope(x, y), self.base.slope(x, y));
                    sums.edges += u * u + v * v;
                    sums.product += u * p + v * q;
                    sums.light += map.at(x, y);
                }
            }
            let edges = steepness / area;
            Sums { edges: edges * sums.edges, product: edges * sums.product, light: sums.light / area }
        };
        let alone: Vec<Sums> = (0..self.columns * self.rows).map(cell).collect();
        let about = |n: usize| {
            let (x, y) = (n % self.columns, n / self.columns);
            let (mut sum, mut of) = (Sums::default(), 0.0);
            for v in y.saturating_sub(1)..=(y + 1).min(self.rows - 1) {
                for u in x.saturating_sub(1)..=(x + 1).min(self.columns - 1) {
                    let other = &alone[v * self.columns + u];
                    (sum.edges, sum.product, of) = (sum.edges + other.edges, sum.product + other.product, of + 1.0);
                }
            }
            Sums { edges: sum.edges / of, product: sum.product / of, light: alone[n].light }
        };
        (0..alone.len()).map(about).collect()
    }
}

impl Cell {
    fn of(now: &Sums, base: &Sums) -> Cell {
        let edges = [now.edges, base.edges].map(|e| (0.5 * (e + NOISE).ln()).min(MOST_EDGES));
        let alike = now.product / ((now.edges + NOISE) * (base.edges + NOISE)).sqrt();
        Cell { alike, light: ((now.light + DARK) / (base.light + DARK)).ln(), edges }
    }

    /// How much speaks for something that was not there, from about −1; `usual` is what the light of the whole picture did.
    pub fn evidence(&self, usual: f32) -> f32 {
        let [now, base] = self.edges;
        let (gained, light) = ((now - base).clamp(0.0, MOST_GAINED), (self.light - usual).abs().min(MOST_LIGHT));
        SEEN * now + HAD * base + GAINED * gained + LIGHT * light - self.alike
    }
}

/// What the light did to most of the cells that these told of: logarithm of their brightness as a share of the baseline's.
pub(super) fn usual_light(told: &[Option<Cell>]) -> f32 {
    let mut all: Vec<f32> = told.iter().flatten().map(|cell| cell.light).collect();
    let middle = all.len() / 2;
    if all.is_empty() { 0.0 } else { *all.select_nth_unstable_by(middle, f32::total_cmp).1 }
}

/// Share of the plain edges of the ground that are gone, of cells that these told of: snow, or fog. 0 where there are few.
pub(super) fn gone(told: &[Option<Cell>]) -> f32 {
    let plain = told.iter().flatten().filter(|cell| cell.edges[1] > PLAIN);
    let (all, gone) = plain.fold((0, 0), |(all, gone), cell| (all + 1, gone + usize::from(cell.alike < GONE)));
    if all > FEW { gone as f32 / all as f32 } else { 0.0 }
}

/// The picture that is looked at: of every camera as wide, so that the same thing shows the same edges.
fn small(grey: &Grey) -> Map {
    let whole = Map::of((grey.width(), grey.height()), grey.data());
    let height = (whole.height * WIDTH + whole.width / 2) / whole.width;
    if whole.width > WIDTH { whole.shrunk(WIDTH, height) } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::street::{H, Street, W, Weather};
    use crate::vocabulary::BBox;

    /// Evidence of the cells within a box, the least first, and of those far from it.
    fn evidence(base: &Grey, now: &Grey, within: BBox) -> (Vec<f32>, Vec<f32>) {
        let cells = Cells::of(base).expect("large enough");
        let told: Vec<Option<Cell>> =
            cells.compare(now, &Transform::IDENTITY).expect("of one size").into_iter().map(Some).collect();
        let usual = usual_light(&told);
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for (n, cell) in told.iter().flatten().enumerate() {
            let Point { x, y } = cells.centre(n);
            let is_near = |by: f32| {
                (x - within.centre().x).abs() < by * within.w && (y - within.centre().y).abs() < by * within.h
            };
            match (is_near(0.5), is_near(1.0)) {
                (true, _) => inside.push(cell.evidence(usual)),
                (false, false) => outside.push(cell.evidence(usual)),
                (false, true) => {}
            }
        }
        inside.sort_by(f32::total_cmp);
        outside.sort_by(f32::total_cmp);
        (inside, outside)
    }

    #[test]
    fn a_thing_speaks_for_itself_and_neither_light_nor_shadow_does() {
        let there = BBox::new(0.1, 0.7, 0.2, 0.25);
        let base = Street::new(1).at(1).picture();
        for gain in [0.5, 1.0, 1.5] {
            let street = Street::new(1).under(Weather { gain, ..Weather::default() }).at(9);
            let (inside, outside) = evidence(&base, &street.clone().other(there, 7).picture(), there);
            let middle = inside[inside.len() / 2];
            let beside = outside[outside.len() * 99 / 100];
            assert!(middle > 0.8 && beside < 0.63, "{gain}: {middle} and beside it {beside}");
            let (same, _) = evidence(&base, &street.picture(), there);
            assert!(same[same.len() - 1] < 0.43, "{gain}: {same:?}");
        }
        let shaded = Street::new(1).under(Weather { shadow: Some(300.0), ..Weather::default() }).at(9).picture();
        let (all, _) = evidence(&base, &shaded, BBox::new(0.0, 0.0, 1.0, 1.0));
        assert!(all[all.len() * 95 / 100] < 0.43, "{:?}", &all[all.len() - 20..]);
    }

    #[test]
    fn the_steepest_edges_are_nothing_new_where_they_were() {
        let stripes = |shift: usize| -> Grey {
            let data: Vec<u8> =
                (0..W * H).map(|n| if ((n % W + shift) / 4).is_multiple_of(2) { 5 } else { 250 }).collect();
            Grey::new(W, H, data).expect("a picture")
        };
        let all = BBox::new(0.0, 0.0, 1.0, 1.0);
        let most = |now: &Grey| *evidence(&stripes(0), now, all).0.last().expect("cells");
        assert!(most(&stripes(0)) < 0.43 && most(&stripes(4)) > 0.63, "{} {}", most(&stripes(0)), most(&stripes(4)));
    }

    #[test]
    fn a_picture_of_another_size_says_nothing_and_a_tiny_baseline_is_refused() {
        let cells = Cells::of(&Street::new(1).picture()).expect("large enough");
        assert_eq!((cells.columns, cells.rows), (80, 45));
        let flat = |w: usize, h: usize| Grey::new(w, h, vec![90; w * h]).expect("a picture");
        assert!(cells.compare(&flat(W, H - 2), &Transform::IDENTITY).is_none());
        assert!(
            Cells::of(&flat(40, 32)).is_some()
                && Grey::new(40, 31, vec![90; 40 * 31]).and_then(|g| Cells::of(&g)).is_none()
        );
        for (w, h) in [(1280, 720), (960, 540), (704, 576), (320, 180)] {
            assert_eq!(Cells::of(&flat(w, h)).expect("large enough").columns, 80, "{w}");
        }
    }
}
