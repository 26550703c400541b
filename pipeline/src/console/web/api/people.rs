//! Signing in, users, the audit log.

use super::Refusals;
use crate::console::people::audit::{Line, Wanted};
use crate::console::people::{Role, SignIn, User, UserError};
use crate::console::web::{Administrator, App, Refusal, Supervisor, Viewer, Visitor, cookie};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// User name.
    #[schema(max_length = 64)]
    name: String,
    /// Password.
    #[schema(max_length = 256)]
    password: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// User name.
    name: String,
    /// What the user may do.
    role: Role,
    /// Which districts the user sees; empty for all.
    districts: Vec<String>,
    /// To be sent as `x-csrf-token` with whatever changes something.
    csrf: String,
}

/// Signs in. The answer's cookie is the session.
#[utoipa::path(post, path = "/api/v1/session", tag = "people", request_body = Credentials, security(()),
    responses((status = 200, body = Me), Refusals))]
pub async fn sign_in(
    State(app): State<App>,
    visitor: Visitor,
    Json(sent): Json<Credentials>,
) -> Result<Response, Refusal> {
    match app.people().sign_in(&sent.name, sent.password, &visitor).await.map_err(Refusal::broken)? {
        SignIn::In(token) => {
            let cookie = cookie::write(cookie::SESSION, token.secret(), super::super::SESSION_SECONDS, app.secure);
            let session = app.people().session(token).await.map_err(Refusal::broken)?.ok_or(Refusal::SignedOut)?;
            let me = me_of(&session);
            Ok(([(header::SET_COOKIE, cookie)], Json(me)).into_response())
        }
        SignIn::Wrong => Err(Refusal::SignedOut),
        SignIn::Wait(wait) => Err(Refusal::Throttled(wait)),
    }
}

fn me_of(session: &crate::console::people::Session) -> Me {
    let districts = session.scope.districts().to_vec();
    Me { name: session.name.clone(), role: session.role, districts, csrf: session.csrf() }
}

/// Signs out: the session's cookie is worth nothing from now on.
#[utoipa::path(delete, path = "/api/v1/session", tag = "people", responses((status = 204, description = "Signed out"), Refusals))]
pub async fn sign_out(State(app): State<App>, who: Viewer) -> Result<StatusCode, Refusal> {
    app.desk.release_all(&who.actor()).await.map_err(Refusal::broken)?;
    app.people().sign_out(&who.session, &who.visitor).await.map_err(Refusal::broken)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is signed in, with the token for what changes something.
#[utoipa::path(get, path = "/api/v1/me", tag = "people", responses((status = 200, body = Me), Refusals))]
pub async fn me(who: Viewer) -> Json<Me> {
    Json(me_of(&who.session))
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserOut {
    /// A UUID.
    id: String,
    /// User name.
    name: String,
    /// What the user may do.
    role: Role,
    /// Which districts the user sees; empty for all.
    districts: Vec<String>,
    /// May not come in.
    disabled: bool,
    /// Comes in by the identity provider.
    oidc: bool,
}

impl From<User> for UserOut {
    fn from(user: User) -> Self {
        let User { id, name, role, districts, disabled, oidc, .. } = user;
        UserOut { id, name, role, districts, disabled, oidc: oidc.is_some() }
    }
}

/// Every user.
#[utoipa::path(get, path = "/api/v1/users", tag = "people", responses((status = 200, body = [UserOut]), Refusals))]
pub async fn users(State(app): State<App>, _who: Administrator) -> Result<Json<Vec<UserOut>>, Refusal> {
    let users = app.people().users().await.map_err(Refusal::broken)?;
    Ok(Json(users.into_iter().map(UserOut::from).collect()))
}

/// A user to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserIn {
    /// User name, without spaces.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// What the user may do.
    role: Role,
    /// Division codes of six digits; none means all.
    #[serde(default)]
    #[schema(max_items = 100)]
    districts: Vec<String>,
}

/// A new user's link.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserLink {
    /// Sets the password; works once, within a day. Shown this once.
    link: String,
}

/// Makes a user, who sets the password by the link of the answer.
#[utoipa::path(post, path = "/api/v1/users", tag = "people", request_body = UserIn,
    responses((status = 201, body = UserLink), Refusals))]
pub async fn create_user(
    State(app): State<App>,
    who: Administrator,
    Json(user): Json<UserIn>,
) -> Result<(StatusCode, Json<UserLink>), Refusal> {
    match app.people().create(&user.name, user.role, &user.districts.join(" "), &who.visitor).await {
        Ok(token) => {
            let link = format!("{}/welcome?token={}", app.base, token.secret());
            Ok((StatusCode::CREATED, Json(UserLink { link })))
        }
        Err(UserError::Broken(error)) => Err(Refusal::broken(error)),
        Err(UserError::Taken) => Err(Refusal::Conflict(who.visitor.tongue.t("welcome.name-taken").to_owned())),
        Err(error) => Err(Refusal::BadInput(error.to_string())),
    }
}

/// Which lines of the audit log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Lines {
    /// Older than the line of this id.
    before: Option<uuid::Uuid>,
    /// Lines of an answer; 100 where it is not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
}

/// The audit log, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "people", params(Lines), responses((status = 200, body = [Line]), Refusals))]
pub async fn audit(
    State(app): State<App>,
    _who: Supervisor,
    Query(lines): Query<Lines>,
) -> Result<Json<Vec<Line>>, Refusal> {
    let limit = i64::from(lines.limit.unwrap_or(100));
    if !(1..=1000).contains(&limit) {
        return Err(Refusal::BadInput("`limit` is between 1 and 1000".to_owned()));
    }
    let wanted = Wanted { before: lines.before.map(|id| id.to_string()), ..Wanted::default() };
    app.people().audit(&wanted, limit).await.map(Json).map_err(Refusal::broken)
}
