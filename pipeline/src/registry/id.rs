//! Component ids: six digits of the division, the class, six of a serial number.

use thiserror::Error;

/// A component id in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComponentCode<'a> {
    /// Administrative division, six digits.
    pub division: &'a str,
    /// Class: major (2) and minor (2 by CJ/T 214 and GB/T 30428.2, 3 by GB/T 47678.5).
    pub class: &'a str,
    /// Serial number, six digits.
    pub serial: &'a str,
}

/// Why a text is no component id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// Letters, or a number as a spreadsheet writes it.
    #[error("\"{0}\" is no id: digits only{hint}", hint = spreadsheet_hint(.0))]
    NotDigits(String),
    /// Another length.
    #[error(
        "\"{id}\" has {length} digits: an id has 17 (GB/T 47678.5: division 6, class 2+3, serial 6) \
         or 16 (CJ/T 214, GB/T 30428.2: 6, 2+2, 6){hint}", hint = zero_hint(*.length)
    )]
    Length {
        /// The id.
        id: String,
        /// Its digits.
        length: usize,
    },
}

fn spreadsheet_hint(text: &str) -> &'static str {
    let number = text.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b)) && !text.is_empty();
    if number { "; a spreadsheet has made a number of it: format the column as text and export it again" } else { "" }
}

fn zero_hint(length: usize) -> &'static str {
    if length == 15 { "; a zero in front may be lost: keep ids as text" } else { "" }
}

impl<'a> ComponentCode<'a> {
    /// Reads an id of 16 or 17 digits.
    ///
    /// # Errors
    /// Anything but digits, or another length.
    pub fn parse(id: &'a str) -> Result<Self, IdError> {
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(IdError::NotDigits(id.chars().take(40).collect()));
        }
        let class = match id.len() {
            16 => 4,
            17 => 5,
            length => return Err(IdError::Length { id: id.chars().take(40).collect(), length }),
        };
        let (division, rest) = id.split_at(6);
        let (class, serial) = rest.split_at(class);
        Ok(ComponentCode { division, class, serial })
    }

    /// The major class, two digits.
    pub fn major(&self) -> &'a str {
        &self.class[..2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_come_apart_into_their_parts() {
        let old = ComponentCode::parse("3205820102048188").expect("16 digits");
        assert_eq!((old.division, old.class, old.serial), ("320582", "0102", "048188"));
        let new = ComponentCode::parse("32011301002000123").expect("17 digits");
        assert_eq!((new.division, new.class, new.serial, new.major()), ("320113", "01002", "000123", "01"));
    }

    #[test]
    fn a_wrong_length_letters_and_a_spreadsheets_number_are_told_apart() {
        let error = |id| ComponentCode::parse(id).expect_err(id).to_string();
        assert!(error("320582010204818").contains("has 15 digits") && error("320582010204818").contains("zero"));
        assert!(error("320582010204818812").contains("has 18 digits"));
        assert!(error("3.20582E+15").contains("format the column as text"));
        assert!(error("盖-1").contains("digits only") && !error("盖-1").contains("spreadsheet"));
        assert!(error("").contains("no id"));
    }
}
