//! What must be refused, is refused, and is in the audit log.

use super::testing::{House, PASSWORD, id};
use crate::console::people::Role;
use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::json;
use uuid::Uuid;

fn decision(choice: &str) -> Vec<(&'static str, String)> {
    let fields = [("id", Uuid::new_v4().to_string()), ("choice", choice.to_owned()), ("seen", "0".to_owned())];
    fields.into_iter().collect()
}

fn pairs<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(key, value)| (*key, value.as_str())).collect()
}

#[tokio::test]
async fn another_districts_candidate_is_not_there_in_any_way() {
    let house = House::new().await;
    let li = house.person("li", Role::Reviewer, "320113").await;
    assert_eq!(house.get(Some(&li), &format!("/candidates/{}", id(1))).await.status, StatusCode::OK);
    let other = id(2);
    for path in
        [format!("/candidates/{other}"), format!("/evidence/{other}/end"), format!("/api/v1/candidates/{other}")]
    {
        let answer = house.get(Some(&li), &path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(house.refused(&format!("GET {path}"), "not-found").await, "{path}");
    }
    let path = format!("/candidates/{other}/decide");
    let answer = house.post(Some(&li), &path, &pairs(&decision("confirm"))).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(house.refused(&format!("POST {path}"), "not-found").await);
    let queue = house.get(Some(&li), "/queue?state=any").await.text();
    assert!(queue.contains(&id(1).to_string()) && !queue.contains(&other.to_string()));
    let found = house.get(Some(&li), "/api/v1/candidates?state=any&district=320199").await.text();
    assert!(!found.contains(&other.to_string()), "asking for the district does not help");
}

#[tokio::test]
async fn a_viewer_decides_nothing() {
    let house = House::new().await;
    let wang = house.person("wang", Role::Viewer, "").await;
    let path = format!("/candidates/{}/decide", id(1));
    assert_eq!(house.post(Some(&wang), &path, &pairs(&decision("confirm"))).await.status, StatusCode::FORBIDDEN);
    assert!(house.refused(&format!("POST {path}"), "forbidden").await);
    let api = format!("/api/v1/candidates/{}/verdicts", id(1));
    let verdict = json!({"id": Uuid::new_v4(), "action": "confirm", "seen_revision": 0});
    let answer = house.json(Some(&wang), "POST", &api, &verdict).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::FORBIDDEN, "application/problem+json"));
    for path in ["/users", "/audit", "/feedback", "/audit.csv", "/feedback/dataset.tar", "/second", "/missed"] {
        assert_eq!(house.get(Some(&wang), path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let page = house.get(Some(&wang), &format!("/candidates/{}", id(1))).await.text();
    assert!(!page.contains("value=\"confirm\""), "no button that would be refused");
    assert!(house.app.store.outbox_waiting().await.expect("a store").0 == 0, "nothing was decided");
}

#[tokio::test]
async fn a_form_without_the_sessions_token_or_from_another_site_is_refused() {
    let house = House::new().await;
    let li = house.person("li", Role::Reviewer, "").await;
    let wang = house.person("wang", Role::Reviewer, "").await;
    let path = format!("/candidates/{}/decide", id(1));
    let fields = decision("confirm");
    assert_eq!(house.post_as_is(Some(&li), &path, &pairs(&fields)).await.status, StatusCode::FORBIDDEN);
    let mut with_other = pairs(&fields);
    with_other.push(("csrf", &wang.csrf));
    assert_eq!(house.post_as_is(Some(&li), &path, &with_other).await.status, StatusCode::FORBIDDEN, "another's token");
    let mut own = pairs(&fields);
    own.push(("csrf", &li.csrf));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&own).finish();
    let request = House::request(Some(&li), "POST", &path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site");
    let answer = house.send(request.body(Body::from(body)).expect("a request")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "another site");
    assert_eq!(house.audited("refused").await.iter().filter(|(_, why)| why == "csrf").count(), 3);
    assert_eq!(house.post_as_is(Some(&li), &path, &own).await.status, StatusCode::SEE_OTHER, "the real one is taken");
}

#[tokio::test]
async fn a_script_in_a_comment_and_in_a_cameras_name_is_text_and_could_not_run() {
    let house = House::new().await;
    let li = house.person("li", Role::Reviewer, "").await;
    let mut fields = decision("comment");
    fields.push(("text", "<script>alert('x')</script><img src=x onerror=alert(1)>".to_owned()));
    let path = format!("/candidates/{}", id(1));
    assert_eq!(house.post(Some(&li), &format!("{path}/decide"), &pairs(&fields)).await.status, StatusCode::SEE_OTHER);
    for page in [path.as_str(), "/queue?state=any"] {
        let answer = house.get(Some(&li), page).await;
        let text = answer.text();
        assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{page}");
        assert!(
            text.contains("&#60;script&#62;alert") || text.contains("&lt;script&gt;alert"),
            "{page} shows it as text"
        );
        let policy = answer.header("content-security-policy").to_owned();
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert!(!text.contains(" style=") && !text.contains("onclick="), "nothing inline that the policy would block");
    }
}

#[tokio::test]
async fn an_evidence_address_leads_nowhere_else() {
    let house = House::new().await;
    let li = house.person("li", Role::Reviewer, "").await;
    let one = id(1);
    let fine = house.get(Some(&li), &format!("/evidence/{one}/end")).await;
    assert_eq!((fine.status, fine.text().as_str()), (StatusCode::OK, "0123456789"));
    assert_eq!((fine.header("content-type"), fine.header("x-content-type-options")), ("image/jpeg", "nosniff"));
    for path in [
        format!("/evidence/{one}/..%2f..%2fsecret.jpg"),
        format!("/evidence/{one}/../../secret.jpg"),
        "/evidence/..%2f..%2f/etc%2fpasswd".to_owned(),
        "/evidence/%2e%2e/%2e%2e/etc/passwd".to_owned(),
        // The candidate itself names a file outside the evidence store.
        format!("/evidence/{one}/crop"),
    ] {
        let answer = house.get(Some(&li), &path).await;
        assert!(matches!(answer.status.as_u16(), 404 | 422), "{path}: {}", answer.status);
        assert!(!answer.text().contains("secret") || answer.text().contains("<html"), "{path}");
        let about = format!("GET {path}");
        assert!(house.audited("refused").await.iter().any(|(a, _)| *a == about), "{path} is in the audit log");
    }
    assert_eq!(house.get(None, &format!("/evidence/{one}/end")).await.status, StatusCode::SEE_OTHER, "to the login");
}

#[tokio::test]
async fn a_clip_is_sent_in_parts_and_not_again_when_it_is_known() {
    let house = House::new().await;
    let li = house.person("li", Role::Viewer, "").await;
    let path = format!("/evidence/{}/clip", id(1));
    let ask = async |name: &str, value: &str| {
        let request = House::request(Some(&li), "GET", &path).header(name, value);
        house.send(request.body(Body::empty()).expect("a request")).await
    };
    let part = ask("range", "bytes=2-4").await;
    assert_eq!((part.status, part.text().as_str()), (StatusCode::PARTIAL_CONTENT, "234"));
    assert_eq!(part.header("content-range"), "bytes 2-4/10");
    let tag = part.header("etag").to_owned();
    assert_eq!(ask("if-none-match", &tag).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(ask("range", "bytes=50-").await.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(ask("range", "bytes=0-1,3-4").await.text(), "0123456789", "several parts: the whole file");
}

#[tokio::test]
async fn a_stolen_cookie_is_worth_nothing_after_the_logout() {
    let house = House::new().await;
    let li = house.person("li", Role::Reviewer, "").await;
    assert_eq!(house.get(Some(&li), "/queue").await.status, StatusCode::OK);
    assert_eq!(house.post(Some(&li), "/logout", &[]).await.status, StatusCode::SEE_OTHER);
    let stolen = house.get(Some(&li), "/queue").await;
    assert_eq!((stolen.status, stolen.header("location")), (StatusCode::SEE_OTHER, "/login?to=%2Fqueue"));
    assert!(house.refused("GET /queue", "signed-out").await);
    assert_eq!(house.get(Some(&li), "/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    let path = format!("/candidates/{}/decide", id(1));
    let answer = house.post(Some(&li), &path, &pairs(&decision("confirm"))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.header("location").starts_with("/login"));
    assert!(house.refused(&format!("POST {path}"), "signed-out").await);
}

#[tokio::test]
async fn a_session_ends_when_idle_when_old_and_when_its_user_is_disabled() {
    let house = House::new().await;
    let hours = |n: u64| std::time::Duration::from_secs(n * 3600);
    let li = house.person("li", Role::Reviewer, "").await;
    house.clock.advance(hours(8));
    assert_eq!(house.get(Some(&li), "/queue").await.status, StatusCode::OK);
    house.clock.advance(hours(10));
    assert_eq!(house.get(Some(&li), "/queue").await.status, StatusCode::SEE_OTHER, "idle too long");
    let wang = house.person("wang", Role::Reviewer, "").await;
    for _ in 0..3 {
        assert_eq!(house.get(Some(&wang), "/queue").await.status, StatusCode::OK);
        house.clock.advance(hours(8));
    }
    assert_eq!(house.get(Some(&wang), "/queue").await.status, StatusCode::SEE_OTHER, "a day old");
    let chen = house.person("chen", Role::Reviewer, "").await;
    let root = house.person("root", Role::Administrator, "").await;
    let users = house.app.people().users().await.expect("a store");
    let of_chen = users.iter().find(|user| user.name == "chen").expect("chen");
    let path = format!("/users/{}/disabled", of_chen.id);
    assert_eq!(house.post(Some(&root), &path, &[("disabled", "true")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.get(Some(&chen), "/queue").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn of_a_thousand_wrong_passwords_five_are_looked_at() {
    let house = House::new().await;
    house.person("li", Role::Reviewer, "").await;
    let (mut wrong, mut throttled) = (0, 0);
    for n in 0..1000 {
        let answer = house.post_as_is(None, "/login", &[("name", "li"), ("password", &format!("guess {n}"))]).await;
        match answer.status {
            StatusCode::UNAUTHORIZED => wrong += 1,
            StatusCode::TOO_MANY_REQUESTS => {
                assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|s| s >= 1));
                throttled += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!((wrong, throttled), (5, 995));
    assert_eq!(house.audited("wrong-password").await.len(), 5);
    assert_eq!(house.audited("throttled").await.len(), 995);
    let right = house.post_as_is(None, "/login", &[("name", "li"), ("password", PASSWORD)]).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "the guesser's own right guess waits too");
    house.clock.advance(std::time::Duration::from_secs(2));
    let right = house.post_as_is(None, "/login", &[("name", "li"), ("password", PASSWORD)]).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_upload_of_the_wrong_kind_or_size_is_refused() {
    let house = House::new().await;
    let li = house.person("li", Role::Reviewer, "").await;
    for kind in ["multipart/form-data; boundary=x", "image/jpeg", "application/xml", "text/plain"] {
        let request = House::request(Some(&li), "POST", "/missed").header(header::CONTENT_TYPE, kind);
        let request = request.header("x-csrf-token", &li.csrf).body(Body::from("--x\r\n")).expect("a request");
        assert_eq!(house.send(request).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    let large = "x".repeat(300 << 10);
    let answer = house.post(Some(&li), "/missed", &[("text", &large)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(house.refused("POST /missed", "kind").await && house.refused("POST /missed", "large").await);
}

#[tokio::test]
async fn without_its_store_the_console_lives_but_is_not_ready() {
    let house = House::new().await;
    house.app.store.close().await;
    assert_eq!(house.get(None, "/livez").await.status, StatusCode::OK, "no restart would help");
    assert_eq!(house.get(None, "/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn whoever_is_not_signed_in_sees_nothing_but_the_login_health_and_metrics() {
    let house = House::new().await;
    for path in ["/", "/queue", "/users", "/audit.csv", "/events", "/cameras", "/account"] {
        let answer = house.get(None, path).await;
        let led = answer.status.is_redirection() || answer.status == StatusCode::NOT_FOUND;
        assert!(led, "{path}: {}", answer.status);
        assert!(!answer.text().contains("North gate"), "{path}");
    }
    assert_eq!(house.get(None, "/api/v1/candidates").await.status, StatusCode::UNAUTHORIZED);
    for path in ["/login", "/livez", "/readyz", "/healthz", "/metrics", "/assets/app.css", "/api/v1/openapi.json"] {
        assert_eq!(house.get(None, path).await.status, StatusCode::OK, "{path}");
    }
}
