//! A message for the next page: "confirmed – undo".
//!
//! In a cookie, as a key and plain values; the words come from the catalogue, so a forged cookie says nothing new.

use crate::console::i18n::Tongue;
use axum::http::HeaderValue;

/// A message above the page.
#[derive(Debug, Clone)]
pub struct Flash {
    /// `good`, `bad`, `warn` or nothing.
    pub kind: &'static str,
    /// What it says.
    pub words: String,
    /// The verdict that a button beside it undoes.
    pub undo: Option<String>,
}

/// Kinds and keys that may be in the cookie.
const KNOWN: &[(&str, &str)] = &[
    ("desk.done-confirm", "good"),
    ("desk.done-reject", "good"),
    ("desk.done-other", "good"),
    ("desk.done-bulk", "good"),
    ("desk.done-undo", "good"),
    ("desk.done-missed", "good"),
    ("desk.refused", "bad"),
    ("desk.nothing-selected", "warn"),
    ("account.changed", "good"),
    ("users.saved", "good"),
    ("cameras.approved", "good"),
    ("cameras.saved-running", "good"),
    ("cameras.saved-ended", "good"),
    ("cameras.saved-elsewhere", "warn"),
    ("cameras.saved-not-yet", "warn"),
];

impl Flash {
    /// Reads the cookie; `None` where it is not one of ours.
    pub fn read(text: &str, tongue: Tongue) -> Option<Self> {
        let mut parts = text.split('|');
        let key = parts.next()?;
        let (key, kind) = KNOWN.iter().copied().find(|(known, _)| *known == key)?;
        let undo = parts.next().and_then(|id| uuid::Uuid::parse_str(id).ok()).map(|id| id.to_string());
        let value = parts.next().map(decoded).unwrap_or_default();
        Some(Flash { kind, words: tongue.with(key, &[&value]), undo })
    }

    /// The cookie of a message.
    pub fn cookie(key: &str, undo: Option<uuid::Uuid>, value: &str, secure: bool) -> HeaderValue {
        let undo = undo.map(|id| id.to_string()).unwrap_or_default();
        let value: String =
            url::form_urlencoded::byte_serialize(value.chars().take(200).collect::<String>().as_bytes()).collect();
        super::cookie::write(super::cookie::FLASH, &format!("{key}|{undo}|{value}"), 60, secure)
    }
}

fn decoded(value: &str) -> String {
    url::form_urlencoded::parse(format!("v={value}").as_bytes()).next().map(|(_, v)| v.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_through_the_cookie_in_the_readers_tongue() {
        let id = uuid::Uuid::from_u128(7);
        let cookie = Flash::cookie("desk.refused", Some(id), "王芳 <b>; x", false);
        let text = cookie.to_str().expect("ASCII").split(';').next().and_then(|c| c.split_once('=')).map(|c| c.1);
        let flash = Flash::read(text.expect("a value"), Tongue::En).expect("ours");
        assert!(flash.words.contains("王芳 <b>; x"), "{}", flash.words);
        assert_eq!(flash.undo, Some(id.to_string()));
        assert_eq!(flash.kind, "bad");
    }

    #[test]
    fn a_forged_cookie_says_nothing() {
        assert!(Flash::read("login.wrong||x", Tongue::En).is_none());
        assert!(Flash::read("<script>", Tongue::En).is_none());
    }
}
