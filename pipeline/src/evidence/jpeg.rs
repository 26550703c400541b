//! JPEG in and out: stills wait as JPEG until a candidate is raised.

use super::raster::Raster;
use ffmpeg_next::{codec, format::Pixel, frame, packet::Packet};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use models::{Matrix, Planes};
use thiserror::Error;

/// Why a picture could not be encoded or decoded.
#[derive(Debug, Error)]
pub enum JpegError {
    /// JPEG has 16 bits for a side.
    #[error("a picture of {width}x{height} pixels does not fit a JPEG (1 to 65535 a side)")]
    Size {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// The encoder refused.
    #[error("a picture could not be encoded as JPEG: {0}")]
    Encode(#[from] jpeg_encoder::EncodingError),
    /// The bytes are no JPEG of ours.
    #[error("a kept still could not be decoded: {0}")]
    Decode(String),
}

/// Encodes at a quality of 1 to 100, chroma halved.
///
/// # Errors
/// A side is 0 or over 65535.
pub fn encode(picture: &Raster, quality: u8) -> Result<Vec<u8>, JpegError> {
    let (width, height) = (picture.width, picture.height);
    let side = |n: usize| u16::try_from(n).ok().filter(|&n| n > 0).ok_or(JpegError::Size { width, height });
    let mut bytes = Vec::with_capacity(width * height / 4);
    let mut encoder = Encoder::new(&mut bytes, quality.clamp(1, 100));
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.encode(&picture.data, side(width)?, side(height)?, ColorType::Rgb)?;
    Ok(bytes)
}

/// Decodes a JPEG that [`encode`] made (baseline, 4:2:0).
///
/// # Errors
/// The bytes are damaged, or another kind of JPEG.
pub fn decode(bytes: &[u8]) -> Result<Raster, JpegError> {
    let wrong = |e: ffmpeg_next::Error| JpegError::Decode(e.to_string());
    let codec = codec::decoder::find(codec::Id::MJPEG).ok_or_else(|| JpegError::Decode("no MJPEG decoder".into()))?;
    let mut decoder = codec::Context::new_with_codec(codec).decoder().video().map_err(wrong)?;
    if bytes.is_empty() {
        return Err(JpegError::Decode("no bytes".into()));
    }
    decoder.send_packet(&Packet::copy(bytes)).map_err(wrong)?;
    decoder.send_eof().map_err(wrong)?;
    let mut picture = frame::Video::empty();
    decoder.receive_frame(&mut picture).map_err(wrong)?;
    if !matches!(picture.format(), Pixel::YUVJ420P | Pixel::YUV420P) {
        return Err(JpegError::Decode(format!("pixel format {:?} instead of 4:2:0", picture.format())));
    }
    let planes = Planes {
        width: picture.width() as usize,
        height: picture.height() as usize,
        y: picture.data(0),
        u: picture.data(1),
        v: picture.data(2),
        y_stride: picture.stride(0),
        uv_stride: picture.stride(1),
        full_range: true,
        matrix: Matrix::Bt601,
    };
    Raster::from_planes(&planes).ok_or_else(|| JpegError::Decode("planes too short".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_survives_encoding_and_decoding_nearly_unchanged() {
        let mut picture = Raster::filled(65, 33, [0; 3]);
        for (i, pixel) in picture.data.chunks_exact_mut(3).enumerate() {
            let (x, y) = (i % 65, i / 65);
            pixel.copy_from_slice(&[(x * 3) as u8, (y * 6) as u8, 120]);
        }
        let back = decode(&encode(&picture, 95).expect("encodes")).expect("decodes");
        assert_eq!((back.width, back.height), (65, 33));
        let error: u32 = picture.data.iter().zip(&back.data).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        assert!(error / (picture.data.len() as u32) < 4, "mean error {}", error / picture.data.len() as u32);
    }

    #[test]
    fn damaged_bytes_are_an_error() {
        assert!(decode(b"").is_err());
        assert!(decode(b"no jpeg at all, but long enough to be looked at by a parser").is_err());
        assert!(encode(&Raster { width: 0, height: 4, data: vec![] }, 85).is_err());
    }
}
