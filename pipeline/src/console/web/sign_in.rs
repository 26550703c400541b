//! Coming in and going out: login, logout, one-time links, the identity provider.

use super::frame::Frame;
use super::refusal::Refusal;
use super::visitor::{Viewer, Visitor};
use super::{App, cookie, page};
use crate::console::people::{LinkError, SignIn, token::Token};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    to: String,
    name: String,
    wrong: Option<String>,
    provider: Option<String>,
}

impl LoginPage {
    fn new(app: &App, visitor: &Visitor, to: &str, name: &str, wrong: Option<String>) -> Self {
        let mut frame = Frame::new(app, visitor);
        // The switches of tongue and look come back to this page, never to the login's own address.
        frame.to = "/login".to_owned();
        let provider = app.oidc.as_ref().map(|oidc| oidc.name().to_owned());
        LoginPage { frame, to: local(to).to_owned(), name: name.to_owned(), wrong, provider }
    }
}

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
pub struct To {
    #[serde(default)]
    to: String,
}

/// A path of ours; anything that could lead elsewhere becomes the start page.
pub fn local(to: &str) -> &str {
    let ours = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\r', '\n', '\0']);
    if ours { to } else { "/" }
}

/// `GET /login`.
pub async fn login(State(app): State<App>, visitor: Visitor, Query(to): Query<To>) -> Result<Response, Refusal> {
    if visitor.session.is_some() {
        return Ok(Redirect::to(local(&to.to)).into_response());
    }
    page(&LoginPage::new(&app, &visitor, &to.to, "", None))
}

/// A name and a password.
#[derive(Deserialize)]
pub struct Credentials {
    name: String,
    password: String,
    #[serde(default)]
    to: String,
}

/// `POST /login`.
pub async fn try_login(
    State(app): State<App>,
    visitor: Visitor,
    Form(form): Form<Credentials>,
) -> Result<Response, Refusal> {
    let tongue = visitor.tongue;
    match app.people().sign_in(&form.name, form.password, &visitor).await.map_err(Refusal::broken)? {
        SignIn::In(token) => Ok(signed_in(&app, &token, &form.to)),
        SignIn::Wrong => {
            let wrong = Some(tongue.t("login.wrong").to_owned());
            let page = page(&LoginPage::new(&app, &visitor, &form.to, &form.name, wrong))?;
            Ok((StatusCode::UNAUTHORIZED, page).into_response())
        }
        SignIn::Wait(wait) => {
            let seconds = wait.as_secs_f64().ceil().max(1.0).to_string();
            let wrong = Some(tongue.with("login.wait", &[&seconds]));
            let page = page(&LoginPage::new(&app, &visitor, &form.to, &form.name, wrong))?;
            Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds)], page).into_response())
        }
    }
}

/// The cookie of a session that has begun, and the way on.
fn signed_in(app: &App, token: &Token, to: &str) -> Response {
    let cookie = cookie::write(cookie::SESSION, token.secret(), super::SESSION_SECONDS, app.secure);
    ([(header::SET_COOKIE, cookie)], Redirect::to(local(to))).into_response()
}

/// `POST /logout`.
pub async fn logout(State(app): State<App>, viewer: Viewer) -> Result<Response, Refusal> {
    app.desk.release_all(&viewer.actor()).await.map_err(Refusal::broken)?;
    app.people().sign_out(&viewer.session, &viewer.visitor).await.map_err(Refusal::broken)?;
    let cookie = cookie::forget(cookie::SESSION, app.secure);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    frame: Frame,
    first: bool,
    token: String,
    name: String,
    wrong: Option<String>,
}

/// A one-time link.
#[derive(Debug, Default, Deserialize)]
pub struct Link {
    #[serde(default)]
    token: String,
}

/// `GET /welcome?token=…`.
pub async fn welcome(State(app): State<App>, visitor: Visitor, Query(link): Query<Link>) -> Result<Response, Refusal> {
    let known = match Token::received(&link.token) {
        Some(token) => app.people().link(&token).await.map_err(Refusal::broken)?,
        None => None,
    };
    let Some(known) = known else {
        return Err(Refusal::BadInput(visitor.tongue.t("welcome.spent").to_owned()));
    };
    let mut frame = Frame::new(&app, &visitor);
    frame.to = "/login".to_owned();
    let name = known.name.unwrap_or_default();
    page(&WelcomePage { frame, first: name.is_empty(), token: link.token, name, wrong: None })
}

/// A new password by a one-time link.
#[derive(Deserialize)]
pub struct NewPassword {
    token: String,
    #[serde(default)]
    name: String,
    password: String,
    again: String,
}

/// `POST /welcome`.
pub async fn use_link(
    State(app): State<App>,
    visitor: Visitor,
    Form(form): Form<NewPassword>,
) -> Result<Response, Refusal> {
    let tongue = visitor.tongue;
    let people = app.people();
    let token = Token::received(&form.token).ok_or_else(|| Refusal::BadInput(tongue.t("welcome.spent").to_owned()))?;
    let known = people.link(&token).await.map_err(Refusal::broken)?;
    let Some(known) = known else { return Err(Refusal::BadInput(tongue.t("welcome.spent").to_owned())) };
    let wrong = if form.password == form.again {
        match people.use_link(&token, &form.name, form.password, &visitor).await {
            Ok(session) => return Ok(signed_in(&app, &session, "/")),
            Err(LinkError::Weak(weak)) => tongue.t(weak.key()),
            Err(LinkError::Spent) => tongue.t("welcome.spent"),
            Err(LinkError::Name) => tongue.t("welcome.name-bad"),
            Err(LinkError::Taken) => tongue.t("welcome.name-taken"),
            Err(LinkError::Broken(error)) => return Err(Refusal::broken(error)),
        }
    } else {
        tongue.t("welcome.differ")
    };
    let mut frame = Frame::new(&app, &visitor);
    frame.to = "/login".to_owned();
    let first = known.name.is_none();
    let name = known.name.unwrap_or(form.name);
    let page = page(&WelcomePage { frame, first, token: form.token, name, wrong: Some(wrong.to_owned()) })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `GET /oidc/start`.
pub async fn oidc_start(State(app): State<App>) -> Result<Response, Refusal> {
    let oidc = app.oidc.as_ref().ok_or(Refusal::NotFound)?;
    let departure = oidc.depart().await.map_err(Refusal::broken)?;
    let cookie = cookie::write(cookie::OIDC, &departure.ticket, 600, app.secure);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&departure.url)).into_response())
}

/// What the identity provider sends the browser back with.
#[derive(Debug, Default, Deserialize)]
pub struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
}

/// `GET /oidc/callback`.
pub async fn oidc_callback(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Result<Response, Refusal> {
    let oidc = app.oidc.as_ref().ok_or(Refusal::NotFound)?;
    let refused = |why: &str| -> Result<Response, Refusal> {
        tracing::warn!(why, "a sign-in by the identity provider was refused");
        let wrong = Some(visitor.tongue.with("login.oidc-refused", &[why]));
        let page = page(&LoginPage::new(&app, &visitor, "/", "", wrong))?;
        let gone = cookie::forget(cookie::OIDC, app.secure);
        Ok((StatusCode::UNAUTHORIZED, [(header::SET_COOKIE, gone)], page).into_response())
    };
    if !back.error.is_empty() {
        return refused(&back.error.chars().take(80).collect::<String>());
    }
    let ticket = cookie::read(&headers, cookie::OIDC).unwrap_or_default();
    let arrival = match oidc.arrive(ticket, &back.state, &back.code).await {
        Ok(arrival) => arrival,
        Err(error) => return refused(&error.to_string()),
    };
    match app.people().arrive(&arrival, &visitor).await.map_err(Refusal::broken)? {
        SignIn::In(token) => {
            let mut response = signed_in(&app, &token, "/");
            response.headers_mut().append(header::SET_COOKIE, cookie::forget(cookie::OIDC, app.secure));
            Ok(response)
        }
        SignIn::Wrong | SignIn::Wait(_) => refused(visitor.tongue.t("users.disabled")),
    }
}

/// A wish for another tongue or look.
#[derive(Debug, Default, Deserialize)]
pub struct Wish {
    #[serde(default)]
    lang: String,
    #[serde(default)]
    theme: String,
    #[serde(default)]
    to: String,
}

/// `POST /preferences`.
pub async fn preferences(State(app): State<App>, Form(wish): Form<Wish>) -> Response {
    const YEAR: u64 = 365 * 24 * 3600;
    let mut response = Redirect::to(local(&wish.to)).into_response();
    let headers = response.headers_mut();
    if let Some(tongue) = crate::console::i18n::Tongue::named(&wish.lang) {
        headers.append(header::SET_COOKIE, cookie::write(cookie::TONGUE, tongue.as_str(), YEAR, app.secure));
    }
    if let Some(theme) = super::theme::Theme::named(&wish.theme) {
        headers.append(header::SET_COOKIE, cookie::write(cookie::THEME, theme.as_str(), YEAR, app.secure));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn a_login_leads_nowhere_else() {
        assert_eq!(local("/candidates/1?x=2"), "/candidates/1?x=2");
        for away in ["https://example.com", "//example.com", "/\\example.com", "", "queue", "/a\r\nb"] {
            assert_eq!(local(away), "/", "{away}");
        }
    }
}
