//! `/healthz`, `/readyz` and `/metrics` of the role. No login: they tell no secrets.

use super::start::Gateway;
use crate::telemetry::Metrics;
use arc_swap::ArcSwapOption;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use parking_lot::Mutex;
use std::sync::Arc;

/// Where the gateway's start stands, for the probes.
#[derive(Debug, Default)]
pub struct Standing {
    /// Why it has not started yet.
    pub waits_for: Mutex<String>,
    /// The gateway, once it has.
    pub gateway: ArcSwapOption<Gateway>,
}

impl Standing {
    /// Whether terminals and sensors are served.
    ///
    /// # Errors
    /// Why they are not.
    pub fn ready(&self) -> Result<(), String> {
        match self.gateway.load().as_ref() {
            Some(gateway) => gateway.ready(),
            None => Err(self.waits_for.lock().clone()),
        }
    }
}

#[derive(Clone)]
struct Probe {
    standing: Arc<Standing>,
    metrics: Metrics,
}

/// The routes.
pub fn router(standing: Arc<Standing>, metrics: Metrics) -> Router {
    Router::new()
        .route("/healthz", get(async || (StatusCode::OK, "ok\n")))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics_text))
        .with_state(Probe { standing, metrics })
}

async fn readyz(State(probe): State<Probe>) -> Response {
    match probe.standing.ready() {
        Ok(()) => (StatusCode::OK, "ok\n").into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn metrics_text(State(probe): State<Probe>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], probe.metrics.render()).into_response()
}
