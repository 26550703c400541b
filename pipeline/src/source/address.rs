//! Where a source is, with credentials kept out of everything that is shown.

use super::filled::filled;
use super::{Reason, SourceError};
use url::Url;

/// How an address begins whose pictures come from the topic `segments`.
pub const SEGMENTS: &str = "segments:";

/// How a source is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// rtsp://, rtsps://
    Rtsp,
    /// http://, https://: FLV, MP4 or HLS
    Http,
    /// file:// or a plain path
    File,
    /// segments: or segments:CAMERA: what an edge recorder sent to the topic `segments`
    Segments,
}

/// A parsed source address. `Debug` and `Display` never show credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    kind: Kind,
    location: String,
    shown: String,
}

impl Address {
    /// Understands rtsp, rtsps, http, https, file URLs, plain paths and segments:. `${NAME}` is filled in from the
    /// environment, and shown as it was written.
    ///
    /// # Errors
    /// [`Reason::BadUrl`] for any other scheme, an empty text, a broken URL or a variable that is not set.
    pub fn parse(text: &str) -> Result<Address, SourceError> {
        let written = text;
        let text = &*filled(written)?;
        let bad = |detail: &str| SourceError::new(Reason::BadUrl, redact(written), detail);
        if text.trim().is_empty() || text.contains('\0') {
            return Err(bad("empty, or with a NUL byte"));
        }
        if let Some(camera) = text.strip_prefix(SEGMENTS) {
            return Ok(Address { kind: Kind::Segments, location: camera.into(), shown: written.into() });
        }
        let Some((scheme, _)) = text.split_once("://") else {
            return Ok(Address { kind: Kind::File, location: text.into(), shown: written.into() });
        };
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "rtsp" | "rtsps" => Kind::Rtsp,
            "http" | "https" => Kind::Http,
            "file" => Kind::File,
            other => return Err(bad(&format!("scheme '{other}' is not supported"))),
        };
        let url = Url::parse(text).map_err(|e| bad(&e.to_string()))?;
        let location = if kind == Kind::File {
            let path = url.to_file_path().map_err(|()| bad("write file:///path, with three slashes"))?;
            path.to_str().ok_or_else(|| bad("the path is not UTF-8"))?.to_owned()
        } else {
            if url.host_str().unwrap_or_default().is_empty() {
                return Err(bad("no host"));
            }
            text.to_owned()
        };
        Ok(Address { kind, location, shown: redact(written) })
    }

    /// How it is reached.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Of `segments:CAMERA` the camera whose segments are meant; `None` for the camera's own, or another kind.
    pub fn segments_of(&self) -> Option<&str> {
        (self.kind == Kind::Segments && !self.location.is_empty()).then_some(&*self.location)
    }

    /// What is handed to FFmpeg: with credentials, never to be shown.
    pub(super) fn location(&self) -> &str {
        &self.location
    }

    /// Over the network rather than from a disk.
    pub fn over_network(&self) -> bool {
        self.kind != Kind::File
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Address({})", self.shown)
    }
}

/// Takes user names, passwords and tokens out of every URL in a text.
///
/// ```
/// use streetwatch::source::redact;
/// assert_eq!(redact("rtsp://admin:p@ss@10.0.0.1/1?token=x&ch=2"), "rtsp://***@10.0.0.1/1?token=***&ch=2");
/// ```
pub fn redact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '<' | '>')).unwrap_or(after.len());
        shown.push_str(&redact_after_scheme(&after[..end]));
        rest = &after[end..];
    }
    shown.push_str(rest);
    shown
}

/// `user:password@host/path?query` without the secrets. The last '@' counts,
/// because passwords are often not escaped: better to hide too much.
fn redact_after_scheme(text: &str) -> String {
    let (head, query) = text.split_once('?').map_or((text, None), |(head, query)| (head, Some(query)));
    let mut shown = match (head.rfind('@'), text.rfind('@')) {
        (Some(at), _) => format!("***@{}", &head[at + 1..]),
        // No path before the '?': it belongs to a password.
        (None, Some(at)) if !head.contains('/') => return format!("***@{}", &text[at + 1..]),
        _ => head.to_owned(),
    };
    if let Some(query) = query {
        let secret = ["pass", "pwd", "token", "key", "auth", "secret", "user", "sign", "session"];
        let parts = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if secret.iter().any(|word| name.to_ascii_lowercase().contains(word)) => {
                format!("{name}=***")
            }
            _ => pair.to_owned(),
        });
        shown.push('?');
        shown.push_str(&parts.collect::<Vec<_>>().join("&"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn credentials_are_never_shown() {
        let address = Address::parse("rtsp://admin:hunter2@192.0.2.1:554/ch/1").expect("a good URL");
        assert_eq!(address.to_string(), "rtsp://***@192.0.2.1:554/ch/1");
        assert!(!format!("{address:?}").contains("hunter2"));
        assert!(address.location().contains("hunter2"), "FFmpeg still needs them");
    }

    #[test]
    fn a_file_url_and_a_plain_path_are_files() {
        assert_eq!(Address::parse("file:///tmp/a%20b.mp4").expect("a file URL").location(), "/tmp/a b.mp4");
        assert_eq!(Address::parse("clips/a.mp4").expect("a path").kind(), Kind::File);
    }

    #[test]
    fn segments_are_the_cameras_own_or_those_of_a_named_one() {
        let own = Address::parse("segments:").expect("the camera's own");
        assert_eq!((own.kind(), own.segments_of(), own.over_network()), (Kind::Segments, None, true));
        assert_eq!(Address::parse("segments:c-007").expect("another's").segments_of(), Some("c-007"));
    }

    #[test]
    fn other_schemes_are_refused_by_name() {
        for text in ["ftp://host/a.mp4", "concat://a|b", "", "http://"] {
            assert_eq!(Address::parse(text).expect_err("must be refused").reason, Reason::BadUrl, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_password_survives_redaction(password in "[A-Za-z0-9@:!$%^&*()_+=-]{6,20}", user in "[a-z]{1,8}") {
            let marked = format!("Zq{password}qZ");
            let shown = redact(&format!("opening 'rtsp://{user}:{marked}@host/path' failed"));
            prop_assert!(!shown.contains(&marked), "{}", shown);
            prop_assert!(shown.contains("host/path"));
        }

        #[test]
        fn any_text_is_parsed_or_refused_without_panic(text in ".{0,60}") {
            let _ = Address::parse(&text);
            let _ = redact(&text);
        }
    }
}
