//! How things are at this moment, for every page and for `/healthz`.

use super::{Sql, Store, StoreError};
use sqlx::Row;

impl Store {
    /// Cameras that deliver pictures (or a file that has ended), and all that the topic `health` knows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn cameras_online(&self) -> Result<(i64, i64), StoreError> {
        let mut sql = Sql::new("SELECT COUNT(*), COALESCE(SUM(CASE WHEN state");
        sql.within(["online", "ended"]).push(" THEN 1 ELSE 0 END), 0) FROM camera_health");
        let row = sql.maybe(self.reader()).await?;
        let counts = row.map(|row| Ok::<_, sqlx::Error>((row.try_get::<i64, _>(1)?, row.try_get::<i64, _>(0)?)));
        Ok(counts.transpose()?.unwrap_or_default())
    }

    /// Verdicts that the log has not acknowledged yet, and when the oldest of them was made.
    ///
    /// # Errors
    /// What the database says.
    pub async fn outbox_waiting(&self) -> Result<(i64, Option<i64>), StoreError> {
        let row = Sql::new("SELECT COUNT(*), MIN(at) FROM outbox").maybe(self.reader()).await?;
        let waiting = row.map(|row| Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?)));
        Ok(waiting.transpose()?.unwrap_or_default())
    }
}
