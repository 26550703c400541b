//! The ONNX Runtime library: found, opened once for the process.

use crate::search::upwards;
use ort::environment::Environment;
use std::path::PathBuf;
use std::sync::OnceLock;
use thiserror::Error;

/// Where `make setup` puts the library, below the workspace.
const INSTALLED: &str = ".cache/onnxruntime/libonnxruntime.so";

/// The opened library.
#[derive(Debug)]
pub struct RuntimeInfo {
    /// The file that was opened.
    pub path: PathBuf,
    /// What the library says of its build.
    pub build: &'static str,
    pub(crate) environment: Environment,
}

/// Why there is no runtime.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuntimeError {
    /// Not installed.
    #[error(
        "ONNX Runtime was not found ({INSTALLED} here, beside the program or above them); run `make setup`, or set ORT_DYLIB_PATH to libonnxruntime.so"
    )]
    NotFound,
    /// Found, but unusable.
    #[error(
        "ONNX Runtime at {path} cannot be used: {why}; run `make setup` again, or set ORT_DYLIB_PATH to another one"
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The loader's word.
        why: String,
    },
}

/// The library's path: ORT_DYLIB_PATH where it is set, else the place of
/// `make setup` below the current directory, the executable, or a folder above.
pub fn locate() -> Option<PathBuf> {
    match std::env::var_os("ORT_DYLIB_PATH") {
        Some(path) if !path.is_empty() => Some(PathBuf::from(path)),
        _ => upwards(INSTALLED).into_iter().next(),
    }
}

/// Opens the library, once for the process; later calls get the same answer.
///
/// # Errors
/// Not found, or no ONNX Runtime of version 1.17 or later.
pub fn init() -> Result<&'static RuntimeInfo, RuntimeError> {
    static RUNTIME: OnceLock<Result<RuntimeInfo, RuntimeError>> = OnceLock::new();
    RUNTIME.get_or_init(open).as_ref().map_err(Clone::clone)
}

fn open() -> Result<RuntimeInfo, RuntimeError> {
    let path = locate().ok_or(RuntimeError::NotFound)?;
    let unusable = |why: String| RuntimeError::Unusable { path: path.clone(), why };
    // A relative path would be looked for on the loader's own search path.
    let path = std::path::absolute(&path).map_err(|e| unusable(e.to_string()))?;
    let environment = ort::init_from(&path)
        .map_err(|e| unusable(e.to_string()))?
        .with_name("streetwatch")
        .with_telemetry(false)
        .build()
        .map_err(|e| unusable(e.to_string()))?;
    environment.set_log_level(ort::logging::LogLevel::Error);
    Ok(RuntimeInfo { path, build: ort::info(), environment })
}
