//! Passwords: argon2id, and what a password must be.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Shortest password, in characters.
pub const SHORTEST: usize = 12;
/// Longest password, in bytes: a hash must not be a way to keep the machine busy.
pub const LONGEST: usize = 256;
/// Passwords hashed at the same time. Each takes 19 MiB and a core; who comes later waits.
const AT_ONCE: usize = 2;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);
/// Verified against when there is no such user, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

/// Why a password is not taken. The page has words for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Fewer than [`SHORTEST`] characters.
    #[error("the password has fewer than 12 characters")]
    Short,
    /// More than [`LONGEST`] bytes.
    #[error("the password has more than 256 bytes")]
    Long,
    /// The user's name is in it.
    #[error("the password has the user's name in it")]
    Name,
    /// Made of very few different characters.
    #[error("the password repeats a few characters")]
    Monotonous,
}

impl Weak {
    /// Key of its words in the catalogues.
    pub const fn key(self) -> &'static str {
        match self {
            Weak::Short => "password.short",
            Weak::Long => "password.long",
            Weak::Name => "password.name",
            Weak::Monotonous => "password.monotonous",
        }
    }
}

/// Whether a password may be used by `name`. Length is what counts; no rules about signs.
///
/// # Errors
/// Why not.
pub fn check(password: &str, name: &str) -> Result<(), Weak> {
    if password.len() > LONGEST {
        return Err(Weak::Long);
    }
    if password.chars().count() < SHORTEST {
        return Err(Weak::Short);
    }
    if name.len() >= 3 && password.to_lowercase().contains(&name.to_lowercase()) {
        return Err(Weak::Name);
    }
    let mut signs: Vec<char> = password.chars().collect();
    signs.sort_unstable();
    signs.dedup();
    if signs.len() < 5 { Err(Weak::Monotonous) } else { Ok(()) }
}

/// No hash could be made.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(String);

/// Hashes a password, off tokio's workers.
///
/// # Errors
/// The system has no randomness or no memory to give.
pub async fn hash(password: String) -> Result<String, HashError> {
    let _turn = TURNS.acquire().await.map_err(|e| HashError(e.to_string()))?;
    tokio::task::spawn_blocking(move || hash_now(&password)).await.map_err(|e| HashError(e.to_string()))?
}

/// Whether the password is the one that was hashed, off tokio's workers. Without a hash (no such user, or one
/// who comes in by the identity provider only) it takes as long and says no.
pub async fn verify(password: String, hash: Option<String>) -> bool {
    let Ok(_turn) = TURNS.acquire().await else { return false };
    let work = move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let matches =
            PasswordHash::new(&hash).is_ok_and(|parsed| hasher().verify_password(password.as_bytes(), &parsed).is_ok());
        known && matches
    };
    tokio::task::spawn_blocking(work).await.unwrap_or(false)
}

fn hash_now(password: &str) -> Result<String, HashError> {
    hasher().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|e| HashError(e.to_string()))
}

/// Argon2id with 19 MiB, two passes, one lane: the least that is advised for a server that logs people in.
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_same_password_matches_and_the_hash_is_argon2id() {
        let hashed = hash("correct horse battery".to_owned()).await.expect("hashes");
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(verify("correct horse battery".to_owned(), Some(hashed.clone())).await);
        assert!(!verify("correct horse batterz".to_owned(), Some(hashed)).await);
    }

    #[tokio::test]
    async fn nobody_comes_in_without_a_hash_or_with_a_broken_one() {
        assert!(!verify("nobody has this password".to_owned(), None).await);
        assert!(!verify(String::new(), Some("plain".to_owned())).await);
    }

    #[test]
    fn weak_passwords_are_told_why() {
        assert_eq!(check("short", "li"), Err(Weak::Short));
        assert_eq!(check(&"长".repeat(100), "li"), Err(Weak::Long));
        assert_eq!(check("liwei-liwei-2026", "LiWei"), Err(Weak::Name));
        assert_eq!(check("abababababab", "li"), Err(Weak::Monotonous));
        assert_eq!(check("一二三四五六七八九十百千", "li"), Ok(()));
    }
}
