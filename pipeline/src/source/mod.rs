//! From a URL to samples: demultiplex always, decode what is wanted, come back by itself.
//!
//! ```text
//!                    reading thread                          consumer's thread (Feed::next)
//! Opener ─► Stream ─► timeline ─► ring, plan ─► mailbox ─► decode ─► Sample
//!    ▲ backoff, stall                            └► health notes ─► Health
//! ```
//!
//! - [`Feed`] is one camera; [`PacketFeed`] the same without decoding, for a recorder. [`probe`] opens a source once, for `streetwatch check`.
//! - `reader` (run, run_once) reconnects; `input` is FFmpeg behind [`Opener`] and [`Stream`].
//! - `timeline`, `plan`, `backoff`, `stall`, `health`, `ring` are pure, and tested without FFmpeg.
//! - In replay ([`Pace::AsFast`]) ring and plan run on the consumer's side, so
//!   that a burst or a clip asked for between two samples gives the same
//!   result in every run.

mod address;
mod avlog;
mod backoff;
mod clockwork;
mod config;
mod decode;
mod error;
mod feed;
mod frame;
mod hardware;
mod health;
mod input;
mod intake;
mod mailbox;
mod packets;
mod parameters;
mod picture;
mod plan;
mod probe;
mod reader;
mod ring;
mod stall;
mod stream;
mod tally;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod timeline;

pub use address::{Address, Kind, SEGMENTS, redact};
pub(crate) use avlog::install as quiet_ffmpeg;
pub use backoff::BackoffLimits;
pub use config::{DecodeOn, FeedConfig, Pace, Transport};
pub use error::{Fault, Reason, Retry, SourceError};
pub use feed::{Feed, FeedEvent, Sample, decode_keyframes};
pub use frame::Frame;
pub use hardware::decoding_on;
pub use health::{Health, HealthReport};
pub use input::FfmpegOpener;
pub use packets::{PacketEvent, PacketFeed};
pub use picture::decode_picture;
pub use probe::{Probed, probe, probe_with};
pub use ring::{Clip, PacketRing, RingLimits};
pub use stall::StallLimits;
pub use stream::{
    Format, MediaPacket, OpenRequest, Opener, Place, RawPacket, SegmentPosition, SharedParameters, StopFlag, Stream,
    StreamInfo,
};
pub use tally::FeedCounts;
