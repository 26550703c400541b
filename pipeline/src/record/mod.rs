//! The edge recorder: cameras in, segments out, with a disk in between that outlasts a broken line.
//!
//! ```text
//! camera (a thread each): packets ─► cut at keyframes ─► pack (MP4) ─► disk buffer ─► sender (one thread) ─► topic segments
//!                                                                         └ full: oldest dropped, counted, said
//! ```
//!
//! Nothing is decoded. A segment is on the disk before anything is sent, and leaves it when the log has
//! acknowledged it. Its camera, session and number name it for ever, so what is sent twice is one segment to
//! whoever reads it.

mod buffer;
mod camera;
mod clock_quality;
mod cut;
mod recorder;
mod sender;
mod serve;
mod status;

pub use buffer::{Buffer, BufferError, Entry, Put};
pub use clock_quality::system_clock;
pub use cut::{CutLimits, Cutter, Piece};
pub use recorder::{RecordError, Recorder, RecorderConfig};
pub use sender::Line;
pub use serve::serve;
pub use status::{CameraStatus, Status};
