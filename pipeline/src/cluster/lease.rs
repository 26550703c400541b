//! The right to speak for the cameras of a partition.
//!
//! A lease is held from the moment the partition's state is restored until it is let go or lost; once it is gone it
//! never comes back, and a partition that returns gets another. What a camera says under a lease that is gone is not
//! said.

use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// The right to speak for the cameras of one partition.
#[derive(Debug)]
pub struct Lease {
    partition: i32,
    held: AtomicBool,
    /// The next offset of `cameras` to read; goes out with each transaction.
    offset: AtomicI64,
}

impl Lease {
    /// The partition.
    pub fn partition(&self) -> i32 {
        self.partition
    }

    /// Whether it is still held.
    pub fn is_held(&self) -> bool {
        self.held.load(Ordering::SeqCst)
    }

    /// The next offset of `cameras` to read.
    pub fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// `cameras` was read up to here.
    pub fn read_to(&self, offset: i64) {
        self.offset.fetch_max(offset, Ordering::Relaxed);
    }
}

/// All leases of a worker.
#[derive(Debug, Default)]
pub struct Leases {
    by_partition: Mutex<BTreeMap<i32, Arc<Lease>>>,
    by_camera: Mutex<BTreeMap<String, Arc<Lease>>>,
}

impl Leases {
    /// A new lease for a partition; an older one is gone.
    pub fn open(&self, partition: i32) -> Arc<Lease> {
        let lease = Arc::new(Lease { partition, held: AtomicBool::new(true), offset: AtomicI64::new(0) });
        if let Some(older) = self.by_partition.lock().insert(partition, lease.clone()) {
            older.held.store(false, Ordering::SeqCst);
        }
        lease
    }

    /// The leases of these partitions are gone.
    pub fn close(&self, partitions: &BTreeSet<i32>) {
        let mut leases = self.by_partition.lock();
        for partition in partitions {
            if let Some(lease) = leases.remove(partition) {
                lease.held.store(false, Ordering::SeqCst);
            }
        }
    }

    /// Every lease is gone.
    pub fn close_all(&self) {
        for (_, lease) in std::mem::take(&mut *self.by_partition.lock()) {
            lease.held.store(false, Ordering::SeqCst);
        }
    }

    /// From now on a camera speaks under a lease.
    pub fn grant(&self, camera: &str, lease: Arc<Lease>) {
        self.by_camera.lock().insert(camera.to_owned(), lease);
    }

    /// A camera does not speak any more.
    pub fn withdraw(&self, camera: &str) {
        self.by_camera.lock().remove(camera);
    }

    /// The lease that a camera speaks under, gone or not.
    pub fn of(&self, camera: &str) -> Option<Arc<Lease>> {
        self.by_camera.lock().get(camera).cloned()
    }

    /// Cameras that speak under one of these leases.
    pub fn under(&self, leases: &[Arc<Lease>]) -> BTreeSet<String> {
        let speaks = |lease: &Arc<Lease>| leases.iter().any(|other| Arc::ptr_eq(lease, other));
        self.by_camera.lock().iter().filter(|(_, lease)| speaks(lease)).map(|(camera, _)| camera.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_that_returns_does_not_revive_what_was_said_under_the_lease_before() {
        let leases = Leases::default();
        let first = leases.open(3);
        leases.grant("c-001", first.clone());
        leases.close(&[3].into());
        let second = leases.open(3);
        assert_eq!((first.is_held(), second.is_held()), (false, true));
        assert!(!leases.of("c-001").expect("granted once").is_held());
        assert_eq!(leases.under(&[second.clone()]).len(), 0);
        leases.grant("c-001", second.clone());
        assert_eq!(leases.under(&[second]), BTreeSet::from(["c-001".to_owned()]));
    }

    #[test]
    fn a_second_lease_on_a_partition_ends_the_first() {
        let leases = Leases::default();
        let (first, _second) = (leases.open(0), leases.open(0));
        assert!(!first.is_held());
    }
}
