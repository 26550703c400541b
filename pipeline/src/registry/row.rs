//! A row as it stands in a file, before anything of it is believed.

use super::field::Field;
use std::collections::BTreeMap;

/// One row of a CSV file or one feature of a GeoJSON file.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// Line, or number of the feature, from 1.
    pub number: u64,
    /// The texts that are there; empty ones are not.
    pub fields: BTreeMap<Field, String>,
    /// The shape on the ground, where the file has it as geometry.
    pub geometry: Option<serde_json::Value>,
    /// Views, where the feature has a list of them.
    pub views: Vec<RawView>,
}

/// A view as the file writes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RawView {
    pub camera: Option<String>,
    pub preset: Option<String>,
    pub polygon: Option<String>,
    pub polyline: Option<String>,
    pub width: Option<String>,
}

impl Row {
    pub fn get(&self, field: Field) -> Option<&str> {
        self.fields.get(&field).map(String::as_str)
    }

    /// The view that the row's own columns name, if they do.
    pub fn own_view(&self) -> Option<RawView> {
        let text = |field| self.get(field).map(str::to_owned);
        let view = RawView {
            camera: text(Field::Camera),
            preset: text(Field::Preset),
            polygon: text(Field::Polygon),
            polyline: text(Field::Polyline),
            width: text(Field::Width),
        };
        (view != RawView::default()).then_some(view)
    }
}

/// What a parser made of a file.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub rows: Vec<Row>,
    /// Rows that could not even be read: number and reason.
    pub unreadable: Vec<(u64, String)>,
    /// Columns and properties that are no field.
    pub unknown: Vec<String>,
}
