//! Which cameras are fed from the topic `segments`, and from where each of them goes on.

use crate::clock::Clock;
use crate::config::{Camera, City};
use crate::evidence::{EvidenceReader, StoreError};
use crate::log::{Log, Start};
use crate::segments::{Hub, HubConfig, HubError, SegmentOpener, Until, Wanted};
use crate::source::{Address, SegmentPosition};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use tokio::runtime::Handle;

/// The topic `segments` as the source of cameras. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Segments {
    log: Arc<dyn Log>,
    runtime: Handle,
    store: EvidenceReader,
    otherwise: Start,
    until: Until,
    /// A reader for each partition that is read by itself (in a cluster, one that this worker owns), or one for all.
    /// It lives as long as a camera that it feeds.
    hubs: Arc<Mutex<BTreeMap<Option<i32>, Weak<Hub>>>>,
}

impl Segments {
    /// Segments from a log, and from the city's store where they are large. A camera goes on where its snapshot says,
    /// else begins where `otherwise` says. To be called within a runtime, which reads.
    ///
    /// # Errors
    /// The store cannot be opened.
    pub fn new(city: &City, log: Arc<dyn Log>, otherwise: Start, until: Until) -> Result<Segments, StoreError> {
        let store = EvidenceReader::open(&city.store)?;
        Ok(Segments { log, runtime: Handle::current(), store, otherwise, until, hubs: Arc::default() })
    }

    /// A camera's segments as its source; `partition` where only that one is to be read. Not on tokio's workers.
    ///
    /// # Errors
    /// The log cannot be read, or the system gives no thread.
    pub fn opener(
        &self,
        camera: &Camera,
        partition: Option<i32>,
        from: Option<SegmentPosition>,
        clock: &Arc<dyn Clock>,
    ) -> Result<SegmentOpener, HubError> {
        self.hub(partition)?.opener(&wanted(camera, from), Some(self.store.clone()), clock.clone())
    }

    fn hub(&self, partition: Option<i32>) -> Result<Arc<Hub>, HubError> {
        let mut hubs = self.hubs.lock();
        if let Some(hub) = hubs.get(&partition).and_then(Weak::upgrade) {
            return Ok(hub);
        }
        let mut config = HubConfig::new(self.otherwise.clone(), self.until);
        config.partitions = partition.map(|partition| vec![partition]);
        let hub = Arc::new(self.runtime.block_on(Hub::open(self.log.clone(), config))?);
        hubs.insert(partition, Arc::downgrade(&hub));
        Ok(hub)
    }
}

/// What a camera wants of the topic.
fn wanted(camera: &Camera, from: Option<SegmentPosition>) -> Wanted {
    let address = Address::parse(&camera.url).ok();
    let other = address.as_ref().and_then(Address::segments_of);
    Wanted { key: other.unwrap_or(&camera.id).to_owned(), from }
}
