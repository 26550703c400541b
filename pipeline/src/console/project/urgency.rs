//! How urgent a candidate is: what stands first in the queue.

use crate::config::{COMPONENT, UNREGISTERED_CHANGE};
use crate::payload::Candidate;

/// 3: a component whose fault is an emergency, such as a missing cover, and what a device says of one. 2: any other
/// component; what is gone in a minute or grows worse: an uncovered muck truck, dumping, water. 1: the rest. 0: what stays
/// for days: an unregistered change, work that was not done.
pub fn urgency(candidate: &Candidate) -> i64 {
    match candidate.rule.as_str() {
        _ if candidate.finding.as_ref().is_some_and(|finding| finding.urgent) => 3,
        _ if candidate.sensor.as_ref().is_some_and(|sensor| sensor.urgent) => 3,
        COMPONENT | "muck-truck" | "dumping" | "ponding" | "cover-water" => 2,
        UNREGISTERED_CHANGE | "coverage" => 0,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::{ComponentFinding, SensorFinding, examples};

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

    #[test]
    fn an_open_cover_comes_first_dumping_before_speeding_and_work_not_done_last() {
        let of = |rule: &str, urgent: bool| {
            let sensor = Some(SensorFinding { urgent, ..examples::sensor_finding() });
            urgency(&Candidate { rule: rule.into(), sensor, ..examples::candidate() })
        };
        let order = [of("cover-open", true), of("dumping", false), of("over-speed", false), of("coverage", false)];
        assert_eq!(order, [3, 2, 1, 0]);
    }
}
