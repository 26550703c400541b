//! The console: where people see candidates and decide them.
//!
//! Today's page on 127.0.0.1:8080 is read-only ([`Board`]); what takes its place is built beside it:
//! `store` (a view of the topics in SQLite or PostgreSQL), `desk` (what a reviewer does), `people`.

mod board;
pub mod desk;
pub mod i18n;
pub mod feedback;
pub mod people;
pub mod project;
pub mod store;
pub mod web;
#[doc(hidden)]
#[allow(clippy::expect_used)]
pub mod testing;

pub use board::Board;

use crate::telemetry::Metrics;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use std::net::SocketAddr;
use std::path::Component;
use std::sync::Arc;

const PAGE: &str = include_str!("page.html");

#[derive(Clone)]
struct Shared {
    board: Arc<Board>,
    metrics: Metrics,
}

/// Serves the page until `stop` resolves.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(
    listener: tokio::net::TcpListener,
    board: Arc<Board>,
    metrics: Metrics,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route("/api/board", get(board_json))
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics_text))
        .route("/evidence/{*path}", get(evidence))
        .with_state(Shared { board, metrics });
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}

/// Binds the page's address.
///
/// # Errors
/// When the address is taken or not allowed, with what to do about it.
pub async fn bind(address: SocketAddr) -> Result<tokio::net::TcpListener, String> {
    tokio::net::TcpListener::bind(address)
        .await
        .map_err(|e| format!("cannot listen on {address}: {e}; set another `listen` in CITY.toml"))
}

async fn board_json(State(shared): State<Shared>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], shared.board.render().to_string()).into_response()
}

async fn metrics_text(State(shared): State<Shared>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], shared.metrics.render()).into_response()
}

/// 200 while at least one camera delivers pictures (or none is known yet), 503 otherwise.
async fn healthz(State(shared): State<Shared>) -> Response {
    let (online, all) = shared.board.online();
    let code = if online == 0 && all > 0 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (code, format!("{online} of {all} cameras online\n")).into_response()
}

/// A file of the local evidence folder; nothing outside it.
async fn evidence(State(shared): State<Shared>, Path(path): Path<String>) -> Response {
    let Some(folder) = &shared.board.evidence else { return StatusCode::NOT_FOUND.into_response() };
    let relative = std::path::Path::new(&path);
    if !relative.components().all(|c| matches!(c, Component::Normal(_))) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let file = folder.join(relative);
    let kind = match file.extension().and_then(|e| e.to_str()) {
        Some("jpg") => "image/jpeg",
        Some("mp4") => "video/mp4",
        Some("json") => "application/json",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match tokio::fs::read(file).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
