//! FFmpeg's log: into `tracing`, with the camera, and into our errors.
//!
//! FFmpeg says the useful half of an error ("moov atom not found") only in its
//! log. Its calls log on the thread that makes them (we use one decoding
//! thread per decoder), so a thread-local scope knows the camera and the last
//! words.

use super::redact;
use ffmpeg_next::ffi;
use std::cell::RefCell;
use std::sync::{Arc, Once};

#[derive(Default)]
struct Scene {
    camera: Option<Arc<str>>,
    last_error: String,
    loss: bool,
}

thread_local! {
    static SCENE: RefCell<Scene> = RefCell::default();
}

/// Words by which FFmpeg tells of packets that were lost on the way. If a
/// version words it otherwise, damage shows only in the decoder's own flags.
const LOSS: [&str; 3] = ["missed", "dropping", "max delay reached"];

/// Says that this thread works for `camera` from now on.
pub fn enter(camera: &Arc<str>) {
    install();
    let _ = SCENE.try_with(|scene| {
        if let Ok(mut scene) = scene.try_borrow_mut()
            && scene.camera.as_ref() != Some(camera)
        {
            *scene = Scene { camera: Some(Arc::clone(camera)), ..Scene::default() };
        }
    });
}

/// The last error FFmpeg logged on this thread since it was last asked.
pub fn take_last_error() -> String {
    SCENE
        .try_with(|scene| scene.try_borrow_mut().map(|mut scene| std::mem::take(&mut scene.last_error)))
        .ok()
        .and_then(Result::ok)
        .unwrap_or_default()
}

/// Whether FFmpeg told of lost packets on this thread since it was last asked.
pub fn take_loss() -> bool {
    SCENE
        .try_with(|scene| scene.try_borrow_mut().map(|mut scene| std::mem::take(&mut scene.loss)))
        .is_ok_and(|taken| taken.unwrap_or(false))
}

/// Sends FFmpeg's warnings and errors here instead of to stderr. Once per process.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = ffmpeg_next::init();
        ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Warning);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the callback lives for ever, may be called on any thread and does not unwind.
        unsafe {
            ffi::av_log_set_callback(Some(callback));
        }
    });
}

/// `va_list` has another shape on other processors; there FFmpeg's own handler
/// stays, at warning level, and errors lack its words.
#[cfg(target_arch = "x86_64")]
unsafe extern "C" fn callback(
    object: *mut libc::c_void,
    level: libc::c_int,
    format: *const libc::c_char,
    arguments: *mut ffi::__va_list_tag,
) {
    if level > ffi::AV_LOG_WARNING {
        return;
    }
    let mut line = [0u8; 512];
    let mut prefix = 1;
    // SAFETY: FFmpeg hands over a format with matching arguments; the line is
    // bounded by the size given and always ends with a NUL.
    let text = unsafe {
        let size = line.len() as libc::c_int;
        ffi::av_log_format_line2(object, level, format, arguments, line.as_mut_ptr().cast(), size, &mut prefix);
        std::ffi::CStr::from_bytes_until_nul(&line)
    };
    let Ok(text) = text else { return };
    heard(level <= ffi::AV_LOG_ERROR, text.to_string_lossy().trim());
}

/// Takes one line. "[h264 @ 0x55…] text": the pointer helps nobody.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
fn heard(error: bool, line: &str) {
    let text = match line.split_once("] ") {
        Some((part, text)) if part.starts_with('[') => {
            let part = part.trim_start_matches('[').split(' ').next().unwrap_or_default();
            format!("{part}: {text}")
        }
        _ => line.to_owned(),
    };
    let text = redact(&text);
    if text.is_empty() {
        return;
    }
    metrics::counter!("streetwatch_ffmpeg_messages_total", "level" => if error { "error" } else { "warning" })
        .increment(1);
    let camera = SCENE.try_with(|scene| {
        let mut scene = scene.try_borrow_mut().ok()?;
        scene.loss |= LOSS.iter().any(|word| text.contains(word));
        if error {
            scene.last_error.clone_from(&text);
        }
        scene.camera.clone()
    });
    let camera = camera.ok().flatten();
    // Debug: a bad line would fill the log; what matters is counted and told as health.
    tracing::debug!(target: "ffmpeg", camera = camera.as_deref().unwrap_or(""), error, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_lose_pointer_and_password_and_are_taken_once() {
        enter(&"c1".into());
        heard(true, "[mov,mp4 @ 0x55d0c0ffee] cannot open 'rtsp://u:secret@h/1'");
        assert_eq!(take_last_error(), "mov,mp4: cannot open 'rtsp://***@h/1'");
        assert_eq!(take_last_error(), "");
    }

    #[test]
    fn lost_packets_are_heard_of() {
        enter(&"c1".into());
        heard(false, "[rtsp @ 0x1] RTP: missed 3 packets");
        assert!(take_loss());
        assert!(!take_loss());
    }
}
