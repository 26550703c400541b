//! The city's plan made ready for search: shapes in metres, boxes in R-trees, names resolved (see [`super::build`]).

use super::config::VehicleClass;
use super::plan::{Fence, FenceKind, Permit, Plan, Vehicle};
use crate::ground::{Area, Line, Metres, Plane, RTree, Rect, distance_to_segment};
use crate::vocabulary::{EventTime, LocalTime, Millis};
use std::collections::HashMap;
use std::sync::Arc;

/// A fence, ready.
#[derive(Debug, Clone)]
pub(super) struct Fenced {
    pub fence: Fence,
    pub subject: Arc<str>,
    pub area: Area,
}

/// A segment of a route or road.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub a: Metres,
    pub b: Metres,
    pub of: Of,
}

/// Whose segment it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Route(u32),
    Road(u32),
}

/// A permitted route, ready.
#[derive(Debug, Clone)]
pub(super) struct Routed {
    pub line: Line,
    /// Half of the corridor and the tolerance, m.
    pub reach: f64,
}

/// A road, ready.
#[derive(Debug, Clone)]
pub(super) struct Limited {
    pub subject: Arc<str>,
    pub limit: f32,
}

/// Planned work, ready.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub plan: Plan,
    pub subject: Arc<str>,
    /// The middles of its pieces.
    pub pieces: Vec<Metres>,
}

/// A permit, its names resolved.
#[derive(Debug, Clone)]
pub(super) struct Permitted {
    pub permit: Permit,
    pub routes: Vec<u32>,
}

/// The city's plan, ready for search.
#[derive(Debug, Clone)]
pub struct FleetMap {
    pub(super) plane: Plane,
    pub(super) fences: Vec<Fenced>,
    pub(super) routes: Vec<Routed>,
    pub(super) roads: Vec<Limited>,
    pub(super) plans: Vec<Planned>,
    pub(super) permits: Vec<Permitted>,
    pub(super) fence_ids: HashMap<Arc<str>, u32>,
    pub(super) fence_tree: RTree,
    pub(super) ways: Vec<Way>,
    pub(super) way_tree: RTree,
    /// Plan and piece.
    pub(super) pieces: Vec<(u32, u32)>,
    pub(super) piece_tree: RTree,
    pub(super) vehicles: HashMap<String, Vehicle>,
    pub(super) plates: HashMap<String, String>,
    pub(super) permits_of: HashMap<String, Vec<u32>>,
}

/// What the plan says of one device.
#[derive(Debug, Clone, Default)]
pub(super) struct Profile {
    pub device: String,
    pub class: VehicleClass,
    /// It has a terminal of its own; else only cameras know it, by its plate.
    pub terminal: bool,
    pub permits: Vec<u32>,
    pub keep_in: Vec<u32>,
}

impl FleetMap {
    /// The device whose plate a camera read. A plate that no terminal is known for is a device of its own.
    pub fn device_of(&self, plate: &str) -> String {
        self.plates.get(plate).cloned().unwrap_or_else(|| format!("plate:{plate}"))
    }

    /// The plate of a device, if it is known.
    pub fn plate_of<'a>(&'a self, device: &'a str) -> Option<&'a str> {
        device.strip_prefix("plate:").or_else(|| self.vehicles.get(device)?.plate.as_deref())
    }

    /// What a vehicle is for; a plate without a terminal came from a camera that saw a muck truck.
    pub fn class_of(&self, device: &str) -> VehicleClass {
        self.profile(device).class
    }

    pub(super) fn profile(&self, device: &str) -> Profile {
        let vehicle = self.vehicles.get(device);
        let plate = device.strip_prefix("plate:");
        let names = [Some(device), plate, vehicle.and_then(|v| v.plate.as_deref())];
        let of = |name: Option<&str>| name.and_then(|n| self.permits_of.get(n)).into_iter().flatten().copied();
        let keeps = |f: &&Fenced| f.fence.kind == FenceKind::KeepIn && f.fence.vehicles.iter().any(|v| v == device);
        Profile {
            device: device.to_owned(),
            // A plate without a terminal came from a camera that saw a muck truck.
            class: vehicle
                .map_or(if plate.is_some() { VehicleClass::MuckTruck } else { VehicleClass::Other }, |v| v.class),
            terminal: plate.is_none(),
            permits: names.into_iter().flat_map(of).collect(),
            keep_in: (0..).zip(&self.fences).filter(|(_, f)| keeps(f)).map(|(i, _)| i).collect(),
        }
    }

    pub(super) fn fence(&self, id: &str) -> Option<&Fenced> {
        self.fence_ids.get(id).map(|i| &self.fences[*i as usize])
    }

    /// Fences that contain the point, by index.
    pub(super) fn fences_at(&self, p: Metres, found: &mut Vec<u32>) {
        self.fence_tree.at(p, |i| {
            if self.fences[i as usize].area.contains(p) {
                found.push(i);
            }
        });
    }

    /// Fences whose boxes a way from `a` to `b` may meet, by index.
    pub(super) fn fences_along(&self, [a, b]: [Metres; 2], mut found: impl FnMut(u32)) {
        self.fence_tree.meeting(Rect::new(a, b), &mut found);
    }

    /// Segments that may be within reach of the point, and how far they are.
    pub(super) fn ways_at(&self, p: Metres, mut found: impl FnMut(&Way, f64)) {
        self.way_tree.at(p, |i| {
            let way = &self.ways[i as usize];
            found(way, distance_to_segment(p, way.a, way.b).0);
        });
    }

    /// Pieces of planned road within `reach` of the way from `a` to `b`: plan and piece.
    pub(super) fn pieces_along(&self, a: Metres, b: Metres, reach: f64, mut found: impl FnMut(u32, u32)) {
        self.piece_tree.meeting(Rect::new(a, b).widened(reach), |i| {
            let (plan, piece) = self.pieces[i as usize];
            if distance_to_segment(self.plans[plan as usize].pieces[piece as usize], a, b).0 <= reach {
                found(plan, piece);
            }
        });
    }
}

impl Permitted {
    /// Whether it holds at a moment.
    pub fn holds(&self, at: EventTime, ahead: Millis) -> bool {
        (self.permit.from..self.permit.until).contains(&at) && self.permit.schedule.is_open(LocalTime::at(at, ahead))
    }
}
