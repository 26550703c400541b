//! From what was found again to a verdict.

use super::clear::Cover;
use super::compare::{Doubt, State, Verdict};
use super::light::Light;
use super::look::{self, Look, Share};
use super::map::Map;
use super::region::Region;
use super::registered::{Nature, Registered};
use super::search::{self, Placement};
use super::tiles::Tiles;
use super::transform::Transform;
use crate::vocabulary::BBox;

/// Share of a component's marks from which it is as it was, and up to which it is gone.
const SAME: f32 = 0.5;
const GONE: f32 = 0.38;
/// Share from which what stands is taken to be upright without a search for a tilt.
const UPRIGHT: f32 = 0.75;
/// Share of a part's marks up to which the part is gone, and from which the others are whole.
const LOST: f32 = 0.18;
const WHOLE: f32 = 0.7;
/// Share of the marks of the surroundings from which they are as they were.
const CONTEXT: f32 = 0.6;
/// The same for a part to be called broken: snow and leaves lie on the surroundings too.
const UNTOUCHED: f32 = 0.8;
/// A piece of which no more than this is found, while more than that of all else is, is cut off, whatever share of the
/// whole it is: the head of a lamp, a segment of a railing.
const WHOLLY: f32 = 0.1;
const ELSE_WHOLE: f32 = 0.85;
/// The same for a stretch of a railing, and for what is beside it: 6 of 2,870 looks at drawn railings that were whole had such.
const NEARLY: f32 = 0.2;
const NEXT: f32 = 0.7;
/// Where the surroundings are as they were, less than this of the component found again is a fault.
const MARRED: f32 = 0.76;
/// More than this of it found again, and a part that is lost lies in the shade.
const INTACT: f32 = 0.8;
/// As much less than of its surroundings may be found of what is as it was.
const LIKE_THEM: f32 = 0.05;
/// The same for what is flat, which wears and gets wet: only where its brightness is beyond these shares of what the
/// light explains, too, and the surroundings are wholly as they were.
const WORN: f32 = 0.62;
const PLAINLY: f32 = 0.88;
const DARKER: f32 = 0.7;
/// Brightness of a cover, as a share of what the light explains, from which no hole is in its place: the sun and wet change its
/// relief in whole days. Looks at drawn covers that told of a fault without a hole were darker in 41 of 71 cases where there was
/// one (most other looks there showed the hole itself), in 3 of 27 where there was none.
const AS_BRIGHT: f32 = 0.65;
/// Where less than this is found of the surroundings next to what is lost of a component that is mostly there, something stands
/// before both: 20 of 851 looks at drawn faulty ones, 34 of 37 at whole ones that a moved neighbour or a banner hides in part.
const ENDS: f32 = 0.5;
/// Where the surroundings are not: share of another place from which a component stands there, and up to which it is gone.
const SURELY: f32 = 0.65;
const NOTHING: f32 = 0.2;
/// Less than this of the baseline's contrast left, and the light (fog, dusk) says nothing: what is far goes first.
const FADED: f32 = 0.2;
/// Fewer marks of the surroundings than this say nothing.
const FEW: usize = 8;
/// Spread of the patch below which nothing can be seen, grey levels.
const UNLIT: f32 = 2.0;
/// Share of a component's marks at another place from which it stands there, and by how much it must exceed its own place's.
const ELSEWHERE: f32 = 0.55;
const BETTER: f32 = 0.2;
/// A surface is blocked where this share of it has new edges and the ground is less alike than that.
const COVERED: f32 = 0.25;
const GROUND: f32 = 0.6;
/// What is smooth shows new edges only at its rim, but hides the ground's nearly all.
const HIDDEN: f32 = 0.3;
const RIM: f32 = 0.1;
/// Share of its surroundings with new edges from which it is not the surface alone.
const SPILLED: f32 = 0.3;
/// Something that does not stand on a surface is beside it where it hides more than this share.
const BESIDE: f32 = 0.2;
/// Mean of the patch below which a surface cannot be told, grey levels.
const DIM: f32 = 20.0;
/// Brightness of what was a cover, as a share of what its surroundings' light explains, below which it is a hole.
const HOLE: f32 = 0.45;
/// Share of a cover that is a hole from which it is broken, and from which it is gone.
const BROKEN: f32 = 0.15;
const OPEN: f32 = 0.5;
/// Score of a surface on which something is seen to stand.
const STANDS: f32 = 0.8;
/// Share of a surface's own marks found again from which nothing hides it: shadows leave paint to be seen. Of places with a car
/// on them at most 0.36 is, the uncovered part. A car between the lines of a space leaves its lines, but not the ground's grain.
const SHOWN: f32 = 0.4;
const GRAIN: f32 = 0.4;
/// How far below a surface the foot of what stands on it may be seen, share of the surface's height.
const BELOW: f32 = 0.25;

/// A verdict that the picture does not tell.
pub(crate) fn unsure(of: &Registered, doubt: Doubt, bbox: BBox) -> Verdict {
    let (state, component) = (State::CannotJudge, of.id.clone());
    Verdict {
        component,
        state,
        score: 0.0,
        likeness: 0.0,
        surroundings: 0.0,
        bbox,
        found: bbox,
        doubt: Some(doubt),
        plain: false,
        tiles: Tiles::default(),
    }
}

/// The verdict on one component. The two maps are baseline and current picture
/// at the region's level; `movers` are boxes in its pixels.
pub(crate) fn judge(
    region: &Region,
    (base, now): (&Map, &Map),
    transform: &Transform,
    movers: &[[f32; 4]],
    light: Light,
) -> Verdict {
    let bbox = transform.apply_to(&region.registered.form.bbox());
    if region.is_faceless() {
        return unsure(&region.registered, Doubt::Faceless, bbox);
    }
    let h = transform.in_pixels(now.width, now.height);
    let look = look::look(region, now, &h, movers, light);
    let told = Told { region, look: &look, bbox };
    if look.contrast < UNLIT {
        return told.doubt(Doubt::Unlit);
    }
    if let Some(cover) = look.cover {
        let stands = movers.iter().any(|m| stands_on(m, &bbox, (now.width, now.height)));
        if !stands && 2 * look.hidden > region.own.len() {
            // What stands before a surface, or beside it, hides it and leaves it free.
            return told.state(State::Occluded, look.hidden as f32 / region.own.len() as f32);
        }
        let beside = !stands && look.hidden as f32 > BESIDE * region.own.len() as f32;
        return told.clear(&cover, stands, beside);
    }
    if 2 * look.outside > region.own.len() {
        return told.doubt(Doubt::OutOfSight);
    }
    if look.hidden > 0 && 2 * look.hidden > region.own.len() {
        return told.state(State::Occluded, look.hidden as f32 / region.own.len() as f32);
    }
    if region.is_only_dark() {
        return told.hole(&look);
    }
    if look.own.of < 4 || 2 * look.own.of < region.own.len() - look.hidden {
        return told.doubt(Doubt::Unlit);
    }
    let own = look.own.value();
    let (lost, rest) = lost_parts(&look);
    let pit = look.pit.unwrap_or(0.0);
    let hole = region.registered.nature == Nature::Flat && (pit > OPEN || look.inner.is_some_and(|v| v < HOLE));
    let broken = pit > BROKEN;
    let upright = region.registered.nature != Nature::Standing || own >= UPRIGHT;
    let context = if look.context.of < FEW { 1.0 } else { look.context.value() };
    let marred = told.is_marred(own, context);
    let cut = is_cut(region, &look, context);
    let whole = own >= SAME && (lost == 0 || own >= INTACT) && !cut;
    if whole && !hole && !broken && !marred && upright {
        let less = region.registered.nature != Nature::Flat && own < MARRED.min(context - LIKE_THEM);
        return if less { told.doubt(Doubt::Surroundings) } else { told.state(State::Same, own) };
    }
    // What was moved a little stands before its own surroundings: it is looked for all the same.
    let moved = own <= GONE && region.registered.nature != Nature::Flat;
    if context < CONTEXT {
        if whole {
            return told.state(State::Same, own);
        }
        if !moved {
            return told.doubt(Doubt::Surroundings);
        }
    }
    if hole {
        return told.hole_of(State::Missing, pit.max(1.0 - look.inner.unwrap_or(1.0)));
    }
    if broken {
        return told.hole_of(State::Damaged, 0.5 + pit);
    }
    // What is in the place of a cover that is gone is a hole; metal that shines, dust and leaves are not dark.
    if told.is_filled() {
        return told.doubt(Doubt::Surroundings);
    }
    if look.light < FADED {
        return told.doubt(Doubt::Unlit);
    }
    let untouched = context >= UNTOUCHED;
    // What lies on the surroundings, such as snow, covers what is flat. Where they have no looks, nobody can tell.
    let vouched = untouched && look.context.of >= FEW;
    if !vouched && own < SAME && region.registered.nature == Nature::Flat {
        return told.doubt(Doubt::Surroundings);
    }
    let elsewhere = search::search(region, now, base, &h, light);
    let least = if untouched || moved { ELSEWHERE } else { SURELY };
    if let Some(place) = elsewhere.filter(|p| p.likeness >= least.max(own.max(p.before) + BETTER)) {
        // Below a row a torn picture shows another place: what is about the component has moved with it.
        if context < CONTEXT && search::surroundings(region, &place, now, &h, light) >= context {
            return told.doubt(Doubt::Surroundings);
        }
        return told.displaced(&place, &h, (now.width, now.height));
    }
    if whole && !marred {
        return told.state(State::Same, own);
    }
    if context < CONTEXT || told.is_covered() {
        return told.doubt(Doubt::Surroundings);
    }
    if cut || lost > 0 && rest >= WHOLE && untouched && own < INTACT {
        return told.state(State::Damaged, (1.0 - own).max(rest));
    }
    let gone = if untouched { GONE } else { NOTHING };
    if own > gone && marred {
        let is_left = look.parts.iter().any(|p| p.of >= 4 && p.value() >= WHOLE);
        return told.state(if is_left { State::Damaged } else { State::Missing }, 1.0 - own / 2.0);
    }
    if own <= gone {
        let plain = region.registered.nature != Nature::Flat && own <= NOTHING && context >= PLAINLY;
        return Verdict { plain, ..told.state(State::Missing, 1.0 - own) };
    }
    told.doubt(Doubt::Undecided)
}

/// Whether a box in pixels stands on the surface, and not only before it: it covers half of it and its foot lies there.
fn stands_on([left, top, right, foot]: &[f32; 4], surface: &BBox, (width, height): (usize, usize)) -> bool {
    let (w, t) = (width as f32, height as f32);
    let box_ = BBox::new(left / w, top / t, (right - left) / w, (foot - top) / t);
    let middle = box_.x + box_.w / 2.0;
    box_.intersection(surface) > 0.5 * surface.area()
        && (surface.x..=surface.x + surface.w).contains(&middle)
        && foot / t <= surface.y + (1.0 + BELOW) * surface.h
}

/// How many parts are lost, and the share of marks found in the others.
fn lost_parts(look: &Look) -> (usize, f32) {
    let told = look.parts.iter().filter(|p| p.of >= 4);
    let (lost, rest): (Vec<&Share>, Vec<&Share>) = told.partition(|p| p.value() <= LOST);
    let (found, of) = rest.iter().fold((0.0, 0), |m, p| (m.0 + p.found, m.1 + p.of));
    (lost.len(), Share { found, of }.value())
}

/// Whether a piece is wholly lost, while nearly all else of it is whole, and what is beside the piece is as it was. The segments
/// of a railing vouch for each other: what takes the light or the view of one takes those of its neighbours.
fn is_cut(region: &Region, look: &Look, context: f32) -> bool {
    let is_line = !region.along.is_empty();
    let (wholly, about, beside) = if is_line { (NEARLY, UNTOUCHED, NEXT) } else { (WHOLLY, ELSE_WHOLE, ELSE_WHOLE) };
    look.least.is_some_and(|piece| {
        let rest = Share { found: look.own.found - piece.own.found, of: look.own.of - piece.own.of };
        let is_alone = if piece.beside.of < 3 { is_line } else { piece.beside.value() >= beside };
        context >= about && piece.own.value() <= wholly && rest.of >= FEW && rest.value() >= ELSE_WHOLE && is_alone
    })
}

/// The look as a verdict.
struct Told<'a> {
    region: &'a Region,
    look: &'a Look,
    bbox: BBox,
}

impl Told<'_> {
    fn state(&self, state: State, score: f32) -> Verdict {
        let vouched = match state {
            State::Same | State::CannotJudge => self.look.cover.is_none() && self.is_vouched_for(),
            // What hides it may reach further than the detector's box says: then what is beside is lost, too.
            State::Occluded => {
                let beyond = self.look.beyond.is_some_and(|share| share >= UNTOUCHED);
                self.look.cover.is_none() && beyond && self.is_vouched_for()
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
            tiles: if vouched { self.look.tiles } else { Tiles::default() },
        }
    }

    /// Whether too little is found again for how much of the surroundings is.
    fn is_marred(&self, own: f32, context: f32) -> bool {
        match self.region.registered.nature {
            Nature::Flat => own < WORN && context >= PLAINLY && self.look.inner.is_some_and(|v| v < DARKER),
            _ => own < MARRED && context >= UNTOUCHED,
        }
    }

    /// Whether something is where a hole would be. What lies flat and is urgent covers a hole; a painted line does not.
    fn is_filled(&self) -> bool {
        let of = &self.region.registered;
        of.nature == Nature::Flat && of.urgent && self.look.inner.is_some_and(|v| v >= AS_BRIGHT)
    }

    /// Whether what takes a part of it away goes on beyond its outline: another component that was moved, a banner.
    fn is_covered(&self) -> bool {
        self.look.own.value() >= SAME && self.look.beyond.is_some_and(|share| share < ENDS)
    }

    /// Whether what is lost here is lost for its own part: all about it is as it was, in light that shows it.
    fn is_vouched_for(&self) -> bool {
        let context = self.look.context;
        !self.is_covered()
            && !self.is_filled()
            && self.look.light >= FADED
            && (context.of < FEW || context.value() >= UNTOUCHED)
    }

    /// A hole is as black in any light.
    fn hole_of(&self, state: State, score: f32) -> Verdict {
        Verdict { plain: true, ..self.state(state, score) }
    }

    /// Of a cover without looks of its own only a hole is told.
    fn hole(&self, look: &Look) -> Verdict {
        match (look.inner, look.pit) {
            (Some(inner), Some(pit)) if inner < HOLE || pit > OPEN => {
                self.hole_of(State::Missing, pit.max(1.0 - inner))
            }
            (_, Some(pit)) if pit > BROKEN => self.hole_of(State::Damaged, 0.5 + pit),
            (_, Some(pit)) if pit < BROKEN / 2.0 => self.state(State::Same, 1.0 - pit),
            _ => self.doubt(Doubt::Undecided),
        }
    }

    fn doubt(&self, doubt: Doubt) -> Verdict {
        let verdict = self.state(State::CannotJudge, 0.0);
        let tiles = if doubt == Doubt::Undecided { verdict.tiles } else { Tiles::default() };
        Verdict { doubt: Some(doubt), tiles, ..verdict }
    }

    /// `stands` says that the detector sees something stand on it, `beside` that it sees something which hides some of it.
    fn clear(&self, cover: &Cover, stands: bool, beside: bool) -> Verdict {
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

    fn displaced(&self, place: &Placement, h: &[f64; 9], (width, height): (usize, usize)) -> Verdict {
        let (w, t) = (width as f32, height as f32);
        let b = self.region.registered.form.bbox();
        let own = [b.x * w, b.y * t, (b.x + b.w) * w, (b.y + b.h) * t];
        let [l, u, r, d] = search::placed_box(self.region, place, h, own);
        let found = BBox::new(l / w, u / t, (r - l) / w, (d - u) / t).clipped();
        Verdict { found, ..self.state(State::Displaced, place.likeness) }
    }
}
