//! The queue: most urgent first, then newest, in pages that show each candidate once.

use super::{Desk, DeskState, Filter};
use crate::console::store::{Scope, Sql, StoreError};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Most groups on one page.
pub const MAX_PAGE: usize = 200;
/// Most members of a group that a page carries; the number of all is told.
const MAX_MEMBERS: i64 = 2000;

/// A candidate as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Listed {
    /// Id.
    pub id: String,
    /// What it is in the console.
    pub state: DeskState,
    /// The pipeline's word: `raised`, `updated`, `ended`, `withdrawn`.
    pub life: String,
    /// How urgent, 0 to 3.
    pub urgency: i64,
    /// Rule kind.
    pub rule: String,
    /// Class code it is filed under now.
    pub class_code: String,
    /// That class's name.
    pub class_name: String,
    /// Camera id.
    pub camera: String,
    /// Camera's name, or its id where CITY.toml does not know it.
    pub camera_name: String,
    /// Preset.
    pub preset: String,
    /// Zone id.
    pub zone: String,
    /// Grid cell, or empty.
    pub grid: String,
    /// District, or empty.
    pub district: String,
    /// Component id, or empty.
    pub component: String,
    /// Longitude and latitude.
    pub location: Option<[f64; 2]>,
    /// Milliseconds since 1970 UTC.
    pub first_seen: i64,
    /// Milliseconds since 1970 UTC.
    pub raised_at: i64,
    /// Milliseconds since 1970 UTC.
    pub last_seen: i64,
    /// Score of the object.
    pub score: f64,
    /// What the object is.
    pub label: String,
    /// Left, top, width, height, 0..1 of the picture.
    pub bbox: [f64; 4],
    /// Seconds it has stood there.
    pub dwell_s: f64,
    /// URI of the still to show, or empty.
    pub still: String,
    /// URI of the crop, or empty.
    pub crop: String,
    /// Reported by a person, not by a rule.
    pub missed: bool,
    /// How many verdicts have made it what it is; a decision names the one it saw.
    pub revision: i64,
    /// Id of the candidate it was merged into, or empty.
    pub merged_into: String,
    /// Login name of who made it what it is, or empty.
    pub decided_by: String,
    /// When, milliseconds since 1970 UTC; 0 where nobody did.
    pub decided_at: i64,
    /// Id of that verdict, or empty; what an undo takes back.
    pub decision: String,
    /// Reason it was rejected for, or empty.
    pub reject_reason: String,
    /// Group it belongs to: the id of one of its members.
    pub group: String,
    /// How many candidates that group has, decided ones too.
    pub members: i64,
    /// Who is looking at it, and until when.
    pub claim: Option<Claim>,
}

/// Somebody who is looking at a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Claim {
    /// Their user id.
    pub user: String,
    /// Their name.
    pub name: String,
    /// Until when, unless they renew; milliseconds since 1970 UTC.
    pub until: i64,
}

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

/// Columns that [`listed`] reads, in its order; `c` is the candidate, `k` its camera, `m` the claim on it.
pub(super) const COLUMNS: &str = "c.id, c.state, c.life, c.urgency, c.rule, c.class_code, c.class_name, c.camera, \
    COALESCE(k.name, c.camera), c.preset, c.zone, c.grid, c.district, c.component, c.lon, c.lat, c.first_seen, \
    c.raised_at, c.last_seen, c.score, c.label, c.box_x, c.box_y, c.box_w, c.box_h, c.dwell_s, c.still, c.crop, \
    c.missed, c.revision, c.merged_into, c.decided_by, c.decided_at, c.decision, c.reject_reason, c.group_id, \
    m.user_id, m.user_name, m.until, c.members";

/// The tables of [`COLUMNS`]; the placeholder for the present time is pushed after it.
pub(super) fn from(sql: &mut Sql, now: i64) {
    sql.push(" FROM candidates c LEFT JOIN cameras k ON k.id = c.camera LEFT JOIN claims m ON m.candidate = c.id AND m.until > ");
    sql.bind(now);
}

/// A row of [`COLUMNS`].
pub(super) fn listed(row: &AnyRow) -> Result<Listed, StoreError> {
    let text = |i: usize| row.try_get::<String, _>(i);
    let number = |i: usize| row.try_get::<i64, _>(i);
    let real = |i: usize| row.try_get::<f64, _>(i);
    let id = text(0)?;
    let word = text(1)?;
    let state = DeskState::of(&word).ok_or_else(|| StoreError::Row {
        what: format!("candidate {id}"),
        why: format!("state {word:?} is unknown"),
    })?;
    let location = match (row.try_get::<Option<f64>, _>(14)?, row.try_get::<Option<f64>, _>(15)?) {
        (Some(lon), Some(lat)) => Some([lon, lat]),
        _ => None,
    };
    let claim = match row.try_get::<Option<String>, _>(36)? {
        Some(user) => Some(Claim { user, name: text(37)?, until: number(38)? }),
        None => None,
    };
    Ok(Listed {
        id,
        state,
        life: text(2)?,
        urgency: number(3)?,
        rule: text(4)?,
        class_code: text(5)?,
        class_name: text(6)?,
        camera: text(7)?,
        camera_name: text(8)?,
        preset: text(9)?,
        zone: text(10)?,
        grid: text(11)?,
        district: text(12)?,
        component: text(13)?,
        location,
        first_seen: number(16)?,
        raised_at: number(17)?,
        last_seen: number(18)?,
        score: real(19)?,
        label: text(20)?,
        bbox: [real(21)?, real(22)?, real(23)?, real(24)?],
        dwell_s: real(25)?,
        still: text(26)?,
        crop: text(27)?,
        missed: number(28)? != 0,
        revision: number(29)?,
        merged_into: text(30)?,
        decided_by: text(31)?,
        decided_at: number(32)?,
        decision: text(33)?,
        reject_reason: text(34)?,
        group: text(35)?,
        members: number(39)?,
        claim,
    })
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
