//! How often a rule is right, by camera, rule and day.

use super::Feedback;
use crate::console::desk::DeskState;
use crate::console::store::{Scope, Sql, StoreError};
use serde::Serialize;
use sqlx::Row;
use std::collections::BTreeMap;

/// Every zone's offset from UTC is a multiple of this, so days can be put together from such parts.
const QUARTER: i64 = 15 * 60 * 1000;

/// From when to when; both as milliseconds since 1970 UTC, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From this moment.
    pub from: i64,
    /// Before this one.
    pub before: i64,
}

/// How often one rule was right in one camera on one day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Precision {
    /// Day in the city, `YYYY-MM-DD`.
    pub day: String,
    /// Camera id.
    pub camera: String,
    /// Camera's name.
    pub camera_name: String,
    /// Rule kind.
    pub rule: String,
    /// Raised and confirmed, merged ones too: they were about something that is a case.
    pub confirmed: i64,
    /// Raised and rejected.
    pub rejected: i64,
    /// Raised and not decided yet.
    pub open: i64,
    /// Reported by a person, raised by no rule.
    pub missed: i64,
}

impl Precision {
    /// Confirmed of all decided; nothing to say while none is.
    pub fn precision(&self) -> Option<f64> {
        let decided = self.confirmed + self.rejected;
        (decided > 0).then(|| self.confirmed as f64 / decided as f64)
    }
}

impl Feedback {
    /// How often each rule was right, by camera and day; the day is the one it was raised on.
    ///
    /// # Errors
    /// What the database says.
    pub async fn precision(&self, scope: &Scope, span: Span) -> Result<Vec<Precision>, StoreError> {
        let store = self.desk().store();
        let mut sql = Sql::new("SELECT c.camera, COALESCE(k.name, c.camera), c.rule, c.raised_at / ");
        // Written into the text: PostgreSQL takes two placeholders for two things, and would not group.
        sql.push(&QUARTER.to_string()).push(", c.state, c.missed, COUNT(*) FROM candidates c ");
        sql.push("LEFT JOIN cameras k ON k.id = c.camera WHERE c.raised_at >= ").bind(span.from);
        sql.push(" AND c.raised_at < ").bind(span.before);
        scope.limit(&mut sql, &store.unindexed("c.district"));
        sql.push(" GROUP BY c.camera, COALESCE(k.name, c.camera), c.rule, c.raised_at / ");
        sql.push(&QUARTER.to_string()).push(", c.state, c.missed");
        let mut days: BTreeMap<(String, String, String), Precision> = BTreeMap::new();
        for row in sql.all(store.reader()).await? {
            let (camera, camera_name, rule): (String, String, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (quarter, state, missed): (i64, String, i64) = (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
            let count: i64 = row.try_get(6)?;
            let day = self.desk().local(quarter * QUARTER).local().date().to_string();
            let key = (day.clone(), camera.clone(), rule.clone());
            let entry = days.entry(key).or_insert(Precision {
                day,
                camera,
                camera_name,
                rule,
                confirmed: 0,
                rejected: 0,
                open: 0,
                missed: 0,
            });
            match (missed != 0, DeskState::of(&state)) {
                (true, Some(DeskState::Confirmed)) => entry.missed += count,
                (false, Some(DeskState::Confirmed | DeskState::Merged)) => entry.confirmed += count,
                (false, Some(DeskState::Rejected)) => entry.rejected += count,
                (false, Some(DeskState::Waiting | DeskState::Escalated)) => entry.open += count,
                _ => {}
            }
        }
        Ok(days.into_values().collect())
    }
}
