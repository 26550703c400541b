//! Zones and components as they are drawn over a picture.

use crate::config::{Camera, ZoneRef};
use crate::payload::Component;
use crate::registry;
use operators::components::Form;
use operators::vocabulary::{Point, Polygon};

/// Columns of the drawing; its rows follow the picture's.
pub const COLUMNS: f32 = 1600.0;

/// An outline over the picture.
pub struct Outline {
    /// Its id.
    pub id: String,
    /// The rule's word; `part` for a component.
    pub rule: &'static str,
    /// `x,y x,y …` in the drawing's own units.
    pub points: String,
    /// Where its name stands.
    pub x: f32,
    /// Where its name stands.
    pub y: f32,
}

/// Rows of the drawing for a picture's size; 16:9 where it is not known.
pub fn rows(size: Option<(usize, usize)>) -> f32 {
    size.map_or(900.0, |(columns, rows)| (COLUMNS * rows as f32 / columns.max(1) as f32).round())
}

/// The zones of a camera, but for those of the whole picture.
pub fn zones(camera: &Camera, rows: f32) -> Vec<Outline> {
    camera.every_zone().filter_map(|zone| outline(&zone, rows)).collect()
}

fn outline(zone: &ZoneRef<'_>, rows: f32) -> Option<Outline> {
    Some(drawn(zone.id(), zone.rule(), zone.polygon()?, rows))
}

/// The components that a camera sees.
pub fn components(camera: &Camera, components: &[Component], rows: f32) -> Vec<Outline> {
    let views = components.iter().filter_map(|component| {
        let view = component.views.iter().find(|v| v.camera == camera.id && v.preset == camera.preset)?;
        let registered = registry::registered(component, view).ok()?;
        let polygon = match registered.form {
            Form::Area(polygon) => polygon,
            form @ Form::Line { .. } => {
                let b = form.bbox();
                let corners = [[b.x, b.y], [b.x + b.w, b.y], [b.x + b.w, b.y + b.h], [b.x, b.y + b.h]];
                Polygon::new(corners.map(Point::from).to_vec()).ok()?
            }
        };
        Some(drawn(&component.id, "part", &polygon, rows))
    });
    views.collect()
}

/// Where most of what was rejected lies, by a proposal.
pub fn mask(corners: &[[f32; 2]], rows: f32) -> Option<Outline> {
    let polygon = Polygon::new(corners.iter().copied().map(Point::from).collect()).ok()?;
    Some(drawn("", "mask", &polygon, rows))
}

fn drawn(id: &str, rule: &'static str, polygon: &Polygon, rows: f32) -> Outline {
    let at = |p: &Point| (p.x * COLUMNS, p.y * rows);
    let points: Vec<_> = polygon.points().iter().map(at).collect();
    // The name stands below the highest corner, inside the picture.
    let top = points.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default();
    let text: Vec<_> = points.iter().map(|(x, y)| format!("{x:.0},{y:.0}")).collect();
    Outline {
        id: id.to_owned(),
        rule,
        points: text.join(" "),
        x: top.0.clamp(8.0, COLUMNS - 200.0),
        y: (top.1 + 30.0).clamp(30.0, rows - 10.0),
    }
}
