//! Secrets that are handed out: 256 random bits, of which only a hash is kept.

use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// A secret in hexadecimal: of a session, or of a one-time link. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A fresh one from the system's randomness.
    ///
    /// # Errors
    /// The system has none to give.
    pub fn random() -> Result<Self, NoRandomness> {
        let mut bytes = [0u8; 32];
        SysRng.try_fill_bytes(&mut bytes).map_err(|e| NoRandomness(e.to_string()))?;
        Ok(Token(hex::encode(bytes)))
    }

    /// What somebody sent; `None` where it cannot be one of ours.
    pub fn received(text: &str) -> Option<Self> {
        let fits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Token(text.to_owned()))
    }

    /// What the store keeps.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// The secret itself, for a cookie or a link.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// The token that a form of this session must carry. Made of the secret, so that it needs no place in the
    /// store and nobody can make it who has only read the store.
    pub fn csrf(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"streetwatch csrf:");
        hash.update(self.0.as_bytes());
        hex::encode(hash.finalize())
    }

    /// Whether a form carried this session's token.
    pub fn csrf_matches(&self, sent: &str) -> bool {
        self.csrf().as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes: {0}")]
pub struct NoRandomness(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tokens_differ_and_neither_shows_in_debug_or_in_its_hash() {
        let (one, two) = (Token::random().expect("random"), Token::random().expect("random"));
        assert_ne!(one.secret(), two.secret());
        assert_ne!(one.hash(), one.secret());
        assert!(!format!("{one:?}").contains(one.secret()));
    }

    #[test]
    fn what_cannot_be_a_token_is_not_looked_up() {
        for text in ["", "abc", &"A".repeat(64), &"'".repeat(64), &"a".repeat(65)] {
            assert!(Token::received(text).is_none(), "{text}");
        }
        let token = Token::random().expect("random");
        assert_eq!(Token::received(token.secret()), Some(token));
    }

    #[test]
    fn a_form_of_another_session_does_not_match() {
        let (one, two) = (Token::random().expect("random"), Token::random().expect("random"));
        assert!(one.csrf_matches(&one.csrf()));
        assert!(!one.csrf_matches(&two.csrf()));
        assert!(!one.csrf_matches(""));
        assert_ne!(one.csrf(), one.hash(), "a reader of the store learns no form token");
    }
}
