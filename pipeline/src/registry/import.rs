//! Files in, components out; what is wrong with single rows beside them.

use super::check::{Checks, check};
use super::field::Field;
use super::problem::{FileError, Remark, RowProblem};
use super::row::{Row, Rows};
use super::{csv, geojson};
use crate::payload::Component;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A census of a large city has a few million rows.
const MAX_FILE_BYTES: u64 = 2 << 30;
/// Different remarks kept of one file.
const MOST_REMARKS: usize = 64;

/// What came out of files.
#[derive(Debug, Default)]
pub struct Imported {
    /// The components that were kept, in the files' order.
    pub components: Vec<Component>,
    /// The rows that were refused.
    pub problems: Vec<RowProblem>,
    /// What should be better about the rows that were kept.
    pub remarks: Vec<Remark>,
    /// Where each id was first seen: index, file and row.
    seen: BTreeMap<String, (usize, PathBuf, u64)>,
}

/// Reads and checks files, CSV or GeoJSON by their ending.
///
/// # Errors
/// A file cannot be read, or nothing in it can be a register. Single rows never are.
pub fn import(files: &[PathBuf], checks: &Checks) -> Result<Imported, FileError> {
    let mut imported = Imported::default();
    for file in files {
        let fail = |reason: String| FileError { file: file.clone(), reason };
        let size = std::fs::metadata(file).map_err(|e| fail(format!("cannot be read: {e}")))?;
        if !size.is_file() || size.len() > MAX_FILE_BYTES {
            return Err(fail("is no file, or one of over 2 GiB".to_owned()));
        }
        let bytes = std::fs::read(file).map_err(|e| fail(format!("cannot be read: {e}")))?;
        let hint = "is no UTF-8 text (GBK?); export it as UTF-8";
        let text = String::from_utf8(bytes).map_err(|_| fail(hint.to_owned()))?;
        import_text(file, &text, checks, &mut imported)?;
    }
    Ok(imported)
}

/// Reads one file's text and adds it to what was imported before it.
///
/// # Errors
/// As [`import`].
pub fn import_text(file: &Path, text: &str, checks: &Checks, into: &mut Imported) -> Result<(), FileError> {
    let fail = |reason| FileError { file: file.to_owned(), reason };
    let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let (rows, is_feature) = match ending.as_str() {
        "csv" => (csv::read(text), false),
        "geojson" | "json" => (geojson::read(text), true),
        _ => return Err(fail("is neither .csv nor .geojson".to_owned())),
    };
    let Rows { rows, unreadable, unknown } = rows.map_err(fail)?;
    if rows.is_empty() && unreadable.is_empty() {
        return Err(fail("holds no component".to_owned()));
    }
    let mut place = Place { file, is_feature, into, remarks: BTreeMap::new() };
    for (row, reason) in unreadable {
        place.refuse(row, "", reason);
    }
    for name in unknown {
        place.remark(1, format!("`{name}` is no field and was read over"));
    }
    for row in &rows {
        match check(row, checks) {
            Ok((component, remarks)) => place.take(row, component, remarks),
            Err(refusal) => place.refuse(row.number, refusal.field, refusal.reason),
        }
    }
    let remarks = place.remarks;
    into.remarks.extend(remarks.into_iter().map(|(what, (row, rows))| Remark {
        file: file.to_owned(),
        row,
        rows,
        what,
    }));
    into.problems.sort_by(|a, b| (&a.file, a.row).cmp(&(&b.file, b.row)));
    Ok(())
}

/// Where the rows of one file go.
struct Place<'a> {
    file: &'a Path,
    is_feature: bool,
    into: &'a mut Imported,
    /// By what they say: the first row, and how many rows.
    remarks: BTreeMap<String, (u64, u64)>,
}

impl Place<'_> {
    /// Keeps a component. A row whose id was there before is a further view of
    /// it where nothing else differs, and refused otherwise.
    fn take(&mut self, row: &Row, component: Component, remarks: Vec<String>) {
        if let Some((index, file, first)) = self.into.seen.get(&component.id) {
            let (known, first) = (&mut self.into.components[*index], format!("{}:{first}", file.display()));
            let merged = further_view(known, &component);
            match merged {
                Ok(()) => known.views.extend(component.views),
                Err(why) => self.refuse(
                    row.number,
                    Field::Id.as_str(),
                    format!("{} stands at {first} too, {why}", component.id),
                ),
            }
            return;
        }
        for remark in remarks {
            self.remark(row.number, remark);
        }
        let place = (self.into.components.len(), self.file.to_owned(), row.number);
        self.into.seen.insert(component.id.clone(), place);
        self.into.components.push(component);
    }

    fn refuse(&mut self, row: u64, field: &str, reason: String) {
        let (file, is_feature) = (self.file.to_owned(), self.is_feature);
        self.into.problems.push(RowProblem { file, row, is_feature, field: field.to_owned(), reason });
    }

    fn remark(&mut self, row: u64, what: String) {
        if self.remarks.len() < MOST_REMARKS || self.remarks.contains_key(&what) {
            self.remarks.entry(what).or_insert((row, 0)).1 += 1;
        }
    }
}

/// Whether `other` only adds views to `known`.
fn further_view(known: &Component, other: &Component) -> Result<(), &'static str> {
    let same = Component { views: Vec::new(), ..known.clone() } == Component { views: Vec::new(), ..other.clone() };
    let twice = |view: &crate::payload::ComponentView| {
        known.views.iter().any(|v| (&v.camera, &v.preset) == (&view.camera, &view.preset))
    };
    if !same {
        Err("with other attributes: ids are unique; take one of the rows out")
    } else if other.views.is_empty() {
        Err("word for word: take one of the rows out")
    } else if other.views.iter().any(twice) {
        Err("with an outline in the same view: a component has one in each")
    } else {
        Ok(())
    }
}
