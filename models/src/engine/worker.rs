//! A worker: takes waiting pictures as one batch, runs them, answers each caller.

use super::prepared::Prepared;
use super::session::Net;
use super::{Answer, InferError};
use crate::manifest::{Family, Manifest};
use crate::output::{self, Tensor};
use crossbeam_channel::{Receiver, Sender};
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// What a caller wants of the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// The model's own classes, neither mapped nor suppressed.
    Candidates,
    /// Objects or conditions.
    OurWords,
}

/// One caller's request.
pub(super) struct Job {
    pub input: Prepared,
    pub want: Want,
    pub queued: Instant,
    pub reply: Sender<Result<Answer, InferError>>,
}

/// What a worker needs besides its session.
pub(super) struct Context {
    pub manifest: Manifest,
    pub device: String,
    pub max_batch: usize,
    pub deadline: Duration,
}

/// Serves the queue until every sender is gone.
pub(super) fn serve(mut net: Net, context: &Context, jobs: &Receiver<Job>) {
    let limit = net.batch_limit(context.max_batch);
    let mut gathered = Vec::new();
    while let Ok(first) = jobs.recv() {
        let until = first.queued + context.deadline;
        let mut batch = vec![first];
        while batch.len() < limit {
            match jobs.try_recv().or_else(|_| jobs.recv_deadline(until)) {
                Ok(job) => batch.push(job),
                Err(_) => break,
            }
        }
        run(&mut net, context, batch, &mut gathered);
    }
}

fn run(net: &mut Net, context: &Context, batch: Vec<Job>, gathered: &mut Vec<f32>) {
    let labels = [("model", context.manifest.name.clone()), ("device", context.device.clone())];
    for job in &batch {
        metrics::histogram!("streetwatch_inference_queue_seconds", &labels).record(job.queued.elapsed());
    }
    let size = net.padded(batch.len());
    let started = Instant::now();
    let mut answers = Vec::with_capacity(batch.len());
    let done = net.run(&input_of(&batch, size, gathered), size, batch.len(), |i, tensors| {
        answers.push(answer(&context.manifest, &batch[i].input, batch[i].want, tensors));
    });
    metrics::histogram!("streetwatch_inference_seconds", &labels).record(started.elapsed());
    metrics::histogram!("streetwatch_inference_batch_size", &labels).record(batch.len() as f64);
    metrics::counter!("streetwatch_inferences_total", &labels).increment(batch.len() as u64);

    if let Err(e) = done {
        metrics::counter!("streetwatch_inference_failures_total", &labels).increment(batch.len() as u64);
        tracing::warn!(model = %context.manifest.name, device = %context.device, error = %e, "inference failed");
        let why = e.message().trim().to_owned();
        answers = batch.iter().map(|_| Err(InferError::Run(why.clone()))).collect();
    }
    for (job, answer) in batch.into_iter().zip(answers) {
        // A caller that no longer waits has taken its camera down.
        let _ = job.reply.send(answer);
    }
}

/// One picture is run where it lies; several are laid side by side and padded.
fn input_of<'b>(batch: &'b [Job], size: usize, gathered: &'b mut Vec<f32>) -> Cow<'b, [f32]> {
    if let [only] = batch
        && size == 1
    {
        return Cow::Borrowed(only.input.values());
    }
    gathered.clear();
    for job in batch {
        gathered.extend_from_slice(job.input.values());
    }
    gathered.resize(batch[0].input.values().len() * size, 0.0);
    Cow::Borrowed(gathered)
}

/// Post-processing of one picture, for both kinds of model.
pub(super) fn answer(
    manifest: &Manifest,
    input: &Prepared,
    want: Want,
    tensors: &[Tensor],
) -> Result<Answer, InferError> {
    Ok(match (manifest.output.family, want) {
        (Family::Classifier, _) => Answer::Classes(output::classification(manifest, tensors)?),
        (_, Want::Candidates) => Answer::Candidates(output::candidates(manifest, input.placement(), tensors)?),
        (_, Want::OurWords) => Answer::Objects(output::detections(manifest, input.placement(), tensors)?),
    })
}
