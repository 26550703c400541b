//! The GPU's video decoder (NVDEC), by FFmpeg's hardware device: where there is one and it was asked for.
//!
//! One device for the process; each decoder refers to it. A picture is copied into the processor's memory as soon as
//! it is decoded, because everything after it (quality, gate, letterbox, evidence) works there. What cannot be had is
//! decoded by the processor: said once, counted by reason.

use super::DecodeOn;
use ffmpeg::ffi;
use ffmpeg_next as ffmpeg;
use std::sync::OnceLock;

/// Pictures decoded, by what decoded them.
pub const DECODED: &str = "streetwatch_decoded_total";
/// Decoders that are not what was asked for, by reason.
const FALLBACK: &str = "streetwatch_decode_fallback_total";

/// FFmpeg's handle on the GPU.
struct Gpu(*mut ffi::AVBufferRef);

// SAFETY: a reference-counted buffer that is only ever referenced again (atomically); FFmpeg's CUDA device may be
// used by several decoders on several threads.
unsafe impl Send for Gpu {}
// SAFETY: as above.
unsafe impl Sync for Gpu {}

/// The process's GPU, opened when first asked for; or why there is none.
fn gpu() -> Result<&'static Gpu, &'static str> {
    static GPU: OnceLock<Result<Gpu, String>> = OnceLock::new();
    GPU.get_or_init(open).as_ref().map_err(String::as_str)
}

fn open() -> Result<Gpu, String> {
    super::avlog::install();
    super::avlog::take_last_error();
    let mut device = std::ptr::null_mut();
    // SAFETY: FFmpeg writes the new reference, or leaves null and says why.
    let opened = unsafe {
        let kind = ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_CUDA;
        ffi::av_hwdevice_ctx_create(&raw mut device, kind, std::ptr::null(), std::ptr::null_mut(), 0)
    };
    if opened < 0 || device.is_null() {
        let said = super::avlog::take_last_error();
        let error = ffmpeg::Error::from(opened).to_string();
        return Err(if said.is_empty() { error } else { format!("{error} ({said})") });
    }
    Ok(Gpu(device))
}

/// What pictures are really decoded on when this is asked for, and why not on the GPU where they are not.
pub fn decoding_on(wanted: DecodeOn) -> (&'static str, Option<&'static str>) {
    match wanted {
        DecodeOn::Cpu => ("cpu", None),
        DecodeOn::Auto | DecodeOn::Cuda => match gpu() {
            Ok(_) => ("cuda", None),
            Err(why) => ("cpu", Some(why)),
        },
    }
}

/// Lets a decoder that is not open yet use the GPU, where that is wanted and there is one.
pub(super) fn prepare(context: &mut ffmpeg::codec::Context, wanted: DecodeOn) {
    if wanted == DecodeOn::Cpu {
        return;
    }
    match gpu() {
        // SAFETY: the context is not open yet and takes ownership of the new reference; the callback lives for ever.
        Ok(gpu) => unsafe {
            let raw = context.as_mut_ptr();
            (*raw).hw_device_ctx = ffi::av_buffer_ref(gpu.0);
            (*raw).get_format = Some(choose);
        },
        Err(why) => fell_back(wanted, "no_device", why),
    }
}

/// Counts a decoder on the processor; the first one is said.
fn fell_back(wanted: DecodeOn, reason: &'static str, why: &str) {
    metrics::counter!(FALLBACK, "reason" => reason).increment(1);
    static TOLD: OnceLock<()> = OnceLock::new();
    if TOLD.set(()).is_ok() {
        // Who wrote "auto" asked for no more than this.
        match wanted {
            DecodeOn::Cuda => {
                tracing::warn!(reason, why, "pictures cannot be decoded on the GPU; the processor decodes them")
            }
            _ => tracing::info!(reason, why, "pictures are decoded on the processor"),
        }
    }
}

/// Of the formats that a decoder offers for a stream: the GPU's, else the first of the processor's.
///
/// FFmpeg asks again without the GPU's where that then turns out not to work.
unsafe extern "C" fn choose(
    _context: *mut ffi::AVCodecContext,
    offered: *const ffi::AVPixelFormat,
) -> ffi::AVPixelFormat {
    use ffi::AVPixelFormat::{AV_PIX_FMT_CUDA, AV_PIX_FMT_NONE};
    let mut software = AV_PIX_FMT_NONE;
    let mut at = offered;
    // SAFETY: FFmpeg hands over a list that ends with NONE; descriptors are constants.
    unsafe {
        while *at != AV_PIX_FMT_NONE {
            if *at == AV_PIX_FMT_CUDA {
                return AV_PIX_FMT_CUDA;
            }
            let description = ffi::av_pix_fmt_desc_get(*at);
            let hardware = !description.is_null() && (*description).flags & ffi::AV_PIX_FMT_FLAG_HWACCEL as u64 != 0;
            if software == AV_PIX_FMT_NONE && !hardware {
                software = *at;
            }
            at = at.add(1);
        }
    }
    fell_back(DecodeOn::Cuda, "codec", "the GPU's decoder does not take this stream");
    software
}

/// A picture in the processor's memory, with all that was said of it; unchanged where it is there already.
///
/// # Errors
/// The copy failed.
pub(super) fn fetched(picture: ffmpeg::frame::Video) -> Result<ffmpeg::frame::Video, ffmpeg::Error> {
    if picture.format() != ffmpeg::format::Pixel::CUDA {
        metrics::counter!(DECODED, "on" => "cpu").increment(1);
        return Ok(picture);
    }
    let mut here = ffmpeg::frame::Video::empty();
    // SAFETY: both frames are alive; the empty one is filled by FFmpeg, which says whether it was.
    let copied = unsafe {
        let copied = ffi::av_hwframe_transfer_data(here.as_mut_ptr(), picture.as_ptr(), 0);
        if copied < 0 { copied } else { ffi::av_frame_copy_props(here.as_mut_ptr(), picture.as_ptr()) }
    };
    if copied < 0 {
        metrics::counter!(FALLBACK, "reason" => "transfer").increment(1);
        return Err(ffmpeg::Error::from(copied));
    }
    metrics::counter!(DECODED, "on" => "cuda").increment(1);
    Ok(here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ffi::AVPixelFormat::{AV_PIX_FMT_CUDA, AV_PIX_FMT_NONE, AV_PIX_FMT_NV12, AV_PIX_FMT_VAAPI, AV_PIX_FMT_YUV420P};

    fn chosen(offered: &[ffi::AVPixelFormat]) -> ffi::AVPixelFormat {
        // SAFETY: the list ends with NONE, and the context is not looked at.
        unsafe { choose(std::ptr::null_mut(), offered.as_ptr()) }
    }

    #[test]
    fn the_gpus_format_is_taken_where_it_is_offered_and_never_anothers() {
        assert_eq!(chosen(&[AV_PIX_FMT_VAAPI, AV_PIX_FMT_CUDA, AV_PIX_FMT_YUV420P, AV_PIX_FMT_NONE]), AV_PIX_FMT_CUDA);
        assert_eq!(chosen(&[AV_PIX_FMT_VAAPI, AV_PIX_FMT_YUV420P, AV_PIX_FMT_NONE]), AV_PIX_FMT_YUV420P);
        assert_eq!(chosen(&[AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P, AV_PIX_FMT_NONE]), AV_PIX_FMT_NV12);
        assert_eq!(chosen(&[AV_PIX_FMT_NONE]), AV_PIX_FMT_NONE);
    }

    #[test]
    fn a_picture_that_is_here_already_is_not_copied() {
        let picture = ffmpeg::frame::Video::new(ffmpeg::format::Pixel::YUV420P, 64, 48);
        let before = picture.data(0).as_ptr();
        assert_eq!(fetched(picture).expect("here").data(0).as_ptr(), before);
    }

    #[test]
    fn what_is_asked_for_is_cpu_or_says_why_it_is() {
        assert_eq!(decoding_on(DecodeOn::Cpu), ("cpu", None));
        let (on, why) = decoding_on(DecodeOn::Cuda);
        assert_eq!(on == "cpu", why.is_some(), "{on}: {why:?}");
    }
}
