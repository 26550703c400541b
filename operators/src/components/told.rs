//! A look at a component as a verdict: what its figures say, and what they are worth.

use super::clear::Cover;
use super::compare::{Doubt, State, Verdict};
use super::look::Look;
use super::region::Region;
use super::registered::Nature;
use super::search::{self, Placement};
use super::tiles::Tiles;
use crate::vocabulary::BBox;

/// Share of a component's marks from which it is as it was.
pub(super) const SAME: f32 = 0.5;
/// Share of the marks of the surroundings from which they are as they were.
pub(super) const CONTEXT: f32 = 0.6;
/// The same for a part to be called broken: snow and leaves lie on the surroundings too.
pub(super) const UNTOUCHED: f32 = 0.8;
/// Where the surroundings are as they were, less than this of the component found again is a fault.
pub(super) const MARRED: f32 = 0.76;
/// The same for what is flat, which wears and gets wet: only where its brightness is beyond these shares of what the
/// light explains, too, and the surroundings are wholly as they were.
const WORN: f32 = 0.62;
pub(super) const PLAINLY: f32 = 0.88;
const DARKER: f32 = 0.7;
/// Brightness of a cover, as a share of what the light explains, from which no hole is in its place: the sun and wet change its
/// relief in whole days. Looks at drawn covers that told of a fault without a hole were darker in 41 of 71 cases where there was
/// one (most other looks there showed the hole itself), in 3 of 27 where there was none.
const AS_BRIGHT: f32 = 0.65;
/// Where less than this is found of the surroundings next to what is lost of a component that is mostly there, something stands
/// before both: 20 of 851 looks at drawn faulty ones, 34 of 37 at whole ones that a moved neighbour or a banner hides in part.
const ENDS: f32 = 0.5;
/// Less than this of the baseline's contrast left, and the light (fog, dusk) says nothing: what is far goes first.
pub(super) const FADED: f32 = 0.2;
/// Fewer marks of the surroundings than this say nothing.
pub(super) const FEW: usize = 8;
/// A surface is blocked where this share of it has new edges and the ground is less alike than that.
const COVERED: f32 = 0.25;
const GROUND: f32 = 0.6;
/// What is smooth shows new edges only at its rim, but hides the ground's nearly all.
const HIDDEN: f32 = 0.3;
const RIM: f32 = 0.1;
/// Share of its surroundings with new edges from which it is not the surface alone.
const SPILLED: f32 = 0.3;
/// Mean of the patch below which a surface cannot be told, grey levels.
const DIM: f32 = 20.0;
/// Brightness of what was a cover, as a share of what its surroundings' light explains, below which it is a hole.
pub(super) const HOLE: f32 = 0.45;
/// Share of a cover that is a hole from which it is broken, and from which it is gone.
pub(super) const BROKEN: f32 = 0.15;
pub(super) const OPEN: f32 = 0.5;
/// Share of a half hidden component's marks that must be seen: of less, most lie at the edge of what stands before it.
const SEEN: f32 = 0.25;
/// Score of a surface on which something is seen to stand.
const STANDS: f32 = 0.8;
/// Share of a surface's own marks found again from which nothing hides it: shadows leave paint to be seen. Of places with a car
/// on them at most 0.36 is, the uncovered part. A car between the lines of a space leaves its lines, but not the ground's grain.
const SHOWN: f32 = 0.4;
const GRAIN: f32 = 0.4;

/// The look as a verdict.
pub(super) struct Told<'a> {
    pub region: &'a Region,
    pub look: &'a Look,
    pub bbox: BBox,
}

impl Told<'_> {
    pub fn state(&self, state: State, score: f32) -> Verdict {
        let vouched = match state {
            State::Same | State::CannotJudge => self.look.cover.is_none() && self.is_vouched_for(),
            // What hides it may reach further than the detector's box says: then what is beside is lost, too, or little is seen.
            State::Occluded => {
                let beyond = self.look.beyond.is_some_and(|share| share >= UNTOUCHED);
                let is_seen = self.look.own.of as f32 >= SEEN * self.region.own.len() as f32;
                self.look.cover.is_none() && beyond && is_seen && self.is_vouched_for()
            }
            _ => self.look.cover.is_none(),
        };
        Verdict {
            component: self.region.registered.id.clone(),
            state,
            score: score.clamp(0.0, 1.0),
            likeness: self.look.cover.map_or(self.look.own.value(), |c| 1.0 - c.new),
            surroundings: self.look.context.value(),
            bbox: self.bbox,
            found: self.bbox,
            doubt: None,
            plain: false,
            cut_off: false,
            tiles: if vouched { self.look.tiles } else { Tiles::default() },
            unvouched: Tiles::default(),
        }
    }

    /// Whether too little is found again for how much of the surroundings is.
    pub fn is_marred(&self, own: f32, context: f32) -> bool {
        match self.region.registered.nature {
            Nature::Flat => own < WORN && context >= PLAINLY && self.look.inner.is_some_and(|v| v < DARKER),
            _ => own < MARRED && context >= UNTOUCHED,
        }
    }

    /// Whether something is where a hole would be. What lies flat and is urgent covers a hole; a painted line does not.
    pub fn is_filled(&self) -> bool {
        let of = &self.region.registered;
        of.nature == Nature::Flat && of.urgent && self.look.inner.is_some_and(|v| v >= AS_BRIGHT)
    }

    /// Whether what takes a part of it away goes on beyond its outline: another component that was moved, a banner.
    pub fn is_covered(&self) -> bool {
        self.look.own.value() >= SAME && self.look.beyond.is_some_and(|share| share < ENDS)
    }

    /// Whether what is lost here is lost for its own part: all about it is as it was, in light that shows it.
    fn is_vouched_for(&self) -> bool {
        let context = self.look.context;
        let beside = context.value() >= CONTEXT && self.look.beyond.is_some_and(|share| share >= UNTOUCHED);
        !self.is_covered()
            && !self.is_filled()
            && self.look.light >= FADED
            && (context.of < FEW || context.value() >= UNTOUCHED || beside)
    }

    /// A hole is plain where it is black. A grey one may be a shadow, which lies elsewhere an hour later.
    pub fn hole_of(&self, state: State, score: f32) -> Verdict {
        let plain = self.look.black > BROKEN || self.look.inner.is_some_and(|inner| inner < HOLE);
        Verdict { plain, ..self.state(state, score) }
    }

    /// Of a cover without looks of its own only a hole is told.
    pub fn hole(&self, look: &Look) -> Verdict {
        match (look.inner, look.pit) {
            (Some(inner), Some(pit)) if inner < HOLE || pit > OPEN => {
                self.hole_of(State::Missing, pit.max(1.0 - inner))
            }
            (_, Some(pit)) if pit > BROKEN => self.hole_of(State::Damaged, 0.5 + pit),
            (_, Some(pit)) if pit < BROKEN / 2.0 => self.state(State::Same, 1.0 - pit),
            _ => self.doubt(Doubt::Undecided),
        }
    }

    pub fn doubt(&self, doubt: Doubt) -> Verdict {
        let verdict = self.state(State::CannotJudge, 0.0);
        let tiles = if doubt == Doubt::Undecided { verdict.tiles } else { Tiles::default() };
        Verdict { doubt: Some(doubt), tiles, ..verdict }
    }

    /// A doubt with what is lost, which surroundings that are not as they were do not vouch for by themselves.
    pub fn unvouched(&self, doubt: Doubt) -> Verdict {
        // What is seen through a railing, and about a cover, is its looks, too.
        let stands = matches!(self.region.registered.nature, Nature::Standing | Nature::Face);
        let covered = self.is_covered() && self.look.context.value() >= UNTOUCHED;
        let unvouched = if stands && !covered { self.look.tiles } else { Tiles::default() };
        Verdict { unvouched, ..self.doubt(doubt) }
    }

    /// `stands` says that the detector sees something stand on it, `beside` that it sees something which hides some of it.
    pub fn clear(&self, cover: &Cover, stands: bool, beside: bool) -> Verdict {
        if self.look.mean < DIM {
            return self.doubt(Doubt::Unlit);
        }
        let hides = cover.alike < HIDDEN && cover.new > RIM || stands && cover.alike < GROUND;
        // Its ground cannot be seen, and nothing new either: snow, or leaves.
        if cover.looks && cover.alike < HIDDEN && !hides {
            return self.doubt(Doubt::Surroundings);
        }
        if !hides && (cover.new <= COVERED || cover.alike >= GROUND) {
            return self.state(State::Same, 1.0 - cover.new);
        }
        // What the shadows of cars beside it and of roofs cut up shows its paint all the same.
        let shown = self.look.own.found >= SHOWN * self.region.own.len() as f32;
        if self.region.own.len() >= FEW && shown && cover.alike >= GRAIN {
            return self.doubt(Doubt::Surroundings);
        }
        // Snow, leaves and the shade of trees do not stop at its edge; what stands beside it brings edges and a shadow.
        if cover.around > SPILLED && !stands || beside && !hides {
            return self.doubt(Doubt::Surroundings);
        }
        self.state(State::Blocked, if stands { STANDS } else { 0.5 + cover.new })
    }

    pub fn displaced(&self, place: &Placement, h: &[f64; 9], (width, height): (usize, usize)) -> Judged {
        let (w, t) = (width as f32, height as f32);
        let b = self.region.registered.form.bbox();
        let own = [b.x * w, b.y * t, (b.x + b.w) * w, (b.y + b.h) * t];
        let share = |[l, u, r, d]: [f32; 4]| BBox::new(l / w, u / t, (r - l) / w, (d - u) / t).clipped();
        let found = share(search::placed_box(self.region, place, h, own));
        let stands = search::placed_strips(self.region, place, h).into_iter().map(share).collect();
        Judged { verdict: Verdict { found, ..self.state(State::Displaced, place.likeness) }, stands, seen: 0 }
    }
}

/// A verdict, and where in the picture the component stands now that was found elsewhere: boxes of its silhouette.
pub(crate) struct Judged {
    pub verdict: Verdict,
    pub stands: Vec<BBox>,
    /// Marks of what is hidden that can be seen all the same.
    pub seen: usize,
}

impl From<Verdict> for Judged {
    fn from(verdict: Verdict) -> Judged {
        Judged { verdict, stands: Vec::new(), seen: 0 }
    }
}
