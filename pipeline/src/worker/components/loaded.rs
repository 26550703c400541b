//! The baseline of the part of day that is on, ready to compare.

use crate::baseline::{BaselineError, Store, StoredBaseline, View};
use crate::config::ChangeZone;
use crate::evidence::raster::Raster;
use crate::payload::BaselineRef;
use operators::components::{Baseline, CompareConfig, Comparer, ComponentId, Form, Nature, Registered};

/// A baseline with its components.
pub(super) struct Loaded {
    pub view: View,
    pub stored: StoredBaseline,
    pub baseline: Baseline,
    pub comparer: Comparer,
}

impl Loaded {
    /// Opens a version and prepares it. Components that it cannot tell are left out.
    ///
    /// # Errors
    /// A file of the version is missing or damaged, or the components do not fit it.
    pub fn open(
        store: &Store,
        view: View,
        stored: StoredBaseline,
        registered: &[Registered],
        changes: &[&ChangeZone],
    ) -> Result<Loaded, BaselineError> {
        let baseline = store.open(&stored)?;
        let unjudged = &stored.record.unjudged;
        let mut components: Vec<_> =
            registered.iter().filter(|r| !unjudged.iter().any(|id| id == r.id.as_str())).cloned().collect();
        if components.is_empty() {
            // Nothing to judge, but the pose is wanted: an area stands in for a component,
            // under an id that no watch knows.
            components.extend(changes.first().map(|zone| stand_in(zone)));
        }
        let comparer = Comparer::new(&baseline, &components, CompareConfig::default())
            .map_err(|source| BaselineError::Comparer { view: view.to_string(), source })?;
        for id in comparer.faceless() {
            tracing::warn!(camera = %view.camera, part = %view.part, component = %id,
                "cannot be told in this baseline: too small, or without looks of its own");
        }
        Ok(Loaded { view, stored, baseline, comparer })
    }

    /// In colour, for evidence; in grey where that file is gone. Read when it is
    /// needed: a camera should not hold 3 MB for it.
    pub fn picture(&self, store: &Store) -> Raster {
        store.picture(&self.stored).unwrap_or_else(|error| {
            tracing::warn!(%error, "the baseline is shown in grey");
            let grey = self.baseline.grey();
            let data = grey.data().iter().flat_map(|&v| [v; 3]).collect();
            Raster { width: grey.width(), height: grey.height(), data }
        })
    }

    /// What candidates say of it.
    pub fn reference(&self) -> Option<BaselineRef> {
        let (record, approval) = (&self.stored.record, self.stored.approval.as_ref()?);
        Some(BaselineRef {
            part: record.part.clone(),
            version: record.version,
            until: record.until,
            approved_by: approval.by.to_string(),
            approved_at: approval.at,
        })
    }
}

fn stand_in(zone: &ChangeZone) -> Registered {
    Registered {
        id: ComponentId(String::new()),
        nature: Nature::Face,
        form: Form::Area(zone.polygon.clone()),
        urgent: false,
    }
}
