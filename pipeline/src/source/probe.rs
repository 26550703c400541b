//! Opens a source once and decodes one picture, for `streetwatch check`.

use super::decode::Decoder;
use super::plan::{Order, Wanted, Work};
use super::{
    Address, DecodeOn, FfmpegOpener, MediaPacket, OpenRequest, Opener, Reason, SourceError, StopFlag, StreamInfo,
    Transport,
};
use operators::vocabulary::EventTime;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a source turned out to be.
#[derive(Debug, Clone)]
pub struct Probed {
    /// What the container says.
    pub info: StreamInfo,
    /// Width and height of the picture that was decoded.
    pub size: (usize, usize),
}

/// Opens `url` (RTSP over TCP), decodes one picture and leaves.
///
/// # Errors
/// What is wrong with it; [`Reason::Timeout`] when no picture came in time,
/// [`Reason::Damaged`] when none of the first keyframes could be decoded.
pub fn probe(url: &str, timeout: Duration) -> Result<Probed, SourceError> {
    probe_with(&FfmpegOpener, url, Transport::Tcp, timeout)
}

/// [`probe`], with a transport and an opener of one's own.
///
/// # Errors
/// As [`probe`].
pub fn probe_with(
    opener: &dyn Opener,
    url: &str,
    transport: Transport,
    timeout: Duration,
) -> Result<Probed, SourceError> {
    let until = Instant::now() + timeout;
    let address = Address::parse(url)?;
    let stop = StopFlag::default();
    let request = OpenRequest { camera: "probe".into(), address: address.clone(), transport, timeout, stop };
    let mut stream = opener.open(&request)?;
    let info = stream.info().clone();
    let mut decoder = Decoder::new(&info.format, DecodeOn::Cpu)?;
    let mut damaged = 0;
    let mut sequence = 0;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let detail = format!("connected, but no picture in {} s", timeout.as_secs());
            return Err(SourceError::new(Reason::Timeout, address.to_string(), detail));
        }
        let Some(raw) = stream.read(left)? else {
            return Err(SourceError::new(Reason::Damaged, address.to_string(), "no picture in the whole recording"));
        };
        sequence += 1;
        if !raw.packet.is_key() {
            continue;
        }
        let packet = Arc::new(MediaPacket {
            packet: Arc::new(raw.packet),
            at: EventTime(0),
            captured: Duration::ZERO,
            key: true,
            damaged: raw.damaged,
            sequence,
            format: Arc::clone(&info.format),
            position: None,
        });
        let mut out = Vec::new();
        decoder.decode(Work { packet, wanted: Some(Wanted::Sample), order: Order::Alone }, &mut out);
        if let Some(frame) = out.into_iter().find_map(|decoded| decoded.frame) {
            return Ok(Probed { info, size: (frame.width(), frame.height()) });
        }
        damaged += 1;
        if damaged >= 5 {
            return Err(SourceError::new(Reason::Damaged, address.to_string(), "the first five keyframes"));
        }
    }
}
