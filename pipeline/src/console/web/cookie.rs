//! Cookies: read from a request, written for a browser.

use axum::http::{HeaderMap, HeaderValue, header};

/// Holds the session's secret.
pub const SESSION: &str = "streetwatch_session";
/// `zh` or `en`.
pub const TONGUE: &str = "streetwatch_lang";
/// `auto`, `light` or `dark`.
pub const THEME: &str = "streetwatch_theme";
/// One message for the next page.
pub const FLASH: &str = "streetwatch_flash";
/// What an OIDC login in progress must come back with.
pub const OIDC: &str = "streetwatch_oidc";

/// The value of a cookie; of the first, where somebody sent two.
pub fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// A cookie for the whole site. Scripts never see it, other sites' forms never carry it.
pub fn write(name: &str, value: &str, seconds: u64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Takes a cookie away.
pub fn forget(name: &str, secure: bool) -> HeaderValue {
    write(name, "", 0, secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_a_longer_name_is_another() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("xstreetwatch_lang=zh; streetwatch_lang=en;broken"));
        assert_eq!(read(&headers, TONGUE), Some("en"));
        assert_eq!(read(&headers, SESSION), None);
    }

    #[test]
    fn a_cookie_is_never_for_scripts_and_secure_where_asked() {
        let written = write(SESSION, "abc", 60, true);
        let text = written.to_str().expect("ASCII");
        assert!(text.contains("HttpOnly") && text.contains("SameSite=Lax") && text.ends_with("; Secure"), "{text}");
        assert!(write(SESSION, "a\r\nSet-Cookie: b", 60, false).is_empty(), "no line can be broken");
    }
}
