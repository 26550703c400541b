//! From topics to the view and back, on both databases.

use super::{Follower, Intake, ProjectError, Projection, Publisher, TOPICS, rebuild};
use crate::config;
use crate::console::desk::{DeskState, Filter, Order};
use crate::console::people::Role;
use crate::console::store::{Scope, Sql, Store};
use crate::console::testing::{actor, candidate, desk, dispatched, on_both, put, said, stored};
use crate::log::embedded::{EmbeddedLog, Options};
use crate::log::{Log, Record, Start, Stored, Topic};
use crate::payload::{Action, Candidate, CloudEvent, State, Verdict, examples};
use proptest::prelude::*;
use sqlx::Row;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Everything of the view that a reviewer could notice, in words that can be compared.
async fn view(store: &Store) -> Vec<String> {
    let mut lines = Vec::new();
    let tables = [
        "SELECT id || '|' || state || '|' || life || '|' || group_id || '|' || merged_into || '|' || decided_by || '|' || decision \
         || '|' || class_code || '|' || search, revision, last_seen, members FROM candidates ORDER BY id",
        "SELECT id || '|' || data, 0, 0, 0 FROM candidate_data ORDER BY id",
        "SELECT id || '|' || candidate || '|' || action || '|' || data, effect, log_offset, second FROM decisions ORDER BY id",
        "SELECT camera || '|' || state || '|' || data, at, since, 0 FROM camera_health ORDER BY camera",
        "SELECT id || '|' || data, urgent, 0, 0 FROM components ORDER BY id",
    ];
    for table in tables {
        for row in Sql::new(table).all(store.reader()).await.expect("reads") {
            let text: String = row.try_get(0).expect("a text");
            let numbers: Vec<i64> = (1..4).map(|i| row.try_get::<i64, _>(i).unwrap_or_default()).collect();
            lines.push(format!("{text} {numbers:?}"));
        }
    }
    lines
}

fn verdict(id: u128, of: &Candidate, action: Action, seen: i64) -> Verdict {
    Verdict {
        id: Uuid::from_u128(id),
        candidate: of.id,
        action,
        reason: None,
        undoes: Some(Uuid::from_u128(id.saturating_sub(1))).filter(|_| action == Action::Undo),
        seen_revision: Some(seen),
        ..examples::verdict()
    }
}

async fn log(folder: &Path) -> Arc<dyn Log> {
    Arc::new(EmbeddedLog::open(folder, Options::default()).await.expect("a log"))
}

fn city() -> config::City {
    let text = "city = \"demo\"\n[[camera]]\nid = \"c-001\"\nname = \"North gate\"\nurl = \"rtsp://192.0.2.1/s\"\n\
                grid = \"320113001001001\"\nlocation = [118.96, 32.13]\n";
    config::parse(Path::new("CITY.toml"), text).expect("a city")
}

/// A reviewer who saw nothing decided yet confirms it.
fn confirming(candidate: Uuid) -> Order {
    Order {
        id: Uuid::from_u128(1),
        candidate,
        action: Action::Confirm,
        reason: None,
        duplicate_of: None,
        into: None,
        class_code: None,
        text: None,
        undoes: None,
        seen_revision: Some(0),
    }
}

#[test]
fn a_record_that_cannot_be_read_is_skipped_and_the_next_ones_are_taken() {
    on_both(|store| async move {
        let intake = Intake::new(store.clone());
        let mut broken = dispatched(0, &candidate(0));
        broken.payload = Some("{\"not\": \"a candidate\"".into());
        let tombstone = Stored { payload: None, ..dispatched(1, &candidate(0)) };
        let taken =
            intake.take(Topic::Dispatch, &[broken, tombstone, dispatched(2, &candidate(1))]).await.expect("taken");
        assert_eq!((taken.taken, taken.skipped), (1, 2));
        assert_eq!(intake.offsets(Topic::Dispatch).await.expect("offsets").get(&0), Some(&3));
    });
}

#[test]
fn what_another_console_took_meanwhile_is_not_taken_twice() {
    on_both(|store| async move {
        let intake = Intake::new(store.clone());
        let records = [dispatched(0, &candidate(0)), dispatched(1, &candidate(1))];
        intake.take(Topic::Dispatch, &records).await.expect("taken");
        let again = intake.take(Topic::Dispatch, &records).await;
        assert!(matches!(again, Err(ProjectError::Overtaken)), "{again:?}");
    });
}

#[test]
fn health_and_components_show_the_last_word_and_a_tombstone_takes_it_out() {
    on_both(|store| async move {
        let intake = Intake::new(store.clone());
        let health = CloudEvent::health("demo", examples::health());
        let component = CloudEvent::component("demo", examples::after_eight(0), examples::component());
        intake.take(Topic::Health, &[stored(Topic::Health, "c-001", 0, &health)]).await.expect("taken");
        let id = component.data.id.clone();
        intake.take(Topic::Components, &[stored(Topic::Components, &id, 0, &component)]).await.expect("taken");
        assert_eq!(view(&store).await.len(), 2);
        let gone = Stored { payload: None, ..stored(Topic::Components, &id, 1, &component) };
        intake.take(Topic::Components, &[gone]).await.expect("taken");
        assert_eq!(view(&store).await.len(), 1);
    });
}

#[test]
fn decisions_go_to_the_topic_once_the_log_takes_them_and_come_back_as_what_they_were() {
    on_both(|store| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let log = log(folder.path()).await;
        let (desk, _) = desk(&store);
        let one = candidate(1);
        put(&store, std::slice::from_ref(&one)).await;
        let order = confirming(one.id);
        desk.decide(&actor("li", Role::Reviewer), &order).await.expect("taken");
        let publisher = Publisher::new(log.clone(), store.clone());
        let waiting = publisher.waiting().await.expect("counts");
        assert_eq!((waiting.waiting, waiting.since), (1, Some(desk.now())));
        assert_eq!(publisher.publish().await.expect("published"), 1);
        assert_eq!(publisher.waiting().await.expect("counts").waiting, 0);
        let mut cursor = log.read(Topic::Verdicts, Start::Beginning).await.expect("a cursor");
        let record = cursor.next(Duration::from_secs(5)).await.expect("reads").expect("a record");
        let event: CloudEvent<Verdict> =
            serde_json::from_slice(&record.payload.expect("a payload")).expect("a verdict");
        assert_eq!((event.data.id, record.key), (order.id, one.id.to_string()));
        let before =
            desk.candidate(&actor("li", Role::Reviewer), &one.id.to_string()).await.expect("a page").expect("there");
        let follower = Follower::new(log, Intake::new(store.clone()));
        assert_eq!(follower.catch_up(Topic::Verdicts).await.expect("read").taken, 1);
        let after =
            desk.candidate(&actor("li", Role::Reviewer), &one.id.to_string()).await.expect("a page").expect("there");
        assert_eq!(after.listed, before.listed);
        assert!(before.said[0].waits && !after.said[0].waits);
    });
}

#[test]
fn a_rebuild_makes_the_view_that_was_with_the_verdicts_that_the_log_does_not_have_yet() {
    on_both(|store| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let log = log(folder.path()).await;
        let all: Vec<Candidate> = (0..5).map(candidate).collect();
        let event = |c: &Candidate| serde_json::to_vec(&CloudEvent::candidate("demo", c.clone())).expect("serialises");
        let mut records: Vec<Record> = all.iter().map(|c| Record::new(Topic::Dispatch, &c.camera, event(c))).collect();
        let ended = Candidate { state: State::Ended, evidence: Vec::new(), ..all[0].clone() };
        records.push(Record::new(Topic::Dispatch, "c-001", event(&ended)));
        let health = serde_json::to_vec(&CloudEvent::health("demo", examples::health())).expect("serialises");
        records.push(Record::new(Topic::Health, "c-001", health));
        log.append(records).await.expect("appended");
        let city = city();
        let first = rebuild(&store, log.clone(), &city).await.expect("built");
        assert_eq!(first.topics[0].1.taken, 6);
        let (desk, _) = desk(&store);
        let li = actor("li", Role::Reviewer);
        let publisher = Publisher::new(log.clone(), store.clone());
        for (i, action) in [Action::Confirm, Action::Escalate, Action::Split].into_iter().enumerate() {
            if i == 2 {
                // The last one stays in the outbox.
                publisher.publish().await.expect("published");
                let follower = Follower::new(log.clone(), Intake::new(store.clone()));
                follower.catch_up(Topic::Verdicts).await.expect("read");
            }
            let order = Order {
                id: Uuid::from_u128(i as u128),
                candidate: all[i].id,
                action,
                reason: None,
                duplicate_of: None,
                into: None,
                class_code: None,
                text: None,
                undoes: None,
                seen_revision: Some(0),
            };
            desk.decide(&li, &order).await.expect("taken");
        }
        let live = view(&store).await;
        let again = rebuild(&store, log, &city).await.expect("built");
        assert_eq!(again.from_outbox, 1);
        assert_eq!(view(&store).await, live);
        let waiting = desk.queue(&Scope::everything(), &Filter::default(), None, 10).await.expect("a page");
        assert_eq!(waiting.groups.len(), 3);
        assert_eq!(waiting.groups[0].head.camera_name, "North gate");
    });
}

/// A message of the proptest below.
#[derive(Debug, Clone)]
enum Said {
    Candidate(Box<Candidate>),
    Verdict(Box<Verdict>),
}

fn story() -> impl Strategy<Value = Vec<Said>> {
    let message = prop_oneof![
        (0u32..4, 0usize..4, 0i64..3).prop_map(|(n, state, minutes)| {
            let mut c = candidate(n);
            // Two of them lie at one place, so that groups come and go.
            c.zone = format!("z-{}", n / 2);
            c.state = [State::Raised, State::Updated, State::Ended, State::Withdrawn][state];
            c.last_seen = examples::after_eight(i64::from(n) + 180 + minutes * 60);
            c.dwell_s = 180.0 + minutes as f64 * 60.0;
            Said::Candidate(Box::new(c))
        }),
        (0u32..4, 1u128..12, 0usize..4, 0i64..3).prop_map(|(n, id, action, seen)| {
            let action = [Action::Confirm, Action::Split, Action::Escalate, Action::Undo][action];
            Said::Verdict(Box::new(verdict(u128::from(n) * 100 + id, &candidate(n), action, seen)))
        }),
    ];
    proptest::collection::vec(message, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn any_interleaving_of_the_topics_in_any_batches_with_repetitions_gives_one_view(
        story in story(), cuts in proptest::collection::vec(1usize..4, 14), verdicts_first in any::<bool>(),
    ) {
        let (mut dispatch, mut verdicts) = (Vec::new(), Vec::new());
        for said_of in &story {
            match said_of {
                Said::Candidate(c) => dispatch.push(dispatched(dispatch.len() as i64, c.as_ref())),
                // One id is one verdict: what comes under a known id is the known one again.
                Said::Verdict(v) => {
                    let known = verdicts.iter().find_map(|s: &Stored| {
                        let event: CloudEvent<Verdict> = serde_json::from_slice(s.payload.as_ref()?).ok()?;
                        (event.data.id == v.id).then_some(event.data)
                    });
                    verdicts.push(said(verdicts.len() as i64, known.as_ref().unwrap_or(v.as_ref())));
                }
            }
        }
        // The same topics, with each record of `dispatch` twice, the second time after all: a worker that sent again.
        let mut repeated = dispatch.clone();
        repeated.extend(dispatch.iter().rev().map(|record| {
            let mut record = record.clone();
            record.position.offset = 2 * dispatch.len() as i64 - 1 - record.position.offset;
            record
        }));
        on_both(|store| {
            let (dispatch, verdicts, repeated, cuts) = (dispatch.clone(), verdicts.clone(), repeated.clone(), cuts.clone());
            async move {
                let intake = Intake::new(store.clone());
                intake.take(Topic::Dispatch, &dispatch).await.expect("taken");
                intake.take(Topic::Verdicts, &verdicts).await.expect("taken");
                let plain = view(&store).await;
                for table in ["offsets", "candidates", "candidate_data", "decisions"] {
                    let mut sql = Sql::new("DELETE FROM ");
                    sql.push(table);
                    let mut tx = store.begin().await.expect("begins");
                    sql.run(&mut *tx).await.expect("empties");
                    tx.commit().await.expect("commits");
                }
                let mut queues = [(Topic::Dispatch, repeated), (Topic::Verdicts, verdicts)];
                if verdicts_first {
                    queues.reverse();
                }
                for (i, cut) in cuts.iter().cycle().enumerate() {
                    let (topic, queue) = &mut queues[i % 2];
                    let part: Vec<Stored> = queue.drain(..(*cut).min(queue.len())).collect();
                    intake.take(*topic, &part).await.expect("taken");
                    if queues.iter().all(|(_, queue)| queue.is_empty()) {
                        break;
                    }
                }
                assert_eq!(view(&store).await, plain);
            }
        });
    }
}

#[test]
fn a_verdict_before_its_candidate_waits_for_it() {
    on_both(|store| async move {
        let intake = Intake::new(store.clone());
        let one = candidate(1);
        intake.take(Topic::Verdicts, &[said(0, &verdict(1, &one, Action::Confirm, 0))]).await.expect("taken");
        intake.take(Topic::Dispatch, &[dispatched(0, &one)]).await.expect("taken");
        let confirmed = Filter { states: vec![DeskState::Confirmed], ..Filter::default() };
        let (desk, _) = desk(&store);
        assert_eq!(desk.count(&Scope::everything(), &confirmed).await.expect("counts"), 1);
        assert_eq!(TOPICS.len(), 4);
    });
}

#[test]
fn a_store_that_was_made_from_another_log_is_refused_with_what_to_do() {
    on_both(|store| async move {
        put(&store, &[candidate(1), candidate(2)]).await;
        let folder = tempfile::tempdir().expect("a folder");
        let empty = log(folder.path()).await;
        let refused = Projection::start(&city(), store.clone(), empty).await.expect_err("another log").to_string();
        assert!(refused.contains("dispatch") && refused.contains("console rebuild"), "{refused}");
    });
}

#[test]
fn what_comes_onto_the_topics_while_the_console_runs_is_shown_and_what_is_decided_goes_out() {
    on_both(|store| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let log = log(folder.path()).await;
        let projection = Projection::start(&city(), store.clone(), log.clone()).await.expect("starts");
        let mut changes = store.changes();
        let one = candidate(1);
        let event = serde_json::to_vec(&CloudEvent::candidate("demo", one.clone())).expect("serialises");
        log.append(vec![Record::new(Topic::Dispatch, "c-001", event)]).await.expect("appended");
        let (desk, _) = desk(&store);
        let everything = Scope::everything();
        while desk.count(&everything, &Filter::default()).await.expect("counts") == 0 {
            changes.changed().await.expect("the store is open");
        }
        let order = confirming(one.id);
        desk.decide(&actor("li", Role::Reviewer), &order).await.expect("taken");
        // A stopping console publishes what it can first.
        let publisher = projection.publisher().clone();
        projection.stop().await;
        assert_eq!(publisher.waiting().await.expect("counts").waiting, 0);
        let bounds = log.bounds(Topic::Verdicts).await.expect("bounds");
        assert_eq!(bounds.values().map(|held| held.end).sum::<i64>(), 1);
    });
}
