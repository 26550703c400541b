//! The folder: read whole, written file by file.

use super::error::{Findings, PlanProblems, SaveError};
use super::kind::PlanKind;
use super::take::{Rows, take};
use super::{Plans, check, table, write};
use crate::registry::Remark;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::NamedTempFile;

/// No city's plans are larger, bytes a file.
const LARGEST: u64 = 256 << 20;

/// Names, sizes and times of a folder's files: other when anything was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fingerprint(Vec<(&'static str, u64, Option<SystemTime>)>);

/// A cheap look at a folder, to see whether it must be read again.
pub fn fingerprint(folder: &Path) -> Fingerprint {
    let of = |kind: &PlanKind| {
        let meta = fs::metadata(folder.join(kind.file_name())).ok()?;
        Some((kind.file_name(), meta.len(), meta.modified().ok()))
    };
    Fingerprint(PlanKind::ALL.iter().filter_map(of).collect())
}

/// Reads a folder. What should be better is logged.
///
/// # Errors
/// Every problem with its file, row and field.
pub fn load(folder: &Path) -> Result<Plans, PlanProblems> {
    let (plans, remarks) = read(folder)?;
    for remark in remarks {
        tracing::warn!("{remark}");
    }
    Ok(plans)
}

/// Reads a folder; what should be better is in the answer.
///
/// # Errors
/// As [`load`].
pub fn read(folder: &Path) -> Result<(Plans, Vec<Remark>), PlanProblems> {
    let mut findings = Findings::default();
    strangers(folder, &mut findings);
    let texts = PlanKind::ALL.into_iter().filter_map(|kind| {
        let file = folder.join(kind.file_name());
        text(&file, &mut findings).map(|text| (kind, file, text))
    });
    let texts: Vec<_> = texts.collect();
    assemble(folder, &texts, findings)
}

/// Plans from the texts of files.
fn assemble(
    folder: &Path,
    texts: &[(PlanKind, PathBuf, String)],
    mut findings: Findings,
) -> Result<(Plans, Vec<Remark>), PlanProblems> {
    let (mut plans, mut rows) = (Plans::default(), Rows::new());
    for (kind, file, text) in texts {
        if let Some(table) = table::read(*kind, file, text, &mut findings) {
            take(&table, &mut plans, &mut rows, &mut findings);
        }
    }
    // With rows left out, names of others would look wrong that are not.
    if findings.problems.is_empty() {
        check::check(folder, &plans, &rows, &mut findings);
    }
    let Findings { mut problems, remarks } = findings;
    if problems.is_empty() {
        return Ok((plans, remarks));
    }
    problems.sort_by(|a, b| (&a.file, a.row).cmp(&(&b.file, b.row)));
    Err(PlanProblems(problems))
}

/// Files that are not ours are remarked: perhaps one of ours is spelt wrong.
fn strangers(folder: &Path, findings: &mut Findings) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            findings.refuse(folder, format!("cannot be read: {error}"));
            return;
        }
    };
    let mut names: Vec<String> =
        entries.filter_map(Result::ok).map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names.iter().filter(|n| !n.starts_with('.')) {
        if PlanKind::ALL.iter().all(|kind| kind.file_name() != name) {
            let ours = PlanKind::ALL.map(PlanKind::file_name).join(", ");
            findings.remark(&folder.join(name), 0, format!("is none of {ours}, and was not read"));
        }
    }
}

/// The text of a file, if it is there.
pub(super) fn text(file: &Path, findings: &mut Findings) -> Option<String> {
    let meta = match fs::metadata(file) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            findings.refuse(file, format!("cannot be read: {error}"));
            return None;
        }
    };
    if !meta.is_file() || meta.len() > LARGEST {
        findings.refuse(file, "is no file, or one of over 256 MiB");
        return None;
    }
    match fs::read(file).map(String::from_utf8) {
        Ok(Ok(text)) => Some(text),
        Ok(Err(_)) => {
            findings.refuse(file, "is no UTF-8 text (GBK?); export it as UTF-8");
            None
        }
        Err(error) => {
            findings.refuse(file, format!("cannot be read: {error}"));
            None
        }
    }
}

/// Writes plans: each file by one rename, only those that are other than what stands there. Returns the files written.
///
/// # Errors
/// The plans would not be read again, or the disk refuses.
pub fn save(folder: &Path, plans: &Plans) -> Result<Vec<PathBuf>, SaveError> {
    let texts: Vec<_> =
        PlanKind::ALL.into_iter().map(|kind| (kind, folder.join(kind.file_name()), write::text(kind, plans))).collect();
    assemble(folder, &texts, Findings::default())?;
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| SaveError::Io { path, source }
    };
    fs::create_dir_all(folder).map_err(io(folder))?;
    let nothing = Plans::default();
    let mut written = Vec::new();
    for (kind, file, text) in texts {
        let old = fs::read(&file).ok();
        let is_needed = old.is_some() || text != write::text(kind, &nothing);
        if !is_needed || old.as_deref() == Some(text.as_bytes()) {
            continue;
        }
        let mut draft = NamedTempFile::new_in(folder).map_err(io(folder))?;
        draft.write_all(text.as_bytes()).map_err(io(&file))?;
        if let Ok(meta) = fs::metadata(&file) {
            draft.as_file().set_permissions(meta.permissions()).map_err(io(&file))?;
        } else {
            readable(draft.as_file()).map_err(io(&file))?;
        }
        draft.as_file().sync_all().map_err(io(&file))?;
        draft.persist(&file).map_err(|e| io(&file)(e.error))?;
        written.push(file);
    }
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(folder))?;
    Ok(written)
}

/// Temporary files are their owner's alone; plans are for whoever may read the folder.
fn readable(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

/// Writes plans over a folder that still has the version `seen`, so that nobody's edit is lost.
///
/// # Errors
/// Somebody else has changed the folder, or as [`save`].
pub fn replace(folder: &Path, seen: &str, plans: &Plans) -> Result<Vec<PathBuf>, SaveError> {
    let standing = if folder.exists() { load(folder) } else { Ok(Plans::default()) };
    match standing {
        Ok(standing) if standing.version() == seen => save(folder, plans),
        Ok(_) | Err(_) => Err(SaveError::Changed(folder.to_owned())),
    }
}
