//! From a row to a component: every field is checked, the first that is wrong refuses the row.

use super::field::Field;
use super::id::ComponentCode;
use super::outline::{self, short};
use super::row::{RawView, Row};
use crate::codes::{ClassTable, component_kind};
use crate::payload::{Component, ComponentNature, ComponentState, ComponentView, Outline, Shape, Unit};
use jiff::civil::Date;

/// The preset of a view that names none, as in CITY.toml.
const HOME: &str = "home";

/// What ids are checked against.
#[derive(Debug, Clone)]
pub struct Checks {
    /// The city's division: the digits with which every id must begin.
    pub district: Option<String>,
    /// Class tables; a code must stand in the one whose codes are of its length.
    pub tables: Vec<ClassTable>,
}

/// Why a row is refused: the field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub field: &'static str,
    pub reason: String,
}

fn refuse(field: Field, reason: impl Into<String>) -> Refusal {
    Refusal { field: field.as_str(), reason: reason.into() }
}

/// A component, and what should be better about it.
pub(super) type Checked = (Component, Vec<String>);

/// Checks one row.
///
/// # Errors
/// The first field that is wrong.
pub(super) fn check(row: &Row, checks: &Checks) -> Result<Checked, Refusal> {
    let mut remarks = Vec::new();
    let id = row.get(Field::Id).ok_or_else(|| refuse(Field::Id, "is missing: a component is known by its id"))?;
    let code = ComponentCode::parse(id).map_err(|e| refuse(Field::Id, e.to_string()))?;
    let class_name = check_code(id, &code, checks, row.get(Field::Name).is_some(), &mut remarks)?;
    let kind = component_kind(code.class);
    let views = views(row)?;
    let nature = match row.get(Field::Nature) {
        Some(text) => nature(text)?,
        None => kind.map_or_else(|| guess(&views), |kind| kind.nature),
    };
    for view in &views {
        if matches!(view.outline, Outline::Polyline(_)) && nature != ComponentNature::Line {
            let why = format!("a `{}` component is an area: give its polygon", nature.as_str());
            return Err(refuse(Field::Polyline, why));
        }
    }
    let name = row.get(Field::Name).map(str::to_owned).or(class_name).unwrap_or_default();
    let state = match row.get(Field::State) {
        Some(text) => state(text)?,
        None => ComponentState::Whole,
    };
    for (field, standard) in Field::MANDATORY {
        if row.get(field).is_none() {
            remarks.push(format!("`{}` ({standard}) is missing, which GB/T 47678.5 demands", field.as_str()));
        }
    }
    let component = Component {
        id: id.to_owned(),
        class_code: code.class.to_owned(),
        name,
        state,
        nature,
        urgent: match row.get(Field::Urgent) {
            Some(text) => yes_or_no(text)?,
            None => kind.is_some_and(|kind| kind.urgent),
        },
        competent: unit(row, Field::CompetentCode, Field::CompetentName),
        owner: unit(row, Field::OwnerCode, Field::OwnerName),
        keeper: unit(row, Field::KeeperCode, Field::KeeperName),
        grid: row.get(Field::Grid).map(grid).transpose()?,
        street: unit(row, Field::StreetCode, Field::StreetName),
        community: unit(row, Field::CommunityCode, Field::CommunityName),
        entered: date(row, Field::Entered)?,
        changed: date(row, Field::Changed)?,
        source: row.get(Field::Source).map(str::to_owned),
        note: row.get(Field::Note).map(str::to_owned),
        shape: shape(row)?,
        views,
    };
    Ok((component, remarks))
}

/// District and class; answers the class's name.
fn check_code(
    id: &str,
    code: &ComponentCode<'_>,
    checks: &Checks,
    named: bool,
    remarks: &mut Vec<String>,
) -> Result<Option<String>, Refusal> {
    if let Some(district) = &checks.district
        && !id.starts_with(district.as_str())
    {
        let why = format!("{id} is of division {}, this city's ids begin with {district}", code.division);
        return Err(refuse(Field::Id, why));
    }
    let Some(table) = checks.tables.iter().find(|table| table.has_components(code.class.len())) else {
        return Ok(None);
    };
    if let Some(class) = table.component(code.class) {
        return Ok(Some(class.name));
    }
    if !table.has_major(code.class.len(), code.major()) {
        let why = format!("class {} of {id}: table {} has no major class {}", code.class, table.id(), code.major());
        return Err(refuse(Field::Id, why));
    }
    // A digit lost makes an id of the other generation, whose class is then seldom known.
    if checks.tables.first().is_some_and(|own| own.id() != table.id() && !own.has_components(code.class.len())) {
        let why = format!("{id} has {} digits, and its class {} is not in table {}", id.len(), code.class, table.id());
        return Err(refuse(Field::Id, format!("{why}; is a digit missing?")));
    }
    if !named {
        let why = format!("class {} of {id} is not in table {}; give the row a name", code.class, table.id());
        return Err(refuse(Field::Id, why));
    }
    remarks.push(format!("class {} is not in table {}: kept under the row's own name", code.class, table.id()));
    Ok(None)
}

fn state(text: &str) -> Result<ComponentState, Refusal> {
    let known =
        ComponentState::ALL.iter().find(|(_, word, english)| text == *word || text.eq_ignore_ascii_case(english));
    let words = || ComponentState::ALL.map(|(_, word, english)| format!("{word} ({english})")).join(", ");
    let wrong = || refuse(Field::State, format!("\"{}\" is none of {}", short(text), words()));
    known.map(|(state, ..)| *state).ok_or_else(wrong)
}

fn nature(text: &str) -> Result<ComponentNature, Refusal> {
    let words = || ComponentNature::ALL.map(|(_, word)| word).join(", ");
    let wrong = || refuse(Field::Nature, format!("\"{}\" is none of {}", short(text), words()));
    ComponentNature::ALL.iter().find(|(_, word)| *word == text).map(|(nature, _)| *nature).ok_or_else(wrong)
}

/// Of a class that nobody knows: a line is a railing, an area stands.
fn guess(views: &[ComponentView]) -> ComponentNature {
    match views.first().map(|view| &view.outline) {
        Some(Outline::Polyline(_)) => ComponentNature::Line,
        _ => ComponentNature::Standing,
    }
}

fn yes_or_no(text: &str) -> Result<bool, Refusal> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" | "是" => Ok(true),
        "false" | "no" | "0" | "否" => Ok(false),
        _ => Err(refuse(Field::Urgent, format!("\"{}\" is neither true nor false", short(text)))),
    }
}

fn unit(row: &Row, code: Field, name: Field) -> Option<Unit> {
    let unit = Unit { code: row.get(code).map(str::to_owned), name: row.get(name).map(str::to_owned) };
    (unit != Unit::default()).then_some(unit)
}

fn grid(text: &str) -> Result<String, Refusal> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.len() {
        14 | 15 if digits => Ok(text.to_owned()),
        20 if digits => {
            let why = "has 20 digits: that is a community service cell (CJ/T 349), not a unit grid cell of 15";
            Err(refuse(Field::Grid, why))
        }
        _ => Err(refuse(Field::Grid, format!("\"{}\" is no cell: 15 digits (or 14 by CJ/T 213)", short(text)))),
    }
}

/// `20260105`, `2026-01-05` or `2026/1/5`, with or without a time behind it.
fn date(row: &Row, field: Field) -> Result<Option<String>, Refusal> {
    let Some(text) = row.get(field) else { return Ok(None) };
    let day = text.split([' ', 'T']).next().unwrap_or(text);
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    let date = match parts.as_slice() {
        [one] if one.len() == 8 && one.is_ascii() => numbers(&one[..4], &one[4..6], &one[6..]),
        [year, month, day] => numbers(year, month, day),
        _ => None,
    };
    let wrong = || refuse(field, format!("\"{}\" is no date; write 20260105 or 2026-01-05", short(text)));
    date.map(|date| Some(date.to_string())).ok_or_else(wrong)
}

fn numbers(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok().filter(|date| date.year() > 1900)
}

fn shape(row: &Row) -> Result<Option<Shape>, Refusal> {
    if let Some(geometry) = &row.geometry {
        let wrong = |reason| Refusal { field: "geometry", reason };
        return outline::shape(geometry).map(Some).map_err(wrong);
    }
    if let Some(text) = row.get(Field::Shape) {
        return outline::well_known_text(text).map(Some).map_err(|reason| refuse(Field::Shape, reason));
    }
    let number = |field: Field| match row.get(field).map(str::parse::<f64>) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => Err(refuse(field, "is no number of degrees")),
    };
    match (number(Field::Longitude)?, number(Field::Latitude)?) {
        (None, None) => Ok(None),
        (Some(lon), Some(lat)) => {
            let point = serde_json::json!({ "type": "Point", "coordinates": [lon, lat] });
            outline::shape(&point).map(Some).map_err(|reason| refuse(Field::Longitude, reason))
        }
        _ => Err(refuse(Field::Longitude, "longitude and latitude belong together; one is missing")),
    }
}

fn views(row: &Row) -> Result<Vec<ComponentView>, Refusal> {
    let mut views: Vec<ComponentView> = Vec::new();
    for raw in row.own_view().iter().chain(&row.views) {
        let view = view(raw)?;
        if views.iter().any(|v| (&v.camera, &v.preset) == (&view.camera, &view.preset)) {
            let why = format!("stands twice in the view of camera {} at preset {}", view.camera, view.preset);
            return Err(refuse(Field::Camera, why));
        }
        views.push(view);
    }
    Ok(views)
}

fn view(raw: &RawView) -> Result<ComponentView, Refusal> {
    let camera = raw.camera.clone().ok_or_else(|| refuse(Field::Camera, "an outline needs the camera that sees it"))?;
    let outline = match (&raw.polygon, &raw.polyline) {
        (Some(text), None) => outline::polygon(text).map_err(|reason| refuse(Field::Polygon, reason))?,
        (None, Some(text)) => outline::polyline(text).map_err(|reason| refuse(Field::Polyline, reason))?,
        (None, None) => {
            return Err(refuse(Field::Polygon, "is missing: where does the camera see it? (or a polyline)"));
        }
        (Some(_), Some(_)) => return Err(refuse(Field::Polyline, "a view has a polygon or a polyline, not both")),
    };
    let width = match raw.width.as_deref().map(str::parse::<f32>) {
        None => None,
        Some(Ok(width)) if width > 0.0 && width <= 0.5 => Some(width),
        Some(_) => {
            return Err(refuse(Field::Width, "is the band of a polyline: over 0, at most 0.5 of the picture's height"));
        }
    };
    if width.is_some() && matches!(outline, Outline::Polygon(_)) {
        return Err(refuse(Field::Width, "belongs to a polyline; a polygon has its own width"));
    }
    let preset = raw.preset.clone().unwrap_or_else(|| HOME.to_owned());
    Ok(ComponentView { camera, preset, outline, width })
}
