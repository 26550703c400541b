//! What goes wrong with a source, whose fault it is, and whether to try again.

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The configuration or the file that was given.
    User,
    /// The camera, the network, the server.
    Outside,
    /// This program.
    Us,
}

/// Whether another attempt makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// No: nothing will change by itself.
    Never,
    /// Seldom (a minute or more): somebody has to act first, and hammering
    /// may lock an account.
    Slowly,
    /// With exponential backoff.
    Soon,
}

/// The kinds of trouble, by the words metrics and health use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The URL cannot be understood.
    BadUrl,
    /// 401.
    WrongPassword,
    /// 403, or no permission to read the file.
    Forbidden,
    /// 404, or no such file.
    NotFound,
    /// Nothing in it looks like a media container.
    NotMedia,
    /// A media file or stream without pictures.
    NoVideo,
    /// The file was cut off.
    Truncated,
    /// No decoder for the codec.
    UnsupportedCodec,
    /// Nobody listens on the port.
    Refused,
    /// No route, or the name does not resolve.
    Unreachable,
    /// No answer in time while connecting.
    Timeout,
    /// Connected, but nothing arrives any more.
    Stalled,
    /// The other side ended the stream.
    Lost,
    /// Bytes that do not decode.
    Damaged,
    /// The server answered something else.
    Protocol,
    /// We were asked to stop.
    Stopped,
    /// Our own failure.
    Internal,
}

impl Reason {
    /// The word used in metric labels and health.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::BadUrl => "bad_url",
            Reason::WrongPassword => "wrong_password",
            Reason::Forbidden => "forbidden",
            Reason::NotFound => "not_found",
            Reason::NotMedia => "not_media",
            Reason::NoVideo => "no_video",
            Reason::Truncated => "truncated",
            Reason::UnsupportedCodec => "unsupported_codec",
            Reason::Refused => "refused",
            Reason::Unreachable => "unreachable",
            Reason::Timeout => "timeout",
            Reason::Stalled => "stalled",
            Reason::Lost => "lost",
            Reason::Damaged => "damaged",
            Reason::Protocol => "protocol",
            Reason::Stopped => "stopped",
            Reason::Internal => "internal",
        }
    }

    /// Whose fault it is.
    pub fn fault(self) -> Fault {
        match self {
            Reason::BadUrl
            | Reason::WrongPassword
            | Reason::Forbidden
            | Reason::NotFound
            | Reason::NotMedia
            | Reason::NoVideo
            | Reason::Truncated
            | Reason::UnsupportedCodec => Fault::User,
            Reason::Stopped | Reason::Internal => Fault::Us,
            _ => Fault::Outside,
        }
    }

    /// What happened, and what to do about it.
    fn explain(self) -> (&'static str, &'static str) {
        match self {
            Reason::BadUrl => {
                ("the URL is not understood", "give rtsp://, rtsps://, http://, https://, file:// or a path")
            }
            Reason::WrongPassword => ("user name or password refused (401)", "correct the credentials in the URL"),
            Reason::Forbidden => ("access forbidden", "give this account or process the right to read it"),
            Reason::NotFound => ("not found", "check the path in the URL"),
            Reason::NotMedia => ("not a media file", "give a video file or stream (MP4, TS, FLV, HLS, H.264, H.265)"),
            Reason::NoVideo => ("no video stream", "give a source that has pictures, not only sound"),
            Reason::Truncated => ("the file is cut off", "copy or record it again, to the end"),
            Reason::UnsupportedCodec => ("no decoder for this codec", "set the camera to H.264 or H.265"),
            Reason::Refused => ("connection refused", "check address and port, and that the camera is on"),
            Reason::Unreachable => ("host unreachable", "check the host name and the network"),
            Reason::Timeout => ("no answer in time", "check the camera and the network"),
            Reason::Stalled => ("nothing arrives any more", "check the camera"),
            Reason::Lost => ("the stream ended", "check the camera and the network"),
            Reason::Damaged => ("data that cannot be decoded", "check the network for loss, or the file"),
            Reason::Protocol => {
                ("unexpected answer", "try the other transport, or the camera's own manual for its URL")
            }
            Reason::Stopped => ("stopped", "nothing to do"),
            Reason::Internal => ("internal failure", "report this with the log"),
        }
    }
}

/// An error of a source: what, where, what to do. Never contains credentials.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{address}: {}{}; {}", .reason.explain().0, Bracketed(.detail), .reason.explain().1)]
pub struct SourceError {
    /// What kind of trouble.
    pub reason: Reason,
    /// Where, without credentials.
    pub address: String,
    /// What the library underneath said; may be empty.
    pub detail: String,
}

struct Bracketed<'a>(&'a str);

impl std::fmt::Display for Bracketed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " ({})", self.0) }
    }
}

impl SourceError {
    /// An error about `address`, which must already be redacted.
    pub fn new(reason: Reason, address: impl Into<String>, detail: impl Into<String>) -> Self {
        SourceError { reason, address: address.into(), detail: detail.into() }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        self.reason.fault()
    }

    /// Whether to try again. A file does not mend itself; what a user must
    /// correct on a camera is looked at again seldom.
    pub fn retry(&self, over_network: bool) -> Retry {
        match (self.reason, over_network) {
            (Reason::BadUrl | Reason::Stopped, _) | (_, false) => Retry::Never,
            _ if self.fault() == Fault::User => Retry::Slowly,
            _ => Retry::Soon,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_where_and_what_to_do() {
        let error = SourceError::new(Reason::WrongPassword, "rtsp://***@cam/1", "Unauthorized");
        assert_eq!(
            error.to_string(),
            "rtsp://***@cam/1: user name or password refused (401) (Unauthorized); correct the credentials in the URL"
        );
    }

    #[test]
    fn a_wrong_password_is_retried_slowly_and_a_text_file_never() {
        assert_eq!(SourceError::new(Reason::WrongPassword, "", "").retry(true), Retry::Slowly);
        assert_eq!(SourceError::new(Reason::NotMedia, "", "").retry(false), Retry::Never);
        assert_eq!(SourceError::new(Reason::Refused, "", "").retry(true), Retry::Soon);
    }
}
