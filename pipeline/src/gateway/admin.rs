//! `GET /terminals`, and texts and areas for one terminal. Only with the token.

use super::hub::Hub;
use super::jt808::{AckResult, Message};
use super::order::{AreaOrder, ForgetOrder, TextOrder};
use super::probe::Standing;
use super::terminals::{Command, Event, Shown};
use axum::extract::{DefaultBodyLimit, Path, Query, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

/// How long a terminal may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
const LARGEST_BODY: usize = 64 << 10;

/// The routes, open to whoever shows `token` once the gateway has started.
pub fn router(standing: Arc<Standing>, token: &str) -> Router {
    let wanted: [u8; 32] = Sha256::digest(token.trim().as_bytes()).into();
    Router::new()
        .route("/terminals", get(list))
        .route("/terminals/{device}/text", post(text))
        .route("/terminals/{device}/areas", post(area).delete(forget))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn(move |request, next| guard(wanted, standing.clone(), request, next)))
}

/// Hands the gateway to whoever shows the token.
async fn guard(wanted: [u8; 32], standing: Arc<Standing>, mut request: Request, next: Next) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let shown: [u8; 32] = Sha256::digest(shown.trim().as_bytes()).into();
    if !bool::from(shown.ct_eq(&wanted)) {
        return (StatusCode::UNAUTHORIZED, "show the token: Authorization: Bearer …\n").into_response();
    }
    match standing.gateway.load_full() {
        Some(gateway) => {
            request.extensions_mut().insert(gateway.hub().clone());
            next.run(request).await
        }
        None => (StatusCode::SERVICE_UNAVAILABLE, "the gateway has not started yet\n").into_response(),
    }
}

async fn list(Extension(hub): Extension<Arc<Hub>>) -> Json<Vec<Shown>> {
    Json(hub.terminals.shown(|at| hub.envelope.time(at).to_string()))
}

async fn text(
    Extension(hub): Extension<Arc<Hub>>,
    Path(device): Path<String>,
    Json(order): Json<TextOrder>,
) -> Response {
    command(&hub, &device, Ok(order.message())).await
}

async fn area(
    Extension(hub): Extension<Arc<Hub>>,
    Path(device): Path<String>,
    Json(order): Json<AreaOrder>,
) -> Response {
    command(&hub, &device, order.message()).await
}

async fn forget(
    Extension(hub): Extension<Arc<Hub>>,
    Path(device): Path<String>,
    Query(order): Query<ForgetOrder>,
) -> Response {
    command(&hub, &device, order.message()).await
}

/// Sends it, and waits for the terminal's answer.
async fn command(hub: &Hub, device: &str, message: Result<Message, String>) -> Response {
    let told = |code, what: String| (code, format!("{what}\n")).into_response();
    let message = match message {
        Ok(message) => message,
        Err(why) => return told(StatusCode::UNPROCESSABLE_ENTITY, why),
    };
    let (answer, answered) = oneshot::channel();
    if !hub.terminals.tell(device, Event::Command(Command { message, answer })) {
        return told(StatusCode::NOT_FOUND, format!("terminal {device} is not connected here"));
    }
    match tokio::time::timeout(ANSWER, answered).await {
        Ok(Ok(Ok(AckResult::Done))) => told(StatusCode::OK, "done".to_owned()),
        Ok(Ok(Ok(result))) => told(StatusCode::BAD_GATEWAY, format!("the terminal answered: {result:?}")),
        Ok(Ok(Err(why))) => told(StatusCode::UNPROCESSABLE_ENTITY, why),
        Ok(Err(_)) => told(StatusCode::BAD_GATEWAY, "the terminal has gone".to_owned()),
        Err(_) => told(StatusCode::GATEWAY_TIMEOUT, format!("sent; no answer within {} s", ANSWER.as_secs())),
    }
}
