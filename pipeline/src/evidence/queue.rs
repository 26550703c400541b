//! Evidence work off the camera's thread: a bounded queue and a few threads.

use super::{EvidenceRecorder, MissingFile, RecordRequest, Recorded};
use crate::payload::EvidenceKind;
use crossbeam_channel::{Sender, TrySendError, bounded};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::{self, JoinHandle},
};

/// How much evidence work may wait and run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueConfig {
    /// Threads that make and write evidence.
    pub threads: usize,
    /// Requests that may wait. Each holds a clip's packets: some megabytes.
    pub capacity: usize,
}

impl Default for QueueConfig {
    fn default() -> Self {
        QueueConfig { threads: 2, capacity: 64 }
    }
}

type Done = Box<dyn FnOnce(Recorded) + Send>;

/// Runs an [`EvidenceRecorder`] on threads of its own.
///
/// When the queue is full a request is not recorded: its callback runs at once
/// with no evidence and reason `queue_full`, counted like any other failure, so
/// that the candidate is dispatched all the same. Dropping the queue finishes
/// what waits.
#[derive(Debug)]
pub struct EvidenceQueue {
    sender: Option<Sender<(RecordRequest, Done)>>,
    threads: Vec<JoinHandle<()>>,
}

impl EvidenceQueue {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(recorder: Arc<EvidenceRecorder>, config: QueueConfig) -> std::io::Result<Self> {
        let (sender, receiver) = bounded::<(RecordRequest, Done)>(config.capacity.max(1));
        let threads = (0..config.threads.max(1)).map(|n| {
            let (receiver, recorder) = (receiver.clone(), Arc::clone(&recorder));
            thread::Builder::new().name(format!("evidence-{n}")).spawn(move || {
                for (request, done) in receiver {
                    run(&recorder, &request, done);
                }
            })
        });
        Ok(EvidenceQueue { threads: threads.collect::<Result<_, _>>()?, sender: Some(sender) })
    }

    /// Hands over a request; `done` is called exactly once, on an evidence
    /// thread, or on this one when the queue is full. Never blocks.
    pub fn submit(&self, request: RecordRequest, done: impl FnOnce(Recorded) + Send + 'static) {
        let Some(sender) = &self.sender else { return };
        match sender.try_send((request, Box::new(done))) {
            Ok(()) => metrics::gauge!("streetwatch_evidence_queue_length").set(sender.len() as f64),
            Err(TrySendError::Full((request, done)) | TrySendError::Disconnected((request, done))) => {
                tracing::error!(candidate = %request.candidate.id, "evidence queue is full; the candidate goes on without evidence");
                done(nothing("queue_full"));
            }
        }
    }
}

/// A panic in a codec must cost one candidate's evidence, not the thread.
fn run(recorder: &EvidenceRecorder, request: &RecordRequest, done: Done) {
    let recorded = catch_unwind(AssertUnwindSafe(|| recorder.record(request))).unwrap_or_else(|_| {
        tracing::error!(candidate = %request.candidate.id, "evidence work panicked; the candidate goes on without evidence");
        nothing("panic")
    });
    if catch_unwind(AssertUnwindSafe(|| done(recorded))).is_err() {
        tracing::error!(candidate = %request.candidate.id, "what follows the evidence panicked");
    }
}

fn nothing(reason: &str) -> Recorded {
    metrics::counter!("streetwatch_evidence_failures_total", "reason" => reason.to_owned()).increment(1);
    let missing = vec![MissingFile { kind: EvidenceKind::Manifest, reason: reason.to_owned() }];
    Recorded { items: Vec::new(), missing }
}

impl Drop for EvidenceQueue {
    fn drop(&mut self) {
        self.sender.take();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
