//! Folding the write-ahead log into the file, beside the writer and not in its way.

use super::schema;
use crossbeam_channel::{Sender, TrySendError, bounded};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::JoinHandle;

/// A checkpoint is asked for after this many appended bytes.
const EVERY_BYTES: usize = 4 << 20;
/// Frames of the write-ahead log (8 KB each) from which on the writer itself
/// waits for a checkpoint: the file stays under about 512 MB.
const MOST_FRAMES: i64 = 65_536;

/// The checkpoint thread, as the writer sees it.
#[derive(Debug)]
pub(super) struct Checkpointer {
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    frames: Arc<AtomicI64>,
    bytes: usize,
}

impl Checkpointer {
    /// Starts the thread with a connection of its own.
    pub fn start(directory: &Path, shown: &str) -> Result<Self, super::LogError> {
        let connection = Connection::open(schema::database(directory)).map_err(|e| schema::explain(e, shown))?;
        connection.pragma_update(None, "synchronous", "normal").map_err(|e| schema::explain(e, shown))?;
        let frames = Arc::new(AtomicI64::new(0));
        let (wake, woken) = bounded::<()>(1);
        let thread = std::thread::Builder::new()
            .name("log-checkpoint".into())
            .spawn({
                let (frames, shown) = (frames.clone(), shown.to_owned());
                move || {
                    for () in woken {
                        match checkpoint(&connection, "PASSIVE") {
                            Ok(left) => frames.store(left, Ordering::Relaxed),
                            Err(error) => failed(&shown, &error),
                        }
                    }
                }
            })
            .map_err(|e| super::LogError::new(super::ErrorKind::Internal, shown, format!("no thread: {e}")))?;
        Ok(Checkpointer { wake: Some(wake), thread: Some(thread), frames, bytes: 0 })
    }

    /// Told after each commit of the writer.
    pub fn written(&mut self, bytes: usize, writer: &Connection) {
        // A small commit still writes whole pages.
        self.bytes += bytes + 16_384;
        if self.bytes < EVERY_BYTES {
            return;
        }
        self.bytes = 0;
        if let Some(wake) = &self.wake
            && let Err(TrySendError::Disconnected(())) = wake.try_send(())
        {
            tracing::error!("the checkpoint thread has ended");
        }
        if self.frames.load(Ordering::Relaxed) > MOST_FRAMES {
            metrics::counter!("streetwatch_log_checkpoint_waits_total").increment(1);
            match checkpoint(writer, "RESTART") {
                Ok(_) => self.frames.store(0, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "the write-ahead log could not be restarted yet"),
            }
        }
    }

    /// Ends the thread after what it is doing.
    pub fn stop(mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpoint thread panicked");
        }
    }
}

/// Returns the frames in the write-ahead log.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(1))
}

fn failed(shown: &str, error: &rusqlite::Error) {
    metrics::counter!("streetwatch_log_checkpoint_failures_total").increment(1);
    tracing::warn!(log = shown, %error, "a checkpoint failed, will be tried again");
}
