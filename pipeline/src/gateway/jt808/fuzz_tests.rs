//! Any bytes at all: nothing panics, nothing grows.
//!
//! Ten thousand inputs with every test run; `make fuzz-jt808` takes ten million, or `FUZZ_INPUTS`.

use super::*;
use operators::vocabulary::EventTime;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// Frames of terminals and platform that a mutation begins with.
fn seeds() -> Vec<Vec<u8>> {
    let hex = [
        "7e0200001c0123456789010000000004000000080007203b7d0202633df7013800030063241001235959\
         1c7e",
        "7e0200401c01000000000172998417380000000004000000080007203b7d0202633df7013800030063200707192359c17e",
        "7e010000241234567820110001001f006e63643132337777772e3830382e3736353433323101b2e2413132333435363738347e",
        "7e0102402d0112345678901234562019000109393837363534333231313233343536373839303132333435332e372e3135000000000000\
         0000000000000000b77e",
        "7e0704003f1234567820130001000200001c000004000000080006eeb6ad02633df7013800030063241001235959001c0000040000000800\
         06eeb6ad02633df7013800030063241001235959047e",
        "7e8001000512345678201100010001000200bf7e",
    ];
    hex.iter().map(|h| hex::decode(h).expect("hexadecimal")).collect()
}

fn input(rng: &mut SmallRng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = match rng.random_range(0..8) {
        0 => (0..rng.random_range(0..200)).map(|_| rng.random()).collect(),
        // A body of any bytes in a frame whose sums are right, which gets further in.
        1..4 => {
            let ids =
                [1u16, 2, 0x100, 0x102, 0x200, 0x704, 0x8001, 0x8100, 0x8300, 0x8600, 0x8602, 0x8604, 0x8606, 0x8601];
            let edition = if rng.random() { Edition::Y2019 } else { Edition::Y2013 };
            let part =
                rng.random_bool(0.3).then(|| Part { total: rng.random_range(0..6), index: rng.random_range(0..6) });
            let header = Header {
                id: ids[rng.random_range(0..ids.len())],
                edition,
                protocol: rng.random(),
                encryption: u8::from(rng.random_bool(0.05)),
                phone: Phone::new(&rng.random_range(0..9u32).to_string(), edition).expect("digits"),
                serial: rng.random_range(0..8),
                part,
            };
            let body: Vec<u8> =
                (0..rng.random_range(0..120)).map(|_| rng.random::<u8>() & rng.random::<u8>()).collect();
            frame(&header, &body).expect("fits")
        }
        _ => seeds[rng.random_range(0..seeds.len())].clone(),
    };
    for _ in 0..[0, 0, 1, 3][rng.random_range(0..4)] {
        if bytes.is_empty() {
            break;
        }
        let at = rng.random_range(0..bytes.len());
        match rng.random_range(0..5) {
            0 => bytes[at] = rng.random(),
            1 => bytes[at] ^= 1 << rng.random_range(0..8),
            2 => drop(bytes.remove(at)),
            3 => bytes.insert(at, [0x7e, 0x7d, 0, 0xff][rng.random_range(0..4)]),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

fn fuzz(inputs: u64) {
    let (mut rng, seeds) = (SmallRng::seed_from_u64(808), seeds());
    let config = PartsConfig { messages: 8, parts: 100, bytes: 20_000, wait: 1000 };
    let (mut deframer, mut parts) = (Deframer::new(), Parts::new(config));
    let (mut whole, mut messages, mut bad) = (0u64, 0u64, 0u64);
    for n in 0..inputs {
        let bytes = input(&mut rng, &seeds);
        deframer.push(&bytes, |frame| match frame {
            Ok(frame) => {
                whole += 1;
                if let Reassembled::Whole(body) = parts.push(&frame.header, frame.body, EventTime(n as i64)) {
                    match Message::decode(&Header { part: None, ..frame.header }, &body) {
                        Ok(message) => {
                            messages += 1;
                            // What was read can be written, but for texts that were no GBK.
                            let written = message.encode(frame.header.edition);
                            assert!(
                                written.is_ok()
                                    || matches!(written, Err(EncodeError::Text(_) | EncodeError::TooLong { .. }))
                            );
                        }
                        Err(error) => assert!(!error.to_string().is_empty()),
                    }
                }
            }
            Err(error) => {
                bad += 1;
                assert!(!error.to_string().is_empty());
            }
        });
        assert!(deframer.pending() <= MAX_FRAME && parts.bytes() <= config.bytes && parts.len() <= config.messages);
    }
    assert!(whole > inputs / 4 && messages > inputs / 6 && bad > inputs / 4, "{whole} {messages} {bad} of {inputs}");
}

#[test]
fn ten_thousand_inputs_do_no_harm() {
    fuzz(10_000);
}

#[test]
#[ignore = "minutes; make fuzz-jt808"]
fn ten_million_inputs_do_no_harm() {
    let inputs = std::env::var("FUZZ_INPUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000_000);
    fuzz(inputs);
    eprintln!("{inputs} inputs did no harm");
}
