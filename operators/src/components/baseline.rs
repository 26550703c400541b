//! What a view looks like when all is well: the median of many pictures.

use super::grey::Grey;
use super::map::Map;
use super::pose::{Pose, PoseConfig, PoseGate};
use super::registered::Registered;
use super::transform;
use crate::vocabulary::{BBox, EventTime};
use std::sync::Arc;
use thiserror::Error;

/// Settings of the builder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaselineConfig {
    /// Least pictures that must remain after those that are dark or off their place are left out (5).
    pub min_pictures: usize,
}

impl Default for BaselineConfig {
    fn default() -> Self {
        BaselineConfig { min_pictures: 5 }
    }
}

/// One picture of which a baseline is made.
#[derive(Debug, Clone)]
pub struct Sample {
    /// When it was taken.
    pub at: EventTime,
    /// The picture.
    pub grey: Grey,
    /// Where people, vehicles and what else moves stood: left out of the median.
    pub movers: Vec<BBox>,
}

/// Why no baseline can be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BaselineError {
    /// Too few pictures, or too few fit for use.
    #[error(
        "{usable} of {given} pictures can be used and {needed} are needed ({dark} are dark or without contrast, \
         {off} show another view): take more pictures of this view in this light"
    )]
    TooFew {
        /// Pictures needed.
        needed: usize,
        /// Pictures given.
        given: usize,
        /// Pictures that could be used.
        usable: usize,
        /// Pictures too dark or without contrast.
        dark: usize,
        /// Pictures that do not show the view of the others.
        off: usize,
    },
    /// A picture of another size.
    #[error("picture {index} has {found:?} pixels and the first has {expected:?}: a baseline is of one resolution")]
    OtherSize {
        /// Which picture, from 0.
        index: usize,
        /// Columns and rows of the first.
        expected: (usize, usize),
        /// Columns and rows of this one.
        found: (usize, usize),
    },
    /// The stored parts do not belong together.
    #[error("a baseline of {expected} pixels has a spread of {found} bytes")]
    Parts {
        /// Pixels of the picture.
        expected: usize,
        /// Bytes of the spread.
        found: usize,
    },
    /// The picture shows nothing.
    #[error("the baseline is black or without contrast: build it from pictures that show the view")]
    Black,
}

/// The median picture of one (camera, preset, part of day). Who approved it,
/// and its version, are the store's to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    grey: Grey,
    spread: Arc<[u8]>,
    pictures: usize,
    from: EventTime,
    until: EventTime,
}

impl Baseline {
    /// Puts a stored baseline together again.
    ///
    /// # Errors
    /// A spread of another size, or a picture that shows nothing.
    pub fn from_parts(
        grey: Grey,
        spread: impl Into<Arc<[u8]>>,
        pictures: usize,
        (from, until): (EventTime, EventTime),
    ) -> Result<Baseline, BaselineError> {
        let spread = spread.into();
        if spread.len() != grey.data().len() {
            return Err(BaselineError::Parts { expected: grey.data().len(), found: spread.len() });
        }
        if is_black(&grey) {
            return Err(BaselineError::Black);
        }
        Ok(Baseline { grey, spread, pictures, from, until })
    }

    /// The median picture.
    pub fn grey(&self) -> &Grey {
        &self.grey
    }

    /// Median absolute deviation of each pixel, grey levels; 255 where movers
    /// covered it in every picture, so that nothing is known there.
    pub fn spread(&self) -> &[u8] {
        &self.spread
    }

    /// How many pictures it was made of.
    pub fn pictures(&self) -> usize {
        self.pictures
    }

    /// Times of the first and the last of its pictures.
    pub fn span(&self) -> (EventTime, EventTime) {
        (self.from, self.until)
    }
}

/// Whether the brightest fiftieth is dark, or nearly the whole picture one grey.
pub(crate) fn is_black(grey: &Grey) -> bool {
    let mut counts = [0usize; 256];
    grey.data().iter().for_each(|&v| counts[usize::from(v)] += 1);
    let quantile = |share: f64| {
        let mut left = (share * grey.data().len() as f64) as usize;
        counts
            .iter()
            .position(|&n| {
                if n > left {
                    true
                } else {
                    left -= n;
                    false
                }
            })
            .unwrap_or(255)
    };
    let (low, high) = (quantile(0.02), quantile(0.98));
    high < 24 || high - low < 8
}

/// Overlap with a component from which a mover's box may be the detector's name for it, and overlap of two boxes
/// from which they are the same one.
const NAMED: f32 = 0.3;
const SAME_BOX: f32 = 0.6;

/// The pictures without those movers that are components: a detector that takes a cabinet for a van does so in picture
/// after picture, and the median would show of it only what the few others do. Such a box lies on a component and is
/// found at the same place in at least half of the pictures.
pub fn without_registered(samples: &[Sample], registered: &[Registered]) -> Vec<Sample> {
    let places: Vec<BBox> = registered.iter().map(|r| r.form.bbox()).collect();
    let is_named = |b: &BBox| places.iter().any(|place| b.iou(place) >= NAMED);
    let stays = |b: &BBox| {
        let with = samples.iter().filter(|s| s.movers.iter().any(|other| other.iou(b) >= SAME_BOX)).count();
        2 * with >= samples.len()
    };
    let kept = |sample: &Sample| {
        let movers = sample.movers.iter().copied().filter(|b| !(is_named(b) && stays(b)));
        Sample { movers: movers.collect(), ..sample.clone() }
    };
    samples.iter().map(kept).collect()
}

/// The median of the pictures, aligned, movers left out. Pictures that are dark
/// or show another view are left out and counted. A picture costs its bytes in
/// memory twice while this runs: 1 MB of a 1080p one.
///
/// # Errors
/// Pictures of different sizes, or too few that can be used.
pub fn build_baseline(samples: &[Sample], config: BaselineConfig) -> Result<Baseline, BaselineError> {
    let given = samples.len();
    let few =
        |usable, dark, off| BaselineError::TooFew { needed: config.min_pictures.max(1), given, usable, dark, off };
    let Some(first) = samples.first() else { return Err(few(0, 0, 0)) };
    let size = (first.grey.width(), first.grey.height());
    for (index, sample) in samples.iter().enumerate() {
        let found = (sample.grey.width(), sample.grey.height());
        if found != size {
            return Err(BaselineError::OtherSize { index, expected: size, found });
        }
    }
    let lit: Vec<&Sample> = samples.iter().filter(|s| !is_black(&s.grey)).collect();
    let dark = given - lit.len();
    if lit.len() < config.min_pictures.max(1) {
        return Err(few(lit.len(), dark, 0));
    }
    let (aligned, off) = align(&lit);
    if aligned.len() < config.min_pictures.max(1) {
        return Err(few(aligned.len(), dark, off));
    }
    let (data, spread) = medians(&aligned, size);
    let from = aligned.iter().map(|s| s.at).min().unwrap_or(first.at);
    let until = aligned.iter().map(|s| s.at).max().unwrap_or(first.at);
    let grey = Grey::new(size.0, size.1, data).ok_or(BaselineError::Black)?;
    Baseline::from_parts(grey, spread, aligned.len(), (from, until))
}

/// The pictures as the one in the middle of the time sees them, so that a pole
/// that sways does not blur the median; and how many show another view. Where
/// fewer than half agree with that one, the first and the last are tried.
fn align(samples: &[&Sample]) -> (Vec<Sample>, usize) {
    let mut best: Vec<Sample> = Vec::new();
    for reference in [samples.len() / 2, 0, samples.len() - 1] {
        let aligned = align_to(samples[reference], samples);
        if aligned.len() > best.len() {
            best = aligned;
        }
        if 2 * best.len() > samples.len() {
            break;
        }
    }
    let off = samples.len() - best.len();
    (best, off)
}

/// Shifts below this need no resampling, share of the width: a fifth of a pixel of 1280.
const STILL: f32 = 0.00016;

fn align_to(reference: &Sample, samples: &[&Sample]) -> Vec<Sample> {
    let Some(small) = reference.grey.for_pose() else { return Vec::new() };
    let gate = PoseGate::new(PoseConfig::default(), &small);
    let onto = |sample: &&Sample| -> Option<Sample> {
        let small = sample.grey.for_pose()?;
        let pose = gate.judge(&small, &pixels(&sample.movers, small.width(), small.height()));
        let Pose::Aligned(fit) = pose else { return None };
        if fit.shift < STILL {
            return Some((*sample).clone());
        }
        let (width, height) = (sample.grey.width(), sample.grey.height());
        let now = Map::of((width, height), sample.grey.data());
        let (h, back) = (fit.transform.in_pixels(width, height), fit.transform.inverse());
        let data: Vec<u8> = (0..width * height)
            .map(|n| {
                let (x, y) = transform::at(&h, (n % width) as f64, (n / width) as f64);
                let (x, y) = (x.clamp(0.0, width as f64 - 1.001), y.clamp(0.0, height as f64 - 1.001));
                now.sample(x as f32, y as f32).map_or(0, |s| s.0.round() as u8)
            })
            .collect();
        let movers = sample.movers.iter().map(|b| back.apply_to(b)).collect();
        Some(Sample { at: sample.at, grey: Grey::new(width, height, data)?, movers })
    };
    samples.iter().filter_map(onto).collect()
}

/// Median and median absolute deviation of each pixel over the pictures that show it.
fn medians(samples: &[Sample], (width, height): (usize, usize)) -> (Vec<u8>, Vec<u8>) {
    let covered: Vec<Vec<[usize; 4]>> = samples.iter().map(|s| pixels(&s.movers, width, height)).collect();
    let (mut data, mut spread) = (Vec::with_capacity(width * height), Vec::with_capacity(width * height));
    let mut values = Vec::with_capacity(samples.len());
    for y in 0..height {
        for x in 0..width {
            values.clear();
            let is_hidden = |boxes: &[[usize; 4]]| boxes.iter().any(|b| x >= b[0] && x < b[2] && y >= b[1] && y < b[3]);
            let shown = samples.iter().zip(&covered).filter(|(_, boxes)| !is_hidden(boxes));
            values.extend(shown.map(|(s, _)| s.grey.data()[y * width + x]));
            let known = !values.is_empty();
            if !known {
                values.extend(samples.iter().map(|s| s.grey.data()[y * width + x]));
            }
            let middle = median(&mut values);
            values.iter_mut().for_each(|v| *v = v.abs_diff(middle));
            data.push(middle);
            spread.push(if known { median(&mut values).min(254) } else { 255 });
        }
    }
    (data, spread)
}

fn median(values: &mut [u8]) -> u8 {
    let middle = values.len() / 2;
    *values.select_nth_unstable(middle).1
}

/// Boxes as left, top, right, bottom in pixels.
pub(crate) fn pixels(boxes: &[BBox], width: usize, height: usize) -> Vec<[usize; 4]> {
    let scaled = |b: &BBox| {
        let b = b.clipped();
        let (w, h) = (width as f32, height as f32);
        let [l, t] = [(b.x * w).floor() as usize, (b.y * h).floor() as usize];
        [l, t, ((b.x + b.w) * w).ceil() as usize, ((b.y + b.h) * h).ceil() as usize]
    };
    boxes.iter().map(scaled).collect()
}
