//! An R-tree over boxes that do not change: packed once (sort-tile-recursive), searched without allocation.

use super::Metres;

/// A box on the plane. Single precision, rounded outwards: a search may find a neighbour too many, never one too few.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    min: [f32; 2],
    max: [f32; 2],
}

impl Rect {
    /// The box from one corner to the other, in any order.
    pub fn new(a: Metres, b: Metres) -> Rect {
        let down = |v: f64| (v as f32).next_down();
        let up = |v: f64| (v as f32).next_up();
        Rect { min: [down(a.x.min(b.x)), down(a.y.min(b.y))], max: [up(a.x.max(b.x)), up(a.y.max(b.y))] }
    }

    /// The smallest box around points; none of no points.
    pub fn around(points: &[Metres]) -> Option<Rect> {
        points.iter().map(|p| Rect::new(*p, *p)).reduce(Rect::union)
    }

    /// Widened by so many metres on every side.
    pub fn widened(self, by: f64) -> Rect {
        let by = (by as f32).next_up();
        let [x, y] = self.min;
        let [right, top] = self.max;
        Rect { min: [(x - by).next_down(), (y - by).next_down()], max: [(right + by).next_up(), (top + by).next_up()] }
    }

    fn union(self, o: Rect) -> Rect {
        Rect {
            min: [self.min[0].min(o.min[0]), self.min[1].min(o.min[1])],
            max: [self.max[0].max(o.max[0]), self.max[1].max(o.max[1])],
        }
    }

    fn meets(&self, o: &Rect) -> bool {
        self.min[0] <= o.max[0] && o.min[0] <= self.max[0] && self.min[1] <= o.max[1] && o.min[1] <= self.max[1]
    }

    fn centre(&self, axis: usize) -> f32 {
        self.min[axis] / 2.0 + self.max[axis] / 2.0
    }
}

/// Children of a node.
const FAN: usize = 8;

/// Boxes by their index. Level 0 has the boxes themselves; node `i` of a level holds nodes `8i..8i+8` of the one below.
#[derive(Debug, Clone, Default)]
pub struct RTree {
    items: Vec<u32>,
    levels: Vec<Vec<Rect>>,
}

impl RTree {
    /// Packs boxes. A search gives their indices.
    pub fn new(boxes: &[Rect]) -> RTree {
        let mut items: Vec<u32> = (0..boxes.len() as u32).collect();
        let by = |axis: usize| {
            move |a: &u32, b: &u32| boxes[*a as usize].centre(axis).total_cmp(&boxes[*b as usize].centre(axis))
        };
        items.sort_by(by(0));
        let leaves = boxes.len().div_ceil(FAN);
        let slice = FAN * (leaves as f64).sqrt().ceil().max(1.0) as usize;
        for column in items.chunks_mut(slice) {
            column.sort_by(by(1));
        }
        let mut level: Vec<Rect> = items.iter().map(|i| boxes[*i as usize]).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level.chunks(FAN).filter_map(|c| c.iter().copied().reduce(Rect::union)).collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        if !level.is_empty() {
            levels.push(level);
        }
        RTree { items, levels }
    }

    /// Calls `found` with the index of every box that contains the point.
    pub fn at(&self, p: Metres, found: impl FnMut(u32)) {
        self.meeting(Rect::new(p, p), found);
    }

    /// Calls `found` with the index of every box that meets `rect`.
    pub fn meeting(&self, rect: Rect, mut found: impl FnMut(u32)) {
        if let Some(top) = self.levels.len().checked_sub(1) {
            self.descend(top, 0..self.levels[top].len(), &rect, &mut found);
        }
    }

    fn descend(&self, level: usize, nodes: std::ops::Range<usize>, rect: &Rect, found: &mut impl FnMut(u32)) {
        let first = nodes.start;
        for (i, node) in self.levels[level][nodes].iter().enumerate() {
            if !node.meets(rect) {
                continue;
            }
            let at = first + i;
            match level.checked_sub(1) {
                None => found(self.items[at]),
                Some(below) => {
                    let end = ((at + 1) * FAN).min(self.levels[below].len());
                    self.descend(below, at * FAN..end, rect, found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_a_loop_finds(
            boxes in prop::collection::vec((-500f64..500.0, -500f64..500.0, 0f64..80.0, 0f64..80.0), 0..400),
            (x, y, w, h) in (-500f64..500.0, -500f64..500.0, 0f64..50.0, 0f64..50.0),
        ) {
            let at = |x, y| Metres { x, y };
            let boxes: Vec<Rect> = boxes.iter().map(|(x, y, w, h)| Rect::new(at(*x, *y), at(x + w, y + h))).collect();
            let tree = RTree::new(&boxes);
            for wanted in [Rect::new(at(x, y), at(x, y)), Rect::new(at(x, y), at(x + w, y + h))] {
                let mut found = Vec::new();
                tree.meeting(wanted, |i| found.push(i));
                found.sort_unstable();
                let loops: Vec<u32> = (0..boxes.len() as u32).filter(|i| boxes[*i as usize].meets(&wanted)).collect();
                prop_assert_eq!(found, loops);
            }
        }
    }

    #[test]
    fn a_point_on_the_border_is_found() {
        let tree = RTree::new(&[Rect::new(Metres { x: 0.1, y: 0.1 }, Metres { x: 123_456.7, y: 0.3 })]);
        let mut found = 0;
        tree.at(Metres { x: 123_456.7, y: 0.3 }, |_| found += 1);
        assert_eq!(found, 1);
        RTree::new(&[]).at(Metres::default(), |_| panic!("nothing is there"));
    }
}
