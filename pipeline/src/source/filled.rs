//! Secrets in a camera's address: `${NAME}` is the variable NAME of the process that opens the camera.
//!
//! Filled in only when the camera is opened: registry, topics, evidence and pages have the address as it was written.

use super::{Reason, SourceError, redact};

/// The address with every `${NAME}` replaced by the variable's value, as it is (percent-encode what a URL would misread).
///
/// # Errors
/// [`Reason::BadUrl`] with the name of a variable that is not set, or a `${` without its end.
pub(super) fn filled(text: &str) -> Result<String, SourceError> {
    filled_from(text, |name| std::env::var(name).ok())
}

fn filled_from(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, SourceError> {
    let bad = |detail: String| SourceError::new(Reason::BadUrl, redact(text), detail);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or_else(|| bad("`${` without its `}`".to_owned()))?;
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(bad("between `${` and `}` stands no name of a variable".to_owned()));
        }
        let value = variable(name).ok_or_else(|| bad(format!("the environment variable {name} is not set")))?;
        out.push_str(before);
        out.push_str(&value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn variable(name: &str) -> Option<String> {
        Some(match name {
            "USER" => "admin".to_owned(),
            "PASSWORD" => "hunter2".to_owned(),
            "NESTED" => "${PASSWORD}".to_owned(),
            _ => return None,
        })
    }

    #[test]
    fn variables_are_filled_in_once() {
        let filled = |text: &str| filled_from(text, variable).expect("fine");
        assert_eq!(filled("rtsp://${USER}:${PASSWORD}@192.0.2.1/1"), "rtsp://admin:hunter2@192.0.2.1/1");
        assert_eq!(filled("clips/$5 {a}.mp4"), "clips/$5 {a}.mp4");
        assert_eq!(filled("rtsp://${NESTED}@h/"), "rtsp://${PASSWORD}@h/", "a value is no text to fill in");
    }

    #[test]
    fn a_variable_that_is_not_set_is_named_and_nothing_secret_is_said() {
        let error = filled_from("rtsp://${USER}:${PASSWORT}@192.0.2.1/1", variable).expect_err("no such variable");
        assert_eq!(error.reason, Reason::BadUrl);
        let said = error.to_string();
        assert!(said.contains("PASSWORT is not set") && !said.contains("admin"), "{said}");
        for text in ["rtsp://${USER", "rtsp://${}@h/", "rtsp://${a b}@h/"] {
            assert_eq!(filled_from(text, variable).expect_err(text).reason, Reason::BadUrl);
        }
    }

    proptest! {
        #[test]
        fn a_text_without_the_mark_stays_as_it_is(text in "[^$]{0,40}") {
            prop_assert_eq!(filled_from(&text, variable).expect("nothing to fill in"), text);
        }
    }
}
