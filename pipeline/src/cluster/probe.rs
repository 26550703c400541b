//! `/healthz`, `/readyz` and `/metrics` of a worker, for Kubernetes and Prometheus. No login: they tell no secrets.

use super::status::Status;
use crate::telemetry::Metrics;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

/// What is told.
#[derive(Clone)]
struct Probe {
    status: Arc<Status>,
    metrics: Metrics,
}

/// The routes.
pub fn router(status: Arc<Status>, metrics: Metrics) -> Router {
    Router::new()
        .route("/healthz", get(async |State(probe): State<Probe>| told(probe.status.alive())))
        .route("/readyz", get(async |State(probe): State<Probe>| told(probe.status.ready())))
        .route("/metrics", get(metrics_text))
        .with_state(Probe { status, metrics })
}

/// 200, or 503 with what is wrong.
fn told(said: Result<(), String>) -> Response {
    match said {
        Ok(()) => (StatusCode::OK, "ok\n").into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn metrics_text(State(probe): State<Probe>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], probe.metrics.render()).into_response()
}
