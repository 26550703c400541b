//! What can be wrong with what a terminal sends, and with what is to be sent to it.

use thiserror::Error;

/// Why the bytes between two flags are no frame. Costs that frame, never the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameError {
    /// More bytes than any frame has.
    #[error("longer than any frame ({} bytes): the rest is skipped up to the next 0x7e", super::MAX_FRAME)]
    TooLong,
    /// Fewer bytes than the header needs.
    #[error("{has} bytes, fewer than a header and its checksum need")]
    TooShort {
        /// Bytes there are.
        has: usize,
    },
    /// 0x7d followed by something else than 01 or 02.
    #[error("0x7d is followed by {0:#04x}; only 01 and 02 may follow")]
    Escape(u8),
    /// The bytes do not XOR to the checksum.
    #[error("checksum is {said:#04x}, the bytes give {is:#04x}")]
    Checksum {
        /// The frame's last byte.
        said: u8,
        /// What the others give.
        is: u8,
    },
    /// The header's length is not the body's.
    #[error("the header says {said} bytes of body, there are {has}")]
    Length {
        /// In the header.
        said: usize,
        /// In the frame.
        has: usize,
    },
    /// A digit above 9.
    #[error("the terminal's phone number is no BCD")]
    Phone,
}

impl FrameError {
    /// A short word for counting.
    pub const fn reason(&self) -> &'static str {
        match self {
            FrameError::TooLong => "too-long",
            FrameError::TooShort { .. } => "too-short",
            FrameError::Escape(_) => "escape",
            FrameError::Checksum { .. } => "checksum",
            FrameError::Length { .. } => "length",
            FrameError::Phone => "phone",
        }
    }
}

/// Why a whole body is no message. Costs that message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BodyError {
    /// The body ends too early.
    #[error("{what}: {needs} more bytes are needed, {has} are left")]
    Short {
        /// Of which message or item.
        what: &'static str,
        /// Bytes still needed.
        needs: usize,
        /// Bytes left.
        has: usize,
    },
    /// No such date or time of day.
    #[error("there is no such time: {}", hex(.0))]
    Time([u8; 6]),
    /// The body is encrypted; no key is known.
    #[error("the body is encrypted (method {0}), which is not supported")]
    Encrypted(u8),
    /// A sub-package by itself: put it through [`super::Parts`].
    #[error("this is one part of a message, not a whole one")]
    Part,
}

impl BodyError {
    /// A short word for counting.
    pub const fn reason(&self) -> &'static str {
        match self {
            BodyError::Short { .. } => "short-body",
            BodyError::Time(_) => "impossible-time",
            BodyError::Encrypted(_) => "encrypted",
            BodyError::Part => "lone-part",
        }
    }
}

/// Why a message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The protocol's texts are GBK.
    #[error("\"{0}\" has characters that GBK has not")]
    Text(String),
    /// Does not fit its field.
    #[error("\"{text}\" is longer than the {width} bytes of its field")]
    TooLong {
        /// The text.
        text: String,
        /// The field's width.
        width: usize,
    },
    /// Two digits of the year are sent.
    #[error("the time {0} ms lies outside the years 2000 to 2099")]
    Time(i64),
    /// More items than their count can say, or more bytes than all parts can carry.
    #[error("too large to be sent: {0}")]
    TooLarge(&'static str),
    /// The header's phone number has room for 12 digits before 2019, 20 since.
    #[error("the phone number {0} does not fit this edition's header")]
    Phone(String),
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
