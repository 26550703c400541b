//! A legitimate change (部件更新), accepted in review, becomes the new baseline.
//!
//! The deciding picture is laid onto the baseline, its light is evened out
//! around the change, and only the change itself is put in. In the other parts
//! of the day nobody has seen yet how it looks: there the component is not
//! judged until the next baseline is built and approved.

use super::error::BaselineError;
use super::pictures::read_picture;
use super::record::{Approval, Approver, Origin};
use super::store::{New, Store, StoredBaseline, View};
use crate::evidence::raster::{Area, Raster};
use crate::payload::{Candidate, OffsetTime};
use operators::components::{Baseline, CompareConfig, Comparer, ComponentId, Grey, Registered, Transform};
use operators::vocabulary::{BBox, Point};
use std::path::Path;

/// Spread given to what was seen in one picture only, grey levels.
const UNSURE: u8 = 6;

/// What a reviewer accepts.
#[derive(Debug)]
pub struct Accepted<'a> {
    /// The candidate that showed the change.
    pub candidate: &'a Candidate,
    /// Its unmarked deciding picture.
    pub picture: &'a Path,
    /// The part of the day in which it was taken, and the others that have baselines.
    pub part: &'a str,
    /// See `part`.
    pub other_parts: Vec<String>,
    /// What stands in the view.
    pub registered: &'a [Registered],
    /// Who accepts it.
    pub by: &'a str,
    /// When.
    pub at: OffsetTime,
}

/// Adds and approves a version in which the change is as it should be, in each
/// part of the day that has an approved one.
///
/// # Errors
/// There is no approved version, the picture does not show its view, or the store cannot be written.
pub fn accept(store: &Store, accepted: &Accepted<'_>) -> Result<Vec<StoredBaseline>, BaselineError> {
    let candidate = accepted.candidate;
    let view =
        |part: &str| View { camera: candidate.camera.clone(), preset: candidate.preset.clone(), part: part.to_owned() };
    let seen = view(accepted.part);
    let missing = || {
        let View { camera, preset, part } = seen.clone();
        BaselineError::Missing { what: "approved baseline".to_owned(), camera, preset, part }
    };
    let before = store.approved(&seen)?.ok_or_else(missing)?;
    let patched = patch(store, &before, accepted, &seen)?;
    let mut versions = vec![add(store, &seen, &before, &patched, accepted, true)?];
    for part in &accepted.other_parts {
        let view = view(part);
        if let Some(before) = store.approved(&view)?
            && candidate.component.is_some()
        {
            let unchanged = (store.open(&before)?, store.picture(&before)?);
            versions.push(add(store, &view, &before, &unchanged, accepted, false)?);
        }
    }
    Ok(versions)
}

fn add(
    store: &Store,
    view: &View,
    before: &StoredBaseline,
    (baseline, picture): &(Baseline, Raster),
    accepted: &Accepted<'_>,
    seen: bool,
) -> Result<StoredBaseline, BaselineError> {
    let components: Vec<String> = accepted.candidate.component.iter().cloned().collect();
    let mut unjudged = before.record.unjudged.clone();
    unjudged.retain(|id| !components.contains(id));
    if !seen {
        unjudged.extend(components.iter().cloned());
    }
    let candidate = accepted.candidate.id.to_string();
    let new = New {
        baseline,
        picture,
        picture_size: before.record.picture_size,
        origin: Origin::Accepted { after: before.record.version, components, candidate },
        unjudged,
        built_at: accepted.at,
    };
    let approval = Approval { by: Approver::Person(accepted.by.to_owned()), at: accepted.at, note: None };
    store.approve(&store.add(view, &new)?, &approval)
}

/// The baseline with the change put in.
fn patch(
    store: &Store,
    before: &StoredBaseline,
    accepted: &Accepted<'_>,
    view: &View,
) -> Result<(Baseline, Raster), BaselineError> {
    let (baseline, mut colour) = (store.open(before)?, store.picture(before)?);
    let frame = read_picture(accepted.picture)?;
    let planes = frame.planes();
    let shown = accepted.picture.display();
    let [width, height] = before.record.picture_size;
    if (planes.width, planes.height) != (width, height) {
        return Err(BaselineError::Picture(format!(
            "{shown} is of {}x{}, the baseline of {width}x{height}: give the candidate's `scene` picture",
            planes.width, planes.height
        )));
    }
    let unusable = || BaselineError::Picture(format!("{shown} cannot be compared"));
    let grey = Grey::from_plane(planes.width, planes.height, planes.y_stride, planes.y).ok_or_else(unusable)?;
    let raster = Raster::from_planes(&planes).ok_or_else(unusable)?.shrunk(grey.width(), grey.height());
    let comparer = Comparer::new(&baseline, accepted.registered, CompareConfig::default())
        .map_err(|source| BaselineError::Comparer { view: view.to_string(), source })?;
    let comparison = comparer.compare(&grey, &[]);
    let off = || BaselineError::Picture(format!("{shown} does not show the view of {view}"));
    let transform = comparison.pose.fit().ok_or_else(off)?.transform;
    let id = accepted.candidate.component.as_deref().map(ComponentId::from);
    let found: BBox = accepted.candidate.object.bbox.into();
    let overlay = comparer.overlay(&grey, &comparison).filter(|_| id.is_none());
    let mut boxes: Vec<BBox> = vec![overlay.map_or(found, |overlay| whole_change(&overlay.difference, found))];
    if let Some(known) = accepted.registered.iter().find(|r| Some(&r.id) == id.as_ref()) {
        boxes.push(known.form.bbox());
    }
    let laid = Laid { grey: &grey, colour: &raster, transform };
    let mut data = baseline.grey().data().to_vec();
    let mut spread = baseline.spread().to_vec();
    let size = (grey.width(), grey.height());
    for bbox in &boxes {
        laid.put(&mut data, &mut spread, &mut colour, grown(bbox), size);
    }
    let span = (baseline.span().0, accepted.candidate.raised_at.event_time());
    let grey = Grey::new(size.0, size.1, data).ok_or_else(unusable)?;
    let median = |source| BaselineError::Median { view: view.to_string(), source };
    Ok((Baseline::from_parts(grey, spread, baseline.pictures(), span).map_err(median)?, colour))
}

/// A structure is often found by a part of it. Grows the box as long as the
/// difference goes on beside it; one over a quarter of the picture is light or weather, and does not count.
fn whole_change(difference: &Grey, found: BBox) -> BBox {
    let (width, height) = (difference.width(), difference.height());
    let (reach, strong) = ((width / 32).max(4), 32);
    let mut area = Area::of(&found, width, height);
    loop {
        let wider = area.grown(reach, width, height);
        let pixels = (wider.top..wider.top + wider.height)
            .flat_map(|y| (wider.left..wider.left + wider.width).map(move |x| (x, y)))
            .filter(|&(x, y)| difference.row(y)[x] >= strong);
        let (mut left, mut top) = (area.left, area.top);
        let (mut right, mut bottom) = (area.left + area.width, area.top + area.height);
        for (x, y) in pixels {
            (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1));
        }
        let grown = Area { left, top, width: right - left, height: bottom - top };
        if 4 * grown.width * grown.height > width * height {
            return found;
        }
        if grown == area {
            break;
        }
        area = grown;
    }
    let share = |pixels: usize, of: usize| pixels as f32 / of as f32;
    let (x, y) = (share(area.left, width), share(area.top, height));
    BBox::new(x, y, share(area.width, width), share(area.height, height))
}

/// A quarter larger on every side: the change has an edge and a shadow.
fn grown(b: &BBox) -> BBox {
    let (dx, dy) = (b.w / 4.0 + 0.005, b.h / 4.0 + 0.005);
    BBox::new(b.x - dx, b.y - dy, b.w + 2.0 * dx, b.h + 2.0 * dy).clipped()
}

/// The current picture as it lies on the baseline.
struct Laid<'a> {
    grey: &'a Grey,
    colour: &'a Raster,
    transform: Transform,
}

impl Laid<'_> {
    /// Puts a box of the current picture into the baseline.
    fn put(
        &self,
        data: &mut [u8],
        spread: &mut [u8],
        colour: &mut Raster,
        bbox: BBox,
        (width, height): (usize, usize),
    ) {
        let inside = Area::of(&bbox, width, height);
        let around = inside.grown((inside.width.max(inside.height) / 3).max(4), width, height);
        let (gain, bias) = self.light(data, &around, &inside, width);
        for y in inside.top..inside.top + inside.height {
            for x in inside.left..inside.left + inside.width {
                let Some((sx, sy)) = self.source(x, y) else { continue };
                let at = y * width + x;
                let value = f32::from(self.grey.row(sy)[sx]) * gain + bias;
                data[at] = value.round().clamp(0.0, 255.0) as u8;
                spread[at] = if spread[at] == 255 { UNSURE } else { spread[at].max(UNSURE) };
                let pixel = self.colour.pixel(sx as isize, sy as isize);
                for (channel, value) in pixel.into_iter().enumerate() {
                    let lit = f32::from(value) * gain + bias;
                    colour.data[at * 3 + channel] = lit.round().clamp(0.0, 255.0) as u8;
                }
            }
        }
    }

    /// Gain and bias that give the current picture the baseline's light, from the ring around the change.
    fn light(&self, data: &[u8], around: &Area, inside: &Area, width: usize) -> (f32, f32) {
        let is_inside = |x: usize, y: usize| {
            (inside.left..inside.left + inside.width).contains(&x)
                && (inside.top..inside.top + inside.height).contains(&y)
        };
        let mut pairs = Vec::new();
        for y in around.top..around.top + around.height {
            for x in around.left..around.left + around.width {
                if !is_inside(x, y)
                    && let Some((sx, sy)) = self.source(x, y)
                {
                    pairs.push((f32::from(self.grey.row(sy)[sx]), f32::from(data[y * width + x])));
                }
            }
        }
        let n = pairs.len().max(1) as f32;
        let mean = |pick: fn(&(f32, f32)) -> f32| pairs.iter().map(pick).sum::<f32>() / n;
        let (now, then) = (mean(|p| p.0), mean(|p| p.1));
        let (mut both, mut own) = (0.0, 0.0);
        for (a, b) in &pairs {
            both += (a - now) * (b - then);
            own += (a - now) * (a - now);
        }
        // A ring without contrast has no gain of its own.
        let gain = if own > n { (both / own).clamp(0.5, 2.0) } else { 1.0 };
        if pairs.is_empty() { (1.0, 0.0) } else { (gain, then - gain * now) }
    }

    /// The pixel of the current picture that lies on a pixel of the baseline.
    fn source(&self, x: usize, y: usize) -> Option<(usize, usize)> {
        let (w, h) = (self.grey.width() as f32, self.grey.height() as f32);
        let there = self.transform.apply(Point { x: (x as f32 + 0.5) / w, y: (y as f32 + 0.5) / h });
        let (sx, sy) = (there.x * w, there.y * h);
        let inside = (0.0..w).contains(&sx) && (0.0..h).contains(&sy);
        inside.then_some((sx as usize, sy as usize))
    }
}
