//! One picture against the baseline: one verdict a component.

use super::baseline::{Baseline, pixels};
use super::grey::Grey;
use super::judge;
use super::light::Light;
use super::map::Map;
use super::overlay::{Overlay, overlay};
use super::pose::{Pose, PoseConfig, PoseGate};
use super::region::{Level, Region, level_of};
use super::registered::{ComponentId, Form, Nature, Registered};
use super::tiles::Tiles;
use super::told::{FEW, Judged};
use crate::vocabulary::BBox;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Settings of the comparison.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompareConfig {
    /// The pose gate's.
    pub pose: PoseConfig,
    /// How surroundings are compared (what measured best).
    pub light: Light,
}

/// Why a comparison cannot be prepared.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ComparerError {
    /// Nothing to compare.
    #[error("no component is registered for this view: register one, or take the rule out")]
    Empty,
    /// One id twice.
    #[error("component {0} is registered twice in this view: keep one outline")]
    Duplicate(ComponentId),
    /// The outline leaves the picture, or is too small to hold a pixel.
    #[error("component {0} covers no pixel of the picture: draw its outline where it can be seen")]
    Outside(ComponentId),
    /// A baseline too small to be compared.
    #[error("the baseline is under 32 pixels wide or high at the scale of the pose: take larger pictures")]
    Small,
    /// More components than one view can hold.
    #[error("{0} components in one view; at most 512 are compared: split the view into presets")]
    TooMany(usize),
}

/// How a component is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As in the baseline.
    Same,
    /// Its place is there and it is not.
    Missing,
    /// It stands elsewhere, or tilted.
    Displaced,
    /// Part of it is as it was, part is not.
    Damaged,
    /// Something stands where nothing may.
    Blocked,
    /// Something hides it. Never missing.
    Occluded,
    /// The picture does not tell.
    CannotJudge,
}

impl State {
    /// The word that payloads and tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Same => "same",
            State::Missing => "missing",
            State::Displaced => "displaced",
            State::Damaged => "damaged",
            State::Blocked => "blocked",
            State::Occluded => "occluded",
            State::CannotJudge => "cannot-judge",
        }
    }
}

/// Why a picture does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// The camera does not look as the baseline did.
    Pose,
    /// The component is too small in the picture, or has no looks of its own in the baseline.
    Faceless,
    /// Its surroundings are not as they were: snow, fog, a torn picture, something large in front.
    Surroundings,
    /// Too dark or too flat here to see it.
    Unlit,
    /// Neither clearly as it was nor clearly otherwise.
    Undecided,
    /// It has left the picture with the camera's bump.
    OutOfSight,
}

/// What one picture says of one component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which.
    pub component: ComponentId,
    /// How it is found.
    pub state: State,
    /// How surely, 0..1.
    pub score: f32,
    /// How much of it looks as it did, 0..1; for a clear surface how much of it is free.
    pub likeness: f32,
    /// How much of its surroundings looks as it did, 0..1.
    pub surroundings: f32,
    /// Where it was looked for, in the current picture's coordinates.
    pub bbox: BBox,
    /// Where it stands now, for a displaced one; else where it was looked for.
    pub found: BBox,
    /// Why the picture does not tell, where it does not.
    pub doubt: Option<Doubt>,
    /// Whether no light, weather or dirt looks like this: a hole, or nothing left where all about it is as it was.
    pub plain: bool,
    /// Whether all of it at one side of a straight cut is lost and all else is found: more than a cap of snow hides.
    #[serde(default)]
    pub cut_off: bool,
    /// Where of it something is lost; of nothing where its surroundings do not vouch for that.
    pub tiles: Tiles,
    /// The same where they do not, and a look before this one may.
    #[serde(default)]
    pub unvouched: Tiles,
}

/// Share up to which a component is gone.
pub(super) const GONE: f32 = 0.38;

impl Verdict {
    /// What is lost of it in surroundings that are not as they were, as the fault that it is.
    pub(super) fn as_fault(&self) -> Verdict {
        let (state, score) = match self.likeness <= GONE {
            true => (State::Missing, 1.0 - self.likeness),
            false => (State::Damaged, 1.0 - self.likeness / 2.0),
        };
        Verdict { state, score, doubt: None, tiles: self.unvouched, ..self.clone() }
    }

    /// The same, with nothing said of where something is lost.
    pub(super) fn without_tiles_if(&self, silent: bool) -> Verdict {
        Verdict { tiles: if silent { Tiles::default() } else { self.tiles }, ..self.clone() }
    }
}

/// What one picture says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Where the camera looks.
    pub pose: Pose,
    /// One a component, in the order they were registered.
    pub verdicts: Vec<Verdict>,
}

/// Fewer surroundings than this say nothing of the whole view.
const VIEWS: usize = 4;

impl Comparison {
    /// How much of the surroundings of all components looks as it did, 0..1: little under snow and fallen leaves.
    /// `None` where the picture tells of too few.
    pub fn view(&self) -> Option<f32> {
        let told: Vec<f32> = self.verdicts.iter().map(|v| v.surroundings).filter(|s| *s > 0.0).collect();
        (told.len() >= VIEWS).then(|| told.iter().sum::<f32>() / told.len() as f32)
    }
}

/// Overlap from which a mover's box is the component itself.
const ITSELF: f32 = 0.5;
/// Share of the component that such a box covers where it may be something before it after all.
const COVERS: f32 = 0.9;

/// Most components of one view.
const MOST: usize = 512;

/// Baseline and components of one (camera, preset, part of day), prepared once.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparer {
    config: CompareConfig,
    size: (usize, usize),
    gate: PoseGate,
    regions: Vec<Region>,
    bases: Vec<Map>,
}

impl Comparer {
    /// Prepares everything that does not change from picture to picture.
    ///
    /// # Errors
    /// No component, one twice, one outside the picture, or too many.
    pub fn new(
        baseline: &Baseline,
        components: &[Registered],
        config: CompareConfig,
    ) -> Result<Comparer, ComparerError> {
        if components.is_empty() {
            return Err(ComparerError::Empty);
        }
        if components.len() > MOST {
            return Err(ComparerError::TooMany(components.len()));
        }
        let grey = baseline.grey();
        let size = (grey.width(), grey.height());
        for (index, component) in components.iter().enumerate() {
            if components[..index].iter().any(|c| c.id == component.id) {
                return Err(ComparerError::Duplicate(component.id.clone()));
            }
            let b = component.form.bbox();
            if !(b.w * size.0 as f32 >= 1.0 && b.h * size.1 as f32 >= 1.0) {
                return Err(ComparerError::Outside(component.id.clone()));
            }
        }
        let small = grey.for_pose().ok_or(ComparerError::Small)?;
        let gate = PoseGate::new(config.pose.clone(), &small);
        let mut bases = pyramid(Map::of(size, grey.data()), LEVELS);
        let spreads = pyramid(Map::of(size, baseline.spread()), LEVELS);
        let forms: Vec<&Form> = components.iter().map(|c| &c.form).collect();
        let prepare = |component: &Registered| {
            let level = level_of(component, size.0, size.1, bases.len());
            let at = Level { map: &bases[level], spread: &spreads[level] };
            Region::new(component, level, at, &forms, config.light)
        };
        let regions: Vec<Region> = components.iter().map(prepare).collect();
        let levels = regions.iter().map(|r| r.level).max().unwrap_or(0) + 1;
        bases.truncate(levels);
        Ok(Comparer { config, size, gate, regions, bases })
    }

    /// What this picture says of each component. `movers` are the boxes of
    /// what the detector and the tracker saw, in the picture's own coordinates.
    /// A picture of another size than the baseline's is unclear.
    pub fn compare(&self, grey: &Grey, movers: &[BBox]) -> Comparison {
        let pose = match grey.for_pose() {
            Some(small) if (grey.width(), grey.height()) == self.size => {
                self.gate.judge(&small, &pixels(movers, small.width(), small.height()))
            }
            _ => Pose::Unclear,
        };
        let Some(fit) = pose.fit().copied() else {
            let verdicts =
                self.regions.iter().map(|r| judge::unsure(&r.registered, Doubt::Pose, r.registered.form.bbox()));
            return Comparison { pose, verdicts: verdicts.collect() };
        };
        let levels = pyramid(Map::of(self.size, grey.data()), self.bases.len());
        let place = |region: &Region| fit.transform.apply_to(&region.registered.form.bbox());
        let judge_behind = |region: &Region, boxes: &[BBox]| {
            let now = &levels[region.level];
            let size = (now.width as f32, now.height as f32);
            let boxes: Vec<[f32; 4]> = boxes
                .iter()
                .map(|b| [b.x * size.0, b.y * size.1, (b.x + b.w) * size.0, (b.y + b.h) * size.1])
                .collect();
            judge::judge(region, (&self.bases[region.level], now), &fit.transform, &boxes, self.config.light)
        };
        let judge = |region: &Region, before: &[BBox]| {
            let at = place(region);
            // A box that fits the component is the detector's name for it, not something before it. A surface has none.
            let may_be_named = region.registered.nature != Nature::Clear;
            let (mut named, mut others): (Vec<BBox>, Vec<BBox>) =
                movers.iter().partition(|b| may_be_named && b.iou(&at) >= ITSELF);
            others.extend(before);
            let judged = judge_behind(region, &others);
            // Nothing is left of it to have a name: what is named stands before it.
            named.retain(|b| b.intersection(&at) >= COVERS * at.area());
            let is_before = judged.verdict.state == State::Missing && !named.is_empty();
            if is_before { judge_behind(region, &[others, named].concat()) } else { judged }
        };
        let judged = self.regions.iter().map(|region| judge(region, &[])).map(|j| (j.verdict, j.stands));
        // What was moved stands before its neighbours.
        let (mut verdicts, moved): (Vec<Verdict>, Vec<Vec<BBox>>) = judged.unzip();
        for (region, verdict) in self.regions.iter().zip(&mut verdicts) {
            let may_be_hidden = match verdict.state {
                State::Missing | State::Damaged => true,
                State::Same | State::CannotJudge => verdict.tiles.lost() + verdict.unvouched.lost() > 0,
                State::Displaced | State::Occluded | State::Blocked => false,
            };
            let at = place(region);
            let before: Vec<BBox> = moved.iter().flatten().filter(|m| m.intersection(&at) > 0.0).copied().collect();
            if may_be_hidden && !before.is_empty() {
                let Judged { verdict: again, seen, .. } = judge(region, &before);
                // It does not explain what is lost beside it.
                if again.state != State::Occluded || seen < FEW || again.likeness > GONE {
                    *verdict = again;
                }
            }
        }
        Comparison { pose, verdicts }
    }

    /// The picture on top of the baseline, for evidence; `None` where the comparison found no pose.
    pub fn overlay(&self, grey: &Grey, comparison: &Comparison) -> Option<Overlay> {
        let fit = comparison.pose.fit()?;
        if (grey.width(), grey.height()) != self.size {
            return None;
        }
        overlay(&self.bases[0], grey, &fit.transform)
    }

    /// Bytes held for this view, without those of one comparison while it runs.
    pub fn memory(&self) -> usize {
        let maps: usize = self.bases.iter().map(|m| 4 * m.data.len()).sum();
        maps + self.gate.memory() + self.regions.iter().map(Region::memory).sum::<usize>()
    }

    /// Components that this baseline cannot tell: too small, or without looks
    /// of their own. Every verdict on them will be `CannotJudge`.
    pub fn faceless(&self) -> Vec<ComponentId> {
        self.regions.iter().filter(|r| r.is_faceless()).map(|r| r.registered.id.clone()).collect()
    }
}

/// At most so many levels: 1280 pixels become 80.
const LEVELS: usize = 4;

fn pyramid(first: Map, levels: usize) -> Vec<Map> {
    let mut maps = vec![first];
    while maps.len() < levels {
        let next = maps[maps.len() - 1].half();
        if next.width < 32 || next.height < 32 {
            break;
        }
        maps.push(next);
    }
    maps
}
