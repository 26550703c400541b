//! One ONNX Runtime session of a model on a device, shapes checked and fixed.

use super::device::Device;
use super::{EngineConfig, EngineError, cache};
use crate::manifest::{Layout, Manifest};
use crate::output::Tensor;
use crate::runtime;
use ort::ep::{ArenaExtendStrategy, CPU, CUDA, ExecutionProviderDispatch, TensorRT};
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, TensorElementType, TensorRef, ValueType};
use std::borrow::Cow;
use std::path::PathBuf;

/// A session, its input, and the batch sizes it is run with.
#[derive(Debug)]
pub(super) struct Net {
    session: Session,
    image: String,
    /// Name of the input that wants the picture's size, where there is one.
    size: Option<String>,
    /// Width and height of the input.
    sides: (i64, i64),
    shape: [i64; 3],
    /// Batch of the model where it is fixed.
    fixed_batch: Option<usize>,
}

impl Net {
    /// Builds the session and checks its input against the manifest.
    pub fn load(manifest: &Manifest, bytes: &[u8], device: Device, config: &EngineConfig) -> Result<Net, EngineError> {
        let runtime = runtime::init()?;
        let build = || -> Result<Session, ort::Error> {
            Session::builder(&runtime.environment)?
                .with_intra_threads(1)?
                .with_inter_threads(1)?
                .with_intra_op_spinning(false)?
                .with_execution_providers(providers(manifest, device, config))?
                // Memory patterns cost 4 MB a session here and saved no CPU time.
                .with_memory_pattern(false)?
                .commit_from_memory(bytes)
        };
        let session = build().map_err(|e| EngineError::Unusable {
            model: manifest.name.clone(),
            file: manifest.file.clone(),
            device,
            why: e.message().trim().to_owned(),
        })?;
        let (image, dims) = image_input(manifest, &session)?;
        let i = &manifest.input;
        Ok(Net {
            session,
            image,
            size: i.size_input.clone(),
            sides: (i.width as i64, i.height as i64),
            shape: wanted_shape(manifest),
            fixed_batch: usize::try_from(dims[0]).ok(),
        })
    }

    /// The largest batch that is run when the configuration allows `wanted`.
    pub fn batch_limit(&self, wanted: usize) -> usize {
        self.fixed_batch.unwrap_or(wanted.clamp(1, 256).next_power_of_two())
    }

    /// The batch size `n` pictures are run with, padded: the model's own, else the
    /// next power of two, so that the arena sees a handful of shapes and stays bounded.
    pub fn padded(&self, n: usize) -> usize {
        self.fixed_batch.unwrap_or(n.next_power_of_two())
    }

    /// Runs `batch` pictures that lie one after the other in `values`, and hands the
    /// outputs of the first `used` of them to `each`.
    pub fn run(
        &mut self,
        values: &[f32],
        batch: usize,
        used: usize,
        mut each: impl FnMut(usize, &[Tensor]),
    ) -> Result<(), ort::Error> {
        let [a, b, c] = self.shape;
        let image = TensorRef::from_array_view(([batch as i64, a, b, c], values))?;
        let mut inputs: Vec<(Cow<str>, SessionInputValue)> = ort::inputs![self.image.as_str() => image];
        if let Some(name) = &self.size {
            let sizes = [self.sides.0, self.sides.1].repeat(batch);
            let sizes = ort::value::Tensor::from_array(([batch as i64, 2], sizes))?;
            inputs.push((Cow::Borrowed(name), sizes.into()));
        }
        let outputs = self.session.run(inputs)?;
        let mut whole = Vec::with_capacity(outputs.len());
        for name in outputs.keys() {
            if let Some(value) = outputs.get(name) {
                whole.extend(floats(name, value)?);
            }
        }
        for i in 0..used {
            let tensors: Vec<Tensor> = whole.iter().filter_map(|t| of_picture(t, batch, i)).collect();
            each(i, &tensors);
        }
        Ok(())
    }
}

/// The output's values as floats; `None` for what is no numeric tensor.
fn floats<'v>(name: &'v str, value: &'v DynValue) -> Result<Option<Tensor<'v>>, ort::Error> {
    let ValueType::Tensor { ty, shape, .. } = value.dtype() else { return Ok(None) };
    let data: Cow<[f32]> = match ty {
        TensorElementType::Float32 => Cow::Borrowed(value.try_extract_tensor::<f32>()?.1),
        // Labels and counts; exact far beyond any number of classes.
        TensorElementType::Int64 => value.try_extract_tensor::<i64>()?.1.iter().map(|&v| v as f32).collect(),
        TensorElementType::Int32 => value.try_extract_tensor::<i32>()?.1.iter().map(|&v| v as f32).collect(),
        _ => return Ok(None),
    };
    let shape = shape.iter().map(|&n| usize::try_from(n).unwrap_or(0)).collect();
    Ok(Some(Tensor { name: Cow::Borrowed(name), shape, data }))
}

/// Picture `i`'s share. A model of batch 1 may leave the batch axis out.
fn of_picture<'t>(whole: &'t Tensor, batch: usize, i: usize) -> Option<Tensor<'t>> {
    let name = Cow::Borrowed(whole.name.as_ref());
    match whole.shape.split_first() {
        Some((&n, rest)) if n == batch => {
            let size: usize = rest.iter().product();
            let data = Cow::Borrowed(whole.data.get(i * size..(i + 1) * size)?);
            Some(Tensor { name, shape: rest.to_vec(), data })
        }
        Some(_) if batch == 1 => {
            Some(Tensor { name, shape: whole.shape.clone(), data: Cow::Borrowed(&whole.data[..]) })
        }
        _ => None,
    }
}

/// Providers to register, each an error when it cannot be had: the runtime's own
/// way is to carry on with the CPU and say nothing.
fn providers(manifest: &Manifest, device: Device, config: &EngineConfig) -> Vec<ExecutionProviderDispatch> {
    let cuda = |index: u16| {
        CUDA::default()
            .with_device_id(i32::from(index))
            .with_arena_extend_strategy(ArenaExtendStrategy::SameAsRequested)
            .build()
            .error_on_failure()
    };
    match device {
        Device::Cpu => vec![CPU::default().with_arena_allocator(true).build()],
        Device::Cuda(index) => vec![cuda(index)],
        Device::TensorRt(index) => {
            let mut trt = TensorRT::default().with_device_id(i32::from(index)).with_fp16(config.fp16);
            // Without the input's name TensorRT builds an engine for each batch size it
            // meets, which is during the warm-up.
            if let Some(name) = manifest.input.name.as_deref().filter(|_| config.max_batch > 1) {
                let [a, b, c] = wanted_shape(manifest);
                let shape = |batch: usize| format!("{name}:{batch}x{a}x{b}x{c}");
                let most = config.max_batch.next_power_of_two();
                trt = trt
                    .with_profile_min_shapes(shape(1))
                    .with_profile_opt_shapes(shape(most))
                    .with_profile_max_shapes(shape(most));
            }
            if let Some(folder) = engine_folder(manifest, index, config) {
                trt = trt
                    .with_engine_cache(true)
                    .with_engine_cache_path(folder.display())
                    .with_timing_cache(true)
                    .with_timing_cache_path(folder.display());
            }
            vec![trt.build().error_on_failure(), cuda(index)]
        }
    }
}

/// Where TensorRT keeps the engines of this model on this GPU; `None` without a cache, or where it cannot be made.
fn engine_folder(manifest: &Manifest, index: u16, config: &EngineConfig) -> Option<PathBuf> {
    let root = config.engine_cache.as_ref()?;
    let folder = cache::folder(root, &manifest.sha256, &cache::gpu(index), config.fp16);
    match std::fs::create_dir_all(&folder) {
        Ok(()) => Some(folder),
        Err(error) => {
            let folder = folder.display();
            tracing::warn!(%folder, %error, "engines cannot be kept here: each start will build them anew");
            None
        }
    }
}

/// The input's sides after the batch, by the manifest.
fn wanted_shape(manifest: &Manifest) -> [i64; 3] {
    let (w, h) = (manifest.input.width as i64, manifest.input.height as i64);
    if manifest.input.layout == Layout::Nchw { [3, h, w] } else { [h, w, 3] }
}

/// Name and sides of the picture's input, if the inputs are what the manifest says.
fn image_input(manifest: &Manifest, session: &Session) -> Result<(String, [i64; 4]), EngineError> {
    let wrong = |what: String| EngineError::Input { model: manifest.name.clone(), file: manifest.file.clone(), what };
    let size = manifest.input.size_input.as_deref();
    let names: Vec<&str> = session.inputs().iter().map(|i| i.name()).collect();
    if let Some(size) = size.filter(|s| !names.contains(s)) {
        return Err(wrong(format!(
            "it has no input `{size}` (it has {}); correct `input.size_input`",
            names.join(", ")
        )));
    }
    let ours = manifest.input.name.as_deref();
    let mut images =
        session.inputs().iter().filter(|i| Some(i.name()) != size && ours.is_none_or(|name| i.name() == name));
    let (Some(image), None, true) = (images.next(), images.next(), names.len() == 1 + usize::from(size.is_some()))
    else {
        return Err(wrong(format!(
            "it has the inputs {}; one for the picture is wanted (`input.name`, if given) and at most one for its size (`input.size_input`)",
            names.join(", ")
        )));
    };
    let wanted = wanted_shape(manifest);
    let fit = |dims: &[i64]| dims.len() == 4 && dims[1..].iter().zip(wanted).all(|(&d, w)| d == w || d < 0);
    match image.dtype() {
        ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } if fit(shape) && shape[0] != 0 => {
            Ok((image.name().to_owned(), [shape[0], shape[1], shape[2], shape[3]]))
        }
        other => {
            let [a, b, c] = wanted;
            Err(wrong(format!(
                "its input `{}` is {other}, the manifest's `input` says float32 [batch, {a}, {b}, {c}]; correct width, height or layout",
                image.name()
            )))
        }
    }
}
