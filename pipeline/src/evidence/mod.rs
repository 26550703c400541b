//! Stills, crop, clip and manifest of a candidate, with SHA-256 of each file.
//!
//! ```text
//! picture ─► Still (JPEG) ─► StillCache ──┐
//! packet ring ─► ClipPackets ─────────────┼─► EvidenceRecorder ─► EvidenceStore
//! Change ─► Candidate without evidence ───┘        (marks, hashes)    (folder or S3)
//! ```
//!
//! A candidate never waits for ever and is never lost for want of evidence:
//! what cannot be made or written is counted in
//! `streetwatch_evidence_failures_total{reason}`, named in the manifest, and
//! the candidate goes on with the rest.

mod caption;
pub mod clip;
mod compared;
pub mod jpeg;
pub(crate) mod layout;
mod manifest;
pub mod marks;
pub mod raster;
mod reader;
mod recorder;
mod still;
pub mod store;
pub(crate) mod stroke;
pub(crate) mod text;

pub(crate) use caption::strip;
pub use clip::{ClipError, ClipPackets};
pub use compared::{Compared, outline};
pub use manifest::{Manifest, ManifestFile, MissingFile};
pub use reader::{EvidenceReader, Opened, ReadError};
pub(crate) use recorder::side_by_side;
pub use recorder::{EvidenceRecorder, RecordRequest, Recorded, View, ready};
pub use still::{Ready, Still, StillCache, StillError};
pub use store::{EvidenceStore, StoreError};
