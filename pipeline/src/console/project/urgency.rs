//! How urgent a candidate is: what stands first in the queue.

use crate::config::{COMPONENT, UNREGISTERED_CHANGE};
use crate::payload::Candidate;

/// 3: a component whose fault is an emergency, such as a missing cover. 2: any other component, and an uncovered muck
/// truck, which is gone in a minute and spills on the road. 1: the rest. 0: an unregistered change, which stays for days.
pub fn urgency(candidate: &Candidate) -> i64 {
    match candidate.rule.as_str() {
        _ if candidate.finding.as_ref().is_some_and(|finding| finding.urgent) => 3,
        COMPONENT | "muck-truck" => 2,
        UNREGISTERED_CHANGE => 0,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::{ComponentFinding, examples};

    #[test]
    fn a_missing_cover_comes_before_everything_and_a_car_before_a_new_sign() {
        let of = |rule: &str, urgent: Option<bool>| {
            let finding = urgent.map(|urgent| ComponentFinding {
                fault: "missing".into(),
                urgent,
                seen: 3,
                looks: 3,
                name: None,
                competent: None,
                owner: None,
                baseline: None,
            });
            urgency(&Candidate { rule: rule.into(), finding, ..examples::candidate() })
        };
        let order = [
            of("component", Some(true)),
            of("component", Some(false)),
            of("illegal-parking", None),
            of("unregistered-change", None),
        ];
        assert_eq!(order, [3, 2, 1, 0]);
    }
}
