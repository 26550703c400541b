//! What every request goes through: who asks, is the form ours, what does a refusal look like, headers.
//!
//! ```text
//! request ─► visitor (session looked up) ─► method and kind ─► CSRF ─► handler ─► refusal shown and audited ─► headers
//! ```

use super::refusal::Refusal;
use super::visitor::Visitor;
use super::{App, cookie, refused};
use crate::config::Network;
use crate::console::people::{Role, Session, token::Token};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, SocketAddr};

/// Largest body of a form or of a JSON document.
pub const LARGEST_BODY: usize = 256 << 10;
/// Largest file of plans that a supervisor may bring in.
pub const LARGEST_IMPORT: usize = 16 << 20;
/// Header that carries the token of a session's form, for scripts and for the JSON API.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// Nothing from elsewhere, no inline script or style, no frame around us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; \
                      connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Marks an answer whose page may load pictures from this origin too: the map, where the city names a tile server.
#[derive(Debug, Clone)]
pub struct PicturesFrom(pub String);

/// The middleware.
pub async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    let address = peer.map(|peer| behind(&app.config.console.proxies, peer, request.headers()));
    let mut visitor = Visitor::new(request.headers(), request.uri(), address);
    let about = format!("{} {}", request.method(), request.uri().path());
    let has_flash = visitor.flash.is_some();
    let outcome = match session(&app, request.headers()).await {
        Ok(session) => {
            visitor.stale = session.is_none() && cookie::read(request.headers(), cookie::SESSION).is_some();
            visitor.session = session;
            checked(&visitor, request).await
        }
        Err(refusal) => Err(refusal),
    };
    request = match outcome {
        Ok(request) => request,
        Err(refusal) => {
            let answer = refused::show(&app, &visitor, &about, refusal).await;
            return with_headers(answer, &app, false);
        }
    };
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;
    if let Some(refusal) = refusal_in(&mut response).await {
        response = refused::show(&app, &visitor, &about, refusal).await;
    }
    let shown = has_flash
        && response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    with_headers(response, &app, shown)
}

/// Whose request a proxy of ours passes on: the last address that it added itself.
fn behind(proxies: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !proxies.iter().any(|network| network.holds(peer)) {
        return peer;
    }
    let passed = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).next_back();
    passed.and_then(|list| list.rsplit(',').next()?.trim().parse().ok()).unwrap_or(peer)
}

/// The session of the cookie, if it is one that holds.
async fn session(app: &App, headers: &HeaderMap) -> Result<Option<std::sync::Arc<Session>>, Refusal> {
    let Some(token) = cookie::read(headers, cookie::SESSION).and_then(Token::received) else { return Ok(None) };
    app.people().session(token).await.map_err(Refusal::broken)
}

/// A request that changes something must be a form or JSON, small, and ours.
async fn checked(visitor: &Visitor, request: Request) -> Result<Request, Refusal> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_form = kind == "application/x-www-form-urlencoded";
    let is_json = kind == "application/json";
    let body = to_bytes(body, largest(visitor, parts.uri.path())).await.map_err(|_| Refusal::TooLarge)?;
    if !(is_form || is_json || (kind.is_empty() && body.is_empty())) {
        return Err(Refusal::WrongKind);
    }
    if from_elsewhere(&parts.headers) {
        return Err(Refusal::Csrf);
    }
    if let Some(session) = &visitor.session {
        let sent = match parts.headers.get(CSRF_HEADER).and_then(|v| v.to_str().ok()) {
            Some(token) => token.to_owned(),
            None if is_form => field(&body, "csrf").unwrap_or_default(),
            None => String::new(),
        };
        if !session.csrf_matches(&sent) {
            return Err(Refusal::Csrf);
        }
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// A city's roads are larger than any form; only who may bring them in may send as much.
fn largest(visitor: &Visitor, path: &str) -> usize {
    let may = visitor.session.as_ref().is_some_and(|session| session.role >= Role::Supervisor);
    let import = path.starts_with("/api/v1/plans/") && path.ends_with("/import");
    if may && import { LARGEST_IMPORT } else { LARGEST_BODY }
}

/// Whether the browser says that another site sent this.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").map(|(_, at)| at) != Some(host),
        _ => false,
    }
}

fn field(body: &Bytes, name: &str) -> Option<String> {
    url::form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Our own refusal, or the framework's (an address that does not parse, an unknown method).
async fn refusal_in(response: &mut Response) -> Option<Refusal> {
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        return Some(refusal);
    }
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let plain = kind.is_none_or(|kind| kind.starts_with(b"text/plain"));
    let own_words = response.extensions().get::<OwnWords>().is_some();
    if own_words || !plain || !(status.is_client_error() || status.is_server_error()) || status == 416 {
        return None;
    }
    let body = std::mem::replace(response.body_mut(), Body::empty());
    let words = to_bytes(body, 4096).await.unwrap_or_default();
    Some(Refusal::of_status(status, &String::from_utf8_lossy(&words)))
}

/// Marks an answer with an error status that is meant as it is (`/healthz`).
#[derive(Debug, Clone, Copy)]
pub struct OwnWords;

fn with_headers(mut response: Response, app: &App, flash_shown: bool) -> Response {
    let pictures = response.extensions_mut().remove::<PicturesFrom>();
    let headers = response.headers_mut();
    let wider = pictures.map(|from| POLICY.replace("img-src 'self'", &format!("img-src 'self' {}", from.0)));
    let policy = wider.and_then(|policy| HeaderValue::try_from(policy).ok());
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static(POLICY)));
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if flash_shown
        && !headers.get_all(header::SET_COOKIE).iter().any(|c| c.as_bytes().starts_with(cookie::FLASH.as_bytes()))
    {
        headers.append(header::SET_COOKIE, cookie::forget(cookie::FLASH, app.secure));
    }
    response
}

/// The answer for an address that does not exist.
pub async fn nowhere() -> Response {
    Refusal::NotFound.into_response()
}

/// The answer for a method that an address does not take.
pub async fn not_this_way() -> Response {
    Refusal::Method.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_proxy_may_say_whose_request_it_is() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("10.0.0.1, 203.0.113.5"));
        let proxy: IpAddr = "192.0.2.9".parse().expect("an address");
        let other: IpAddr = "192.0.2.8".parse().expect("an address");
        assert_eq!(
            behind(&[proxy.into()], proxy, &headers).to_string(),
            "203.0.113.5",
            "what it added, not what was sent to it"
        );
        assert_eq!(behind(&[proxy.into()], other, &headers), other);
    }

    #[test]
    fn a_form_of_another_site_is_told_by_what_the_browser_says() {
        let with = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("host", HeaderValue::from_static("console.example:8080"));
            headers.insert(name, HeaderValue::from_static(value));
            from_elsewhere(&headers)
        };
        assert!(
            with("sec-fetch-site", "cross-site") && with("origin", "http://evil.example") && with("origin", "null")
        );
        assert!(!with("sec-fetch-site", "same-origin") && !with("origin", "http://console.example:8080"));
        assert!(!with("accept", "text/html"), "a program that says nothing is no browser");
    }
}
