//! Whether a version, the register and the camera's pictures belong together, for `streetwatch check`.

use super::error::BaselineError;
use super::store::{Store, StoredBaseline, View};
use operators::components::{CompareConfig, Comparer, Registered};

/// Opens a version and prepares its comparison with pictures of this size.
/// Answers the components that this baseline cannot tell.
///
/// # Errors
/// The baseline is of another resolution, black, damaged, or an outline does not lie in it.
pub fn fit(
    store: &Store,
    stored: &StoredBaseline,
    registered: &[Registered],
    size: [usize; 2],
) -> Result<Vec<String>, BaselineError> {
    let record = &stored.record;
    let view = View { camera: record.camera.clone(), preset: record.preset.clone(), part: record.part.clone() };
    let [width, height] = record.picture_size;
    if record.picture_size != size {
        return Err(BaselineError::Picture(format!(
            "{view}: baseline v{} is of {width}x{height}, the camera's pictures are of {}x{}; build a new one",
            record.version, size[0], size[1]
        )));
    }
    let baseline = store.open(stored)?;
    if registered.is_empty() {
        return Ok(Vec::new());
    }
    let comparer = Comparer::new(&baseline, registered, CompareConfig::default())
        .map_err(|source| BaselineError::Comparer { view: view.to_string(), source })?;
    Ok(comparer.faceless().into_iter().map(|id| id.0).collect())
}
