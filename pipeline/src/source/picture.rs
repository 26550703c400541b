//! A single still picture, JPEG or PNG, as a decoded frame.

use super::frame::Converter;
use super::{Frame, Reason, SourceError};
use ffmpeg_next as ffmpeg;

/// A side of a still picture at most, in pixels.
const MOST_SIDE: u32 = 16_384;

/// Decodes the bytes of one JPEG or PNG file; `name` is for messages.
///
/// # Errors
/// [`Reason::NotMedia`] for anything else, [`Reason::Damaged`] where it cannot be decoded.
pub fn decode_picture(name: &str, bytes: &[u8]) -> Result<Frame, SourceError> {
    let id = match bytes {
        [0xff, 0xd8, 0xff, ..] => ffmpeg::codec::Id::MJPEG,
        [0x89, b'P', b'N', b'G', ..] => ffmpeg::codec::Id::PNG,
        _ => return Err(SourceError::new(Reason::NotMedia, name, "neither JPEG nor PNG")),
    };
    let damaged = |error: ffmpeg::Error| SourceError::new(Reason::Damaged, name, error.to_string());
    let codec =
        ffmpeg::codec::decoder::find(id).ok_or_else(|| SourceError::new(Reason::UnsupportedCodec, name, id.name()))?;
    let mut decoder = ffmpeg::codec::Context::new_with_codec(codec).decoder().video().map_err(damaged)?;
    decoder.send_packet(&ffmpeg::Packet::copy(bytes)).map_err(damaged)?;
    decoder.send_eof().map_err(damaged)?;
    let mut picture = ffmpeg::frame::Video::empty();
    decoder.receive_frame(&mut picture).map_err(damaged)?;
    if picture.is_corrupt() || picture.width() > MOST_SIDE || picture.height() > MOST_SIDE {
        return Err(SourceError::new(Reason::Damaged, name, "cut off, or larger than a camera's picture"));
    }
    Converter::default().frame(picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{jpeg, raster::Raster};
    use proptest::prelude::*;

    #[test]
    fn a_jpeg_becomes_a_frame_and_other_bytes_say_what_they_are_not() {
        let bytes = jpeg::encode(&Raster::filled(64, 48, [200, 30, 30]), 90).expect("encodes");
        let frame = decode_picture("a.jpg", &bytes).expect("decodes");
        assert_eq!((frame.width(), frame.height()), (64, 48));
        assert_eq!(decode_picture("a.txt", b"text").expect_err("text").reason, Reason::NotMedia);
        assert_eq!(decode_picture("a.png", b"\x89PNG\r\n\x1a\nxx").expect_err("cut").reason, Reason::Damaged);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(png in any::<bool>(), rest in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = if png { b"\x89PNG\r\n\x1a\n".to_vec() } else { vec![0xff, 0xd8, 0xff] };
            bytes.extend(rest);
            let _ = decode_picture("fuzz", &bytes);
        }
    }
}
