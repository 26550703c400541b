//! Claims: who is looking at a candidate, so that two never decide one unawares.

use super::{Claim, Desk, Refused};
use crate::console::people::{Actor, Role};
use crate::console::store::{Sql, StoreError, Tx};
use sqlx::Row;

impl Desk {
    /// Claims a candidate for a while, or renews the claim. A page does so when it opens and every half of
    /// [`super::DeskSettings::claim`]. Viewers claim nothing.
    ///
    /// # Errors
    /// [`Refused::Claimed`] when somebody else has it; [`Refused::NotFound`] outside of the actor's districts.
    pub async fn claim(&self, actor: &Actor, candidate: &str) -> Result<Claim, Refused> {
        if actor.role < Role::Reviewer {
            return Err(Refused::Role { needs: Role::Reviewer });
        }
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut sql = Sql::new("SELECT 1 FROM candidates WHERE id = ");
        sql.bind(candidate);
        actor.scope.limit(&mut sql, "district");
        // One after another on one candidate, also on PostgreSQL.
        sql.push(self.store().for_update());
        if sql.maybe(&mut *tx).await?.is_none() {
            return Err(Refused::NotFound);
        }
        if let Some(other) = held(&mut tx, candidate, now).await?.filter(|claim| claim.user != actor.id) {
            return Err(Refused::Claimed { by: other.name, until: other.until });
        }
        let until = now + self.settings().claim;
        let mut sql = Sql::new("INSERT INTO claims (candidate, user_id, user_name, until) VALUES ");
        sql.row([candidate.into(), (&actor.id).into(), (&actor.name).into(), until.into()]);
        sql.push(
            " ON CONFLICT (candidate) DO UPDATE SET user_id = excluded.user_id, user_name = excluded.user_name, \
             until = excluded.until",
        );
        sql.run(&mut *tx).await?;
        // Others' lists show who has it.
        let change = self.store().stamp(&mut tx, &[candidate.to_owned()]).await?;
        self.store().commit(tx, change).await?;
        Ok(Claim { user: actor.id.clone(), name: actor.name.clone(), until })
    }

    /// Lets go of a claim of the actor's own; another's stays.
    ///
    /// # Errors
    /// What the database says.
    pub async fn release(&self, actor: &Actor, candidate: &str) -> Result<(), StoreError> {
        let mut tx = self.store().begin().await?;
        let mut sql = Sql::new("DELETE FROM claims WHERE candidate = ");
        sql.bind(candidate).push(" AND user_id = ").bind(&actor.id);
        if sql.run(&mut *tx).await? > 0 {
            let change = self.store().stamp(&mut tx, &[candidate.to_owned()]).await?;
            self.store().commit(tx, change).await?;
        }
        Ok(())
    }

    /// Lets go of every claim of the actor's: at logout.
    ///
    /// # Errors
    /// What the database says.
    pub async fn release_all(&self, actor: &Actor) -> Result<(), StoreError> {
        let mut tx = self.store().begin().await?;
        let mut sql = Sql::new("DELETE FROM claims WHERE user_id = ");
        sql.bind(&actor.id);
        sql.run(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The claim that holds on a candidate.
pub(super) async fn held(tx: &mut Tx, candidate: &str, now: i64) -> Result<Option<Claim>, StoreError> {
    let mut sql = Sql::new("SELECT user_id, user_name, until FROM claims WHERE candidate = ");
    sql.bind(candidate).push(" AND until > ").bind(now);
    let Some(row) = sql.maybe(&mut **tx).await? else { return Ok(None) };
    Ok(Some(Claim { user: row.try_get(0)?, name: row.try_get(1)?, until: row.try_get(2)? }))
}
