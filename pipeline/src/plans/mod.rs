//! A city's fences, routes, roads, plans, permits, vehicles and placed devices, as files in a folder.
//!
//! ```text
//! fences.geojson, … ─► table (texts by field) ─► cells (one field) ─► take (one row) ─► check (names of others) ─► Plans
//! permits.csv, …                                      └► RowProblem (file, row, field, what to do)
//! Plans ─► write ─► folder (each file by one rename)
//! ```
//!
//! Every file is optional. A folder with any problem is refused whole: a fence that is not there would make a truck
//! look innocent. Whoever has the last good plans keeps them.

mod cells;
mod check;
mod error;
mod folder;
mod import;
mod kind;
mod table;
mod take;
#[cfg(test)]
mod tests;
mod write;

pub use error::{PlanProblems, SaveError};
pub use folder::{Fingerprint, fingerprint, load, read, replace, save};
pub use import::{Imported, import};
pub use kind::PlanKind;
pub use write::text;

use operators::fleet::FleetPlan;
use operators::ground::LonLat;
use operators::vocabulary::DeviceKind;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Everything a city draws and permits, and where its devices stand.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plans {
    /// Fences, routes, roads, permits, plans, vehicles.
    pub plan: FleetPlan,
    /// Bins, covers and gauges by device id.
    pub devices: BTreeMap<String, PlacedDevice>,
    /// Names for people, by the id of what they name.
    pub names: BTreeMap<String, String>,
}

/// A bin, cover or gauge, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedDevice {
    /// What it is.
    pub kind: DeviceKind,
    /// The street component that it is, by the register's id.
    pub component: Option<String>,
    /// Where it stands.
    pub place: Option<LonLat>,
    /// Its grid cell.
    pub grid: Option<String>,
    /// The camera and its zone that see this bin.
    pub seen_by: Option<(String, String)>,
}

impl Plans {
    /// SHA-256 of all that they say, in hex. The same whatever the order of rows' fields and files' layout.
    pub fn version(&self) -> String {
        let mut digest = Sha256::new();
        for kind in PlanKind::ALL {
            digest.update(kind.file_name().as_bytes());
            digest.update(write::text(kind, self).as_bytes());
        }
        hex::encode(digest.finalize())
    }

    /// The name for people of something, or its id where it has none.
    pub fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.names.get(id).map_or(id, String::as_str)
    }
}
