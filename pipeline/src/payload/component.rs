//! A street component (部件) as the city's census registers it, for topic `components`.

use operators::vocabulary::Point;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One registered component: a cover, a bin, a railing, a sign. The topic is
/// compacted by component id: the last one holds, a tombstone takes it out.
///
/// The attributes are those of GB/T 47678.5 table 2; the names in brackets are the standard's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Component {
    /// Id (GLBJBSM), digits only: 17 by GB/T 47678.5, 16 by CJ/T 214 and GB/T 30428.2.
    #[schemars(regex(pattern = "^[0-9]{16,17}$"))]
    pub id: String,
    /// Class code inside the id: major and minor, 5 digits of a 17-digit id, 4 of a 16-digit one.
    pub class_code: String,
    /// Name (GLBJMC), or the class's where the census has none.
    pub name: String,
    /// State (GLBJZT).
    pub state: ComponentState,
    /// What kind of thing it is to a camera.
    pub nature: ComponentNature,
    /// Its fault is an emergency, such as a missing cover: raised at once.
    pub urgent: bool,
    /// Competent department (ZGBMDM, ZGBMMC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub competent: Option<Unit>,
    /// Owner (QSDWDM, QSDWMC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Unit>,
    /// Who maintains it (YHDWDM, YHDWMC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeper: Option<Unit>,
    /// Unit grid cell (SZDYWGBSM).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<String>,
    /// Street (SZJDDM, SZJDMC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<Unit>,
    /// Community (SZSQDM, SZSQMC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<Unit>,
    /// Date of the first entry (CSRQ), `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered: Option<String>,
    /// Date of the last change (BGRQ), `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// Where the data came from (SJLY): 实测, 地形图, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Note (BZ).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where it stands on the ground; null where the census has no shape.
    #[serde(default)]
    pub shape: Option<Shape>,
    /// Where it appears in pictures.
    #[serde(default)]
    pub views: Vec<ComponentView>,
}

/// State of a component (GLBJZT), in the standard's five words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ComponentState {
    /// Whole.
    #[serde(rename = "完好")]
    Whole,
    /// Damaged.
    #[serde(rename = "破损")]
    Damaged,
    /// Lost.
    #[serde(rename = "丢失")]
    Lost,
    /// Abandoned.
    #[serde(rename = "废弃")]
    Abandoned,
    /// Removed.
    #[serde(rename = "移除")]
    Removed,
}

impl ComponentState {
    /// Every state with its word in the standard and one in English.
    pub const ALL: [(ComponentState, &'static str, &'static str); 5] = [
        (ComponentState::Whole, "完好", "whole"),
        (ComponentState::Damaged, "破损", "damaged"),
        (ComponentState::Lost, "丢失", "lost"),
        (ComponentState::Abandoned, "废弃", "abandoned"),
        (ComponentState::Removed, "移除", "removed"),
    ];

    /// Whether something should still stand there, so that a camera can miss it.
    /// What the census already calls lost is known, and would only be reported again.
    pub const fn is_there(self) -> bool {
        matches!(self, ComponentState::Whole | ComponentState::Damaged)
    }
}

/// What kind of thing a component is to a camera, and so which verdicts make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentNature {
    /// Flat in the ground: a cover, a grate.
    Flat,
    /// Stands up: a bin, a sign, a lamp.
    Standing,
    /// A line: a railing.
    Line,
    /// A surface with a picture on it: a billboard, a shop sign.
    Face,
    /// An area that must stay free: a fire lane, a ramp.
    Clear,
}

impl ComponentNature {
    /// Every nature with its word.
    pub const ALL: [(ComponentNature, &'static str); 5] = [
        (ComponentNature::Flat, "flat"),
        (ComponentNature::Standing, "standing"),
        (ComponentNature::Line, "line"),
        (ComponentNature::Face, "face"),
        (ComponentNature::Clear, "clear"),
    ];

    /// The word as payloads and files write it.
    pub fn as_str(self) -> &'static str {
        ComponentNature::ALL.iter().find(|(nature, _)| *nature == self).map_or("", |(_, word)| word)
    }
}

/// A department, an owner, a street: code and name, either may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Unit {
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A shape on the ground, as GeoJSON writes it: longitude and latitude in degrees, CGCS2000.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "coordinates")]
pub enum Shape {
    /// A point.
    Point([f64; 2]),
    /// A line of at least two points.
    LineString(Vec<[f64; 2]>),
    /// An area: rings of at least four points, the last equal to the first.
    Polygon(Vec<Vec<[f64; 2]>>),
}

/// Where a component appears in the pictures of a camera at a preset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComponentView {
    /// Camera id.
    pub camera: String,
    /// Preset.
    pub preset: String,
    /// Its outline in the picture.
    #[serde(flatten)]
    pub outline: Outline,
    /// Of a polyline: how wide its band is, 0..1 of the picture's height; a railing's height in the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<f32>,
}

/// An outline in a picture; coordinates are 0..1 of its width and height, from the upper left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outline {
    /// An area of at least three corners.
    Polygon(#[schemars(with = "Vec<[f32; 2]>")] Vec<Point>),
    /// A line of at least two points.
    Polyline(#[schemars(with = "Vec<[f32; 2]>")] Vec<Point>),
}

impl Outline {
    /// Its points in order.
    pub fn points(&self) -> &[Point] {
        match self {
            Outline::Polygon(points) | Outline::Polyline(points) => points,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::payload::{Component, ComponentState, examples};

    #[test]
    fn a_component_reads_back_as_it_was_written_in_the_standards_words() {
        let component = examples::component();
        let json = serde_json::to_value(&component).expect("serialises");
        assert_eq!(json["state"], "完好");
        assert_eq!(json["shape"]["type"], "Point");
        assert!(json["views"][0]["polygon"].is_array(), "{json}");
        assert_eq!(serde_json::from_value::<Component>(json).expect("reads"), component);
    }

    #[test]
    fn only_what_should_stand_there_is_watched() {
        let there: Vec<_> = ComponentState::ALL.iter().filter(|(s, ..)| s.is_there()).map(|(_, w, _)| *w).collect();
        assert_eq!(there, ["完好", "破损"]);
    }
}
