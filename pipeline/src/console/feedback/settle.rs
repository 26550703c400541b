//! Proposals of the whole city, and what a person made of them.

use super::{Advice, Example, Feedback, Proposal, propose};
use crate::console::desk::Refused;
use crate::console::people::{Actor, Role};
use crate::console::store::{Audit, Scope, Sql, StoreError, Tx};
use sqlx::Row;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Namespace of the ids of proposals.
const PROPOSALS: Uuid = Uuid::from_u128(0x9a1e_4b6c_02d7_4f53_8c39_5d0b_7f6e_2a18);
/// Newest decided candidates that are looked at.
const NEWEST: i64 = 50_000;

/// Camera, preset, zone and rule.
type Place = (String, String, String, String);

impl Feedback {
    /// Proposals for cameras that may be seen, the one that spares most first. What was settled counts no more: only
    /// candidates that were raised after it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn proposals(&self, scope: &Scope) -> Result<Vec<Proposal>, StoreError> {
        let store = self.desk().store();
        let mut sql = Sql::new(
            "SELECT c.camera, c.preset, c.zone, c.rule, c.score, c.box_x, c.box_y, c.box_w, c.box_h, c.state FROM candidates c \
             WHERE c.state IN ('confirmed', 'rejected') AND c.missed = 0 AND c.preset <> '' AND c.raised_at > COALESCE((SELECT MAX(p.at) \
             FROM proposals p WHERE p.camera = c.camera AND p.zone = c.zone AND p.rule = c.rule), 0)",
        );
        scope.limit(&mut sql, "c.district");
        sql.push(" ORDER BY c.raised_at DESC LIMIT ").bind(NEWEST);
        let mut places: BTreeMap<Place, Vec<Example>> = BTreeMap::new();
        for row in sql.all(store.reader()).await? {
            let place = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            let side = |i: usize| row.try_get::<f64, _>(i).map(|side| side as f32);
            let state: String = row.try_get(9)?;
            places.entry(place).or_default().push(Example {
                score: row.try_get(4)?,
                bbox: [side(5)?, side(6)?, side(7)?, side(8)?],
                confirmed: state == "confirmed",
            });
        }
        let mut proposals: Vec<Proposal> = places.into_iter().filter_map(|(place, of)| proposal(place, &of)).collect();
        proposals.sort_by_key(|p| std::cmp::Reverse(p.spared));
        Ok(proposals)
    }

    /// The proposal of an id, if it still holds.
    ///
    /// # Errors
    /// What the database says.
    pub async fn proposal(&self, scope: &Scope, id: &str) -> Result<Option<Proposal>, StoreError> {
        Ok(self.proposals(scope).await?.into_iter().find(|proposal| proposal.id == id))
    }

    /// Puts a proposal aside, with a line in the audit log.
    ///
    /// # Errors
    /// [`Refused::Role`] below a supervisor; [`Refused::NotFound`] for one that no longer holds.
    pub async fn dismiss(&self, actor: &Actor, id: &str) -> Result<Proposal, Refused> {
        let proposal = self.meant(actor, id).await?;
        let mut tx = self.desk().store().begin().await?;
        self.settle(&mut tx, actor, &proposal, "dismissed").await?;
        tx.commit().await?;
        Ok(proposal)
    }

    /// The proposal that a supervisor means to apply or dismiss.
    ///
    /// # Errors
    /// As [`Feedback::dismiss`].
    pub async fn meant(&self, actor: &Actor, id: &str) -> Result<Proposal, Refused> {
        if actor.role < Role::Supervisor {
            return Err(Refused::Role { needs: Role::Supervisor });
        }
        self.proposal(&actor.scope, id).await?.ok_or(Refused::NotFound)
    }

    /// Writes down what became of a proposal (`applied`, `dismissed`), in the transaction that made it so.
    ///
    /// # Errors
    /// What the database says.
    pub async fn settle(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        proposal: &Proposal,
        outcome: &str,
    ) -> Result<(), StoreError> {
        let now = self.desk().now();
        let data = serde_json::to_string(proposal).unwrap_or_default();
        let mut sql =
            Sql::new("INSERT INTO proposals (id, camera, zone, rule, outcome, data, user_id, user_name, at) VALUES ");
        sql.row([
            (&proposal.id).into(),
            (&proposal.camera).into(),
            (&proposal.zone).into(),
            (&proposal.rule).into(),
            outcome.into(),
            data.into(),
            (&actor.id).into(),
            (&actor.name).into(),
            now.into(),
        ]);
        sql.push(" ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, at = excluded.at");
        sql.run(&mut **tx).await?;
        let detail = serde_json::json!({ "proposal": proposal.id, "outcome": outcome, "advice": proposal.advice });
        Audit { actor, action: "setting", subject: &proposal.camera, district: "", detail: &detail }
            .write(tx, now)
            .await
    }
}

fn proposal((camera, preset, zone, rule): Place, examples: &[Example]) -> Option<Proposal> {
    let (advice, spared) = propose(examples)?;
    let confirmed = examples.iter().filter(|e| e.confirmed).count();
    let id = id(&camera, &preset, &zone, &rule, &advice);
    Some(Proposal { id, camera, preset, zone, rule, advice, confirmed, rejected: examples.len() - confirmed, spared })
}

fn id(camera: &str, preset: &str, zone: &str, rule: &str, advice: &Advice) -> String {
    let what = serde_json::json!([camera, preset, zone, rule, advice]).to_string();
    Uuid::new_v5(&PROPOSALS, what.as_bytes()).to_string()
}
