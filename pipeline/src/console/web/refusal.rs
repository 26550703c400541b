//! Why a request is not done, told once, shown as a page or as `problem+json`, and written to the audit log.

use crate::console::people::Role;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::fmt::Display;
use std::time::Duration;

/// Why a request is not done. Whoever answers with one need not care how it looks: [`super::guard`] does.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// Nobody is signed in. A page leads to the login.
    SignedOut,
    /// Signed in, but the role does not allow it.
    Forbidden {
        /// The least role that would.
        needs: Role,
    },
    /// Not there, or not in one of the user's districts: the answer is the same.
    NotFound,
    /// The form's token is missing or another session's, or the request comes from another site.
    Csrf,
    /// Too many tries.
    Throttled(Duration),
    /// What was sent cannot be right; the words say what to do.
    BadInput(String),
    /// Somebody was first; the words say who.
    Conflict(String),
    /// Neither a form nor JSON.
    WrongKind,
    /// More bytes than a form has.
    TooLarge,
    /// The address does not take this method.
    Method,
    /// Our fault, or the store's. Logged already.
    Broken,
}

impl Refusal {
    /// Our own fault: logs it, tells the user no more than that.
    pub fn broken(error: impl Display) -> Self {
        tracing::error!(%error, "the console could not answer");
        metrics::counter!("streetwatch_console_errors_total").increment(1);
        Refusal::Broken
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Refusal::SignedOut => StatusCode::UNAUTHORIZED,
            Refusal::Forbidden { .. } | Refusal::Csrf => StatusCode::FORBIDDEN,
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            Refusal::BadInput(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Conflict(_) => StatusCode::CONFLICT,
            Refusal::WrongKind => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Method => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The word in the audit log, in metrics and in `problem+json`.
    pub const fn word(&self) -> &'static str {
        match self {
            Refusal::SignedOut => "signed-out",
            Refusal::Forbidden { .. } => "forbidden",
            Refusal::NotFound => "not-found",
            Refusal::Csrf => "csrf",
            Refusal::Throttled(_) => "throttled",
            Refusal::BadInput(_) => "bad-input",
            Refusal::Conflict(_) => "conflict",
            Refusal::WrongKind => "kind",
            Refusal::TooLarge => "large",
            Refusal::Method => "method",
            Refusal::Broken => "broken",
        }
    }

    /// The refusal that an answer of the framework itself stands for.
    pub fn of_status(status: StatusCode, words: &str) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Refusal::SignedOut,
            StatusCode::NOT_FOUND => Refusal::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Refusal::Method,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Refusal::WrongKind,
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
            status if status.is_client_error() => Refusal::BadInput(words.to_owned()),
            _ => Refusal::broken(words),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
