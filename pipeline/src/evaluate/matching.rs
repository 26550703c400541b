//! Pairs events with candidates: as many as possible, and of those pairings
//! the one whose times agree best.

use super::{RaisedCandidate, TruthEvent};
use operators::vocabulary::EventTime;

/// Least overlap of the boxes (intersection over union), by the contract.
const LEAST_IOU: f32 = 0.3;

/// Whether the candidate can be the event, or be about the look-alike.
pub(super) fn fits(event: &TruthEvent, candidate: &RaisedCandidate) -> bool {
    event.camera == candidate.camera
        && event.rule == candidate.rule
        && candidate.first_seen.event_time() <= event.end.event_time()
        && event.start.event_time() <= candidate.last_seen.event_time()
        && event.bbox.is_none_or(|b| b.iou(&candidate.object.bbox) >= LEAST_IOU)
}

/// How badly starts and ends agree, in milliseconds.
fn cost(event: &TruthEvent, candidate: &RaisedCandidate) -> i64 {
    let apart = |a: EventTime, b: EventTime| a.since(b).saturating_abs();
    apart(candidate.first_seen.event_time(), event.start.event_time())
        .saturating_add(apart(candidate.last_seen.event_time(), event.end.event_time()))
}

/// For each event the index of its candidate.
///
/// Maximum bipartite matching of least cost by successive shortest augmenting
/// paths (Bellman–Ford on the residual graph). The graphs are small: an edge
/// needs the same camera, rule and time.
pub(super) fn pair(events: &[&TruthEvent], candidates: &[&RaisedCandidate]) -> Vec<Option<usize>> {
    let edges: Vec<Vec<(usize, i64)>> = events
        .iter()
        .map(|e| candidates.iter().enumerate().filter(|(_, c)| fits(e, c)).map(|(i, c)| (i, cost(e, c))).collect())
        .collect();
    let mut of_event: Vec<Option<usize>> = vec![None; events.len()];
    let mut of_candidate: Vec<Option<usize>> = vec![None; candidates.len()];
    while let Some(path) = cheapest_path(&edges, &of_event, &of_candidate) {
        for (event, candidate) in path {
            of_event[event] = Some(candidate);
            of_candidate[candidate] = Some(event);
        }
    }
    of_event
}

/// The cheapest way to match one event more: pairs to set, from the free event
/// to the free candidate. `None` when the matching is as large as can be.
fn cheapest_path(
    edges: &[Vec<(usize, i64)>],
    of_event: &[Option<usize>],
    of_candidate: &[Option<usize>],
) -> Option<Vec<(usize, usize)>> {
    const FAR: i64 = i64::MAX / 4;
    let mut to_event: Vec<i64> = of_event.iter().map(|m| if m.is_none() { 0 } else { FAR }).collect();
    let mut to_candidate = vec![FAR; of_candidate.len()];
    let mut came_from: Vec<usize> = vec![usize::MAX; of_candidate.len()];
    // Each round relaxes every edge; paths have at most one edge per event.
    for _ in 0..=of_event.len() {
        let mut better = false;
        for (event, out) in edges.iter().enumerate().filter(|(_, out)| !out.is_empty()) {
            if to_event[event] >= FAR {
                continue;
            }
            for &(candidate, cost) in out {
                let reach = to_event[event].saturating_add(cost);
                if of_event[event] != Some(candidate) && reach < to_candidate[candidate] {
                    to_candidate[candidate] = reach;
                    came_from[candidate] = event;
                    better = true;
                    if let Some(partner) = of_candidate[candidate] {
                        let back = edges[partner].iter().find(|(c, _)| *c == candidate).map_or(0, |(_, cost)| *cost);
                        to_event[partner] = to_event[partner].min(reach.saturating_sub(back));
                    }
                }
            }
        }
        if !better {
            break;
        }
    }
    let free = (0..of_candidate.len()).filter(|&c| of_candidate[c].is_none() && to_candidate[c] < FAR);
    let mut candidate = free.min_by_key(|&c| (to_candidate[c], c))?;
    let mut path = Vec::new();
    loop {
        let event = came_from[candidate];
        path.push((event, candidate));
        match of_event[event] {
            Some(earlier) => candidate = earlier,
            None => break,
        }
    }
    path.reverse();
    Some(path)
}
