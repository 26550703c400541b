//! Users: who they are, what they may do, where; and one's own account.

use super::flash::Flash;
use super::frame::Frame;
use super::refusal::Refusal;
use super::visitor::{Administrator, Viewer};
use super::{App, page, time};
use crate::console::people::token::Token;
use crate::console::people::{Change, Role, Session, UserError};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

struct Row {
    id: String,
    name: String,
    role: Role,
    districts: String,
    disabled: bool,
    oidc: bool,
    last: String,
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    frame: Frame,
    users: Vec<Row>,
    roles: [Role; 4],
    /// Whose link, and the link.
    link: Option<(String, String)>,
    wrong: Option<String>,
}

async fn users_page(
    app: &App,
    who: &Administrator,
    link: Option<(String, Token)>,
    wrong: Option<&str>,
) -> Result<Response, Refusal> {
    let frame = Frame::new(app, &who.visitor);
    let users = app.people().users().await.map_err(Refusal::broken)?;
    let users = users
        .into_iter()
        .map(|user| Row {
            role: user.role,
            districts: user.districts.join(" "),
            disabled: user.disabled,
            oidc: user.oidc.is_some(),
            last: user.last_sign_in.map_or_else(|| frame.t("users.never").to_owned(), |at| time::minute(app, at)),
            id: user.id,
            name: user.name,
        })
        .collect();
    let link = link.map(|(name, token)| (name, format!("{}/welcome?token={}", app.base, token.secret())));
    let wrong = wrong.map(|key| frame.t(key).to_owned());
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, page(&UsersPage { frame, users, roles: Role::ALL, link, wrong })?).into_response())
}

/// `GET /users`.
pub async fn list(State(app): State<App>, who: Administrator) -> Result<Response, Refusal> {
    users_page(&app, &who, None, None).await
}

/// A new user.
#[derive(Deserialize)]
pub struct NewUser {
    name: String,
    role: Role,
    #[serde(default)]
    districts: String,
}

/// `POST /users`: makes a user, and a link by which they set their password.
pub async fn create(
    State(app): State<App>,
    who: Administrator,
    Form(form): Form<NewUser>,
) -> Result<Response, Refusal> {
    match app.people().create(&form.name, form.role, &form.districts, &who.visitor).await {
        Ok(token) => users_page(&app, &who, Some((form.name.trim().to_owned(), token)), None).await,
        Err(error) => users_page(&app, &who, None, Some(key(error)?)).await,
    }
}

/// What a user may do, and where.
#[derive(Deserialize)]
pub struct Rights {
    role: Role,
    #[serde(default)]
    districts: String,
}

/// `POST /users/{id}`.
pub async fn change(
    State(app): State<App>,
    who: Administrator,
    Path(id): Path<Uuid>,
    Form(form): Form<Rights>,
) -> Result<Response, Refusal> {
    let change = Change::Rights { role: form.role, districts: form.districts };
    changed(&app, &who, &id.to_string(), change).await
}

/// Whether a user is to be disabled.
#[derive(Deserialize)]
pub struct Disabled {
    disabled: bool,
}

/// `POST /users/{id}/disabled`.
pub async fn disable(
    State(app): State<App>,
    who: Administrator,
    Path(id): Path<Uuid>,
    Form(form): Form<Disabled>,
) -> Result<Response, Refusal> {
    changed(&app, &who, &id.to_string(), Change::Disabled(form.disabled)).await
}

async fn changed(app: &App, who: &Administrator, id: &str, change: Change) -> Result<Response, Refusal> {
    match app.people().change(id, change, &who.visitor).await {
        Ok(()) => {
            let flash = Flash::cookie("users.saved", None, "", app.secure);
            Ok(([(header::SET_COOKIE, flash)], Redirect::to("/users")).into_response())
        }
        Err(error) => users_page(app, who, None, Some(key(error)?)).await,
    }
}

/// `POST /users/{id}/reset`: a link for a new password.
pub async fn reset(State(app): State<App>, who: Administrator, Path(id): Path<Uuid>) -> Result<Response, Refusal> {
    match app.people().reset(&id.to_string(), &who.visitor).await {
        Ok((name, token)) => users_page(&app, &who, Some((name, token)), None).await,
        Err(error) => users_page(&app, &who, None, Some(key(error)?)).await,
    }
}

/// The words for an error that the user can mend.
fn key(error: UserError) -> Result<&'static str, Refusal> {
    match error {
        UserError::Name => Ok("welcome.name-bad"),
        UserError::Taken => Ok("welcome.name-taken"),
        UserError::Districts => Ok("users.districts-bad"),
        UserError::Oneself => Ok("users.self"),
        UserError::Weak(weak) => Ok(weak.key()),
        UserError::OldPassword => Ok("account.old-wrong"),
        UserError::Unknown => Err(Refusal::NotFound),
        UserError::Wait(wait) => Err(Refusal::Throttled(wait)),
        UserError::Broken(error) => Err(Refusal::broken(error)),
    }
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    me: Arc<Session>,
    districts: String,
    wrong: Option<String>,
}

fn account_page(app: &App, who: &Viewer, wrong: Option<&str>) -> Result<Response, Refusal> {
    let frame = Frame::new(app, &who.visitor);
    let wrong = wrong.map(|key| frame.t(key).to_owned());
    let districts = who.session.scope.districts().join(" ");
    page(&AccountPage { frame, me: who.session.clone(), districts, wrong })
}

/// `GET /account`.
pub async fn account(State(app): State<App>, who: Viewer) -> Result<Response, Refusal> {
    account_page(&app, &who, None)
}

/// One's own new password.
#[derive(Deserialize)]
pub struct OwnPassword {
    old: String,
    password: String,
    again: String,
}

/// `POST /account/password`.
pub async fn own_password(
    State(app): State<App>,
    who: Viewer,
    Form(form): Form<OwnPassword>,
) -> Result<Response, Refusal> {
    if form.password != form.again {
        return account_page(&app, &who, Some("welcome.differ"));
    }
    match app.people().change_password(&who.session, form.old, form.password, &who.visitor).await {
        Ok(()) => {
            let flash = Flash::cookie("account.changed", None, "", app.secure);
            Ok(([(header::SET_COOKIE, flash)], Redirect::to("/account")).into_response())
        }
        Err(error) => account_page(&app, &who, Some(key(error)?)),
    }
}
