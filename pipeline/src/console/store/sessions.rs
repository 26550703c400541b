//! Sessions, one-time links and the audit log, as the store keeps them.

use super::people::SessionRow;
use super::{Sql, Store, StoreError, audit};
use crate::console::people::audit::{Entry, Line, Wanted};
use operators::vocabulary::EventTime;
use sqlx::Row;
use sqlx::any::AnyRow;

impl Store {
    /// Keeps a session by the hash of its secret.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_session(
        &self,
        hash: &str,
        user: &str,
        now: EventTime,
        expires: EventTime,
        address: &str,
    ) -> Result<(), StoreError> {
        let columns = "INSERT INTO sessions (token_hash, user_id, created_at, seen_at, expires_at, address) VALUES ";
        let mut sql = Sql::new(columns);
        sql.row([hash.into(), user.into(), now.0.into(), now.0.into(), expires.0.into(), address.into()]);
        self.change_people(sql).await
    }

    /// A session by the hash of its secret.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session(&self, hash: &str) -> Result<Option<SessionRow>, StoreError> {
        let mut sql = Sql::new("SELECT user_id, seen_at, expires_at FROM sessions WHERE token_hash = ");
        sql.bind(hash);
        let Some(row) = sql.maybe(self.reader()).await? else { return Ok(None) };
        let user = self.user(&row.try_get::<String, _>(0)?).await?;
        let (last_seen, expires) = (EventTime(row.try_get(1)?), EventTime(row.try_get(2)?));
        Ok(user.map(|user| SessionRow { user, last_seen, expires }))
    }

    /// Notes a session's last request.
    ///
    /// # Errors
    /// What the database says.
    pub async fn touch_session(&self, hash: &str, now: EventTime) -> Result<(), StoreError> {
        let mut sql = Sql::new("UPDATE sessions SET seen_at = ");
        sql.bind(now.0).push(" WHERE token_hash = ").bind(hash);
        self.change_people(sql).await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delete_session(&self, hash: &str) -> Result<(), StoreError> {
        let mut sql = Sql::new("DELETE FROM sessions WHERE token_hash = ");
        sql.bind(hash);
        self.change_people(sql).await
    }

    /// Ends a user's sessions, all but one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delete_sessions_of(&self, user: &str, but: Option<&str>) -> Result<(), StoreError> {
        let mut sql = Sql::new("DELETE FROM sessions WHERE user_id = ");
        sql.bind(user).push(" AND token_hash <> ").bind(but.unwrap_or_default());
        self.change_people(sql).await
    }

    /// Takes sessions away that ended, or whose last request was before `idle`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn forget_sessions(&self, now: EventTime, idle: EventTime) -> Result<(), StoreError> {
        let mut sql = Sql::new("DELETE FROM sessions WHERE expires_at <= ");
        sql.bind(now.0).push(" OR seen_at < ").bind(idle.0);
        self.change_people(sql).await
    }

    /// Keeps a one-time link by the hash of its secret; without a user it makes the first administrator.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_link(
        &self,
        hash: &str,
        user: Option<&str>,
        now: EventTime,
        until: EventTime,
    ) -> Result<(), StoreError> {
        let mut sql = Sql::new("INSERT INTO welcome_tokens (token_hash, created_at, expires_at, user_id) VALUES ");
        sql.row([hash.into(), now.0.into(), until.0.into(), user.unwrap_or_default().into()]);
        self.change_people(sql).await
    }

    /// Whose password a link sets, where it still works: `Some(None)` for the first administrator's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn link(&self, hash: &str, now: EventTime) -> Result<Option<Option<String>>, StoreError> {
        let mut sql = Sql::new("SELECT user_id FROM welcome_tokens WHERE used_at IS NULL AND token_hash = ");
        sql.bind(hash).push(" AND expires_at > ").bind(now.0);
        let Some(row) = sql.maybe(self.reader()).await? else { return Ok(None) };
        let user: String = row.try_get(0)?;
        Ok(Some(Some(user).filter(|user| !user.is_empty())))
    }

    /// Uses a link up. Of two who try, one is told yes.
    ///
    /// # Errors
    /// What the database says.
    pub async fn take_link(&self, hash: &str, now: EventTime) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let mut sql = Sql::new("UPDATE welcome_tokens SET used_at = ");
        sql.bind(now.0).push(" WHERE used_at IS NULL AND token_hash = ").bind(hash);
        sql.push(" AND expires_at > ").bind(now.0);
        let taken = sql.run(&mut *tx).await? == 1;
        tx.commit().await?;
        Ok(taken)
    }

    /// Takes a user's links away; without a user, the first administrator's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn forget_links(&self, user: Option<&str>) -> Result<(), StoreError> {
        let mut sql = Sql::new("DELETE FROM welcome_tokens WHERE user_id = ");
        sql.bind(user.unwrap_or_default());
        self.change_people(sql).await
    }

    /// Adds a line to the audit log.
    ///
    /// # Errors
    /// What the database says.
    pub async fn append_audit(&self, entry: Entry, now: EventTime) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let fields = [&entry.user, &entry.who, &entry.address, entry.act.as_str(), &entry.about, "", &entry.detail];
        audit::insert(&mut tx, now.0, fields).await?;
        Ok(tx.commit().await?)
    }

    /// A page of the audit log, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audit_page(&self, wanted: &Wanted, limit: i64) -> Result<Vec<Line>, StoreError> {
        let mut sql = Sql::new(LINES);
        sql.push(" WHERE 1 = 1");
        if let Some(before) = &wanted.before {
            sql.push(" AND id < ").bind(before);
        }
        if !wanted.who.is_empty() {
            sql.push(" AND user_name = ").bind(&wanted.who);
        }
        if !wanted.acts.is_empty() {
            sql.push(" AND action").within(wanted.acts.iter().map(String::as_str));
        }
        sql.push(" ORDER BY id DESC LIMIT ").bind(limit);
        sql.all(self.reader()).await?.iter().map(line).collect()
    }

    /// The next lines of the audit log after one, oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audit_after(&self, id: &str, limit: i64) -> Result<Vec<Line>, StoreError> {
        let mut sql = Sql::new(LINES);
        sql.push(" WHERE id > ").bind(id).push(" ORDER BY id LIMIT ").bind(limit);
        sql.all(self.reader()).await?.iter().map(line).collect()
    }
}

const LINES: &str = "SELECT id, at, user_name, action, subject, detail, address FROM audit";

fn line(row: &AnyRow) -> Result<Line, StoreError> {
    Ok(Line {
        id: row.try_get(0)?,
        at: row.try_get(1)?,
        who: row.try_get(2)?,
        act: row.try_get(3)?,
        about: row.try_get(4)?,
        detail: row.try_get(5)?,
        address: row.try_get(6)?,
    })
}
