//! Frames out of a stream of bytes: flags 0x7e, escapes 0x7d, an XOR checksum.
//!
//! A flag separates; it neither opens nor closes. So a lost flag, noise between
//! frames or a frame cut short costs that frame, and the next one is whole.

use super::error::FrameError;
use super::header::Header;

/// Most bytes of a frame without flags and escapes: the header of 2019 with parts, 1,023 of body, the checksum.
pub const MAX_FRAME: usize = 21 + 1023 + 1;

const FLAG: u8 = 0x7e;
const ESCAPE: u8 = 0x7d;

/// A whole frame whose checksum and length are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Who sends what.
    pub header: Header,
    /// The message, or one part of it.
    pub body: &'a [u8],
}

/// Takes bytes as they come in, in pieces of any size. Keeps at most [`MAX_FRAME`] of them.
#[derive(Debug, Clone, Default)]
pub struct Deframer {
    buffer: Vec<u8>,
    escaped: bool,
    bad: Option<FrameError>,
}

impl Deframer {
    /// Knows nothing yet.
    pub fn new() -> Deframer {
        Deframer::default()
    }

    /// Takes the next bytes; gives each frame that ends in them, or why it is none.
    pub fn push(&mut self, bytes: &[u8], mut take: impl FnMut(Result<Frame<'_>, FrameError>)) {
        for &byte in bytes {
            if byte == FLAG {
                self.end(&mut take);
            } else if self.bad.is_none() {
                self.add(byte);
            }
        }
    }

    /// Bytes of an unfinished frame: a terminal that went silent in the middle of one has some.
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    fn add(&mut self, byte: u8) {
        let byte = match (self.escaped, byte) {
            (true, 1) => ESCAPE,
            (true, 2) => FLAG,
            (true, other) => {
                self.bad = Some(FrameError::Escape(other));
                return;
            }
            (false, ESCAPE) => {
                self.escaped = true;
                return;
            }
            (false, byte) => byte,
        };
        self.escaped = false;
        if self.buffer.len() == MAX_FRAME {
            self.bad = Some(FrameError::TooLong);
        } else {
            self.buffer.push(byte);
        }
    }

    fn end(&mut self, take: &mut impl FnMut(Result<Frame<'_>, FrameError>)) {
        let escaped = std::mem::take(&mut self.escaped);
        if let Some(bad) = self.bad.take() {
            take(Err(bad));
        } else if escaped && self.buffer.len() < MAX_FRAME {
            // Some terminals do not escape the checksum: this is 0x7d itself.
            self.buffer.push(ESCAPE);
            take(parse(&self.buffer));
        } else if !self.buffer.is_empty() {
            take(parse(&self.buffer));
        }
        self.buffer.clear();
    }
}

fn parse(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    let Some((&said, rest)) = bytes.split_last() else { return Err(FrameError::TooShort { has: 0 }) };
    let is = rest.iter().fold(0, |sum, b| sum ^ b);
    if is != said {
        // A checksum of 0x7e that was not escaped looks like the flag, and the body seems to end one byte early.
        if is ^ said == FLAG
            && let Ok((header, body)) = Header::parse(bytes)
        {
            return Ok(Frame { header, body });
        }
        return Err(match bytes.len() {
            has @ ..=12 => FrameError::TooShort { has },
            _ => FrameError::Checksum { said, is },
        });
    }
    Header::parse(rest).map(|(header, body)| Frame { header, body })
}

#[cfg(test)]
mod tests {
    use super::super::{Edition, Phone, frame};
    use super::*;

    const BEAT: [u8; 15] = [0x7e, 0, 2, 0, 0, 0x12, 0x34, 0x56, 0x78, 0x20, 0x11, 0, 1, 0x3a, 0x7e];

    fn all(bytes: &[u8]) -> Vec<Result<(u16, Vec<u8>), FrameError>> {
        let mut found = Vec::new();
        Deframer::new().push(bytes, |f| found.push(f.map(|f| (f.header.serial, f.body.to_vec()))));
        found
    }

    fn header(serial: u16) -> Header {
        Header {
            id: 0x0900,
            edition: Edition::Y2013,
            protocol: 0,
            encryption: 0,
            phone: Phone::new("13800138000", Edition::Y2013).expect("digits"),
            serial,
            part: None,
        }
    }

    #[test]
    fn frames_are_found_whole_however_they_are_cut() {
        let body = [0x7e, 0x7d, 0x01, 0x02, 0x7d, 0x7e];
        let stream: Vec<u8> = (0..3).flat_map(|n| frame(&header(n), &body).expect("fits")).collect();
        let expected: Vec<_> = (0..3).map(|n| (n, body.to_vec())).collect();
        for size in 1..stream.len() {
            let (mut deframer, mut found) = (Deframer::new(), Vec::new());
            for piece in stream.chunks(size) {
                deframer.push(piece, |f| found.push(f.map(|f| (f.header.serial, f.body.to_vec())).expect("whole")));
            }
            assert_eq!(found, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn frames_may_share_a_flag_and_a_lost_flag_costs_nothing() {
        let shared = [&BEAT[..14], &BEAT[..]].concat();
        assert_eq!(all(&shared).len(), 2);
        assert!(all(&shared).iter().all(Result::is_ok));
    }

    #[test]
    fn a_bad_frame_costs_one_frame() {
        let mut flipped = BEAT;
        flipped[6] ^= 1;
        let noise = [0x41, 0x42];
        let cut = &BEAT[..8];
        let escape = [0x7e, 0x00, 0x7d, 0x09, 0x11, 0x7e];
        let stream = [&flipped[..], &BEAT, &noise, &BEAT, cut, &BEAT, &escape, &BEAT].concat();
        let found = all(&stream);
        assert_eq!(found.iter().filter(|f| f.is_ok()).count(), 4);
        let errors: Vec<_> = found.into_iter().filter_map(Result::err).map(|e| e.reason()).collect();
        assert_eq!(errors, ["checksum", "too-short", "too-short", "escape"]);
    }

    #[test]
    fn a_frame_without_end_is_given_up_and_its_bytes_are_not_kept() {
        let mut deframer = Deframer::new();
        for _ in 0..10_000 {
            deframer.push(&[0x55; 1000], |_| panic!("nothing ended"));
            assert!(deframer.pending() <= MAX_FRAME);
        }
        let mut found = Vec::new();
        deframer.push(&BEAT, |f| found.push(f.map(|f| f.header.id)));
        assert_eq!(found, [Err(FrameError::TooLong), Ok(2)]);
    }

    #[test]
    fn a_checksum_that_was_not_escaped_is_understood() {
        for wanted in [0x7d, 0x7e] {
            // A body byte that gives this checksum.
            let plain = frame(&header(7), &[0]).expect("fits");
            let sum = plain[plain.len() - 2];
            let mut bytes = frame(&header(7), &[sum ^ wanted]).expect("fits");
            assert_eq!(bytes[bytes.len() - 3], 0x7d, "escaped by us");
            bytes.truncate(bytes.len() - 3);
            bytes.extend([wanted, 0x7e]);
            let stream = [bytes, BEAT.to_vec()].concat();
            assert_eq!(all(&stream), [Ok((7, vec![sum ^ wanted])), Ok((1, vec![]))], "{wanted:#x}");
        }
    }
}
