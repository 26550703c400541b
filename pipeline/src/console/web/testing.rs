//! A console with a store, people and candidates, asked through its real router.

use super::{App, router};
use crate::clock::SimulatedClock;
use crate::config;
use crate::console::people::Role;
use crate::console::project::Intake;
use crate::console::store::Store;
use crate::console::testing::put;
use crate::console::web::Visitor;
use crate::payload::{Candidate, EvidenceItem, EvidenceKind, examples};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

pub const PASSWORD: &str = "correct horse battery";

/// A console in a temporary folder. Candidate 1 lies in district 320113, candidate 2 in 320199.
pub struct House {
    pub app: App,
    pub clock: Arc<SimulatedClock>,
    pub folder: TempDir,
    pub live: tokio::sync::watch::Sender<crate::console::web::Live>,
    router: Router,
}

/// Somebody who is signed in.
pub struct Person {
    pub cookie: String,
    pub csrf: String,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

impl House {
    pub async fn new() -> House {
        House::with("North gate <script>alert(1)</script>", "").await
    }

    /// With a camera's name and more of CITY.toml, in which `FOLDER` stands for the house's folder.
    pub async fn with(camera: &str, more: &str) -> House {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().display();
        let more = more.replace("FOLDER", &at.to_string());
        let text = format!(
            "city = \"demo\"\nlog = \"embedded:{at}/log\"\nstore = \"{at}/evidence\"\n{more}\n[[camera]]\nid = \"c-001\"\n\
             name = \"{camera}\"\nurl = \"rtsp://192.0.2.1/\"\ngrid = \"320113001001001\"\nlocation = [118.96, 32.13]\n"
        );
        let city = Arc::new(config::parse(&folder.path().join("CITY.toml"), &text).expect("a city"));
        let store = Store::open(&city.console.store).await.expect("a store");
        Intake::new(store.clone()).cameras(&city).await.expect("cameras");
        let clock = Arc::new(SimulatedClock::starting_at(examples::after_eight(600).event_time()));
        let made = crate::console::app(&city, "http://127.0.0.1:8080", store, None, clock.clone());
        let (live, app) = made.expect("a console");
        let house = House { router: router(app.clone()), app, clock, folder, live };
        let candidates = [house.candidate(1, "320113001001001"), house.candidate(2, "320199001001001")];
        put(&house.app.store, &candidates).await;
        house
    }

    fn candidate(&self, n: u32, grid: &str) -> Candidate {
        let id = id(n);
        let folder = self.folder.path().join("evidence").join(id.to_string());
        std::fs::create_dir_all(&folder).expect("a folder");
        let evidence = [(EvidenceKind::End, "end.jpg"), (EvidenceKind::Clip, "clip.mp4")].map(|(kind, name)| {
            std::fs::write(folder.join(name), "0123456789").expect("written");
            file(kind, &folder.join(name))
        });
        let outside = self.folder.path().join("secret.jpg");
        std::fs::write(&outside, "secret").expect("written");
        let evidence = evidence.into_iter().chain([file(EvidenceKind::Crop, &outside)]).collect();
        let made = crate::console::testing::candidate(n);
        Candidate { id, grid: Some(grid.to_owned()), zone: format!("z-{n}"), evidence, ..made }
    }

    /// Signs somebody in who was made with these rights.
    pub async fn person(&self, name: &str, role: Role, districts: &str) -> Person {
        let system = House::system();
        let people = self.app.people();
        let link = people.create(name, role, districts, &system).await.expect("made");
        let token = people.use_link(&link, "", PASSWORD.to_owned(), &system).await.expect("signed in");
        let session = people.session(token.clone()).await.expect("a store").expect("a session");
        Person { cookie: format!("streetwatch_session={}", token.secret()), csrf: session.csrf() }
    }

    /// Nobody in particular.
    pub fn system() -> Visitor {
        Visitor::new(&HeaderMap::new(), &"/".parse().expect("a path"), None)
    }

    pub async fn session(&self, who: &Person) -> Arc<crate::console::people::Session> {
        let secret = who.cookie.split('=').nth(1).expect("a cookie");
        let token = crate::console::people::token::Token::received(secret).expect("a token");
        self.app.people().session(token).await.expect("a store").expect("a session")
    }

    /// The answer as it comes.
    pub async fn stream(&self, mut request: Request<Body>) -> axum::response::Response {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((Ipv4Addr::new(192, 0, 2, 7), 4000))));
        self.router.clone().oneshot(request).await.expect("infallible")
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.stream(request).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 << 20).await.expect("a body").to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    pub fn request(who: Option<&Person>, method: &str, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path).header(header::ACCEPT_LANGUAGE, "en");
        match who {
            Some(person) => request.header(header::COOKIE, &person.cookie),
            None => request,
        }
    }

    pub async fn get(&self, who: Option<&Person>, path: &str) -> Answer {
        self.send(House::request(who, "GET", path).body(Body::empty()).expect("a request")).await
    }

    /// A form, with the session's token.
    pub async fn post(&self, who: Option<&Person>, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = who.map(|person| ("csrf", person.csrf.as_str()));
        self.post_as_is(who, path, &fields.iter().copied().chain(csrf).collect::<Vec<_>>()).await
    }

    /// A form with these fields only.
    pub async fn post_as_is(&self, who: Option<&Person>, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request =
            House::request(who, "POST", path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// JSON, with the session's token.
    pub async fn json(&self, who: Option<&Person>, method: &str, path: &str, body: &serde_json::Value) -> Answer {
        let mut request = House::request(who, method, path).header(header::CONTENT_TYPE, "application/json");
        if let Some(person) = who {
            request = request.header("x-csrf-token", &person.csrf);
        }
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// Lines of the audit log with this act, newest first: about, detail.
    pub async fn audited(&self, act: &str) -> Vec<(String, String)> {
        let wanted = crate::console::people::audit::Wanted { acts: vec![act.to_owned()], ..Default::default() };
        let lines = self.app.people().audit(&wanted, 2000).await.expect("a store");
        lines.into_iter().map(|line| (line.about, line.detail)).collect()
    }

    /// Whether a request was written down as refused for a reason.
    pub async fn refused(&self, about: &str, reason: &str) -> bool {
        self.audited("refused").await.iter().any(|(a, d)| a == about && d == reason)
    }
}

/// The id of a candidate.
pub fn id(n: u32) -> Uuid {
    Uuid::from_u128(0xa000_0000 + u128::from(n))
}

fn file(kind: EvidenceKind, path: &Path) -> EvidenceItem {
    let uri = url::Url::from_file_path(path).expect("a path").to_string();
    EvidenceItem { kind, at: examples::after_eight(180), uri, sha256: "ab".repeat(32) }
}
