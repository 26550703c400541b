//! A file as rows of texts by field, whether it is GeoJSON or CSV. Lists are texts separated by `;`.

use super::error::Findings;
use super::kind::PlanKind;
use crate::registry::RowProblem;
use crate::registry::csv;
use crate::registry::geojson::{collection, parts, text_of};
use operators::plausibility::Datum;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One row.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// Line, or number of the feature, from 1.
    pub number: u64,
    /// The texts that are there; empty ones are not.
    pub fields: BTreeMap<&'static str, String>,
    /// The shape on the ground, where the file has it as geometry.
    pub geometry: Option<Value>,
}

/// The rows of a file.
#[derive(Debug)]
pub(super) struct Table {
    pub file: PathBuf,
    pub kind: PlanKind,
    pub is_feature: bool,
    pub datum: Datum,
    pub rows: Vec<Row>,
}

/// Reads a text, GeoJSON or CSV by the file's ending. `None` where nothing of it can be used.
pub(super) fn read(kind: PlanKind, file: &Path, text: &str, findings: &mut Findings) -> Option<Table> {
    let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let is_feature = match ending.as_str() {
        "csv" => false,
        "geojson" | "json" => true,
        _ => {
            findings.refuse(file, "is neither .csv nor .geojson");
            return None;
        }
    };
    let mut table = Table { file: file.to_owned(), kind, is_feature, datum: Datum::Wgs84, rows: Vec::new() };
    let read = if is_feature { features(&mut table, text, findings) } else { lines(&mut table, text, findings) };
    match read {
        Ok(()) => Some(table),
        Err(reason) => {
            findings.refuse(file, reason);
            None
        }
    }
}

fn features(table: &mut Table, text: &str, findings: &mut Findings) -> Result<(), String> {
    let (features, members) = collection(text)?;
    table.datum = match members.get("datum").map(|d| d.as_str().unwrap_or_default().to_ascii_lowercase()).as_deref() {
        None | Some("wgs84" | "wgs-84") => Datum::Wgs84,
        Some("gcj02" | "gcj-02") => Datum::Gcj02,
        Some(_) => return Err("`datum` is neither \"wgs84\" nor \"gcj02\"".to_owned()),
    };
    for (number, feature) in (1..).zip(&features) {
        let (geometry, properties) = match parts(feature) {
            Ok(parts) => parts,
            Err(reason) => {
                findings.problems.push(table.problem(number, "", reason));
                continue;
            }
        };
        let mut row = Row { number, geometry: geometry.cloned(), ..Row::default() };
        for (name, value) in properties.into_iter().flatten() {
            match (table.field(name), listed(value)) {
                (Some(field), Some(text)) => drop(row.fields.insert(field, text)),
                (Some(_), None) => {}
                (None, _) => findings.remark(&table.file, number, unknown(name)),
            }
        }
        if let Some(id) = feature.get("id").and_then(text_of) {
            row.fields.entry(table.kind.key()).or_insert(id);
        }
        table.rows.push(row);
    }
    Ok(())
}

fn lines(table: &mut Table, text: &str, findings: &mut Findings) -> Result<(), String> {
    let csv::Table { headers, rows, unreadable } = csv::table(text, &table.kind.fields().join(","))?;
    let columns: Vec<Option<&'static str>> = headers.iter().map(|name| table.field(name)).collect();
    if !columns.contains(&Some(table.kind.key())) {
        let found = headers.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(format!("no column is called `{}`; the first line names: {found}", table.kind.key()));
    }
    for (i, column) in columns.iter().enumerate() {
        match column {
            Some(field) if columns[..i].contains(column) => {
                return Err(format!("two columns are called `{field}`; keep one of them"));
            }
            None if !headers[i].is_empty() => findings.remark(&table.file, 1, unknown(&headers[i])),
            _ => {}
        }
    }
    let bad = unreadable.into_iter().map(|(line, reason)| table.problem(line, "", reason));
    findings.problems.extend(bad.collect::<Vec<_>>());
    for (number, texts) in rows {
        let texts = texts.into_iter().zip(&columns).filter(|(text, _)| !text.is_empty());
        let fields = texts.filter_map(|(text, field)| Some(((*field)?, text))).collect();
        table.rows.push(Row { number, fields, geometry: None });
    }
    Ok(())
}

fn unknown(name: &str) -> String {
    let short: String = name.chars().take(40).collect();
    format!("`{short}` is no field: read over, and not written again")
}

/// A property as a CSV file would write it; the items of a list separated by `;`.
fn listed(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => {
            let texts: Vec<String> = items.iter().filter_map(text_of).collect();
            Some(texts.join(";")).filter(|text| !text.is_empty())
        }
        other => text_of(other),
    }
}

impl Table {
    /// The field of this name, if it is one.
    fn field(&self, name: &str) -> Option<&'static str> {
        self.kind.fields().iter().find(|field| field.eq_ignore_ascii_case(name)).copied()
    }

    /// A problem with one of its rows.
    pub fn problem(&self, row: u64, field: &str, reason: impl Into<String>) -> RowProblem {
        let (file, field, reason) = (self.file.clone(), field.to_owned(), reason.into());
        RowProblem { file, row, is_feature: self.is_feature, field, reason }
    }
}
