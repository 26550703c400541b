//! Changes of the plans: one item saved or deleted, a file brought in. Each goes through the very reader and check that
//! the folder's files go through, and over the version that was seen.

use super::book::PlanBook;
use super::item::{Item, fields, file, item};
use crate::plans::{Imported, PlanKind, PlanProblems, Plans, SaveError, import, read, replace};
use serde::Serialize;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A problem with one field of a form; the field is empty where it is about the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// Name of the field, or `geometry`.
    pub field: String,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// Why plans were not changed.
#[derive(Debug, Error)]
pub enum NotSaved {
    /// The city has no folder of plans.
    #[error("this city has no plans: add [sensors] to CITY.toml")]
    NoPlans,
    /// Fields are wrong.
    #[error("{}", told(.0))]
    Refused(Vec<FieldProblem>),
    /// Somebody else was first.
    #[error("the plans were changed since you saw them; look again")]
    Changed,
    /// It is not there.
    #[error("it is not there, or no longer")]
    Gone,
    /// The folder's files themselves are wrong.
    #[error("the plans' files are not right, and must be put right first:\n{0}")]
    Broken(PlanProblems),
    /// The disk refuses.
    #[error("{0}")]
    Disk(SaveError),
    /// A thread of ours broke.
    #[error("the plans could not be changed: {0}")]
    Defect(String),
}

fn told(problems: &[FieldProblem]) -> String {
    let line =
        |p: &FieldProblem| if p.field.is_empty() { p.reason.clone() } else { format!("{}: {}", p.field, p.reason) };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A change of the plans.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// An item is new, or other than it was; `was` is the id it had.
    Save {
        /// Of what kind.
        kind: PlanKind,
        /// Its id before; `None` for a new one.
        was: Option<String>,
        /// As it shall be.
        item: Item,
    },
    /// An item goes.
    Delete {
        /// Of what kind.
        kind: PlanKind,
        /// Its id.
        id: String,
    },
    /// A file's rows are added; those whose id is there are replaced.
    Import {
        /// Of what kind.
        kind: PlanKind,
        /// The file's name, for its ending and for messages.
        name: String,
        /// Its text.
        text: String,
    },
}

/// What an import would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Preview {
    /// Ids that are new.
    pub added: Vec<String>,
    /// Ids that are there and would be other.
    pub changed: Vec<String>,
    /// How many are there already, just so.
    pub same: usize,
    /// What should be better.
    pub remarks: Vec<String>,
    /// Version of the plans that this was compared with.
    pub base: String,
}

impl PlanBook {
    /// Makes a change over the version `seen`; the version after it.
    ///
    /// # Errors
    /// See [`NotSaved`]; nothing was written then.
    pub async fn change(&self, seen: &str, change: Change) -> Result<String, NotSaved> {
        let folder = self.folder().ok_or(NotSaved::NoPlans)?.to_owned();
        let seen = seen.to_owned();
        let _one_at_a_time = self.writing().await;
        let done = tokio::task::spawn_blocking(move || {
            let plans = apply(&folder, &change, &seen)?.plans;
            let version = plans.version();
            match replace(&folder, &seen, &plans) {
                Ok(_) => Ok(version),
                Err(SaveError::Changed(_)) => Err(NotSaved::Changed),
                Err(SaveError::Wrong(problems)) => Err(refused(&problems, &change)),
                Err(error @ SaveError::Io { .. }) => Err(NotSaved::Disk(error)),
            }
        });
        done.await.map_err(|e| NotSaved::Defect(e.to_string()))?
    }

    /// What an import would change. Nothing is written.
    ///
    /// # Errors
    /// See [`NotSaved`].
    pub async fn preview(&self, kind: PlanKind, name: String, text: String) -> Result<Preview, NotSaved> {
        let folder = self.folder().ok_or(NotSaved::NoPlans)?.to_owned();
        let done = tokio::task::spawn_blocking(move || bring_in(&folder, kind, &name, &text));
        let found = done.await.map_err(|e| NotSaved::Defect(e.to_string()))??;
        Ok(Preview {
            added: found.added,
            changed: found.changed,
            same: found.same.len(),
            remarks: found.remarks.iter().map(ToString::to_string).collect(),
            base: found.seen,
        })
    }
}

/// The plans after a change.
struct Applied {
    plans: Plans,
}

fn apply(folder: &Path, change: &Change, seen: &str) -> Result<Applied, NotSaved> {
    match change {
        Change::Save { kind, was, item } => save(folder, *kind, was.as_deref(), item, seen),
        Change::Delete { kind, id } => {
            let mut plans = standing(folder)?;
            if plans.version() != seen {
                return Err(NotSaved::Changed);
            }
            if item(*kind, &plans, id).is_none() {
                return Err(NotSaved::Gone);
            }
            remove(*kind, &mut plans, id);
            Ok(Applied { plans })
        }
        Change::Import { kind, name, text } => {
            let found = bring_in(folder, *kind, name, text)?;
            if found.seen != seen {
                return Err(NotSaved::Changed);
            }
            Ok(Applied { plans: found.plans })
        }
    }
}

fn standing(folder: &Path) -> Result<Plans, NotSaved> {
    if !folder.exists() {
        return Ok(Plans::default());
    }
    read(folder).map(|(plans, _)| plans).map_err(NotSaved::Broken)
}

fn save(folder: &Path, kind: PlanKind, was: Option<&str>, new: &Item, seen: &str) -> Result<Applied, NotSaved> {
    let one = |field: &str, reason: String| NotSaved::Refused(vec![FieldProblem { field: field.to_owned(), reason }]);
    if let Some(unknown) = new.fields.keys().find(|key| fields(kind).all(|field| field != key.as_str())) {
        let known = fields(kind).collect::<Vec<_>>().join(", ");
        return Err(one(unknown, format!("is no field of a {}; there are: {known}", kind.one())));
    }
    let before = standing(folder)?;
    if before.version() != seen {
        return Err(NotSaved::Changed);
    }
    let id = new.id.trim();
    if was.is_some_and(|was| item(kind, &before, was).is_none()) {
        return Err(NotSaved::Gone);
    }
    if was != Some(id) && item(kind, &before, id).is_some() {
        return Err(one(kind.key(), format!("\"{id}\" is there already; give it another id")));
    }
    let (text, ending) = file(kind, new);
    let mut found = bring_in(folder, kind, &format!("{}.{ending}", kind.one()), &text)?;
    // Where the form has no name, it shall have none.
    if new.field("name").trim().is_empty() && fields(kind).any(|field| field == "name") {
        found.plans.names.remove(id);
    }
    if let Some(was) = was.filter(|was| *was != id) {
        remove(kind, &mut found.plans, was);
    }
    Ok(Applied { plans: found.plans })
}

fn remove(kind: PlanKind, plans: &mut Plans, id: &str) {
    let plan = &mut plans.plan;
    match kind {
        PlanKind::Fences => plan.fences.retain(|f| f.id != id),
        PlanKind::Routes => plan.routes.retain(|r| r.id != id),
        PlanKind::Roads => plan.roads.retain(|r| r.id != id),
        PlanKind::Plans => plan.plans.retain(|p| p.id != id),
        PlanKind::Permits => plan.permits.retain(|p| p.id != id),
        PlanKind::Vehicles => plan.vehicles.retain(|v| v.device != id),
        PlanKind::Devices => drop(plans.devices.remove(id)),
    }
    if PlanKind::ALL.iter().all(|kind| item(*kind, plans, id).is_none()) {
        plans.names.remove(id);
    }
}

/// Reads a text as a file of a kind, beside what the folder has.
fn bring_in(folder: &Path, kind: PlanKind, name: &str, text: &str) -> Result<Imported, NotSaved> {
    let whole = |reason: String| NotSaved::Refused(vec![FieldProblem { field: String::new(), reason }]);
    if text.contains('\u{fffd}') {
        return Err(whole(format!("{name} is no UTF-8 text (GBK?); export it as UTF-8")));
    }
    let own = tempfile::tempdir().map_err(|e| NotSaved::Defect(e.to_string()))?;
    // The name came from outside: only its last part, and never a hidden one.
    let last: String =
        name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    let file = own
        .path()
        .join(format!("_{}", last.chars().rev().take(80).collect::<Vec<_>>().iter().rev().collect::<String>()));
    std::fs::write(&file, text).map_err(|e| NotSaved::Defect(e.to_string()))?;
    import(kind, &file, folder).map_err(|problems| {
        let (ours, theirs): (Vec<_>, Vec<_>) = problems.0.into_iter().partition(|p| p.file == file);
        if ours.is_empty() { NotSaved::Broken(PlanProblems(theirs)) } else { fields_of(ours, &last) }
    })
}

fn fields_of(problems: Vec<crate::registry::RowProblem>, name: &str) -> NotSaved {
    let many = problems.iter().any(|p| p.row > 1);
    let told = problems.into_iter().map(|p| {
        let row = if many && p.row > 0 {
            format!("{name}, {} {}: ", if p.is_feature { "feature" } else { "line" }, p.row)
        } else {
            String::new()
        };
        FieldProblem { reason: format!("{row}{}", p.reason), field: p.field }
    });
    NotSaved::Refused(told.collect())
}

/// What only the whole can tell, such as a permit that names a route that is gone.
fn refused(problems: &PlanProblems, change: &Change) -> NotSaved {
    let told = problems.0.iter().map(|p| {
        let own = match change {
            Change::Save { kind, .. } => p.file == PathBuf::from(&p.file).with_file_name(kind.file_name()),
            Change::Delete { .. } | Change::Import { .. } => false,
        };
        let field = if own { p.field.clone() } else { String::new() };
        let reason = if own { p.reason.clone() } else { without_folder(&p.to_string()) };
        FieldProblem { field, reason }
    });
    NotSaved::Refused(told.collect())
}

/// A path of this machine is nobody's business.
fn without_folder(text: &str) -> String {
    let (path, rest) = text.split_once(':').unwrap_or((text, ""));
    let name = Path::new(path).file_name().map_or_else(|| path.to_owned(), |n| n.to_string_lossy().into_owned());
    if rest.is_empty() { name } else { format!("{name}:{rest}") }
}
