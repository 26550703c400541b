//! 0x0200 and 0x0704: where a vehicle is, and where it was.

use super::super::bytes::{Reader, Writer};
use super::super::error::{BodyError, EncodeError};
use super::super::time::{from_bcd, to_bcd};
use super::extra::Extra;
use operators::vocabulary::EventTime;

/// How full the vehicle says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Load {
    /// Empty.
    Empty,
    /// Half.
    Half,
    /// Full.
    Full,
}

/// A terminal's report of one moment, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Bits of alarms: 0 emergency, 1 over-speed, 20 area, 21 route, 23 off the route, …
    pub alarms: u32,
    /// Bits of the state: 0 ignition, 1 position is fixed, 2 south, 3 west, 8 and 9 load, …
    pub status: u32,
    /// Millionths of a degree, without sign.
    pub latitude: u32,
    /// Millionths of a degree, without sign.
    pub longitude: u32,
    /// Metres, as sent; see [`Location::altitude_m`].
    pub altitude: u16,
    /// 0.1 km/h.
    pub speed: u16,
    /// Degrees from north, clockwise.
    pub direction: u16,
    /// When; whole seconds.
    pub at: EventTime,
    /// Additional items, in their order.
    pub extras: Vec<Extra>,
    /// What is left of an item that is cut off; empty where all is well.
    pub cut_off: Vec<u8>,
}

impl Location {
    /// Longitude and latitude in degrees, with their signs. Nothing is checked here.
    pub fn degrees(&self) -> [f64; 2] {
        let sign = |bit: u32| if self.status & 1 << bit == 0 { 1.0 } else { -1.0 };
        [sign(3) * f64::from(self.longitude) / 1e6, sign(2) * f64::from(self.latitude) / 1e6]
    }

    /// Metres above the sea; below it as most terminals send it.
    pub fn altitude_m(&self) -> i16 {
        self.altitude as i16
    }

    /// Ignition is on.
    pub fn ignition(&self) -> bool {
        self.status & 1 != 0
    }

    /// The satellites gave a position.
    pub fn is_fixed(&self) -> bool {
        self.status & 1 << 1 != 0
    }

    /// What bits 8 and 9 say; nothing where they are reserved (binary 10).
    pub fn load(&self) -> Option<Load> {
        match self.status >> 8 & 0b11 {
            0b00 => Some(Load::Empty),
            0b01 => Some(Load::Half),
            0b11 => Some(Load::Full),
            _ => None,
        }
    }

    pub(super) fn read(body: &[u8]) -> Result<Location, BodyError> {
        let mut r = Reader::new(body, "location 0x0200");
        let (alarms, status, latitude, longitude) = (r.u32()?, r.u32()?, r.u32()?, r.u32()?);
        let (altitude, speed, direction) = (r.u16()?, r.u16()?, r.u16()?);
        let at = from_bcd(r.array()?)?;
        let (extras, cut_off) = Extra::read_all(&mut r);
        Ok(Location { alarms, status, latitude, longitude, altitude, speed, direction, at, extras, cut_off })
    }

    pub(super) fn write(&self, out: &mut Writer) -> Result<(), EncodeError> {
        out.u32(self.alarms).u32(self.status).u32(self.latitude).u32(self.longitude);
        out.u16(self.altitude).u16(self.speed).u16(self.direction).put(&to_bcd(self.at)?);
        for extra in &self.extras {
            extra.write(out)?;
        }
        out.put(&self.cut_off);
        Ok(())
    }
}

/// An item of a batch that could not be read. The others can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadItem {
    /// From 0.
    pub index: usize,
    /// Why.
    pub error: BodyError,
}

/// Several reports, each with its own time: late ones must never be taken for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// From where there was no network, sent afterwards.
    pub back_fill: bool,
    /// In the order in which they were sent, which need not be that of their times.
    pub items: Vec<Location>,
    /// Items that could not be read.
    pub bad: Vec<BadItem>,
}

impl Batch {
    pub(super) fn read(body: &[u8]) -> Result<Batch, BodyError> {
        let mut r = Reader::new(body, "batch 0x0704");
        let (count, kind) = (usize::from(r.u16()?), r.u8()?);
        let mut batch = Batch { back_fill: kind == 1, items: Vec::new(), bad: Vec::new() };
        for index in 0..count {
            match r.u16().and_then(|n| r.take(n.into())) {
                Ok(item) => match Location::read(item) {
                    Ok(location) => batch.items.push(location),
                    Err(error) => batch.bad.push(BadItem { index, error }),
                },
                // The rest cannot be found either.
                Err(error) => {
                    batch.bad.push(BadItem { index, error });
                    break;
                }
            }
        }
        Ok(batch)
    }

    /// What could not be read is not written.
    pub(super) fn write(&self, out: &mut Writer) -> Result<(), EncodeError> {
        out.count16(self.items.len(), "a batch of more than 65,535 items")?.u8(self.back_fill.into());
        for item in &self.items {
            let mut one = Writer::default();
            item.write(&mut one)?;
            out.count16(one.bytes.len(), "an item of more than 65,535 bytes")?.put(&one.bytes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location() -> Location {
        Location {
            alarms: 0,
            status: 0b11 | 1 << 8,
            latitude: 32_100_000,
            longitude: 118_900_000,
            altitude: 12,
            speed: 305,
            direction: 90,
            at: EventTime(1_780_272_000_000),
            extras: vec![Extra::Mileage(123), Extra::Other { id: 0xe1, bytes: vec![1, 2, 3] }],
            cut_off: vec![],
        }
    }

    fn bytes(location: &Location) -> Vec<u8> {
        let mut out = Writer::default();
        location.write(&mut out).expect("can be sent");
        out.bytes
    }

    #[test]
    fn load_bits_01_are_half_and_10_says_nothing() {
        let load = |bits: u32| Location { status: bits << 8, ..location() }.load();
        assert_eq!([load(0b00), load(0b01), load(0b11)], [Some(Load::Empty), Some(Load::Half), Some(Load::Full)]);
        assert_eq!(load(0b10), None);
    }

    #[test]
    fn south_west_and_below_the_sea_have_their_signs() {
        let far = Location { status: 0b1100, altitude: (-12i16) as u16, ..location() };
        assert_eq!((far.degrees(), far.altitude_m()), ([-118.9, -32.1], -12));
        assert_eq!(location().degrees(), [118.9, 32.1]);
    }

    #[test]
    fn an_item_that_is_cut_off_costs_itself_only() {
        let mut body = bytes(&location());
        body.extend([0x30, 1, 25, 0x31, 4, 9]);
        let read = Location::read(&body).expect("the rest is whole");
        assert_eq!(read.extras.last(), Some(&Extra::Rssi(25)));
        assert_eq!(read.cut_off, [0x31, 4, 9]);
    }

    #[test]
    fn a_known_item_of_another_length_is_kept_as_bytes() {
        let mut body = bytes(&Location { extras: vec![], ..location() });
        body.extend([0x01, 2, 0, 9, 0x11, 1, 3]);
        let read = Location::read(&body).expect("reads");
        let other = |id, bytes: &[u8]| Extra::Other { id, bytes: bytes.to_vec() };
        assert_eq!(read.extras, [other(0x01, &[0, 9]), other(0x11, &[3])]);
        assert_eq!(bytes(&read), body);
    }

    #[test]
    fn an_impossible_date_in_a_batch_costs_that_item() {
        let good = bytes(&location());
        let mut wrong = good.clone();
        wrong[23] = 0x13;
        let mut body = vec![0, 4, 1];
        for item in [&good, &wrong, &good] {
            body.extend((item.len() as u16).to_be_bytes());
            body.extend(item);
        }
        let batch = Batch::read(&body).expect("reads");
        assert!(batch.back_fill && batch.items == [location(), location()]);
        assert!(matches!(batch.bad[0], BadItem { index: 1, error: BodyError::Time(_) }));
        assert!(matches!(batch.bad[1], BadItem { index: 3, error: BodyError::Short { .. } }), "the fourth never came");
    }
}
