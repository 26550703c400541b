//! From what was found again to a verdict.

use super::compare::{Doubt, State, Verdict};
use super::light::Light;
use super::look::{self, Look, Share};
use super::map::Map;
use super::region::Region;
use super::registered::Registered;
use super::transform::Transform;
use crate::vocabulary::{BBox, Point};

/// Share of a component's marks from which it is as it was.
const SAME: f32 = 0.5;
/// Share of its marks up to which it is gone.
const GONE: f32 = 0.38;
/// Share of a part's marks up to which the part is gone, and from which the others are whole.
const LOST: f32 = 0.15;
const WHOLE: f32 = 0.75;
/// Share of the marks of the surroundings from which they are as they were.
const CONTEXT: f32 = 0.5;
/// Spread of the patch below which nothing can be seen, grey levels.
const UNLIT: f32 = 2.0;

/// A verdict that the picture does not tell.
pub(crate) fn unsure(of: &Registered, doubt: Doubt, bbox: BBox) -> Verdict {
    let (state, component) = (State::CannotJudge, of.id.clone());
    Verdict { component, state, score: 0.0, likeness: 0.0, surroundings: 0.0, bbox, found: bbox, doubt: Some(doubt) }
}

/// Where a box of the baseline lies in the current picture.
pub(crate) fn moved(b: &BBox, transform: &Transform) -> BBox {
    let corner = |x: f32, y: f32| transform.apply(Point { x, y });
    let four = [corner(b.x, b.y), corner(b.x + b.w, b.y), corner(b.x, b.y + b.h), corner(b.x + b.w, b.y + b.h)];
    let low = four.iter().fold((f32::MAX, f32::MAX), |m, p| (m.0.min(p.x), m.1.min(p.y)));
    let high = four.iter().fold((f32::MIN, f32::MIN), |m, p| (m.0.max(p.x), m.1.max(p.y)));
    BBox::new(low.0, low.1, high.0 - low.0, high.1 - low.1).clipped()
}

/// The verdict on one component. `movers` are boxes in pixels of the region's level.
pub(crate) fn judge(region: &Region, now: &Map, transform: &Transform, movers: &[[f32; 4]], light: Light) -> Verdict {
    let bbox = moved(&region.registered.form.bbox(), transform);
    let doubt = |doubt| unsure(&region.registered, doubt, bbox);
    if region.is_faceless() {
        return doubt(Doubt::Faceless);
    }
    let h = transform.in_pixels(now.width, now.height);
    let look = look::look(region, now, &h, movers, light);
    let verdict = |state, score: f32| Verdict {
        component: region.registered.id.clone(),
        state,
        score: score.clamp(0.0, 1.0),
        likeness: look.own.value(),
        surroundings: look.context.value(),
        bbox,
        found: bbox,
        doubt: None,
    };
    let verdict_of_doubt = |doubt| Verdict { doubt: Some(doubt), ..verdict(State::CannotJudge, 0.0) };
    if 2 * look.outside > region.own.len() {
        return doubt(Doubt::OutOfSight);
    }
    if 2 * look.hidden > region.own.len() {
        return verdict(State::Occluded, look.hidden as f32 / region.own.len() as f32);
    }
    if look.contrast < UNLIT {
        return doubt(Doubt::Unlit);
    }
    if look.own.of < 4 || 2 * look.own.of < region.own.len() - look.hidden {
        return verdict_of_doubt(Doubt::Unlit);
    }
    let own = look.own.value();
    let (lost, rest) = lost_parts(&look);
    if own >= SAME && lost == 0 {
        return verdict(State::Same, own);
    }
    if look.context.of >= 8 && look.context.value() < CONTEXT {
        return verdict_of_doubt(Doubt::Surroundings);
    }
    if lost > 0 && rest >= WHOLE {
        return verdict(State::Damaged, 1.0 - own);
    }
    if own <= GONE {
        return verdict(State::Missing, 1.0 - own);
    }
    verdict_of_doubt(Doubt::Undecided)
}

/// How many parts are lost, and the share of marks found in the others.
fn lost_parts(look: &Look) -> (usize, f32) {
    let told = look.parts.iter().filter(|p| p.of >= 4);
    let (lost, rest): (Vec<&Share>, Vec<&Share>) = told.partition(|p| p.value() <= LOST);
    let (found, of) = rest.iter().fold((0.0, 0), |m, p| (m.0 + p.found, m.1 + p.of));
    (lost.len(), Share { found, of }.value())
}
