//! A decoded picture, always planar 4:2:0 with 8 bits.

use super::{Reason, SourceError};
use ffmpeg::format::Pixel;
use ffmpeg::software::scaling;
use ffmpeg_next as ffmpeg;
use models::{Matrix, Planes};
use std::sync::Arc;

/// A decoded picture. Clones are cheap and share the decoder's buffer.
#[derive(Clone)]
pub struct Frame {
    picture: Arc<ffmpeg::frame::Video>,
    full_range: bool,
    matrix: Matrix,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame({}x{})", self.width(), self.height())
    }
}

impl Frame {
    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.picture.width() as usize
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.picture.height() as usize
    }

    /// The planes, borrowed from the decoder's buffer.
    pub fn planes(&self) -> Planes<'_> {
        Planes {
            width: self.width(),
            height: self.height(),
            y: self.picture.data(0),
            u: self.picture.data(1),
            v: self.picture.data(2),
            y_stride: self.picture.stride(0),
            uv_stride: self.picture.stride(1),
            full_range: self.full_range,
            matrix: self.matrix,
        }
    }
}

/// Makes [`Frame`]s of whatever a decoder puts out. Keeps its scaler.
#[derive(Default)]
pub struct Converter {
    scaler: Option<scaling::Context>,
}

// SAFETY: a scaler is not tied to the thread that made it; the converter owns
// it and is used by one thread at a time.
unsafe impl Send for Converter {}

impl Converter {
    /// Passes planar 4:2:0 through, converts the rest (4:2:2, NV12, 10 bits, …).
    ///
    /// # Errors
    /// [`Reason::UnsupportedCodec`] where no conversion exists.
    pub fn frame(&mut self, picture: ffmpeg::frame::Video) -> Result<Frame, SourceError> {
        let format = picture.format();
        let jpeg = matches!(format, Pixel::YUVJ420P | Pixel::YUVJ422P | Pixel::YUVJ444P | Pixel::YUVJ440P);
        let matrix = match picture.color_space() {
            ffmpeg::color::Space::BT709 => Matrix::Bt709,
            // Unmarked: what players assume.
            ffmpeg::color::Space::Unspecified if picture.height() >= 720 => Matrix::Bt709,
            _ => Matrix::Bt601,
        };
        let marked = picture.color_range() == ffmpeg::color::Range::JPEG;
        if matches!(format, Pixel::YUV420P | Pixel::YUVJ420P) && planes_fit(&picture) {
            return Ok(Frame { picture: Arc::new(picture), full_range: jpeg || marked, matrix });
        }
        let converted = self.convert(&picture)?;
        // swscale turns the J formats and grey into video range and leaves the others as they are.
        let narrowed = jpeg || format == Pixel::GRAY8;
        Ok(Frame { picture: Arc::new(converted), full_range: marked && !narrowed, matrix })
    }

    fn convert(&mut self, picture: &ffmpeg::frame::Video) -> Result<ffmpeg::frame::Video, SourceError> {
        let (format, width, height) = (picture.format(), picture.width(), picture.height());
        let fail = |error: ffmpeg::Error| {
            let what = format!("{width}x{height} {format:?} cannot be converted: {error}");
            SourceError::new(Reason::UnsupportedCodec, "decoder", what)
        };
        let same =
            |scaler: &&mut scaling::Context| *scaler.input() == scaling::context::Definition { format, width, height };
        if self.scaler.as_mut().filter(same).is_none() {
            let flags = scaling::Flags::FAST_BILINEAR;
            let scaler = scaling::Context::get(format, width, height, Pixel::YUV420P, width, height, flags);
            self.scaler = Some(scaler.map_err(fail)?);
        }
        let mut converted = ffmpeg::frame::Video::empty();
        if let Some(scaler) = &mut self.scaler {
            scaler.run(picture, &mut converted).map_err(fail)?;
        }
        Ok(converted)
    }
}

/// Whether three whole planes of stride × height lie within the buffers: a
/// picture that is cropped or upside down may not have them.
fn planes_fit(picture: &ffmpeg::frame::Video) -> bool {
    // SAFETY: plain reads of a frame that is alive; pointers are only compared.
    unsafe {
        let raw = picture.as_ptr();
        let inside = |plane: usize, rows: usize| {
            let stride = (*raw).linesize[plane];
            let begin = (*raw).data[plane] as usize;
            let Some(size) = usize::try_from(stride).ok().filter(|s| *s > 0).and_then(|s| s.checked_mul(rows)) else {
                return false;
            };
            (*raw).buf.iter().filter(|buffer| !buffer.is_null()).any(|buffer| {
                let from = (**buffer).data as usize;
                begin >= from && begin + size <= from + (**buffer).size
            })
        };
        let rows = picture.height() as usize;
        (*raw).linesize[1] == (*raw).linesize[2]
            && inside(0, rows)
            && inside(1, rows.div_ceil(2))
            && inside(2, rows.div_ceil(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(format: Pixel, range: ffmpeg::color::Range, height: u32) -> Frame {
        let mut picture = ffmpeg::frame::Video::new(format, 64, height);
        for plane in 0..picture.planes() {
            picture.data_mut(plane).fill(128);
        }
        picture.set_color_range(range);
        Converter::default().frame(picture).expect("convertible")
    }

    #[test]
    fn every_layout_comes_out_as_three_planes_of_420() {
        for format in [Pixel::YUV420P, Pixel::YUVJ420P, Pixel::NV12, Pixel::YUV422P, Pixel::YUV444P, Pixel::GRAY8] {
            let frame = grey(format, ffmpeg::color::Range::MPEG, 49);
            let planes = frame.planes();
            assert_eq!((planes.width, planes.height), (64, 49), "{format:?}");
            assert!(planes.y.len() >= planes.y_stride * 49 && planes.u.len() >= planes.uv_stride * 25);
            assert!(planes.y[0].abs_diff(128) <= 2 && planes.v[0].abs_diff(128) <= 1, "{format:?}");
        }
    }

    #[test]
    fn range_and_matrix_are_told() {
        let jpeg = grey(Pixel::YUVJ420P, ffmpeg::color::Range::Unspecified, 720);
        assert!(jpeg.planes().full_range && jpeg.planes().matrix == Matrix::Bt709);
        let camera = grey(Pixel::YUV420P, ffmpeg::color::Range::JPEG, 480);
        assert!(camera.planes().full_range && camera.planes().matrix == Matrix::Bt601);
        assert!(!grey(Pixel::YUV420P, ffmpeg::color::Range::MPEG, 480).planes().full_range);
        assert!(!grey(Pixel::YUVJ422P, ffmpeg::color::Range::JPEG, 480).planes().full_range, "swscale narrows it");
    }
}
