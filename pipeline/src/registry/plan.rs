//! Which components each zone of a camera watches, in the operators' words.

use super::load::Registry;
use crate::config::{Camera, ComponentZone};
use crate::payload::{Component, ComponentNature, ComponentView, Outline};
use operators::components::{ComponentId, Form, Nature, Polyline, Registered};
use operators::vocabulary::Polygon;
use std::sync::Arc;

/// What one zone watches.
#[derive(Debug, Clone)]
pub struct ZonePlan {
    /// The zone.
    pub zone: ComponentZone,
    /// Its components, in the ids' order, as the census has them …
    pub components: Vec<Arc<Component>>,
    /// … and as the operators compare them, in the same order.
    pub registered: Vec<Registered>,
}

/// Something about a zone that only the register shows to be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanProblem {
    /// Line of the zone in CITY.toml.
    pub line: usize,
    /// The zone.
    pub zone: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// The plans of a camera's zones. A zone goes on with what can be watched; the rest is told.
pub fn plan(camera: &Camera, registry: &Registry) -> (Vec<ZonePlan>, Vec<PlanProblem>) {
    let (mut plans, mut problems): (Vec<ZonePlan>, Vec<PlanProblem>) = (Vec::new(), Vec::new());
    for zone in &camera.component_zones {
        let mut problem = |message: String| {
            problems.push(PlanProblem { line: zone.line, zone: zone.id.clone(), message });
        };
        let mut plan = ZonePlan { zone: zone.clone(), components: Vec::new(), registered: Vec::new() };
        for id in zone.components.iter().flatten() {
            if let Some(why) = unusable(camera, registry, id) {
                problem(why);
            }
        }
        for (component, view) in registry.in_view(&camera.id, &camera.preset) {
            if !belongs(zone, component, view) {
                continue;
            }
            if plans.iter().any(|other| other.components.iter().any(|c| c.id == component.id)) {
                problem(format!(
                    "component {} belongs to an earlier zone of this camera too; name it in one",
                    component.id
                ));
                continue;
            }
            match registered(component, view) {
                Ok(registered) => {
                    plan.components.push(Arc::new(component.clone()));
                    plan.registered.push(registered);
                }
                Err(why) => problem(format!("component {}: {why}", component.id)),
            }
        }
        if plan.components.is_empty() {
            let (camera, preset) = (&camera.id, &camera.preset);
            let why = if registry.is_empty() { "the register is empty" } else { "the register has none in this view" };
            problem(format!(
                "watches nothing: {why} (camera {camera}, preset {preset}); \
                 `components = [\"census.csv\"]`, or `streetwatch components import`"
            ));
        }
        plans.push(plan);
    }
    (plans, problems)
}

/// Why a component that a zone names cannot be watched, if so.
fn unusable(camera: &Camera, registry: &Registry, id: &str) -> Option<String> {
    let Some(component) = registry.get(id) else {
        return Some(format!("no component {id} is registered; import it, or correct the id"));
    };
    if !component.state.is_there() {
        let state = crate::payload::ComponentState::ALL.iter().find(|(s, ..)| *s == component.state);
        let word = state.map_or("", |(_, word, _)| word);
        return Some(format!("component {id} is {word} in the register: nothing should stand there"));
    }
    let seen = component.views.iter().any(|v| v.camera == camera.id && v.preset == camera.preset);
    let where_to = "add its outline to the register (camera, preset, polygon)";
    (!seen)
        .then(|| format!("component {id} is not seen by camera {} at preset {}; {where_to}", camera.id, camera.preset))
}

fn belongs(zone: &ComponentZone, component: &Component, view: &ComponentView) -> bool {
    let named = zone.components.as_ref().is_none_or(|ids| ids.contains(&component.id));
    let points = view.outline.points();
    let middle = |pick: fn(&operators::vocabulary::Point) -> f32| {
        points.iter().map(pick).sum::<f32>() / points.len().max(1) as f32
    };
    let centre = operators::vocabulary::Point { x: middle(|p| p.x), y: middle(|p| p.y) };
    named && zone.polygon.as_ref().is_none_or(|polygon| polygon.contains(centre))
}

/// A component in the operators' words.
///
/// # Errors
/// Its outline is none, which a record from another program may have.
pub fn registered(component: &Component, view: &ComponentView) -> Result<Registered, String> {
    let nature = match component.nature {
        ComponentNature::Flat => Nature::Flat,
        ComponentNature::Standing => Nature::Standing,
        ComponentNature::Line => Nature::Line,
        ComponentNature::Face => Nature::Face,
        ComponentNature::Clear => Nature::Clear,
    };
    let form = match &view.outline {
        Outline::Polygon(points) => Form::Area(Polygon::new(points.clone()).map_err(|e| e.to_string())?),
        Outline::Polyline(points) => Form::Line {
            line: Polyline::new(points.clone()).map_err(|e| e.to_string())?,
            width: view.width.unwrap_or(Form::LINE_WIDTH),
        },
    };
    Ok(Registered { id: ComponentId(component.id.clone()), nature, form, urgent: component.urgent })
}
