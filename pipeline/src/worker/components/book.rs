//! What the register says of each camera of the city, ready for candidates and cameras.

use crate::config::{COMPONENT, Camera, ChangeZone, City, UNREGISTERED_CHANGE};
use crate::payload::{Component, Shape};
use crate::registry::{Registry, ZonePlan, plan};
use operators::components::{Form, Registered};
use operators::vocabulary::{Polygon, StayId};
use std::collections::BTreeMap;

/// The zones of components of every camera.
#[derive(Debug, Clone, Default)]
pub(in crate::worker) struct Book {
    plans: BTreeMap<(String, String), Vec<ZonePlan>>,
}

/// What a stay of a rule that compares is about.
pub(in crate::worker) enum Place<'a> {
    /// A registered component.
    Component { zone: &'a str, component: &'a Component, registered: &'a Registered },
    /// A component that is in no zone any more.
    Gone,
    /// A watched area where nothing is registered.
    Change(&'a ChangeZone),
}

impl Book {
    /// Plans every camera. What cannot be watched is logged; `check` lists it.
    pub fn new(city: &City, registry: &Registry) -> Book {
        let mut plans = BTreeMap::new();
        for refused in &registry.refused {
            tracing::warn!("{refused}");
        }
        for camera in city.cameras.iter().filter(|c| !c.component_zones.is_empty()) {
            plans.insert((camera.id.clone(), camera.preset.clone()), planned(camera, registry));
        }
        Book { plans }
    }

    /// The same book with one camera planned anew.
    pub fn with(&self, camera: &Camera, registry: &Registry) -> Book {
        let mut book = self.clone();
        book.plans.insert((camera.id.clone(), camera.preset.clone()), planned(camera, registry));
        book
    }

    /// The zones of components of a camera.
    pub fn zones(&self, camera: &Camera) -> &[ZonePlan] {
        self.plans.get(&(camera.id.clone(), camera.preset.clone())).map_or(&[], Vec::as_slice)
    }

    /// What a stay is about; `None` for the rules that look at objects.
    pub fn place<'a>(&'a self, camera: &'a Camera, stay: &StayId) -> Option<Place<'a>> {
        match stay.rule.as_str() {
            COMPONENT => {
                let found = self.zones(camera).iter().find_map(|plan| {
                    let at = plan.components.iter().position(|c| c.id == stay.zone)?;
                    let (component, registered) = (&plan.components[at], &plan.registered[at]);
                    Some(Place::Component { zone: &plan.zone.id, component, registered })
                });
                Some(found.unwrap_or(Place::Gone))
            }
            UNREGISTERED_CHANGE => {
                let zone = camera.change_zones.iter().find(|zone| zone.id == stay.zone);
                Some(zone.map_or(Place::Gone, Place::Change))
            }
            _ => None,
        }
    }
}

fn planned(camera: &Camera, registry: &Registry) -> Vec<ZonePlan> {
    let (zones, problems) = plan(camera, registry);
    for problem in problems {
        tracing::warn!(camera = %camera.id, zone = problem.zone, "{}", problem.message);
    }
    zones
}

impl Place<'_> {
    /// The CITY.toml zone, where it is known.
    pub fn zone(&self) -> Option<&str> {
        match self {
            Place::Component { zone, .. } => Some(zone),
            Place::Change(zone) => Some(&zone.id),
            Place::Gone => None,
        }
    }

    /// The component.
    pub fn component(&self) -> Option<&Component> {
        match self {
            Place::Component { component, .. } => Some(component),
            Place::Gone | Place::Change(_) => None,
        }
    }

    /// The outline that is drawn on stills.
    pub fn polygon(&self) -> Option<Polygon> {
        match self {
            Place::Component { registered, .. } => match &registered.form {
                Form::Area(polygon) => Some(polygon.clone()),
                form @ Form::Line { .. } => {
                    let b = form.bbox();
                    let corners = [[b.x, b.y], [b.x + b.w, b.y], [b.x + b.w, b.y + b.h], [b.x, b.y + b.h]];
                    Polygon::new(corners.map(Into::into).to_vec()).ok()
                }
            },
            Place::Change(zone) => Some(zone.polygon.clone()),
            Place::Gone => None,
        }
    }
}

/// A point of a shape on the ground: itself, the middle point of a line, the mean of an area's corners.
pub(in crate::worker) fn point_of(shape: &Shape) -> Option<[f64; 2]> {
    match shape {
        Shape::Point(point) => Some(*point),
        Shape::LineString(line) => line.get(line.len() / 2).copied(),
        Shape::Polygon(rings) => {
            // The last corner of a ring is its first again.
            let ring = rings.first()?.split_last()?.1;
            let mean = |axis: usize| ring.iter().map(|p| p[axis]).sum::<f64>() / ring.len().max(1) as f64;
            Some([mean(0), mean(1)])
        }
    }
}
