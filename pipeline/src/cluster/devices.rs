//! Who speaks for vehicles, bins, covers and gauges: the owner of the first partition of `cameras`, under its lease.
//!
//! One worker reads all of `readings`, since planned work is judged by all of a plan's vehicles together, and since one
//! core judges more than a city sends. It goes to another worker as cameras do: drained and remembered, or fenced.

use super::lease::{Lease, Leases};
use crate::worker::{Sink, StartError};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The partition whose owner speaks for the devices.
const PARTITION: i32 = 0;
/// What they speak as, among the cameras. No camera has such an id.
pub(super) const DEVICES: &str = "@devices";

/// Runs the rules over readings while this worker speaks for the devices. All of it may block.
pub trait Devices: Send {
    /// This worker speaks for them from now on.
    fn begin(&mut self);
    /// It does not any more; returns when what they had to say is said, or refused. Returns how many messages could not
    /// be delivered.
    fn end(&mut self) -> u64;
}

/// Makes them around a sink; anew each time that the worker joins its group.
pub type MakeDevices = Box<dyn Fn(Arc<dyn Sink>) -> Result<Box<dyn Devices>, StartError> + Send>;

/// The devices of a worker, whether it speaks for them or not.
pub(super) struct OfDevices {
    devices: Option<Box<dyn Devices>>,
    leases: Arc<Leases>,
    lost: u64,
}

impl OfDevices {
    /// None speaks yet. `devices` is `None` in a city without any.
    pub fn new(devices: Option<Box<dyn Devices>>, leases: Arc<Leases>) -> OfDevices {
        OfDevices { devices, leases, lost: 0 }
    }

    /// These leases were taken, and the state of their partitions is decided.
    pub fn taken(&mut self, leases: &[&Arc<Lease>]) {
        let lease = leases.iter().find(|lease| lease.partition() == PARTITION);
        if let (Some(lease), Some(devices)) = (lease, &mut self.devices) {
            self.leases.grant(DEVICES, Arc::clone(lease));
            devices.begin();
        }
    }

    /// These speak no more; takes the devices from among them.
    pub fn gone(&mut self, speakers: &mut BTreeSet<String>) {
        if speakers.remove(DEVICES) {
            self.end();
        }
    }

    /// They end with the worker. Returns how many messages could not be delivered, in all.
    pub fn end(&mut self) -> u64 {
        if let Some(devices) = &mut self.devices {
            self.lost += devices.end();
        }
        self.leases.withdraw(DEVICES);
        self.lost
    }
}
