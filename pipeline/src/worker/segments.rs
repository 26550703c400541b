//! Which cameras of a city are fed from the topic `segments`, and from where each of them goes on.

use super::dispatcher::Remembered;
use crate::clock::Clock;
use crate::config::{Camera, City};
use crate::evidence::{EvidenceReader, StoreError};
use crate::log::{Log, Start};
use crate::segments::{Hub, HubConfig, HubError, SegmentOpener, Until, Wanted};
use crate::source::Address;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The topic `segments` as the source of some of a city's cameras.
#[derive(Clone, Debug)]
pub struct Segments {
    hub: Arc<Hub>,
    store: EvidenceReader,
}

/// Why segments cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SegmentsError {
    /// The log.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The store in which the large ones lie.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Segments {
    /// Begins to read for the cameras of the city that are fed from segments: each from where its snapshot says,
    /// else from where `otherwise` says. `None` where no camera is.
    ///
    /// # Errors
    /// The log or the store cannot be opened.
    pub async fn open(
        city: &City,
        log: Arc<dyn Log>,
        remembered: &BTreeMap<String, Remembered>,
        otherwise: Start,
        until: Until,
    ) -> Result<Option<Segments>, SegmentsError> {
        let fed = city.cameras.iter().filter(|camera| camera.is_segments());
        let of = |camera: &Camera| remembered.get(&camera.id).filter(|memory| memory.preset == camera.preset);
        let wanted: Vec<_> = fed.map(|camera| wanted(camera, of(camera))).collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let store = EvidenceReader::open(&city.store)?;
        let hub = Hub::open(log, HubConfig { partitions: None, otherwise, until, wanted }).await?;
        Ok(Some(Segments { hub: Arc::new(hub), store }))
    }

    /// A camera's segments as its source. Not on tokio's workers.
    ///
    /// # Errors
    /// As [`Hub::opener`].
    pub fn opener(
        &self,
        camera: &Camera,
        memory: Option<&Remembered>,
        clock: &Arc<dyn Clock>,
    ) -> Result<SegmentOpener, HubError> {
        let after = memory.filter(|memory| memory.segments.is_some()).map(|memory| memory.at.event_time());
        self.hub.opener(wanted(camera, memory), after, Some(self.store.clone()), clock.clone())
    }
}

/// What a camera wants of the topic.
fn wanted(camera: &Camera, memory: Option<&Remembered>) -> Wanted {
    let address = Address::parse(&camera.url).ok();
    let other = address.as_ref().and_then(Address::segments_of);
    Wanted { key: other.unwrap_or(&camera.id).to_owned(), from: memory.and_then(|memory| memory.segments) }
}
