//! A change of the rules over readings in the words of the dispatch topic.

use super::book::Book;
use crate::codes::Class;
use crate::config::City;
use crate::payload::{Candidate, ModelRef, Object, OffsetTime, SensorFinding, candidate_id};
use crate::registry::ComponentCode;
use operators::fleet::VehicleClass;
use operators::vocabulary::{EventTime, SensorChange, SensorRule};

/// The candidate that a change is about, without evidence.
pub(super) fn candidate(city: &City, book: &Book, change: &SensorChange) -> Candidate {
    let time = |at: EventTime| time(city, at);
    let placed = book.devices.get(&change.device);
    let stands = placed.and_then(|device| device.place);
    let place = change.place.or(change.from).or(stands);
    let (class_code, class_name) = class(city, book, change);
    let kind = kind(change, book);
    Candidate {
        id: candidate_id(&change.device, "", &change.stay),
        rule: change.rule.as_str().to_owned(),
        class_code,
        class_name,
        class_table: Some(city.codes.id().to_owned()),
        camera: change.device.clone(),
        preset: String::new(),
        zone: change.stay.zone.clone(),
        grid: placed.and_then(|device| device.grid.clone()),
        location: place.map(Into::into),
        component: placed.and_then(|device| device.component.clone()),
        finding: None,
        sensor: Some(finding(book, change, kind)),
        first_seen: time(change.first_seen),
        raised_at: time(change.raised_at),
        last_seen: time(change.last_seen),
        state: change.transition.into(),
        reason: change.reason.as_ref().map(ToString::to_string),
        object: Object {
            label: kind.to_owned(),
            score: change.confidence.clamp(0.0, 1.0),
            bbox: [0.0; 4],
            plate: book.map.plate_of(&change.device).map(str::to_owned),
        },
        dwell_s: change.dwell as f64 / 1000.0,
        evidence: Vec::new(),
        // No model looks at readings.
        model: ModelRef { name: "none".to_owned(), version: String::new(), sha256: String::new() },
        rule_version: change.rule.version(),
    }
}

/// A moment in the city's wall time.
pub(super) fn time(city: &City, at: EventTime) -> OffsetTime {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    OffsetTime::new(at, city.timezone.to_offset(moment))
}

fn kind(change: &SensorChange, book: &Book) -> &'static str {
    match change.rule {
        SensorRule::Coverage => "plan",
        SensorRule::BinFull | SensorRule::BinFire => "bin",
        SensorRule::CoverOpen | SensorRule::CoverWater => "cover",
        SensorRule::Ponding => "gauge",
        _ => match book.map.class_of(&change.device) {
            VehicleClass::MuckTruck => "muck-truck",
            _ => "vehicle",
        },
    }
}

fn finding(book: &Book, change: &SensorChange, kind: &str) -> SensorFinding {
    let class = book.map.class_of(&change.device);
    let is_vehicle = matches!(kind, "vehicle" | "muck-truck");
    let word = |class| match class {
        VehicleClass::MuckTruck => "muck-truck",
        VehicleClass::Sweeper => "sweeper",
        VehicleClass::RefuseTruck => "refuse-truck",
        VehicleClass::Patrol => "patrol",
        VehicleClass::Other => "other",
    };
    SensorFinding {
        kind: if is_vehicle { "vehicle" } else { kind }.to_owned(),
        plate: book.map.plate_of(&change.device).map(str::to_owned),
        class: is_vehicle.then(|| word(class).to_owned()),
        name: book.name(&change.device).map(str::to_owned),
        place: book.name(&change.stay.zone).map(str::to_owned),
        value: change.value,
        limit: change.limit,
        unit: unit(change).to_owned(),
        urgent: change.urgent,
        notes: change.notes.iter().map(ToString::to_string).collect(),
    }
}

/// The unit of a change's value and limit. Without a permit a vehicle was found by its terminal, driving (over 5 km/h), or
/// by its plate, whose score is at most 1.
fn unit(change: &SensorChange) -> &'static str {
    match change.rule {
        SensorRule::NoPermit if change.value <= 1.0 => "score",
        SensorRule::NoEntry | SensorRule::OverStay | SensorRule::IllegalStop => "min",
        SensorRule::OffArea | SensorRule::Deviation => "m",
        SensorRule::OverSpeed | SensorRule::NoPermit => "km/h",
        SensorRule::Dumping | SensorRule::Coverage | SensorRule::BinFull => "share",
        SensorRule::PlateElsewhere | SensorRule::TerminalSilent => "score",
        SensorRule::BinFire => "°C",
        SensorRule::CoverOpen => "°",
        SensorRule::CoverWater => "",
        SensorRule::Ponding => "cm",
    }
}

/// Code and name of the class: what CITY.toml gives the rule, else the component's own, else that of the rule's problem.
/// The standards have none for a vehicle's way: such a candidate has no code, and the rule's name.
fn class(city: &City, book: &Book, change: &SensorChange) -> (String, String) {
    let codes = &city.codes;
    let given = city.sensors.as_ref().and_then(|sensors| sensors.classes.get(&change.rule));
    let given = given.and_then(|code| codes.matter(code).or_else(|| codes.component_fault(code)));
    let own = || match change.rule {
        SensorRule::CoverOpen | SensorRule::CoverWater => cover(city, book, &change.device),
        rule => problem(rule).and_then(|problem| codes.problem(problem)),
    };
    let none = || (String::new(), name(change.rule).to_owned());
    given.or_else(own).map_or_else(none, |class| (class.code, class.name))
}

/// A cover is filed as the component that it is.
fn cover(city: &City, book: &Book, device: &str) -> Option<Class> {
    let component = book.devices.get(device)?.component.as_deref()?;
    city.codes.component_fault(ComponentCode::parse(component).ok()?.class)
}

/// The problem of the crosswalk that a rule raises, where the standards have one.
fn problem(rule: SensorRule) -> Option<&'static str> {
    match rule {
        SensorRule::Dumping => Some("accumulated-waste"),
        SensorRule::IllegalStop => Some("motor-misparking"),
        SensorRule::Coverage => Some("dirty-road"),
        SensorRule::BinFull => Some("bin-overflow"),
        _ => None,
    }
}

/// What people call a problem that the standards have no class for.
fn name(rule: SensorRule) -> &'static str {
    match rule {
        SensorRule::NoEntry => "驶入禁行区域",
        SensorRule::OffArea => "驶离作业区域",
        SensorRule::OverStay => "超时停留",
        SensorRule::Deviation => "偏离核准路线",
        SensorRule::OverSpeed => "超速行驶",
        SensorRule::IllegalStop => "违规停车",
        SensorRule::Dumping => "违规倾倒渣土",
        SensorRule::NoPermit => "无证运输渣土",
        SensorRule::PlateElsewhere => "车牌与定位不符",
        SensorRule::TerminalSilent => "定位终端失联",
        SensorRule::Coverage => "作业面未覆盖",
        SensorRule::BinFull => "垃圾桶满溢",
        SensorRule::BinFire => "垃圾桶高温",
        SensorRule::CoverOpen => "井盖倾斜",
        SensorRule::CoverWater => "井下水位过高",
        SensorRule::Ponding => "道路积水",
    }
}
