//! What the bodies say.

mod ack;
mod area;
mod extra;
mod location;
mod register;
mod route;

pub use ack::{Ack, AckResult, RegisterReply, Text};
pub use area::{AreaKind, AreaTime, Circle, Corner, DeleteAreas, Limits, PolygonArea, Rectangle, SetAreas, SpeedLimit};
pub use extra::Extra;
pub use location::{BadItem, Batch, Load, Location};
pub use register::{Authentication, PlateColour, Registration};
pub use route::{Route, Turn};

use super::bytes::{Reader, Writer};
use super::error::{BodyError, EncodeError};
use super::header::{Edition, Header};

/// A message of either direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// 0x0001: the terminal answers.
    TerminalAck(Ack),
    /// 0x0002: the terminal is there.
    Heartbeat,
    /// 0x0003: the terminal is taken out of service.
    Unregister,
    /// 0x0100: the terminal says who it is.
    Register(Registration),
    /// 0x0102: the terminal shows the code it was given.
    Authenticate(Authentication),
    /// 0x0200: where the vehicle is.
    Location(Location),
    /// 0x0704: where it was, several times.
    Batch(Batch),
    /// 0x8001: the platform answers.
    PlatformAck(Ack),
    /// 0x8100: the platform answers a registration.
    Registered(RegisterReply),
    /// 0x8300: a text for the driver.
    Text(Text),
    /// 0x8600: circles to watch.
    SetCircles(SetAreas<Circle>),
    /// 0x8602: rectangles to watch.
    SetRectangles(SetAreas<Rectangle>),
    /// 0x8604: a polygon to watch.
    SetPolygon(PolygonArea),
    /// 0x8606: a route to keep to.
    SetRoute(Route),
    /// 0x8601, 0x8603, 0x8605, 0x8607: what is no longer watched.
    DeleteAreas(DeleteAreas),
    /// Any other message, as it came.
    Other {
        /// Its id.
        id: u16,
        /// Its body.
        body: Vec<u8>,
    },
}

impl Message {
    /// Reads a whole body.
    ///
    /// # Errors
    /// It is encrypted, a part, too short, or names an impossible time.
    pub fn decode(header: &Header, body: &[u8]) -> Result<Message, BodyError> {
        if header.encryption != 0 {
            return Err(BodyError::Encrypted(header.encryption));
        }
        if header.part.is_some_and(|part| part.total > 1) {
            return Err(BodyError::Part);
        }
        Message::decode_whole(header.id, header.edition, body)
    }

    /// Reads a body that [`super::Parts`] put together.
    ///
    /// # Errors
    /// It is too short, or names an impossible time.
    pub fn decode_whole(id: u16, edition: Edition, body: &[u8]) -> Result<Message, BodyError> {
        Ok(match id {
            0x0001 => Message::TerminalAck(Ack::read(body, "terminal's answer 0x0001")?),
            0x0002 => Message::Heartbeat,
            0x0003 => Message::Unregister,
            0x0100 => Message::Register(Registration::read(body, edition)?),
            0x0102 => Message::Authenticate(Authentication::read(body, edition)?),
            0x0200 => Message::Location(Location::read(body)?),
            0x0704 => Message::Batch(Batch::read(body)?),
            0x8001 => Message::PlatformAck(Ack::read(body, "platform's answer 0x8001")?),
            0x8100 => Message::Registered(RegisterReply::read(body)?),
            0x8300 => Message::Text(Text::read(body, edition)?),
            0x8600 => {
                let r = Reader::new(body, "circles 0x8600");
                Message::SetCircles(SetAreas::read(r, |r| Circle::read(r, edition))?)
            }
            0x8602 => {
                let r = Reader::new(body, "rectangles 0x8602");
                Message::SetRectangles(SetAreas::read(r, |r| Rectangle::read(r, edition))?)
            }
            0x8604 => Message::SetPolygon(PolygonArea::read(&mut Reader::new(body, "polygon 0x8604"), edition)?),
            0x8606 => Message::SetRoute(Route::read(&mut Reader::new(body, "route 0x8606"), edition)?),
            0x8601 | 0x8603 | 0x8605 | 0x8607 => Message::DeleteAreas(DeleteAreas::read(id, body)?),
            id => Message::Other { id, body: body.to_vec() },
        })
    }

    /// The message's id and body in an edition of the standard. What an edition does not have is left out.
    ///
    /// # Errors
    /// A text that GBK cannot say, a time that cannot be sent, or more items than can be counted.
    pub fn encode(&self, edition: Edition) -> Result<(u16, Vec<u8>), EncodeError> {
        let mut out = Writer::default();
        match self {
            Message::TerminalAck(m) | Message::PlatformAck(m) => m.write(&mut out),
            Message::Heartbeat | Message::Unregister => {}
            Message::Register(m) => m.write(&mut out)?,
            Message::Authenticate(m) => m.write(edition, &mut out)?,
            Message::Location(m) => m.write(&mut out)?,
            Message::Batch(m) => m.write(&mut out)?,
            Message::Registered(m) => m.write(&mut out)?,
            Message::Text(m) => m.write(edition, &mut out)?,
            Message::SetCircles(m) => m.write(&mut out, |area, out| area.write(out, edition))?,
            Message::SetRectangles(m) => m.write(&mut out, |area, out| area.write(out, edition))?,
            Message::SetPolygon(m) => m.write(edition, &mut out)?,
            Message::SetRoute(m) => m.write(edition, &mut out)?,
            Message::DeleteAreas(m) => m.write(&mut out)?,
            Message::Other { body, .. } => {
                out.put(body);
            }
        }
        Ok((self.id(), out.bytes))
    }

    /// The message's id.
    pub fn id(&self) -> u16 {
        match self {
            Message::TerminalAck(_) => 0x0001,
            Message::Heartbeat => 0x0002,
            Message::Unregister => 0x0003,
            Message::Register(_) => 0x0100,
            Message::Authenticate(_) => 0x0102,
            Message::Location(_) => 0x0200,
            Message::Batch(_) => 0x0704,
            Message::PlatformAck(_) => 0x8001,
            Message::Registered(_) => 0x8100,
            Message::Text(_) => 0x8300,
            Message::SetCircles(_) => 0x8600,
            Message::SetRectangles(_) => 0x8602,
            Message::SetPolygon(_) => 0x8604,
            Message::SetRoute(_) => 0x8606,
            Message::DeleteAreas(m) => m.kind.delete_id(),
            Message::Other { id, .. } => *id,
        }
    }
}
