//! Cells of a watched area that are new in the median, and the things they make up.

use super::unregistered::NewcomersConfig;
use crate::vocabulary::BBox;

/// Cells so far apart belong to one thing: components stand before it, and its smooth face shows less than its rim.
const BRIDGED: usize = 3;
/// Share of the last half of the looks that must show a cell new, and in which what belongs to it must seem so:
/// what is there is there look after look, and a shadow lies elsewhere an hour later.
const UNBROKEN: f32 = 0.9;
/// Share of them in which what is known to stand there must be seen still.
const REMAINS: f32 = 0.5;
/// Share of the looks that a median needs before it tells.
const TOLD: f32 = 0.6;
/// Fewer new cells make up nothing.
const FEW: usize = 4;
/// A thing does not reach over more than this share of the watched cells.
const WIDEST: f32 = 0.25;

/// A cell's last looks, the latest in the lowest bit, and how many there were.
pub(super) type History = (u32, u8);

/// What is remembered of the cells, rows of `columns`.
pub(super) struct Grid<'a> {
    /// Looks that showed something new.
    pub cells: &'a [History],
    /// The same looks, and which may have.
    pub other: &'a [u32],
    /// The area that watches each cell.
    pub watched: &'a [Option<usize>],
    pub columns: usize,
}

/// Cells that are new together.
pub(super) struct Group {
    /// Which of the watched areas.
    pub area: usize,
    /// Where, 0..1 of the picture.
    pub bbox: BBox,
    /// Share of the looks that show its new cells.
    pub share: f32,
    /// Whether the last look shows most of them.
    pub now: bool,
}

/// What came.
pub(super) fn new(grid: &Grid<'_>, config: &NewcomersConfig) -> Vec<Group> {
    groups(grid, config, UNBROKEN)
}

/// What is there still, where something is known to stand.
pub(super) fn remaining(grid: &Grid<'_>, config: &NewcomersConfig) -> Vec<Group> {
    groups(grid, config, REMAINS)
}

/// The groups of cells that this share of the looks shows, each of one area.
fn groups(grid: &Grid<'_>, config: &NewcomersConfig, least: f32) -> Vec<Group> {
    let Grid { watched, columns, .. } = *grid;
    let rows = watched.len() / columns;
    let wanted = config.looks.clamp(2, 32).div_ceil(2);
    let of = |bits: u32, n: usize| share((bits, grid.cells[n].1), wanted);
    let is_new: Vec<bool> = grid.cells.iter().enumerate().map(|(n, cell)| of(cell.0, n) >= least).collect();
    let belongs = |n: usize| is_new[n] || of(grid.other[n], n) >= least;
    let mut seen = vec![false; watched.len()];
    let mut groups = Vec::new();
    for start in 0..watched.len() {
        let Some(area) = watched[start].filter(|_| !seen[start] && is_new[start]) else { continue };
        let (mut all, mut next) = (vec![start], 0);
        seen[start] = true;
        while let Some(&cell) = all.get(next) {
            next += 1;
            let (x, y) = (cell % columns, cell / columns);
            for v in y.saturating_sub(BRIDGED)..=(y + BRIDGED).min(rows - 1) {
                for u in x.saturating_sub(BRIDGED)..=(x + BRIDGED).min(columns - 1) {
                    let beside = v * columns + u;
                    if !seen[beside] && watched[beside] == Some(area) && belongs(beside) {
                        seen[beside] = true;
                        all.push(beside);
                    }
                }
            }
        }
        let core: Vec<usize> = all.iter().copied().filter(|&cell| is_new[cell]).collect();
        if core.len() < FEW {
            continue;
        }
        let most = WIDEST * watched.iter().flatten().count() as f32;
        let bbox = outline(if all.len() as f32 <= most { &all } else { &core }, columns, rows);
        if bbox.area() >= config.min_area {
            let n = core.len() as f32;
            let sum: f32 = core.iter().map(|&cell| of(grid.cells[cell].0, cell)).sum();
            let latest = core.iter().filter(|&&cell| grid.cells[cell].0 & 1 == 1).count();
            groups.push(Group { area, bbox, share: sum / n, now: 2 * latest > core.len() });
        }
    }
    groups
}

/// The box of cells, 0..1 of the picture.
fn outline(group: &[usize], columns: usize, rows: usize) -> BBox {
    let fold = |f: fn(usize, usize) -> usize, of: &dyn Fn(usize) -> usize| {
        group.iter().map(|&cell| of(cell)).reduce(f).unwrap_or(0)
    };
    let (x, y) = (|cell: usize| cell % columns, |cell: usize| cell / columns);
    let (l, t, r, b) = (fold(usize::min, &x), fold(usize::min, &y), fold(usize::max, &x), fold(usize::max, &y));
    let (w, h) = (columns as f32, rows as f32);
    BBox::new(l as f32 / w, t as f32 / h, (r + 1 - l) as f32 / w, (b + 1 - t) as f32 / h)
}

/// Share of a cell's last looks, `wanted` of them, that have their bit set; 0 while there were too few.
fn share((bits, told): History, wanted: u32) -> f32 {
    let of = u32::from(told).min(wanted);
    match of as f32 >= TOLD * wanted as f32 {
        true => (bits & (u32::MAX >> (32 - wanted))).count_ones() as f32 / of as f32,
        false => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: usize = 40;
    const ROWS: usize = 30;

    fn history(looks: u32) -> u32 {
        (1 << looks) - 1
    }

    /// The boxes where cells are new, or perhaps, in so many of the last six looks.
    fn boxes(is_new: impl Fn(usize, usize) -> u32, perhaps: impl Fn(usize, usize) -> u32) -> Vec<BBox> {
        let config = NewcomersConfig { looks: 12, min_area: 0.001, ..NewcomersConfig::default() };
        let all = (0..COLUMNS * ROWS).map(|n| (n % COLUMNS, n / COLUMNS));
        let cells: Vec<History> = all.clone().map(|(x, y)| (history(is_new(x, y)), 12)).collect();
        let other: Vec<u32> = all.map(|(x, y)| history(perhaps(x, y))).collect();
        let watched = vec![Some(0); COLUMNS * ROWS];
        let grid = Grid { cells: &cells, other: &other, watched: &watched, columns: COLUMNS };
        new(&grid, &config).iter().map(|group| group.bbox).collect()
    }

    fn cells([x, y, w, h]: [usize; 4]) -> (BBox, impl Fn(usize, usize) -> bool + Copy) {
        let share = |v: usize, of: usize| v as f32 / of as f32;
        let bbox = BBox::new(share(x, COLUMNS), share(y, ROWS), share(w, COLUMNS), share(h, ROWS));
        (bbox, move |u, v| (x..x + w).contains(&u) && (y..y + h).contains(&v))
    }

    #[test]
    fn the_box_holds_all_that_is_seen_look_after_look_and_neither_a_shade_nor_the_whole_street() {
        let (rim, is_rim) = cells([10, 8, 1, 8]);
        let (whole, is_face) = cells([10, 8, 9, 10]);
        let with = |face: u32| boxes(|x, y| 6 * u32::from(is_rim(x, y)), |x, y| face * u32::from(is_face(x, y)));
        assert_eq!((with(6), with(5)), (vec![whole], vec![rim]), "a shade stands elsewhere an hour later");
        assert_eq!(
            boxes(|x, y| 6 * u32::from(is_rim(x, y)), |x, _| 6 * u32::from(x > 10)),
            [rim],
            "a street that is wet"
        );
        assert_eq!(boxes(|x, y| 5 * u32::from(is_face(x, y)), |_, _| 0), [], "one look of six shows the ground");
        let (_, few) = cells([10, 8, 3, 1]);
        assert_eq!(boxes(|x, y| 6 * u32::from(few(x, y)), |_, _| 0), [], "too few cells");
    }

    #[test]
    fn parts_of_one_thing_are_told_together_and_two_things_apart() {
        let (_, left) = cells([5, 8, 2, 6]);
        for (apart, things) in [(2, 1), (4, 2)] {
            let (_, right) = cells([7 + apart, 8, 2, 6]);
            assert_eq!(boxes(|x, y| 6 * u32::from(left(x, y) || right(x, y)), |_, _| 0).len(), things, "{apart}");
        }
    }
}
