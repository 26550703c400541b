//! All that a decision needs of one candidate.

use super::listed::{COLUMNS, from, listed};
use super::{Desk, DeskState, Effect, Listed};
use crate::console::people::Actor;
use crate::console::project::{DEGREE, NEAR_METRES, from_report, metres};
use crate::console::store::{Audit, Scope, Sql, StoreError};
use crate::payload::{Candidate, Component, Verdict};
use serde::Serialize;
use sqlx::Row;

/// Other candidates of a list at most.
const OTHERS: i64 = 30;

/// A candidate with all that a decision needs.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CandidatePage {
    /// As lists show it, with the claim on it.
    pub listed: Listed,
    /// The pipeline's last word, with every file of evidence; of a reported miss, what the report says.
    #[schema(value_type = Object)]
    pub candidate: Candidate,
    /// Every verdict in the order that counts, comments too.
    pub said: Vec<Said>,
    /// The others of its group, in the queue's order.
    pub group: Vec<Listed>,
    /// Candidates that were merged into it.
    pub parts: Vec<Listed>,
    /// What was raised at this place before and after: the same component, or camera and zone; newest first.
    pub history: Vec<Listed>,
    /// How that history was decided.
    pub decided: History,
    /// Other open candidates within 50 m with the distance in metres, nearest first.
    #[schema(value_type = Vec<Vec<Object>>)]
    pub near: Vec<(f64, Listed)>,
    /// The component as it is registered.
    #[schema(value_type = Option<Object>)]
    pub component: Option<Component>,
    /// Number of the change that this shows.
    pub change: i64,
}

/// A verdict and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Said {
    /// The verdict.
    #[schema(value_type = Object)]
    pub verdict: Verdict,
    /// `none`, `taken`, `void` or `undone`.
    pub effect: &'static str,
    /// The log has not acknowledged it yet.
    pub waits: bool,
}

/// How candidates of one place were decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct History {
    /// Confirmed.
    pub confirmed: i64,
    /// Rejected.
    pub rejected: i64,
    /// Raised in all.
    pub all: i64,
}

impl CandidatePage {
    /// A candidate without anything that tells how it was decided.
    pub fn alone(listed: Listed, candidate: Candidate) -> Self {
        let (said, group, parts) = (Vec::new(), Vec::new(), Vec::new());
        let (history, decided, near) = (Vec::new(), History::default(), Vec::new());
        CandidatePage { listed, candidate, said, group, parts, history, decided, near, component: None, change: 0 }
    }
}

impl Desk {
    /// A candidate, and a line in the audit log that this person looked at it. `None` where there is none, or none
    /// that they may see.
    ///
    /// # Errors
    /// What the database says.
    pub async fn candidate(&self, actor: &Actor, id: &str) -> Result<Option<CandidatePage>, StoreError> {
        let store = self.store();
        let change = store.change().await?;
        let scope = &actor.scope;
        let mut one = self.select();
        one.push("c.id = ").bind(id);
        self.limit(scope, &mut one);
        let Some(listed) = self.lists(one).await?.pop() else { return Ok(None) };
        let said = self.said(id).await?;
        let Some(candidate) = self.payload(id, &said).await? else { return Ok(None) };
        let component = self.component(&listed.component).await?;
        let history = self.history(scope, &listed).await?;
        let decided = self.decided(scope, &listed).await?;
        let near = self.near(scope, &listed).await?;
        let mut group = self.select();
        group.push("c.group_id = ").bind(&listed.group).push(" AND c.id <> ").bind(id);
        self.limit(scope, &mut group);
        group.push(" ORDER BY c.urgency DESC, c.raised_at DESC, c.id DESC LIMIT ").bind(OTHERS);
        let mut parts = self.select();
        parts.push("c.merged_into = ").bind(id);
        self.limit(scope, &mut parts);
        parts.push(" ORDER BY c.raised_at DESC LIMIT ").bind(OTHERS);
        let (group, parts) = (self.lists(group).await?, self.lists(parts).await?);
        self.viewed(actor, &listed).await?;
        Ok(Some(CandidatePage { listed, candidate, said, group, parts, history, decided, near, component, change }))
    }

    async fn viewed(&self, actor: &Actor, listed: &Listed) -> Result<(), StoreError> {
        let mut tx = self.store().begin().await?;
        let detail = serde_json::json!({ "revision": listed.revision });
        Audit { actor, action: "view", subject: &listed.id, district: &listed.district, detail: &detail }
            .write(&mut tx, self.now())
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// `SELECT … FROM … WHERE `, for [`Desk::lists`].
    fn select(&self) -> Sql {
        let mut sql = Sql::new("SELECT ");
        sql.push(COLUMNS);
        from(&mut sql, self.now());
        sql.push(" WHERE ");
        sql
    }

    /// The scope, as a condition that never chooses the index: a place, a group or an id does.
    fn limit(&self, scope: &Scope, sql: &mut Sql) {
        scope.limit(sql, &self.store().unindexed("c.district"));
    }

    async fn lists(&self, sql: Sql) -> Result<Vec<Listed>, StoreError> {
        sql.all(self.store().reader()).await?.iter().map(listed).collect()
    }

    /// Every verdict on a candidate in the order that counts.
    pub(crate) async fn said(&self, id: &str) -> Result<Vec<Said>, StoreError> {
        let mut sql = Sql::new("SELECT data, effect, log_offset FROM decisions WHERE candidate = ");
        sql.bind(id);
        sql.push(" ORDER BY CASE WHEN log_offset < 0 THEN 1 ELSE 0 END, part, log_offset, local, id");
        let mut said = Vec::new();
        for row in sql.all(self.store().reader()).await? {
            let data: String = row.try_get(0)?;
            let verdict = serde_json::from_str(&data)
                .map_err(|e| StoreError::Row { what: format!("a verdict on {id}"), why: e.to_string() })?;
            let effect = match Effect::of(row.try_get(1)?) {
                Some(Effect::Taken) => "taken",
                Some(Effect::Undone) => "undone",
                Some(Effect::None) => "none",
                Some(Effect::Void) | None => "void",
            };
            said.push(Said { verdict, effect, waits: row.try_get::<i64, _>(2)? < 0 });
        }
        Ok(said)
    }

    async fn payload(&self, id: &str, said: &[Said]) -> Result<Option<Candidate>, StoreError> {
        let mut sql = Sql::new("SELECT data FROM candidate_data WHERE id = ");
        sql.bind(id);
        let Some(row) = sql.maybe(self.store().reader()).await? else {
            let report = said.iter().find_map(|said| Some((&said.verdict, said.verdict.missed.as_ref()?)));
            return Ok(report.map(|(verdict, missed)| from_report(verdict, missed)));
        };
        let data: String = row.try_get(0)?;
        serde_json::from_str(&data)
            .map(Some)
            .map_err(|e| StoreError::Row { what: format!("candidate {id}"), why: e.to_string() })
    }

    async fn component(&self, id: &str) -> Result<Option<Component>, StoreError> {
        if id.is_empty() {
            return Ok(None);
        }
        let mut sql = Sql::new("SELECT data FROM components WHERE id = ");
        sql.bind(id);
        let Some(row) = sql.maybe(self.store().reader()).await? else { return Ok(None) };
        let data: String = row.try_get(0)?;
        serde_json::from_str(&data)
            .map(Some)
            .map_err(|e| StoreError::Row { what: format!("component {id}"), why: e.to_string() })
    }

    async fn history(&self, scope: &Scope, of: &Listed) -> Result<Vec<Listed>, StoreError> {
        let mut sql = self.select();
        place(&mut sql, of);
        sql.push(" AND c.id <> ").bind(&of.id);
        self.limit(scope, &mut sql);
        sql.push(" ORDER BY c.raised_at DESC LIMIT ").bind(OTHERS);
        self.lists(sql).await
    }

    async fn decided(&self, scope: &Scope, of: &Listed) -> Result<History, StoreError> {
        let mut sql = Sql::new("SELECT c.state, COUNT(*) FROM candidates c WHERE ");
        place(&mut sql, of);
        self.limit(scope, &mut sql);
        sql.push(" GROUP BY c.state");
        let mut decided = History::default();
        for row in sql.all(self.store().reader()).await? {
            let (state, count): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            decided.all += count;
            match DeskState::of(&state) {
                Some(DeskState::Confirmed) => decided.confirmed += count,
                Some(DeskState::Rejected) => decided.rejected += count,
                _ => {}
            }
        }
        Ok(decided)
    }

    /// Newest first from the database, so that a crowded place shows what is going on now.
    async fn near(&self, scope: &Scope, of: &Listed) -> Result<Vec<(f64, Listed)>, StoreError> {
        let Some([lon, lat]) = of.location else { return Ok(Vec::new()) };
        let up = NEAR_METRES / DEGREE;
        let across = up / lat.to_radians().cos().max(0.01);
        let mut sql = self.select();
        sql.push("c.lat BETWEEN ").bind(lat - up).push(" AND ").bind(lat + up);
        sql.push(" AND c.lon BETWEEN ").bind(lon - across).push(" AND ").bind(lon + across);
        sql.push(" AND ")
            .push(&self.store().unindexed("c.state"))
            .within([DeskState::Waiting.as_str(), DeskState::Escalated.as_str()]);
        sql.push(" AND c.id <> ").bind(&of.id);
        self.limit(scope, &mut sql);
        sql.push(" ORDER BY c.raised_at DESC LIMIT ").bind(OTHERS);
        let mut near: Vec<(f64, Listed)> = self
            .lists(sql)
            .await?
            .into_iter()
            .filter_map(|other| Some((metres([lon, lat], other.location?), other)))
            .filter(|(distance, _)| *distance <= NEAR_METRES)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(near)
    }
}

/// Candidates of the same place: the component, else camera and zone.
fn place(sql: &mut Sql, of: &Listed) {
    if of.component.is_empty() {
        sql.push("c.camera = ").bind(&of.camera).push(" AND c.zone = ").bind(&of.zone);
    } else {
        sql.push("c.component = ").bind(&of.component);
    }
}
