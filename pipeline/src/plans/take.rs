//! From a row to a fence, a route, …

use super::cells::Cells;
use super::error::Findings;
use super::kind::{CLASSES, DAYS, DEVICES, FENCES, PlanKind};
use super::table::Table;
use super::{PlacedDevice, Plans};
use operators::fleet::{Fence, FenceKind, FleetRoute, Permit, Plan, Road, Vehicle, VehicleClass};
use operators::vocabulary::{DeviceKind, EventTime};
use std::collections::BTreeMap;

/// Where each id stands: row by kind and id.
pub(super) type Rows = BTreeMap<(PlanKind, String), u64>;

/// Puts the rows of a table into the plans. A row with any problem is left out, and told.
pub(super) fn take(table: &Table, plans: &mut Plans, rows: &mut Rows, findings: &mut Findings) {
    for row in &table.rows {
        let before = findings.problems.len();
        let mut cells = Cells::of(table, row, findings);
        let id = cells.id(table.kind.key());
        let name = if table.kind == PlanKind::Permits { None } else { cells.text("name") };
        if let Some(first) = rows.get(&(table.kind, id.clone())) {
            cells.refuse(table.kind.key(), format!("\"{id}\" stands in row {first} too; ids are unique"));
        }
        match (&name, plans.names.get(&id)) {
            (Some(name), Some(other)) if name != other => {
                let why = format!("\"{id}\" is called \"{other}\" elsewhere; give it the same name or another id");
                cells.refuse("name", why);
            }
            _ => {}
        }
        self::row(table.kind, &id, cells, plans);
        if findings.problems.len() == before {
            rows.insert((table.kind, id.clone()), row.number);
            if let Some(name) = name.filter(|name| *name != id) {
                plans.names.insert(id, name);
            }
        }
    }
}

fn row(kind: PlanKind, id: &str, mut cells: Cells<'_>, plans: &mut Plans) {
    let id = id.to_owned();
    match kind {
        PlanKind::Fences => {
            let fence = fence(id, &mut cells);
            plans.plan.fences.extend(cells.done(fence));
        }
        PlanKind::Routes => {
            let width_m = cells.number("width_m", 1.0..=2000.0, Some(30.0));
            let route = FleetRoute { id, line: cells.line(), width_m };
            plans.plan.routes.extend(cells.done(route));
        }
        PlanKind::Roads => {
            let limit_kmh = cells.number("limit_kmh", 1.0..=150.0, None) as f32;
            let road = Road { id, line: cells.line(), limit_kmh };
            plans.plan.roads.extend(cells.done(road));
        }
        PlanKind::Plans => {
            let plan = plan(id, &mut cells);
            plans.plan.plans.extend(cells.done(plan));
        }
        PlanKind::Permits => {
            let permit = permit(id, &mut cells);
            plans.plan.permits.extend(cells.done(permit));
        }
        PlanKind::Vehicles => {
            let class = cells.word("class", &CLASSES).unwrap_or(VehicleClass::Other);
            let vehicle = Vehicle { device: id, plate: cells.text("plate"), class };
            plans.plan.vehicles.extend(cells.done(vehicle));
        }
        PlanKind::Devices => {
            let device = device(&mut cells);
            plans.devices.extend(cells.done(device).map(|device| (id, device)));
        }
    }
}

fn fence(id: String, cells: &mut Cells<'_>) -> Fence {
    let kind = cells.needed("kind", &FENCES);
    let vehicles = cells.list("vehicles");
    if kind == Some(FenceKind::KeepIn) && vehicles.is_empty() {
        cells.refuse("vehicles", "is missing: name the devices that must keep inside");
    }
    Fence {
        id,
        kind: kind.unwrap_or(FenceKind::Site),
        schedule: cells.schedule(),
        classes: cells.words("classes", &CLASSES),
        vehicles,
        max_stay: cells.span("max_stay"),
        corners: cells.area(),
    }
}

fn plan(id: String, cells: &mut Cells<'_>) -> Plan {
    Plan {
        id,
        days: cells.words("days", &DAYS),
        from: cells.minute("from"),
        until: cells.minute("until"),
        vehicles: cells.list("vehicles"),
        share: cells.number("share", 0.0..=1.0, Some(0.9)) as f32,
        segments: cells.lines(),
    }
}

fn permit(id: String, cells: &mut Cells<'_>) -> Permit {
    let from = cells.time("from").unwrap_or(EventTime(0));
    let until = cells.time("until").unwrap_or(EventTime(i64::MAX));
    if from >= until {
        cells.refuse("until", "it ends before it begins");
    }
    Permit {
        id,
        vehicle: cells.id("vehicle"),
        from,
        until,
        schedule: cells.schedule(),
        routes: cells.list("routes"),
        sites: cells.list("sites"),
        enter: cells.list("enter"),
    }
}

fn device(cells: &mut Cells<'_>) -> PlacedDevice {
    let kind = cells.needed("kind", &DEVICES);
    let seen_by = match (cells.text("camera"), cells.text("zone")) {
        (Some(camera), Some(zone)) => Some((camera, zone)),
        (None, None) => None,
        _ => {
            cells.refuse("camera", "camera and zone belong together; one is missing");
            None
        }
    };
    PlacedDevice {
        kind: kind.unwrap_or(DeviceKind::Bin),
        component: cells.text("component"),
        place: cells.point(),
        grid: cells.text("grid"),
        seen_by,
    }
}
