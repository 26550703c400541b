//! Sign-in by a real identity provider: a small one that speaks the protocol on loopback.

use crate::console::people::Role;
use crate::console::web::testing::{Answer, House};
use axum::body::Body;
use axum::extract::{Form, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    Audience, EmptyAdditionalClaims, EndUserUsername, IssuerUrl, JsonWebKeyId, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, PrivateSigningKey, StandardClaims, SubjectIdentifier,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What the provider does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Fault {
    #[default]
    None,
    Nonce,
    Audience,
    Old,
    OtherKey,
}

#[derive(Default)]
struct Provider {
    issuer: String,
    fault: Fault,
    /// By code: nonce and PKCE challenge.
    codes: Mutex<HashMap<String, (String, String)>>,
}

/// An Ed25519 key of 32 bytes all alike, as PKCS #8.
fn key(byte: u8) -> CoreEdDsaPrivateSigningKey {
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend([byte; 32]);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", base64(&der));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new("k1".into()))).expect("a key")
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sign = |bits: u32, n: usize| SIGNS[(bits >> (18 - 6 * n) & 63) as usize] as char;
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        (0..4).for_each(|n| text.push(if n <= three.len() { sign(bits, n) } else { '=' }));
    }
    text
}

async fn discovery(State(p): State<Arc<Provider>>) -> Json<Value> {
    let at = &p.issuer;
    Json(json!({
        "issuer": at, "authorization_endpoint": format!("{at}/authorize"), "token_endpoint": format!("{at}/token"),
        "jwks_uri": format!("{at}/jwks"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
    }))
}

async fn jwks() -> Json<Value> {
    let set = CoreJsonWebKeySet::new(vec![key(7).as_verification_key()]);
    Json(serde_json::to_value(set).expect("serialises"))
}

async fn authorize(State(p): State<Arc<Provider>>, Query(asked): Query<HashMap<String, String>>) -> Redirect {
    assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", "streetwatch"));
    assert_eq!(asked["code_challenge_method"], "S256");
    let code = format!("code-{}", p.codes.lock().len());
    p.codes.lock().insert(code.clone(), (asked["nonce"].clone(), asked["code_challenge"].clone()));
    Redirect::to(&format!("{}?code={code}&state={}", asked["redirect_uri"], asked["state"]))
}

async fn token(State(p): State<Arc<Provider>>, Form(sent): Form<HashMap<String, String>>) -> Response {
    let refuse = || (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
    // A code works once, and only with the verifier of its challenge.
    let Some((nonce, challenge)) = p.codes.lock().remove(sent["code"].as_str()) else { return refuse() };
    let verifier = PkceCodeVerifier::new(sent["code_verifier"].clone());
    if PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str() != challenge {
        return refuse();
    }
    let nonce = if p.fault == Fault::Nonce { "another".to_owned() } else { nonce };
    let audience = if p.fault == Fault::Audience { "another-client" } else { "streetwatch" };
    let age = Duration::from_secs(if p.fault == Fault::Old { 7200 } else { 0 });
    let issued = SystemTime::now() - age;
    let claims = CoreIdTokenClaims::new(
        IssuerUrl::new(p.issuer.clone()).expect("an address"),
        vec![Audience::new(audience.to_owned())],
        (issued + Duration::from_secs(600)).into(),
        issued.into(),
        StandardClaims::new(SubjectIdentifier::new("user-17".to_owned()))
            .set_preferred_username(Some(EndUserUsername::new("Zhao Min".to_owned()))),
        EmptyAdditionalClaims {},
    )
    .set_nonce(Some(Nonce::new(nonce)));
    let signing = key(if p.fault == Fault::OtherKey { 9 } else { 7 });
    let id_token = CoreIdToken::new(claims, &signing, CoreJwsSigningAlgorithm::EdDsa, None, None).expect("signed");
    let answer = json!({"access_token": "a", "token_type": "Bearer", "id_token": id_token.to_string()});
    Json(answer).into_response()
}

/// A console whose people a provider vouches for.
async fn house(fault: Fault) -> House {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let issuer = format!("http://{}", listener.local_addr().expect("an address"));
    let provider = Arc::new(Provider { issuer: issuer.clone(), fault, ..Provider::default() });
    let routes = Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(jwks))
        .route("/authorize", get(authorize))
        .route("/token", post(token))
        .with_state(provider);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let more = format!(
        "[console.oidc]\nissuer = \"{issuer}\"\nclient_id = \"streetwatch\"\nclient_secret = \"s\"\nname = \"Staff\"\n"
    );
    House::with("North gate", &more).await
}

/// Leaves for the provider and comes back; the address to come back to, and the ticket's cookie.
async fn away(house: &House) -> (String, String) {
    let start = house.get(None, "/oidc/start").await;
    assert_eq!(start.status, StatusCode::SEE_OTHER, "{}", start.text());
    let ticket = start.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let back = client.get(start.header("location")).send().await.expect("the provider answers");
    let back = back.headers()["location"].to_str().expect("ASCII").to_owned();
    let path = back.strip_prefix("http://127.0.0.1:8080").expect("to us").to_owned();
    (path, ticket)
}

async fn come(house: &House, path: &str, ticket: &str) -> Answer {
    let request = House::request(None, "GET", path).header(header::COOKIE, ticket);
    house.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn whom_the_provider_vouches_for_comes_in_and_may_only_look_at_nothing_yet() {
    let house = house(Fault::None).await;
    assert!(house.get(None, "/login").await.text().contains("Log in with Staff"));
    let (path, ticket) = away(&house).await;
    let came = come(&house, &path, &ticket).await;
    assert_eq!((came.status, came.header("location")), (StatusCode::SEE_OTHER, "/"), "{}", came.text());
    let cookie = came.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let queue = come(&house, "/queue", &cookie).await;
    assert!(
        queue.status == StatusCode::OK && !queue.text().contains("data-row"),
        "in no district until somebody says so"
    );
    let users = house.app.people().users().await.expect("a store");
    assert_eq!((users.len(), users[0].name.as_str(), users[0].role), (1, "ZhaoMin", Role::Viewer));
    let (path, ticket) = away(&house).await;
    assert_eq!(come(&house, &path, &ticket).await.header("location"), "/");
    assert_eq!(house.app.people().users().await.expect("a store").len(), 1, "the second time it is the same user");
    let login = house.post_as_is(None, "/login", &[("name", "ZhaoMin"), ("password", "")]).await;
    assert_eq!(login.status, StatusCode::UNAUTHORIZED, "there is no password to guess");
    let (path, ticket) = away(&house).await;
    house.app.store.set_disabled(&users[0].id, true).await.expect("a store");
    assert_eq!(come(&house, &path, &ticket).await.status, StatusCode::UNAUTHORIZED, "a disabled user stays out");
}

#[tokio::test]
async fn a_sign_in_that_did_not_begin_here_or_comes_twice_is_refused() {
    let house = house(Fault::None).await;
    let (path, ticket) = away(&house).await;
    assert_eq!(come(&house, &path, "").await.status, StatusCode::UNAUTHORIZED, "no ticket");
    let (other, _) = away(&house).await;
    assert_eq!(come(&house, &other, &ticket).await.status, StatusCode::UNAUTHORIZED, "another's state");
    assert_eq!(come(&house, &path, &ticket).await.status, StatusCode::SEE_OTHER);
    assert_eq!(come(&house, &path, &ticket).await.status, StatusCode::UNAUTHORIZED, "the code is used up");
    let refused = come(&house, "/oidc/callback?error=access_denied", &ticket).await;
    assert!(refused.status == StatusCode::UNAUTHORIZED && refused.text().contains("access_denied"));
}

#[tokio::test]
async fn an_id_token_that_does_not_hold_lets_nobody_in() {
    for fault in [Fault::Nonce, Fault::Audience, Fault::Old, Fault::OtherKey] {
        let house = house(fault).await;
        let (path, ticket) = away(&house).await;
        assert_eq!(come(&house, &path, &ticket).await.status, StatusCode::UNAUTHORIZED, "{fault:?}");
        assert!(house.app.people().users().await.expect("a store").is_empty(), "{fault:?}");
    }
}
