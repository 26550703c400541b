//! One-time links: for the first administrator, and for passwords.

use super::audit::{Act, Entry};
use super::password::{self, Weak};
use super::token::{NoRandomness, Token};
use super::user::name_fits;
use super::{People, Role};
use crate::console::store::{NewUserRow, StoreError};
use crate::console::web::Visitor;
use std::time::Duration;

/// The first administrator's link works for so long.
const FIRST: Duration = Duration::from_secs(60 * 60);
/// A user's link works for so long.
const USERS: Duration = Duration::from_secs(24 * 60 * 60);

/// A link that still works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLink {
    /// Whose password it sets; `None` where it makes the first administrator.
    pub name: Option<String>,
}

/// Why a link did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Used already, too old, or never made.
    #[error("the link was used or is too old")]
    Spent,
    /// The password is not taken.
    #[error(transparent)]
    Weak(#[from] Weak),
    /// The name is none.
    #[error("the name is none")]
    Name,
    /// Somebody has that name.
    #[error("there is a user of that name")]
    Taken,
    /// Our fault, or the store's.
    #[error("{0}")]
    Broken(String),
}

impl From<StoreError> for LinkError {
    fn from(error: StoreError) -> Self {
        LinkError::Broken(error.to_string())
    }
}

impl From<NoRandomness> for LinkError {
    fn from(error: NoRandomness) -> Self {
        LinkError::Broken(error.to_string())
    }
}

impl People {
    /// A link that makes the first administrator, where there is no user yet. Earlier ones work no more.
    ///
    /// # Errors
    /// The store is away, or the system gives no randomness.
    pub async fn first_link(&self) -> Result<Option<Token>, LinkError> {
        if self.store.has_users().await? {
            return Ok(None);
        }
        let token = Token::random()?;
        self.store.forget_links(None).await?;
        let until = self.now().plus(FIRST.as_millis() as i64);
        self.store.insert_link(&token.hash(), None, self.now(), until).await?;
        self.record(Entry::new(Act::LinkMade, "", "first administrator").named("streetwatch")).await?;
        Ok(Some(token))
    }

    /// A link by which a user sets a password. Earlier ones of that user work no more.
    pub(super) async fn user_link(&self, user: &str) -> Result<Token, LinkError> {
        let token = Token::random()?;
        self.store.forget_links(Some(user)).await?;
        let until = self.now().plus(USERS.as_millis() as i64);
        self.store.insert_link(&token.hash(), Some(user), self.now(), until).await?;
        Ok(token)
    }

    /// What a link is for, without using it.
    ///
    /// # Errors
    /// The store is away.
    pub async fn link(&self, token: &Token) -> Result<Option<KnownLink>, StoreError> {
        let Some(user) = self.store.link(&token.hash(), self.now()).await? else { return Ok(None) };
        match user {
            None => Ok((!self.store.has_users().await?).then_some(KnownLink { name: None })),
            Some(id) => {
                let user = self.store.user(&id).await?.filter(|user| !user.disabled);
                Ok(user.map(|user| KnownLink { name: Some(user.name) }))
            }
        }
    }

    /// Uses a link up: sets the password (of the first administrator, who is made by it) and signs in.
    ///
    /// # Errors
    /// Why not. The link is used up only where it did its work.
    pub async fn use_link(
        &self,
        token: &Token,
        name: &str,
        password: String,
        from: &Visitor,
    ) -> Result<Token, LinkError> {
        let known = self.link(token).await?.ok_or(LinkError::Spent)?;
        let name = known.name.clone().unwrap_or_else(|| name.trim().to_owned());
        if !name_fits(&name) {
            return Err(LinkError::Name);
        }
        password::check(&password, &name)?;
        let hash = password::hash(password).await.map_err(|e| LinkError::Broken(e.to_string()))?;
        // Whoever takes the link has it; a second one with the same link comes too late.
        if !self.store.take_link(&token.hash(), self.now()).await? {
            return Err(LinkError::Spent);
        }
        let user = match known.name {
            None => {
                let districts = Vec::new();
                let row = NewUserRow { name, password: Some(hash), role: Role::Administrator, districts, oidc: None };
                let user = self.store.insert_user(row, self.now()).await?;
                self.record(
                    Entry::new(Act::UserCreated, &user.name, "administrator, by the first link")
                        .by(from)
                        .named(&user.name),
                )
                .await?;
                user
            }
            Some(_) => {
                let user = self.store.user_by_name(&name).await?.ok_or(LinkError::Spent)?;
                self.store.set_password(&user.id, &hash, self.now()).await?;
                self.store.delete_sessions_of(&user.id, None).await?;
                user
            }
        };
        self.record(Entry::new(Act::PasswordSet, &user.name, "by a one-time link").by(from).named(&user.name)).await?;
        self.begin(&user, "link", from).await.map_err(|e| LinkError::Broken(e.to_string()))
    }
}
