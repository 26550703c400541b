//! 0x0100 and 0x0102: a terminal says who it is, and shows its code.

use super::super::bytes::{Reader, Writer};
use super::super::error::{BodyError, EncodeError};
use super::super::header::Edition;
use super::super::text::from_gbk;

/// Colour of a number plate, as JT/T 415 numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlateColour {
    /// No plate yet: the plate's field has the vehicle's identification number.
    None,
    /// Blue: small vehicles.
    Blue,
    /// Yellow: large vehicles.
    Yellow,
    /// Black.
    Black,
    /// White.
    White,
    /// Green: new energy.
    Green,
    /// Anything else.
    Other(u8),
}

impl From<u8> for PlateColour {
    fn from(v: u8) -> PlateColour {
        match v {
            0 => PlateColour::None,
            1 => PlateColour::Blue,
            2 => PlateColour::Yellow,
            3 => PlateColour::Black,
            4 => PlateColour::White,
            5 => PlateColour::Green,
            other => PlateColour::Other(other),
        }
    }
}

impl From<PlateColour> for u8 {
    fn from(v: PlateColour) -> u8 {
        match v {
            PlateColour::None => 0,
            PlateColour::Blue => 1,
            PlateColour::Yellow => 2,
            PlateColour::Black => 3,
            PlateColour::White => 4,
            PlateColour::Green => 5,
            PlateColour::Other(other) => other,
        }
    }
}

/// 0x0100: who a terminal is.
///
/// The header does not tell 2011 from 2013, the body does: a model of 8 bytes
/// or of 20. A long body is taken for 2013 where the model reads as one
/// (letters, then padding) and the colour after the identity is a colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Which layout it has.
    pub edition: Edition,
    /// Province, GB/T 2260.
    pub province: u16,
    /// City or county, GB/T 2260.
    pub city: u16,
    /// Maker: up to 5 bytes, 11 since 2019.
    pub maker: String,
    /// Model: up to 8 bytes, 20 in 2013, 30 since 2019.
    pub model: String,
    /// The maker's number of the terminal: up to 7 bytes, 30 since 2019.
    pub terminal: String,
    /// Colour of the plate.
    pub colour: PlateColour,
    /// Number plate, or the vehicle's identification number where there is none.
    pub plate: String,
}

/// Widths of maker, model and terminal.
const fn widths(edition: Edition) -> [usize; 3] {
    match edition {
        Edition::Y2011 => [5, 8, 7],
        Edition::Y2013 => [5, 20, 7],
        Edition::Y2019 => [11, 30, 30],
    }
}

fn edition_of(body: &[u8], header: Edition) -> Edition {
    if header == Edition::Y2019 {
        return Edition::Y2019;
    }
    let Some((fixed, _plate)) = body.split_at_checked(37) else { return Edition::Y2011 };
    let reads = |field: &[u8]| {
        let text = field.iter().rposition(|b| !matches!(b, 0 | b' ')).map_or(0, |last| last + 1);
        field[..text].iter().all(|b| b.is_ascii_graphic() || *b == b' ')
    };
    let colour = matches!(fixed[36], 0..=9 | 91..=99);
    if reads(&fixed[9..29]) && reads(&fixed[29..36]) && colour { Edition::Y2013 } else { Edition::Y2011 }
}

impl Registration {
    pub(super) fn read(body: &[u8], header: Edition) -> Result<Registration, BodyError> {
        let edition = edition_of(body, header);
        let [maker, model, terminal] = widths(edition);
        let mut r = Reader::new(body, "registration 0x0100");
        Ok(Registration {
            edition,
            province: r.u16()?,
            city: r.u16()?,
            maker: r.text(maker)?,
            model: r.text(model)?,
            terminal: r.text(terminal)?,
            colour: r.u8()?.into(),
            plate: from_gbk(r.rest()),
        })
    }

    pub(super) fn write(&self, out: &mut Writer) -> Result<(), EncodeError> {
        let [maker, model, terminal] = widths(self.edition);
        out.u16(self.province).u16(self.city);
        out.fixed(&self.maker, maker)?.fixed(&self.model, model)?.fixed(&self.terminal, terminal)?;
        out.u8(self.colour.into()).text(&self.plate)?;
        Ok(())
    }
}

/// 0x0102: a terminal shows the code it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// The code.
    pub code: String,
    /// Since 2019: IMEI, up to 15 bytes.
    pub imei: String,
    /// Since 2019: version of its software, up to 20 bytes.
    pub software: String,
}

impl Authentication {
    pub(super) fn read(body: &[u8], edition: Edition) -> Result<Authentication, BodyError> {
        let mut r = Reader::new(body, "authentication 0x0102");
        if edition != Edition::Y2019 {
            return Ok(Authentication { code: from_gbk(r.rest()), imei: String::new(), software: String::new() });
        }
        let length = r.u8()?;
        Ok(Authentication { code: r.text(length.into())?, imei: r.text(15)?, software: r.text(20)? })
    }

    pub(super) fn write(&self, edition: Edition, out: &mut Writer) -> Result<(), EncodeError> {
        if edition != Edition::Y2019 {
            out.text(&self.code)?;
            return Ok(());
        }
        let mut code = Writer::default();
        code.text(&self.code)?;
        out.count8(code.bytes.len(), "an authentication code of more than 255 bytes")?.put(&code.bytes);
        out.fixed(&self.imei, 15)?.fixed(&self.software, 20)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(edition: Edition, colour: PlateColour, plate: &str) -> Registration {
        Registration {
            edition,
            province: 32,
            city: 113,
            maker: "70111".to_owned(),
            model: "MT-7".to_owned(),
            terminal: "7654321".to_owned(),
            colour,
            plate: plate.to_owned(),
        }
    }

    #[test]
    fn a_registration_with_an_identification_number_for_a_plate_is_told_apart_too() {
        for edition in [Edition::Y2011, Edition::Y2013] {
            for (colour, plate) in [
                (PlateColour::None, "LZZ5ELSD1NA123456"),
                (PlateColour::Yellow, "苏A12345"),
                (PlateColour::Other(92), "苏A1"),
            ] {
                let sent = registration(edition, colour, plate);
                let mut out = Writer::default();
                sent.write(&mut out).expect("fits");
                assert_eq!(Registration::read(&out.bytes, Edition::Y2013), Ok(sent));
            }
        }
    }

    #[test]
    fn a_text_that_does_not_fit_its_field_is_refused() {
        let mut out = Writer::default();
        let long = Registration {
            model: "a model's long name".to_owned(),
            ..registration(Edition::Y2011, PlateColour::Blue, "")
        };
        assert!(matches!(long.write(&mut out), Err(EncodeError::TooLong { width: 8, .. })));
    }
}
