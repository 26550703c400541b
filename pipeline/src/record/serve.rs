//! `/healthz` and `/metrics` of a recorder.

use super::buffer::Buffer;
use super::status::Status;
use crate::telemetry::Metrics;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use tokio::net::TcpListener;

#[derive(Clone)]
struct Parts {
    buffer: Arc<Buffer>,
    status: Arc<Status>,
    metrics: Metrics,
}

/// Serves until its task is dropped.
///
/// # Errors
/// The listener broke.
pub async fn serve(
    listener: TcpListener,
    buffer: Arc<Buffer>,
    status: Arc<Status>,
    metrics: Metrics,
) -> std::io::Result<()> {
    let router = Router::new().route("/healthz", get(healthz)).route("/metrics", get(show_metrics));
    axum::serve(listener, router.with_state(Parts { buffer, status, metrics })).await
}

/// 200 while at least one camera is being recorded, 503 otherwise; a broken line is no reason to be restarted.
async fn healthz(State(parts): State<Parts>) -> Response {
    let (well, text) = parts.status.tell(&parts.buffer);
    let code = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, text).into_response()
}

async fn show_metrics(State(parts): State<Parts>) -> Response {
    parts.status.gauges(&parts.buffer);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], parts.metrics.render()).into_response()
}
