//! Blind double review: a share of what was decided is decided again by another, who is not told how it went.

use super::Feedback;
use crate::console::desk::{Decided, DeskState, Listed, Refused};
use crate::console::people::{Actor, Role};
use crate::console::store::{Scope, Sql, StoreError};
use crate::payload::{Action, Candidate, RejectReason, Verdict};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use uuid::Uuid;

use super::Span;

/// A second opinion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondOrder {
    /// Chosen by the page.
    pub id: Uuid,
    /// The candidate.
    pub candidate: Uuid,
    /// `confirm` or `reject`.
    pub action: Action,
    /// With `reject`: why.
    #[serde(default)]
    pub reason: Option<RejectReason>,
}

/// How far first and second reviewers agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Agreement {
    /// Both confirmed.
    pub both_confirmed: i64,
    /// Both rejected.
    pub both_rejected: i64,
    /// The first confirmed, the second rejected.
    pub first_only: i64,
    /// The second confirmed, the first rejected.
    pub second_only: i64,
    /// Share of the candidates on which both say the same; absent without any.
    pub agree: Option<f64>,
    /// Cohen's kappa: 1 is full agreement, 0 what chance would give; absent where chance alone would agree on all.
    pub kappa: Option<f64>,
}

/// The figures of a table of four counts.
pub fn agreement_of(both_confirmed: i64, both_rejected: i64, first_only: i64, second_only: i64) -> Agreement {
    let all = (both_confirmed + both_rejected + first_only + second_only) as f64;
    let mut agreement = Agreement { both_confirmed, both_rejected, first_only, second_only, ..Agreement::default() };
    if all > 0.0 {
        let observed = (both_confirmed + both_rejected) as f64 / all;
        let first = (both_confirmed + first_only) as f64 / all;
        let second = (both_confirmed + second_only) as f64 / all;
        let chance = first * second + (1.0 - first) * (1.0 - second);
        agreement.agree = Some(observed);
        agreement.kappa = (chance < 1.0 - 1e-12).then(|| (observed - chance) / (1.0 - chance));
    }
    agreement
}

/// Which candidates are drawn, decided by another, and without a second opinion.
fn drawn(sql: &mut Sql, actor: &Actor, share: f64) {
    sql.push("c.state IN ('confirmed', 'rejected') AND c.missed = 0 AND c.sample < ");
    sql.bind((share * 100.0).round() as i64);
    sql.push(" AND c.decided_by <> ").bind(&actor.login);
    actor.scope.limit(sql, "c.district");
    sql.push(" AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.candidate = c.id AND d.second = 1)");
    // Who took part in deciding it is not blind.
    sql.push(" AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.candidate = c.id AND d.reviewer = ");
    sql.bind(&actor.login).push(")");
}

impl Feedback {
    /// The next candidate that this person may decide blind, oldest decision first, without anything that tells how it
    /// was decided; and how many there are. A line in the audit log says that they looked.
    ///
    /// # Errors
    /// [`Refused::Role`] below a reviewer.
    pub async fn next_second(&self, actor: &Actor) -> Result<Option<(Listed, Candidate, i64)>, Refused> {
        if actor.role < Role::Reviewer {
            return Err(Refused::Role { needs: Role::Reviewer });
        }
        let share = self.desk().settings().second_percent;
        let mut sql = Sql::new("SELECT COUNT(*) FROM candidates c WHERE ");
        drawn(&mut sql, actor, share);
        let all = sql.number(self.desk().store().reader()).await?;
        let mut sql = Sql::new("SELECT c.id FROM candidates c WHERE ");
        drawn(&mut sql, actor, share);
        sql.push(" ORDER BY c.decided_at, c.id LIMIT 1");
        let Some(row) = sql.maybe(self.desk().store().reader()).await? else { return Ok(None) };
        let id: String = row.try_get(0)?;
        let Some(page) = self.desk().candidate(actor, &id).await? else { return Ok(None) };
        let blind = Listed {
            state: DeskState::Waiting,
            merged_into: String::new(),
            decided_by: String::new(),
            decided_at: 0,
            decision: String::new(),
            reject_reason: String::new(),
            class_code: page.candidate.class_code.clone(),
            class_name: page.candidate.class_name.clone(),
            claim: None,
            ..page.listed
        };
        Ok(Some((blind, page.candidate, all)))
    }

    /// Takes a second opinion. It goes to the topic like any verdict, and changes nothing of the candidate.
    ///
    /// # Errors
    /// [`Refused::NotFound`] for a candidate that is not (or no longer) for this person to see blind.
    pub async fn second(&self, actor: &Actor, order: &SecondOrder) -> Result<Decided, Refused> {
        if actor.role < Role::Reviewer {
            return Err(Refused::Role { needs: Role::Reviewer });
        }
        match (order.action, order.reason) {
            (Action::Confirm, None) | (Action::Reject, Some(_)) => {}
            _ => return Err(Refused::Invalid("a second opinion is confirm, or reject with a reason".to_owned())),
        }
        let store = self.desk().store();
        let mut sql = Sql::new("SELECT COUNT(*) FROM candidates c WHERE c.id = ");
        sql.bind(order.candidate.to_string()).push(" AND ");
        drawn(&mut sql, actor, self.desk().settings().second_percent);
        let mut known = Sql::new("SELECT COUNT(*) FROM decisions WHERE second = 1 AND id = ");
        known.bind(order.id.to_string());
        if sql.number(store.reader()).await? == 0 && known.number(store.reader()).await? == 0 {
            return Err(Refused::NotFound);
        }
        let verdict = Verdict {
            id: order.id,
            candidate: order.candidate,
            action: order.action,
            reason: order.reason,
            duplicate_of: None,
            into: None,
            class_code: None,
            class_name: None,
            text: None,
            undoes: None,
            missed: None,
            second: true,
            reviewer: actor.login.clone(),
            at: self.desk().local(self.desk().now()),
            seen_revision: None,
        };
        self.desk().put(actor, &verdict).await
    }

    /// How far first and second reviewers agree, over candidates whose second opinion was given in the span.
    ///
    /// # Errors
    /// What the database says.
    pub async fn agreement(&self, scope: &Scope, span: Span) -> Result<Agreement, StoreError> {
        let mut sql = Sql::new(
            "SELECT c.state, d.action, COUNT(*) FROM decisions d JOIN candidates c ON c.id = d.candidate \
             WHERE d.second = 1 AND c.state IN ('confirmed', 'rejected') AND d.at >= ",
        );
        sql.bind(span.from).push(" AND d.at < ").bind(span.before);
        scope.limit(&mut sql, "c.district");
        sql.push(" GROUP BY c.state, d.action");
        let mut table = [0i64; 4];
        for row in sql.all(self.desk().store().reader()).await? {
            let (first, second): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let cell = match (first.as_str(), second.as_str()) {
                ("confirmed", "confirm") => 0,
                ("rejected", "reject") => 1,
                ("confirmed", _) => 2,
                _ => 3,
            };
            table[cell] += row.try_get::<i64, _>(2)?;
        }
        Ok(agreement_of(table[0], table[1], table[2], table[3]))
    }
}
