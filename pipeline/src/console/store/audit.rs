//! The audit log: who viewed and did what. Only ever appended to.

use super::{Sql, StoreError, Tx, Value};
use crate::console::people::Actor;
use uuid::Uuid;

/// A line of the audit log.
#[derive(Debug)]
pub struct Audit<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// What, in a word: `confirm`, `view`, `login`, ….
    pub action: &'a str,
    /// On what: a candidate's, camera's or user's id; empty where there is none.
    pub subject: &'a str,
    /// District of the subject, or empty.
    pub district: &'a str,
    /// Anything else.
    pub detail: &'a serde_json::Value,
}

impl Audit<'_> {
    /// Appends the line in a transaction, so that what was done and the line that tells of it are one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn write(&self, tx: &mut Tx, now: i64) -> Result<(), StoreError> {
        let Actor { id, name, address, .. } = self.actor;
        let detail = self.detail.to_string();
        insert(tx, now, [id, name, address, self.action, self.subject, self.district, &detail]).await
    }
}

/// Appends a line: user's id and name, address, action, subject, district, detail.
pub(super) async fn insert(tx: &mut Tx, now: i64, fields: [&str; 7]) -> Result<(), StoreError> {
    let mut sql =
        Sql::new("INSERT INTO audit (id, at, user_id, user_name, address, action, subject, district, detail) VALUES ");
    // PostgreSQL keeps no NUL.
    let fields = fields.map(|text| Value::from(text.replace('\0', "\u{fffd}")));
    sql.row([Uuid::now_v7().to_string().into(), now.into()].into_iter().chain(fields));
    sql.run(&mut **tx).await?;
    Ok(())
}
