//! A candidate's id: derived, so that a replay or a second worker finds the same one.

use operators::vocabulary::StayId;
use uuid::Uuid;

/// Namespace of candidate ids. Never change it: every id ever sent derives from it.
const NAMESPACE: Uuid = Uuid::from_u128(0x5b2f_6d0e_3c84_4e0a_9a57_c1d2_70e4_86f3);

/// UUIDv5 of camera, preset, zone, rule and start.
///
/// The ordinal joins in only where it is not 0: two cars that stand there from
/// the same first picture are two candidates. The parts are joined as
/// netstrings (`5:c-001,4:home,…`), so no two lists of parts give one name.
pub fn candidate_id(camera: &str, preset: &str, stay: &StayId) -> Uuid {
    let mut name = String::new();
    let start = stay.start.0.to_string();
    for part in [camera, preset, &stay.zone, &stay.rule, &start] {
        push_netstring(&mut name, part);
    }
    if stay.ordinal != 0 {
        push_netstring(&mut name, &stay.ordinal.to_string());
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

fn push_netstring(name: &mut String, part: &str) {
    name.push_str(&part.len().to_string());
    name.push(':');
    name.push_str(part);
    name.push(',');
}

#[cfg(test)]
mod tests {
    use super::*;
    use operators::vocabulary::EventTime;
    use proptest::prelude::*;

    fn stay(zone: &str, rule: &str, start: i64, ordinal: u32) -> StayId {
        StayId { zone: zone.into(), rule: rule.into(), start: EventTime(start), ordinal }
    }

    /// Golden: a change of this id would raise every open candidate a second time.
    #[test]
    fn the_id_of_a_known_stay_never_changes() {
        let id = candidate_id("c-001", "home", &stay("kerb", "illegal-parking", 1_780_272_000_000, 0));
        assert_eq!(id.to_string(), "5df05d5f-c044-57d2-b165-77b6ab9bfde4");
        let second = candidate_id("c-001", "home", &stay("kerb", "illegal-parking", 1_780_272_000_000, 1));
        assert_eq!(second.to_string(), "fefdb101-0637-5c9d-986c-13a486321f21");
        assert_eq!(id.get_version_num(), 5);
    }

    #[test]
    fn text_that_moves_from_one_part_to_the_next_gives_another_id() {
        let split = |camera, preset| candidate_id(camera, preset, &stay("z", "r", 0, 0));
        assert_ne!(split("a", "bc"), split("ab", "c"));
        assert_ne!(split("a,1:b", "c"), split("a", "1:b,c"));
    }

    proptest! {
        #[test]
        fn different_stays_have_different_ids(
            a in (".{0,4}", ".{0,4}", ".{0,4}", ".{0,4}", -3i64..3, 0u32..3),
            b in (".{0,4}", ".{0,4}", ".{0,4}", ".{0,4}", -3i64..3, 0u32..3),
        ) {
            let id = |p: &(String, String, String, String, i64, u32)| candidate_id(&p.0, &p.1, &stay(&p.2, &p.3, p.4, p.5));
            prop_assert_eq!(a == b, id(&a) == id(&b));
        }
    }
}
