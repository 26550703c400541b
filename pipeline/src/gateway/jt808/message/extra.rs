//! The additional items of a location. What is not known, or has another length than it should, is kept as bytes.

use super::super::bytes::{Reader, Writer};
use super::super::error::EncodeError;

/// One additional item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extra {
    /// 0x01: odometer, 0.1 km.
    Mileage(u32),
    /// 0x02: fuel, 0.1 l.
    Fuel(u16),
    /// 0x03: speed of the recorder, 0.1 km/h.
    RecorderSpeed(u16),
    /// 0x04: number of an alarm that a person must confirm.
    ManualAlarm(u16),
    /// 0x05: tyre pressures (2019), as sent.
    TyrePressure([u8; 30]),
    /// 0x06: temperature of the carriage (2019), as sent: the highest bit says below zero.
    CarriageTemperature(u16),
    /// 0x11: over-speed; `kind` 0 nowhere in particular, 1 circle, 2 rectangle, 3 polygon, 4 segment of a route.
    OverSpeed {
        /// Where.
        kind: u8,
        /// Which area; none where the kind is 0.
        area: Option<u32>,
    },
    /// 0x12: came into or left an area or route.
    Area {
        /// 1 circle, 2 rectangle, 3 polygon, 4 route.
        kind: u8,
        /// Which.
        id: u32,
        /// 0 in, 1 out.
        direction: u8,
    },
    /// 0x13: too short or too long on a segment.
    SegmentTime {
        /// Segment.
        segment: u32,
        /// Time on it, s.
        seconds: u16,
        /// 0 too short, 1 too long.
        result: u8,
    },
    /// 0x14: alarms of the video (JT/T 1078).
    VideoAlarms(u32),
    /// 0x15: channels without signal.
    VideoLost(u32),
    /// 0x16: channels that are covered.
    VideoCovered(u32),
    /// 0x17: storages that failed.
    StorageFailed(u16),
    /// 0x18: abnormal driving.
    Driving {
        /// Bits: 0 tired, 1 on the telephone, 2 smoking.
        kinds: u16,
        /// How tired, 0 to 100.
        fatigue: u8,
    },
    /// 0x25: signals of the vehicle: lamps, brakes, horn, …
    VehicleSignals(u32),
    /// 0x2A: inputs and outputs.
    Io(u16),
    /// 0x2B: two analogue inputs.
    Analogue([u16; 2]),
    /// 0x30: strength of the mobile network.
    Rssi(u8),
    /// 0x31: satellites in use.
    Satellites(u8),
    /// Any other item, as it came.
    Other {
        /// Its id.
        id: u8,
        /// Its bytes.
        bytes: Vec<u8>,
    },
}

impl Extra {
    fn parse(id: u8, bytes: &[u8]) -> Extra {
        let u16_at = |i: usize| u16::from_be_bytes([bytes[i], bytes[i + 1]]);
        let u32_at = |i: usize| u32::from_be_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
        match (id, bytes.len()) {
            (0x01, 4) => Extra::Mileage(u32_at(0)),
            (0x02, 2) => Extra::Fuel(u16_at(0)),
            (0x03, 2) => Extra::RecorderSpeed(u16_at(0)),
            (0x04, 2) => Extra::ManualAlarm(u16_at(0)),
            (0x05, 30) => {
                let mut tyres = [0; 30];
                tyres.copy_from_slice(bytes);
                Extra::TyrePressure(tyres)
            }
            (0x06, 2) => Extra::CarriageTemperature(u16_at(0)),
            (0x11, 1) if bytes[0] == 0 => Extra::OverSpeed { kind: 0, area: None },
            (0x11, 5) if bytes[0] != 0 => Extra::OverSpeed { kind: bytes[0], area: Some(u32_at(1)) },
            (0x12, 6) => Extra::Area { kind: bytes[0], id: u32_at(1), direction: bytes[5] },
            (0x13, 7) => Extra::SegmentTime { segment: u32_at(0), seconds: u16_at(4), result: bytes[6] },
            (0x14, 4) => Extra::VideoAlarms(u32_at(0)),
            (0x15, 4) => Extra::VideoLost(u32_at(0)),
            (0x16, 4) => Extra::VideoCovered(u32_at(0)),
            (0x17, 2) => Extra::StorageFailed(u16_at(0)),
            (0x18, 3) => Extra::Driving { kinds: u16_at(0), fatigue: bytes[2] },
            (0x25, 4) => Extra::VehicleSignals(u32_at(0)),
            (0x2a, 2) => Extra::Io(u16_at(0)),
            (0x2b, 4) => Extra::Analogue([u16_at(2), u16_at(0)]),
            (0x30, 1) => Extra::Rssi(bytes[0]),
            (0x31, 1) => Extra::Satellites(bytes[0]),
            _ => Extra::Other { id, bytes: bytes.to_vec() },
        }
    }

    /// Reads items until the end; what is left of an item that is cut off is the second value.
    pub(super) fn read_all(r: &mut Reader<'_>) -> (Vec<Extra>, Vec<u8>) {
        let mut extras = Vec::new();
        while !r.is_empty() {
            let mut ahead = r.clone();
            let item =
                ahead.u8().and_then(|id| Ok((id, ahead.u8()?))).and_then(|(id, n)| Ok((id, ahead.take(n.into())?)));
            match item {
                Ok((id, bytes)) => extras.push(Extra::parse(id, bytes)),
                Err(_) => return (extras, r.rest().to_vec()),
            }
            *r = ahead;
        }
        (extras, Vec::new())
    }

    pub(super) fn write(&self, out: &mut Writer) -> Result<(), EncodeError> {
        match self {
            Extra::Mileage(v) => out.u8(0x01).u8(4).u32(*v),
            Extra::Fuel(v) => out.u8(0x02).u8(2).u16(*v),
            Extra::RecorderSpeed(v) => out.u8(0x03).u8(2).u16(*v),
            Extra::ManualAlarm(v) => out.u8(0x04).u8(2).u16(*v),
            Extra::TyrePressure(v) => out.u8(0x05).u8(30).put(v),
            Extra::CarriageTemperature(v) => out.u8(0x06).u8(2).u16(*v),
            Extra::OverSpeed { kind, area: Some(area) } if *kind != 0 => out.u8(0x11).u8(5).u8(*kind).u32(*area),
            Extra::OverSpeed { .. } => out.u8(0x11).u8(1).u8(0),
            Extra::Area { kind, id, direction } => out.u8(0x12).u8(6).u8(*kind).u32(*id).u8(*direction),
            Extra::SegmentTime { segment, seconds, result } => {
                out.u8(0x13).u8(7).u32(*segment).u16(*seconds).u8(*result)
            }
            Extra::VideoAlarms(v) => out.u8(0x14).u8(4).u32(*v),
            Extra::VideoLost(v) => out.u8(0x15).u8(4).u32(*v),
            Extra::VideoCovered(v) => out.u8(0x16).u8(4).u32(*v),
            Extra::StorageFailed(v) => out.u8(0x17).u8(2).u16(*v),
            Extra::Driving { kinds, fatigue } => out.u8(0x18).u8(3).u16(*kinds).u8(*fatigue),
            Extra::VehicleSignals(v) => out.u8(0x25).u8(4).u32(*v),
            Extra::Io(v) => out.u8(0x2a).u8(2).u16(*v),
            Extra::Analogue([first, second]) => out.u8(0x2b).u8(4).u16(*second).u16(*first),
            Extra::Rssi(v) => out.u8(0x30).u8(1).u8(*v),
            Extra::Satellites(v) => out.u8(0x31).u8(1).u8(*v),
            Extra::Other { id, bytes } => {
                out.u8(*id).count8(bytes.len(), "an additional item of more than 255 bytes")?.put(bytes)
            }
        };
        Ok(())
    }
}
