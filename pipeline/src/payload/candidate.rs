//! A candidate case: what a reviewer decides on.

use super::{OffsetTime, Unit};
use operators::vocabulary::{BBox, Label, Moment, Transition};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One real-world event that a rule found, for a person to decide on.
///
/// One candidate per event: it is raised once, then updated, then ended or
/// withdrawn, always under the same `id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// UUIDv5 of camera, preset, zone, rule and start: the same on every replay.
    pub id: Uuid,
    /// Rule kind as CITY.toml writes it: `illegal-parking`, `street-vending`, …
    pub rule: String,
    /// Code of the class in the city's table, e.g. `09009`.
    pub class_code: String,
    /// Name of the class in the city's table.
    pub class_name: String,
    /// Which versioned class table the code is from, e.g. `gbt-47678.5-2026`:
    /// one code means different things in different tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_table: Option<String>,
    /// Camera id; the device's id where readings raised it.
    pub camera: String,
    /// Preset the camera stood at; empty where readings raised it.
    pub preset: String,
    /// Zone id; the fence, road or plan where readings raised it, or the device's kind.
    pub zone: String,
    /// Management grid cell (单元网格); null where the city gave none.
    #[serde(default)]
    pub grid: Option<String>,
    /// Longitude and latitude in degrees; null where the city gave none.
    #[serde(default)]
    pub location: Option<[f64; 2]>,
    /// Component id (部件), where the zone watches one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// What is wrong with the component, or with the place where none is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<ComponentFinding>,
    /// What readings of a device say, where they raised it rather than a camera.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<SensorFinding>,
    /// First time the object stood there.
    pub first_seen: OffsetTime,
    /// Time of the deciding picture.
    pub raised_at: OffsetTime,
    /// Last time the object was seen there.
    pub last_seen: OffsetTime,
    /// Where the candidate is in its life.
    pub state: State,
    /// Why it ended or was withdrawn, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The object as last seen.
    pub object: Object,
    /// Seconds from `first_seen` to `last_seen`.
    pub dwell_s: f64,
    /// Files that prove it. What could not be written is missing here.
    pub evidence: Vec<EvidenceItem>,
    /// The model that saw the object.
    pub model: ModelRef,
    /// Version of the rule's logic.
    pub rule_version: String,
}

/// Where a candidate is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The rule made up its mind; sent once.
    Raised,
    /// Still going on.
    Updated,
    /// The object left, or the state is normal again; the last word.
    Ended,
    /// Found to be wrong by the pipeline itself; the last word.
    Withdrawn,
}

impl State {
    /// The word as payloads write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Raised => "raised",
            State::Updated => "updated",
            State::Ended => "ended",
            State::Withdrawn => "withdrawn",
        }
    }

    /// Whether nothing comes after it.
    pub const fn is_final(self) -> bool {
        matches!(self, State::Ended | State::Withdrawn)
    }
}

impl From<Transition> for State {
    fn from(transition: Transition) -> State {
        match transition {
            Transition::Raised => State::Raised,
            Transition::Updated => State::Updated,
            Transition::Ended => State::Ended,
            Transition::Withdrawn => State::Withdrawn,
        }
    }
}

/// The object a candidate is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Object {
    /// What it is: `car`, `stall`, `bin`, …
    pub label: String,
    /// Confidence of the label, 0..1.
    #[schemars(range(min = 0, max = 1))]
    pub score: f32,
    /// Left, top, width, height, each 0..1 of the picture.
    #[schemars(inner(range(min = 0, max = 1)))]
    pub bbox: [f32; 4],
    /// Number plate, where one was read.
    #[serde(default)]
    pub plate: Option<String>,
}

impl Object {
    /// An object without a plate; the box is cut to the picture.
    pub fn new(label: Label, score: f32, bbox: BBox) -> Self {
        Object { label: label.to_string(), score: score.clamp(0.0, 1.0), bbox: bbox.clipped().into(), plate: None }
    }
}

/// What a comparison with the baseline found, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComponentFinding {
    /// `missing`, `displaced`, `damaged`, `blocked`, or `unregistered`.
    pub fault: String,
    /// Its fault is an emergency: look at it first.
    pub urgent: bool,
    /// Pictures that showed the fault.
    pub seen: u32,
    /// Pictures that showed the component, from the first that showed the fault.
    pub looks: u32,
    /// The component's name in the register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its competent department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub competent: Option<Unit>,
    /// Its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Unit>,
    /// What it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineRef>,
}

/// Which baseline, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineRef {
    /// Part of the day.
    pub part: String,
    /// Version within camera, preset and part.
    pub version: u32,
    /// Time of the last picture it was made of.
    pub until: OffsetTime,
    /// Who approved it: a person's name, or `rule NAME`.
    pub approved_by: String,
    /// When it was approved.
    pub approved_at: OffsetTime,
}

/// What readings of a device say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SensorFinding {
    /// Kind of the device: `vehicle`, `bin`, `cover`, `gauge`; `plan` where planned work was not done.
    pub kind: String,
    /// Number plate of a vehicle, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<String>,
    /// What the vehicle is for: `muck-truck`, `sweeper`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Name of the device for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Name of the fence, road, route or plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The worst value.
    pub value: f32,
    /// What it was compared with.
    pub limit: f32,
    /// Unit of both: `km/h`, `m`, `min`, `share`, `°`, `°C`, `cm`, `score`.
    pub unit: String,
    /// Somebody may be hurt: look at it first.
    pub urgent: bool,
    /// What agrees and what does not, each in a few words.
    pub notes: Vec<String>,
}

/// One file of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceItem {
    /// What it shows.
    pub kind: EvidenceKind,
    /// When it was taken; for a clip, when it begins.
    pub at: OffsetTime,
    /// Where it lies: `file:///…` or `s3://…`.
    pub uri: String,
    /// SHA-256 of the file, lower-case hexadecimal.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
}

/// What a file of evidence shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceKind {
    /// Marked still: the object came to stand there.
    Start,
    /// Marked still: half of the dwell.
    Middle,
    /// Marked still: the deciding picture.
    End,
    /// The deciding picture without any mark.
    Scene,
    /// The object cut out of the deciding picture, without any mark.
    Crop,
    /// Video around the decision, as the camera sent it.
    Clip,
    /// The view as it should be, with the component's outline.
    Baseline,
    /// The deciding picture laid onto the baseline, the difference marked, and both close by.
    Overlay,
    /// The device's way on a map, with the fence, route or road.
    Map,
    /// The readings about the decision, as GeoJSON.
    Track,
    /// The list of the other files with their hashes and every version involved.
    Manifest,
}

impl EvidenceKind {
    /// The word as payloads and metrics write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            EvidenceKind::Start => "start",
            EvidenceKind::Middle => "middle",
            EvidenceKind::End => "end",
            EvidenceKind::Scene => "scene",
            EvidenceKind::Crop => "crop",
            EvidenceKind::Clip => "clip",
            EvidenceKind::Baseline => "baseline",
            EvidenceKind::Overlay => "overlay",
            EvidenceKind::Map => "map",
            EvidenceKind::Track => "track",
            EvidenceKind::Manifest => "manifest",
        }
    }
}

impl From<Moment> for EvidenceKind {
    fn from(moment: Moment) -> EvidenceKind {
        match moment {
            Moment::Start => EvidenceKind::Start,
            Moment::Middle => EvidenceKind::Middle,
            Moment::End => EvidenceKind::End,
        }
    }
}

/// Which model, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelRef {
    /// Name in the model's manifest.
    pub name: String,
    /// Version in the model's manifest.
    pub version: String,
    /// SHA-256 of the model file, lower-case hexadecimal.
    pub sha256: String,
}

#[cfg(test)]
mod tests {
    use crate::payload::{Candidate, examples};

    #[test]
    fn the_payload_has_the_words_of_the_contract() {
        let json = serde_json::to_value(examples::candidate()).expect("serialises");
        let words = "id rule class_code class_name camera preset zone grid location first_seen raised_at last_seen \
                     state object dwell_s evidence model rule_version";
        for word in words.split_whitespace() {
            assert!(json.get(word).is_some(), "{word} is missing");
        }
        assert_eq!(json["first_seen"], "2026-06-01T08:00:00+08:00");
        assert_eq!(json["state"], "raised");
        assert_eq!(json["object"]["bbox"], serde_json::json!([0.25, 0.5, 0.125, 0.125]));
        assert!(json["object"].get("plate").is_some(), "plate is there even when it is null");
        assert!(json.get("component").is_none(), "component only where there is one");
    }

    #[test]
    fn a_payload_with_words_of_a_later_version_still_reads() {
        let mut json = serde_json::to_value(examples::candidate()).expect("serialises");
        json["weather"] = "rain".into();
        json["object"]["colour"] = "blue".into();
        assert_eq!(serde_json::from_value::<Candidate>(json).expect("reads"), examples::candidate());
    }
}
