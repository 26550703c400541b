//! GBK texts. Fields of a fixed width are filled up with zeroes, by some terminals with blanks.

use super::error::EncodeError;
use encoding_rs::GBK;

/// The text without its padding. What is no GBK becomes U+FFFD: a maker's broken name costs no registration.
pub(super) fn from_gbk(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|b| !matches!(b, 0 | b' ')).map_or(0, |last| last + 1);
    GBK.decode_without_bom_handling(&bytes[..end]).0.into_owned()
}

/// The bytes of a text that GBK can say.
pub(super) fn to_gbk(text: &str) -> Result<Vec<u8>, EncodeError> {
    match GBK.encode(text) {
        (bytes, _, false) => Ok(bytes.into_owned()),
        _ => Err(EncodeError::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_are_read_and_written_and_padding_is_cut_off() {
        assert_eq!(from_gbk(b"\xb2\xe2A12345678"), "测A12345678");
        assert_eq!(from_gbk(b"www.808.com\0\0\0\0 "), "www.808.com");
        assert_eq!(from_gbk(b"\0\0"), "");
        assert_eq!(to_gbk("苏A·渣土1").expect("all of it is GBK"), b"\xcb\xd5A\xa1\xa4\xd4\xfc\xcd\xc11");
    }

    #[test]
    fn what_gbk_cannot_say_is_refused_and_what_is_no_gbk_is_marked() {
        assert!(matches!(to_gbk("🚛"), Err(EncodeError::Text(_))));
        assert_eq!(from_gbk(b"A\xff1"), "A\u{fffd}1");
    }
}
