//! Who asks: address, tongue, look, and the session if there is one.

use super::refusal::Refusal;
use super::theme::Theme;
use super::{App, cookie};
use crate::console::i18n::Tongue;
use crate::console::people::{Actor, Role, Session};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Whoever sent a request, signed in or not. [`super::guard`] makes one for every request.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Where it came from.
    pub address: IpAddr,
    /// The language of the answer.
    pub tongue: Tongue,
    /// The look of the answer.
    pub theme: Theme,
    /// Path and query that were asked for.
    pub to: String,
    /// Who it is, where somebody is signed in.
    pub session: Option<Arc<Session>>,
    /// A cookie came with it whose session no longer holds.
    pub stale: bool,
    /// A message for this page, as the cookie holds it.
    pub flash: Option<String>,
}

impl Visitor {
    /// From a request's head; the session is looked up by the guard.
    pub fn new(headers: &HeaderMap, uri: &Uri, address: Option<IpAddr>) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).map(Tongue::accepted);
        let chosen = cookie::read(headers, cookie::TONGUE).and_then(Tongue::named);
        Visitor {
            address: address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            tongue: chosen.or(accepted).unwrap_or(Tongue::Zh),
            theme: cookie::read(headers, cookie::THEME).and_then(Theme::named).unwrap_or_default(),
            to: uri.path_and_query().map_or("/", |p| p.as_str()).to_owned(),
            session: None,
            stale: false,
            flash: cookie::read(headers, cookie::FLASH).filter(|f| !f.is_empty()).map(str::to_owned),
        }
    }

    /// Whether the JSON API was asked, which answers in JSON whatever happens.
    pub fn is_api(&self) -> bool {
        self.to.starts_with("/api/")
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Refusal> {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        visitor.ok_or_else(|| Refusal::broken("a route lies outside the guard"))
    }
}

/// Somebody who is signed in and may at least do what a role may. The extractors below are the only way to get a
/// session in a handler, so that no handler forgets to ask.
fn allowed(parts: &Parts, needs: Role) -> Result<(Visitor, Arc<Session>), Refusal> {
    let visitor = parts.extensions.get::<Visitor>().cloned();
    let visitor = visitor.ok_or_else(|| Refusal::broken("a route lies outside the guard"))?;
    let session = visitor.session.clone().ok_or(Refusal::SignedOut)?;
    if session.role < needs { Err(Refusal::Forbidden { needs }) } else { Ok((visitor, session)) }
}

macro_rules! signed_in {
    ($(#[$meta:meta])* $name:ident, $role:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// The request's sender.
            pub visitor: Visitor,
            /// The sender's session.
            pub session: Arc<Session>,
        }

        impl $name {
            /// The person, for what they do at the desk.
            pub fn actor(&self) -> Actor {
                self.session.actor(&self.visitor.address.to_string())
            }
        }

        impl FromRequestParts<App> for $name {
            type Rejection = Refusal;

            async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Refusal> {
                allowed(parts, $role).map(|(visitor, session)| $name { visitor, session })
            }
        }
    };
}

signed_in!(
    /// Anybody who is signed in.
    Viewer,
    Role::Viewer
);
signed_in!(
    /// Somebody who may decide candidates.
    Reviewer,
    Role::Reviewer
);
signed_in!(
    /// Somebody who may edit cameras and rules, and read feedback and the audit log.
    Supervisor,
    Role::Supervisor
);
signed_in!(
    /// Somebody who may manage users.
    Administrator,
    Role::Administrator
);
