//! `model.toml`: what a model is, what it wants and what its numbers mean.
//!
//! ```toml
//! name = "yolox-nano"
//! version = "0.1.1"
//! file = "yolox_nano.onnx"
//! sha256 = "695e…"
//! licence = "Apache-2.0"
//! provenance = "…"
//! classes = ["person", "bicycle"]      # the model's own names, in its order
//!
//! [input]
//! width = 416
//! height = 416
//!
//! [output]
//! family = "yolox"
//!
//! [labels]                             # a class that is not named here is dropped
//! person = "person"
//! bicycle = "two-wheeler"
//!
//! [thresholds]
//! score = 0.1
//! ```

use operators::vocabulary::{Condition, Label};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A model's manifest, checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name, as candidates carry it.
    pub name: String,
    /// Version, as candidates carry it.
    pub version: String,
    /// File name of the weights.
    pub file: String,
    /// SHA-256 of the weights, 64 hexadecimal digits.
    pub sha256: String,
    /// SPDX licence identifier of the weights.
    pub licence: String,
    /// Where the weights come from.
    pub provenance: String,
    /// The model's own class names, in the order of its outputs.
    pub classes: Vec<String>,
    /// What the model wants to see.
    pub input: InputSpec,
    /// What its outputs mean.
    pub output: OutputSpec,
    /// The model's class name to our word; a class without an entry is dropped.
    #[serde(default)]
    pub labels: BTreeMap<String, Meaning>,
    /// What is kept.
    #[serde(default)]
    pub thresholds: Thresholds,
}

/// Our word for a class: an object or, from a classifier, a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// An object.
    Object(Label),
    /// A condition of a bin or a load.
    State(Condition),
}

impl<'de> Deserialize<'de> for Meaning {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::{Error, IntoDeserializer, value::StrDeserializer};
        let word = String::deserialize(deserializer)?;
        let text: StrDeserializer<D::Error> = word.as_str().into_deserializer();
        if let Ok(condition) = Condition::deserialize(text) {
            return Ok(Meaning::State(condition));
        }
        Label::ALL.into_iter().find(|l| l.as_str() == word).map(Meaning::Object).ok_or_else(|| {
            let labels = Label::ALL.map(Label::as_str).join(", ");
            D::Error::custom(format!("`{word}` is neither a condition nor one of the labels {labels}"))
        })
    }
}

/// Order of the input's axes after the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Channel, row, column.
    #[default]
    Nchw,
    /// Row, column, channel.
    Nhwc,
}

/// Order of the channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Red first.
    #[default]
    Rgb,
    /// Blue first.
    Bgr,
}

/// How a picture becomes the input's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resize {
    /// Keeps the aspect and pads.
    #[default]
    Letterbox,
    /// Fills the input, aspect or not.
    Stretch,
}

/// Where a letterboxed picture lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anchor {
    /// Padding on both sides (Ultralytics).
    #[default]
    Centre,
    /// Padding to the right and below (YOLOX).
    TopLeft,
}

/// What the model wants to see: `value = (rgb * scale - mean) / std`, rgb 0..255.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// Name of the picture's tensor. Only TensorRT with batches needs it, to build one
    /// engine for all batch sizes.
    pub name: Option<String>,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Order of the axes.
    #[serde(default)]
    pub layout: Layout,
    /// Order of the channels; `mean` and `std` follow it.
    #[serde(default)]
    pub colour: Colour,
    /// Factor on 0..255.
    #[serde(default = "one")]
    pub scale: f32,
    /// Subtracted after scaling, by channel.
    #[serde(default)]
    pub mean: [f32; 3],
    /// Divisor after subtraction, by channel.
    #[serde(default = "ones")]
    pub std: [f32; 3],
    /// How the picture becomes the input's size.
    #[serde(default)]
    pub resize: Resize,
    /// Grey of the padding, 0..255.
    #[serde(default = "letterbox_grey")]
    pub pad: f32,
    /// Where the letterboxed picture lies.
    #[serde(default)]
    pub anchor: Anchor,
    /// Share of a box's own size that a classifier's crop adds on each side.
    #[serde(default)]
    pub crop_margin: f32,
    /// Whether the box is first made a square of its longer side, in pixels, about its centre: what lies beside a thing
    /// that is taller than wide is then in its crop.
    #[serde(default)]
    pub crop_square: bool,
    /// Name of a second input that wants the picture's size as int64 `[batch, 2]`
    /// (RT-DETR's `orig_target_sizes`); it is given the input's width and height.
    pub size_input: Option<String>,
}

impl InputSpec {
    /// Gain and offset that turn 0..255 into the value of channel `c`.
    pub(crate) fn gain_and_offset(&self, c: usize) -> (f32, f32) {
        (self.scale / self.std[c], -self.mean[c] / self.std[c])
    }
}

/// Output families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// `[anchors, 5 + classes]`: centre, size, objectness, class scores.
    Yolox,
    /// `[4 + classes, anchors]` or its transpose: centre, size, class scores; no NMS inside.
    Yolov8,
    /// `[n, 6]`: corners, score, class; NMS inside or none needed (YOLOv10, YOLO26).
    #[serde(rename = "end-to-end")]
    EndToEnd,
    /// Queries with logits and boxes, or labels, boxes and scores.
    Detr,
    /// One score for each class.
    Classifier,
}

impl Family {
    /// The word in the manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Family::Yolox => "yolox",
            Family::Yolov8 => "yolov8",
            Family::EndToEnd => "end-to-end",
            Family::Detr => "detr",
            Family::Classifier => "classifier",
        }
    }
}

/// What class scores still need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scores {
    /// Nothing: they are 0..1.
    #[default]
    Probabilities,
    /// A sigmoid each.
    Sigmoid,
    /// A softmax over the classes (DETR: over the classes and a last one, "no object").
    Softmax,
}

/// How boxes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BoxUnits {
    /// Pixels of the input.
    Pixels,
    /// 0..1 of the input.
    Relative,
}

/// What the outputs mean.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputSpec {
    /// Family.
    pub family: Family,
    /// yolox: boxes are in pixels already, grid and stride applied inside.
    #[serde(default)]
    pub decoded: bool,
    /// yolox, not decoded: strides of the grids, in the order of the anchors.
    #[serde(default = "strides")]
    pub strides: Vec<usize>,
    /// What class scores still need.
    #[serde(default)]
    pub scores: Scores,
    /// How boxes are written; the family's habit when left out (detr's logits and
    /// boxes: relative; all others: pixels).
    pub units: Option<BoxUnits>,
    /// Tensor of the boxes, or the only tensor; the first output when left out.
    pub boxes: Option<String>,
    /// detr: tensor of the logits.
    pub logits: Option<String>,
    /// detr: tensor of the labels, where the model picks them itself.
    pub labels: Option<String>,
    /// detr: tensor of those labels' scores.
    pub label_scores: Option<String>,
}

/// What is kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Least score. Low on purpose: the tracker uses weak boxes to keep a stay alive.
    #[serde(default = "default_score")]
    pub score: f32,
    /// Boxes of one kind that overlap by more than this IoU are one object.
    #[serde(default = "default_iou")]
    pub iou: f32,
    /// Motor vehicles of which one holds more than this share of the other are one
    /// object; 1 turns that off.
    #[serde(default = "one")]
    pub contained: f32,
    /// Least score by label, where it differs.
    #[serde(default)]
    pub labels: BTreeMap<Label, f32>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds { score: default_score(), iou: default_iou(), contained: 1.0, labels: BTreeMap::new() }
    }
}

impl Thresholds {
    /// Least score for a label.
    pub fn for_label(&self, label: Label) -> f32 {
        self.labels.get(&label).copied().unwrap_or(self.score)
    }

    /// Least score of any label: what a decoder need not look below.
    pub fn lowest(&self) -> f32 {
        self.labels.values().copied().fold(self.score, f32::min)
    }
}

const fn one() -> f32 {
    1.0
}
const fn ones() -> [f32; 3] {
    [1.0; 3]
}
const fn letterbox_grey() -> f32 {
    114.0
}
fn strides() -> Vec<usize> {
    vec![8, 16, 32]
}
const fn default_score() -> f32 {
    0.1
}
const fn default_iou() -> f32 {
    0.65
}

/// Why a manifest was refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ManifestError {
    /// Not readable.
    #[error("cannot read the model manifest {path}: {why}")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// The system's word.
        why: String,
    },
    /// Not TOML, an unknown or missing key, a wrong type.
    #[error("{path}:{line}: {what}")]
    Syntax {
        /// File.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong, with the key.
        what: String,
    },
    /// Well-formed, yet wrong.
    #[error("{path}: `{key}` {what}")]
    Value {
        /// File.
        path: PathBuf,
        /// Key.
        key: String,
        /// What is wrong and what would be right.
        what: String,
    },
}

/// Longest side of an input that is taken; beyond it a manifest is a mistake.
const MAX_INPUT: usize = 4096;

impl Manifest {
    /// Reads and checks `model.toml` in `folder`.
    ///
    /// # Errors
    /// Unreadable, unknown or missing keys (with file, line and key), values out of range.
    pub fn load(folder: &Path) -> Result<Manifest, ManifestError> {
        let path = folder.join("model.toml");
        let text = std::fs::read_to_string(&path)
            .map_err(|e| ManifestError::Unreadable { path: path.clone(), why: e.to_string() })?;
        Manifest::parse(&text, &path)
    }

    /// Checks a manifest's text; `path` is only for errors.
    ///
    /// # Errors
    /// As [`Manifest::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Manifest, ManifestError> {
        let manifest: Manifest = toml::from_str(text).map_err(|e| {
            let offset = e.span().map_or(0, |s| s.start.min(text.len()));
            let line = text.as_bytes()[..offset].iter().filter(|&&b| b == b'\n').count() + 1;
            ManifestError::Syntax { path: path.to_owned(), line, what: e.message().to_owned() }
        })?;
        match manifest.fault() {
            Some((key, what)) => Err(ManifestError::Value { path: path.to_owned(), key: key.to_owned(), what }),
            None => Ok(manifest),
        }
    }

    /// Our word for a class index of the model.
    pub fn meaning(&self, class: usize) -> Option<Meaning> {
        self.labels.get(self.classes.get(class)?).copied()
    }

    /// The first thing that is wrong: key and reason.
    fn fault(&self) -> Option<(&'static str, String)> {
        let i = &self.input;
        let sha_ok = self.sha256.len() == 64 && self.sha256.bytes().all(|b| b.is_ascii_hexdigit());
        if !sha_ok {
            return Some(("sha256", "must be 64 hexadecimal digits; `sha256sum FILE` prints them".into()));
        }
        if self.file.is_empty() || Path::new(&self.file).components().count() != 1 || self.file.contains("..") {
            return Some(("file", format!("must be a plain file name, not `{}`", self.file)));
        }
        if self.classes.is_empty() {
            return Some(("classes", "must list the model's own class names in order".into()));
        }
        if let Some(unknown) = self.labels.keys().find(|k| !self.classes.contains(k)) {
            return Some(("labels", format!("names the class `{unknown}`, which `classes` does not list")));
        }
        let side = |n: usize| (1..=MAX_INPUT).contains(&n);
        if !side(i.width) || !side(i.height) {
            return Some(("input.width, input.height", format!("must be 1 to {MAX_INPUT}")));
        }
        let usable = i.scale.is_finite() && i.mean.iter().chain(&i.std).all(|v| v.is_finite());
        if !usable || i.scale == 0.0 || i.std.contains(&0.0) {
            return Some(("input.scale, mean, std", "must be finite, and scale and std not 0".into()));
        }
        if !(0.0..=255.0).contains(&i.pad) {
            return Some(("input.pad", "is a grey of 0 to 255".into()));
        }
        if !(0.0..=10.0).contains(&i.crop_margin) {
            return Some(("input.crop_margin", "must be 0 to 10 times the box".into()));
        }
        if self.output.strides.is_empty() || self.output.strides.iter().any(|&s| s == 0 || s > MAX_INPUT) {
            return Some(("output.strides", format!("must be 1 to {MAX_INPUT} each")));
        }
        if self.output.labels.is_some() != self.output.label_scores.is_some() {
            return Some(("output.labels", "and `output.label_scores` go together".into()));
        }
        let t = &self.thresholds;
        let all = [t.score, t.iou, t.contained];
        if !all.iter().chain(t.labels.values()).all(|v| (0.0..=1.0).contains(v)) {
            return Some(("thresholds", "must be 0 to 1 each".into()));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = r#"name = "m"
version = "1"
file = "m.onnx"
sha256 = "695e750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14"
licence = "Apache-2.0"
provenance = "made by hand"
classes = ["man", "lorry", "lid-up"]
[input]
width = 416
height = 416
[output]
family = "yolox"
[labels]
man = "person"
lid-up = "bin-lid-open"
[thresholds]
labels = { person = 0.3 }
"#;

    fn parse(text: &str) -> Result<Manifest, ManifestError> {
        Manifest::parse(text, Path::new("m/model.toml"))
    }

    fn refusal(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from));
        parse(&GOOD.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn classes_map_to_labels_and_conditions_and_the_rest_is_dropped() {
        let m = parse(GOOD).unwrap();
        assert_eq!(m.meaning(0), Some(Meaning::Object(Label::Person)));
        assert_eq!(m.meaning(1), None);
        assert_eq!(m.meaning(2), Some(Meaning::State(Condition::BinLidOpen)));
        assert_eq!(m.meaning(3), None);
        assert_eq!(m.thresholds.for_label(Label::Person), 0.3);
        assert_eq!(m.thresholds.for_label(Label::Car), 0.1);
        assert_eq!(m.thresholds.lowest(), 0.1);
    }

    #[test]
    fn an_unknown_key_is_refused_with_file_line_and_key() {
        let e = refusal("height = 416", "height = 416\nheigth = 416");
        assert!(e.starts_with("m/model.toml:11:") && e.contains("heigth"), "{e}");
        let e = refusal("man = \"person\"", "man = \"persona\"");
        assert!(e.starts_with("m/model.toml:14:") && e.contains("persona"), "{e}");
        let e = refusal("family = \"yolox\"", "family = \"yolo\"");
        assert!(e.starts_with("m/model.toml:12:") && e.contains("yolo"), "{e}");
    }

    #[test]
    fn values_that_cannot_be_are_refused_with_their_key() {
        for (from, to, key) in [
            ("sha256 = \"695e", "sha256 = \"", "`sha256`"),
            ("m.onnx", "../m.onnx", "`file`"),
            ("man = ", "woman = ", "`labels`"),
            ("width = 416", "width = 0", "input.width"),
            ("height = 416", "height = 416\nstd = [1, 0, 1]", "input.scale"),
            ("family = \"yolox\"", "family = \"yolox\"\nstrides = [0]", "output.strides"),
            ("person = 0.3", "person = 1.3", "`thresholds`"),
            ("person = 0.3", "person = nan", "`thresholds`"),
        ] {
            let e = refusal(from, to);
            assert!(e.contains(key) && e.starts_with("m/model.toml"), "{to}: {e}");
        }
    }

    #[test]
    fn the_shipped_manifests_load() {
        let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights");
        let mut seen = 0;
        for folder in std::fs::read_dir(weights).unwrap() {
            let folder = folder.unwrap().path();
            if folder.is_dir() {
                Manifest::load(&folder).unwrap();
                seen += 1;
            }
        }
        assert!(seen > 0);
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_taken_but_never_panics(at in 0..GOOD.len(), junk in "\\PC{0,12}") {
            let mut text = GOOD.to_owned();
            text.insert_str(at, &junk);
            let _ = parse(&text);
        }
    }
}
