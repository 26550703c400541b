//! Reads files of evidence back, from the folder or from S3, for the console.

use super::store::{self, StoreError};
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::{GetOptions, GetRange, ObjectStore, path::Path as Key};
use std::ops::Range;
use std::sync::Arc;
use url::Url;

/// Reads what an [`super::store::EvidenceStore`] of the same place wrote. Asynchronous: for tokio's workers.
#[derive(Debug, Clone)]
pub struct EvidenceReader {
    store: Arc<dyn ObjectStore>,
    base: Url,
}

/// A file, or a part of it, on its way.
pub struct Opened {
    /// Length of the whole file.
    pub size: u64,
    /// Which part this is.
    pub range: Range<u64>,
    /// The bytes.
    pub bytes: BoxStream<'static, Result<Bytes, object_store::Error>>,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The address lies outside the store, or no such file is in it.
    #[error("no such file of evidence")]
    Missing,
    /// The part asked for lies outside the file.
    #[error("the file has no such part")]
    Range,
    /// The store cannot be read; may pass.
    #[error("the evidence store cannot be read: {0}")]
    Unavailable(object_store::Error),
}

impl EvidenceReader {
    /// A reader of a place as CITY.toml writes it.
    ///
    /// # Errors
    /// As [`super::store::open`].
    pub fn open(location: &str) -> Result<Self, StoreError> {
        let (store, base) = store::connect(location)?;
        Ok(EvidenceReader { store, base })
    }

    /// The name of a file within the store; `None` where the address lies outside it. A candidate that names
    /// `file:///etc/passwd`, or climbs out by `..`, gets nothing.
    fn key(&self, uri: &str) -> Option<Key> {
        // Parsing resolves `..` and `%2e%2e`, so that the prefix is compared with what would be opened.
        let url = Url::parse(uri).ok()?;
        let path = url.as_str().strip_prefix(self.base.as_str())?;
        let path = percent_decoded(path)?;
        let fits = !path.is_empty()
            && path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']));
        fits.then(|| Key::parse(&path).ok()).flatten()
    }

    /// Opens a file, or a part of it, by the address that a candidate names.
    ///
    /// # Errors
    /// Not in the store, no such part, or the store is away.
    pub async fn get(&self, uri: &str, range: Option<GetRange>) -> Result<Opened, ReadError> {
        let key = self.key(uri).ok_or(ReadError::Missing)?;
        let options = GetOptions { range, ..GetOptions::default() };
        match self.store.get_opts(&key, options).await {
            Ok(found) => {
                let (size, range) = (found.meta.size, found.range.clone());
                Ok(Opened { size, range, bytes: found.into_stream() })
            }
            Err(object_store::Error::NotFound { .. }) => Err(ReadError::Missing),
            // The kinds of store word a part outside the file differently; the size decides.
            Err(error) => match self.store.get_opts(&key, GetOptions { head: true, ..GetOptions::default() }).await {
                Ok(_) if matches!(error, object_store::Error::Generic { .. }) => Err(ReadError::Range),
                _ => Err(ReadError::Unavailable(error)),
            },
        }
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let code = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok())?;
            bytes.push(u8::from_str_radix(code, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::TryStreamExt;

    async fn read(reader: &EvidenceReader, uri: &str, range: Option<GetRange>) -> Result<Vec<u8>, ReadError> {
        let opened = reader.get(uri, range).await?;
        let parts: Vec<Bytes> = opened.bytes.try_collect().await.map_err(ReadError::Unavailable)?;
        Ok(parts.concat())
    }

    #[tokio::test]
    async fn a_file_reads_back_whole_and_in_parts() {
        let home = tempfile::tempdir().expect("a folder");
        let place = home.path().join("证据 folder");
        std::fs::create_dir_all(place.join("a b")).expect("made");
        std::fs::write(place.join("a b/end.jpg"), "0123456789").expect("written");
        let reader = EvidenceReader::open(place.to_str().expect("UTF-8")).expect("opens");
        let uri = format!("{}a%20b/end.jpg", reader.base);
        assert_eq!(read(&reader, &uri, None).await.expect("read"), b"0123456789");
        assert_eq!(read(&reader, &uri, Some(GetRange::Bounded(2..4))).await.expect("read"), b"23");
        assert_eq!(read(&reader, &uri, Some(GetRange::Suffix(3))).await.expect("read"), b"789");
        let outside = read(&reader, &uri, Some(GetRange::Offset(50))).await;
        assert!(matches!(outside, Err(ReadError::Range)), "{outside:?}");
    }

    #[tokio::test]
    async fn nothing_outside_the_store_is_read() {
        let home = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(home.path().join("evidence")).expect("made");
        std::fs::write(home.path().join("secret.jpg"), "secret").expect("written");
        let reader = EvidenceReader::open(home.path().join("evidence").to_str().expect("UTF-8")).expect("opens");
        let base = reader.base.clone();
        let ways = [
            "file:///etc/passwd".to_owned(),
            format!("{base}../secret.jpg"),
            format!("{base}%2e%2e/secret.jpg"),
            format!("{base}..%2fsecret.jpg"),
            format!("{base}a/..%5c..%5csecret.jpg"),
            format!("{base}%00"),
            format!("{base}"),
            "s3://bucket/secret.jpg".to_owned(),
            "../secret.jpg".to_owned(),
        ];
        for uri in ways {
            assert!(matches!(read(&reader, &uri, None).await, Err(ReadError::Missing)), "{uri}");
        }
    }
}
