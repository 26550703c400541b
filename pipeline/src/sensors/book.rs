//! What the city draws and permits, ready for the rules.

use crate::config::Sensors;
use crate::plans::{self, PlacedDevice, PlanProblems};
use operators::fleet::{FleetMap, FleetPlan, MapError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The plans folder as it is at one time.
#[derive(Debug, Clone)]
pub struct Book {
    /// Fences, routes, roads, permits, plans and vehicles.
    pub map: Arc<FleetMap>,
    /// The same as it is drawn.
    pub plan: Arc<FleetPlan>,
    /// Bins, covers and gauges: where they are.
    pub devices: BTreeMap<String, PlacedDevice>,
    /// Names for people, by id.
    pub names: BTreeMap<String, String>,
    /// Digest of what the files say.
    pub version: String,
}

/// Why plans cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// Files that are wrong.
    #[error("{0}")]
    Files(#[from] PlanProblems),
    /// Each file is right, and together they are not.
    #[error("plans: {0}")]
    Map(#[from] MapError),
}

impl Book {
    /// Reads the plans folder; a folder that is not there is an empty one.
    ///
    /// # Errors
    /// Every problem of the files, or the first of what they say together.
    pub fn open(config: &Sensors) -> Result<Book, BookError> {
        let plans = plans::load(&config.plans)?;
        let version = plans.version();
        let map = Arc::new(FleetMap::new(plans.plan.clone(), &config.fleet)?);
        Ok(Book { map, plan: Arc::new(plans.plan), devices: plans.devices, names: plans.names, version })
    }

    /// The name of a device, fence, road, route or plan.
    pub fn name(&self, id: &str) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }
}
