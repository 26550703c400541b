//! A picture kept for a stay, and the cache in which it waits.

use super::{jpeg, raster::Raster};
use bytes::Bytes;
use models::Planes;
use operators::vocabulary::{BBox, EventTime, Moment, Sighting, StayId};
use parking_lot::Mutex;
use std::collections::HashMap;
use thiserror::Error;

/// Quality of kept stills: higher than that of what is sent, since they are encoded once more after marking.
const KEPT_QUALITY: u8 = 92;

/// A full-size picture without marks, as JPEG.
#[derive(Debug, Clone, PartialEq)]
pub struct Still {
    /// What it shows of the stay.
    pub moment: Moment,
    /// When it was taken.
    pub at: EventTime,
    /// The object in it.
    pub bbox: BBox,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The picture.
    pub jpeg: Bytes,
    /// What a reviewer gets of it, where that is made already.
    pub ready: Option<Ready>,
}

/// What a reviewer gets of a still, made while nobody waits for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    /// The marked picture, as JPEG.
    pub marked: Bytes,
    /// The object cut out, as JPEG; of the deciding picture only.
    pub crop: Option<Bytes>,
}

/// Why a picture could not be kept.
#[derive(Debug, Error)]
pub enum StillError {
    /// The planes are shorter than their size says.
    #[error("the decoded picture of {0}x{1} is shorter than its strides say; it is not kept")]
    Planes(usize, usize),
    /// It could not be encoded.
    #[error(transparent)]
    Jpeg(#[from] jpeg::JpegError),
}

impl Still {
    /// Keeps a decoded picture. It encodes a JPEG, so not on tokio's workers.
    ///
    /// # Errors
    /// The planes are too short, or the picture does not fit a JPEG.
    pub fn capture(planes: &Planes<'_>, moment: Moment, sighting: &Sighting) -> Result<Still, StillError> {
        let raster = Raster::from_planes(planes).ok_or(StillError::Planes(planes.width, planes.height))?;
        Still::from_raster(&raster, moment, sighting.at, sighting.bbox)
    }

    /// Keeps an RGB picture.
    ///
    /// # Errors
    /// The picture does not fit a JPEG.
    pub fn from_raster(raster: &Raster, moment: Moment, at: EventTime, bbox: BBox) -> Result<Still, StillError> {
        let jpeg = Bytes::from(jpeg::encode(raster, KEPT_QUALITY)?);
        Ok(Still { moment, at, bbox, width: raster.width, height: raster.height, jpeg, ready: None })
    }
}

impl Still {
    /// Bytes that it holds.
    fn bytes(&self) -> usize {
        let ready = self.ready.as_ref().map_or(0, |r| r.marked.len() + r.crop.as_ref().map_or(0, Bytes::len));
        self.jpeg.len() + ready
    }
}

type StayKey = (String, StayId);

/// Stills of stays that may become candidates, bounded in bytes and number.
///
/// When it is full the oldest middle stills go first, then the oldest start
/// stills, then end stills (which wait only for a moment): a case without its
/// middle is weaker, one without its start weaker still. Each that goes is
/// counted in `streetwatch_stills_dropped_total{reason}`.
#[derive(Debug)]
pub struct StillCache {
    max_bytes: usize,
    max_count: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    stays: HashMap<StayKey, Vec<(u64, Still)>>,
    bytes: usize,
    count: usize,
    next: u64,
}

impl StillCache {
    /// A cache of at most so many bytes of JPEG and so many stills.
    pub fn new(max_bytes: usize, max_count: usize) -> Self {
        StillCache { max_bytes, max_count, inner: Mutex::default() }
    }

    /// Keeps a still; one of the same stay and moment is replaced.
    pub fn insert(&self, camera: &str, stay: &StayId, still: Still) {
        if still.bytes() > self.max_bytes || self.max_count == 0 {
            metrics::counter!("streetwatch_stills_dropped_total", "reason" => "too_large").increment(1);
            return;
        }
        let mut inner = self.inner.lock();
        let key = (camera.to_owned(), stay.clone());
        inner.take(&key, |kept| kept.moment == still.moment);
        while inner.bytes + still.bytes() > self.max_bytes || inner.count + 1 > self.max_count {
            if !inner.evict() {
                break;
            }
        }
        inner.bytes += still.bytes();
        inner.count += 1;
        let order = inner.next;
        inner.next += 1;
        inner.stays.entry(key).or_default().push((order, still));
    }

    /// The stills of a stay: start, middle, end, as far as they are there.
    pub fn stills(&self, camera: &str, stay: &StayId) -> Vec<Still> {
        let inner = self.inner.lock();
        let kept = inner.stays.get(&(camera.to_owned(), stay.clone()));
        let mut stills: Vec<Still> = kept.into_iter().flatten().map(|(_, still)| still.clone()).collect();
        stills.sort_by_key(|still| still.moment);
        stills
    }

    /// Lets a stay's stills go: it ended, or its evidence is written.
    pub fn forget(&self, camera: &str, stay: &StayId) {
        self.inner.lock().take(&(camera.to_owned(), stay.clone()), |_| true);
    }

    /// Bytes of JPEG, and stills, kept now.
    pub fn size(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        (inner.bytes, inner.count)
    }
}

impl Inner {
    /// Removes the stills of a stay for which `goes` is true.
    fn take(&mut self, key: &StayKey, goes: impl Fn(&Still) -> bool) {
        let Some(stills) = self.stays.get_mut(key) else { return };
        let (mut bytes, before) = (0, stills.len());
        stills.retain(|(_, still)| {
            let gone = goes(still);
            bytes += if gone { still.bytes() } else { 0 };
            !gone
        });
        self.bytes -= bytes;
        self.count -= before - stills.len();
        if stills.is_empty() {
            self.stays.remove(key);
        }
    }

    /// Drops the least needed still; `false` when there is none.
    fn evict(&mut self) -> bool {
        let rank = |moment: Moment| match moment {
            Moment::Middle => 0,
            Moment::Start => 1,
            Moment::End => 2,
        };
        let all =
            self.stays.iter().flat_map(|(key, stills)| stills.iter().map(move |(order, s)| (key, *order, s.moment)));
        let Some((key, _, moment)) = all.min_by_key(|(_, order, moment)| (rank(*moment), *order)) else { return false };
        let key = key.clone();
        self.take(&key, |still| still.moment == moment);
        metrics::counter!("streetwatch_stills_dropped_total", "reason" => "cache_full").increment(1);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stay(n: u32) -> StayId {
        StayId { zone: "kerb".into(), rule: "illegal-parking".into(), start: EventTime(0), ordinal: n }
    }

    fn still(moment: Moment, bytes: usize) -> Still {
        let jpeg = Bytes::from(vec![0; bytes]);
        Still { moment, at: EventTime(0), bbox: BBox::new(0.0, 0.0, 0.1, 0.1), width: 1, height: 1, jpeg, ready: None }
    }

    fn moments(cache: &StillCache, n: u32) -> Vec<Moment> {
        cache.stills("c", &stay(n)).iter().map(|s| s.moment).collect()
    }

    #[test]
    fn a_full_cache_lets_middles_go_before_starts_and_the_oldest_first() {
        let cache = StillCache::new(1000, 4);
        cache.insert("c", &stay(0), still(Moment::Start, 10));
        cache.insert("c", &stay(0), still(Moment::Middle, 10));
        cache.insert("c", &stay(1), still(Moment::Middle, 10));
        cache.insert("c", &stay(1), still(Moment::End, 10));
        cache.insert("c", &stay(2), still(Moment::Start, 10));
        assert_eq!(moments(&cache, 0), [Moment::Start]);
        assert_eq!(moments(&cache, 1), [Moment::Middle, Moment::End]);
        cache.insert("c", &stay(3), still(Moment::Start, 10));
        cache.insert("c", &stay(4), still(Moment::Start, 10));
        assert_eq!(moments(&cache, 0), []);
        assert_eq!(moments(&cache, 1), [Moment::End]);
        assert_eq!(moments(&cache, 2), [Moment::Start]);
    }

    #[test]
    fn stills_come_back_in_order_and_are_forgotten_with_their_stay_only() {
        let cache = StillCache::new(1000, 100);
        for moment in [Moment::End, Moment::Start, Moment::Middle] {
            cache.insert("c", &stay(0), still(moment, 10));
            cache.insert("d", &stay(0), still(moment, 10));
        }
        assert_eq!(moments(&cache, 0), [Moment::Start, Moment::Middle, Moment::End]);
        cache.forget("c", &stay(0));
        assert_eq!(moments(&cache, 0), []);
        assert_eq!(cache.size(), (30, 3));
        cache.forget("d", &stay(0));
        assert_eq!(cache.size(), (0, 0));
    }

    #[test]
    fn a_still_larger_than_the_cache_is_not_kept_and_pushes_nothing_out() {
        let cache = StillCache::new(100, 10);
        cache.insert("c", &stay(0), still(Moment::Start, 60));
        cache.insert("c", &stay(1), still(Moment::Start, 101));
        assert_eq!(cache.size(), (60, 1));
    }

    proptest! {
        #[test]
        fn the_bounds_hold_and_the_books_balance(
            steps in prop::collection::vec((0u32..6, 0usize..3, 0usize..60, prop::bool::weighted(0.2)), 0..80)
        ) {
            let cache = StillCache::new(150, 5);
            for (n, moment, bytes, forget) in steps {
                let moment = [Moment::Start, Moment::Middle, Moment::End][moment];
                if forget { cache.forget("c", &stay(n)) } else { cache.insert("c", &stay(n), still(moment, bytes)) }
                let all: Vec<Still> = (0..6).flat_map(|n| cache.stills("c", &stay(n))).collect();
                let sum = all.iter().map(|s| s.jpeg.len()).sum::<usize>();
                prop_assert_eq!(cache.size(), (sum, all.len()));
                prop_assert!(sum <= 150 && all.len() <= 5);
            }
        }
    }
}
