//! Where engines that TensorRT has built are kept: building one takes minutes.
//!
//! An engine fits one model, one kind of GPU and one precision, so each of these has a folder of its own; on a
//! volume that several machines share, each finds its own.

use std::path::{Path, PathBuf};

/// The folder for engines of a model (by the hash of its weights) on a kind of GPU.
pub(super) fn folder(root: &Path, sha256: &str, gpu: &str, fp16: bool) -> PathBuf {
    let slug = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
    };
    let precision = if fp16 { "fp16" } else { "fp32" };
    root.join(slug(sha256.get(..16).unwrap_or(sha256))).join(format!("{}-{precision}", slug(gpu)))
}

/// What kind the GPU of this index is, as the driver tells; its index where it does not.
pub(super) fn gpu(index: u16) -> String {
    named(Path::new("/proc/driver/nvidia/gpus"), index).unwrap_or_else(|| format!("gpu-{index}"))
}

/// The name in the driver's folder: one folder a GPU, by the address on the bus, which is CUDA's order too.
fn named(gpus: &Path, index: u16) -> Option<String> {
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(gpus).ok()?.filter_map(|found| Some(found.ok()?.path())).collect();
    folders.sort();
    let told = std::fs::read_to_string(folders.get(usize::from(index))?.join("information")).ok()?;
    let name = told.lines().find_map(|line| line.strip_prefix("Model:"))?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_model_gpu_or_precision_has_another_folder() {
        let root = Path::new("/cache");
        let one = folder(root, &"a".repeat(64), "NVIDIA A10", true);
        assert_eq!(one, Path::new("/cache/aaaaaaaaaaaaaaaa/nvidia-a10-fp16"));
        let others = [
            folder(root, &"b".repeat(64), "NVIDIA A10", true),
            folder(root, &"a".repeat(64), "NVIDIA L4", true),
            folder(root, &"a".repeat(64), "NVIDIA A10", false),
        ];
        assert!(others.iter().all(|other| *other != one));
        assert!(folder(root, "../../x", "../..", true).starts_with(root), "{others:?}");
    }

    #[test]
    fn the_gpus_name_is_the_drivers() {
        let gpus = tempfile::tempdir().expect("a folder");
        for (bus, text) in [("0000:04:00.0", "IRQ: 1\nModel: \t NVIDIA L4\n"), ("0000:41:00.0", "Model: NVIDIA A10\n")]
        {
            std::fs::create_dir(gpus.path().join(bus)).expect("made");
            std::fs::write(gpus.path().join(bus).join("information"), text).expect("written");
        }
        assert_eq!(named(gpus.path(), 0).as_deref(), Some("NVIDIA L4"));
        assert_eq!(named(gpus.path(), 1).as_deref(), Some("NVIDIA A10"));
        assert_eq!(named(gpus.path(), 2), None);
        assert_eq!(named(Path::new("/nowhere"), 0), None);
    }
}
