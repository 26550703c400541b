//! Encoded video over the topic `segments`: what edge recorders send, as a source of pictures.
//!
//! ```text
//! topic segments ─► hub (one reader for many cameras) ─► queue of each camera ─► stream: read, check, order ─► Feed
//!                                └─ a camera that does not keep up reads for itself until it has caught up
//! ```
//!
//! - [`Hub`] reads; [`Hub::opener`] makes a camera's segments a source like any other
//!   ([`crate::source::Opener`]), so that ring, clips, sampling and health work as they do everywhere.
//! - `order` is pure: what of it is new, repeated, late, or lacks its beginning.
//! - [`container`] packs packets into a segment's bytes and unpacks them; the recorder (`record`) uses it too.

pub mod container;
mod hub;
mod order;
mod queue;
mod read;
mod stream;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use hub::{Hub, HubConfig, HubError, Until, Wanted};
pub use read::{SkipReason, damaged};
pub use stream::SegmentOpener;
