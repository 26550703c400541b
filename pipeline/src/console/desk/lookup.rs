//! Small questions about one candidate, for pictures, for undo, and for programs.

use super::Desk;
use crate::console::people::Actor;
use crate::console::project::from_report;
use crate::console::store::{Scope, Sql, StoreError};
use crate::payload::Candidate;
use sqlx::Row;

/// A decision that can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoable {
    /// The verdict.
    pub verdict: String,
    /// The candidate that it is about.
    pub candidate: String,
    /// The candidate's revision now.
    pub revision: i64,
    /// What was decided.
    pub action: String,
}

impl Desk {
    /// The pipeline's last word on a candidate, without a line in the audit log: for its pictures, whose page has
    /// one. `None` where there is none, or none in these districts.
    ///
    /// # Errors
    /// What the database says.
    pub async fn evidence(&self, scope: &Scope, id: &str) -> Result<Option<Candidate>, StoreError> {
        let mut sql =
            Sql::new("SELECT d.data FROM candidates c LEFT JOIN candidate_data d ON d.id = c.id WHERE c.id = ");
        sql.bind(id);
        scope.limit(&mut sql, "c.district");
        let Some(row) = sql.maybe(self.store().reader()).await? else { return Ok(None) };
        let Some(data) = row.try_get::<Option<String>, _>(0)? else {
            let said = self.said(id).await?;
            let report = said.iter().find_map(|said| Some((&said.verdict, said.verdict.missed.as_ref()?)));
            return Ok(report.map(|(verdict, missed)| from_report(verdict, missed)));
        };
        let candidate = serde_json::from_str(&data);
        candidate.map(Some).map_err(|e| StoreError::Row { what: format!("candidate {id}"), why: e.to_string() })
    }

    /// A decision of this verdict id that still makes its candidate what it is, in the actor's districts.
    ///
    /// # Errors
    /// What the database says.
    pub async fn undoable(&self, actor: &Actor, verdict: &str) -> Result<Option<Undoable>, StoreError> {
        let mut sql = undoable();
        sql.push(" AND d.id = ").bind(verdict);
        self.one_undoable(actor, sql).await
    }

    /// The last decision of somebody's own that can be taken back, made since `since`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn last_undoable(&self, actor: &Actor, since: i64) -> Result<Option<Undoable>, StoreError> {
        let mut sql = undoable();
        sql.push(" AND d.reviewer = ").bind(&actor.login).push(" AND d.at >= ").bind(since);
        self.one_undoable(actor, sql).await
    }

    async fn one_undoable(&self, actor: &Actor, mut sql: Sql) -> Result<Option<Undoable>, StoreError> {
        actor.scope.limit(&mut sql, "c.district");
        sql.push(" ORDER BY d.at DESC, d.local DESC LIMIT 1");
        let Some(row) = sql.maybe(self.store().reader()).await? else { return Ok(None) };
        Ok(Some(Undoable {
            verdict: row.try_get(0)?,
            candidate: row.try_get(1)?,
            revision: row.try_get(2)?,
            action: row.try_get(3)?,
        }))
    }
}

/// A candidate's row names the verdict that made it what it is.
fn undoable() -> Sql {
    Sql::new(
        "SELECT d.id, d.candidate, c.revision, d.action FROM decisions d JOIN candidates c ON c.id = d.candidate \
         AND c.decision = d.id WHERE 1 = 1",
    )
}
