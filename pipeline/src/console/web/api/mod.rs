//! The JSON API of the same operations, with an OpenAPI document made from this code.
//!
//! A program signs in (`POST /api/v1/session`), keeps the cookie, and sends the token of the answer as
//! `x-csrf-token` with whatever changes something. Errors are `application/problem+json` (RFC 9457).

mod cameras;
mod candidates;
mod decisions;
mod devices;
mod feedback;
mod people;
mod plans;
mod tracks;

pub(super) use plans::{kind_of as plan_kind, word_of as plan_word};
pub(super) use tracks::may_see_tracks;

use super::App;
use super::refused::Problem;
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use std::sync::Arc;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Everything a request may be refused with.
#[derive(IntoResponses)]
#[allow(dead_code)] // Only its documentation is used.
pub(super) enum Refusals {
    /// Nobody is signed in.
    #[response(status = 401, content_type = "application/problem+json")]
    SignedOut(#[to_schema] Problem),
    /// The role does not allow it, or the form token is missing.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(#[to_schema] Problem),
    /// Not there, or not in the user's districts.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] Problem),
    /// Somebody was first.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(#[to_schema] Problem),
    /// Larger than 256 KB.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] Problem),
    /// Not JSON.
    #[response(status = 415, content_type = "application/problem+json")]
    WrongKind(#[to_schema] Problem),
    /// What was sent cannot be right.
    #[response(status = 422, content_type = "application/problem+json")]
    BadInput(#[to_schema] Problem),
    /// Too many tries; `Retry-After` says how long to wait.
    #[response(status = 429, content_type = "application/problem+json")]
    Throttled(#[to_schema] Problem),
}

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let cookie = ApiKey::Cookie(ApiKeyValue::new(super::cookie::SESSION));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        let token = ApiKey::Header(ApiKeyValue::new(super::CSRF_HEADER));
        components.add_security_scheme("csrf", SecurityScheme::ApiKey(token));
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "streetwatch console", version = "1", description = "What reviewers do, for programs."),
    modifiers(&Keys),
    security(("session" = [], "csrf" = []))
)]
struct Document;

/// The API's routes, and its document at `/api/v1/openapi.json`.
pub fn router() -> Router<App> {
    let (router, document) = documented();
    let text: Arc<str> = document.to_json().unwrap_or_default().into();
    let serve =
        get(move || async move { ([(header::CONTENT_TYPE, "application/json")], text.to_string()).into_response() });
    router.route("/api/v1/openapi.json", serve)
}

fn documented() -> (Router<App>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(people::sign_in, people::sign_out))
        .routes(routes!(people::me))
        .routes(routes!(people::users, people::create_user))
        .routes(routes!(people::audit))
        .routes(routes!(candidates::list))
        .routes(routes!(candidates::one))
        .routes(routes!(candidates::counters))
        .routes(routes!(candidates::news))
        .routes(routes!(candidates::cameras))
        .routes(routes!(cameras::one))
        .routes(routes!(cameras::save))
        .routes(routes!(cameras::delete))
        .routes(routes!(cameras::try_it))
        .routes(routes!(decisions::decide))
        .routes(routes!(decisions::claim, decisions::release))
        .routes(routes!(decisions::missed))
        .routes(routes!(devices::vehicles))
        .routes(routes!(devices::devices))
        .routes(routes!(tracks::track))
        .routes(routes!(tracks::export))
        .routes(routes!(tracks::stops))
        .routes(routes!(tracks::area))
        .routes(routes!(plans::all))
        .routes(routes!(plans::save, plans::delete))
        .routes(routes!(plans::import))
        .routes(routes!(feedback::taught))
        .routes(routes!(feedback::dismiss))
        .split_for_parts()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_every_operation_with_its_refusals() {
        let (_, document) = documented();
        let json = serde_json::to_value(&document).expect("serialises");
        let paths = json["paths"].as_object().expect("paths");
        assert!(paths.len() >= 11, "{:?}", paths.keys());
        for (path, operations) in paths {
            for (method, operation) in operations.as_object().expect("operations") {
                let responses = operation["responses"].as_object().expect("responses");
                assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
                assert!(responses.contains_key("422"), "{method} {path} names no refusals");
                assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{method} {path} has no words");
            }
        }
    }
}
