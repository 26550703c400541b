//! A proposal of the feedback, as the zone editor takes it.

use super::super::App;
use super::super::refusal::Refusal;
use super::super::visitor::Supervisor;
use crate::config::{Camera, ZoneForm, polygon_text};
use crate::console::desk::Refused;
use crate::console::feedback::{Advice, Proposal};

/// A proposal that still holds; `None` where none is meant, or it was settled meanwhile.
pub async fn proposal(app: &App, who: &Supervisor, id: &str) -> Result<Option<Proposal>, Refusal> {
    if id.is_empty() {
        return Ok(None);
    }
    match app.feedback.meant(&who.actor(), id).await {
        Ok(proposal) => Ok(Some(proposal)),
        Err(Refused::NotFound) => Ok(None),
        Err(refused) => Err(super::super::decide::told(app, &who.visitor, refused)),
    }
}

/// The zone with a proposed threshold filled in. A mask is drawn, and the zone pulled by hand.
pub fn proposed(camera: &Camera, proposal: &Proposal) -> Option<ZoneForm> {
    let Advice::Threshold { confidence } = proposal.advice else { return None };
    let zone = camera.any_zone(&proposal.zone, &proposal.rule)?;
    let confidence = (confidence * 1000.0).round() / 1000.0;
    Some(ZoneForm {
        id: proposal.zone.clone(),
        rule: proposal.rule.clone(),
        polygon: zone.polygon().map(polygon_text).unwrap_or_default(),
        settings: vec![("confidence".to_owned(), confidence.to_string())],
    })
}
