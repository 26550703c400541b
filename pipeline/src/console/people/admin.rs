//! What an administrator does with users, and what users do with their own password.

use super::audit::{Act, Entry};
use super::links::LinkError;
use super::password::{self, Weak};
use super::session::Session;
use super::token::Token;
use super::user::{User, districts, name_fits};
use super::{People, Role};
use crate::console::store::{NewUserRow, StoreError};
use crate::console::web::Visitor;
use std::time::Duration;

/// A change to a user.
#[derive(Debug, Clone)]
pub enum Change {
    /// What the user may do, and where.
    Rights {
        /// The role.
        role: Role,
        /// Division codes in a text.
        districts: String,
    },
    /// Whether the user may come in.
    Disabled(bool),
}

/// Why a user was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The name is none.
    #[error("a name has 1 to 64 characters, without spaces")]
    Name,
    /// Somebody has it.
    #[error("there is a user of that name")]
    Taken,
    /// A district is no division code.
    #[error("a district is a division code of 6 digits")]
    Districts,
    /// An administrator would lock themselves out.
    #[error("one cannot disable oneself or lower one's own role")]
    Oneself,
    /// No such user.
    #[error("there is no such user")]
    Unknown,
    /// The password is not taken.
    #[error(transparent)]
    Weak(#[from] Weak),
    /// The present password is wrong.
    #[error("the present password is wrong")]
    OldPassword,
    /// Too many wrong passwords.
    #[error("too many tries")]
    Wait(Duration),
    /// Our fault, or the store's.
    #[error("{0}")]
    Broken(String),
}

impl From<StoreError> for UserError {
    fn from(error: StoreError) -> Self {
        UserError::Broken(error.to_string())
    }
}

impl From<LinkError> for UserError {
    fn from(error: LinkError) -> Self {
        UserError::Broken(error.to_string())
    }
}

impl People {
    /// All users, by name.
    ///
    /// # Errors
    /// The store is away.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.store.users().await
    }

    /// Makes a user who sets the password by the link that is answered.
    ///
    /// # Errors
    /// Why not.
    pub async fn create(&self, name: &str, role: Role, in_districts: &str, by: &Visitor) -> Result<Token, UserError> {
        let name = name.trim();
        if !name_fits(name) {
            return Err(UserError::Name);
        }
        let districts = districts(in_districts).ok_or(UserError::Districts)?;
        if self.store.user_by_name(name).await?.is_some() {
            return Err(UserError::Taken);
        }
        let detail = rights(role, &districts);
        let row = NewUserRow { name: name.to_owned(), password: None, role, districts, oidc: None };
        let user = self.store.insert_user(row, self.now()).await?;
        self.record(Entry::new(Act::UserCreated, name, &detail).by(by)).await?;
        Ok(self.user_link(&user.id).await?)
    }

    /// Changes a user. Sessions go on, with the new rights from their next request.
    ///
    /// # Errors
    /// Why not.
    pub async fn change(&self, id: &str, change: Change, by: &Visitor) -> Result<(), UserError> {
        let user = self.store.user(id).await?.ok_or(UserError::Unknown)?;
        let oneself = by.session.as_ref().is_some_and(|session| session.user == id);
        match change {
            Change::Rights { role, districts: text } => {
                let districts = districts(&text).ok_or(UserError::Districts)?;
                if oneself && role < user.role {
                    return Err(UserError::Oneself);
                }
                self.store.set_rights(id, role, &districts).await?;
                self.record(Entry::new(Act::UserChanged, &user.name, &rights(role, &districts)).by(by)).await?;
            }
            Change::Disabled(disabled) => {
                if oneself {
                    return Err(UserError::Oneself);
                }
                self.store.set_disabled(id, disabled).await?;
                if disabled {
                    self.store.delete_sessions_of(id, None).await?;
                    self.store.forget_links(Some(id)).await?;
                }
                let detail = if disabled { "disabled" } else { "enabled" };
                self.record(Entry::new(Act::UserDisabled, &user.name, detail).by(by)).await?;
            }
        }
        Ok(())
    }

    /// A link by which a user sets a new password. The old one works until then.
    ///
    /// # Errors
    /// No such user, or one of an identity provider.
    pub async fn reset(&self, id: &str, by: &Visitor) -> Result<(String, Token), UserError> {
        let user = self.store.user(id).await?.filter(|user| user.oidc.is_none()).ok_or(UserError::Unknown)?;
        let token = self.user_link(id).await?;
        self.record(Entry::new(Act::LinkMade, &user.name, "new password").by(by)).await?;
        Ok((user.name, token))
    }

    /// Changes one's own password, and ends one's other sessions.
    ///
    /// # Errors
    /// The present one is wrong, the new one is weak.
    pub async fn change_password(&self, me: &Session, old: String, new: String, by: &Visitor) -> Result<(), UserError> {
        self.throttle.attempt(&me.name, by.address).map_err(UserError::Wait)?;
        let user = self.store.user(&me.user).await?.ok_or(UserError::Unknown)?;
        if old.len() > password::LONGEST || !password::verify(old, user.password).await {
            self.record(Entry::new(Act::WrongPassword, &me.name, "own password").by(by)).await?;
            return Err(UserError::OldPassword);
        }
        self.throttle.right(&me.name, by.address);
        password::check(&new, &me.name)?;
        let hash = password::hash(new).await.map_err(|e| UserError::Broken(e.to_string()))?;
        self.store.set_password(&me.user, &hash, self.now()).await?;
        self.store.delete_sessions_of(&me.user, Some(&me.token.hash())).await?;
        self.record(Entry::new(Act::PasswordSet, &me.name, "by its user").by(by)).await?;
        Ok(())
    }
}

fn rights(role: Role, districts: &[String]) -> String {
    let places = if districts.is_empty() { "all districts".to_owned() } else { districts.join(" ") };
    format!("{role}, {places}")
}
