//! The queue: most urgent first, then newest, in pages that show each candidate once.

use super::listed::{COLUMNS, Listed, from, listed};
use super::{Desk, DeskState, Filter};
use crate::console::store::{Scope, Sql, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Most groups on one page.
pub const MAX_PAGE: usize = 200;
/// Most members of a group that a page carries; the number of all is told.
const MAX_MEMBERS: i64 = 2000;

/// Candidates that belong together: one stay, one bin, several cameras.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Group {
    /// The first of them in the queue's order.
    pub head: Listed,
    /// The others that the filter lets through.
    pub others: Vec<Listed>,
}

/// A page of the queue.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Page {
    /// In the queue's order.
    pub groups: Vec<Group>,
    /// Where the next page begins; absent after the last.
    pub next: Option<String>,
    /// Number of the change that the page shows; [`Desk::news`] counts from here.
    pub change: i64,
}

/// A place in the queue's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    urgency: i64,
    raised_at: i64,
    id: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", self.urgency, self.raised_at, self.id)
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || "this is no place in the queue; begin at its first page".to_owned();
        let mut parts = text.splitn(3, '_');
        let mut number = || parts.next().and_then(|part| part.parse::<i64>().ok()).ok_or_else(refuse);
        let (urgency, raised_at) = (number()?, number()?);
        let id = parts.next().filter(|id| id.len() <= 64 && !id.contains('\0')).ok_or_else(refuse)?;
        Ok(Place { urgency, raised_at, id: id.to_owned() })
    }
}

impl Desk {
    /// A page of the queue: at most `limit` groups after `after`.
    ///
    /// Paging goes by place, not by number: what comes or goes meanwhile shifts nothing.
    ///
    /// # Errors
    /// What the database says.
    pub async fn queue(
        &self,
        scope: &Scope,
        filter: &Filter,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let limit = limit.clamp(1, MAX_PAGE);
        let store = self.store();
        // Read before the rows: a change in between is shown and counted as news, never missed.
        let change = store.change().await?;
        let now = self.now();
        // A query for each state, since an index has each in order, and the first of all of them.
        let mut heads = Vec::new();
        for state in filter.states() {
            let sql = self.heads(scope, filter, *state, after, limit, now);
            for row in sql.all(store.reader()).await? {
                heads.push(listed(&row)?);
            }
        }
        heads.sort_by(|a, b| (b.urgency, b.raised_at, &b.id).cmp(&(a.urgency, a.raised_at, &a.id)));
        let more = heads.len() > limit;
        heads.truncate(limit);
        let next = heads
            .last()
            .filter(|_| more)
            .map(|l| Place { urgency: l.urgency, raised_at: l.raised_at, id: l.id.clone() }.to_string());
        let mut others = self.members(scope, filter, &heads, now).await?;
        let groups = heads
            .into_iter()
            .map(|head| Group { others: others.remove(&head.group).unwrap_or_default(), head })
            .collect();
        Ok(Page { groups, next, change })
    }

    /// The first of each group, of one state, in the queue's order; one more than a page.
    fn heads(
        &self,
        scope: &Scope,
        filter: &Filter,
        state: DeskState,
        after: Option<&Place>,
        limit: usize,
        now: i64,
    ) -> Sql {
        let mut sql = Sql::new("SELECT ");
        sql.push(COLUMNS);
        from(&mut sql, now);
        sql.push(" WHERE ");
        filter.conditions(&mut sql, "c", scope, self.store(), Some(state), true);
        if let Some(after) = after {
            sql.push(" AND (c.urgency, c.raised_at, c.id) < (").bind(after.urgency).push(", ");
            sql.bind(after.raised_at).push(", ").bind(&after.id).push(")");
        }
        // Most are a group by themselves; else only the first of the members that the filter lets through heads it.
        sql.push(" AND (c.members = 1 OR NOT EXISTS (SELECT 1 FROM candidates o WHERE o.group_id = c.group_id AND ");
        filter.conditions(&mut sql, "o", scope, self.store(), None, false);
        let unindexed = |name| self.store().unindexed(name);
        sql.push(" AND (").push(&unindexed("o.urgency")).push(", ").push(&unindexed("o.raised_at")).push(", ");
        sql.push(&unindexed("o.id")).push(") > (c.urgency, c.raised_at, c.id)))");
        sql.push(" ORDER BY c.urgency DESC, c.raised_at DESC, c.id DESC LIMIT ").bind(limit as i64 + 1);
        sql
    }

    /// The members of the heads' groups that the filter lets through, heads left out.
    async fn members(
        &self,
        scope: &Scope,
        filter: &Filter,
        heads: &[Listed],
        now: i64,
    ) -> Result<BTreeMap<String, Vec<Listed>>, StoreError> {
        let mut members: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
        let groups: Vec<&str> = heads.iter().filter(|head| head.members > 1).map(|head| head.group.as_str()).collect();
        if groups.is_empty() {
            return Ok(members);
        }
        let mut sql = Sql::new("SELECT ");
        sql.push(COLUMNS);
        from(&mut sql, now);
        sql.push(" WHERE c.group_id").within(groups).push(" AND ");
        filter.conditions(&mut sql, "c", scope, self.store(), None, false);
        sql.push(" ORDER BY c.urgency DESC, c.raised_at DESC, c.id DESC LIMIT ").bind(MAX_MEMBERS);
        for row in sql.all(self.store().reader()).await? {
            let member = listed(&row)?;
            if !heads.iter().any(|head| head.id == member.id) {
                members.entry(member.group.clone()).or_default().push(member);
            }
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_place_reads_back_and_other_texts_are_refused_without_a_panic(
            urgency in any::<i64>(), raised_at in any::<i64>(), id in "[0-9a-f-]{1,36}", other in "\\PC{0,30}",
        ) {
            let place = Place { urgency, raised_at, id };
            prop_assert_eq!(place.to_string().parse::<Place>(), Ok(place));
            let _ = other.parse::<Place>();
        }
    }
}
