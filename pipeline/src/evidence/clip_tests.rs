use super::*;
use ffmpeg_next::{format::context::Input, media};
use std::{path::Path, process::Command};

/// A clip of the test picture, 4 s, 25 fps, a keyframe a second, with B-frames;
/// `None` (and a line that says so) where the ffmpeg command or the encoder is missing.
fn source(folder: &Path, encoder: &str, name: &str) -> Option<std::path::PathBuf> {
    let path = folder.join(name);
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-t", "4"])
        .args(["-pix_fmt", "yuv420p", "-c:v", encoder, "-g", "25", "-bf", "2"])
        .args(["-x265-params", "log-level=error:keyint=25:min-keyint=25"])
        .arg(&path)
        .status();
    if made.is_ok_and(|status| status.success()) {
        return Some(path);
    }
    eprintln!("skipped: the ffmpeg command with {encoder} is not there");
    None
}

/// The packets of a file's video from index `skip` on.
fn packets(path: &Path, skip: usize) -> ClipPackets {
    ffmpeg_next::init().expect("ffmpeg");
    let mut input = format::input(path).expect("opens");
    let stream = input.streams().best(media::Type::Video).expect("video");
    let (index, parameters, time_base) = (stream.index(), stream.parameters(), stream.time_base());
    let mut packets = Vec::new();
    loop {
        let mut packet = Packet::empty();
        if packet.read(&mut input).is_err() {
            break;
        }
        if packet.stream() == index {
            packets.push(Arc::new(packet));
        }
    }
    packets.drain(..skip);
    ClipPackets { packets, parameters: parameters.clone(), time_base, start: EventTime(1_000_000) }
}

struct Decoded {
    frames: usize,
    corrupt: usize,
    first_ms: i64,
    tag: u32,
}

fn decode(mp4: &[u8], folder: &Path) -> Decoded {
    let path = folder.join("check.mp4");
    std::fs::write(&path, mp4).expect("writable");
    let mut input: Input = format::input(&path).expect("the clip opens");
    let stream = input.streams().best(media::Type::Video).expect("video");
    let time_base = stream.time_base();
    // SAFETY: the parameters belong to the open input and are only read.
    let tag = unsafe { (*stream.parameters().as_ptr()).codec_tag };
    let mut decoder =
        codec::Context::from_parameters(stream.parameters()).expect("parameters").decoder().video().expect("a decoder");
    let mut seen = Decoded { frames: 0, corrupt: 0, first_ms: -1, tag };
    let mut frame = ffmpeg_next::frame::Video::empty();
    let mut drain = |decoder: &mut ffmpeg_next::decoder::Video, seen: &mut Decoded| {
        while decoder.receive_frame(&mut frame).is_ok() {
            if seen.frames == 0 {
                let ticks = frame.pts().unwrap_or(-1);
                seen.first_ms = ticks * 1000 * i64::from(time_base.numerator()) / i64::from(time_base.denominator());
            }
            seen.frames += 1;
            seen.corrupt += usize::from(frame.is_corrupt());
        }
    };
    loop {
        let mut packet = Packet::empty();
        if packet.read(&mut input).is_err() {
            break;
        }
        decoder.send_packet(&packet).expect("the decoder takes the packet");
        drain(&mut decoder, &mut seen);
    }
    decoder.send_eof().expect("end");
    drain(&mut decoder, &mut seen);
    seen
}

fn position(mp4: &[u8], name: &[u8; 4]) -> usize {
    mp4.windows(4).position(|w| w == name).unwrap_or_else(|| panic!("no {name:?} box"))
}

#[test]
fn a_clip_cut_in_mid_gop_starts_at_the_next_keyframe_and_decodes_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    for (encoder, name, tag) in
        [("libx264", "a.mp4", b"avc1"), ("libx264", "a.ts", b"avc1"), ("libx265", "b.ts", b"hvc1")]
    {
        let Some(path) = source(folder.path(), encoder, name) else { continue };
        let given = packets(&path, 10);
        let keyframe = given.packets.iter().position(|p| p.is_key()).expect("a keyframe");
        let clip = mux(&given).expect("muxes");
        let seen = decode(&clip.mp4, folder.path());
        let shown = |p: &Arc<Packet>| p.pts() >= given.packets[keyframe].pts();
        assert_eq!(seen.frames, given.packets[keyframe..].iter().filter(|p| shown(p)).count(), "{name}");
        assert!(seen.frames >= 75, "{name}");
        assert_eq!(seen.corrupt, 0, "{name}");
        assert_eq!(seen.tag, u32::from_le_bytes(*tag), "{name}");
        assert!((0..=1).contains(&seen.first_ms), "{name} starts at {} ms", seen.first_ms);
        assert!(position(&clip.mp4, b"moov") < position(&clip.mp4, b"mdat"), "{name}: the index is in front");
        let late = clip.start.since(given.start);
        assert!((500..=760).contains(&late), "{name}: the keyframe came {late} ms after the first packet");
    }
}

#[test]
fn the_same_packets_give_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(path) = source(folder.path(), "libx264", "a.mp4") else { return };
    let given = packets(&path, 0);
    assert_eq!(mux(&given).expect("muxes").mp4, mux(&given).expect("muxes").mp4);
}

#[test]
fn repeated_and_missing_times_do_not_stop_the_muxer() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(path) = source(folder.path(), "libx264", "a.mp4") else { return };
    let mut given = packets(&path, 0);
    let edit = |packet: &Arc<Packet>, change: &dyn Fn(&mut Packet)| {
        let mut packet = Packet::clone(packet);
        change(&mut packet);
        Arc::new(packet)
    };
    let earlier = given.packets[9].dts();
    given.packets[10] = edit(&given.packets[10], &|p| p.set_dts(earlier));
    given.packets[20] = edit(&given.packets[20], &|p| p.set_dts(None));
    given.packets[99] = edit(&given.packets[99], &|p| {
        p.set_dts(None);
        p.set_pts(None);
    });
    let clip = mux(&given).expect("muxes");
    assert_eq!(decode(&clip.mp4, folder.path()).frames, 99);
}

#[test]
fn packets_without_keyframe_and_other_codecs_are_an_error_that_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(path) = source(folder.path(), "libx264", "a.mp4") else { return };
    let mut given = packets(&path, 1);
    given.packets.truncate(5);
    assert!(mux(&given).expect_err("no keyframe").to_string().contains("more than one GOP"));
    given.packets.clear();
    assert!(matches!(mux(&given), Err(ClipError::NoKeyframe(0))));
    given.parameters.set_id(codec::Id::MJPEG);
    assert!(mux(&given).expect_err("MJPEG").to_string().contains("H.264"));
}
