//! 0x8606: a route that a terminal keeps to.

use super::super::bytes::{Reader, Writer};
use super::super::error::{BodyError, EncodeError};
use super::super::header::Edition;
use super::area::{Corner, Limits, SpeedLimit, read_name, write_name};

/// A turning point and the segment that begins there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The point's id.
    pub id: u32,
    /// The segment's id.
    pub segment: u32,
    /// Where.
    pub at: Corner,
    /// Width of the segment, m.
    pub width: u8,
    /// Bits from 2 on: hemisphere. Bits 0 and 1 follow from the others.
    pub flags: u8,
    /// Longest and shortest time on the segment, s.
    pub times: Option<[u16; 2]>,
    /// Speed on the segment.
    pub speed: Option<SpeedLimit>,
}

/// 0x8606: a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its id.
    pub id: u32,
    /// When it holds. A route has no speed of its own, its segments have.
    pub limits: Limits,
    /// Its turning points in order.
    pub turns: Vec<Turn>,
    /// Since 2019: its name.
    pub name: String,
}

impl Turn {
    fn read(r: &mut Reader<'_>, edition: Edition) -> Result<Turn, BodyError> {
        let (id, segment, at, width, attributes) = (r.u32()?, r.u32()?, Corner::read(r)?, r.u8()?, r.u8()?);
        let times = if attributes & 1 != 0 { Some([r.u16()?, r.u16()?]) } else { None };
        let speed = if attributes & 0b10 != 0 { Some(SpeedLimit::read(r, edition)?) } else { None };
        Ok(Turn { id, segment, at, width, flags: attributes & !0b11, times, speed })
    }

    fn write(&self, out: &mut Writer, edition: Edition) {
        let attributes = self.flags & !0b11 | u8::from(self.times.is_some()) | u8::from(self.speed.is_some()) << 1;
        out.u32(self.id).u32(self.segment);
        self.at.write(out);
        out.u8(self.width).u8(attributes);
        for seconds in self.times.iter().flatten() {
            out.u16(*seconds);
        }
        if let Some(speed) = self.speed {
            speed.write(out, edition);
        }
    }
}

impl Route {
    pub(super) fn read(r: &mut Reader<'_>, edition: Edition) -> Result<Route, BodyError> {
        let (id, attributes) = (r.u32()?, r.u16()?);
        let hours = Limits::read_hours(attributes, r)?;
        let count = r.u16()?;
        let turns = (0..count).map(|_| Turn::read(r, edition)).collect::<Result<_, _>>()?;
        let limits = Limits { flags: attributes & !0b11, hours, speed: None };
        Ok(Route { id, limits, turns, name: read_name(r, edition)? })
    }

    pub(super) fn write(&self, edition: Edition, out: &mut Writer) -> Result<(), EncodeError> {
        let limits = Limits { speed: None, ..self.limits };
        out.u32(self.id).u16(limits.attributes());
        limits.write_hours(out);
        out.count16(self.turns.len(), "more than 65,535 turning points")?;
        self.turns.iter().for_each(|turn| turn.write(out, edition));
        write_name(&self.name, out, edition)
    }
}
