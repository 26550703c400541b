//! From planned packets to pictures.
//!
//! Traps: a decoder fed only keyframes holds each back for two GOPs where
//! there are B-frames, so it is drained after each (BUILD-NOTES). Pictures are
//! told apart by a number of our own that travels as their timestamp, because
//! cameras send timestamps twice or not at all. Damage is trusted from the
//! decoder's flags and stays until the next keyframe: what refers to a damaged
//! picture is damaged, and decoders do not flag that.

use super::frame::{Converter, Frame};
use super::plan::{Order, Wanted, Work};
use super::{DecodeOn, Format, MediaPacket, Reason, SourceError, hardware};
use ffmpeg::codec::threading;
use ffmpeg_next as ffmpeg;
use ffmpeg_next::packet::{Mut, Ref};
use std::collections::VecDeque;
use std::sync::Arc;

/// A wanted picture, or why there is none.
#[derive(Debug)]
pub struct Decoded {
    /// Its packet.
    pub packet: Arc<MediaPacket>,
    /// What it was wanted for.
    pub wanted: Wanted,
    /// The picture; `None` when it was damaged or did not come out.
    pub frame: Option<Frame>,
}

struct Sent {
    packet: Arc<MediaPacket>,
    wanted: Option<Wanted>,
}

/// A decoder waits for no more than this many pictures (the standards allow 16).
const MOST_HELD: usize = 64;

/// Decodes one stream on the caller's thread.
pub struct Decoder {
    video: ffmpeg::decoder::Video,
    generation: u32,
    sent: VecDeque<Sent>,
    in_order: bool,
    /// Nothing from here to the next keyframe is to be trusted.
    damaged: bool,
    converter: Converter,
}

impl Decoder {
    /// A decoder for `format`, with one thread: many cameras are the parallelism. On the GPU where that is wanted and
    /// can be had.
    ///
    /// # Errors
    /// [`Reason::UnsupportedCodec`] when FFmpeg has none.
    pub fn new(format: &Format, on: DecodeOn) -> Result<Self, SourceError> {
        let open = || {
            let mut context = ffmpeg::codec::Context::from_parameters(format.parameters.get().clone())?;
            context.set_threading(threading::Config::count(1));
            hardware::prepare(&mut context, on);
            context.decoder().video()
        };
        let video = open().map_err(|error: ffmpeg::Error| {
            SourceError::new(Reason::UnsupportedCodec, format.codec(), error.to_string())
        })?;
        Ok(Decoder {
            video,
            generation: format.generation,
            sent: VecDeque::new(),
            in_order: false,
            damaged: false,
            converter: Converter::default(),
        })
    }

    /// Which [`Format`] it was made for.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Decodes one planned packet; appends the wanted pictures that came out.
    pub fn decode(&mut self, work: Work, out: &mut Vec<Decoded>) {
        if work.order != Order::Follow {
            self.drain(out);
            self.damaged = false;
        }
        self.in_order = work.order != Order::Alone;
        // Of what nobody wants, only what others refer to is decoded.
        let skip = if work.wanted.is_some() { ffmpeg::Discard::Default } else { ffmpeg::Discard::NonReference };
        self.video.skip_frame(skip);
        self.damaged |= work.packet.damaged;
        if let Err(error) = self.send(&work, out) {
            tracing::trace!(%error, packet = ?work.packet, "not decodable");
            self.damaged = true;
            if let Some(wanted) = work.wanted {
                out.push(Decoded { packet: work.packet, wanted, frame: None });
            }
        }
        self.receive(out);
        if work.order == Order::Alone {
            self.drain(out);
        }
    }

    /// Gets out what is still inside; a decoder that was drained begins anew.
    pub fn drain(&mut self, out: &mut Vec<Decoded>) {
        if self.sent.is_empty() && !self.in_order {
            return;
        }
        if self.video.send_eof().is_ok() {
            self.receive(out);
        }
        self.video.flush();
        self.in_order = false;
        for sent in std::mem::take(&mut self.sent) {
            give_up(sent, out);
        }
    }

    fn send(&mut self, work: &Work, out: &mut Vec<Decoded>) -> Result<(), ffmpeg::Error> {
        let mut packet = shallow(&work.packet.packet)?;
        packet.set_pts(Some(work.packet.sequence as i64));
        packet.set_dts(None);
        let sent = match self.video.send_packet(&packet) {
            Err(ffmpeg::Error::Other { errno: libc::EAGAIN }) => {
                self.receive(out);
                self.video.send_packet(&packet)
            }
            sent => sent,
        };
        sent?;
        self.sent.push_back(Sent { packet: Arc::clone(&work.packet), wanted: work.wanted });
        while self.sent.len() > MOST_HELD {
            if let Some(lost) = self.sent.pop_front() {
                give_up(lost, out);
            }
        }
        Ok(())
    }

    fn receive(&mut self, out: &mut Vec<Decoded>) {
        loop {
            let mut picture = ffmpeg::frame::Video::empty();
            match self.video.receive_frame(&mut picture) {
                Ok(()) => self.take(picture, out),
                Err(ffmpeg::Error::Other { errno: libc::EAGAIN } | ffmpeg::Error::Eof) => return,
                Err(error) => {
                    tracing::trace!(%error, "decoder");
                    self.damaged = true;
                    return;
                }
            }
        }
    }

    fn take(&mut self, picture: ffmpeg::frame::Video, out: &mut Vec<Decoded>) {
        // SAFETY: a plain field of a frame that is alive. Read raw: the
        // wrapper cuts off the flags that its default features do not know.
        let errors = unsafe { (*picture.as_ptr()).decode_error_flags };
        let number = picture.pts();
        let at = self.sent.iter().position(|sent| Some(sent.packet.sequence as i64) == number);
        let Some(sent) = at.and_then(|at| self.sent.remove(at)) else { return };
        if picture.is_corrupt() || errors != 0 {
            self.damaged = true;
        }
        let Some(wanted) = sent.wanted else { return };
        let frame = if self.damaged || sent.packet.damaged {
            None
        } else {
            hardware::fetched(picture).ok().and_then(|picture| self.converter.frame(picture).ok())
        };
        out.push(Decoded { packet: sent.packet, wanted, frame });
    }
}

fn give_up(sent: Sent, out: &mut Vec<Decoded>) {
    if let Some(wanted) = sent.wanted {
        out.push(Decoded { packet: sent.packet, wanted, frame: None });
    }
}

/// Another reference to the same data (the wrapper's clone copies it).
fn shallow(packet: &ffmpeg::Packet) -> Result<ffmpeg::Packet, ffmpeg::Error> {
    let mut reference = ffmpeg::Packet::empty();
    // SAFETY: an empty packet takes a reference to one that is alive.
    match unsafe { ffmpeg::ffi::av_packet_ref(reference.as_mut_ptr(), packet.as_ptr()) } {
        0 => Ok(reference),
        error => Err(error.into()),
    }
}
