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

/// A cell's last looks, the latest in the lowest bit, and how many there were.
pub(super) type Cell = (u32, u8);

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

/// The groups, each of one area. `watched` says for each cell which area watches it; rows are `columns` long.
pub(super) fn groups(
    cells: &[Cell],
    watched: &[Option<usize>],
    columns: usize,
    config: &NewcomersConfig,
) -> Vec<Group> {
    let rows = watched.len() / columns;
    let shares: Vec<f32> = cells.iter().map(|cell| share(*cell, config)).collect();
    let mut seen = vec![false; watched.len()];
    let mut groups = Vec::new();
    for start in 0..watched.len() {
        let Some(area) = watched[start].filter(|_| !seen[start] && shares[start] > NEW) else { continue };
        let mut stack = vec![start];
        seen[start] = true;
        let (mut sum, mut n, mut latest) = (0f32, 0usize, 0usize);
        let (mut l, mut t, mut r, mut b) = (usize::MAX, usize::MAX, 0, 0);
        while let Some(cell) = stack.pop() {
            let (x, y) = (cell % columns, cell / columns);
            (l, t, r, b) = (l.min(x), t.min(y), r.max(x), b.max(y));
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
        let (w, h) = (columns as f32, rows as f32);
        let bbox = BBox::new(l as f32 / w, t as f32 / h, (r + 1 - l) as f32 / w, (b + 1 - t) as f32 / h);
        if bbox.area() >= config.min_area && n >= FEW {
            groups.push(Group { area, bbox, share: sum / n as f32, now: 2 * latest > n });
        }
    }
    groups
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
