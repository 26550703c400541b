//! Answers, and texts for the driver.

use super::super::bytes::{Reader, Writer};
use super::super::error::{BodyError, EncodeError};
use super::super::header::Edition;
use super::super::text::from_gbk;

/// How a message was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AckResult {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Not understood.
    Wrong,
    /// Not supported.
    Unsupported,
    /// The platform has seen the alarm.
    AlarmSeen,
    /// Anything else.
    Other(u8),
}

impl From<u8> for AckResult {
    fn from(v: u8) -> AckResult {
        match v {
            0 => AckResult::Done,
            1 => AckResult::Failed,
            2 => AckResult::Wrong,
            3 => AckResult::Unsupported,
            4 => AckResult::AlarmSeen,
            other => AckResult::Other(other),
        }
    }
}

impl From<AckResult> for u8 {
    fn from(v: AckResult) -> u8 {
        match v {
            AckResult::Done => 0,
            AckResult::Failed => 1,
            AckResult::Wrong => 2,
            AckResult::Unsupported => 3,
            AckResult::AlarmSeen => 4,
            AckResult::Other(other) => other,
        }
    }
}

/// 0x0001 and 0x8001: the answer to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ack {
    /// Serial of the message that is answered.
    pub serial: u16,
    /// Its id.
    pub id: u16,
    /// How it was taken.
    pub result: AckResult,
}

impl Ack {
    pub(super) fn read(body: &[u8], what: &'static str) -> Result<Ack, BodyError> {
        let mut r = Reader::new(body, what);
        Ok(Ack { serial: r.u16()?, id: r.u16()?, result: r.u8()?.into() })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.u16(self.serial).u16(self.id).u8(self.result.into());
    }
}

/// 0x8100: the answer to a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterReply {
    /// Serial of the registration.
    pub serial: u16,
    /// 0 done, 1 vehicle is registered already, 2 no such vehicle, 3 terminal is registered already, 4 no such terminal.
    pub result: u8,
    /// The code with which it authenticates from now on; only where it is done.
    pub code: Option<String>,
}

impl RegisterReply {
    pub(super) fn read(body: &[u8]) -> Result<RegisterReply, BodyError> {
        let mut r = Reader::new(body, "registration's answer 0x8100");
        let (serial, result) = (r.u16()?, r.u8()?);
        Ok(RegisterReply { serial, result, code: (result == 0).then(|| from_gbk(r.rest())) })
    }

    pub(super) fn write(&self, out: &mut Writer) -> Result<(), EncodeError> {
        out.u16(self.serial).u8(self.result);
        if let Some(code) = self.code.as_ref().filter(|_| self.result == 0) {
            out.text(code)?;
        }
        Ok(())
    }
}

/// 0x8300: a text for the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Bit 0 urgent, 2 on the display, 3 read aloud, 4 on the advertising screen.
    pub flags: u8,
    /// Since 2019: 1 notice, 2 service.
    pub kind: u8,
    /// What it says.
    pub text: String,
}

impl Text {
    pub(super) fn read(body: &[u8], edition: Edition) -> Result<Text, BodyError> {
        let mut r = Reader::new(body, "text 0x8300");
        let flags = r.u8()?;
        let kind = if edition == Edition::Y2019 { r.u8()? } else { 0 };
        Ok(Text { flags, kind, text: from_gbk(r.rest()) })
    }

    pub(super) fn write(&self, edition: Edition, out: &mut Writer) -> Result<(), EncodeError> {
        out.u8(self.flags);
        if edition == Edition::Y2019 {
            out.u8(self.kind);
        }
        out.text(&self.text)?;
        Ok(())
    }
}
