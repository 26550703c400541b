#![allow(clippy::unwrap_used)]
//! Cameras through the real router: who may do what, what is refused, what is written.

use super::super::{App, Visitor, router};
use crate::baseline::Store as Baselines;
use crate::baseline::testing::build_one;
use crate::clock::SimulatedClock;
use crate::config;
use crate::console::desk::Order;
use crate::console::people::Role;
use crate::console::people::audit::Wanted;
use crate::console::project::Intake;
use crate::console::store::{Scope, Store};
use crate::console::testing::put;
use crate::payload::{Action, Candidate, EvidenceItem, EvidenceKind, RejectReason, examples};
use crate::worker::testing::running;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

const CITY: &str = r#"
# Written by hand.
city = "demo"
log = "embedded:FOLDER/log"
store = "FOLDER/evidence"
[baselines]
store = "FOLDER/baselines"

[[camera]]
id = "c-001"
name = "North <script>alert(1)</script> gate"
url = "rtsp://192.0.2.1/"
grid = "320113001001001"

[[camera.zone]]
id = "kerb"
polygon = [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9]]
rule = "illegal-parking"
dwell = "180s" # as agreed

[[camera]]
id = "c-002"
name = "South gate"
url = "rtsp://192.0.2.2/"
grid = "320199001001001"
"#;

struct Place {
    app: App,
    router: Router,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

struct Person {
    cookie: String,
    csrf: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Place {
    async fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("CITY.toml");
        std::fs::write(&file, CITY.replace("FOLDER", &folder.path().to_string_lossy())).unwrap();
        Place::of(folder, file).await
    }

    async fn of(folder: tempfile::TempDir, file: PathBuf) -> Place {
        let city = Arc::new(config::load(&file).unwrap());
        let store = Store::open(&format!("sqlite:{}", folder.path().join("console.db").display())).await.unwrap();
        Intake::new(store.clone()).cameras(&city).await.unwrap();
        let clock = Arc::new(SimulatedClock::starting_at(examples::after_eight(600).event_time()));
        let (_, app) = crate::console::app(&city, "http://127.0.0.1:8080", store, None, clock).unwrap();
        Place { router: router(app.clone()), app, file, _folder: folder }
    }

    async fn person(&self, name: &str, role: Role, districts: &str) -> Person {
        let system = Visitor::new(&HeaderMap::new(), &"/".parse().unwrap(), None);
        let people = self.app.people();
        let link = people.create(name, role, districts, &system).await.unwrap();
        let token = people.use_link(&link, "", "correct horse battery".to_owned(), &system).await.unwrap();
        let session = people.session(token.clone()).await.unwrap().unwrap();
        Person { cookie: format!("streetwatch_session={}", token.secret()), csrf: session.csrf() }
    }

    async fn send(&self, who: Option<&Person>, path: &str, form: Option<Vec<(&str, &str)>>) -> Answer {
        let mut request = Request::builder().uri(path).header(header::ACCEPT_LANGUAGE, "en");
        if let Some(person) = who {
            request = request.header(header::COOKIE, &person.cookie);
        }
        let request = match form {
            None => request.body(Body::empty()),
            Some(fields) => {
                let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                let form = request.method("POST").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                form.body(Body::from(body))
            }
        };
        let (parts, body) = self.router.clone().oneshot(request.unwrap()).await.unwrap().into_parts();
        Answer { status: parts.status, headers: parts.headers, bytes: to_bytes(body, 16 << 20).await.unwrap().to_vec() }
    }

    async fn get(&self, who: &Person, path: &str) -> Answer {
        self.send(Some(who), path, None).await
    }

    /// A form with the session's token.
    async fn post(&self, who: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = fields.iter().copied().chain([("csrf", who.csrf.as_str())]).collect();
        self.send(Some(who), path, Some(fields)).await
    }

    async fn json(&self, who: &Person, method: &str, path: &str, body: &serde_json::Value) -> Answer {
        let request = Request::builder().method(method).uri(path).header(header::COOKIE, &who.cookie);
        let request = request.header("x-csrf-token", &who.csrf).header(header::CONTENT_TYPE, "application/json");
        let response = self.router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer { status: parts.status, headers: parts.headers, bytes: to_bytes(body, 16 << 20).await.unwrap().to_vec() }
    }

    fn written(&self) -> String {
        std::fs::read_to_string(&self.file).unwrap()
    }

    fn base(&self) -> String {
        config::version_of(&self.written())
    }

    async fn audited(&self, act: &str) -> Vec<(String, String)> {
        let wanted = Wanted { acts: vec![act.to_owned()], ..Wanted::default() };
        let lines = self.app.people().audit(&wanted, 100).await.unwrap();
        lines.into_iter().map(|line| (line.about, line.detail)).collect()
    }
}

/// The fields of the kerb with this dwell.
fn kerb<'a>(base: &'a str, dwell: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("base", base),
        ("zone", "kerb"),
        ("rule", "illegal-parking"),
        ("id", "kerb"),
        ("polygon", "0.1, 0.5\r\n0.9, 0.5\r\n0.9, 0.9"),
        ("s.dwell", dwell),
        ("s.labels", ""),
        ("s.labels", "car"),
        ("s.labels", "bus"),
    ]
}

const ZONES: &str = "/cameras/c-001/zones?preset=home";

#[tokio::test]
async fn only_a_supervisor_edits_and_everybody_else_is_refused_and_written_down() {
    let place = Place::new().await;
    let before = place.written();
    for (name, role) in [("vera", Role::Viewer), ("rui", Role::Reviewer)] {
        let who = place.person(name, role, "").await;
        assert_eq!(place.get(&who, "/cameras").await.status, StatusCode::OK);
        let page = place.get(&who, "/cameras/c-001").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text().contains("/zones"), "no way to the editor is shown");
        for path in [ZONES.to_owned(), ZONES.replace("zones", "zones/try"), ZONES.replace("zones", "zones/delete")] {
            let answer = place.post(&who, &path, &kerb(&place.base(), "60s")).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name} {path}");
        }
        assert_eq!(place.get(&who, ZONES).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(place.send(None, "/cameras", None).await.status, StatusCode::SEE_OTHER, "to the login");
    assert_eq!(place.written(), before);
    let refused = place.audited("refused").await;
    assert!(refused.contains(&("POST /cameras/c-001/zones".to_owned(), "forbidden".to_owned())), "{refused:?}");
}

#[tokio::test]
async fn another_districts_camera_is_not_there() {
    let place = Place::new().await;
    let who = place.person("sun", Role::Supervisor, "320113").await;
    let wall = place.get(&who, "/cameras").await.text();
    assert!(wall.contains("c-001") && !wall.contains("c-002") && !wall.contains("South gate"));
    for path in [
        "/cameras/c-002",
        "/cameras/c-002/zones",
        "/cameras/c-002/latest.jpg",
        "/cameras/c-002/baselines/day/1",
        "/cameras/c-009",
        "/cameras/..%2Fc-001",
    ] {
        assert_eq!(place.get(&who, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let live = place.get(&who, "/cameras/live?k=c-001/home&k=c-002/home").await.text();
    assert!(live.contains("c-001") && !live.contains("c-002"), "{live}");
    let base = place.base();
    let fields = [("base", base.as_str()), ("rule", "illegal-parking"), ("id", "kerb"), ("polygon", "0 0\n1 0\n1 1")];
    let answer = place.post(&who, "/cameras/c-002/zones", &fields).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(!place.written().contains("[[0.0, 0.0]"));
}

#[tokio::test]
async fn a_saved_edit_is_in_the_file_in_the_audit_log_and_on_the_page() {
    let place = Place::new().await;
    let who = place.person("sun", Role::Supervisor, "").await;
    let before = place.written();
    let answer = place.post(&who, ZONES, &kerb(&place.base(), "5m")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let after = place.written();
    assert!(after.contains("dwell = \"5m\" # as agreed") && after.contains("labels = [\"car\", \"bus\"]"), "{after}");
    assert!(after.contains("# Written by hand."));
    let copy = std::fs::read_to_string(place.file.with_file_name("CITY.toml.0001")).unwrap();
    assert_eq!(copy, before);
    let lines = place.audited("setting").await;
    assert_eq!(lines, [("c-001".to_owned(), "zone changed: kerb (illegal-parking)".to_owned())]);
    let page = place.get(&who, "/cameras/c-001").await.text();
    assert!(
        page.contains("Changed: kerb (Illegal parking)") && page.contains("300s"),
        "the edit and the new dwell are shown"
    );
}

#[tokio::test]
async fn a_wrong_field_is_told_at_its_place_and_nothing_is_written() {
    let place = Place::new().await;
    let who = place.person("sun", Role::Supervisor, "").await;
    let before = place.written();
    let answer = place.post(&who, ZONES, &kerb(&place.base(), "soon")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text();
    assert!(text.contains("id=\"w-dwell\"") && text.contains("no duration"), "{text}");
    assert!(text.contains("value=\"soon\""), "what was typed is still there");
    assert_eq!(place.written(), before);
    assert!(!place.file.with_file_name("CITY.toml.0001").exists());
}

#[tokio::test]
async fn an_edit_of_a_file_that_changed_on_disk_is_refused() {
    let place = Place::new().await;
    let who = place.person("sun", Role::Supervisor, "").await;
    let base = place.base();
    std::fs::write(&place.file, place.written().replace("180s", "200s")).unwrap();
    let theirs = place.written();
    let answer = place.post(&who, ZONES, &kerb(&base, "5m")).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(place.written(), theirs);
    let page = place.get(&who, ZONES).await.text();
    assert!(page.contains("200s") && page.contains("changed on disk"), "the editor shows the file as it is now");
}

#[tokio::test]
async fn a_file_that_is_wrong_on_disk_is_told_and_the_last_good_one_is_still_shown() {
    let place = Place::new().await;
    let who = place.person("sun", Role::Supervisor, "").await;
    std::fs::write(&place.file, place.written().replace("\"180s\"", "\"soon\"")).unwrap();
    let answer = place.get(&who, ZONES).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("camera[0].zone[0].dwell"), "file, line and key");
    assert!(place.get(&who, "/cameras/c-001").await.text().contains("180s"));
}

#[tokio::test]
async fn a_zone_is_added_and_deleted() {
    let place = Place::new().await;
    let who = place.person("sun", Role::Supervisor, "").await;
    let new = place.get(&who, &format!("{ZONES}&new=bin-overflow")).await;
    assert!(
        new.status == StatusCode::OK && new.text().contains("name=\"s.bin_score\""),
        "a form of the rule's own keys"
    );
    let base = place.base();
    let fields = [
        ("base", base.as_str()),
        ("zone", ""),
        ("rule", "bin-overflow"),
        ("id", "bins <b>"),
        ("polygon", "0.3, 0.4\n0.7, 0.4\n0.7, 0.8"),
    ];
    let answer = place.post(&who, ZONES, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert_eq!(config::load(&place.file).unwrap().cameras[0].zones.len(), 2);
    let page = place.get(&who, "/cameras/c-001").await.text();
    assert!(page.contains("bins &#60;b&#62;") && !page.contains("bins <b>"));
    let base = place.base();
    let fields = [("base", base.as_str()), ("zone", "bins <b>"), ("rule", "bin-overflow")];
    let answer = place.post(&who, &ZONES.replace("zones", "zones/delete"), &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert_eq!(config::load(&place.file).unwrap().cameras[0].zones.len(), 1);
}

#[tokio::test]
async fn a_form_without_its_token_changes_nothing_and_a_script_in_a_name_stays_text() {
    let place = Place::new().await;
    let who = place.person("sun", Role::Supervisor, "").await;
    let before = place.written();
    let base = place.base();
    let answer = place.send(Some(&who), ZONES, Some(kerb(&base, "5m"))).await;
    assert_eq!((answer.status, place.written()), (StatusCode::FORBIDDEN, before));
    for path in ["/cameras", "/cameras/c-001", ZONES] {
        let text = place.get(&who, path).await.text();
        assert!(text.contains("North &#60;script&#62;") && !text.contains("<script>alert"), "{path}");
    }
}

#[tokio::test]
async fn a_baseline_is_approved_once_by_a_person_with_the_right() {
    let place = Place::new().await;
    let store = Baselines::new(&place.app.cameras.city().baselines.store);
    let part = place.app.cameras.city().baselines.parts[0].name.clone();
    build_one(&store, &part, true, 1.0, false);
    let path = format!("/cameras/c-001/baselines/{part}/1");
    let reviewer = place.person("rui", Role::Reviewer, "").await;
    let approve = format!("{path}/approve");
    assert_eq!(place.post(&reviewer, &approve, &[]).await.status, StatusCode::FORBIDDEN);
    let picture = place.get(&reviewer, &path).await;
    assert_eq!(picture.status, StatusCode::OK);
    assert!(picture.bytes.starts_with(&[0xff, 0xd8, 0xff]), "a JPEG");
    let who = place.person("sun", Role::Supervisor, "320113").await;
    assert_eq!(place.post(&who, &approve, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(place.post(&who, &approve, &[]).await.status, StatusCode::CONFLICT, "the first word stands");
    assert_eq!(place.post(&who, &approve.replace("/1/", "/7/"), &[]).await.status, StatusCode::NOT_FOUND);
    let elsewhere = place.post(&who, &approve.replace(&part, "..%2F..%2Fx"), &[]).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
    let page = place.get(&reviewer, "/cameras/c-001").await.text();
    assert!(page.contains("Approved by sun"), "{page}");
    assert_eq!(place.audited("setting").await.len(), 1);
}

#[tokio::test]
async fn a_program_edits_zones_by_the_same_rules() {
    let place = Place::new().await;
    let (boss, viewer) =
        (place.person("sun", Role::Supervisor, "").await, place.person("vera", Role::Viewer, "").await);
    let text = place.get(&viewer, "/api/v1/cameras/c-001").await.text();
    let camera: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&camera["zones"][0]["id"], &camera["zones"][0]["settings"]["dwell"]), (&"kerb".into(), &"180s".into()));
    let edit = |dwell: &str, base: &serde_json::Value| {
        serde_json::json!({
            "base": base, "zone": { "id": "kerb", "rule": "illegal-parking" }, "id": "kerb", "rule": "illegal-parking",
            "polygon": [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9]], "settings": { "dwell": dwell },
        })
    };
    let path = "/api/v1/cameras/c-001/zones";
    let good = edit("90s", &camera["base"]);
    assert_eq!(place.json(&viewer, "PUT", path, &good).await.status, StatusCode::FORBIDDEN);
    let wrong = place.json(&boss, "PUT", path, &edit("soon", &camera["base"])).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text().contains("dwell: "), "{}", wrong.text());
    assert_eq!(place.json(&boss, "PUT", path, &good).await.status, StatusCode::OK);
    assert!(place.written().contains("dwell = \"90s\" # as agreed"));
    assert_eq!(place.json(&boss, "PUT", path, &good).await.status, StatusCode::CONFLICT, "its base is the old one");
    let tried = place.json(&boss, "POST", &format!("{path}/try"), &edit("60s", &place.base().into())).await;
    assert_eq!(tried.status, StatusCode::CONFLICT, "no workers here: {}", tried.text());
    let gone = format!("{path}/illegal-parking/kerb?base={}", place.base());
    assert_eq!(place.json(&boss, "DELETE", &gone, &serde_json::json!({})).await.status, StatusCode::OK);
    assert!(config::load(&place.file).unwrap().cameras[0].zones.is_empty());
}

#[tokio::test]
async fn a_proposal_of_the_feedback_is_looked_at_in_the_editor_and_applied_by_saving_it() {
    let place = Place::new().await;
    let who = place.person("sun", Role::Supervisor, "").await;
    let all: Vec<Candidate> = (0..24)
        .map(|n| {
            let mut c = crate::console::testing::candidate(n);
            let at = examples::after_eight(-86_400 + i64::from(n) * 3600);
            (c.camera, c.preset, c.zone, c.rule) =
                ("c-001".into(), "home".into(), "kerb".into(), "illegal-parking".into());
            (c.first_seen, c.raised_at, c.last_seen) = (at, at, at);
            c.object.score = if n < 4 { 0.8 } else { 0.4 };
            c
        })
        .collect();
    put(&place.app.store, &all).await;
    let li = crate::console::testing::actor("li", Role::Reviewer);
    for (n, candidate) in (0u128..).zip(&all) {
        let (action, reason) = match n {
            0..4 => (Action::Confirm, None),
            _ => (Action::Reject, Some(RejectReason::DriverPresent)),
        };
        let order = Order {
            id: Uuid::from_u128(n + 1),
            candidate: candidate.id,
            action,
            reason,
            duplicate_of: None,
            into: None,
            class_code: None,
            text: None,
            undoes: None,
            seen_revision: Some(0),
        };
        place.app.desk.decide(&li, &order).await.unwrap();
    }
    let proposals = place.app.feedback.proposals(&Scope::everything()).await.unwrap();
    let [proposal] = proposals.as_slice() else { panic!("{proposals:?}") };
    let led = place.get(&who, &format!("/cameras/c-001?proposal={}", proposal.id)).await;
    assert_eq!(led.status, StatusCode::SEE_OTHER);
    let page = place.get(&who, led.headers[header::LOCATION].to_str().unwrap()).await.text();
    assert!(page.contains("would have spared 20 of 20") && page.contains("value=\"0.8\""), "{page}");
    let base = place.base();
    let mut fields = kerb(&base, "180s");
    fields.extend([("s.confidence", "0.8"), ("proposal", proposal.id.as_str())]);
    assert_eq!(place.post(&who, ZONES, &fields).await.status, StatusCode::SEE_OTHER);
    assert!(place.written().contains("confidence = 0.8"));
    assert!(place.app.feedback.proposals(&Scope::everything()).await.unwrap().is_empty(), "it is settled");
}

#[tokio::test]
async fn without_workers_the_picture_is_a_candidates_and_says_how_old_it_is() {
    let place = Place::new().await;
    let who = place.person("vera", Role::Viewer, "").await;
    let wall = place.get(&who, "/cameras").await.text();
    assert!(wall.contains("No picture yet") && wall.contains("run in other processes"));
    let uri = url::Url::from_file_path(Path::new("/nowhere/end.jpg")).unwrap().to_string();
    let still = EvidenceItem { kind: EvidenceKind::End, at: examples::after_eight(180), uri, sha256: "ab".repeat(32) };
    let candidate = Candidate {
        camera: "c-001".into(),
        grid: Some("320113001001001".into()),
        evidence: vec![still],
        ..crate::console::testing::candidate(1)
    };
    put(&place.app.store, &[candidate]).await;
    for path in ["/cameras", "/cameras/c-001"] {
        let text = place.get(&who, path).await.text();
        assert!(text.contains("From a candidate, 7 min ago") && !text.contains("age live"), "{path}");
    }
    let boss = place.person("sun", Role::Supervisor, "").await;
    let tried = place.post(&boss, &ZONES.replace("zones", "zones/try"), &kerb(&place.base(), "60s")).await;
    assert!(tried.status == StatusCode::OK && tried.text().contains("does not run in this process"));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_workers_there_are_live_pictures_dry_runs_and_edits_that_hold_at_once() {
    let mut city = running("10m");
    for _ in 0..2 {
        city.asked.recv().unwrap();
    }
    let file = city.folder.path().join("CITY.toml");
    let place = Place::of(city.folder, file).await;
    place.app.cameras.attach(city.control.clone());
    let who = place.person("sun", Role::Supervisor, "").await;
    let picture = place.get(&who, "/cameras/c-001/latest.jpg?size=large").await;
    assert_eq!(picture.status, StatusCode::OK, "its first picture is held in the detector, and kept");
    assert!(picture.bytes.starts_with(&[0xff, 0xd8, 0xff]));
    let age: u64 = picture.headers["x-age"].to_str().unwrap().parse().unwrap();
    assert_eq!(picture.headers["x-live"], if age <= 10 { "true" } else { "false" });
    let try_it = "/cameras/c-001/zones/try?preset=home";
    let tried = place.post(&who, try_it, &kerb(&place.base(), "20s")).await.text();
    assert!(tried.contains("No picture has been looked at yet"));
    // The second camera is let go, so that it sees the wish; the first stays in its first picture.
    city.permits.remove("c-002");
    let saved = place.post(&who, "/cameras/c-002/zones?preset=home", &kerb(&place.base(), "9m")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert!(place.written().contains("9m"));
    city.permits.clear();
    let runs = city.city;
    tokio::task::spawn_blocking(move || runs.finish()).await.unwrap();
    let tried = place.post(&who, try_it, &kerb(&place.base(), "20s")).await.text();
    assert!(tried.contains("Candidates with these settings: 1 instead of 0"), "{tried}");
    assert!(!place.written().contains("20s"), "a dry run writes nothing");
}
