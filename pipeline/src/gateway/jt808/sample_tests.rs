//! Frames that others decoded: ours must read the same values, and write the same bytes.

use super::*;
use std::path::{Path, PathBuf};

fn samples() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    [root.join("../shared"), root.join("../../shared")].into_iter().map(|p| p.join("data/jt808")).find(|p| p.is_dir())
}

/// One frame of a file with the lines that say what is in it, `label` and `value`.
struct Sample {
    frame: Vec<u8>,
    said: Vec<(String, String)>,
}

fn read(text: &str) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(frame) = line.strip_prefix("7e").and_then(|_| hex::decode(line).ok()) {
            samples.push(Sample { frame, said: Vec::new() });
        } else if let (Some(sample), Some((left, value))) = (samples.last_mut(), line.rsplit_once(":[")) {
            // "[06eeb6ad] 纬度:[116307629]", where a remark may follow.
            let label = left.rsplit(']').next().unwrap_or(left).trim();
            let value = value.split(']').next().unwrap_or(value);
            sample.said.push((label.to_owned(), value.to_owned()));
        }
    }
    samples
}

/// What we read, in the words of the files.
fn told(header: &Header, checksum: u8, message: &Message) -> Vec<(String, String)> {
    let mut told: Vec<(&str, String)> = vec![
        ("消息ID", header.id.to_string()),
        ("协议版本标识", u8::from(header.edition == Edition::Y2019).to_string()),
        ("版本号", if header.edition == Edition::Y2019 { "JT2019" } else { "JT2013" }.to_owned()),
        ("是否分包", header.part.is_some().to_string()),
        ("加密标识", header.encryption.to_string()),
        ("终端手机号", header.phone.to_string()),
        ("消息流水号", header.serial.to_string()),
        ("校验码", checksum.to_string()),
    ];
    let location = |l: &Location, told: &mut Vec<(&str, String)>| {
        let at = jiff::Timestamp::from_millisecond(l.at.0).expect("in range");
        let at = jiff::tz::offset(8).to_datetime(at);
        told.extend([
            ("报警标志", l.alarms.to_string()),
            ("状态标志", l.status.to_string()),
            ("纬度", l.latitude.to_string()),
            ("经度", l.longitude.to_string()),
            ("海拔高度", l.altitude.to_string()),
            ("速度", l.speed.to_string()),
            ("方向", l.direction.to_string()),
            ("时间", at.strftime("%F %T").to_string()),
        ]);
    };
    match message {
        Message::Heartbeat => {}
        Message::PlatformAck(ack) => told.extend([
            ("应答消息流水号", ack.serial.to_string()),
            ("应答消息ID", ack.id.to_string()),
            ("结果", u8::from(ack.result).to_string()),
        ]),
        Message::Registered(reply) => told.extend([
            ("应答流水号", reply.serial.to_string()),
            ("结果", reply.result.to_string()),
            ("鉴权码", reply.code.clone().unwrap_or_default()),
        ]),
        Message::Register(r) => {
            let widths = match r.edition {
                Edition::Y2011 => [5, 8, 7],
                Edition::Y2013 => [5, 20, 7],
                Edition::Y2019 => [11, 30, 30],
            };
            told.extend([
                ("省域ID", r.province.to_string()),
                ("市县域ID", r.city.to_string()),
                ("车牌颜色", u8::from(r.colour).to_string()),
                ("车牌号", r.plate.clone()),
            ]);
            let mut told: Vec<_> = told.into_iter().map(|(l, v)| (l.to_owned(), v)).collect();
            for ((label, text), width) in
                [("制造商ID", &r.maker), ("终端型号", &r.model), ("终端ID", &r.terminal)].into_iter().zip(widths)
            {
                told.push((format!("{label}({width})"), text.clone()));
            }
            return told;
        }
        Message::Authenticate(a) => {
            told.push(("鉴权码", a.code.clone()));
            if header.edition == Edition::Y2019 {
                told.extend([("终端IMEI", a.imei.clone()), ("软件版本", a.software.clone())]);
                told.push(("鉴权码长度", a.code.len().to_string()));
            }
        }
        Message::Location(l) => location(l, &mut told),
        Message::Batch(batch) => {
            told.extend([("数据项个数", batch.items.len().to_string())]);
            told.push(("位置汇报类型", u8::from(batch.back_fill).to_string()));
            batch.items.iter().for_each(|item| location(item, &mut told));
        }
        other => panic!("no file is about {other:?}"),
    }
    told.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

#[test]
fn every_frame_that_others_decoded_is_read_to_the_same_values_and_written_to_the_same_bytes() {
    let Some(folder) = samples() else {
        eprintln!("skipped: ../shared/data/jt808 is not here");
        return;
    };
    let (mut frames, mut empty) = (0, 0);
    let mut editions = std::collections::BTreeSet::new();
    for file in std::fs::read_dir(&folder).expect("the folder can be read").flatten() {
        if file.path().extension().is_none_or(|e| e != "txt") {
            continue;
        }
        let text = std::fs::read_to_string(file.path()).expect("a text");
        for Sample { frame: bytes, said } in read(&text) {
            frames += 1;
            let mut seen = 0;
            Deframer::new().push(&bytes, |found| {
                let Frame { header, body } = found.unwrap_or_else(|e| panic!("{}: {e}", file.path().display()));
                seen += 1;
                match Message::decode(&header, body) {
                    // An answer without a body; nobody wrote down what it says.
                    Err(BodyError::Short { .. }) if said.is_empty() && body.is_empty() => empty += 1,
                    Err(e) => panic!("{}: {e}", file.path().display()),
                    Ok(message) => {
                        let told = told(&header, bytes[bytes.len() - 2], &message);
                        for pair in &told {
                            assert!(
                                said.contains(pair),
                                "{}: we read {pair:?}, the file says {said:?}",
                                file.path().display()
                            );
                        }
                        if let Message::Register(r) = &message {
                            editions.insert(r.edition);
                        }
                        assert_eq!(
                            super::frames(&header, &message).expect("can be sent"),
                            std::slice::from_ref(&bytes)
                        );
                    }
                }
            });
            assert_eq!(seen, 1, "{}", file.path().display());
        }
    }
    assert!(frames >= 30 && editions.len() == 3, "{frames} frames, registrations of {editions:?}");
    eprintln!("{frames} frames read to the values beside them, {empty} of them answers without a body");
}

/// From the field notes: frames of both headers, and the numbers in them.
#[test]
fn known_frames_of_both_headers_are_read_to_their_numbers() {
    let cases = [
        (
            "7e0200001c0123456789010000000004000000080007203b7d0202633df7013800030063241001235959\
          1c7e",
            "012345678901",
            "2024-10-01T15:59:59Z",
        ),
        (
            "7e0200401c01000000000172998417380000000004000000080007203b7d0202633df7013800030063200707192359c17e",
            "00000000017299841738",
            "2020-07-07T11:23:59Z",
        ),
    ];
    for (text, phone, at) in cases {
        let mut seen = 0;
        Deframer::new().push(&hex::decode(text).expect("hexadecimal"), |found| {
            let Frame { header, body } = found.expect("a frame");
            seen += 1;
            let Message::Location(l) = Message::decode(&header, body).expect("a message") else {
                panic!("no location")
            };
            assert_eq!(header.phone.to_string(), phone);
            assert_eq!((l.alarms, l.status, l.altitude, l.speed, l.direction), (0x400, 0x800, 312, 3, 99));
            // The sender has latitude and longitude swapped; that is not for this layer to judge.
            assert_eq!(l.degrees(), [40.058_359, 119.552_894]);
            assert_eq!(jiff::Timestamp::from_millisecond(l.at.0).expect("in range").to_string(), at);
        });
        assert_eq!(seen, 1);
    }
}
