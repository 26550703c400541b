//! Cells of a watched area that are new in the median, and the things they make up.

use super::unregistered::NewcomersConfig;
use crate::vocabulary::BBox;

/// Cells so far apart belong to one thing: a smooth face shows edges only at its rim, and components stand before it.
const BRIDGED: usize = 3;
/// Share of the looks beyond which a cell is new, and from which it belongs to what is new beside it.
const NEW: f32 = 0.5;
const PERHAPS: f32 = 0.34;
/// Share of the looks that a median needs before it tells.
const TOLD: f32 = 0.6;
/// Fewer new cells make up nothing.
const FEW: usize = 3;
/// Share of the looks in which a cell is brighter or darker than the light explains, from which it is of the thing whose
/// rim is new beside it: a shadow lies elsewhere an hour later.
const OTHER: f32 = 0.7;
/// A thing does not reach over more than this share of the watched cells.
const WIDEST: f32 = 0.25;

/// A cell's last looks, the latest in the lowest bit, and how many there were.
pub(super) type Cell = (u32, u8);

/// What is remembered of the cells, rows of `columns`.
pub(super) struct Grid<'a> {
    /// Looks that showed new edges.
    pub cells: &'a [Cell],
    /// The same looks, and which showed it brighter or darker than the light explains.
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

/// The groups, each of one area.
pub(super) fn groups(grid: &Grid<'_>, config: &NewcomersConfig) -> Vec<Group> {
    let Grid { cells, watched, columns, .. } = *grid;
    let rows = watched.len() / columns;
    let shares: Vec<f32> = cells.iter().map(|cell| share(*cell, config)).collect();
    let mut seen = vec![false; watched.len()];
    let mut groups = Vec::new();
    for start in 0..watched.len() {
        let Some(area) = watched[start].filter(|_| !seen[start] && shares[start] > NEW) else { continue };
        let mut stack = vec![start];
        seen[start] = true;
        let (mut sum, mut n, mut latest) = (0f32, 0usize, 0usize);
        let mut group = Vec::new();
        while let Some(cell) = stack.pop() {
            let (x, y) = (cell % columns, cell / columns);
            group.push(cell);
            // What is new for certain reaches over gaps; what may be new belongs only to its very neighbours.
            let reach = if shares[cell] > NEW { BRIDGED } else { 0 };
            if reach > 0 {
                (sum, n) = (sum + shares[cell], n + 1);
                latest += (cells[cell].0 & 1) as usize;
            }
            for v in y.saturating_sub(reach)..=(y + reach).min(rows - 1) {
                for u in x.saturating_sub(reach)..=(x + reach).min(columns - 1) {
                    let next = v * columns + u;
                    let is_beside = x.abs_diff(u).max(y.abs_diff(v)) <= 1;
                    let belongs = shares[next] > NEW || is_beside && shares[next] >= PERHAPS;
                    if !seen[next] && watched[next] == Some(area) && belongs {
                        seen[next] = true;
                        stack.push(next);
                    }
                }
            }
        }
        if n >= FEW && outline(&group, columns, rows).area() >= config.min_area {
            let bbox = outline(&grown(&group, area, grid, config), columns, rows);
            groups.push(Group { area, bbox, share: sum / n as f32, now: 2 * latest > n });
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

/// The group and the cells that hang together with it and are lit otherwise look after look: the faces within the rim.
fn grown(group: &[usize], area: usize, grid: &Grid<'_>, config: &NewcomersConfig) -> Vec<usize> {
    let rows = grid.watched.len() / grid.columns;
    let belongs = |n: usize| {
        let looks = |bits| share((bits, grid.cells[n].1), config);
        grid.watched[n] == Some(area) && (looks(grid.other[n]) >= OTHER || looks(grid.cells[n].0) > NEW)
    };
    let mut seen: Vec<bool> = vec![false; grid.watched.len()];
    group.iter().for_each(|&cell| seen[cell] = true);
    let (mut all, mut next) = (group.to_vec(), 0);
    while let Some(&cell) = all.get(next) {
        next += 1;
        let (x, y) = (cell % grid.columns, cell / grid.columns);
        for v in y.saturating_sub(1)..=(y + 1).min(rows - 1) {
            for u in x.saturating_sub(1)..=(x + 1).min(grid.columns - 1) {
                let beside = v * grid.columns + u;
                if !seen[beside] && belongs(beside) {
                    seen[beside] = true;
                    all.push(beside);
                }
            }
        }
    }
    let most = WIDEST * grid.watched.iter().flatten().count() as f32;
    if all.len() as f32 <= most { all } else { group.to_vec() }
}

/// Share of a cell's last looks that showed something new; 0 while there were too few.
fn share((bits, told): Cell, config: &NewcomersConfig) -> f32 {
    let wanted = config.looks.clamp(2, 32);
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

    /// The boxes where the left rim of something is new, and these cells are lit otherwise in so many of twelve looks.
    fn boxes(faces: impl Fn(usize, usize) -> bool, looks: u32) -> Vec<BBox> {
        let config = NewcomersConfig { looks: 12, min_area: 0.001, ..NewcomersConfig::default() };
        let all = (0..COLUMNS * ROWS).map(|n| (n % COLUMNS, n / COLUMNS));
        let is_rim = |x: usize, y: usize| x == 10 && (8..16).contains(&y);
        let cells: Vec<Cell> = all.clone().map(|(x, y)| (if is_rim(x, y) { 0xfff } else { 0 }, 12)).collect();
        let other: Vec<u32> = all.map(|(x, y)| if faces(x, y) { (1 << looks) - 1 } else { 0 }).collect();
        let watched = vec![Some(0); COLUMNS * ROWS];
        let grid = Grid { cells: &cells, other: &other, watched: &watched, columns: COLUMNS };
        groups(&grid, &config).iter().map(|group| group.bbox).collect()
    }

    #[test]
    fn the_box_of_a_newcomer_covers_its_smooth_face_and_no_passing_shade_nor_the_whole_street() {
        let rim = BBox::new(10.0 / 40.0, 8.0 / 30.0, 1.0 / 40.0, 8.0 / 30.0);
        let whole = BBox::new(10.0 / 40.0, 8.0 / 30.0, 9.0 / 40.0, 10.0 / 30.0);
        let face = |x: usize, y: usize| (11..19).contains(&x) && (8..18).contains(&y);
        assert_eq!(boxes(face, 12), [whole]);
        assert_eq!(boxes(face, 6), [rim], "a shade for half of the time");
        assert_eq!(boxes(|x, _| x > 10, 12), [rim], "a street that is wet");
        assert_eq!(boxes(|x, y| x > 12 && face(x, y), 12), [rim], "what stands apart");
    }
}
