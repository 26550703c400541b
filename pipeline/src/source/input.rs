//! FFmpeg's demultiplexers behind [`Opener`] and [`Stream`].

use super::{
    Address, Format, Kind, OpenRequest, Opener, RawPacket, Reason, SharedParameters, SourceError, StopFlag, Stream,
    StreamInfo, Transport, avlog,
};
use ffmpeg::ffi;
use ffmpeg_next as ffmpeg;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Containers that are understood. What is not on the list (subtitles, text
/// art, playlists of other programs) is no camera.
const FORMATS: &str = "mov,matroska,avi,flv,live_flv,mpegts,mpeg,hls,h264,hevc,mpegvideo,m4v,mjpeg,mpjpeg,ivf,asf,\
                       rtsp,rtp,sdp,dhav,ogg,mp3,wav,aac,flac";
/// Saying goodbye may take so long, then the connection is cut.
const GOODBYE: Duration = Duration::from_millis(1_500);

/// Opens sources with FFmpeg.
#[derive(Debug, Default, Clone, Copy)]
pub struct FfmpegOpener;

impl Opener for FfmpegOpener {
    fn open(&self, request: &OpenRequest) -> Result<Box<dyn Stream>, SourceError> {
        avlog::enter(&request.camera);
        avlog::take_last_error();
        match request.address.kind() {
            Kind::File => check_file(&request.address)?,
            Kind::Segments => {
                let detail = "segments come from the log; run, replay and worker read it";
                return Err(SourceError::new(Reason::BadUrl, request.address.to_string(), detail));
            }
            Kind::Rtsp | Kind::Http => {}
        }
        let patience = Arc::new(Patience::new(request.stop.clone()));
        patience.until(request.timeout);
        let watch = Arc::clone(&patience);
        let input = ffmpeg::format::input_with_interrupt_and_dictionary(
            &location(&request.address),
            move || watch.is_over(),
            options(request),
        );
        // Interrupted, some demultiplexers say "invalid data": the clock knows better.
        let given_up = patience.is_over();
        let mut input = input.map_err(|error| request.explain(if given_up { ffmpeg::Error::Exit } else { error }))?;
        let found = find_video(&mut input, &request.address)?;
        Ok(Box::new(FfmpegStream { input, patience, request: request.clone(), index: found.0, info: found.1 }))
    }
}

fn location(address: &Address) -> String {
    match address.kind() {
        // Or FFmpeg would take "a:b.mp4" for a protocol.
        Kind::File => format!("file:{}", address.location()),
        _ => address.location().to_owned(),
    }
}

/// Says plainly what FFmpeg would say vaguely, and keeps it from waiting on pipes.
fn check_file(address: &Address) -> Result<(), SourceError> {
    let fail = |reason, detail: String| Err(SourceError::new(reason, address.to_string(), detail));
    match std::fs::metadata(address.location()) {
        Ok(found) if found.is_file() && found.len() == 0 => fail(Reason::NotMedia, "the file is empty".into()),
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => fail(Reason::NotMedia, "not a regular file".into()),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            fail(Reason::Forbidden, error.to_string())
        }
        Err(error) => fail(Reason::NotFound, error.to_string()),
    }
}

/// A text called "clip.mp4" lacks the moov atom too, but was never cut off.
fn begins_as_mp4(address: &Address) -> bool {
    use std::io::Read;
    if address.over_network() {
        return true;
    }
    let mut head = [0; 8];
    let read = std::fs::File::open(address.location()).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && matches!(&head[4..], b"ftyp" | b"mdat" | b"free" | b"skip" | b"wide" | b"styp" | b"moof")
}

fn options(request: &OpenRequest) -> ffmpeg::Dictionary<'static> {
    let mut options = ffmpeg::Dictionary::new();
    options.set("format_whitelist", FORMATS);
    match request.address.kind() {
        Kind::Rtsp => {
            options.set("protocol_whitelist", "tcp,udp,rtp,srtp,tls,crypto");
            options.set("rtsp_transport", if request.transport == Transport::Udp { "udp" } else { "tcp" });
            options.set("allowed_media_types", "video");
            options.set("user_agent", "streetwatch");
            // Lost packets are declared lost soon; a megabit burst fits the socket.
            options.set("buffer_size", "2097152");
            // The interrupt callback decides; this only ends what it cannot reach.
            options.set("timeout", "310000000");
        }
        Kind::Http => {
            options.set("protocol_whitelist", "http,https,tcp,tls,crypto,data");
            options.set("user_agent", "streetwatch");
        }
        Kind::File => options.set("protocol_whitelist", "file,crypto,data"),
        // Never handed to FFmpeg.
        Kind::Segments => options.set("protocol_whitelist", ""),
    }
    // Do not wait for a frame rate: cameras that send one picture in seconds would never open.
    options.set("fpsprobesize", "0");
    options.set("analyzeduration", "3000000");
    options
}

/// The video stream; the others are switched off.
fn find_video(
    input: &mut ffmpeg::format::context::Input,
    address: &Address,
) -> Result<(usize, StreamInfo), SourceError> {
    let cover = ffmpeg::format::stream::Disposition::ATTACHED_PIC;
    let best = input.streams().best(ffmpeg::media::Type::Video).filter(|stream| !stream.disposition().contains(cover));
    let Some(stream) = best else {
        let kinds: Vec<String> =
            input.streams().map(|s| format!("{:?}", s.parameters().medium()).to_lowercase()).collect();
        let detail = if kinds.is_empty() { "no streams at all".into() } else { format!("only {}", kinds.join(", ")) };
        return Err(SourceError::new(Reason::NoVideo, address.to_string(), detail));
    };
    let index = stream.index();
    let parameters = SharedParameters::copy_of(&stream.parameters());
    let id = parameters.get().id();
    if ffmpeg::codec::decoder::find(id).is_none() {
        return Err(SourceError::new(Reason::UnsupportedCodec, address.to_string(), id.name()));
    }
    let rate = f64::from(stream.avg_frame_rate());
    let format = Arc::new(Format { parameters, time_base: stream.time_base(), generation: 0 });
    let duration = u64::try_from(input.duration()).ok().filter(|d| *d > 0).map(Duration::from_micros);
    let recorded = match address.kind() {
        Kind::File => true,
        Kind::Http => duration.is_some(),
        Kind::Rtsp | Kind::Segments => false,
    };
    let ahead = recorded || input.format().name().contains("hls");
    for n in 0..input.nb_streams() as usize {
        if n != index
            && let Some(mut other) = input.stream_mut(n)
        {
            // SAFETY: a plain field of a stream that the input owns.
            unsafe { (*other.as_mut_ptr()).discard = ffi::AVDiscard::AVDISCARD_ALL };
        }
    }
    let frame_rate = if rate.is_finite() && rate > 0.0 { rate } else { 0.0 };
    Ok((index, StreamInfo { format, frame_rate, duration, recorded, ahead }))
}

/// How long FFmpeg may go on waiting; asked by it every 100 ms or so.
#[derive(Debug)]
struct Patience {
    origin: Instant,
    until_ms: AtomicU64,
    stop: StopFlag,
    /// Closing: the stop flag must not keep TEARDOWN from being sent.
    closing: AtomicBool,
}

impl Patience {
    fn new(stop: StopFlag) -> Self {
        Patience { origin: Instant::now(), until_ms: AtomicU64::new(u64::MAX), stop, closing: AtomicBool::new(false) }
    }

    fn until(&self, from_now: Duration) {
        let until = (self.origin.elapsed() + from_now).as_millis() as u64;
        self.until_ms.store(until, Ordering::Release);
    }

    fn is_late(&self) -> bool {
        self.origin.elapsed().as_millis() as u64 > self.until_ms.load(Ordering::Acquire)
    }

    fn is_over(&self) -> bool {
        self.is_late() || (self.stop.is_set() && !self.closing.load(Ordering::Acquire))
    }
}

struct FfmpegStream {
    input: ffmpeg::format::context::Input,
    patience: Arc<Patience>,
    request: OpenRequest,
    index: usize,
    info: StreamInfo,
}

impl Stream for FfmpegStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn read(&mut self, limit: Duration) -> Result<Option<RawPacket>, SourceError> {
        self.patience.until(limit);
        loop {
            let mut packet = ffmpeg::Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) if packet.stream() == self.index && packet.size() > 0 => {
                    let damaged = packet.is_corrupt() | avlog::take_loss();
                    return Ok(Some(RawPacket { packet, damaged, place: None }));
                }
                Ok(()) | Err(ffmpeg::Error::Other { errno: libc::EAGAIN }) => {
                    if self.patience.is_over() {
                        return Err(self.request.silence());
                    }
                }
                Err(ffmpeg::Error::Eof) if self.info.recorded => return Ok(None),
                Err(ffmpeg::Error::Exit) => return Err(self.request.silence()),
                Err(error) => return Err(self.request.broken(error)),
            }
        }
    }
}

impl Drop for FfmpegStream {
    fn drop(&mut self) {
        // Dropping the input says TEARDOWN, which a set stop flag would cut short.
        self.patience.closing.store(true, Ordering::Release);
        self.patience.until(GOODBYE);
    }
}

impl OpenRequest {
    fn error(&self, reason: Reason, error: ffmpeg::Error) -> SourceError {
        let said = avlog::take_last_error();
        let detail = if said.is_empty() { error.to_string() } else { said };
        SourceError::new(reason, self.address.to_string(), detail)
    }

    /// Why FFmpeg left without an error of its own.
    fn silence(&self) -> SourceError {
        if self.stop.is_set() {
            return SourceError::new(Reason::Stopped, self.address.to_string(), "");
        }
        SourceError::new(Reason::Stalled, self.address.to_string(), "")
    }

    /// An error while opening.
    fn explain(&self, error: ffmpeg::Error) -> SourceError {
        use ffmpeg::Error::*;
        let said = avlog::take_last_error();
        let reason = match error {
            HttpUnauthorized => Reason::WrongPassword,
            HttpForbidden => Reason::Forbidden,
            HttpNotFound => Reason::NotFound,
            HttpBadRequest | HttpOther4xx | HttpServerError => Reason::Protocol,
            Exit if self.stop.is_set() => Reason::Stopped,
            Exit => Reason::Timeout,
            InvalidData if said.contains("moov atom not found") && begins_as_mp4(&self.address) => Reason::Truncated,
            InvalidData | DemuxerNotFound => Reason::NotMedia,
            Other { errno: libc::EINVAL } if said.contains("whitelist") => Reason::NotMedia,
            StreamNotFound => Reason::NoVideo,
            ProtocolNotFound => Reason::BadUrl,
            Eof if !self.address.over_network() => Reason::NotMedia,
            Eof => Reason::Lost,
            Other { errno } => match errno {
                libc::ECONNREFUSED => Reason::Refused,
                libc::ETIMEDOUT => Reason::Timeout,
                libc::EHOSTUNREACH | libc::ENETUNREACH => Reason::Unreachable,
                libc::EIO if said.contains("resolve") => Reason::Unreachable,
                libc::ECONNRESET | libc::EPIPE => Reason::Lost,
                libc::ENOENT => Reason::NotFound,
                libc::EACCES | libc::EPERM => Reason::Forbidden,
                _ => Reason::Protocol,
            },
            Bug | Bug2 | Unknown | OptionNotFound => Reason::Internal,
            _ => Reason::Protocol,
        };
        SourceError::new(reason, self.address.to_string(), if said.is_empty() { error.to_string() } else { said })
    }

    /// An error while reading.
    fn broken(&self, error: ffmpeg::Error) -> SourceError {
        let reason = match error {
            ffmpeg::Error::InvalidData => Reason::Damaged,
            ffmpeg::Error::Other { errno: libc::ETIMEDOUT } => Reason::Stalled,
            _ => Reason::Lost,
        };
        self.error(reason, error)
    }
}
