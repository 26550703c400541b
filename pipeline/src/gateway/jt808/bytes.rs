//! Reading and writing big-endian fields.

use super::error::{BodyError, EncodeError};
use super::text::{from_gbk, to_gbk};

/// Reads fields one after the other. Never past the end.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    left: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// `what` is named in errors.
    pub fn new(bytes: &'a [u8], what: &'static str) -> Reader<'a> {
        Reader { left: bytes, what }
    }

    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    pub fn take(&mut self, n: usize) -> Result<&'a [u8], BodyError> {
        match self.left.split_at_checked(n) {
            Some((head, tail)) => {
                self.left = tail;
                Ok(head)
            }
            None => Err(BodyError::Short { what: self.what, needs: n, has: self.left.len() }),
        }
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], BodyError> {
        match self.left.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.left = tail;
                Ok(*head)
            }
            None => Err(BodyError::Short { what: self.what, needs: N, has: self.left.len() }),
        }
    }

    pub fn u8(&mut self) -> Result<u8, BodyError> {
        self.array::<1>().map(|[b]| b)
    }

    pub fn u16(&mut self) -> Result<u16, BodyError> {
        self.array().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, BodyError> {
        self.array().map(u32::from_be_bytes)
    }

    /// A GBK text of `n` bytes, padding cut off.
    pub fn text(&mut self, n: usize) -> Result<String, BodyError> {
        self.take(n).map(from_gbk)
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.left)
    }
}

/// Writes fields one after the other.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn u8(&mut self, v: u8) -> &mut Self {
        self.bytes.push(v);
        self
    }

    pub fn u16(&mut self, v: u16) -> &mut Self {
        self.put(&v.to_be_bytes())
    }

    pub fn u32(&mut self, v: u32) -> &mut Self {
        self.put(&v.to_be_bytes())
    }

    pub fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A GBK text without padding.
    pub fn text(&mut self, text: &str) -> Result<&mut Self, EncodeError> {
        let bytes = to_gbk(text)?;
        Ok(self.put(&bytes))
    }

    /// A GBK text in a field of `width` bytes, filled up with zeroes.
    pub fn fixed(&mut self, text: &str, width: usize) -> Result<&mut Self, EncodeError> {
        let bytes = to_gbk(text)?;
        if bytes.len() > width {
            return Err(EncodeError::TooLong { text: text.to_owned(), width });
        }
        self.put(&bytes);
        self.bytes.resize(self.bytes.len() + width - bytes.len(), 0);
        Ok(self)
    }

    /// A count that one byte can say.
    pub fn count8(&mut self, n: usize, what: &'static str) -> Result<&mut Self, EncodeError> {
        let n = u8::try_from(n).map_err(|_| EncodeError::TooLarge(what))?;
        Ok(self.u8(n))
    }

    /// A count that two bytes can say.
    pub fn count16(&mut self, n: usize, what: &'static str) -> Result<&mut Self, EncodeError> {
        let n = u16::try_from(n).map_err(|_| EncodeError::TooLarge(what))?;
        Ok(self.u16(n))
    }
}
