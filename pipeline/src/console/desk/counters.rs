//! Counters of the queue, and what is new since a page was made.

use super::{Desk, DeskState, Filter};
use crate::console::store::{Scope, Sql, StoreError};
use serde::Serialize;
use sqlx::Row;

/// Counters over what somebody may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Counters {
    /// Candidates that nobody has decided.
    pub waiting: i64,
    /// Candidates that a supervisor should decide.
    pub escalated: i64,
    /// When the oldest waiting one was raised, milliseconds since 1970 UTC.
    pub oldest: Option<i64>,
    /// Raised since midnight in the city.
    pub raised_today: i64,
    /// Confirmed or rejected since midnight in the city.
    pub decided_today: i64,
    /// Number of the change that this shows.
    pub change: i64,
}

/// What happened since a page was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct News {
    /// New candidates that the filter lets through.
    pub new: i64,
    /// Candidates that changed: id, what they are now, their revision. The page may show them as they are now.
    #[schema(value_type = Vec<Vec<Object>>)]
    pub changed: Vec<(String, DeskState, i64)>,
    /// Number of the last change.
    pub change: i64,
}

/// Changed candidates of one answer at most; a page that was asleep for longer loads anew.
const CHANGED: i64 = 500;

impl Desk {
    /// What nobody has decided: of [`Counters`] only `waiting`, `escalated` and `oldest`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn undecided(&self, scope: &Scope) -> Result<Counters, StoreError> {
        let mut counters = Counters::default();
        let open = [DeskState::Waiting.as_str(), DeskState::Escalated.as_str()];
        let mut sql = Sql::new("SELECT state, COUNT(*), MIN(raised_at) FROM candidates WHERE state");
        sql.within(open);
        scope.limit(&mut sql, "district");
        sql.push(" GROUP BY state");
        for row in sql.all(self.store().reader()).await? {
            let (state, count): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            if state == DeskState::Waiting.as_str() {
                counters.waiting = count;
                counters.oldest = row.try_get(2)?;
            } else {
                counters.escalated = count;
            }
        }
        Ok(counters)
    }

    /// Counters of what may be seen.
    ///
    /// # Errors
    /// What the database says.
    pub async fn counters(&self, scope: &Scope) -> Result<Counters, StoreError> {
        let change = self.store().change().await?;
        let mut counters = Counters { change, ..self.undecided(scope).await? };
        let midnight = self.midnight();
        let mut sql = Sql::new("SELECT COUNT(*) FROM candidates WHERE raised_at >= ");
        sql.bind(midnight);
        scope.limit(&mut sql, &self.store().unindexed("district"));
        counters.raised_today = sql.number(self.store().reader()).await?;
        let mut sql = Sql::new(
            "SELECT COUNT(*) FROM decisions d JOIN candidates c ON c.id = d.candidate \
             WHERE d.effect = 1 AND d.action IN ('confirm', 'reject') AND d.at >= ",
        );
        sql.bind(midnight);
        scope.limit(&mut sql, &self.store().unindexed("c.district"));
        counters.decided_today = sql.number(self.store().reader()).await?;
        Ok(counters)
    }

    /// How many candidates a filter lets through.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(&self, scope: &Scope, filter: &Filter) -> Result<i64, StoreError> {
        let mut sql = Sql::new("SELECT COUNT(*) FROM candidates c WHERE ");
        filter.conditions(&mut sql, "c", scope, self.store(), None, true);
        sql.number(self.store().reader()).await
    }

    /// What happened after the change `since`, for "5 new, show".
    ///
    /// # Errors
    /// What the database says.
    pub async fn news(&self, scope: &Scope, filter: &Filter, since: i64) -> Result<News, StoreError> {
        let change = self.store().change().await?;
        if change <= since {
            return Ok(News { change, ..News::default() });
        }
        let mut sql = Sql::new("SELECT COUNT(*) FROM candidates c WHERE ");
        filter.conditions(&mut sql, "c", scope, self.store(), None, false);
        sql.push(" AND c.arrival > ").bind(since);
        let new = sql.number(self.store().reader()).await?;
        let mut sql = Sql::new("SELECT id, state, revision FROM candidates WHERE changed > ");
        sql.bind(since).push(" AND ").push(&self.store().unindexed("arrival")).push(" <= ").bind(since);
        scope.limit(&mut sql, &self.store().unindexed("district"));
        sql.push(" ORDER BY changed DESC LIMIT ").bind(CHANGED);
        let mut changed = Vec::new();
        for row in sql.all(self.store().reader()).await? {
            let state: String = row.try_get(1)?;
            if let Some(state) = DeskState::of(&state) {
                changed.push((row.try_get(0)?, state, row.try_get(2)?));
            }
        }
        Ok(News { new, changed, change })
    }

    /// The last midnight in the city.
    pub(crate) fn midnight(&self) -> i64 {
        let zone = &self.settings().timezone;
        let now = jiff::Timestamp::from_millisecond(self.now()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let midnight = zone.to_datetime(now).date().to_datetime(jiff::civil::Time::midnight());
        zone.to_timestamp(midnight).map_or(0, |midnight| midnight.as_millisecond())
    }
}
