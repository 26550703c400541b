//! The audit log: who viewed and did what. Only ever appended to.

use super::{Sql, StoreError, Tx};
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
        let clean = |text: &str| text.replace('\0', "\u{fffd}");
        let mut sql = Sql::new(
            "INSERT INTO audit (id, at, user_id, user_name, address, action, subject, district, detail) VALUES ",
        );
        sql.row([
            Uuid::now_v7().to_string().into(),
            now.into(),
            (&self.actor.id).into(),
            clean(&self.actor.name).into(),
            clean(&self.actor.address).into(),
            self.action.into(),
            clean(self.subject).into(),
            clean(self.district).into(),
            self.detail.to_string().into(),
        ]);
        sql.run(&mut **tx).await?;
        Ok(())
    }
}
