//! What is told of a change beside the change itself.

use crate::evidence::Compared;
use crate::payload::BaselineRef;
use operators::components::Finding;
use operators::vocabulary::StayId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one picture's changes of components carry.
#[derive(Debug, Clone, Default)]
pub(in crate::worker) struct Told {
    /// What is known of each stay.
    pub findings: Vec<Finding>,
    /// What the picture was compared with.
    pub baseline: Option<BaselineRef>,
    /// For the evidence of candidates that this picture raised.
    pub compared: BTreeMap<StayId, Arc<Compared>>,
}

impl Told {
    /// What is known of a stay.
    pub fn finding(&self, stay: &StayId) -> Option<&Finding> {
        self.findings.iter().find(|f| f.stay == *stay)
    }
}
