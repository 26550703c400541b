//! What goes wrong with terminals and sensors: all of it counted, some of it told.
//!
//! A flood must not become a flood of log lines: of each kind one line every
//! ten seconds, with how many there were meanwhile.

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(10);

/// Decides which complaints are told.
#[derive(Debug, Default)]
pub struct Complaints {
    told: Mutex<BTreeMap<&'static str, (Duration, u64)>>,
}

impl Complaints {
    /// Whether this one is told: then with how many of its kind were not, since the last one.
    pub fn tell(&self, kind: &'static str, now: Duration) -> Option<u64> {
        let mut told = self.told.lock();
        match told.get_mut(kind) {
            Some((last, untold)) if now.saturating_sub(*last) < EVERY => {
                *untold += 1;
                None
            }
            Some((last, untold)) => {
                *last = now;
                Some(std::mem::take(untold))
            }
            None => {
                told.insert(kind, (now, 0));
                Some(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_kind_is_a_line_every_ten_seconds_and_hides_no_other() {
        let complaints = Complaints::default();
        let lines: Vec<_> = (0..30_000).filter_map(|ms| complaints.tell("rate", Duration::from_millis(ms))).collect();
        assert_eq!(lines, [0, 9_999, 9_999]);
        assert_eq!(complaints.tell("identity", Duration::from_secs(30)), Some(0));
    }
}
