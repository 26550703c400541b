//! Where a model runs.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A device as CITY.toml writes it: `cpu`, `cuda`, `cuda:1`, `tensorrt`, `tensorrt:1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// NVIDIA GPU of this index, by CUDA.
    Cuda(u16),
    /// NVIDIA GPU of this index, by TensorRT (what TensorRT cannot do runs by CUDA).
    TensorRt(u16),
}

/// A word that names no device.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no device; use `cpu`, `cuda`, `cuda:N`, `tensorrt` or `tensorrt:N`")]
pub struct UnknownDevice(pub String);

impl FromStr for Device {
    type Err = UnknownDevice;

    fn from_str(s: &str) -> Result<Self, UnknownDevice> {
        let unknown = || UnknownDevice(s.to_owned());
        let (name, index) = match s.split_once(':') {
            Some((name, index)) => (name, Some(index.parse().map_err(|_| unknown())?)),
            None => (s, None),
        };
        match (name, index) {
            ("cpu", None) => Ok(Device::Cpu),
            ("cuda", index) => Ok(Device::Cuda(index.unwrap_or(0))),
            ("tensorrt", index) => Ok(Device::TensorRt(index.unwrap_or(0))),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(n) => write!(f, "cuda:{n}"),
            Device::TensorRt(n) => write!(f, "tensorrt:{n}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_they_are_written() {
        for text in ["cpu", "cuda:0", "cuda:3", "tensorrt:1"] {
            assert_eq!(text.parse::<Device>().map(|d| d.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("cuda".parse(), Ok(Device::Cuda(0)));
        for text in ["gpu", "cpu:0", "cuda:", "cuda:-1", "tensorrt:x", ""] {
            assert_eq!(text.parse::<Device>(), Err(UnknownDevice(text.to_owned())));
        }
    }
}
