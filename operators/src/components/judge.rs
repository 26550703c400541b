//! From what was found again to a verdict.

use super::compare::{Doubt, GONE, State, Verdict};
use super::light::Light;
use super::look::{self, Look, Share};
use super::map::Map;
use super::region::Region;
use super::registered::{Nature, Registered};
use super::search;
use super::tiles::Tiles;
use super::told::{BROKEN, CONTEXT, FADED, FEW, HOLE, Judged, MARRED, OPEN, PLAINLY, SAME, Told, UNTOUCHED};
use super::transform::Transform;
use crate::vocabulary::BBox;

/// Share from which what stands is taken to be upright without a search for a tilt.
const UPRIGHT: f32 = 0.75;
/// Share of a part's marks up to which the part is gone, and from which the others are whole.
const LOST: f32 = 0.18;
const WHOLE: f32 = 0.7;
/// A piece of which no more than this is found, while more than that of all else is, is cut off, whatever share of the
/// whole it is: the head of a lamp.
const WHOLLY: f32 = 0.1;
const ELSE_WHOLE: f32 = 0.85;
/// Votes of a railing's stretch from which it is a gap, and shares that are found of what is beside one and of all else of the
/// railing. With these 28 of 1,066 looks at drawn whole ones tell of a fault, and 262 of 284 at ones with a gap.
const GAP: f32 = 7.0;
const NEXT: f32 = 0.9;
const REST: f32 = 0.92;
/// More than this of it found again, and a part that is lost lies in the shade.
const INTACT: f32 = 0.8;
/// As much less than of its surroundings may be found of what is as it was.
const LIKE_THEM: f32 = 0.05;
/// Where the surroundings are not: share of another place from which a component stands there, and up to which it is gone.
const SURELY: f32 = 0.65;
const NOTHING: f32 = 0.2;
/// Spread of the patch below which nothing can be seen, grey levels.
const UNLIT: f32 = 2.0;
/// Share of a component's marks at another place from which it stands there, and by how much it must exceed its own place's.
const ELSEWHERE: f32 = 0.55;
const BETTER: f32 = 0.2;
/// Something that does not stand on a surface is beside it where it hides more than this share.
const BESIDE: f32 = 0.2;
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
        cut_off: false,
        tiles: Tiles::default(),
        unvouched: Tiles::default(),
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
) -> Judged {
    let bbox = transform.apply_to(&region.registered.form.bbox());
    if region.is_faceless() {
        return unsure(&region.registered, Doubt::Faceless, bbox).into();
    }
    let h = transform.in_pixels(now.width, now.height);
    let look = look::look(region, now, &h, movers, light);
    let told = Told { region, look: &look, bbox };
    if look.contrast < UNLIT {
        return told.doubt(Doubt::Unlit).into();
    }
    if let Some(cover) = look.cover {
        let stands = movers.iter().any(|m| stands_on(m, &bbox, (now.width, now.height)));
        if !stands && 2 * look.hidden > region.own.len() {
            // What stands before a surface, or beside it, hides it and leaves it free.
            return told.state(State::Occluded, look.hidden as f32 / region.own.len() as f32).into();
        }
        let beside = !stands && look.hidden as f32 > BESIDE * region.own.len() as f32;
        return told.clear(&cover, stands, beside).into();
    }
    if 2 * look.outside > region.own.len() {
        return told.doubt(Doubt::OutOfSight).into();
    }
    if look.hidden > 0 && 2 * look.hidden > region.own.len() {
        let verdict = told.state(State::Occluded, look.hidden as f32 / region.own.len() as f32);
        return Judged { seen: look.own.of, ..verdict.into() };
    }
    if region.is_only_dark() {
        return told.hole(&look).into();
    }
    if look.own.of < 4 || 2 * look.own.of < region.own.len() - look.hidden {
        return told.doubt(Doubt::Unlit).into();
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
        return (if less { told.doubt(Doubt::Surroundings) } else { told.state(State::Same, own) }).into();
    }
    let parted =
        look.parted.filter(|parted| parted.is_clean() && own > GONE && !told.is_covered() && look.light >= FADED);
    // What was moved a little stands before its own surroundings: it is looked for all the same.
    let moved = own <= GONE && region.registered.nature != Nature::Flat;
    if context < CONTEXT {
        if whole {
            return told.state(State::Same, own).into();
        }
        if !moved && parted.is_none() {
            return told.unvouched(Doubt::Surroundings).into();
        }
    }
    if hole {
        return told.hole_of(State::Missing, pit.max(1.0 - look.inner.unwrap_or(1.0))).into();
    }
    if broken {
        return told.hole_of(State::Damaged, 0.5 + pit).into();
    }
    // What is in the place of a cover that is gone is a hole; metal that shines, dust and leaves are not dark.
    if told.is_filled() {
        return told.doubt(Doubt::Surroundings).into();
    }
    if look.light < FADED {
        return told.doubt(Doubt::Unlit).into();
    }
    let untouched = context >= UNTOUCHED;
    // What lies on the surroundings, such as snow, covers what is flat. Where they have no looks, nobody can tell.
    let vouched = untouched && look.context.of >= FEW;
    if !vouched && own < SAME && region.registered.nature == Nature::Flat {
        return told.doubt(Doubt::Surroundings).into();
    }
    let elsewhere = search::search(region, now, base, &h, light);
    let least = if untouched || moved { ELSEWHERE } else { SURELY };
    if let Some(place) = elsewhere.filter(|p| p.likeness >= least.max(own.max(p.before) + BETTER)) {
        // Below a row a torn picture shows another place: what is about the component has moved with it.
        if context < CONTEXT && search::surroundings(region, &place, now, &h, light) >= context {
            return told.doubt(Doubt::Surroundings).into();
        }
        return told.displaced(&place, &h, (now.width, now.height));
    }
    if whole && !marred {
        return told.state(State::Same, own).into();
    }
    if told.is_covered() || context < CONTEXT && parted.is_none() {
        return told.unvouched(Doubt::Surroundings).into();
    }
    if cut || parted.is_some() || lost > 0 && rest >= WHOLE && untouched && own < INTACT {
        let cut_off = parted.is_some_and(|parted| parted.is_more_than_a_cap());
        return (Verdict { cut_off, ..told.state(State::Damaged, (1.0 - own).max(rest)) }).into();
    }
    let gone = if untouched { GONE } else { NOTHING };
    if own > gone && marred {
        let is_left = look.parts.iter().any(|p| p.of >= 4 && p.value() >= WHOLE);
        return told.state(if is_left { State::Damaged } else { State::Missing }, 1.0 - own / 2.0).into();
    }
    if own <= gone {
        let plain = region.registered.nature != Nature::Flat && own <= NOTHING && context >= PLAINLY;
        return (Verdict { plain, ..told.state(State::Missing, 1.0 - own) }).into();
    }
    told.unvouched(Doubt::Undecided).into()
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
    let (about, beside, others) = if is_line { (UNTOUCHED, NEXT, REST) } else { (ELSE_WHOLE, ELSE_WHOLE, ELSE_WHOLE) };
    look.least.is_some_and(|piece| {
        let rest = Share { found: look.own.found - piece.own.found, of: look.own.of - piece.own.of };
        let is_alone = if piece.beside.of < 3 { is_line } else { piece.beside.value() >= beside };
        let is_lost = if is_line { piece.lost >= GAP && look.own.value() > GONE } else { piece.own.value() <= WHOLLY };
        context >= about && is_lost && rest.of >= FEW && rest.value() >= others && is_alone
    })
}
