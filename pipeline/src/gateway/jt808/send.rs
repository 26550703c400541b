//! Frames of a message: header, escapes, checksum, and parts where it is long.

use super::bytes::Writer;
use super::error::EncodeError;
use super::header::{Header, Part};
use super::message::Message;

/// Most bytes of a body in one frame.
pub const MAX_BODY: usize = 1023;

/// One frame with its flags.
///
/// # Errors
/// The body is longer than [`MAX_BODY`].
pub fn frame(header: &Header, body: &[u8]) -> Result<Vec<u8>, EncodeError> {
    if body.len() > MAX_BODY {
        return Err(EncodeError::TooLarge("a body of more than 1,023 bytes in one frame"));
    }
    let mut plain = Writer { bytes: Vec::with_capacity(24 + body.len()) };
    header.write(body.len(), &mut plain);
    plain.put(body);
    let checksum = plain.bytes.iter().fold(0, |sum, b| sum ^ b);
    plain.u8(checksum);
    let mut out = Vec::with_capacity(plain.bytes.len() + 8);
    out.push(0x7e);
    for byte in plain.bytes {
        match byte {
            0x7e => out.extend([0x7d, 0x02]),
            0x7d => out.extend([0x7d, 0x01]),
            byte => out.push(byte),
        }
    }
    out.push(0x7e);
    Ok(out)
}

/// The frames of a message, one after the other. The header's id and part are
/// set here; its serial is that of the first frame, each further one counts on.
///
/// # Errors
/// A text that GBK cannot say, a time that cannot be sent, or more than fits.
pub fn frames(header: &Header, message: &Message) -> Result<Vec<Vec<u8>>, EncodeError> {
    let (id, body) = message.encode(header.edition)?;
    let whole = Header { id, part: None, ..*header };
    if body.len() <= MAX_BODY {
        return Ok(vec![frame(&whole, &body)?]);
    }
    let total =
        u16::try_from(body.len().div_ceil(MAX_BODY)).map_err(|_| EncodeError::TooLarge("more than 65,535 parts"))?;
    let part = |(i, piece): (u16, &[u8])| {
        let serial = whole.serial.wrapping_add(i);
        frame(&Header { serial, part: Some(Part { total, index: i + 1 }), ..whole }, piece)
    };
    (0u16..).zip(body.chunks(MAX_BODY)).map(part).collect()
}
