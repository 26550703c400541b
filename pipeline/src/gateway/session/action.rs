//! What a session wants done.

use super::super::jt808::{AckResult, Location};

/// One thing to do, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// These bytes go to the terminal.
    Send(Vec<u8>),
    /// The terminal has shown its code: whoever had this number until now has it no more.
    Authenticated {
        /// Its number.
        number: String,
    },
    /// These reports go to the log; then [`super::Session::acknowledged`] answers.
    Report(Report),
    /// The terminal has answered what it was sent.
    Answered {
        /// Serial of what it answers.
        serial: u16,
        /// How it took it.
        result: AckResult,
    },
    /// Something was not taken. To be counted by this word.
    Refused(&'static str),
    /// The session is over; nothing follows.
    Close(Close),
}

/// Reports of one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Names the message, for its acknowledgement.
    pub ticket: Ticket,
    /// In the order in which they were sent.
    pub locations: Vec<Location>,
}

/// A message that waits for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// Its serial.
    pub serial: u16,
    /// Its id.
    pub id: u16,
}

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// A frame with another terminal's number.
    Identity,
    /// No code was shown in time.
    Unauthenticated,
    /// No whole frame in too long a time.
    Silent,
    /// Another session has shown the same terminal's code.
    Replaced,
    /// The terminal has taken itself out of service.
    LoggedOut,
}

impl Close {
    /// A short word for counting.
    pub const fn reason(self) -> &'static str {
        match self {
            Close::Identity => "identity",
            Close::Unauthenticated => "unauthenticated",
            Close::Silent => "silent",
            Close::Replaced => "replaced",
            Close::LoggedOut => "logged-out",
        }
    }

    /// Whether somebody should look at it.
    pub const fn is_suspicious(self) -> bool {
        matches!(self, Close::Identity | Close::Unauthenticated | Close::Replaced)
    }
}
