//! How many terminals there may be, and who has a number.

use super::jt808::Edition;
use super::terminals::*;
use operators::vocabulary::EventTime;
use std::net::SocketAddr;
use std::sync::Arc;

fn from(host: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, host], port))
}

fn terminals(sessions: usize, per_address: usize, unauthenticated: usize) -> Arc<Terminals> {
    Arc::new(Terminals::new(Limits { sessions, per_address, unauthenticated, accepts_per_second: 1 }))
}

fn deaf() -> Mailbox {
    Arc::new(|_| true)
}

#[test]
fn the_newest_is_turned_away_when_it_is_full_and_a_place_is_given_back() {
    let all = terminals(2, 9, 9);
    let one = all.admit(from(1, 1), "tcp").expect("room");
    let _two = all.admit(from(2, 1), "tcp").expect("room");
    assert_eq!(all.admit(from(3, 1), "tcp").err(), Some("full"));
    drop(one);
    assert!(all.admit(from(3, 1), "tcp").is_ok());
    assert_eq!(all.count(), (1, 1));
}

#[test]
fn one_address_has_its_share_and_strangers_leave_room_for_others() {
    let all = terminals(100, 3, 8);
    let mut slots: Vec<_> = (1..=2).map(|port| all.admit(from(1, port), "tcp").expect("room")).collect();
    assert_eq!(all.admit(from(1, 3), "tcp").err(), Some("address-unauthenticated"));
    slots[0].claim("1", None, EventTime(0), deaf());
    slots.push(all.admit(from(1, 3), "tcp").expect("one of them has shown its code"));
    slots[1].claim("2", None, EventTime(0), deaf());
    assert_eq!(all.admit(from(1, 4), "tcp").err(), Some("address"));
    assert_eq!(all.count(), (3, 1));
    drop(slots);
    assert_eq!(all.count(), (0, 0));
}

#[test]
fn strangers_over_udp_leave_room_for_those_over_tcp() {
    let all = terminals(100, 100, 4);
    let _slots: Vec<_> = (1..=2).map(|host| all.admit(from(host, 1), "udp").expect("room")).collect();
    assert_eq!(all.admit(from(3, 1), "udp").err(), Some("unauthenticated"));
    assert!(all.admit(from(3, 1), "tcp").is_ok());
}

#[test]
fn the_newest_who_shows_the_code_has_the_number_and_the_old_one_s_end_changes_nothing() {
    let all = terminals(9, 9, 9);
    let (mut old, mut new) = (all.admit(from(1, 1), "tcp").expect("room"), all.admit(from(2, 1), "udp").expect("room"));
    assert!(old.claim("7", None, EventTime(1), deaf()).is_none());
    assert!(old.claim("7", None, EventTime(1), deaf()).is_none(), "again the same session");
    assert!(new.claim("7", Some(Edition::Y2019), EventTime(2), deaf()).is_some());
    drop(old);
    let shown = all.shown(|at| at.0.to_string());
    assert_eq!((shown.len(), shown[0].transport, shown[0].edition), (1, "udp", 2019));
    drop(new);
    assert!(!all.tell("7", Event::Replaced));
}
