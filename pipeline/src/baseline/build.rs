//! From many pictures to a version in the store.

use super::error::BaselineError;
use super::pictures::Taken;
use super::record::{Approval, Approver, Origin};
use super::store::{New, Store, StoredBaseline, View};
use crate::evidence::raster::Raster;
use crate::payload::OffsetTime;
use operators::components::{
    Baseline, BaselineConfig, CompareConfig, Comparer, Grey, Registered, Sample, State, build_baseline,
    without_registered,
};
use operators::vocabulary::{BBox, Detection, Label};

/// The rule by which a version may approve itself.
const SAME_AS_APPROVED: &str = "same-as-approved";

/// Pictures gathered for one baseline, shrunk: 2 MB each of a 1080p camera.
#[derive(Debug, Default)]
pub struct Pictures {
    samples: Vec<Sample>,
    colours: Vec<Raster>,
    size: Option<(usize, usize)>,
}

/// What a version is to say of itself.
#[derive(Debug, Clone)]
pub struct BuildRequest<'a> {
    /// Whose it is.
    pub view: View,
    /// Where the pictures came from.
    pub from: Vec<String>,
    /// When it is built.
    pub built_at: OffsetTime,
    /// What stands in the view, for the rule `same-as-approved`.
    pub registered: &'a [Registered],
    /// Whether that rule may approve it.
    pub by_rule: bool,
}

/// A new version.
#[derive(Debug)]
pub struct Built {
    /// As it lies in the store.
    pub stored: StoredBaseline,
    /// Why the rule did not approve it, where it was asked to and did not.
    pub not_by_rule: Option<String>,
}

impl Pictures {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Adds a picture; `movers` are where people and vehicles stand in it.
    ///
    /// # Errors
    /// It is of another size than the first, or too small to be compared.
    pub fn add(&mut self, taken: &Taken, movers: Vec<BBox>) -> Result<(), BaselineError> {
        let planes = taken.frame.planes();
        let (width, height) = (planes.width, planes.height);
        let expected = *self.size.get_or_insert((width, height));
        if expected != (width, height) {
            return Err(BaselineError::Picture(format!(
                "a picture of {width}x{height} among pictures of {}x{}: a baseline is of one resolution",
                expected.0, expected.1
            )));
        }
        let too_small = || BaselineError::Picture(format!("a picture of {width}x{height} is too small to be compared"));
        let grey = Grey::from_plane(width, height, planes.y_stride, planes.y).ok_or_else(too_small)?;
        let colour = Raster::from_planes(&planes).ok_or_else(too_small)?;
        self.colours.push(colour.shrunk(grey.width(), grey.height()));
        self.samples.push(Sample { at: taken.at, grey, movers });
        Ok(())
    }
}

/// The boxes of what moves: it hides what stands behind it, and is left out of the median.
/// A bin or waste is no mover: a bin is a component.
pub fn movers(found: &[Detection]) -> Vec<BBox> {
    boxes(found, |label| passes(label) || matches!(label, Label::Tricycle | Label::Stall | Label::Umbrella))
}

/// The boxes of people and traffic alone. A stall that stays for days is no passer, and what nobody
/// registered is easily taken for one.
pub fn passers(found: &[Detection]) -> Vec<BBox> {
    boxes(found, passes)
}

fn passes(label: Label) -> bool {
    label.is_motor_vehicle() || matches!(label, Label::Person | Label::TwoWheeler)
}

fn boxes(found: &[Detection], wanted: impl Fn(Label) -> bool) -> Vec<BBox> {
    found.iter().filter(|d| wanted(d.label)).map(|d| d.bbox).collect()
}

/// Makes the median of the pictures a new version. It is approved only where
/// the rule may do so and finds every component as in the approved version before.
///
/// # Errors
/// Too few pictures, dark ones, or the store cannot be written.
pub fn build(store: &Store, request: &BuildRequest<'_>, pictures: &Pictures) -> Result<Built, BaselineError> {
    let median = |source| BaselineError::Median { view: request.view.to_string(), source };
    let samples = without_registered(&pictures.samples, request.registered);
    let baseline = build_baseline(&samples, BaselineConfig::default()).map_err(median)?;
    let picture = colour_median(&pictures.colours, &samples, &baseline);
    let (width, height) = pictures.size.unwrap_or_default();
    let before = store.approved(&request.view)?;
    let new = New {
        baseline: &baseline,
        picture: &picture,
        picture_size: [width, height],
        origin: Origin::Built { from: request.from.clone() },
        unjudged: Vec::new(),
        built_at: request.built_at,
    };
    let mut stored = store.add(&request.view, &new)?;
    if !request.by_rule {
        return Ok(Built { stored, not_by_rule: None });
    }
    let not_by_rule = match before {
        None => Some("no version was approved before it: a person approves the first".to_owned()),
        Some(before) => differs(&store.open(&before)?, &baseline, request)?,
    };
    if not_by_rule.is_none() {
        let by = Approver::Rule(SAME_AS_APPROVED.to_owned());
        stored = store.approve(&stored, &Approval { by, at: request.built_at, note: None })?;
    }
    Ok(Built { stored, not_by_rule })
}

/// What is not as in the approved version, if anything is.
fn differs(before: &Baseline, now: &Baseline, request: &BuildRequest<'_>) -> Result<Option<String>, BaselineError> {
    let comparer = Comparer::new(before, request.registered, CompareConfig::default())
        .map_err(|source| BaselineError::Comparer { view: request.view.to_string(), source })?;
    let comparison = comparer.compare(now.grey(), &[]);
    if comparison.pose.fit().is_none() {
        return Ok(Some("it does not show the view of the approved version".to_owned()));
    }
    let other = comparison.verdicts.iter().find(|v| !matches!(v.state, State::Same | State::CannotJudge));
    if let Some(verdict) = other {
        return Ok(Some(format!("component {} is found {}", verdict.component, verdict.state.as_str())));
    }
    let same = comparison.verdicts.iter().filter(|v| v.state == State::Same).count();
    let most = 2 * same > comparison.verdicts.len();
    Ok((!most).then(|| format!("only {same} of {} components can be told", comparison.verdicts.len())))
}

/// The median colour of each pixel over the pictures whose movers do not cover it.
fn colour_median(colours: &[Raster], samples: &[Sample], baseline: &Baseline) -> Raster {
    let (width, height) = (baseline.grey().width(), baseline.grey().height());
    let mut out = Raster::filled(width, height, [0; 3]);
    let covered = |sample: &Sample, x: usize, y: usize| {
        let (px, py) = ((x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32);
        sample.movers.iter().any(|b| px >= b.x && px < b.x + b.w && py >= b.y && py < b.y + b.h)
    };
    let mut values = Vec::with_capacity(colours.len());
    for y in 0..height {
        for x in 0..width {
            let shown: Vec<&Raster> = colours
                .iter()
                .zip(samples)
                .filter(|(_, s)| s.movers.is_empty() || !covered(s, x, y))
                .map(|(c, _)| c)
                .collect();
            let from = if shown.is_empty() { colours.iter().collect() } else { shown };
            let at = (y * width + x) * 3;
            for channel in 0..3 {
                values.clear();
                values.extend(from.iter().map(|raster| raster.data[at + channel]));
                let middle = values.len() / 2;
                if middle < values.len() {
                    out.data[at + channel] = *values.select_nth_unstable(middle).1;
                }
            }
        }
    }
    out
}
