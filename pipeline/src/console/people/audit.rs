//! The audit log: who looked at what, who decided what, what was refused.
//!
//! Lines are only ever added: triggers of the database refuse to change or to delete one.

use super::People;
use crate::console::store::StoreError;
use crate::console::web::Visitor;
use serde::{Deserialize, Serialize};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Signed in.
    SignIn,
    /// Signed out.
    SignOut,
    /// A wrong password.
    WrongPassword,
    /// Too many wrong passwords.
    Throttled,
    /// Looked at a candidate.
    View,
    /// Decided a candidate, or said something about it.
    Decide,
    /// Took data out: the audit log, a dataset.
    Export,
    /// A user was made.
    UserCreated,
    /// A user's role or districts were changed.
    UserChanged,
    /// A user was disabled or enabled.
    UserDisabled,
    /// A password was set or changed.
    PasswordSet,
    /// A one-time link was made.
    LinkMade,
    /// A camera, a zone, a rule or a baseline was changed.
    Setting,
    /// A request was refused.
    Refused,
}

impl Act {
    /// All of them, as a filter lists them.
    pub const ALL: [Act; 14] = [
        Act::SignIn,
        Act::SignOut,
        Act::WrongPassword,
        Act::Throttled,
        Act::View,
        Act::Decide,
        Act::Export,
        Act::UserCreated,
        Act::UserChanged,
        Act::UserDisabled,
        Act::PasswordSet,
        Act::LinkMade,
        Act::Setting,
        Act::Refused,
    ];

    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Act::SignIn => "sign-in",
            Act::SignOut => "sign-out",
            Act::WrongPassword => "wrong-password",
            Act::Throttled => "throttled",
            Act::View => "view",
            Act::Decide => "decide",
            Act::Export => "export",
            Act::UserCreated => "user-created",
            Act::UserChanged => "user-changed",
            Act::UserDisabled => "user-disabled",
            Act::PasswordSet => "password-set",
            Act::LinkMade => "link-made",
            Act::Setting => "setting",
            Act::Refused => "refused",
        }
    }
}

/// A line that is about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Id of the user who did it; empty where nobody was signed in.
    pub user: String,
    /// Name of the same.
    pub who: String,
    /// What was done.
    pub act: Act,
    /// To what: a candidate, a user, a request.
    pub about: String,
    /// In a few words, how.
    pub detail: String,
    /// From which address; empty where streetwatch itself did it.
    pub address: String,
}

/// Longest text of a line's field, in characters.
const LONGEST: usize = 500;

impl Entry {
    /// A line. Texts are cut to a sane length.
    pub fn new(act: Act, about: &str, detail: &str) -> Self {
        let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
        Entry {
            user: String::new(),
            who: String::new(),
            act,
            about: cut(about),
            detail: cut(detail),
            address: String::new(),
        }
    }

    /// Done by whoever sent a request.
    pub fn by(mut self, visitor: &Visitor) -> Self {
        if let Some(session) = &visitor.session {
            self.user.clone_from(&session.user);
            self.who.clone_from(&session.name);
        }
        self.from_address(visitor)
    }

    /// From the address of a request.
    pub fn from_address(mut self, visitor: &Visitor) -> Self {
        self.address = visitor.address.to_string();
        self
    }

    /// Done by somebody who is not signed in yet, or by streetwatch itself.
    pub fn named(mut self, who: &str) -> Self {
        who.clone_into(&mut self.who);
        self
    }
}

/// A line as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Line {
    /// Its id: UUIDv7, so that lines sort by time.
    pub id: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Who.
    pub who: String,
    /// What: the word of an [`Act`].
    pub act: String,
    /// To what.
    pub about: String,
    /// How.
    pub detail: String,
    /// From where.
    pub address: String,
}

impl People {
    /// A page of the log, newest first: lines older than `before` by a user and of an act, where those are named.
    ///
    /// # Errors
    /// The store is away.
    pub async fn audit(&self, wanted: &Wanted, limit: i64) -> Result<Vec<Line>, StoreError> {
        self.store.audit_page(wanted, limit).await
    }

    /// The next lines after one, oldest first: for an export.
    ///
    /// # Errors
    /// The store is away.
    pub async fn audit_after(&self, id: &str, limit: i64) -> Result<Vec<Line>, StoreError> {
        self.store.audit_after(id, limit).await
    }
}

/// Which lines of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this user only; empty for all.
    pub who: String,
    /// Of these acts only (words of [`Act`]); empty for all.
    pub acts: Vec<String>,
    /// Older than the line of this id.
    pub before: Option<String>,
}
