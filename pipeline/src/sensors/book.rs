//! What the city draws and permits, ready for the rules.

use crate::config::{City, Sensors};
use crate::plans::{self, PlacedDevice, PlanProblems};
use operators::fleet::{FleetMap, FleetPlan, MapError};
use operators::vocabulary::Reading;
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

    /// A plate that a camera read is the vehicle's that bears it, where the plans know it; and what a camera saw is where
    /// the camera is, unless something else is said.
    pub fn known(&self, mut reading: Reading, city: &City) -> Reading {
        if let (None, Some(camera)) = (reading.place, &reading.camera) {
            let camera = city.cameras.iter().find(|known| known.id == *camera);
            reading.place = camera.and_then(|camera| camera.location).map(Into::into);
        }
        if let Some(plate) = reading.device.strip_prefix("plate:") {
            reading.device = self.map.device_of(plate);
        }
        reading
    }

    /// The name of a device, fence, road, route or plan.
    pub fn name(&self, id: &str) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }
}
