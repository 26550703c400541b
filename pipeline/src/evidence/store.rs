//! Where evidence is kept: a folder by default, S3 by configuration.

use bytes::Bytes;
use futures::future::join_all;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig, aws::AmazonS3Builder,
    local::LocalFileSystem, path::Path as Key, prefix::PrefixStore,
};
use std::path::{Path, PathBuf};
use std::{error::Error as StdError, io, sync::Arc, time::Duration};
use thiserror::Error;
use url::Url;

/// How long one file may take; a store that hangs must not hold candidates back.
const PUT_TIMEOUT: Duration = Duration::from_secs(5);

/// What the recorder needs of a store.
pub trait FileStore: Send + Sync + std::fmt::Debug {
    /// Writes files, each by its path with `/` between folders, at the same
    /// time. Each is there whole or not at all; one that exists is replaced.
    /// Answers in the same order: the URI, or why not.
    fn put_all(&self, files: &[(String, Bytes)]) -> Vec<Result<String, StoreError>>;
}

/// Why the store could not be opened or a file not be written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The setting names no place that can be used.
    #[error("evidence store '{location}': {why}; use a folder such as ./data/evidence, or s3://bucket/prefix")]
    Open {
        /// As configured.
        location: String,
        /// What is wrong.
        why: String,
    },
    /// One file was not written.
    #[error("evidence file {path} was not written ({}): {source}", reason.as_str())]
    Write {
        /// Path within the store.
        path: String,
        /// What kind of failure.
        reason: WriteFailure,
        /// What the store said.
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// Kinds of failure to write, as `streetwatch_evidence_failures_total{reason}` counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteFailure {
    /// No space left, or over quota: an operator must act.
    DiskFull,
    /// Not allowed, or read-only: an operator must act.
    Permission,
    /// Another error of the file system.
    Io,
    /// The service cannot be reached or answers with errors; may pass.
    Unavailable,
    /// No answer in time; may pass.
    Timeout,
}

impl WriteFailure {
    /// The word in metrics and manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            WriteFailure::DiskFull => "disk_full",
            WriteFailure::Permission => "permission",
            WriteFailure::Io => "io",
            WriteFailure::Unavailable => "unavailable",
            WriteFailure::Timeout => "timeout",
        }
    }

    /// Whether another try within seconds makes sense.
    pub const fn is_transient(self) -> bool {
        matches!(self, WriteFailure::Unavailable | WriteFailure::Timeout)
    }
}

/// A folder or an S3 bucket.
///
/// Blocking: it drives the store's futures on a small runtime of its own, so
/// it must not be called on tokio's workers (`spawn_blocking` and plain
/// threads are fine).
#[derive(Debug)]
pub struct EvidenceStore {
    store: Arc<dyn ObjectStore>,
    base: Url,
    runtime: Option<tokio::runtime::Runtime>,
}

/// Opens a store: `./data/evidence`, `/srv/evidence`, `file:///srv/evidence`
/// or `s3://bucket/prefix`. A folder is made where it is missing. S3 takes
/// region, endpoint and credentials from the usual `AWS_…` variables.
///
/// # Errors
/// The folder cannot be made, or the setting is no place at all.
pub fn open(location: &str) -> Result<EvidenceStore, StoreError> {
    let (store, base) = connect(location)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("evidence-store")
        .enable_all()
        .build()
        .map_err(|e| StoreError::Open { location: location.to_owned(), why: e.to_string() })?;
    Ok(EvidenceStore { store, base, runtime: Some(runtime) })
}

/// The place itself, and the address that its files' addresses begin with.
pub(super) fn connect(location: &str) -> Result<Opened, StoreError> {
    let failed = |why: String| StoreError::Open { location: location.to_owned(), why };
    if location.trim().is_empty() {
        return Err(failed("is empty".into()));
    }
    match Url::parse(location) {
        Ok(url) if url.scheme() == "s3" => open_s3(&url).map_err(failed),
        Ok(url) if url.scheme() == "file" => {
            let path = url.to_file_path().map_err(|()| failed("is no local path".into()))?;
            open_folder(&path).map_err(failed)
        }
        Ok(url) if location.contains("://") => Err(failed(format!("'{}' is not supported", url.scheme()))),
        _ => open_folder(Path::new(location)).map_err(failed),
    }
}

pub(super) type Opened = (Arc<dyn ObjectStore>, Url);

fn open_folder(path: &Path) -> Result<Opened, String> {
    std::fs::create_dir_all(path).map_err(|e| format!("the folder cannot be made: {e}"))?;
    let path = path.canonicalize().map_err(|e| e.to_string())?;
    let base = Url::from_directory_path(&path).map_err(|()| "the path is no URI".to_owned())?;
    let store = LocalFileSystem::new_with_prefix(&path).map_err(|e| e.to_string())?;
    Ok((Arc::new(store), base))
}

fn open_s3(url: &Url) -> Result<Opened, String> {
    let bucket = url.host_str().filter(|b| !b.is_empty()).ok_or("names no bucket")?;
    let backoff = BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() };
    let retry = RetryConfig { backoff, max_retries: 2, retry_timeout: PUT_TIMEOUT };
    let options = ClientOptions::new().with_timeout(PUT_TIMEOUT).with_connect_timeout(Duration::from_secs(3));
    // `from_env` reads AWS_ENDPOINT, AWS_ALLOW_HTTP and the like; the bucket is ours.
    let store = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_retry(retry)
        .with_client_options(options)
        .build()
        .map_err(|e| e.to_string())?;
    let prefix = url.path().trim_matches('/');
    let base = Url::parse(&format!("s3://{bucket}/{prefix}{}", if prefix.is_empty() { "" } else { "/" }))
        .map_err(|e| e.to_string())?;
    Ok((Arc::new(PrefixStore::new(store, prefix)), base))
}

impl FileStore for EvidenceStore {
    fn put_all(&self, files: &[(String, Bytes)]) -> Vec<Result<String, StoreError>> {
        let Some(runtime) = &self.runtime else { return Vec::new() };
        runtime.block_on(join_all(files.iter().map(|(path, bytes)| self.put(path, bytes.clone()))))
    }
}

impl EvidenceStore {
    /// The folder, where it is a local one.
    pub fn folder(&self) -> Option<PathBuf> {
        (self.base.scheme() == "file").then(|| self.base.to_file_path().ok()).flatten()
    }

    async fn put(&self, path: &str, bytes: Bytes) -> Result<String, StoreError> {
        let write = |reason, source: Box<dyn StdError + Send + Sync>| StoreError::Write {
            path: path.to_owned(),
            reason,
            source,
        };
        let key = Key::parse(path).map_err(|e| write(WriteFailure::Io, e.into()))?;
        match tokio::time::timeout(PUT_TIMEOUT, self.store.put(&key, bytes.into())).await {
            Ok(Ok(_)) => self.base.join(path).map(String::from).map_err(|e| write(WriteFailure::Io, e.into())),
            Ok(Err(e)) => Err(write(classify(&e), e.into())),
            Err(late) => Err(write(WriteFailure::Timeout, late.into())),
        }
    }
}

impl Drop for EvidenceStore {
    fn drop(&mut self) {
        // A runtime must not be dropped inside another one; this way it may be.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The cause nearest to the machine decides; without one it is the service.
fn classify(error: &object_store::Error) -> WriteFailure {
    use object_store::Error as E;
    if matches!(error, E::PermissionDenied { .. } | E::Unauthenticated { .. }) {
        return WriteFailure::Permission;
    }
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(e) = cause {
        if let Some(io) = e.downcast_ref::<io::Error>() {
            return match io.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                    WriteFailure::DiskFull
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => WriteFailure::Permission,
                io::ErrorKind::TimedOut => WriteFailure::Timeout,
                io::ErrorKind::ConnectionRefused
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable => WriteFailure::Unavailable,
                _ => WriteFailure::Io,
            };
        }
        cause = e.source();
    }
    match error {
        E::Generic { store, .. } if *store != "LocalFileSystem" => WriteFailure::Unavailable,
        _ => WriteFailure::Io,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, bytes: &'static str) -> (String, Bytes) {
        (path.to_owned(), Bytes::from_static(bytes.as_bytes()))
    }

    #[test]
    fn a_file_in_a_folder_has_a_uri_that_leads_to_it() {
        let home = tempfile::tempdir().expect("a folder");
        let place = home.path().join("made here/证据");
        let store = open(place.to_str().expect("UTF-8")).expect("opens");
        let uri = store.put_all(&[file("2026/06/01/c/x/end.jpg", "one")]).remove(0).expect("written");
        let path = Url::parse(&uri).expect("a URI").to_file_path().expect("a path");
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "one");
        let again = store.put_all(&[file("2026/06/01/c/x/end.jpg", "two")]).remove(0).expect("written");
        assert_eq!(uri, again);
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "two");
        assert_eq!(
            std::fs::read_dir(path.parent().expect("folder")).expect("lists").count(),
            1,
            "no temporary file is left"
        );
    }

    #[test]
    fn places_that_cannot_be_used_are_refused_with_what_to_do() {
        let home = tempfile::tempdir().expect("a folder");
        let taken = home.path().join("file");
        std::fs::write(&taken, "x").expect("writable");
        let below = taken.join("evidence");
        for place in ["", "ftp://host/x", "s3://", below.to_str().expect("UTF-8")] {
            let error = open(place).expect_err(place).to_string();
            assert!(error.contains("s3://bucket/prefix"), "{error}");
        }
    }

    #[test]
    fn a_folder_that_became_a_file_fails_that_write_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let store = open(home.path().to_str().expect("UTF-8")).expect("opens");
        std::fs::write(home.path().join("2026"), "in the way").expect("writable");
        let answers = store.put_all(&[file("2026/end.jpg", "x"), file("2027/end.jpg", "x")]);
        assert!(matches!(&answers[0], Err(StoreError::Write { reason, .. }) if !reason.is_transient()), "{answers:?}");
        assert!(answers[1].is_ok());
    }

    #[test]
    fn a_full_disk_is_told_from_a_service_that_is_down() {
        let local = |kind: io::ErrorKind| object_store::Error::Generic {
            store: "LocalFileSystem",
            source: io::Error::from(kind).into(),
        };
        assert_eq!(classify(&local(io::ErrorKind::StorageFull)), WriteFailure::DiskFull);
        assert_eq!(classify(&local(io::ErrorKind::ReadOnlyFilesystem)), WriteFailure::Permission);
        let s3 = object_store::Error::Generic { store: "S3", source: "500 Internal Server Error".into() };
        assert_eq!(classify(&s3), WriteFailure::Unavailable);
    }

    #[test]
    fn a_store_may_be_dropped_inside_a_runtime() {
        let home = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async { drop(open(home.path().to_str().expect("UTF-8")).expect("opens")) });
    }
}
