//! Pages through the real router: what a day's work needs of them.

use super::testing::{House, PASSWORD, id};
use crate::console::people::Role;
use axum::http::{StatusCode, header};
use serde_json::json;
use uuid::Uuid;

async fn decide(
    house: &House,
    who: &super::testing::Person,
    n: u32,
    choice: &str,
    seen: &str,
) -> super::testing::Answer {
    let verdict = Uuid::new_v4().to_string();
    let fields = [("id", verdict.as_str()), ("choice", choice), ("seen", seen), ("next", "/queue")];
    house.post(Some(who), &format!("/candidates/{}/decide", id(n)), &fields).await
}

#[tokio::test]
async fn the_first_link_makes_one_administrator_and_works_once() {
    let house = House::new().await;
    let link = house.app.people().first_link().await.expect("a store").expect("nobody is there yet");
    let path = format!("/welcome?token={}", link.secret());
    assert_eq!(house.get(None, &path).await.status, StatusCode::OK);
    let fields = |password: &'static str, again: &'static str| {
        [
            ("token", link.secret().to_owned()),
            ("name", "root".to_owned()),
            ("password", password.to_owned()),
            ("again", again.to_owned()),
        ]
    };
    let send = async |fields: [(&str, String); 4]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        house.post_as_is(None, "/welcome", &fields).await
    };
    let weak = send(fields("short", "short")).await;
    assert!(weak.status == StatusCode::UNPROCESSABLE_ENTITY && weak.text().contains("fewer than 12"));
    assert_eq!(send(fields(PASSWORD, "another one here")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let made = send(fields(PASSWORD, PASSWORD)).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER);
    let cookie = made.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert_eq!(send(fields(PASSWORD, PASSWORD)).await.status, StatusCode::UNPROCESSABLE_ENTITY, "used up");
    assert_eq!(house.get(None, &path).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(house.app.people().first_link().await.expect("a store").is_none(), "there is a user now");
    let users = house.app.people().users().await.expect("a store");
    assert_eq!((users.len(), users[0].role), (1, Role::Administrator));
}

#[tokio::test]
async fn a_link_is_too_old_after_its_hour() {
    let house = House::new().await;
    let link = house.app.people().first_link().await.expect("a store").expect("nobody yet");
    house.clock.advance(std::time::Duration::from_secs(3601));
    let answer = house.get(None, &format!("/welcome?token={}", link.secret())).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_administrator_makes_users_whose_link_sets_their_password() {
    let house = House::new().await;
    let root = house.person("root", Role::Administrator, "").await;
    let made =
        house.post(Some(&root), "/users", &[("name", "Wang"), ("role", "reviewer"), ("districts", "320113")]).await;
    assert_eq!(made.status, StatusCode::OK);
    let text = made.text();
    let token = text.split("/welcome?token=").nth(1).and_then(|rest| rest.get(..64)).expect("a link").to_owned();
    let again = house.post(Some(&root), "/users", &[("name", "wang"), ("role", "viewer")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "upper and lower case are one name");
    let bad = house.post(Some(&root), "/users", &[("name", "x"), ("role", "viewer"), ("districts", "3201")]).await;
    assert!(bad.text().contains("6 digits"));
    let set = [("token", token.as_str()), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(house.post_as_is(None, "/welcome", &set).await.status, StatusCode::SEE_OTHER);
    let login =
        house.post_as_is(None, "/login", &[("name", "WANG"), ("password", PASSWORD), ("to", "/queue?rule=x")]).await;
    assert_eq!((login.status, login.header("location")), (StatusCode::SEE_OTHER, "/queue?rule=x"));
    let users = house.app.people().users().await.expect("a store");
    let root_id = users.iter().find(|user| user.name == "root").map(|user| user.id.clone()).expect("root");
    let lower = house.post(Some(&root), &format!("/users/{root_id}"), &[("role", "viewer")]).await;
    assert_eq!(lower.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody locks themselves out");
}

#[tokio::test]
async fn a_decision_leads_on_and_its_undo_leads_back() {
    let house = House::new().await;
    let li = house.person("li", Role::Reviewer, "").await;
    let done = decide(&house, &li, 1, "confirm", "0").await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/queue"));
    let cookie = done.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    assert!(cookie.contains("desk.done-confirm"), "{cookie}");
    let verdict = cookie.split('|').nth(1).expect("the verdict").to_owned();
    let queue = house.get(Some(&li), "/queue").await.text();
    assert!(!queue.contains(&id(1).to_string()) && queue.contains(&id(2).to_string()));
    let undo = house.post(Some(&li), "/undo", &[("id", &Uuid::new_v4().to_string()), ("verdict", &verdict)]).await;
    assert_eq!(undo.header("location"), format!("/candidates/{}", id(1)));
    assert!(house.get(Some(&li), "/queue").await.text().contains(&id(1).to_string()));
}

#[tokio::test]
async fn the_second_to_decide_is_told_who_was_first() {
    let house = House::new().await;
    let (li, wang) = (house.person("li", Role::Reviewer, "").await, house.person("wang", Role::Reviewer, "").await);
    assert_eq!(decide(&house, &li, 1, "reject/legal-stall", "0").await.status, StatusCode::SEE_OTHER);
    let late = decide(&house, &wang, 1, "confirm", "0").await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let text = late.text();
    assert!(text.contains("li was first") && text.contains("rejected"), "{text}");
    assert!(text.contains(&format!("href=\"/candidates/{}\"", id(1))), "and led back to see it");
}

#[tokio::test]
async fn an_opened_candidate_is_kept_from_others_until_it_is_let_go() {
    let house = House::new().await;
    let (li, wang) = (house.person("li", Role::Reviewer, "").await, house.person("wang", Role::Reviewer, "").await);
    let path = format!("/candidates/{}", id(1));
    house.get(Some(&li), &path).await;
    let seen = house.get(Some(&wang), &path).await.text();
    assert!(seen.contains("li is on it") && !seen.contains("value=\"confirm\""));
    assert_eq!(decide(&house, &wang, 1, "confirm", "0").await.status, StatusCode::CONFLICT);
    let release = house.post(Some(&li), &format!("{path}/claim"), &[("do", "release")]).await;
    assert_eq!(release.status, StatusCode::NO_CONTENT);
    assert_eq!(decide(&house, &wang, 1, "confirm", "0").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_one_decision() {
    let house = House::new().await;
    let li = house.person("li", Role::Reviewer, "").await;
    let verdict = Uuid::new_v4().to_string();
    let fields = [("id", verdict.as_str()), ("choice", "confirm"), ("seen", "0"), ("next", "/queue")];
    let path = format!("/candidates/{}/decide", id(1));
    for _ in 0..2 {
        assert_eq!(house.post(Some(&li), &path, &fields).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(house.app.store.outbox_waiting().await.expect("a store").0, 1);
}

#[tokio::test]
async fn several_are_decided_at_once_and_a_merge_needs_two() {
    let house = House::new().await;
    let li = house.person("li", Role::Reviewer, "").await;
    let (one, two) = (format!("{}:0", id(1)), format!("{}:0", id(2)));
    let form = Uuid::new_v4().to_string();
    let only = [("pick", one.as_str()), ("choice", "merge"), ("id", form.as_str())];
    assert_eq!(house.post(Some(&li), "/bulk", &only).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let both =
        [("pick", one.as_str()), ("pick", two.as_str()), ("choice", "merge"), ("id", form.as_str()), ("to", "/queue")];
    assert_eq!(house.post(Some(&li), "/bulk", &both).await.status, StatusCode::SEE_OTHER);
    assert!(house.get(Some(&li), "/queue?state=merged").await.text().contains(&id(2).to_string()));
    let page = house.get(Some(&li), &format!("/candidates/{}", id(2))).await.text();
    assert!(page.contains(&format!("/candidates/{}", id(1))), "it leads to the one it is part of");
}

#[tokio::test]
async fn the_page_speaks_the_chosen_tongue_and_remembers_it() {
    let house = House::new().await;
    let li = house.person("li", Role::Reviewer, "").await;
    assert!(house.get(Some(&li), "/queue").await.text().contains("Candidates"));
    let chosen = house.post(Some(&li), "/preferences", &[("lang", "zh"), ("to", "/queue")]).await;
    assert!(chosen.header("set-cookie").starts_with("streetwatch_lang=zh"));
    let cookie = format!("{}; streetwatch_lang=zh; streetwatch_theme=dark", li.cookie);
    let request = House::request(None, "GET", "/queue").header(header::COOKIE, cookie);
    let page = house.send(request.body(axum::body::Body::empty()).expect("a request")).await.text();
    assert!(page.contains("待审候选") && page.contains("lang=\"zh-CN\"") && page.contains("data-theme=\"dark\""));
}

#[tokio::test]
async fn programs_sign_in_read_and_decide() {
    let house = House::new().await;
    house.person("li", Role::Reviewer, "").await;
    let wrong = house.json(None, "POST", "/api/v1/session", &json!({"name": "li", "password": "no"})).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let signed = house.json(None, "POST", "/api/v1/session", &json!({"name": "li", "password": PASSWORD})).await;
    assert_eq!(signed.status, StatusCode::OK);
    let me: serde_json::Value = serde_json::from_slice(&signed.bytes).expect("JSON");
    let cookie = signed.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let who = super::testing::Person { cookie, csrf: me["csrf"].as_str().unwrap_or_default().to_owned() };
    let page = house.get(Some(&who), "/api/v1/candidates").await;
    let page: serde_json::Value = serde_json::from_slice(&page.bytes).expect("JSON");
    assert_eq!(page["groups"].as_array().map(Vec::len), Some(2));
    let path = format!("/api/v1/candidates/{}/verdicts", id(1));
    let verdict = json!({"id": Uuid::new_v4(), "action": "confirm", "seen_revision": 0});
    let decided = house.json(Some(&who), "POST", &path, &verdict).await;
    assert_eq!(decided.status, StatusCode::OK, "{}", decided.text());
    let odd = house.json(Some(&who), "POST", &path, &json!({"id": "x", "action": 3})).await;
    assert_eq!(
        (odd.status, odd.header("content-type")),
        (StatusCode::UNPROCESSABLE_ENTITY, "application/problem+json")
    );
    let unsigned = super::testing::Person { cookie: who.cookie.clone(), csrf: String::new() };
    assert_eq!(house.json(Some(&unsigned), "POST", &path, &verdict).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_open_page_hears_how_many_wait_and_how_many_are_new() {
    use futures::StreamExt;
    let house = House::new().await;
    let li = house.person("li", Role::Viewer, "320113").await;
    let request = House::request(Some(&li), "GET", "/events?since=0").body(axum::body::Body::empty());
    let response = house.stream(request.expect("a request")).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.into_body().into_data_stream();
    let first = events.next().await.expect("an event").expect("bytes");
    let first = String::from_utf8(first.to_vec()).expect("UTF-8");
    let data = first.lines().find_map(|line| line.strip_prefix("data:")).expect("data");
    let state: serde_json::Value = serde_json::from_str(data.trim()).expect("JSON");
    assert_eq!((&state["words"]["waiting"], &state["new"]), (&json!("1"), &json!(1)), "of one's own district only");
    let session = house.session(&li).await;
    house.app.people().sign_out(&session, &House::system()).await.expect("signed out");
    house.live.send_modify(|live| live.change += 1);
    assert!(events.next().await.is_none(), "whoever signed out hears nothing more");
}

#[tokio::test]
async fn the_page_says_how_many_decisions_wait_for_the_log() {
    let house = House::new().await;
    let li = house.person("li", Role::Viewer, "").await;
    let hidden = house.get(Some(&li), "/queue").await.text();
    assert!(hidden.contains("id=\"outbox\" class=\"banner\" role=\"status\" hidden"));
    house.live.send_modify(|live| live.outbox = 3);
    let shown = house.get(Some(&li), "/queue").await.text();
    assert!(shown.contains("until it is back: 3") && !shown.contains("role=\"status\" hidden"));
}

#[tokio::test]
async fn a_decision_waits_for_the_log_unremarked_for_five_seconds() {
    let house = House::new().await;
    let li = house.person("li", Role::Reviewer, "").await;
    decide(&house, &li, 1, "confirm", "0").await;
    let outbox =
        async || crate::console::web::now(&house.app.store, house.clock.as_ref()).await.expect("a store").outbox;
    assert_eq!(outbox().await, 0);
    house.clock.advance(std::time::Duration::from_secs(6));
    assert_eq!(outbox().await, 1);
}
