//! A stretch of encoded video, for topic `segments`.

use super::OffsetTime;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::Uuid;

/// Most bytes of video that go into the message itself: in base64, with the envelope, they fit into a
/// record of [`crate::log::MAX_RECORD_BYTES`]. More goes into the store, and its URI into the message.
pub const MAX_INLINE_BYTES: usize = 5 << 20;
/// Most bytes of video of one segment, wherever they lie.
pub const MAX_SEGMENT_BYTES: u64 = 64 << 20;
/// Longest segment.
pub const MAX_SEGMENT_MS: u64 = 10 * 60 * 1000;
/// Most packets of one segment.
pub const MAX_PACKETS: u32 = 60_000;

/// One or more whole GOPs of a camera, or a part of one, as an edge recorder cut them. `session` and
/// `sequence` name it for ever: a segment that is sent twice is the same one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Segment {
    /// Camera id.
    pub camera: String,
    /// The recorder's run; another one for each start of a recorder.
    pub session: Uuid,
    /// Counts the camera's segments in this session, from 0, in the order they were recorded.
    pub sequence: u64,
    /// Event time of the first packet's picture. Each other packet's is as much later as its time in the
    /// container is.
    pub start: OffsetTime,
    /// From `start` to the end of the last picture, milliseconds.
    #[schemars(range(max = MAX_SEGMENT_MS))]
    pub duration_ms: u64,
    /// How the pictures are encoded: `h264`, `hevc`, …
    pub codec: String,
    /// Width of a picture in pixels; 0 where the camera's stream does not tell.
    pub width: u32,
    /// Height of a picture in pixels; 0 where the camera's stream does not tell.
    pub height: u32,
    /// Pictures that a decoder holds back to put them in order.
    #[serde(default)]
    #[schemars(range(max = 16))]
    pub reorder: u8,
    /// What the bytes are.
    pub container: Container,
    /// Packets in it.
    #[schemars(range(min = 1, max = MAX_PACKETS))]
    pub packets: u32,
    /// The first packet is a keyframe. False for the later parts of a GOP that was too long for one segment:
    /// they can be decoded after the part before them only.
    pub keyframe: bool,
    /// Nothing lies between this and the segment before it in its session, and nothing of the encoding changed.
    pub follows: bool,
    /// Numbers of packets, from 0, before or in which something was lost on the way to the recorder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<u32>,
    /// How far `start` can be trusted.
    pub clock: RecorderClock,
    /// Size of the video in bytes.
    #[schemars(range(min = 1, max = MAX_SEGMENT_BYTES))]
    pub bytes: u64,
    /// SHA-256 of the video, hex.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// The video in base64, up to 5 MiB before it; or else `uri`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Where the video lies in the city's store; or else `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// What a segment's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Container {
    /// Fragmented MP4: one video track, the parameter sets and the unit of time in its head, one fragment.
    Mp4,
}

/// How good the recorder's clock was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecorderClock {
    /// Where the time came from.
    pub quality: ClockQuality,
    /// The largest error that the system's clock discipline allows for, milliseconds; null where it does not know.
    #[serde(default)]
    pub error_ms: Option<u32>,
}

/// Where a recorder's times come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClockQuality {
    /// The system's clock, kept right over the network.
    Synchronised,
    /// The system's clock, which nothing keeps right.
    Unsynchronised,
    /// A recording whose first time was given by hand.
    Given,
}

/// The video of a segment, as the message has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// In the message.
    Inline(Vec<u8>),
    /// In the store.
    Stored(String),
}

/// Why a segment's message makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SegmentError {
    /// Neither or both of `data` and `uri`.
    #[error("has {0} of `data` and `uri`; it must have one")]
    Body(&'static str),
    /// `data` is no base64.
    #[error("`data` is no base64: {0}")]
    Base64(String),
    /// The bytes are not those that were recorded.
    #[error("its {found} bytes of video are not the {wanted} that its sha256 is of")]
    Hash {
        /// Size as said.
        wanted: u64,
        /// Size as it is.
        found: u64,
    },
    /// More, or longer, than a segment may be.
    #[error("{what} of {found} is over the limit of {most}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How much.
        found: u64,
        /// Limit.
        most: u64,
    },
}

impl Segment {
    /// Whether the figures are within bounds. Costs nothing: to be asked before the video is looked at.
    ///
    /// # Errors
    /// The first figure that is not.
    pub fn check(&self) -> Result<(), SegmentError> {
        let over = |what, found, most| Err(SegmentError::TooLarge { what, found, most });
        if self.bytes > MAX_SEGMENT_BYTES {
            return over("a video", self.bytes, MAX_SEGMENT_BYTES);
        }
        if self.duration_ms > MAX_SEGMENT_MS {
            return over("a duration in ms", self.duration_ms, MAX_SEGMENT_MS);
        }
        if self.packets > MAX_PACKETS {
            return over("a number of packets", u64::from(self.packets), u64::from(MAX_PACKETS));
        }
        Ok(())
    }

    /// The video, or where it lies. Inline bytes are still to be [verified](Segment::verify).
    ///
    /// # Errors
    /// Neither, both, or no base64.
    pub fn body(&self) -> Result<Body, SegmentError> {
        match (&self.data, &self.uri) {
            (Some(data), None) => {
                BASE64.decode(data).map(Body::Inline).map_err(|e| SegmentError::Base64(e.to_string()))
            }
            (None, Some(uri)) => Ok(Body::Stored(uri.clone())),
            (None, None) => Err(SegmentError::Body("neither")),
            (Some(_), Some(_)) => Err(SegmentError::Body("both")),
        }
    }

    /// Whether these are the bytes that were recorded.
    ///
    /// # Errors
    /// Another size or hash.
    pub fn verify(&self, video: &[u8]) -> Result<(), SegmentError> {
        let found = video.len() as u64;
        if found == self.bytes && sha256(video).eq_ignore_ascii_case(&self.sha256) {
            return Ok(());
        }
        Err(SegmentError::Hash { wanted: self.bytes, found })
    }

    /// The same segment with the video in the message.
    pub fn with_data(self, video: &[u8]) -> Segment {
        Segment { data: Some(BASE64.encode(video)), uri: None, ..self }
    }

    /// The same segment with the video elsewhere.
    pub fn with_uri(self, uri: String) -> Segment {
        Segment { data: None, uri: Some(uri), ..self }
    }
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::super::CloudEvent;
    use super::super::examples;
    use super::*;
    use crate::log::MAX_RECORD_BYTES;
    use proptest::prelude::*;

    #[test]
    fn the_largest_inline_segment_fits_into_a_record() {
        let video = vec![0xa5; MAX_INLINE_BYTES];
        let segment = examples::segment().with_data(&video);
        let message = serde_json::to_vec(&CloudEvent::segment("a city", segment)).expect("serialises");
        assert!(message.len() < MAX_RECORD_BYTES - 64 * 1024, "{}", message.len());
    }

    #[test]
    fn a_video_of_another_hash_or_size_is_refused() {
        let segment = examples::segment();
        let Ok(Body::Inline(video)) = segment.body() else { panic!("inline") };
        assert_eq!(segment.verify(&video), Ok(()));
        assert_eq!(segment.verify(b"othe"), Err(SegmentError::Hash { wanted: segment.bytes, found: 4 }));
        assert!(segment.verify(&vec![0; video.len()]).is_err());
    }

    #[test]
    fn exactly_one_of_data_and_uri_is_right() {
        let segment = examples::segment();
        assert_eq!(Segment { data: None, ..segment.clone() }.body(), Err(SegmentError::Body("neither")));
        assert_eq!(
            Segment { uri: Some("file:///x".into()), ..segment.clone() }.body(),
            Err(SegmentError::Body("both"))
        );
        assert_eq!(segment.clone().with_uri("file:///x".into()).body(), Ok(Body::Stored("file:///x".into())));
        assert!(matches!(Segment { data: Some("?".into()), ..segment }.body(), Err(SegmentError::Base64(_))));
    }

    #[test]
    fn the_same_segment_has_the_same_id_and_another_sequence_another() {
        let event = CloudEvent::segment("c", examples::segment());
        assert_eq!(event.id, CloudEvent::segment("c", examples::segment()).id);
        let next = Segment { sequence: 8, ..examples::segment() };
        assert_ne!(event.id, CloudEvent::segment("c", next).id);
        assert_eq!(event.source, "/c/c-001");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = serde_json::from_slice::<CloudEvent<Segment>>(&bytes);
        }

        /// A message with any part replaced is read, or refused, and never believed beyond its hash.
        #[test]
        fn a_message_with_any_part_replaced_is_refused_or_whole(
            field in prop::sample::select(vec!["camera", "session", "sequence", "start", "duration_ms", "codec", "width",
                "reorder", "container", "packets", "keyframe", "damaged", "clock", "bytes", "sha256", "data", "uri"]),
            text in ".{0,12}", number in any::<i64>(), kind in 0..4u8,
        ) {
            let mut json = serde_json::to_value(CloudEvent::segment("c", examples::segment())).expect("serialises");
            json["data"][field] = match kind {
                0 => text.into(),
                1 => number.into(),
                2 => serde_json::Value::Null,
                _ => serde_json::json!([number, text]),
            };
            let Ok(event) = serde_json::from_value::<CloudEvent<Segment>>(json) else { return Ok(()) };
            if event.data.check().is_ok() && let Ok(Body::Inline(video)) = event.data.body() {
                prop_assert_eq!(event.data.verify(&video).is_ok(), sha256(&video) == event.data.sha256.to_lowercase()
                    && video.len() as u64 == event.data.bytes);
            }
        }
    }
}
