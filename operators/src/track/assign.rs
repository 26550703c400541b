//! The cheapest one-to-one assignment (Hungarian method in the shortest
//! augmenting path form of Jonker and Volgenant, 1987), gated.

/// Cost of a pair that must not be matched.
pub const FORBIDDEN: f32 = 1e6;

/// Matches rows to columns so that as many pairs as possible are allowed and
/// their summed cost is least. `cost` is row-major, `rows * cols` long; costs
/// are small (under 1000) or [`FORBIDDEN`]. Returns each row's column.
pub fn assign(cost: &[f32], rows: usize, cols: usize) -> Vec<Option<usize>> {
    let mut matched = vec![None; rows];
    if rows == 0 || cols == 0 {
        return matched;
    }
    let allowed = |r: usize, c: usize| cost[r * cols + c] < FORBIDDEN;
    // A row and a column that have only each other need no search; most pictures are all such pairs.
    let mut row_choices = vec![0u32; rows];
    let mut column_choices = vec![0u32; cols];
    let mut only = vec![0usize; rows];
    for r in 0..rows {
        for (c, choices) in column_choices.iter_mut().enumerate().filter(|(c, _)| allowed(r, *c)) {
            row_choices[r] += 1;
            *choices += 1;
            only[r] = c;
        }
    }
    let mut open_rows = Vec::new();
    for r in 0..rows {
        if row_choices[r] == 1 && column_choices[only[r]] == 1 {
            matched[r] = Some(only[r]);
        } else if row_choices[r] > 0 {
            open_rows.push(r);
        }
    }
    let open_columns: Vec<usize> =
        (0..cols).filter(|&c| column_choices[c] > 0 && open_rows.iter().any(|&r| allowed(r, c))).collect();
    if open_rows.is_empty() {
        return matched;
    }
    let at = |r: usize, c: usize| cost[open_rows[r] * cols + open_columns[c]];
    let pairs = if open_rows.len() <= open_columns.len() {
        hungarian(open_rows.len(), open_columns.len(), at)
    } else {
        hungarian(open_columns.len(), open_rows.len(), |c, r| at(r, c)).into_iter().map(|(c, r)| (r, c)).collect()
    };
    for (r, c) in pairs {
        if at(r, c) < FORBIDDEN {
            matched[open_rows[r]] = Some(open_columns[c]);
        }
    }
    matched
}

/// `rows <= cols`; every row gets a column. One row is added at a time along
/// the shortest augmenting path; `u` and `v` are the dual prices.
fn hungarian(rows: usize, cols: usize, cost: impl Fn(usize, usize) -> f32) -> Vec<(usize, usize)> {
    // Index 0 is a sentinel, so rows and columns count from 1.
    let (mut u, mut v) = (vec![0f64; rows + 1], vec![0f64; cols + 1]);
    let (mut row_of, mut way) = (vec![0usize; cols + 1], vec![0usize; cols + 1]);
    for row in 1..=rows {
        row_of[0] = row;
        let mut column = 0;
        let mut least = vec![f64::INFINITY; cols + 1];
        let mut used = vec![false; cols + 1];
        loop {
            used[column] = true;
            let (r, mut delta, mut next) = (row_of[column], f64::INFINITY, 0);
            for c in 1..=cols {
                if used[c] {
                    continue;
                }
                let reduced = f64::from(cost(r - 1, c - 1)) - u[r] - v[c];
                if reduced < least[c] {
                    least[c] = reduced;
                    way[c] = column;
                }
                if least[c] < delta {
                    delta = least[c];
                    next = c;
                }
            }
            for c in 0..=cols {
                if used[c] {
                    u[row_of[c]] += delta;
                    v[c] -= delta;
                } else {
                    least[c] -= delta;
                }
            }
            column = next;
            if row_of[column] == 0 {
                break;
            }
        }
        while column != 0 {
            row_of[column] = row_of[way[column]];
            column = way[column];
        }
    }
    (1..=cols).filter(|&c| row_of[c] != 0).map(|c| (row_of[c] - 1, c - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every possibility: most pairs first, then least cost.
    fn exhaustive(cost: &[f32], rows: usize, cols: usize, row: usize, used: u32) -> (usize, f32) {
        if row == rows {
            return (0, 0.0);
        }
        let mut best = exhaustive(cost, rows, cols, row + 1, used);
        for c in 0..cols {
            let price = cost[row * cols + c];
            if used & (1 << c) == 0 && price < FORBIDDEN {
                let (n, sum) = exhaustive(cost, rows, cols, row + 1, used | 1 << c);
                if (n + 1, -(sum + price)) > (best.0, -best.1) {
                    best = (n + 1, sum + price);
                }
            }
        }
        best
    }

    proptest! {
        #[test]
        fn the_assignment_is_as_good_as_trying_everything(
            rows in 1usize..6, cols in 1usize..6,
            raw in prop::collection::vec(prop::option::weighted(0.6, 0.0f32..1.0), 36),
        ) {
            let cost: Vec<f32> = raw[..rows * cols].iter().map(|v| v.unwrap_or(FORBIDDEN)).collect();
            let matched = assign(&cost, rows, cols);
            let mut columns: Vec<usize> = matched.iter().flatten().copied().collect();
            let pairs = columns.len();
            columns.sort_unstable();
            columns.dedup();
            prop_assert_eq!(columns.len(), pairs, "a column was given twice");
            let sum: f32 = matched.iter().enumerate().filter_map(|(r, c)| c.map(|c| cost[r * cols + c])).sum();
            let (best_pairs, best_sum) = exhaustive(&cost, rows, cols, 0, 0);
            prop_assert_eq!(pairs, best_pairs);
            prop_assert!((sum - best_sum).abs() < 1e-3, "{} against {}", sum, best_sum);
        }
    }
}
