//! The header of a frame. Bit 14 of the attributes tells 2019 from what was before.
//!
//! 2011 and 2013 have the same header; only a registration tells them apart
//! (see [`super::Registration`]).

use super::bytes::Writer;
use super::error::{EncodeError, FrameError};
use serde::{Deserialize, Serialize};

/// An edition of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Edition {
    /// JT/T 808-2011.
    Y2011,
    /// JT/T 808-2013.
    Y2013,
    /// JT/T 808-2019.
    Y2019,
}

/// The terminal's phone number, as sent: 12 BCD digits, 20 since 2019.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    /// Right-aligned, zeroes before.
    bcd: [u8; 10],
    long: bool,
}

impl Phone {
    /// From digits: up to 12, or up to 20 for 2019. Zeroes are put before.
    ///
    /// # Errors
    /// Anything but digits, or too many.
    pub fn new(digits: &str, edition: Edition) -> Result<Phone, EncodeError> {
        let long = edition == Edition::Y2019;
        let room = if long { 20 } else { 12 };
        if digits.len() > room || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(EncodeError::Phone(digits.to_owned()));
        }
        let mut bcd = [0u8; 10];
        for (i, digit) in digits.bytes().rev().enumerate() {
            bcd[9 - i / 2] |= (digit - b'0') << (4 * (i % 2));
        }
        Ok(Phone { bcd, long })
    }

    fn parse(bytes: &[u8], long: bool) -> Result<Phone, FrameError> {
        if bytes.iter().any(|b| b >> 4 > 9 || b & 0xf > 9) {
            return Err(FrameError::Phone);
        }
        let mut bcd = [0u8; 10];
        bcd[10 - bytes.len()..].copy_from_slice(bytes);
        Ok(Phone { bcd, long })
    }

    fn sent(&self) -> &[u8] {
        if self.long { &self.bcd } else { &self.bcd[4..] }
    }

    /// All digits, leading zeroes too.
    pub fn digits(&self) -> String {
        let mut digits = String::with_capacity(20);
        for b in self.sent() {
            digits.push(char::from(b'0' + (b >> 4)));
            digits.push(char::from(b'0' + (b & 0xf)));
        }
        digits
    }

    /// The number without leading zeroes: the same SIM card in a terminal of
    /// any edition. `0` if there is nothing else.
    pub fn number(&self) -> String {
        let digits = self.digits();
        let number = digits.trim_start_matches('0');
        if number.is_empty() { "0".to_owned() } else { number.to_owned() }
    }
}

impl std::fmt::Display for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.digits())
    }
}

/// Which part of a message a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Part {
    /// Parts in all.
    pub total: u16,
    /// From 1.
    pub index: u16,
}

/// The header of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Header {
    /// Message id.
    pub id: u16,
    /// 2019, or 2013 for what was before.
    pub edition: Edition,
    /// The version byte of 2019 (1 at first publication); 0 before.
    pub protocol: u8,
    /// 0 for none, 1 for RSA.
    pub encryption: u8,
    /// Who sends, or to whom it is sent.
    pub phone: Phone,
    /// Number of this frame, counted by its sender.
    pub serial: u16,
    /// Set where the message comes in several frames.
    pub part: Option<Part>,
}

impl Header {
    /// Reads the header of a frame without flags, escapes and checksum; also gives its body.
    ///
    /// # Errors
    /// The frame is too short, the phone is no BCD, or the body has another length than the header says.
    pub fn parse(bytes: &[u8]) -> Result<(Header, &[u8]), FrameError> {
        let short = FrameError::TooShort { has: bytes.len() };
        let (&[id_high, id_low, high, low], left) = bytes.split_first_chunk::<4>().ok_or(short)?;
        let attributes = u16::from_be_bytes([high, low]);
        let is_2019 = attributes & 1 << 14 != 0;
        let (protocol, left) = match is_2019 {
            true => left.split_first().map(|(p, left)| (*p, left)).ok_or(short)?,
            false => (0, left),
        };
        let (phone, left) = left.split_at_checked(if is_2019 { 10 } else { 6 }).ok_or(short)?;
        let (serial, left) = left.split_first_chunk::<2>().ok_or(short)?;
        let (part, body) = match attributes & 1 << 13 != 0 {
            true => {
                let (p, left) = left.split_first_chunk::<4>().ok_or(short)?;
                let part = Part { total: u16::from_be_bytes([p[0], p[1]]), index: u16::from_be_bytes([p[2], p[3]]) };
                (Some(part), left)
            }
            false => (None, left),
        };
        let said = usize::from(attributes & 0x3ff);
        if said != body.len() {
            return Err(FrameError::Length { said, has: body.len() });
        }
        let header = Header {
            id: u16::from_be_bytes([id_high, id_low]),
            edition: if is_2019 { Edition::Y2019 } else { Edition::Y2013 },
            protocol,
            encryption: (attributes >> 10 & 0b111) as u8,
            phone: Phone::parse(phone, is_2019)?,
            serial: u16::from_be_bytes(*serial),
            part,
        };
        Ok((header, body))
    }

    /// The header's bytes for a body of so many bytes (at most 1,023).
    pub(super) fn write(&self, body: usize, out: &mut Writer) {
        let is_2019 = self.edition == Edition::Y2019;
        let attributes = body as u16 & 0x3ff
            | u16::from(self.encryption & 0b111) << 10
            | u16::from(self.part.is_some()) << 13
            | u16::from(is_2019) << 14;
        out.u16(self.id).u16(attributes);
        if is_2019 {
            out.u8(self.protocol).put(&self.phone.bcd);
        } else {
            out.put(&self.phone.bcd[4..]);
        }
        out.u16(self.serial);
        if let Some(part) = self.part {
            out.u16(part.total).u16(part.index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sim_card_is_one_number_in_either_header() {
        let old = Phone::new("13800138000", Edition::Y2013).expect("digits");
        let new = Phone::new("13800138000", Edition::Y2019).expect("digits");
        assert_eq!((old.digits().as_str(), new.digits().as_str()), ("013800138000", "00000000013800138000"));
        assert_eq!((old.number(), new.number()), ("13800138000".to_owned(), "13800138000".to_owned()));
        assert_eq!(Phone::new("", Edition::Y2013).expect("nothing").number(), "0");
        assert!(Phone::new("1234567890123", Edition::Y2013).is_err() && Phone::new("12a", Edition::Y2019).is_err());
    }

    #[test]
    fn a_header_that_lies_about_its_length_or_its_phone_is_refused() {
        let good = [0x00, 0x02, 0x00, 0x00, 0x12, 0x34, 0x56, 0x78, 0x20, 0x11, 0x00, 0x01];
        assert!(Header::parse(&good).is_ok());
        let mut longer = good;
        longer[3] = 9;
        assert_eq!(Header::parse(&longer), Err(FrameError::Length { said: 9, has: 0 }));
        let mut hex = good;
        hex[4] = 0xa1;
        assert_eq!(Header::parse(&hex), Err(FrameError::Phone));
        assert_eq!(Header::parse(&good[..11]), Err(FrameError::TooShort { has: 11 }));
    }
}
