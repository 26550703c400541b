//! A device that cannot be had gives way to the next best one: TensorRT to CUDA, CUDA to the processor. Once said,
//! always counted.

use super::device::Device;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Why a device could not be had; the words of the metric's label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FallbackReason {
    /// This ONNX Runtime was built without it.
    NotBuilt,
    /// A library that it needs is missing or does not fit.
    Library,
    /// There is no such GPU, or no driver for it.
    NoDevice,
    /// The GPU's memory is full.
    Memory,
    /// Anything else: the log line has the runtime's word.
    Other,
}

impl FallbackReason {
    /// What the runtime's word means. Its versions word things differently, so this looks for parts.
    pub fn of(why: &str) -> FallbackReason {
        let why = why.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| why.contains(word));
        if says(&[
            "not enabled in this build",
            "was not compiled",
            "not compiled with",
            "is not supported in this build",
        ]) {
            FallbackReason::NotBuilt
        } else if says(&[
            "no cuda-capable",
            "invalid device",
            "device id",
            "driver version",
            "no gpu",
            "cuda failure 100",
            "cuda failure 101",
            "cuda failure 35",
        ]) {
            FallbackReason::NoDevice
        } else if says(&[
            "cannot open shared object",
            "failed to load library",
            "failed to load shared library",
            "libcu",
            "libnvinfer",
        ]) {
            FallbackReason::Library
        } else if says(&["out of memory", "failed to allocate"]) {
            FallbackReason::Memory
        } else {
            FallbackReason::Other
        }
    }

    /// The word in the metric's label.
    pub const fn as_str(self) -> &'static str {
        match self {
            FallbackReason::NotBuilt => "not_built",
            FallbackReason::Library => "library",
            FallbackReason::NoDevice => "no_device",
            FallbackReason::Memory => "memory",
            FallbackReason::Other => "other",
        }
    }
}

/// A device that was asked for and not had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// What was asked for.
    pub wanted: Device,
    /// Why not.
    pub reason: FallbackReason,
    /// The runtime's word.
    pub why: String,
}

/// What to try in turn, the one that was asked for first.
pub(super) fn chain(wanted: Device) -> Vec<Device> {
    match wanted {
        Device::Cpu => vec![Device::Cpu],
        Device::Cuda(_) => vec![wanted, Device::Cpu],
        Device::TensorRt(index) => vec![wanted, Device::Cuda(index), Device::Cpu],
    }
}

/// Counts a fallback, and says it: one line for each device in a process, however many models wanted it.
pub(super) fn tell(model: &str, fallback: &Fallback, got: Device) {
    let (wanted, reason) = (fallback.wanted.to_string(), fallback.reason.as_str());
    metrics::counter!("streetwatch_inference_fallback_total", "model" => model.to_owned(), "wanted" => wanted.clone(),
        "got" => got.to_string(), "reason" => reason)
    .increment(1);
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let first = TOLD.lock().is_ok_and(|mut told| told.insert(wanted.clone()));
    if first {
        tracing::warn!(model, wanted, got = %got, reason, why = fallback.why, "the device cannot be had; its models run elsewhere");
    } else {
        tracing::debug!(model, wanted, got = %got, reason, why = fallback.why, "the device cannot be had");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtimes_words_are_told_apart() {
        for (why, reason) in [
            ("CUDA execution provider is not enabled in this build.", FallbackReason::NotBuilt),
            (
                "Failed to load library libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file: No such file or directory",
                FallbackReason::Library,
            ),
            ("CUDA failure 100: no CUDA-capable device is detected ; GPU=0 ; hostname=h", FallbackReason::NoDevice),
            ("CUDA failure 101: invalid device ordinal ; GPU=250", FallbackReason::NoDevice),
            ("CUDA failure 2: out of memory ; GPU=0", FallbackReason::Memory),
            ("something new", FallbackReason::Other),
        ] {
            assert_eq!(FallbackReason::of(why), reason, "{why}");
        }
    }

    #[test]
    fn tensorrt_gives_way_to_cuda_on_the_same_gpu_and_then_to_the_processor() {
        assert_eq!(chain(Device::TensorRt(2)), [Device::TensorRt(2), Device::Cuda(2), Device::Cpu]);
        assert_eq!(chain(Device::Cuda(1)), [Device::Cuda(1), Device::Cpu]);
        assert_eq!(chain(Device::Cpu), [Device::Cpu]);
    }
}
