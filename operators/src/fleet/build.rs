//! Makes a plan ready for search, or says what is wrong with it.

use super::config::FleetConfig;
use super::map::{Fenced, FleetMap, Limited, Of, Permitted, Planned, Routed, Way};
use super::plan::{FleetPlan, Permit, Plan, Road};
use crate::ground::{Area, Line, LonLat, Plane, RTree, Rect, ShapeError};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use thiserror::Error;

/// What is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MapError {
    /// No shape.
    #[error("{what} \"{id}\": {problem}")]
    Shape {
        /// Of what.
        what: &'static str,
        /// Which.
        id: String,
        /// Why.
        problem: ShapeError,
    },
    /// Two of the same id.
    #[error("there are two of {what} \"{id}\"; give each an id of its own")]
    Twice {
        /// Of what.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// A name that is none.
    #[error("permit \"{permit}\" names {what} \"{id}\", which is not there")]
    Unknown {
        /// The permit.
        permit: String,
        /// Of what.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// A number that cannot be.
    #[error("{what} \"{id}\": {problem}")]
    Number {
        /// Of what.
        what: &'static str,
        /// Which.
        id: String,
        /// Why.
        problem: &'static str,
    },
}

impl FleetMap {
    /// Makes a plan ready under these settings.
    ///
    /// # Errors
    /// A shape that is none, an id given twice, a permit that names what is not there, a number that cannot be.
    pub fn new(plan: FleetPlan, config: &FleetConfig) -> Result<FleetMap, MapError> {
        let plane = Plane::at(middle(&plan));
        let shape = |what, id: &str| {
            let id = id.to_owned();
            move |problem| MapError::Shape { what, id, problem }
        };
        let FleetPlan { fences, routes, roads, permits, plans, vehicles } = plan;
        let fences = fences
            .into_iter()
            .map(|fence| {
                let area = Area::new(&plane, &fence.corners).map_err(shape("fence", &fence.id))?;
                Ok(Fenced { subject: fence.id.as_str().into(), area, fence })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let fence_ids = named("fence", fences.iter().map(|f| &f.subject))?;
        let boxes: Vec<Rect> = fences.iter().map(|f| f.area.bounds()).collect();
        let mut ways = Vec::new();
        let mut way_boxes = Vec::new();
        let mut add = |line: &Line, of: Of, reach: f64| {
            for [a, b] in line.segments() {
                ways.push(Way { a, b, of });
                way_boxes.push(Rect::new(a, b).widened(reach));
            }
        };
        let mut routed = Vec::with_capacity(routes.len());
        for (i, route) in (0..).zip(&routes) {
            check("route", &route.id, route.width_m > 0.0, "its width must be more than 0 m")?;
            let line = Line::new(&plane, &route.line).map_err(shape("route", &route.id))?;
            let reach = route.width_m / 2.0 + config.deviation.tolerance_m;
            add(&line, Of::Route(i), reach);
            routed.push(Routed { line, reach });
        }
        let route_names: Vec<Arc<str>> = routes.iter().map(|r| r.id.as_str().into()).collect();
        let route_ids = named("route", route_names.iter())?;
        let mut limited = Vec::with_capacity(roads.len());
        for (i, road) in (0..).zip(&roads) {
            check("road", &road.id, road.limit_kmh > 0.0, "its limit must be more than 0 km/h")?;
            add(&Line::new(&plane, &road.line).map_err(shape("road", &road.id))?, Of::Road(i), config.speed.match_m);
            let Road { id, limit_kmh: limit, .. } = road;
            limited.push(Limited { subject: id.as_str().into(), limit: *limit });
        }
        named("road", limited.iter().map(|r| &r.subject))?;
        let planned = plans.into_iter().map(|p| ready(&plane, p, config)).collect::<Result<Vec<_>, _>>()?;
        named("plan", planned.iter().map(|p| &p.subject))?;
        let mut pieces = Vec::new();
        let mut piece_boxes = Vec::new();
        for (i, p) in (0..).zip(&planned) {
            pieces.extend((0..p.pieces.len() as u32).map(|piece| (i, piece)));
            piece_boxes.extend(p.pieces.iter().map(|m| Rect::new(*m, *m)));
        }
        let mut permits_of: HashMap<String, Vec<u32>> = HashMap::new();
        let mut permitted = Vec::with_capacity(permits.len());
        for (i, permit) in (0..).zip(permits) {
            permits_of.entry(permit.vehicle.clone()).or_default().push(i);
            permitted.push(resolve(permit, &route_ids, &fence_ids)?);
        }
        let plates = vehicles.iter().filter_map(|v| Some((v.plate.clone()?, v.device.clone()))).collect();
        Ok(FleetMap {
            plane,
            fence_tree: RTree::new(&boxes),
            fences,
            fence_ids,
            routes: routed,
            roads: limited,
            plans: planned,
            permits: permitted,
            way_tree: RTree::new(&way_boxes),
            ways,
            pieces,
            piece_tree: RTree::new(&piece_boxes),
            vehicles: vehicles.into_iter().map(|v| (v.device.clone(), v)).collect(),
            plates,
            permits_of,
        })
    }
}

fn ready(plane: &Plane, plan: Plan, config: &FleetConfig) -> Result<Planned, MapError> {
    check("plan", &plan.id, (0.0..=1.0).contains(&plan.share), "its share must be 0 to 1")?;
    check("plan", &plan.id, plan.from < 1440 && plan.until <= 1440, "its hours must be minutes of the day")?;
    let mut pieces = Vec::new();
    for segment in &plan.segments {
        let line = Line::new(plane, segment).map_err(|problem| MapError::Shape {
            what: "plan",
            id: plan.id.clone(),
            problem,
        })?;
        pieces.extend(line.pieces(config.coverage.piece_m.max(1.0)));
    }
    check("plan", &plan.id, !pieces.is_empty(), "it has no road segments")?;
    Ok(Planned { subject: plan.id.as_str().into(), pieces, plan })
}

fn resolve(
    permit: Permit,
    routes: &HashMap<Arc<str>, u32>,
    fences: &HashMap<Arc<str>, u32>,
) -> Result<Permitted, MapError> {
    let unknown = |what, id: &String| MapError::Unknown { permit: permit.id.clone(), what, id: id.clone() };
    let route = |id: &String| routes.get(id.as_str()).copied().ok_or_else(|| unknown("route", id));
    let found = permit.routes.iter().map(route).collect::<Result<_, _>>()?;
    if let Some(id) = permit.sites.iter().chain(&permit.enter).find(|id| !fences.contains_key(id.as_str())) {
        return Err(unknown("fence", id));
    }
    check("permit", &permit.id, permit.from < permit.until, "it ends before it begins")?;
    Ok(Permitted { permit, routes: found })
}

fn named<'a>(what: &'static str, ids: impl Iterator<Item = &'a Arc<str>>) -> Result<HashMap<Arc<str>, u32>, MapError> {
    let mut seen = HashSet::new();
    let twice = |id: &Arc<str>| MapError::Twice { what, id: id.to_string() };
    (0..).zip(ids).map(|(i, id)| if seen.insert(id.clone()) { Ok((id.clone(), i)) } else { Err(twice(id)) }).collect()
}

fn check(what: &'static str, id: &str, holds: bool, problem: &'static str) -> Result<(), MapError> {
    if holds { Ok(()) } else { Err(MapError::Number { what, id: id.to_owned(), problem }) }
}

/// The middle of everything that is a place.
fn middle(plan: &FleetPlan) -> LonLat {
    let places = (plan.fences.iter().flat_map(|f| &f.corners))
        .chain(plan.routes.iter().flat_map(|r| &r.line))
        .chain(plan.roads.iter().flat_map(|r| &r.line))
        .chain(plan.plans.iter().flat_map(|p| p.segments.iter().flatten()))
        .filter(|p| p.exists());
    let (sum, n) = places.fold(([0.0, 0.0], 0.0), |([x, y], n), p| ([x + p.lon, y + p.lat], n + 1.0));
    if n > 0.0 { LonLat::new(sum[0] / n, sum[1] / n) } else { LonLat::default() }
}

#[cfg(test)]
mod tests {
    use super::super::config::VehicleClass;
    use super::super::plan::Vehicle;
    use super::*;
    use crate::schedule::Schedule;
    use crate::vocabulary::EventTime;

    fn permit(routes: &[&str]) -> Permit {
        Permit {
            id: "p1".into(),
            vehicle: "苏A12345".into(),
            from: EventTime(0),
            until: EventTime(1),
            schedule: Schedule::always(),
            routes: routes.iter().map(|r| (*r).to_owned()).collect(),
            sites: vec![],
            enter: vec![],
        }
    }

    fn error(plan: FleetPlan) -> String {
        FleetMap::new(plan, &FleetConfig::default()).expect_err("refused").to_string()
    }

    #[test]
    fn what_is_wrong_with_a_plan_is_said_with_its_name() {
        let road = |id: &str, limit_kmh| Road {
            id: id.into(),
            line: vec![LonLat::new(118.0, 32.0), LonLat::new(118.1, 32.0)],
            limit_kmh,
        };
        assert_eq!(
            error(FleetPlan { permits: vec![permit(&["r9"])], ..FleetPlan::default() }),
            "permit \"p1\" names route \"r9\", which is not there"
        );
        let twice = vec![road("a", 40.0), road("a", 60.0)];
        assert!(error(FleetPlan { roads: twice, ..FleetPlan::default() }).contains("two of road \"a\""));
        let swapped = Road { line: vec![LonLat::new(32.0, 118.0), LonLat::new(32.0, 118.1)], ..road("b", 40.0) };
        assert!(error(FleetPlan { roads: vec![swapped], ..FleetPlan::default() }).starts_with("road \"b\": point 0"));
        assert!(
            error(FleetPlan { roads: vec![road("c", f32::NAN)], ..FleetPlan::default() }).contains("more than 0 km/h")
        );
    }

    #[test]
    fn permits_are_found_by_terminal_and_by_plate() {
        let vehicle = Vehicle { device: "138".into(), plate: Some("苏A12345".into()), class: VehicleClass::MuckTruck };
        let plan = FleetPlan { permits: vec![permit(&[])], vehicles: vec![vehicle], ..FleetPlan::default() };
        let map = FleetMap::new(plan, &FleetConfig::default()).expect("a plan");
        assert_eq!((map.device_of("苏A12345").as_str(), map.device_of("苏B1").as_str()), ("138", "plate:苏B1"));
        assert_eq!((map.profile("138").permits.len(), map.profile("139").permits.len()), (1, 0));
        assert_eq!(
            (map.plate_of("138"), map.plate_of("plate:苏B1"), map.plate_of("x")),
            (Some("苏A12345"), Some("苏B1"), None)
        );
    }
}
