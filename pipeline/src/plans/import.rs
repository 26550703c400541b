//! A file of one kind into a folder: rows are added, those whose id is there are replaced.

use super::error::{Findings, PlanProblems};
use super::folder::{read, text};
use super::kind::PlanKind;
use super::take::{Rows, take};
use super::{Plans, table};
use crate::registry::Remark;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// What an import would make of a folder.
#[derive(Debug)]
pub struct Imported {
    /// The plans as they would be.
    pub plans: Plans,
    /// Version of what stands in the folder, for [`super::replace`].
    pub seen: String,
    /// Ids that were not there.
    pub added: Vec<String>,
    /// Ids that were there and are other now.
    pub changed: Vec<String>,
    /// Ids that were there and are the same.
    pub same: Vec<String>,
    /// What should be better.
    pub remarks: Vec<Remark>,
}

/// Reads a file, GeoJSON or CSV by its ending, and puts its rows into what a folder has. Writes nothing.
///
/// # Errors
/// Every problem of the file or of the folder.
pub fn import(kind: PlanKind, file: &Path, folder: &Path) -> Result<Imported, PlanProblems> {
    let (old, mut remarks) = if folder.exists() { read(folder)? } else { Default::default() };
    let mut findings = Findings::default();
    let mut new = Plans::default();
    match text(file, &mut findings) {
        Some(text) => {
            if let Some(table) = table::read(kind, file, &text, &mut findings) {
                take(&table, &mut new, &mut Rows::new(), &mut findings);
            }
        }
        None if findings.problems.is_empty() => findings.refuse(file, "is not there"),
        None => {}
    }
    remarks.extend(findings.remarks);
    if !findings.problems.is_empty() {
        return Err(PlanProblems(findings.problems));
    }
    let seen = old.version();
    let mut out = Imported { plans: old, seen, added: vec![], changed: vec![], same: vec![], remarks };
    out.merge(kind, new);
    Ok(out)
}

impl Imported {
    fn merge(&mut self, kind: PlanKind, mut new: Plans) {
        let mut renamed = BTreeSet::new();
        for id in ids(kind, &new) {
            // A file without names keeps those that are known.
            if let Some(name) = new.names.remove(&id)
                && self.plans.names.insert(id.clone(), name.clone()).is_some_and(|old| old != name)
            {
                renamed.insert(id);
            }
        }
        let Plans { plan, devices, .. } = new;
        match kind {
            PlanKind::Fences => self.each(&renamed, plan.fences, |p| &mut p.plan.fences, |f| &f.id),
            PlanKind::Routes => self.each(&renamed, plan.routes, |p| &mut p.plan.routes, |r| &r.id),
            PlanKind::Roads => self.each(&renamed, plan.roads, |p| &mut p.plan.roads, |r| &r.id),
            PlanKind::Plans => self.each(&renamed, plan.plans, |p| &mut p.plan.plans, |p| &p.id),
            PlanKind::Permits => self.each(&renamed, plan.permits, |p| &mut p.plan.permits, |p| &p.id),
            PlanKind::Vehicles => self.each(&renamed, plan.vehicles, |p| &mut p.plan.vehicles, |v| &v.device),
            PlanKind::Devices => {
                for (id, device) in devices {
                    let old = self.plans.devices.insert(id.clone(), device.clone());
                    let is_same = old.as_ref() == Some(&device) && !renamed.contains(&id);
                    self.tell(id, old.is_some(), is_same);
                }
            }
        }
    }

    fn each<T: PartialEq>(
        &mut self,
        renamed: &BTreeSet<String>,
        items: Vec<T>,
        all: impl Fn(&mut Plans) -> &mut Vec<T>,
        id_of: impl Fn(&T) -> &String,
    ) {
        let known: HashMap<String, usize> =
            all(&mut self.plans).iter().map(|old| id_of(old).clone()).zip(0..).collect();
        for item in items {
            let id = id_of(&item).clone();
            let there = all(&mut self.plans);
            // Ids of one file are unique, so that what was pushed here is not looked for.
            let at = known.get(&id).copied();
            let is_same = at.is_some_and(|i| there[i] == item) && !renamed.contains(&id);
            match at {
                Some(i) => there[i] = item,
                None => there.push(item),
            }
            self.tell(id, at.is_some(), is_same);
        }
    }

    fn tell(&mut self, id: String, was_there: bool, is_same: bool) {
        match (was_there, is_same) {
            (false, _) => self.added.push(id),
            (true, true) => self.same.push(id),
            (true, false) => self.changed.push(id),
        }
    }
}

/// The ids of one kind.
fn ids(kind: PlanKind, plans: &Plans) -> Vec<String> {
    let plan = &plans.plan;
    match kind {
        PlanKind::Fences => plan.fences.iter().map(|f| f.id.clone()).collect(),
        PlanKind::Routes => plan.routes.iter().map(|r| r.id.clone()).collect(),
        PlanKind::Roads => plan.roads.iter().map(|r| r.id.clone()).collect(),
        PlanKind::Plans => plan.plans.iter().map(|p| p.id.clone()).collect(),
        PlanKind::Permits => plan.permits.iter().map(|p| p.id.clone()).collect(),
        PlanKind::Vehicles => plan.vehicles.iter().map(|v| v.device.clone()).collect(),
        PlanKind::Devices => plans.devices.keys().cloned().collect(),
    }
}
