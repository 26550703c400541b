//! Wrong passwords make the next try wait: by user name and by address.
//!
//! In memory, and bounded. A restart forgets it: argon2 alone still slows a guesser.

use crate::clock::Clock;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Wrong passwords before a user's next try must wait.
const FREE_FOR_A_NAME: u32 = 5;
/// The same for an address: an office may sit behind one.
const FREE_FOR_AN_ADDRESS: u32 = 20;
/// Longest wait.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// A quiet time after which all is forgotten.
const FORGET: Duration = Duration::from_secs(60 * 60);
/// Names and addresses remembered; beyond that the one that has been quiet longest is forgotten.
const REMEMBERED: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Name(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Record {
    wrong: u32,
    last: Duration,
    open_at: Duration,
}

/// Who got how many passwords wrong lately.
#[derive(Debug)]
pub struct Throttle {
    clock: Arc<dyn Clock>,
    records: Mutex<HashMap<Who, Record>>,
}

impl Throttle {
    /// Remembers nothing yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Throttle { clock, records: Mutex::default() }
    }

    /// Takes one try. It counts as a wrong one until [`Throttle::right`] says otherwise, so that a thousand
    /// tries at once do not all slip through while the first is being checked.
    ///
    /// # Errors
    /// How long to wait.
    pub fn attempt(&self, name: &str, address: IpAddr) -> Result<(), Duration> {
        let now = self.clock.monotonic();
        let mut records = self.records.lock();
        let both = keys(name, address);
        let wait = both.iter().filter_map(|who| records.get(who)).map(|r| r.open_at.saturating_sub(now)).max();
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        for who in both {
            let free = if matches!(who, Who::Name(_)) { FREE_FOR_A_NAME } else { FREE_FOR_AN_ADDRESS };
            let record = records.entry(who).or_insert(Record { wrong: 0, last: now, open_at: now });
            if now.saturating_sub(record.last) > FORGET {
                record.wrong = 0;
            }
            record.wrong = record.wrong.saturating_add(1);
            record.last = now;
            record.open_at = now + wait_after(record.wrong, free);
        }
        while records.len() > REMEMBERED {
            let quietest = records.iter().min_by_key(|(_, r)| r.last).map(|(who, _)| who.clone());
            let Some(quietest) = quietest else { break };
            records.remove(&quietest);
        }
        Ok(())
    }

    /// The password was right: the name is forgiven, the address gets its try back.
    pub fn right(&self, name: &str, address: IpAddr) {
        let mut records = self.records.lock();
        let [name, address] = keys(name, address);
        records.remove(&name);
        if let Some(record) = records.get_mut(&address) {
            record.wrong = record.wrong.saturating_sub(1);
            record.open_at = Duration::ZERO;
        }
    }
}

fn keys(name: &str, address: IpAddr) -> [Who; 2] {
    // A whole /64 is one household.
    let address = match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_none() => {
            let s = v6.segments();
            IpAddr::from([s[0], s[1], s[2], s[3], 0, 0, 0, 0])
        }
        other => other.to_canonical(),
    };
    [Who::Name(name.chars().take(64).collect::<String>().to_lowercase()), Who::Address(address)]
}

/// 1 s after the last free one, then twice as long each time.
fn wait_after(wrong: u32, free: u32) -> Duration {
    match wrong.checked_sub(free) {
        None => Duration::ZERO,
        Some(more) => Duration::from_secs(1 << more.min(20)).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;
    use operators::vocabulary::EventTime;

    fn throttle() -> (Arc<SimulatedClock>, Throttle) {
        let clock = Arc::new(SimulatedClock::starting_at(EventTime(0)));
        (clock.clone(), Throttle::new(clock))
    }

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    #[test]
    fn a_thousand_tries_in_one_second_are_five() {
        let (_, throttle) = throttle();
        let through = (0..1000).filter(|_| throttle.attempt("li", HERE).is_ok()).count();
        assert_eq!(through, FREE_FOR_A_NAME as usize);
    }

    #[test]
    fn each_wrong_one_doubles_the_wait_up_to_a_quarter_of_an_hour() {
        let (clock, throttle) = throttle();
        let mut waits = Vec::new();
        for _ in 0..25 {
            while let Err(wait) = throttle.attempt("li", HERE) {
                waits.push(wait.as_secs());
                clock.advance(wait);
            }
        }
        assert_eq!(&waits[..5], [1, 2, 4, 8, 16]);
        assert_eq!(waits.last(), Some(&LONGEST.as_secs()));
    }

    #[test]
    fn one_address_that_tries_many_names_waits_too() {
        let (_, throttle) = throttle();
        let through = (0..1000).filter(|n| throttle.attempt(&format!("user-{n}"), HERE).is_ok()).count();
        assert_eq!(through, FREE_FOR_AN_ADDRESS as usize);
    }

    #[test]
    fn a_right_password_forgives_and_an_hour_forgets() {
        let (clock, throttle) = throttle();
        for _ in 0..4 {
            throttle.attempt("li", HERE).expect("free");
        }
        throttle.right("li", HERE);
        for _ in 0..5 {
            throttle.attempt("LI", HERE).expect("free again");
        }
        assert!(throttle.attempt("li", HERE).is_err(), "upper case is no way around");
        clock.advance(FORGET + Duration::from_secs(2));
        throttle.attempt("li", HERE).expect("forgotten");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (clock, throttle) = throttle();
        for n in 0..(REMEMBERED as u32 / 2 + 50) {
            clock.advance(Duration::from_millis(1));
            let _ = throttle.attempt(&format!("n{n}"), IpAddr::V4(std::net::Ipv4Addr::from(n)));
        }
        assert!(throttle.records.lock().len() <= REMEMBERED);
    }
}
