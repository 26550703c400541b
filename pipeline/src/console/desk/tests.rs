//! What reviewers do, on both databases.

use super::{DeskState, Filter, MissedOrder, Order, Place, Refused};
use crate::console::people::{Actor, Role};
use crate::console::store::{Scope, Sql, Store};
use crate::console::testing::{actor, candidate, desk, on_both, put};
use crate::payload::{Action, Candidate, ComponentFinding, RejectReason, State, examples};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

fn order(id: u128, candidate: &Candidate, action: Action, seen: i64) -> Order {
    Order {
        id: Uuid::from_u128(id),
        candidate: candidate.id,
        action,
        reason: (action == Action::Reject).then_some(RejectReason::DriverPresent),
        duplicate_of: None,
        into: None,
        class_code: None,
        text: None,
        undoes: None,
        seen_revision: Some(seen),
    }
}

async fn count(store: &Store, text: &str) -> i64 {
    Sql::new(text).number(store.reader()).await.expect("counts")
}

fn only(district: &str, role: Role) -> Actor {
    Actor { scope: Scope::of([district.to_owned()]), ..actor("other", role) }
}

#[test]
fn a_decision_is_written_with_its_audit_line_and_its_place_in_the_outbox() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let one = candidate(1);
        put(&store, std::slice::from_ref(&one)).await;
        let decided =
            desk.decide(&actor("li", Role::Reviewer), &order(7, &one, Action::Confirm, 0)).await.expect("taken");
        assert_eq!((decided.state, decided.revision, decided.repeated), (DeskState::Confirmed, 1, false));
        assert_eq!(count(&store, "SELECT COUNT(*) FROM outbox").await, 1);
        assert_eq!(count(&store, "SELECT COUNT(*) FROM audit WHERE action = 'decide'").await, 1);
        let again =
            desk.decide(&actor("li", Role::Reviewer), &order(7, &one, Action::Confirm, 0)).await.expect("known");
        assert_eq!((again.state, again.revision, again.repeated), (DeskState::Confirmed, 1, true));
        assert_eq!(count(&store, "SELECT COUNT(*) FROM decisions").await, 1);
        assert_eq!(count(&store, "SELECT COUNT(*) FROM outbox").await, 1);
    });
}

#[test]
fn what_is_refused_is_told_apart_and_leaves_nothing() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let (one, two) = (candidate(1), candidate(2));
        let gone = Candidate { state: State::Withdrawn, ..candidate(3) };
        put(&store, &[one.clone(), two.clone(), gone.clone()]).await;
        let (li, wang) = (actor("li", Role::Reviewer), actor("wang", Role::Reviewer));
        let viewer = desk.decide(&actor("v", Role::Viewer), &order(1, &one, Action::Confirm, 0)).await;
        assert!(matches!(viewer, Err(Refused::Role { needs: Role::Reviewer })), "{viewer:?}");
        let elsewhere = desk.decide(&only("320114", Role::Reviewer), &order(1, &one, Action::Confirm, 0)).await;
        assert!(matches!(elsewhere, Err(Refused::NotFound)), "{elsewhere:?}");
        let unknown = desk.decide(&li, &order(1, &candidate(99), Action::Confirm, 0)).await;
        assert!(matches!(unknown, Err(Refused::NotFound)), "{unknown:?}");
        let withdrawn = desk.decide(&li, &order(1, &gone, Action::Confirm, 0)).await;
        assert!(matches!(withdrawn, Err(Refused::Withdrawn)), "{withdrawn:?}");
        desk.claim(&wang, &one.id.to_string()).await.expect("claimed");
        let claimed = desk.decide(&li, &order(1, &one, Action::Confirm, 0)).await;
        assert!(matches!(&claimed, Err(Refused::Claimed { by, .. }) if by == "WANG"), "{claimed:?}");
        desk.decide(&wang, &order(2, &one, Action::Reject, 0)).await.expect("taken");
        let late = desk.decide(&li, &order(1, &one, Action::Confirm, 0)).await;
        let Err(Refused::Decided { state: DeskState::Rejected, first: Some(first) }) = late else { panic!("{late:?}") };
        assert_eq!((first.by.as_str(), first.action), ("wang", Action::Reject));
        desk.decide(&wang, &order(3, &two, Action::Split, 0)).await.expect("taken");
        let stale = desk.decide(&li, &order(4, &two, Action::Confirm, 0)).await;
        let Err(Refused::Stale { revision: 1, first: Some(first) }) = stale else { panic!("{stale:?}") };
        assert_eq!(first.by, "wang");
        let stolen = desk.decide(&li, &order(3, &two, Action::Split, 0)).await;
        assert!(matches!(stolen, Err(Refused::Invalid(_))), "{stolen:?}");
        assert_eq!(count(&store, "SELECT COUNT(*) FROM decisions").await, 2);
        assert_eq!(count(&store, "SELECT COUNT(*) FROM outbox").await, 2);
        assert_eq!(count(&store, "SELECT COUNT(*) FROM audit").await, 2);
    });
}

#[test]
fn a_claim_ends_by_itself_can_be_renewed_and_is_let_go_by_its_owner_only() {
    on_both(|store| async move {
        let (desk, clock) = desk(&store);
        let one = candidate(1);
        let id = one.id.to_string();
        put(&store, &[one]).await;
        let (li, wang) = (actor("li", Role::Reviewer), actor("wang", Role::Reviewer));
        desk.claim(&li, &id).await.expect("free");
        let listed = desk.queue(&li.scope, &Filter::default(), None, 10).await.expect("a page").groups.remove(0).head;
        assert_eq!(listed.claim.map(|claim| claim.name), Some("LI".to_owned()));
        clock.advance(Duration::from_secs(100));
        desk.claim(&li, &id).await.expect("renewed");
        clock.advance(Duration::from_secs(100));
        desk.release(&wang, &id).await.expect("nothing of wang's");
        assert!(matches!(desk.claim(&wang, &id).await, Err(Refused::Claimed { .. })));
        clock.advance(Duration::from_secs(21));
        desk.claim(&wang, &id).await.expect("li's claim is over");
        desk.release(&wang, &id).await.expect("let go");
        desk.claim(&li, &id).await.expect("free");
        assert!(matches!(desk.claim(&only("320114", Role::Reviewer), &id).await, Err(Refused::NotFound)));
        assert!(matches!(desk.claim(&actor("v", Role::Viewer), &id).await, Err(Refused::Role { .. })));
    });
}

#[test]
fn an_undo_is_for_ones_own_decision_or_a_supervisor_and_an_escalation_is_the_supervisors() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let one = candidate(1);
        put(&store, std::slice::from_ref(&one)).await;
        let (li, wang) = (actor("li", Role::Reviewer), actor("wang", Role::Reviewer));
        let chief = actor("chief", Role::Supervisor);
        desk.decide(&li, &order(1, &one, Action::Confirm, 0)).await.expect("taken");
        let undo =
            |id, undoes, seen| Order { undoes: Some(Uuid::from_u128(undoes)), ..order(id, &one, Action::Undo, seen) };
        let foreign = desk.decide(&wang, &undo(2, 1, 1)).await;
        assert!(matches!(foreign, Err(Refused::Role { needs: Role::Supervisor })), "{foreign:?}");
        let undone = desk.decide(&li, &undo(3, 1, 1)).await.expect("li's own");
        assert_eq!((undone.state, undone.revision), (DeskState::Waiting, 2));
        desk.decide(&li, &order(4, &one, Action::Escalate, 2)).await.expect("escalated");
        let reviewer = desk.decide(&wang, &order(5, &one, Action::Confirm, 3)).await;
        assert!(matches!(reviewer, Err(Refused::Role { needs: Role::Supervisor })), "{reviewer:?}");
        desk.decide(&chief, &order(6, &one, Action::Reject, 3)).await.expect("a supervisor");
        let back = desk.decide(&chief, &undo(7, 6, 4)).await.expect("a supervisor");
        assert_eq!((back.state, back.revision), (DeskState::Escalated, 5));
    });
}

#[test]
fn a_merged_candidate_is_part_of_the_other_until_it_is_split() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let (one, two) = (candidate(1), candidate(2));
        put(&store, &[one.clone(), two.clone()]).await;
        let li = actor("li", Role::Reviewer);
        let nowhere = Order { into: Some(Uuid::from_u128(5)), ..order(1, &one, Action::Merge, 0) };
        assert!(matches!(desk.decide(&li, &nowhere).await, Err(Refused::Invalid(_))));
        let merge = Order { into: Some(two.id), ..order(2, &one, Action::Merge, 0) };
        assert_eq!(desk.decide(&li, &merge).await.expect("merged").state, DeskState::Merged);
        let circle = Order { into: Some(one.id), ..order(3, &two, Action::Merge, 0) };
        assert!(matches!(desk.decide(&li, &circle).await, Err(Refused::Invalid(_))));
        let page = desk.candidate(&li, &two.id.to_string()).await.expect("a page").expect("there");
        assert_eq!(page.parts.iter().map(|part| part.id.clone()).collect::<Vec<_>>(), [one.id.to_string()]);
        let split = desk.decide(&li, &order(4, &one, Action::Split, 1)).await.expect("split");
        assert_eq!(split.state, DeskState::Waiting);
    });
}

#[test]
fn a_candidate_page_has_what_a_decision_needs_and_leaves_a_line_in_the_audit_log() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let mut all: Vec<Candidate> = (0..4).map(candidate).collect();
        // The second lies at the first's place, the third 30 m off, the fourth far away.
        all[1].zone = all[0].zone.clone();
        all[1].first_seen = examples::after_eight(7200);
        all[1].raised_at = examples::after_eight(7300);
        all[1].last_seen = examples::after_eight(7300);
        all[2].location = Some([118.9603, 32.13]);
        all[3].location = Some([118.97, 32.13]);
        put(&store, &all).await;
        let li = actor("li", Role::Reviewer);
        desk.decide(&li, &order(1, &all[1], Action::Reject, 0)).await.expect("taken");
        let comment = Order { text: Some("看起来有人".into()), ..order(2, &all[0], Action::Comment, 0) };
        desk.decide(&li, &comment).await.expect("a comment");
        let page = desk.candidate(&li, &all[0].id.to_string()).await.expect("a page").expect("there");
        assert_eq!(page.candidate, all[0]);
        assert_eq!(page.history.iter().map(|c| c.id.clone()).collect::<Vec<_>>(), [all[1].id.to_string()]);
        assert_eq!((page.decided.all, page.decided.rejected), (2, 1));
        assert_eq!(page.near.iter().map(|(_, c)| c.id.clone()).collect::<Vec<_>>(), [all[2].id.to_string()]);
        assert_eq!(page.said.len(), 1);
        assert!(page.said[0].waits && page.said[0].effect == "none");
        assert_eq!(count(&store, "SELECT COUNT(*) FROM audit WHERE action = 'view'").await, 1);
        let hidden = desk.candidate(&only("320114", Role::Reviewer), &all[0].id.to_string()).await.expect("no error");
        assert!(hidden.is_none());
    });
}

#[test]
fn filters_find_what_they_say_and_nothing_of_another_district() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let mut all: Vec<Candidate> = (0..5).map(candidate).collect();
        all[1].rule = "bin-overflow".into();
        all[1].class_name = "垃圾满冒".into();
        all[2].camera = "c-002".into();
        all[2].object.plate = Some("苏A12345".into());
        all[3].grid = Some("320114001001001".into());
        all[3].object.score = 0.3;
        all[4].grid = None;
        put(&store, &all).await;
        let city = Scope::everything();
        let found = async |scope: &Scope, filter: Filter| {
            let page = desk.queue(scope, &filter, None, 50).await.expect("a page");
            let members = page.groups.into_iter().flat_map(|group| std::iter::once(group.head).chain(group.others));
            let ids: BTreeSet<String> = members.map(|listed| listed.id).collect();
            assert_eq!(desk.count(scope, &filter).await.expect("counts") as usize, ids.len());
            (0..5).filter(|i| ids.contains(&all[*i].id.to_string())).collect::<Vec<_>>()
        };
        let filter = Filter::default;
        assert_eq!(found(&city, filter()).await, [0, 1, 2, 3, 4]);
        assert_eq!(found(&Scope::of(["320113".to_owned()]), filter()).await, [0, 1, 2]);
        assert_eq!(found(&Scope::of(["320114".to_owned(), "320115".to_owned()]), filter()).await, [3]);
        assert_eq!(found(&city, Filter { rule: Some("bin-overflow".into()), ..filter() }).await, [1]);
        assert_eq!(found(&city, Filter { camera: Some("c-002".into()), ..filter() }).await, [2]);
        assert_eq!(found(&city, Filter { grid: Some("32011400".into()), ..filter() }).await, [3]);
        assert_eq!(found(&city, Filter { district: Some("320114".into()), ..filter() }).await, [3]);
        assert_eq!(found(&city, Filter { score_below: Some(0.5), ..filter() }).await, [3]);
        let raised_from = Some(all[3].raised_at.event_time().0);
        assert_eq!(found(&city, Filter { raised_from, ..filter() }).await, [3, 4]);
        for (text, want) in [("苏a123", vec![2]), ("垃圾 BIN-", vec![1]), ("%", vec![]), ("' OR 1=1 --", vec![])] {
            assert_eq!(found(&city, Filter { text: Some(text.into()), ..filter() }).await, want, "{text}");
        }
        let states = vec![DeskState::Confirmed, DeskState::Rejected];
        assert_eq!(found(&city, Filter { states, ..filter() }).await, Vec::<usize>::new());
    });
}

#[test]
fn the_most_urgent_stands_first_and_a_group_stands_where_its_first_member_does() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let mut all: Vec<Candidate> = (0..4).map(candidate).collect();
        all[0].rule = "component".into();
        all[0].finding = Some(ComponentFinding {
            fault: "missing".into(),
            urgent: true,
            seen: 2,
            looks: 2,
            name: None,
            competent: None,
            owner: None,
            baseline: None,
        });
        // The same car, lost and found.
        all[3].zone = all[1].zone.clone();
        put(&store, &all).await;
        let page = desk.queue(&Scope::everything(), &Filter::default(), None, 10).await.expect("a page");
        let shown: Vec<(String, usize)> = page.groups.iter().map(|g| (g.head.id.clone(), g.others.len())).collect();
        let id = |i: usize| all[i].id.to_string();
        assert_eq!(shown, [(id(0), 0), (id(3), 1), (id(2), 0)]);
        assert_eq!(page.groups[1].others[0].id, id(1));
    });
}

#[test]
fn counters_and_news_tell_what_a_page_has_not_seen() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let (one, two) = (candidate(1), candidate(2));
        put(&store, std::slice::from_ref(&one)).await;
        let city = Scope::everything();
        let page = desk.queue(&city, &Filter::default(), None, 10).await.expect("a page");
        let record = crate::console::testing::dispatched(1, &two);
        let intake = crate::console::project::Intake::new(store.clone());
        intake.take(crate::log::Topic::Dispatch, &[record]).await.expect("taken");
        desk.decide(&actor("li", Role::Reviewer), &order(1, &one, Action::Confirm, 0)).await.expect("taken");
        let news = desk.news(&city, &Filter::default(), page.change).await.expect("news");
        assert_eq!(news.new, 1);
        assert_eq!(news.changed, [(one.id.to_string(), DeskState::Confirmed, 1)]);
        assert_eq!(desk.news(&city, &Filter::default(), news.change).await.expect("news").new, 0);
        let counters = desk.counters(&city).await.expect("counters");
        assert_eq!((counters.waiting, counters.raised_today, counters.decided_today), (1, 2, 1));
        assert_eq!(counters.oldest, Some(two.raised_at.event_time().0));
        let elsewhere = desk.counters(&Scope::of(["320114".to_owned()])).await.expect("counters");
        assert_eq!((elsewhere.waiting, elsewhere.raised_today, elsewhere.decided_today), (0, 0, 0));
    });
}

#[test]
fn a_reported_miss_is_a_confirmed_case_of_the_cameras_place() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let camera = Sql::new(
            "INSERT INTO cameras (id, name, grid, district, lon, lat, preset) VALUES ('c-9', 'Gate', '320113009', '320113', 118.9, 32.1, 'home')",
        );
        let mut tx = store.begin().await.expect("begins");
        camera.run(&mut *tx).await.expect("a camera");
        tx.commit().await.expect("commits");
        let order = MissedOrder {
            id: Uuid::from_u128(5),
            camera: "c-9".into(),
            zone: String::new(),
            rule: "street-vending".into(),
            class_code: "09001".into(),
            at: examples::after_eight(60).event_time().0,
            bbox: [0.1, 0.1, 0.2, 0.2],
            uri: None,
            sha256: None,
            text: Some("behind the tree".into()),
        };
        let li = actor("li", Role::Reviewer);
        let decided = desk.report_missed(&li, &order).await.expect("reported");
        assert_eq!(decided.state, DeskState::Confirmed);
        assert!(desk.report_missed(&li, &order).await.expect("known").repeated);
        let page = desk.candidate(&li, &decided.candidate).await.expect("a page").expect("there");
        assert!(page.listed.missed && page.listed.district == "320113");
        assert_eq!(page.candidate.class_code, "09001");
        let hidden = desk
            .report_missed(&only("320114", Role::Reviewer), &MissedOrder { id: Uuid::from_u128(6), ..order.clone() })
            .await;
        assert!(matches!(hidden, Err(Refused::NotFound)), "{hidden:?}");
        let outside = MissedOrder { id: Uuid::from_u128(7), bbox: [0.9, 0.1, 0.2, 0.2], ..order };
        assert!(matches!(desk.report_missed(&li, &outside).await, Err(Refused::Invalid(_))));
    });
}

#[test]
fn the_audit_log_can_only_be_added_to() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let one = candidate(1);
        put(&store, std::slice::from_ref(&one)).await;
        desk.decide(&actor("li", Role::Reviewer), &order(1, &one, Action::Confirm, 0)).await.expect("taken");
        for statement in ["UPDATE audit SET user_name = 'x'", "DELETE FROM audit"] {
            let mut tx = store.begin().await.expect("begins");
            assert!(Sql::new(statement).run(&mut *tx).await.is_err(), "{statement}");
        }
        assert_eq!(count(&store, "SELECT COUNT(*) FROM audit WHERE user_name = 'LI'").await, 1);
    });
}

#[test]
fn orders_that_make_no_sense_are_refused_with_the_reason() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let one = candidate(1);
        put(&store, std::slice::from_ref(&one)).await;
        let li = actor("li", Role::Reviewer);
        let plain = |action| order(1, &one, action, 0);
        let wrong = [
            (Order { reason: None, ..plain(Action::Reject) }, "reason"),
            (Order { reason: Some(RejectReason::Other), ..plain(Action::Reject) }, "text"),
            (Order { reason: Some(RejectReason::DuplicateOf), ..plain(Action::Reject) }, "duplicate_of"),
            (Order { into: Some(one.id), ..plain(Action::Merge) }, "itself"),
            (plain(Action::Merge), "into"),
            (plain(Action::Undo), "undoes"),
            (plain(Action::Comment), "text"),
            (plain(Action::ReportMissed), "camera"),
            (Order { class_code: Some("99999".into()), ..plain(Action::ChangeClass) }, "99999"),
            (Order { text: Some("x".repeat(2001)), ..plain(Action::Comment) }, "2000"),
            (Order { seen_revision: None, ..plain(Action::Confirm) }, "seen_revision"),
        ];
        for (order, word) in wrong {
            let refused = desk.decide(&li, &order).await.expect_err(word);
            assert!(matches!(&refused, Refused::Invalid(why) if why.contains(word)), "{word}: {refused:?}");
        }
        assert_eq!(count(&store, "SELECT COUNT(*) FROM decisions").await, 0);
    });
}

#[test]
fn many_who_decide_one_candidate_at_once_make_one_decision() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let one = candidate(1);
        put(&store, std::slice::from_ref(&one)).await;
        let tries: Vec<_> = (0..20u128)
            .map(|i| {
                let (desk, one) = (desk.clone(), one.clone());
                tokio::spawn(async move {
                    let action = if i % 2 == 0 { Action::Confirm } else { Action::Reject };
                    desk.decide(&actor(&format!("r{i}"), Role::Reviewer), &order(100 + i, &one, action, 0)).await
                })
            })
            .collect();
        let mut taken = 0;
        for outcome in tries {
            match outcome.await.expect("no panic") {
                Ok(_) => taken += 1,
                Err(Refused::Decided { first: Some(_), .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(taken, 1);
        assert_eq!(count(&store, "SELECT COUNT(*) FROM decisions").await, 1);
        assert_eq!(count(&store, "SELECT COUNT(*) FROM outbox").await, 1);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn paging_shows_each_candidate_once_whatever_the_page_and_the_groups(
        spots in proptest::collection::vec((0u32..4, 0i64..90, 0u8..3), 1..40), limit in 1usize..7,
    ) {
        let all: Vec<Candidate> = spots
            .iter()
            .enumerate()
            .map(|(i, &(zone, minute, rule))| {
                let mut c = candidate(i as u32);
                // Some of them lie at one place within minutes, and so make groups.
                c.zone = format!("z-{zone}");
                c.rule = ["illegal-parking", "muck-truck", "unregistered-change"][usize::from(rule)].into();
                c.first_seen = examples::after_eight(minute * 60);
                c.raised_at = examples::after_eight(minute * 60 + 30);
                c.last_seen = examples::after_eight(minute * 60 + 30);
                c
            })
            .collect();
        on_both(|store| {
            let all = all.clone();
            async move {
                put(&store, &all).await;
                let (desk, _) = desk(&store);
                let mut seen: Vec<(i64, i64, String)> = Vec::new();
                let mut heads: Vec<(i64, i64, String)> = Vec::new();
                let mut after: Option<Place> = None;
                loop {
                    let page = desk.queue(&Scope::everything(), &Filter::default(), after.as_ref(), limit).await.expect("a page");
                    assert!(page.groups.len() <= limit);
                    for group in &page.groups {
                        let key = |l: &super::Listed| (l.urgency, l.raised_at, l.id.clone());
                        assert!(group.others.iter().all(|other| key(other) < key(&group.head)));
                        heads.push(key(&group.head));
                        seen.extend(std::iter::once(&group.head).chain(&group.others).map(key));
                    }
                    match page.next {
                        Some(next) => after = Some(next.parse().expect("a place")),
                        None => break,
                    }
                }
                assert!(heads.windows(2).all(|pair| pair[0] > pair[1]), "the order holds over pages");
                let unique: BTreeSet<_> = seen.iter().cloned().collect();
                assert_eq!((unique.len(), seen.len()), (all.len(), all.len()));
            }
        });
    }
}
