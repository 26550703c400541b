//! The code that a terminal is given at its registration and shows ever after.
//!
//! It follows from the terminal's number and a key, so no gateway keeps a list
//! and every replica with the same key accepts it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Name of the environment variable with the key, which comes before the file.
pub const KEY_VARIABLE: &str = "STREETWATCH_GATEWAY_KEY";
/// Fewest bytes of a key.
const SHORTEST: usize = 16;
/// Bytes of the code: 128 bits cannot be guessed, and every terminal has room for their 32 characters.
const CODE: usize = 16;

/// Makes codes and knows them again.
#[derive(Clone)]
pub struct Codes {
    mac: Hmac<Sha256>,
}

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("the key file {file} cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It can be guessed.
    #[error("the gateway's key has {0} bytes; write at least {SHORTEST} random ones, e.g. `openssl rand -hex 32`")]
    TooShort(usize),
}

impl std::fmt::Debug for Codes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Codes")
    }
}

impl Codes {
    /// Codes under a key.
    ///
    /// # Errors
    /// The key is too short.
    pub fn new(key: &[u8]) -> Result<Codes, KeyError> {
        let short = || KeyError::TooShort(key.len());
        if key.len() < SHORTEST {
            return Err(short());
        }
        Ok(Codes { mac: Hmac::new_from_slice(key).map_err(|_| short())? })
    }

    /// Under the key of the environment or of this file; else under one that is forgotten with the process.
    ///
    /// # Errors
    /// The file cannot be read, or the key is too short.
    pub fn open(file: Option<&Path>) -> Result<Codes, KeyError> {
        if let Some(key) = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.is_empty()) {
            return Codes::new(key.trim().as_bytes());
        }
        let Some(file) = file else {
            tracing::warn!(
                "no key for the terminals' codes ({KEY_VARIABLE} or [gateway] key_file): after a restart each must register anew"
            );
            return Codes::fleeting();
        };
        let unreadable = |source| KeyError::Unreadable { file: file.to_owned(), source };
        let key = std::fs::read(file).map_err(unreadable)?;
        Codes::new(key.trim_ascii())
    }

    /// Under a key that nobody knows and that is forgotten with the process.
    ///
    /// # Errors
    /// None: such a key is long enough.
    pub fn fleeting() -> Result<Codes, KeyError> {
        Codes::new(&rand::random::<[u8; 32]>())
    }

    /// The code of a terminal.
    pub fn code(&self, number: &str) -> String {
        hex::encode(&self.of(number).finalize().into_bytes()[..CODE])
    }

    /// Whether it is the terminal's; takes as long whatever is wrong with it.
    pub fn accepts(&self, number: &str, code: &str) -> bool {
        let shown = hex::decode(code).unwrap_or_default();
        shown.len() == CODE && self.of(number).verify_truncated_left(&shown).is_ok()
    }

    fn of(&self, number: &str) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(b"jt808:");
        mac.update(number.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_its_terminal_s_alone_and_every_gateway_with_the_key_knows_it() {
        let (one, other) = (Codes::new(&[7; 32]).expect("long"), Codes::new(&[7; 32]).expect("long"));
        let code = one.code("13800138000");
        assert_eq!(code.len(), 32);
        assert!(other.accepts("13800138000", &code));
        assert!(!one.accepts("13800138001", &code), "another's");
        assert!(!Codes::new(&[8; 32]).expect("long").accepts("13800138000", &code), "another key");
        for wrong in ["", "00", &code[..30], &format!("{code}00"), "not hex at all, but as long as 1"] {
            assert!(!one.accepts("13800138000", wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_key_that_can_be_guessed_is_refused() {
        assert!(matches!(Codes::new(b"secret"), Err(KeyError::TooShort(6))));
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("key");
        assert!(matches!(Codes::open(Some(&missing)), Err(KeyError::Unreadable { .. })));
    }
}
