//! Whatever is written is read again.

use super::arbitrary::{edition, header, message};
use super::*;
use operators::vocabulary::EventTime;
use proptest::prelude::*;

/// Every message of the stream, put together where it came in parts.
fn read(stream: &[u8], piece: usize) -> Vec<Message> {
    let (mut deframer, mut parts, mut found) = (Deframer::new(), Parts::default(), Vec::new());
    for bytes in stream.chunks(piece) {
        deframer.push(bytes, |frame| {
            let Frame { header, body } = frame.expect("every frame is right");
            if let Reassembled::Whole(body) = parts.push(&header, body, EventTime(0)) {
                found.push(Message::decode_whole(header.id, header.edition, &body).expect("a whole message"));
            }
        });
    }
    assert!(parts.is_empty() && parts.bytes() == 0 && deframer.pending() == 0);
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_message_is_read_as_it_was_written(
        (header, message) in edition().prop_flat_map(|e| (header(e), message(e))),
        piece in 1usize..2000,
    ) {
        let stream: Vec<u8> = frames(&header, &message).expect("can be sent").concat();
        prop_assert_eq!(read(&stream, piece), vec![message]);
    }

    #[test]
    fn parts_in_any_order_make_the_same_message(
        (header, message) in edition().prop_flat_map(|e| (header(e), message(e))),
        keys in prop::collection::vec(any::<u32>(), 70),
    ) {
        let mut frames = frames(&header, &message).expect("can be sent");
        let mut order: Vec<_> = keys.into_iter().cycle().zip(frames.drain(..)).enumerate().collect();
        order.sort_by_key(|(n, (key, _))| (*key, *n));
        let stream: Vec<u8> = order.into_iter().flat_map(|(_, (_, frame))| frame).collect();
        prop_assert_eq!(read(&stream, 4096), vec![message]);
    }
}
