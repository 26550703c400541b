//! The disk buffer: a folder with one file a segment, bounded. What does not fit any more pushes the oldest out.
//!
//! A file appears whole or not at all (written beside, then renamed), so what a killed recorder had put here is
//! sent by the next one. It survives the death of the process, not that of the machine: a file that a power cut
//! left torn is found by its hash, counted and removed.
//!
//! A file is a line of JSON (the [`Segment`] without its video), then the video.

use crate::payload::Segment;
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// What the end of a finished file's name is.
const FINISHED: &str = "segment";
/// A head is longer than this only where a file is none of ours.
const MOST_HEAD: usize = 1 << 20;

/// Why the buffer cannot be used.
#[derive(Debug, Error)]
pub enum BufferError {
    /// The folder.
    #[error("the recorder's buffer {folder}: {why}; name another folder in `[record] buffer`")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A segment was not written.
    #[error("a segment was not written into the buffer {folder}: {source}")]
    Write {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is torn, or none of ours.
    #[error("the file {path} in the recorder's buffer is damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// A segment in the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its number: the order in which segments came.
    pub number: u64,
    /// Size of its file.
    pub bytes: u64,
}

/// What putting a segment in came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Put {
    /// Segments that had to go for it.
    pub dropped: u64,
}

#[derive(Debug, Default)]
struct Inside {
    entries: VecDeque<Entry>,
    bytes: u64,
    next: u64,
}

/// The folder, and what is in it.
#[derive(Debug)]
pub struct Buffer {
    folder: PathBuf,
    limit: u64,
    inside: Mutex<Inside>,
    changed: Condvar,
    /// Held while this process uses the folder.
    _lock: File,
}

impl Buffer {
    /// Opens the folder, making it where it is missing, with whatever an earlier recorder left.
    ///
    /// # Errors
    /// It cannot be made, read or written, or another recorder uses it.
    pub fn open(folder: &Path, limit: u64) -> Result<Buffer, BufferError> {
        let fail = |why: String| BufferError::Folder { folder: folder.to_owned(), why };
        std::fs::create_dir_all(folder).map_err(|e| fail(format!("cannot be made: {e}")))?;
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("recorder.lock"));
        let lock = lock.map_err(|e| fail(format!("cannot be written: {e}")))?;
        lock.try_lock().map_err(|e| match e {
            TryLockError::WouldBlock => fail("another recorder uses it".to_owned()),
            TryLockError::Error(e) => fail(format!("cannot be locked: {e}")),
        })?;
        let mut entries = Vec::new();
        for found in std::fs::read_dir(folder).map_err(|e| fail(format!("cannot be read: {e}")))? {
            let found = found.map_err(|e| fail(format!("cannot be read: {e}")))?;
            let path = found.path();
            match path.extension().and_then(|end| end.to_str()) {
                // What a killed recorder had not finished.
                Some("part") => {
                    let _gone_is_fine = std::fs::remove_file(&path);
                }
                Some(FINISHED) => {
                    let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
                    let size = found.metadata().map(|m| m.len());
                    if let (Some(number), Ok(bytes)) = (number, size) {
                        entries.push(Entry { number, bytes });
                    }
                }
                _ => {}
            }
        }
        entries.sort_by_key(|entry| entry.number);
        let inside = Inside {
            bytes: entries.iter().map(|entry| entry.bytes).sum(),
            next: entries.last().map_or(0, |last| last.number + 1),
            entries: entries.into(),
        };
        let inside = Mutex::new(inside);
        Ok(Buffer { folder: folder.to_owned(), limit, inside, changed: Condvar::new(), _lock: lock })
    }

    /// Writes a segment and its video. Where there is no room the oldest go first. Blocking.
    ///
    /// # Errors
    /// The disk does not take it, though nothing else is left in the buffer, or for another reason than room.
    pub fn put(&self, segment: &Segment, video: &[u8]) -> Result<Put, BufferError> {
        let fail = |source| BufferError::Write { folder: self.folder.clone(), source };
        let mut head = serde_json::to_vec(segment).map_err(|e| fail(e.into()))?;
        head.push(b'\n');
        let bytes = (head.len() + video.len()) as u64;
        let number = {
            let mut inside = self.inside.lock();
            inside.next += 1;
            inside.next - 1
        };
        let mut put = Put { dropped: self.make_room(bytes) };
        loop {
            match self.write(number, &head, video) {
                Ok(()) => break,
                Err(error) if is_full(&error) && self.drop_oldest() => put.dropped += 1,
                Err(error) => return Err(fail(error)),
            }
        }
        let mut inside = self.inside.lock();
        // Two cameras may finish in another order than they began.
        let at = inside.entries.partition_point(|entry| entry.number < number);
        inside.entries.insert(at, Entry { number, bytes });
        inside.bytes += bytes;
        self.changed.notify_all();
        Ok(put)
    }

    fn write(&self, number: u64, head: &[u8], video: &[u8]) -> std::io::Result<()> {
        let (part, whole) = (self.folder.join(format!("{number:020}.part")), self.path(number));
        let written = File::create(&part).and_then(|mut file| {
            file.write_all(head)?;
            file.write_all(video)
        });
        written.and_then(|()| std::fs::rename(&part, &whole)).inspect_err(|_| {
            let _gone_is_fine = std::fs::remove_file(&part);
        })
    }

    fn make_room(&self, more: u64) -> u64 {
        let mut dropped = 0;
        while self.bytes() + more > self.limit && self.drop_oldest() {
            dropped += 1;
        }
        dropped
    }

    fn drop_oldest(&self) -> bool {
        let Some(oldest) = self.inside.lock().entries.front().copied() else { return false };
        self.remove(oldest);
        true
    }

    /// The oldest segments, at most so many and so many bytes, but one at least.
    pub fn oldest(&self, most: usize, bytes: u64) -> Vec<Entry> {
        let inside = self.inside.lock();
        let mut sum = 0;
        let fits = |entry: &&Entry| {
            let first = sum == 0;
            sum += entry.bytes;
            first || sum <= bytes
        };
        inside.entries.iter().take(most).take_while(fits).copied().collect()
    }

    /// A segment and its video; `None` when it has had to go meanwhile. Blocking.
    ///
    /// # Errors
    /// The file is torn, or cannot be read.
    pub fn read(&self, entry: Entry) -> Result<Option<(Segment, Vec<u8>)>, BufferError> {
        let path = self.path(entry.number);
        let damaged = |why: String| BufferError::Damaged { path: path.clone(), why };
        let mut bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(damaged(error.to_string())),
        };
        let head = bytes.iter().take(MOST_HEAD).position(|byte| *byte == b'\n');
        let head = head.ok_or_else(|| damaged("it has no head".to_owned()))?;
        let segment: Segment = serde_json::from_slice(&bytes[..head]).map_err(|e| damaged(e.to_string()))?;
        bytes.drain(..=head);
        segment.verify(&bytes).map_err(|e| damaged(e.to_string()))?;
        Ok(Some((segment, bytes)))
    }

    /// A segment is on the log, or is given up.
    pub fn remove(&self, entry: Entry) {
        let mut inside = self.inside.lock();
        if let Some(at) = inside.entries.iter().position(|known| known.number == entry.number) {
            inside.entries.remove(at);
            inside.bytes -= entry.bytes;
        }
        if let Err(error) = std::fs::remove_file(self.path(entry.number))
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path(entry.number).display(), %error, "a sent segment cannot be removed");
        }
        self.changed.notify_all();
    }

    /// Waits until something is in the buffer, at most so long.
    pub fn wait(&self, at_most: Duration) {
        let mut inside = self.inside.lock();
        if inside.entries.is_empty() {
            let _timed_out = self.changed.wait_for(&mut inside, at_most);
        }
    }

    /// Wakes whoever waits.
    pub fn wake(&self) {
        self.changed.notify_all();
    }

    /// Segments that wait.
    pub fn len(&self) -> usize {
        self.inside.lock().entries.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> u64 {
        self.inside.lock().bytes
    }

    /// Bytes that it may take.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:020}.{FINISHED}"))
    }
}

fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::{examples, sha256};

    fn segment(sequence: u64, video: &[u8]) -> Segment {
        let base = examples::segment();
        Segment { sequence, bytes: video.len() as u64, sha256: sha256(video), data: None, ..base }
    }

    fn put(buffer: &Buffer, sequence: u64) -> Put {
        let video = vec![sequence as u8; 1_000];
        buffer.put(&segment(sequence, &video), &video).expect("room")
    }

    fn sequences(buffer: &Buffer) -> Vec<u64> {
        let entries = buffer.oldest(100, u64::MAX);
        entries.into_iter().map(|entry| buffer.read(entry).expect("whole").expect("there").0.sequence).collect()
    }

    #[test]
    fn what_a_killed_recorder_had_put_in_is_there_in_order_and_what_it_had_not_finished_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let buffer = Buffer::open(folder.path(), 1 << 20).expect("opens");
        for sequence in 0..12 {
            put(&buffer, sequence);
        }
        buffer.remove(buffer.oldest(1, u64::MAX)[0]);
        drop(buffer);
        std::fs::write(folder.path().join("00000000000000000099.part"), "half").expect("written");
        let buffer = Buffer::open(folder.path(), 1 << 20).expect("opens again");
        assert_eq!(sequences(&buffer), (1..12).collect::<Vec<_>>());
        put(&buffer, 12);
        assert_eq!(sequences(&buffer), (1..13).collect::<Vec<_>>());
        assert!(!folder.path().join("00000000000000000099.part").exists());
    }

    #[test]
    fn a_full_buffer_drops_the_oldest_and_says_how_many() {
        let folder = tempfile::tempdir().expect("a folder");
        let buffer = Buffer::open(folder.path(), 5_000).expect("opens");
        let dropped: u64 = (0..10).map(|sequence| put(&buffer, sequence).dropped).sum();
        let left = sequences(&buffer);
        assert_eq!((left.len() as u64 + dropped, left.last()), (10, Some(&9)));
        assert!(buffer.bytes() <= 5_000 && left.len() >= 2, "{left:?}");
        let files = std::fs::read_dir(folder.path()).expect("lists").count();
        assert_eq!(files, left.len() + 1, "the lock is the only other file");
    }

    #[test]
    fn one_that_is_larger_than_the_buffer_is_kept_all_the_same_until_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let buffer = Buffer::open(folder.path(), 100).expect("opens");
        assert_eq!((put(&buffer, 0).dropped, put(&buffer, 1).dropped), (0, 1));
        assert_eq!(sequences(&buffer), [1]);
    }

    #[test]
    fn a_torn_file_is_told_from_a_whole_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let buffer = Buffer::open(folder.path(), 1 << 20).expect("opens");
        put(&buffer, 0);
        let entry = buffer.oldest(1, u64::MAX)[0];
        let path = buffer.path(entry.number);
        let bytes = std::fs::read(&path).expect("read");
        std::fs::write(&path, &bytes[..bytes.len() - 1]).expect("written");
        assert!(matches!(buffer.read(entry), Err(BufferError::Damaged { .. })));
        std::fs::write(&path, "").expect("written");
        assert!(matches!(buffer.read(entry), Err(BufferError::Damaged { .. })));
        buffer.remove(entry);
        assert!(matches!(buffer.read(entry), Ok(None)));
        assert_eq!((buffer.len(), buffer.bytes()), (0, 0));
    }

    #[test]
    fn two_recorders_do_not_share_a_buffer() {
        let folder = tempfile::tempdir().expect("a folder");
        let _first = Buffer::open(folder.path(), 100).expect("opens");
        let error = Buffer::open(folder.path(), 100).expect_err("in use").to_string();
        assert!(error.contains("another recorder") && error.contains("[record] buffer"), "{error}");
    }

    #[test]
    fn a_batch_is_bounded_by_number_and_bytes_but_has_one_at_least() {
        let folder = tempfile::tempdir().expect("a folder");
        let buffer = Buffer::open(folder.path(), 1 << 20).expect("opens");
        for sequence in 0..5 {
            put(&buffer, sequence);
        }
        let lengths = [(2, u64::MAX), (9, 1), (9, 4_000)].map(|(most, bytes)| buffer.oldest(most, bytes).len());
        assert_eq!((lengths[0], lengths[1]), (2, 1));
        assert!((2..5).contains(&lengths[2]), "{lengths:?}");
    }
}
