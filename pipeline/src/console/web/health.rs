//! `/livez`, `/readyz`, `/healthz` and `/metrics`: for machines, without a login, and without anything that a login would hide.

use super::App;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// How long the store may take to answer [`readyz`].
const PATIENCE: Duration = Duration::from_secs(2);

/// 200 as long as the process answers at all: what a restart could mend.
pub async fn livez() -> &'static str {
    "alive\n"
}

/// 200 while people can work: the store answers. Cameras and log may be away meanwhile, decisions wait for them.
pub async fn readyz(State(app): State<App>) -> Response {
    match tokio::time::timeout(PATIENCE, app.store.change()).await {
        Ok(Ok(change)) => (StatusCode::OK, format!("ready, change {change}\n")).into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the console's store does not answer\n").into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the console's store is slow\n").into_response(),
    }
}

/// 200 while at least one camera delivers pictures (or none is known yet), 503 otherwise.
pub async fn healthz(State(app): State<App>) -> Response {
    match app.store.cameras_online().await {
        Ok((online, all)) => {
            let code = if online == 0 && all > 0 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
            (code, format!("{online} of {all} cameras online\n")).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the console's store does not answer\n").into_response()
        }
    }
}

/// Metrics for Prometheus.
pub async fn metrics(State(app): State<App>) -> Response {
    let text = app.metrics.as_ref().map(crate::telemetry::Metrics::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
