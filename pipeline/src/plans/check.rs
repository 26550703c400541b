//! What only the whole can tell: names of things that are not there, plates given twice.

use super::Plans;
use super::error::Findings;
use super::kind::PlanKind;
use super::take::Rows;
use crate::registry::RowProblem;
use operators::fleet::{FleetConfig, FleetMap};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Checks plans whose rows are each right by themselves.
pub(super) fn check(folder: &Path, plans: &Plans, rows: &Rows, findings: &mut Findings) {
    let before = findings.problems.len();
    let mut whole = Whole { folder, rows, findings };
    permits(plans, &mut whole);
    vehicles(plans, &mut whole);
    // What none of the above sees is told all the same, without its row.
    if findings.problems.len() == before
        && let Err(error) = FleetMap::new(plans.plan.clone(), &FleetConfig::default())
    {
        findings.refuse(folder, error.to_string());
    }
}

fn permits(plans: &Plans, whole: &mut Whole<'_>) {
    let routes: BTreeSet<&str> = plans.plan.routes.iter().map(|r| r.id.as_str()).collect();
    let fences: BTreeSet<&str> = plans.plan.fences.iter().map(|f| f.id.as_str()).collect();
    let vehicles: BTreeSet<&str> =
        plans.plan.vehicles.iter().flat_map(|v| [Some(v.device.as_str()), v.plate.as_deref()]).flatten().collect();
    for permit in &plans.plan.permits {
        let lists = [
            ("routes", &permit.routes, &routes, "route"),
            ("sites", &permit.sites, &fences, "fence"),
            ("enter", &permit.enter, &fences, "fence"),
        ];
        for (field, named, there, what) in lists {
            for id in named.iter().filter(|id| !there.contains(id.as_str())) {
                let why = format!("there is no {what} \"{id}\"; add it or take it out here");
                whole.refuse(PlanKind::Permits, &permit.id, field, why);
            }
        }
        if !vehicles.contains(permit.vehicle.as_str()) {
            let what = "permits of vehicles that are not in vehicles.csv: only cameras can find them".to_owned();
            whole.remark(PlanKind::Permits, &permit.id, what);
        }
    }
}

fn vehicles(plans: &Plans, whole: &mut Whole<'_>) {
    let mut plates: BTreeMap<&str, &str> = BTreeMap::new();
    for vehicle in &plans.plan.vehicles {
        if let Some(plate) = &vehicle.plate
            && let Some(other) = plates.insert(plate, &vehicle.device)
        {
            let why = format!("{plate} is the plate of {other} too; one plate, one terminal");
            whole.refuse(PlanKind::Vehicles, &vehicle.device, "plate", why);
        }
        if plans.devices.contains_key(&vehicle.device) {
            let why = "is a bin, cover or gauge in devices.csv too; ids are unique";
            whole.refuse(PlanKind::Vehicles, &vehicle.device, "device", why.to_owned());
        }
    }
}

struct Whole<'a> {
    folder: &'a Path,
    rows: &'a Rows,
    findings: &'a mut Findings,
}

impl Whole<'_> {
    fn row(&self, kind: PlanKind, id: &str) -> (PathBuf, u64) {
        let row = self.rows.get(&(kind, id.to_owned())).copied().unwrap_or_default();
        (self.folder.join(kind.file_name()), row)
    }

    fn refuse(&mut self, kind: PlanKind, id: &str, field: &str, reason: String) {
        let (file, row) = self.row(kind, id);
        self.findings.problems.push(RowProblem { file, row, is_feature: false, field: field.to_owned(), reason });
    }

    fn remark(&mut self, kind: PlanKind, id: &str, what: String) {
        let (file, row) = self.row(kind, id);
        self.findings.remark(&file, row, what);
    }
}
