//! Coming in and going out.

use super::audit::{Act, Entry};
use super::oidc::Arrival;
use super::session::{IDLE, LONGEST, Session, TOUCH};
use super::token::Token;
use super::user::{User, name_fits};
use super::{People, PeopleError, Role, password};
use crate::console::store::{NewUserRow, Scope, StoreError};
use crate::console::web::Visitor;
use std::sync::Arc;
use std::time::Duration;

/// What became of a try to come in.
#[derive(Debug)]
pub enum SignIn {
    /// In; the cookie's secret.
    In(Token),
    /// Name or password is wrong, or the user is disabled. Nobody is told which.
    Wrong,
    /// Too many tries; wait so long.
    Wait(Duration),
}

impl People {
    /// A try to come in by name and password. Takes as long for a name that does not exist.
    ///
    /// # Errors
    /// The store is away.
    pub async fn sign_in(&self, name: &str, password: String, from: &Visitor) -> Result<SignIn, PeopleError> {
        let name = name.trim();
        let shown: String = name.chars().take(64).collect();
        if let Err(wait) = self.throttle.attempt(name, from.address) {
            self.record(Entry::new(Act::Throttled, &shown, "").by(from)).await?;
            return Ok(SignIn::Wait(wait));
        }
        let user = if name_fits(name) { self.store.user_by_name(name).await? } else { None };
        let user = user.filter(|user| !user.disabled);
        let too_long = password.len() > password::LONGEST;
        let hash = user.as_ref().and_then(|user| user.password.clone()).filter(|_| !too_long);
        let password = if too_long { String::new() } else { password };
        let right = password::verify(password, hash).await;
        match user.filter(|_| right) {
            Some(user) => {
                self.throttle.right(name, from.address);
                self.begin(&user, "password", from).await.map(SignIn::In)
            }
            None => self.wrong(&shown, from).await,
        }
    }

    async fn wrong(&self, name: &str, from: &Visitor) -> Result<SignIn, PeopleError> {
        self.record(Entry::new(Act::WrongPassword, name, "").by(from)).await?;
        Ok(SignIn::Wrong)
    }

    /// Somebody whom the identity provider vouches for. Whoever is new may look; what more they may do, and where,
    /// an administrator says.
    ///
    /// # Errors
    /// The store is away.
    pub async fn arrive(&self, arrival: &Arrival, from: &Visitor) -> Result<SignIn, PeopleError> {
        let known = self.store.user_by_oidc(&arrival.subject).await?;
        let user = match known {
            Some(user) => user,
            None => self.newcomer(arrival, from).await?,
        };
        if user.disabled {
            return self.wrong(&user.name, from).await;
        }
        self.begin(&user, "oidc", from).await.map(SignIn::In)
    }

    async fn newcomer(&self, arrival: &Arrival, from: &Visitor) -> Result<User, StoreError> {
        let plain: String = arrival.name.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(56).collect();
        let plain = if plain.is_empty() { "user".to_owned() } else { plain };
        // A name that a local user has is never taken over: the newcomer gets a number.
        let mut name = plain.clone();
        for n in 2..1000 {
            if self.store.user_by_name(&name).await?.is_none() {
                break;
            }
            name = format!("{plain}-{n}");
        }
        let row = NewUserRow {
            name,
            password: None,
            role: Role::Viewer,
            // In no district: "" would be all of them.
            districts: vec![NOWHERE.to_owned()],
            oidc: Some(arrival.subject.clone()),
        };
        let user = self.store.insert_user(row, self.now()).await?;
        self.record(Entry::new(Act::UserCreated, &user.name, &arrival.subject).by(from)).await?;
        Ok(user)
    }

    /// Begins a session.
    pub(super) async fn begin(&self, user: &User, how: &str, from: &Visitor) -> Result<Token, PeopleError> {
        let token = Token::random()?;
        let now = self.now();
        self.store
            .insert_session(
                &token.hash(),
                &user.id,
                now,
                now.plus(LONGEST.as_millis() as i64),
                &from.address.to_string(),
            )
            .await?;
        self.store.touch_user(&user.id, now).await?;
        self.store.forget_sessions(now, now.plus(-(IDLE.as_millis() as i64))).await?;
        let entry = Entry::new(Act::SignIn, &user.name, how).from_address(from).named(&user.name);
        self.record(entry).await?;
        Ok(token)
    }

    /// The session of a cookie, if it still holds.
    ///
    /// # Errors
    /// The store is away.
    pub async fn session(&self, token: Token) -> Result<Option<Arc<Session>>, StoreError> {
        let now = self.now();
        let Some(found) = self.store.session(&token.hash()).await? else { return Ok(None) };
        let quiet = now.0.saturating_sub(found.last_seen.0);
        if found.user.disabled || found.expires <= now || quiet > IDLE.as_millis() as i64 {
            return Ok(None);
        }
        if quiet > TOUCH.as_millis() as i64 {
            self.store.touch_session(&token.hash(), now).await?;
        }
        let User { id, name, role, districts, .. } = found.user;
        Ok(Some(Arc::new(Session { user: id, name, role, scope: Scope::of(districts), token })))
    }

    /// Whether a session still holds: for what goes on longer than a request.
    pub async fn holds(&self, session: &Session) -> bool {
        matches!(self.session(session.token.clone()).await, Ok(Some(_)))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The store is away.
    pub async fn sign_out(&self, session: &Session, from: &Visitor) -> Result<(), StoreError> {
        self.store.delete_session(&session.token.hash()).await?;
        self.record(Entry::new(Act::SignOut, &session.name, "").by(from)).await
    }
}

/// A district that no grid cell is in.
const NOWHERE: &str = "none";
