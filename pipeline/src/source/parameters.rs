//! Notices, packet by packet, that a stream has changed its encoding.
//!
//! Cameras change resolution inside the stream: the new parameter sets come
//! with a keyframe (H.264 SPS, H.265 VPS/SPS), or as FFmpeg's "new extradata"
//! where the container keeps them. The decoder copes by itself; clips must not
//! run across, and need the new sets for their header.

use super::{Format, SharedParameters};
use ffmpeg::codec::packet::side_data::Type as SideData;
use ffmpeg::ffi;
use ffmpeg_next as ffmpeg;
use ffmpeg_next::packet::Ref;

/// Remembers the parameter sets last seen.
#[derive(Debug, Default)]
pub struct ParameterWatch {
    sets: Option<Vec<u8>>,
}

impl ParameterWatch {
    /// The parameters from this packet on, when they differ from `format`'s.
    pub fn changed(&mut self, packet: &ffmpeg::Packet, format: &Format) -> Option<SharedParameters> {
        let fresh = packet.side_data().find(|data| data.kind() == SideData::NewExtraData);
        if let Some(fresh) = fresh {
            self.sets = None;
            let changed = with_extradata(format, fresh.data())?;
            return Some(with_size_of(&changed, packet).unwrap_or(changed));
        }
        if !packet.is_key() {
            return None;
        }
        let (essential, all) = parameter_sets(packet.data()?, format);
        if essential.is_empty() {
            return None;
        }
        let before = self.sets.replace(essential);
        if before.is_none() || before == self.sets {
            return None;
        }
        let changed =
            if length_prefix(format).is_none() { with_extradata(format, &all)? } else { format.parameters.clone() };
        Some(with_size_of(&changed, packet).unwrap_or(changed))
    }
}

/// The parameter sets beside the stream; empty where there are none.
pub(super) fn extradata(format: &Format) -> &[u8] {
    // SAFETY: pointer and size belong together and live as long as the parameters.
    unsafe {
        let raw = format.parameters.get().as_ptr();
        if (*raw).extradata.is_null() {
            return &[];
        }
        std::slice::from_raw_parts((*raw).extradata, (*raw).extradata_size.max(0) as usize)
    }
}

/// Bytes of the length before each NAL unit in MP4-style packets (avcC and
/// hvcC say so); `None` for Annex B start codes.
fn length_prefix(format: &Format) -> Option<usize> {
    let extradata = extradata(format);
    let at = match format.parameters.get().id() {
        ffmpeg::codec::Id::H264 => 4,
        ffmpeg::codec::Id::HEVC => 21,
        _ => return None,
    };
    (extradata.first() == Some(&1)).then(|| usize::from(extradata.get(at).copied().unwrap_or(3) & 3) + 1)
}

/// The sequence parameter sets of a packet, and all its parameter sets with
/// start codes (an Annex B extradata).
fn parameter_sets(data: &[u8], format: &Format) -> (Vec<u8>, Vec<u8>) {
    let (mut essential, mut all) = (Vec::new(), Vec::new());
    let hevc = match format.parameters.get().id() {
        ffmpeg::codec::Id::H264 => false,
        ffmpeg::codec::Id::HEVC => true,
        _ => return (essential, all),
    };
    let mut take = |unit: &[u8]| -> bool {
        let Some(first) = unit.first() else { return true };
        let kind = if hevc { first >> 1 & 0x3f } else { first & 0x1f };
        let (sequence, any, picture) = if hevc {
            (kind == 33, (32..=34).contains(&kind), kind < 32)
        } else {
            (kind == 7, kind == 7 || kind == 8, (1..=5).contains(&kind))
        };
        // Servers put the sets in front of a keyframe that already has them.
        let fresh = !all.windows(unit.len()).any(|seen: &[u8]| seen == unit);
        if sequence && fresh {
            essential.extend_from_slice(unit);
        }
        if any && fresh {
            all.extend_from_slice(&[0, 0, 0, 1]);
            all.extend_from_slice(unit);
        }
        // Sets come before the picture; its bytes need not be searched.
        !picture
    };
    match length_prefix(format) {
        Some(prefix) => {
            let mut rest = data;
            while rest.len() > prefix {
                let length = rest[..prefix].iter().fold(0usize, |n, byte| n << 8 | usize::from(*byte));
                let Some(unit) = rest.get(prefix..prefix + length) else { break };
                if !take(unit) {
                    break;
                }
                rest = &rest[prefix + length..];
            }
        }
        None => {
            let mut units = annex_b(data);
            while units.next().is_some_and(&mut take) {}
        }
    }
    (essential, all)
}

/// NAL units between Annex B start codes, one at a time.
fn annex_b(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let start = |from: usize| data.get(from..)?.windows(3).position(|w| w == [0, 0, 1]).map(|at| from + at + 3);
    let mut next = start(0);
    std::iter::from_fn(move || {
        let begin = next?;
        next = start(begin);
        let end = next.map_or(data.len(), |at| at - 3);
        // A four-byte start code leaves a zero behind the unit before it.
        let trimmed = data[begin..end].iter().rposition(|byte| *byte != 0).map_or(begin, |at| begin + at + 1);
        Some(&data[begin..trimmed])
    })
}

fn with_extradata(format: &Format, extradata: &[u8]) -> Option<SharedParameters> {
    let mut changed = format.parameters.get().clone();
    // SAFETY: the clone owns its extradata, which FFmpeg allocates with
    // av_malloc and wants padded; the padding is zeroed.
    unsafe {
        let raw = changed.as_mut_ptr();
        let fresh = ffi::av_mallocz(extradata.len() + ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize).cast::<u8>();
        if fresh.is_null() {
            return None;
        }
        std::ptr::copy_nonoverlapping(extradata.as_ptr(), fresh, extradata.len());
        ffi::av_freep((&raw mut (*raw).extradata).cast());
        (*raw).extradata = fresh;
        (*raw).extradata_size = extradata.len() as libc::c_int;
    }
    Some(SharedParameters::copy_of(&changed))
}

/// The same parameters with the picture size that the packet tells.
fn with_size_of(parameters: &SharedParameters, packet: &ffmpeg::Packet) -> Option<SharedParameters> {
    let mut context = ffmpeg::codec::Context::from_parameters(parameters.get().clone()).ok()?;
    let mut changed = parameters.get().clone();
    // SAFETY: parser and context live for this call only; the packet's data is
    // padded as FFmpeg demands because FFmpeg allocated it.
    unsafe {
        let raw = packet.as_ptr();
        let parser = ffi::av_parser_init((*changed.as_ptr()).codec_id as libc::c_int);
        if parser.is_null() {
            return None;
        }
        (*parser).flags |= ffi::PARSER_FLAG_COMPLETE_FRAMES as libc::c_int;
        let (mut out, mut size) = (std::ptr::null_mut(), 0);
        let none = ffi::AV_NOPTS_VALUE;
        let (data, length) = ((*raw).data, (*raw).size);
        ffi::av_parser_parse2(parser, context.as_mut_ptr(), &mut out, &mut size, data, length, none, none, -1);
        let (width, height) = ((*parser).width, (*parser).height);
        ffi::av_parser_close(parser);
        if width <= 0 || height <= 0 {
            return None;
        }
        (*changed.as_mut_ptr()).width = width;
        (*changed.as_mut_ptr()).height = height;
    }
    Some(SharedParameters::copy_of(&changed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn format(id: ffmpeg::codec::Id, extradata: &[u8]) -> Format {
        let mut parameters = ffmpeg::codec::Parameters::new();
        parameters.set_medium(ffmpeg::media::Type::Video);
        parameters.set_id(id);
        let bare = Format {
            parameters: SharedParameters::copy_of(&parameters),
            time_base: ffmpeg::Rational(1, 1_000),
            generation: 0,
        };
        Format { parameters: with_extradata(&bare, extradata).expect("memory"), ..bare }
    }

    fn key(data: &[u8]) -> ffmpeg::Packet {
        let mut packet = ffmpeg::Packet::copy(data);
        packet.set_flags(ffmpeg::packet::Flags::KEY);
        packet
    }

    #[test]
    fn a_new_sequence_parameter_set_is_a_change_and_the_same_again_is_none() {
        let format = format(ffmpeg::codec::Id::H264, &[]);
        let mut watch = ParameterWatch::default();
        let first = [0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 0, 1, 0x68, 9, 0, 0, 1, 0x65, 8, 8];
        let mut second = first;
        second[5] = 7;
        let doubled = [&first[..9], &first[..]].concat();
        assert!(watch.changed(&key(&first), &format).is_none());
        assert!(watch.changed(&key(&doubled), &format).is_none());
        assert!(watch.changed(&key(&first), &format).is_none());
        let changed = watch.changed(&key(&second), &format).expect("changed");
        let changed = Format { parameters: changed, ..format };
        assert_eq!(extradata(&changed), [0, 0, 0, 1, 0x67, 7, 2, 3, 0, 0, 0, 1, 0x68, 9]);
    }

    #[test]
    fn lengths_instead_of_start_codes_are_understood() {
        let format = format(ffmpeg::codec::Id::H264, &[1, 100, 0, 30, 0xff]);
        let (essential, _) = parameter_sets(&[0, 0, 0, 2, 0x67, 5, 0, 0, 0, 1, 0x65], &format);
        assert_eq!(essential, [0x67, 5]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(data in proptest::collection::vec(any::<u8>(), 0..200), prefixed in any::<bool>(), hevc in any::<bool>()) {
            let id = if hevc { ffmpeg::codec::Id::HEVC } else { ffmpeg::codec::Id::H264 };
            let format = format(id, if prefixed { &[1; 23] } else { &[] });
            let mut watch = ParameterWatch::default();
            let _ = watch.changed(&key(&data), &format);
            let mut other = data.clone();
            other.reverse();
            let _ = watch.changed(&key(&other), &format);
        }
    }
}
