//! A look at one component in the current picture: how much of it, and of its surroundings, is found again.

use super::clear::Cover;
use super::fetch::fetch;
use super::inner::Pit;
use super::light::{EDGE, Field, Light, Likeness, WINDOW};
use super::map::{self, Map};
use super::parted::{self, Parted};
use super::piece::{self, Piece};
use super::region::{Mark, Region};
use super::registered::Nature;
use super::tiles::Tiles;
use super::transform::at;

/// Likeness up to which a mark is lost, and from which it is found again; between, it is found in part.
const LOST: f32 = 0.2;
const FOUND: f32 = 0.6;
/// Share of its contrast up to which a mark is lost, and from which it is found: what stood before a ground that
/// stays leaves the ground's weaker edges behind.
const FAINT: f32 = 0.15;
const PLAIN: f32 = 0.4;
/// Share of the brightness of the surroundings below which a place lies in deep shade, and tells nothing.
const SHADE: f32 = 0.3;
/// Shade falls on what is beside it too: a mark of the surroundings so near, pixels, is as dark.
const NEAR_BY: i32 = 16;
/// Brightness from which a place is dazzled, grey levels.
const DAZZLED: f32 = 246.0;

/// A share of marks.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Share {
    pub found: f32,
    pub of: usize,
}

impl Share {
    pub fn value(self) -> f32 {
        self.found / self.of.max(1) as f32
    }

    pub(super) fn count(&mut self, found: f32) {
        self.of += 1;
        self.found += found;
    }
}

/// What the look gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Look {
    /// Marks of the component found again, of those that tell.
    pub own: Share,
    /// Marks in deep shade or dazzled, and not found again.
    pub untold: usize,
    pub context: Share,
    pub parts: Vec<Share>,
    /// The piece that is found least: a part, or of a line any stretch.
    pub least: Option<Piece>,
    /// The cut that parts best what is lost of a thing, face or railing from what is found, where something is lost.
    pub parted: Option<Parted>,
    /// How much is found again of the surroundings beside what is lost of it; none where nothing is, or little lies beside.
    pub beyond: Option<f32>,
    /// Marks hidden by movers, or beyond the picture's edge.
    pub hidden: usize,
    pub outside: usize,
    /// Standard deviation and mean of the patch, grey levels.
    pub contrast: f32,
    pub mean: f32,
    /// Brightness of a flat component's inside, as a share of what the light of its surroundings explains.
    pub inner: Option<f32>,
    /// Share of a flat component's inside that is a hole.
    pub pit: Option<f32>,
    /// Share of it that is black, and so no shadow.
    pub black: f32,
    /// Share of the baseline's contrast that the light leaves.
    pub light: f32,
    /// Where of it something is lost.
    pub tiles: Tiles,
    /// For a clear surface.
    pub cover: Option<Cover>,
}

/// What is found by more than this has lost too little for a clean break.
const UNBROKEN: f32 = 0.85;

/// Marks that tell whether a patch is worth a careful look, and at which shift.
const SOME: usize = 24;
/// Share found from which a patch is worth a look at its neighbours' places.
const PROMISING: f32 = 0.3;

/// Pixels about the marks that [`alike`] looks at: their surroundings, and three shifts of a pixel.
pub(crate) const ALIKE_MARGIN: i32 = EDGE as i32 + 3;

/// Share of the component's marks found in a field whose left and top are these pixels of the patch, at the best of
/// five shifts of a pixel. Told by some of the marks alone where that is `roughly` enough.
pub(crate) fn alike(region: &Region, field: &Field, (left, top): (i32, i32), roughly: bool) -> f32 {
    let at = |step: usize, (dx, dy): (i32, i32)| {
        let marks = region.own.iter().step_by(step);
        let number = marks.len().max(1) as f32;
        marks.map(|m| find(field, m, (dx - left, dy - top), false).shape).sum::<f32>() / number
    };
    let some = region.own.len().div_ceil(SOME).max(1);
    let mut best = (at(some, (0, 0)), (0, 0));
    if best.0 < PROMISING {
        return best.0;
    }
    for shift in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
        let share = at(some, shift);
        if share > best.0 {
            best = (share, shift);
        }
    }
    if roughly || some == 1 { best.0 } else { at(1, best.1) }
}

/// Share of the region's surroundings found under a homography of its level's pixels.
pub(crate) fn surroundings(region: &Region, now: &Map, h: &[f64; 9], light: Light) -> f32 {
    let field = Field::of(&fetch(region, now, h), light);
    let found = region.context.iter().map(|m| find(&field, m, (0, 0), false).shape);
    found.sum::<f32>() / region.context.len().max(1) as f32
}

/// Looks at the region under a homography of its level's pixels. `movers` are boxes in pixels of the level.
pub(crate) fn look(region: &Region, now: &Map, h: &[f64; 9], movers: &[[f32; 4]], light: Light) -> Look {
    let patch = fetch(region, now, h);
    let field = Field::of(&patch, light);
    let mut look = Look { parts: vec![Share::default(); region.parts.len()], ..Look::default() };
    let place = |m: &Mark| at(h, (region.patch[0] as i32 + m.x) as f64, (region.patch[1] as i32 + m.y) as f64);
    let is_outside = |m: &Mark| {
        let (x, y) = place(m);
        x < 3.0 || y < 3.0 || x > (now.width - 4) as f64 || y > (now.height - 4) as f64
    };
    let is_hidden = |m: &Mark| {
        let (x, y) = place(m);
        let (x, y) = (x as f32, y as f32);
        movers.iter().any(|b| x >= b[0] && x < b[2] && y >= b[1] && y < b[3])
    };
    let inside: Vec<usize> = (0..region.own.len()).filter(|&n| !is_outside(&region.own[n])).collect();
    look.outside = region.own.len() - inside.len();
    let shown: Vec<usize> = inside.into_iter().filter(|&n| !is_hidden(&region.own[n])).collect();
    look.hidden = region.own.len() - look.outside - shown.len();
    let own: Vec<&Mark> = shown.iter().map(|&n| &region.own[n]).collect();
    let context: Vec<&Mark> = region.context.iter().filter(|m| !is_outside(m) && !is_hidden(m)).collect();
    let shift = best_shift(&field, &own, &context);
    let flat = region.registered.nature == Nature::Flat;
    let find = |mark: &Mark| find(&field, mark, shift, flat || mark.of.is_edge());
    let brightness = |mark: &Mark| brightness(&patch, mark);
    let mut around: Vec<f32> = context.iter().map(|m| brightness(m)).collect();
    let usual = match around.len() {
        0 => 0.0,
        n => *around.select_nth_unstable_by(n / 2, f32::total_cmp).1,
    };
    let about: Vec<Found> = context.iter().map(|m| find(m)).collect();
    about.iter().for_each(|f| look.context.count(f.shape));
    let own: Vec<(&Mark, Found)> = own.into_iter().map(|m| (m, find(m))).collect();
    let light_left = match about.len() {
        0..8 => usual_contrast(&own.iter().map(|(_, f)| *f).collect::<Vec<_>>()),
        _ => usual_contrast(&about),
    };
    let shady: Vec<&&Mark> = context.iter().filter(|m| brightness(m) < SHADE * usual).collect();
    let in_shade = |m: &Mark| {
        let is_near = |s: &&&&Mark| (s.x - m.x).abs().max((s.y - m.y).abs()) <= NEAR_BY;
        brightness(m) < SHADE * usual && shady.iter().any(|s| is_near(&s))
    };
    let mut shares: Vec<Option<f32>> = vec![None; region.own.len()];
    for (number, (mark, found)) in shown.into_iter().zip(own) {
        let share = found.share(light_left);
        if share < 0.5 && (in_shade(mark) || is_dazzled(region, &patch, mark)) {
            look.untold += 1;
            continue;
        }
        look.own.count(share);
        look.parts[mark.part].count(share);
        shares[number] = Some(share);
    }
    let beside: Vec<(&Mark, f32)> = context.iter().copied().zip(about.iter().map(|f| f.shape)).collect();
    look.least = piece::least(region, &shares, &beside);
    if region.registered.nature.has_own_looks() && look.own.value() < UNBROKEN {
        look.parted = parted::parted(region, &shares, look.own, look.least.as_ref());
    }
    look.beyond = piece::beyond(region, &shares, &beside);
    (look.mean, look.contrast) = map::spread(&patch.data);
    look.inner = region.inner.as_ref().and_then(|inner| inner.brightness(&patch));
    let pit = region.inner.as_ref().and_then(|inner| inner.pit(&region.base, &patch));
    (look.light, look.tiles) = (light_left, tiles(region, &shares, pit.as_ref()));
    look.black = pit.as_ref().map_or(0.0, |pit| pit.black);
    look.pit = pit.map(|pit| pit.share);
    look.cover = region.ground.as_ref().map(|ground| ground.cover(region, &patch));
    look
}

/// Share found of a mark, or of a tile's marks, up to which it is lost.
pub(super) const TILE: f32 = 0.3;
/// Holes of a lesser share of a cover are the dark between its bars.
const HOLE: f32 = 0.08;

/// Where marks are lost, or a hole is.
fn tiles(region: &Region, shares: &[Option<f32>], pit: Option<&Pit>) -> Tiles {
    let mut of = [Share::default(); 128];
    for (mark, share) in region.own.iter().zip(shares) {
        share.iter().for_each(|share| of[mark.tile].count(*share));
    }
    let mut tiles = Tiles::default();
    of.iter().enumerate().filter(|(_, s)| s.of > 0).for_each(|(tile, s)| tiles.tell(tile, s.value() <= TILE));
    for pixel in pit.iter().filter(|pit| pit.share > HOLE).flat_map(|pit| &pit.pixels) {
        let (x, y) = (pixel % region.patch[2], pixel / region.patch[2]);
        tiles.tell(region.tiling.tile(x as f32, y as f32), true);
    }
    tiles
}

/// The shift of at most two pixels under which the marks are most alike: what
/// the pose leaves, of the lens and of parallax.
fn best_shift<'a>(field: &Field, own: &[&'a Mark], context: &[&'a Mark]) -> (i32, i32) {
    const MOST: usize = 20;
    let some = |marks: &[&'a Mark]| -> Vec<&'a Mark> {
        marks.iter().copied().step_by(marks.len().div_ceil(MOST).max(1)).collect()
    };
    let mut marks: Vec<&Mark> = some(context);
    // Its surroundings tell, not the component, which may have moved.
    if marks.len() < 8 {
        marks.extend(some(own));
    }
    let score = |dx: i32, dy: i32| -> f32 {
        let alike = marks.iter().map(|m| match field.holds(m.x + dx, m.y + dy) {
            true => field.likeness(&m.of, (m.x + dx) as usize, (m.y + dy) as usize).shape.max(0.0),
            false => 0.0,
        });
        alike.sum()
    };
    let mut best = (score(0, 0), 0, 0);
    for (dy, dx) in (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (dy, dx))) {
        let s = score(dx, dy);
        if s > 1.02 * best.0 {
            best = (s, dx, dy);
        }
    }
    (best.1, best.2)
}

/// How well a mark was found.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    /// 0..1.
    shape: f32,
    /// Share of the baseline's contrast.
    contrast: f32,
}

impl Found {
    /// 0..1, in a light that leaves `usual` of the contrast.
    fn share(self, usual: f32) -> f32 {
        self.shape * ((self.contrast / usual - FAINT) / (PLAIN - FAINT)).clamp(0.0, 1.0)
    }
}

/// How well the mark is found within a pixel of its place, where it may be with
/// dark and bright `exchanged`: metal that is wet, or shines; the edge of a thing
/// before a ground that fog, rain and the sun make brighter than it, or darker.
fn find(field: &Field, mark: &Mark, (dx, dy): (i32, i32), exchanged: bool) -> Found {
    const NEAR: [(i32, i32); 9] = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)];
    let mut best = Likeness { shape: LOST, contrast: 0.0 };
    for (x, y) in NEAR.map(|(u, v)| (mark.x + dx + u, mark.y + dy + v)) {
        if best.shape < FOUND && field.holds(x, y) {
            let here = field.likeness(&mark.of, x as usize, y as usize);
            let sign = if exchanged && here.shape < 0.0 { -1.0 } else { 1.0 };
            if sign * here.shape > best.shape {
                best = Likeness { shape: sign * here.shape, contrast: sign * here.contrast };
            }
        }
    }
    Found { shape: ((best.shape - LOST) / (FOUND - LOST)).clamp(0.0, 1.0), contrast: best.contrast }
}

/// How much of the baseline's contrast the light leaves: the middle of what the marks that are found show.
fn usual_contrast(found: &[Found]) -> f32 {
    let mut seen: Vec<f32> = found.iter().filter(|f| f.shape >= 0.8).map(|f| f.contrast).collect();
    let n = seen.len();
    if n < 4 {
        return 1.0;
    }
    seen.select_nth_unstable_by(n / 2, f32::total_cmp).1.clamp(0.02, 10.0)
}

/// Whether the surroundings of the mark are blown out, now or in the baseline: a lamp that is lit, metal in the sun.
fn is_dazzled(region: &Region, patch: &Map, mark: &Mark) -> bool {
    let (x, y) = (mark.x as usize, mark.y as usize);
    let mut pixels = (y - WINDOW..=y + WINDOW).flat_map(|v| (x - WINDOW..=x + WINDOW).map(move |u| (u, v)));
    pixels.any(|(u, v)| patch.at(u, v) >= DAZZLED || region.base.at(u, v) >= DAZZLED)
}

/// Mean of 3x3 pixels about the mark.
fn brightness(patch: &Map, mark: &Mark) -> f32 {
    let (x, y) = (mark.x as usize, mark.y as usize);
    let rows = (y - 1..=y + 1).flat_map(|v| (x - 1..=x + 1).map(move |u| patch.at(u, v)));
    rows.sum::<f32>() / 9.0
}
