//! JT/T 808, the protocol of vehicle terminals: bytes in, messages out, and back. No I/O, no clock.
//!
//! ```text
//! bytes ─► Deframer ─► Frame (header, body) ─► Parts (sub-packages) ─► Message
//! bytes ◄─ frames() ◄──────────────────────────────────────────────── Message
//! ```
//! A bad frame costs that frame, a bad body that message, a bad item of a batch
//! that item. Nothing grows with what a terminal sends: a frame is at most
//! [`MAX_FRAME`] bytes, and [`Parts`] keeps a bounded number of bytes.

mod bytes;
mod error;
mod frame;
mod header;
mod message;
mod parts;
mod send;
mod text;
mod time;

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod fuzz_tests;
#[cfg(test)]
mod round_trip_tests;
#[cfg(test)]
mod sample_tests;

pub use error::{BodyError, EncodeError, FrameError};
pub use frame::{Deframer, Frame, MAX_FRAME};
pub use header::{Edition, Header, Part, Phone};
pub use message::{
    Ack, AckResult, AreaKind, AreaTime, Authentication, BadItem, Batch, Circle, Corner, DeleteAreas, Extra, Limits,
    Load, Location, Message, PlateColour, PolygonArea, Rectangle, RegisterReply, Registration, Route, SetAreas,
    SpeedLimit, Text, Turn,
};
pub use parts::{Overdue, Parts, PartsConfig, PartsCounts, Reassembled};
pub use send::{MAX_BODY, frame, frames};
pub use time::{from_bcd, to_bcd};
