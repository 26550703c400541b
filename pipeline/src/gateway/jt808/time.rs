//! Times: six BCD bytes `YYMMDDhhmmss`, always GMT+8.

use super::error::{BodyError, EncodeError};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, offset};
use operators::vocabulary::EventTime;

const ZONE: Offset = offset(8);

/// The moment that six BCD bytes name.
///
/// # Errors
/// There is no such date or time of day.
pub fn from_bcd(bytes: [u8; 6]) -> Result<EventTime, BodyError> {
    let wrong = || BodyError::Time(bytes);
    let mut parts = [0i8; 6];
    for (part, byte) in parts.iter_mut().zip(bytes) {
        let (tens, ones) = (byte >> 4, byte & 0xf);
        if tens > 9 || ones > 9 {
            return Err(wrong());
        }
        *part = (tens * 10 + ones) as i8;
    }
    let [year, month, day, hour, minute, second] = parts;
    let civil = DateTime::new(2000 + i16::from(year), month, day, hour, minute, second, 0).map_err(|_| wrong())?;
    let at = ZONE.to_timestamp(civil).map_err(|_| wrong())?;
    Ok(EventTime(at.as_millisecond()))
}

/// Six BCD bytes of a moment; parts of a second are dropped.
///
/// # Errors
/// Two digits say years from 2000 to 2099 only.
pub fn to_bcd(at: EventTime) -> Result<[u8; 6], EncodeError> {
    let wrong = || EncodeError::Time(at.0);
    let civil = ZONE.to_datetime(Timestamp::from_millisecond(at.0).map_err(|_| wrong())?);
    let year = u8::try_from(civil.year() - 2000).ok().filter(|y| *y < 100).ok_or_else(wrong)?;
    let parts = [civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second()].map(|v| v as u8);
    let bcd = |v: u8| ((v / 10) << 4) | (v % 10);
    let [month, day, hour, minute, second] = parts.map(bcd);
    Ok([bcd(year), month, day, hour, minute, second])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_gmt_plus_8() {
        let at = from_bcd([0x24, 0x10, 0x01, 0x23, 0x59, 0x59]).expect("a real moment");
        assert_eq!(at, EventTime(1_727_798_399_000));
        assert_eq!(Timestamp::from_millisecond(at.0).expect("in range").to_string(), "2024-10-01T15:59:59Z");
        assert_eq!(to_bcd(at).expect("this century"), [0x24, 0x10, 0x01, 0x23, 0x59, 0x59]);
    }

    #[test]
    fn impossible_dates_are_errors() {
        for bytes in [
            [0x24, 0x13, 0x01, 0, 0, 0],
            [0x23, 0x02, 0x29, 0, 0, 0],
            [0x24, 0x02, 0x29, 0x24, 0, 0],
            [0x24, 0x1a, 0x01, 0, 0, 0],
            [0, 0, 0, 0, 0, 0],
            [0xff; 6],
        ] {
            assert_eq!(from_bcd(bytes), Err(BodyError::Time(bytes)));
        }
        assert!(from_bcd([0x24, 0x02, 0x29, 0x23, 0x59, 0x59]).is_ok(), "a leap day");
    }

    #[test]
    fn a_time_of_another_century_cannot_be_sent() {
        assert!(to_bcd(EventTime(-1)).is_err() && to_bcd(EventTime(i64::MAX)).is_err());
        assert!(to_bcd(EventTime(946_656_000_000)).is_ok(), "the first moment of 2000 in China");
        assert!(to_bcd(EventTime(946_655_999_999)).is_err());
    }
}
