//! What of the queue somebody wants to see.

use super::DeskState;
use crate::console::store::{Scope, Sql, Store};
use serde::{Deserialize, Serialize};

/// Most words of a search that are looked for.
const MAX_WORDS: usize = 8;

/// Which candidates; an absent field does not filter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// States; empty is what can still be decided by anybody: `waiting`.
    pub states: Vec<DeskState>,
    /// Rule kind.
    pub rule: Option<String>,
    /// Camera id.
    pub camera: Option<String>,
    /// Grid cell, or the first digits of one.
    pub grid: Option<String>,
    /// District, six digits.
    pub district: Option<String>,
    /// Raised at this moment or later, milliseconds since 1970 UTC.
    pub raised_from: Option<i64>,
    /// Raised before this moment, milliseconds since 1970 UTC.
    pub raised_before: Option<i64>,
    /// Least score.
    pub score_from: Option<f64>,
    /// Score below this.
    pub score_below: Option<f64>,
    /// Words that all occur in class, rule, names, ids, plate, component, owner or grid.
    pub text: Option<String>,
}

impl Filter {
    /// The states that are meant.
    pub fn states(&self) -> &[DeskState] {
        if self.states.is_empty() { &[DeskState::Waiting] } else { &self.states }
    }

    /// Adds the conditions on the candidate `alias` to a query, the first without AND. With `only` just this state of
    /// those that are meant. `ordered`: the rows are wanted in the queue's order, and one condition may choose the index;
    /// else none may, since the query has a better one.
    pub(super) fn conditions(
        &self,
        sql: &mut Sql,
        alias: &str,
        scope: &Scope,
        store: &Store,
        only: Option<DeskState>,
        ordered: bool,
    ) {
        let column = |name: &str, chooses: bool| {
            let column = format!("{alias}.{name}");
            if ordered && chooses { column } else { store.unindexed(&column) }
        };
        sql.push(&column("state", true));
        match only {
            // An equality lets the index on (state, order) give the rows in order.
            Some(state) => sql.push(" = ").bind(state.as_str()),
            None => sql.within(self.states().iter().map(|state| state.as_str())),
        };
        // The most telling one that there is: a camera before a district before a rule.
        let one_district = scope.districts().len() == 1;
        let by_camera = self.camera.is_some();
        let by_district = !by_camera && (self.district.is_some() || one_district);
        let by_rule = !by_camera && !by_district;
        scope.limit(sql, &column("district", by_district && one_district));
        let equal = [
            ("camera", &self.camera, by_camera),
            ("district", &self.district, by_district && !one_district),
            ("rule", &self.rule, by_rule),
        ];
        for (name, wanted, chooses) in equal {
            if let Some(wanted) = wanted {
                sql.push(" AND ").push(&column(name, chooses)).push(" = ").bind(wanted);
            }
        }
        if let Some(grid) = &self.grid {
            // Those that begin with a code are from it up to the next that does not.
            sql.push(" AND ").push(&column("grid", false)).push(" >= ").bind(grid);
            sql.push(" AND ").push(&column("grid", false)).push(" < ").bind(format!("{grid}\u{7f}"));
        }
        for (sign, bound) in [(">=", self.raised_from), ("<", self.raised_before)] {
            if let Some(bound) = bound {
                sql.push(" AND ").push(&column("raised_at", false)).push(" ").push(sign).push(" ").bind(bound);
            }
        }
        for (sign, bound) in [(">=", self.score_from), ("<", self.score_below)] {
            if let Some(bound) = bound {
                sql.push(" AND ").push(&column("score", false)).push(" ").push(sign).push(" ").bind(bound);
            }
        }
        for word in words(self.text.as_deref().unwrap_or_default()) {
            sql.push(" AND ");
            store.contains(sql, &format!("{alias}.search"), &word);
        }
    }
}

/// The words of a search, in the form that `candidates.search` is kept in.
fn words(text: &str) -> impl Iterator<Item = String> {
    let text = text.replace('\0', " ").to_lowercase();
    text.split_whitespace().take(MAX_WORDS).map(str::to_owned).collect::<Vec<_>>().into_iter()
}
