//! 0x8600 to 0x8605: areas that a terminal watches by itself. The platform judges from the positions; these warn the driver.

use super::super::bytes::{Reader, Writer};
use super::super::error::{BodyError, EncodeError};
use super::super::header::Edition;

/// A corner or centre, millionths of a degree without sign (the area's flags 6 and 7 say south and west).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Corner {
    /// Latitude.
    pub latitude: u32,
    /// Longitude.
    pub longitude: u32,
}

impl Corner {
    pub(super) fn read(r: &mut Reader<'_>) -> Result<Corner, BodyError> {
        Ok(Corner { latitude: r.u32()?, longitude: r.u32()? })
    }

    pub(super) fn write(self, out: &mut Writer) {
        out.u32(self.latitude).u32(self.longitude);
    }
}

/// `YYMMDDhhmmss` in BCD, as sent. Zeroes for the date mean every day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AreaTime(pub [u8; 6]);

/// A limit of speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpeedLimit {
    /// km/h.
    pub kmh: u16,
    /// An alarm after so many seconds above it.
    pub seconds: u8,
    /// Since 2019: km/h at night; 0 before.
    pub night_kmh: u16,
}

/// When an area or route holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Limits {
    /// Bits from 2 on: who is told of coming and leaving, hemisphere, doors, … Bits 0 and 1 follow from the others.
    pub flags: u16,
    /// From and until.
    pub hours: Option<[AreaTime; 2]>,
    /// Speed.
    pub speed: Option<SpeedLimit>,
}

impl Limits {
    pub(super) fn attributes(&self) -> u16 {
        self.flags & !0b11 | u16::from(self.hours.is_some()) | u16::from(self.speed.is_some()) << 1
    }

    pub(super) fn read_hours(attributes: u16, r: &mut Reader<'_>) -> Result<Option<[AreaTime; 2]>, BodyError> {
        Ok(if attributes & 1 != 0 { Some([AreaTime(r.array()?), AreaTime(r.array()?)]) } else { None })
    }

    pub(super) fn write_hours(&self, out: &mut Writer) {
        for time in self.hours.iter().flatten() {
            out.put(&time.0);
        }
    }

    fn read(attributes: u16, r: &mut Reader<'_>, edition: Edition) -> Result<Limits, BodyError> {
        let hours = Limits::read_hours(attributes, r)?;
        let speed = if attributes & 0b10 != 0 { Some(SpeedLimit::read(r, edition)?) } else { None };
        Ok(Limits { flags: attributes & !0b11, hours, speed })
    }

    fn write(&self, out: &mut Writer, edition: Edition) {
        self.write_hours(out);
        if let Some(speed) = self.speed {
            speed.write(out, edition);
        }
    }
}

impl SpeedLimit {
    pub(super) fn read(r: &mut Reader<'_>, edition: Edition) -> Result<SpeedLimit, BodyError> {
        let (kmh, seconds) = (r.u16()?, r.u8()?);
        Ok(SpeedLimit { kmh, seconds, night_kmh: if edition == Edition::Y2019 { r.u16()? } else { 0 } })
    }

    pub(super) fn write(self, out: &mut Writer, edition: Edition) {
        out.u16(self.kmh).u8(self.seconds);
        if edition == Edition::Y2019 {
            out.u16(self.night_kmh);
        }
    }
}

/// Since 2019 areas and routes have a name, its length in two bytes before it.
pub(super) fn read_name(r: &mut Reader<'_>, edition: Edition) -> Result<String, BodyError> {
    if edition != Edition::Y2019 {
        return Ok(String::new());
    }
    let length = r.u16()?;
    r.text(length.into())
}

pub(super) fn write_name(name: &str, out: &mut Writer, edition: Edition) -> Result<(), EncodeError> {
    if edition == Edition::Y2019 {
        let mut text = Writer::default();
        text.text(name)?;
        out.count16(text.bytes.len(), "a name of more than 65,535 bytes")?.put(&text.bytes);
    }
    Ok(())
}

/// 0x8600, 0x8602: a list of areas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAreas<A> {
    /// 0 instead of all there are, 1 besides them, 2 in place of those of the same id.
    pub action: u8,
    /// The areas.
    pub areas: Vec<A>,
}

impl<A> SetAreas<A> {
    /// `one` reads an area.
    pub(super) fn read(
        mut r: Reader<'_>,
        mut one: impl FnMut(&mut Reader<'_>) -> Result<A, BodyError>,
    ) -> Result<SetAreas<A>, BodyError> {
        let (action, count) = (r.u8()?, r.u8()?);
        let areas = (0..count).map(|_| one(&mut r)).collect::<Result<_, _>>()?;
        Ok(SetAreas { action, areas })
    }

    /// `one` writes an area.
    pub(super) fn write(
        &self,
        out: &mut Writer,
        mut one: impl FnMut(&A, &mut Writer) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        out.u8(self.action).count8(self.areas.len(), "more than 255 areas")?;
        self.areas.iter().try_for_each(|area| one(area, out))
    }
}

/// A circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// Its id.
    pub id: u32,
    /// When it holds.
    pub limits: Limits,
    /// Centre.
    pub centre: Corner,
    /// Radius, m.
    pub radius: u32,
    /// Since 2019: its name.
    pub name: String,
}

impl Circle {
    pub(super) fn read(r: &mut Reader<'_>, edition: Edition) -> Result<Circle, BodyError> {
        let (id, attributes, centre, radius) = (r.u32()?, r.u16()?, Corner::read(r)?, r.u32()?);
        let limits = Limits::read(attributes, r, edition)?;
        Ok(Circle { id, limits, centre, radius, name: read_name(r, edition)? })
    }

    pub(super) fn write(&self, out: &mut Writer, edition: Edition) -> Result<(), EncodeError> {
        out.u32(self.id).u16(self.limits.attributes());
        self.centre.write(out);
        out.u32(self.radius);
        self.limits.write(out, edition);
        write_name(&self.name, out, edition)
    }
}

/// A rectangle along parallels and meridians.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rectangle {
    /// Its id.
    pub id: u32,
    /// When it holds.
    pub limits: Limits,
    /// North-west corner.
    pub upper_left: Corner,
    /// South-east corner.
    pub lower_right: Corner,
    /// Since 2019: its name.
    pub name: String,
}

impl Rectangle {
    pub(super) fn read(r: &mut Reader<'_>, edition: Edition) -> Result<Rectangle, BodyError> {
        let (id, attributes) = (r.u32()?, r.u16()?);
        let (upper_left, lower_right) = (Corner::read(r)?, Corner::read(r)?);
        let limits = Limits::read(attributes, r, edition)?;
        Ok(Rectangle { id, limits, upper_left, lower_right, name: read_name(r, edition)? })
    }

    pub(super) fn write(&self, out: &mut Writer, edition: Edition) -> Result<(), EncodeError> {
        out.u32(self.id).u16(self.limits.attributes());
        self.upper_left.write(out);
        self.lower_right.write(out);
        self.limits.write(out, edition);
        write_name(&self.name, out, edition)
    }
}

/// 0x8604: a polygon. One a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolygonArea {
    /// Its id.
    pub id: u32,
    /// When it holds.
    pub limits: Limits,
    /// Its corners in order.
    pub corners: Vec<Corner>,
    /// Since 2019: its name.
    pub name: String,
}

impl PolygonArea {
    pub(super) fn read(r: &mut Reader<'_>, edition: Edition) -> Result<PolygonArea, BodyError> {
        let (id, attributes) = (r.u32()?, r.u16()?);
        // The night's limit comes after the corners here, so the others are read as before 2019.
        let mut limits = Limits::read(attributes, r, Edition::Y2013)?;
        let count = r.u16()?;
        let corners = (0..count).map(|_| Corner::read(r)).collect::<Result<_, _>>()?;
        if let Some(speed) = limits.speed.as_mut().filter(|_| edition == Edition::Y2019) {
            speed.night_kmh = r.u16()?;
        }
        Ok(PolygonArea { id, limits, corners, name: read_name(r, edition)? })
    }

    pub(super) fn write(&self, edition: Edition, out: &mut Writer) -> Result<(), EncodeError> {
        out.u32(self.id).u16(self.limits.attributes());
        self.limits.write(out, Edition::Y2013);
        out.count16(self.corners.len(), "more than 65,535 corners")?;
        self.corners.iter().for_each(|corner| corner.write(out));
        if let Some(speed) = self.limits.speed.filter(|_| edition == Edition::Y2019) {
            out.u16(speed.night_kmh);
        }
        write_name(&self.name, out, edition)
    }
}

/// What kind of area a terminal shall forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AreaKind {
    /// Circles.
    Circle,
    /// Rectangles.
    Rectangle,
    /// Polygons.
    Polygon,
    /// Routes.
    Route,
}

impl AreaKind {
    /// Id of the message that deletes areas of this kind.
    pub const fn delete_id(self) -> u16 {
        match self {
            AreaKind::Circle => 0x8601,
            AreaKind::Rectangle => 0x8603,
            AreaKind::Polygon => 0x8605,
            AreaKind::Route => 0x8607,
        }
    }
}

/// 0x8601, 0x8603, 0x8605, 0x8607: areas to forget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteAreas {
    /// Of which kind.
    pub kind: AreaKind,
    /// Which; none means all.
    pub ids: Vec<u32>,
}

impl DeleteAreas {
    pub(super) fn read(id: u16, body: &[u8]) -> Result<DeleteAreas, BodyError> {
        let kind = match id {
            0x8601 => AreaKind::Circle,
            0x8603 => AreaKind::Rectangle,
            0x8605 => AreaKind::Polygon,
            _ => AreaKind::Route,
        };
        let mut r = Reader::new(body, "areas to delete");
        let count = r.u8()?;
        Ok(DeleteAreas { kind, ids: (0..count).map(|_| r.u32()).collect::<Result<_, _>>()? })
    }

    pub(super) fn write(&self, out: &mut Writer) -> Result<(), EncodeError> {
        out.count8(self.ids.len(), "more than 255 areas")?;
        for id in &self.ids {
            out.u32(*id);
        }
        Ok(())
    }
}
