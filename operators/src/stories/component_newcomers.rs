//! What stands where nothing is registered, told once.

use crate::components::*;
use crate::testing::street::*;
use crate::vocabulary::*;

const HOUR: i64 = 3_600_000;

#[test]
fn a_newcomer_of_which_parts_go_and_come_back_is_told_once_and_its_box_holds_all_that_stands() {
    let sample = |tick| Sample { at: EventTime(0), grey: Street::new(1).at(tick).picture(), movers: vec![] };
    let base = build_baseline(&(1..6).map(sample).collect::<Vec<_>>(), BaselineConfig::default()).expect("pictures");
    let corners = [(0.01, 0.5), (0.99, 0.5), (0.99, 0.99), (0.01, 0.99)].map(|(x, y)| Point { x, y });
    let area = Area { id: "kerb".into(), polygon: Polygon::new(corners.to_vec()).expect("a box") };
    let config = NewcomersConfig { dwell: 6 * HOUR, looks: 12, ..NewcomersConfig::default() };
    let mut newcomers = Newcomers::new(config, &base, &[area], &[]).expect("large enough");
    let pose = Pose::Aligned(Fit { transform: Transform::IDENTITY, correlation: 0.9, agreement: 0.9, shift: 0.0 });
    let seen = Comparison { pose, verdicts: Vec::new() };
    let whole = BBox::new(0.05, 0.75, 0.4, 0.15);
    let ends = [BBox::new(0.05, 0.75, 0.12, 0.15), BBox::new(0.33, 0.75, 0.12, 0.15)];
    let mut changes = Vec::new();
    for hour in 0..72i64 {
        let street = Street::new(1).at(100 + hour as u64);
        // The ground is seen again beside its one end, and then between its ends.
        let street = match hour {
            0..24 => street.other(whole, 7),
            24..44 => street.other(ends[0], 7),
            _ => street.other(ends[0], 7).other(ends[1], 8),
        };
        changes.extend(newcomers.observe(EventTime(hour * HOUR), &street.picture(), &[], &seen).changes);
    }
    let raised = changes.iter().filter(|c| c.transition == Transition::Raised).count();
    let last: Vec<BBox> = newcomers.findings().map(|f| f.last.bbox).collect();
    assert_eq!((raised, last.len()), (1, 1), "{changes:?}");
    assert!(last[0].iou(&whole) > 0.6, "{last:?}");
}
