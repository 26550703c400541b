//! What verdicts teach, on both databases.

use super::{Advice, Feedback, Pictures, SecondOrder, Span, agreement_of, export};
use crate::console::desk::{DeskState, Order, Refused};
use crate::console::people::Role;
use crate::console::store::Scope;
use crate::console::testing::{actor, candidate, desk, on_both, put};
use crate::payload::{Action, Candidate, EvidenceItem, EvidenceKind, RejectReason, examples};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io::Read;
use uuid::Uuid;

const ALWAYS: Span = Span { from: 0, before: i64::MAX };

fn order(n: usize, of: &Candidate, confirm: bool) -> Order {
    Order {
        id: Uuid::from_u128(0xd000 + n as u128),
        candidate: of.id,
        action: if confirm { Action::Confirm } else { Action::Reject },
        reason: (!confirm).then_some(RejectReason::DriverPresent),
        duplicate_of: None,
        into: None,
        class_code: None,
        text: None,
        undoes: None,
        seen_revision: Some(0),
    }
}

#[test]
fn precision_is_told_by_camera_rule_and_the_citys_day() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let mut all: Vec<Candidate> = (0..5).map(candidate).collect();
        // A minute before and after midnight in the city, which is four in the afternoon UTC.
        all[3].raised_at = examples::after_eight(16 * 3600 - 60);
        all[4].raised_at = examples::after_eight(16 * 3600 + 60);
        all[2].camera = "c-002".into();
        put(&store, &all).await;
        let li = actor("li", Role::Reviewer);
        for (i, confirm) in [(0, true), (1, false), (2, true), (3, true)] {
            desk.decide(&li, &order(i, &all[i], confirm)).await.expect("taken");
        }
        let rows = Feedback::new(desk).precision(&Scope::everything(), ALWAYS).await.expect("rows");
        let told: Vec<_> =
            rows.iter().map(|r| (r.day.as_str(), r.camera.as_str(), r.confirmed, r.rejected, r.open)).collect();
        assert_eq!(
            told,
            [("2026-06-01", "c-001", 2, 1, 0), ("2026-06-01", "c-002", 1, 0, 0), ("2026-06-02", "c-001", 0, 0, 1)]
        );
        assert_eq!(rows[0].precision(), Some(2.0 / 3.0));
        assert_eq!(rows[2].precision(), None);
    });
}

#[test]
fn a_camera_that_raises_mostly_rejects_gets_a_proposal_until_a_supervisor_settles_it() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let all: Vec<Candidate> = (0..24)
            .map(|n| {
                let mut c = candidate(n);
                c.zone = "kerb".into();
                c.first_seen = examples::after_eight(-86_400 + i64::from(n) * 3600);
                c.raised_at = c.first_seen;
                c.last_seen = c.first_seen;
                c.object.score = if n < 4 { 0.8 } else { 0.4 };
                c
            })
            .collect();
        put(&store, &all).await;
        let li = actor("li", Role::Reviewer);
        for (i, c) in all.iter().enumerate() {
            desk.decide(&li, &order(i, c, i < 4)).await.expect("taken");
        }
        let feedback = Feedback::new(desk);
        let proposals = feedback.proposals(&Scope::everything()).await.expect("proposals");
        assert_eq!(proposals.len(), 1);
        let proposal = &proposals[0];
        assert_eq!(
            (proposal.zone.as_str(), proposal.confirmed, proposal.rejected, proposal.spared),
            ("kerb", 4, 20, 20)
        );
        assert_eq!(proposal.advice, Advice::Threshold { confidence: 0.8 });
        assert!(matches!(feedback.dismiss(&li, &proposal.id).await, Err(Refused::Role { .. })));
        let chief = actor("chief", Role::Supervisor);
        feedback.dismiss(&chief, &proposal.id).await.expect("dismissed");
        assert_eq!(feedback.proposals(&Scope::everything()).await.expect("none"), []);
        assert!(matches!(feedback.dismiss(&chief, &proposal.id).await, Err(Refused::NotFound)));
    });
}

#[test]
fn a_second_reviewer_is_not_told_the_first_verdict_and_changes_nothing() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let one = candidate(1);
        put(&store, std::slice::from_ref(&one)).await;
        let (li, wang) = (actor("li", Role::Reviewer), actor("wang", Role::Reviewer));
        let feedback = Feedback::new(desk.clone());
        assert_eq!(feedback.next_second(&wang).await.expect("asked"), None);
        desk.decide(&li, &order(0, &one, true)).await.expect("taken");
        assert_eq!(feedback.next_second(&li).await.expect("asked"), None, "not one's own");
        let (listed, data, all) = feedback.next_second(&wang).await.expect("asked").expect("one");
        assert_eq!(
            (listed.state, listed.decided_by.as_str(), listed.decision.as_str(), all),
            (DeskState::Waiting, "", "", 1)
        );
        assert_eq!(data, one);
        let opinion = SecondOrder {
            id: Uuid::from_u128(9),
            candidate: one.id,
            action: Action::Reject,
            reason: Some(RejectReason::Occluded),
        };
        assert!(matches!(feedback.second(&li, &opinion).await, Err(Refused::NotFound)));
        feedback.second(&wang, &opinion).await.expect("taken");
        assert!(feedback.second(&wang, &opinion).await.expect("known").repeated);
        let page = desk.candidate(&li, &one.id.to_string()).await.expect("a page").expect("there");
        assert_eq!((page.listed.state, page.listed.revision), (DeskState::Confirmed, 1));
        assert_eq!(feedback.next_second(&wang).await.expect("asked"), None);
        let agreement = feedback.agreement(&Scope::everything(), ALWAYS).await.expect("figures");
        assert_eq!((agreement.first_only, agreement.agree), (1, Some(0.0)));
    });
}

#[test]
fn kappa_is_cohens() {
    // The example of Cohen's paper as text books have it: 20 and 15 agree, 5 and 10 do not.
    let figures = agreement_of(20, 15, 5, 10);
    assert_eq!(figures.agree, Some(0.7));
    assert!((figures.kappa.expect("a figure") - 0.4).abs() < 1e-9);
    assert_eq!(agreement_of(7, 0, 0, 0).kappa, None);
    assert_eq!(agreement_of(0, 0, 0, 0).agree, None);
}

struct Folder(BTreeMap<String, Bytes>);

#[async_trait]
impl Pictures for Folder {
    async fn picture(&self, uri: &str) -> Option<Bytes> {
        self.0.get(uri).cloned()
    }
}

#[test]
fn an_export_is_a_tar_of_two_coco_files_and_their_pictures() {
    on_both(|store| async move {
        let (desk, _) = desk(&store);
        let mut all: Vec<Candidate> = (0..3).map(candidate).collect();
        let mut jpeg = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 80);
        encoder.encode(&[128u8; 64 * 32 * 3], 64, 32, jpeg_encoder::ColorType::Rgb).expect("encodes");
        let item = |kind, uri: &str| EvidenceItem {
            kind,
            at: examples::after_eight(0),
            uri: uri.into(),
            sha256: "0".repeat(64),
        };
        all[0].evidence = vec![item(EvidenceKind::Scene, "scene")];
        all[1].evidence = vec![item(EvidenceKind::Scene, "gone"), item(EvidenceKind::Crop, "crop")];
        put(&store, &all).await;
        let li = actor("li", Role::Reviewer);
        for (i, c) in all.iter().enumerate() {
            desk.decide(&li, &order(i, c, i == 0)).await.expect("taken");
        }
        let pictures = ["scene", "crop"].map(|uri| (uri.to_owned(), Bytes::from(jpeg.clone())));
        let pictures = Folder(pictures.into_iter().collect());
        let feedback = Feedback::new(desk);
        let mut archive = Vec::new();
        assert!(export(&feedback, &li, ALWAYS, &pictures, &mut archive).await.is_err(), "a supervisor's");
        let chief = actor("chief", Role::Supervisor);
        let exported = export(&feedback, &chief, ALWAYS, &pictures, &mut archive).await.expect("exported");
        assert_eq!((exported.confirmed, exported.rejected, exported.without_picture), (1, 1, 1));
        // Read back by another implementation.
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("set.tar"), &archive).expect("written");
        let tar = std::process::Command::new("tar").arg("xf").arg("set.tar").current_dir(folder.path()).status();
        assert!(tar.expect("tar runs").success());
        let read = |name: &str| {
            let mut text = String::new();
            let file = std::fs::File::open(folder.path().join(name));
            file.expect("in the archive").read_to_string(&mut text).expect("reads");
            serde_json::from_str::<serde_json::Value>(&text).expect("JSON")
        };
        let (confirmed, rejected) = (read("confirmed.json"), read("rejected.json"));
        assert_eq!(confirmed["annotations"][0]["bbox"], serde_json::json!([16.0, 16.0, 8.0, 4.0]));
        assert_eq!(rejected["annotations"][0]["bbox"], serde_json::json!([0.0, 0.0, 64.0, 32.0]));
        assert_eq!(rejected["annotations"][0]["attributes"]["reason"], "driver-present");
        assert_eq!(confirmed["categories"][0]["name"], "car");
        for document in [&confirmed, &rejected] {
            let name = document["images"][0]["file_name"].as_str().expect("a name");
            assert_eq!(std::fs::read(folder.path().join(name)).expect("a picture"), jpeg);
        }
    });
}
