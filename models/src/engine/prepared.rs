//! A picture ready for the model, in a buffer that is used again.

use crate::preprocess::Placement;
use crossbeam_channel::{Receiver, Sender, bounded};

/// Buffers waiting to be used again. When it is full, a returned buffer is freed.
#[derive(Debug, Clone)]
pub(super) struct BufferPool {
    free: Receiver<Vec<f32>>,
    back: Sender<Vec<f32>>,
}

impl BufferPool {
    pub fn new(capacity: usize) -> BufferPool {
        let (back, free) = bounded(capacity);
        BufferPool { free, back }
    }

    pub fn take(&self) -> Vec<f32> {
        self.free.try_recv().unwrap_or_default()
    }
}

/// One picture or crop as a model's input. Its buffer goes back to the engine's
/// pool when it is dropped.
#[derive(Debug)]
pub struct Prepared {
    values: Vec<f32>,
    placement: Placement,
    back: Option<Sender<Vec<f32>>>,
}

impl Prepared {
    /// Values of no engine's pool: for detectors that are scripted or of another make.
    pub fn detached(values: Vec<f32>, placement: Placement) -> Prepared {
        Prepared { values, placement, back: None }
    }

    pub(super) fn pooled(values: Vec<f32>, placement: Placement, pool: &BufferPool) -> Prepared {
        Prepared { values, placement, back: Some(pool.back.clone()) }
    }

    /// The input's values, without a batch axis.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Where the picture lies in the input.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if let Some(back) = &self.back {
            let _ = back.try_send(std::mem::take(&mut self.values));
        }
    }
}
