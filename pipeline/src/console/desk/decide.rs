//! Decisions: checked, written with their audit line and their place in the outbox, all in one transaction.

use super::claim::held;
use super::{Desk, DeskState, Effect, First, MissedOrder, Order, Refused};
use crate::console::people::{Actor, Role};
use crate::console::project::{refresh, write_verdict};
use crate::console::store::{Audit, Sql, StoreError, Tx, district_of};
use crate::payload::{Action, CloudEvent, Verdict};
use crate::telemetry::names;
use serde::Serialize;
use sqlx::Row;

/// Times a transaction is tried when the database asks for it (PostgreSQL's deadlocks, SQLite's busy file).
const TRIES: usize = 5;

/// A decision that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Decided {
    /// Id of the verdict; what an undo takes back.
    pub verdict: String,
    /// The candidate.
    pub candidate: String,
    /// What it is now.
    pub state: DeskState,
    /// Its revision now.
    pub revision: i64,
    /// Number of the change.
    pub change: i64,
    /// The decision had been taken before: this was a repetition.
    pub repeated: bool,
}

/// What a camera's row says of its place.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraPlace {
    /// Preset.
    pub preset: String,
    /// Grid cell.
    pub grid: Option<String>,
    /// Longitude and latitude.
    pub location: Option<[f64; 2]>,
}

/// A candidate as a decision meets it.
struct Met {
    state: DeskState,
    revision: i64,
    district: String,
    first: Option<First>,
}

impl Desk {
    /// Makes a decision. Sent again with the same id it is the same decision, and answered alike.
    ///
    /// # Errors
    /// See [`Refused`]; nothing was written then.
    pub async fn decide(&self, actor: &Actor, order: &Order) -> Result<Decided, Refused> {
        let verdict = self.may(actor, Role::Reviewer).and_then(|()| self.verdict(actor, order));
        let outcome = match verdict {
            Ok(verdict) => self.put(actor, &verdict).await,
            Err(refused) => Err(refused),
        };
        count(order.action, &outcome);
        outcome
    }

    /// Makes several decisions, each for itself: one that is refused keeps none of the others back.
    pub async fn decide_all(&self, actor: &Actor, orders: &[Order]) -> Vec<Result<Decided, Refused>> {
        let mut outcomes = Vec::new();
        for order in orders {
            outcomes.push(self.decide(actor, order).await);
        }
        outcomes
    }

    /// Reports what no rule found: a case of its own, confirmed.
    ///
    /// # Errors
    /// [`Refused::NotFound`] for a camera that is not there or outside of the actor's districts.
    pub async fn report_missed(&self, actor: &Actor, order: &MissedOrder) -> Result<Decided, Refused> {
        let outcome = self.try_report(actor, order).await;
        count(Action::ReportMissed, &outcome);
        outcome
    }

    async fn try_report(&self, actor: &Actor, order: &MissedOrder) -> Result<Decided, Refused> {
        self.may(actor, Role::Reviewer)?;
        let mut sql = Sql::new("SELECT preset, grid, lon, lat FROM cameras WHERE id = ");
        sql.bind(&order.camera);
        actor.scope.limit(&mut sql, "district");
        let row = sql.maybe(self.store().reader()).await?.ok_or(Refused::NotFound)?;
        let grid: String = row.try_get(1)?;
        let location = match (row.try_get::<Option<f64>, _>(2)?, row.try_get::<Option<f64>, _>(3)?) {
            (Some(lon), Some(lat)) => Some([lon, lat]),
            _ => None,
        };
        let camera = CameraPlace { preset: row.try_get(0)?, grid: (!grid.is_empty()).then_some(grid), location };
        let verdict = self.missed(actor, order, &camera)?;
        self.put(actor, &verdict).await
    }

    pub(super) fn may(&self, actor: &Actor, needs: Role) -> Result<(), Refused> {
        if actor.role >= needs { Ok(()) } else { Err(Refused::Role { needs }) }
    }

    /// Writes a verdict, trying again where the database asks for it.
    pub(crate) async fn put(&self, actor: &Actor, verdict: &Verdict) -> Result<Decided, Refused> {
        let mut tried = 1;
        loop {
            match self.try_put(actor, verdict).await {
                Err(Refused::Store(error)) if error.retry() && tried < TRIES => tried += 1,
                outcome => return outcome,
            }
        }
    }

    async fn try_put(&self, actor: &Actor, verdict: &Verdict) -> Result<Decided, Refused> {
        let store = self.store();
        let candidate = verdict.candidate.to_string();
        let mut tx = store.begin().await?;
        let met = self.meet(&mut tx, &candidate).await?;
        if let Some(met) = met.as_ref().filter(|met| actor.scope.allows(&met.district)) {
            if let Some(known) = repeated(&mut tx, verdict).await? {
                known?;
                let change = store.change().await?;
                return Ok(decided(verdict, met.state, met.revision, change, true));
            }
            self.allowed(&mut tx, actor, verdict, met).await?;
        } else if met.is_some() || verdict.action != Action::ReportMissed {
            return Err(Refused::NotFound);
        }
        write_verdict(&mut tx, verdict, None).await?;
        let refreshed = refresh(&mut tx, &candidate).await?.ok_or(Refused::NotFound)?;
        let effect = refreshed.effects.iter().find(|(id, _)| *id == verdict.id).map(|(_, effect)| *effect);
        if !matches!(effect, Some(Effect::Taken | Effect::None)) {
            // All that can be said better was said by `allowed`.
            let first = refreshed.standing.first.clone();
            return Err(Refused::Stale { revision: refreshed.standing.revision, first });
        }
        if verdict.action != Action::Comment && !verdict.second {
            let mut sql = Sql::new("DELETE FROM claims WHERE candidate = ");
            sql.bind(&candidate);
            sql.run(&mut *tx).await?;
        }
        let grid = verdict.missed.as_ref().and_then(|missed| missed.grid.as_deref()).unwrap_or_default();
        let district = met.map_or_else(|| district_of(grid).to_owned(), |met| met.district);
        let detail = serde_json::json!({
            "action": verdict.action, "second": verdict.second, "verdict": verdict.id, "reason": verdict.reason, "into": verdict.into, "undoes": verdict.undoes,
            "class": verdict.class_code, "revision": verdict.seen_revision,
        });
        Audit { actor, action: "decide", subject: &candidate, district: &district, detail: &detail }
            .write(&mut tx, self.now())
            .await?;
        let change = store.stamp(&mut tx, &refreshed.touched).await?;
        self.outbox(&mut tx, verdict, change).await?;
        store.commit(tx, change).await?;
        Ok(decided(verdict, refreshed.standing.state, refreshed.standing.revision, change, false))
    }

    /// Locks a candidate and says how it is.
    async fn meet(&self, tx: &mut Tx, candidate: &str) -> Result<Option<Met>, Refused> {
        let mut sql =
            Sql::new("SELECT state, revision, district, decided_by, decided_at, decision FROM candidates WHERE id = ");
        sql.bind(candidate).push(self.store().for_update());
        let Some(row) = sql.maybe(&mut **tx).await? else { return Ok(None) };
        let word: String = row.try_get(0)?;
        let state = DeskState::of(&word).ok_or_else(|| StoreError::Row {
            what: format!("candidate {candidate}"),
            why: format!("state {word:?} is unknown"),
        })?;
        let decision: String = row.try_get(5)?;
        let action = match decision.as_str() {
            "" => None,
            id => {
                let mut sql = Sql::new("SELECT action FROM decisions WHERE id = ");
                sql.bind(id);
                let word: Option<String> = sql.maybe(&mut **tx).await?.map(|row| row.try_get(0)).transpose()?;
                word.and_then(|word| Action::of(&word))
            }
        };
        let (by, at) = (row.try_get(3)?, row.try_get(4)?);
        let first = action.map(|action| First { by, at, action });
        Ok(Some(Met { state, revision: row.try_get(1)?, district: row.try_get(2)?, first }))
    }

    /// Whether this person may say this now; each reason told apart.
    async fn allowed(&self, tx: &mut Tx, actor: &Actor, verdict: &Verdict, met: &Met) -> Result<(), Refused> {
        if verdict.action == Action::Comment || verdict.second {
            return Ok(());
        }
        if let Some(other) = held(tx, &verdict.candidate.to_string(), self.now()).await?
            && other.user != actor.id
        {
            return Err(Refused::Claimed { by: other.name, until: other.until });
        }
        let decided = || Refused::Decided { state: met.state, first: met.first.clone() };
        let takes_back = matches!(verdict.action, Action::Undo)
            || (verdict.action == Action::Split && met.state == DeskState::Merged)
            || (verdict.action == Action::ChangeClass && met.state == DeskState::Confirmed);
        match met.state {
            DeskState::Withdrawn => return Err(Refused::Withdrawn),
            state if !state.is_open() && !takes_back => return Err(decided()),
            // Who escalated may still think better of it.
            DeskState::Escalated if verdict.action != Action::Undo => self.may(actor, Role::Supervisor)?,
            _ => {}
        }
        if verdict.seen_revision != Some(met.revision) {
            return Err(Refused::Stale { revision: met.revision, first: met.first.clone() });
        }
        match verdict.action {
            Action::Escalate if met.state == DeskState::Escalated => Err(decided()),
            // What another person decided is taken back by a supervisor.
            Action::Undo if met.first.as_ref().is_some_and(|first| first.by != actor.login) => {
                self.may(actor, Role::Supervisor)
            }
            Action::Undo if met.first.is_none() => Err(Refused::Invalid("there is nothing to take back".to_owned())),
            Action::Merge => self.target(tx, actor, verdict.into.map(|id| id.to_string())).await,
            Action::Reject if verdict.duplicate_of.is_some() => {
                self.target(tx, actor, verdict.duplicate_of.map(|id| id.to_string())).await
            }
            _ => Ok(()),
        }
    }

    /// The other candidate of a merge or a duplicate: there, in sight, and no part of a third.
    async fn target(&self, tx: &mut Tx, actor: &Actor, other: Option<String>) -> Result<(), Refused> {
        let other = other.unwrap_or_default();
        let mut sql = Sql::new("SELECT state FROM candidates WHERE id = ");
        sql.bind(&other);
        actor.scope.limit(&mut sql, "district");
        match sql.maybe(&mut **tx).await?.map(|row| row.try_get::<String, _>(0)).transpose()?.as_deref() {
            None => Err(Refused::Invalid(format!("there is no candidate {other} to put it to"))),
            Some("merged") => Err(Refused::Invalid(format!("{other} is itself a part of another candidate"))),
            Some(_) => Ok(()),
        }
    }

    async fn outbox(&self, tx: &mut Tx, verdict: &Verdict, change: i64) -> Result<(), StoreError> {
        let event = CloudEvent::verdict(&self.settings().city, verdict.clone());
        let mut sql = Sql::new("INSERT INTO outbox (seq, verdict, candidate, payload, at) VALUES ");
        sql.row([
            change.into(),
            verdict.id.to_string().into(),
            verdict.candidate.to_string().into(),
            // Plain data with text keys: it always serialises.
            serde_json::to_string(&event).unwrap_or_default().into(),
            verdict.at.event_time().0.into(),
        ]);
        sql.run(&mut **tx).await?;
        Ok(())
    }
}

/// Whether the verdict is known: the same one again, or (an error) another one under its id.
async fn repeated(tx: &mut Tx, verdict: &Verdict) -> Result<Option<Result<(), Refused>>, Refused> {
    let mut sql = Sql::new("SELECT candidate, action, reviewer, effect FROM decisions WHERE id = ");
    sql.bind(verdict.id.to_string());
    let Some(row) = sql.maybe(&mut **tx).await? else { return Ok(None) };
    let (candidate, action, reviewer): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let same =
        candidate == verdict.candidate.to_string() && action == verdict.action.as_str() && reviewer == verdict.reviewer;
    let other = || Refused::Invalid("this id belongs to another decision; choose a new one".to_owned());
    Ok(Some(if same { Ok(()) } else { Err(other()) }))
}

fn decided(verdict: &Verdict, state: DeskState, revision: i64, change: i64, repeated: bool) -> Decided {
    let (verdict, candidate) = (verdict.id.to_string(), verdict.candidate.to_string());
    Decided { verdict, candidate, state, revision, change, repeated }
}

fn count(action: Action, outcome: &Result<Decided, Refused>) {
    let reason = match outcome {
        Ok(_) => {
            metrics::counter!(names::CONSOLE_DECISIONS, "action" => action.as_str()).increment(1);
            return;
        }
        Err(refused) => refused.word(),
    };
    metrics::counter!(names::CONSOLE_REFUSED, "reason" => reason).increment(1);
}
