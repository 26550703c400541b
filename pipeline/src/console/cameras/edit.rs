//! Editing zones: the file is read when the page is drawn, and written only if it is still the same.

use super::Cameras;
use crate::config::{self, City, Edit, EditError, FieldProblem, Problems, SaveError};
use crate::console::store::NewSetting;
use crate::worker::{ReloadError, Reloaded};
use std::path::PathBuf;
use std::sync::Arc;

/// CITY.toml as it lies on the disk.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it says.
    pub city: Arc<City>,
    /// Its text.
    pub text: Arc<str>,
}

/// What came of an edit that was written.
#[derive(Debug)]
pub struct Saved {
    /// The copy of the file before it.
    pub copy: PathBuf,
    /// Who works with it already.
    pub applied: Applied,
}

/// Who works with an edit already.
#[derive(Debug)]
pub enum Applied {
    /// The camera goes on with it.
    Running,
    /// The camera's source has ended; it holds from the next start on.
    Ended,
    /// The workers are other processes, and read the file at their next start.
    Elsewhere,
    /// The camera goes on as before.
    NotYet(ReloadError),
}

/// Why an edit was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotSaved {
    /// The file was changed since the page was drawn.
    #[error("the file was changed since it was read")]
    Changed,
    /// The file on the disk is wrong.
    #[error("the file on the disk is wrong: {0}")]
    Broken(Problems),
    /// The edit is wrong; field by field.
    #[error("the edit is refused")]
    Refused(Vec<FieldProblem>),
    /// The camera or the zone is not in the file.
    #[error("not in the file")]
    Gone,
    /// The disk refuses.
    #[error(transparent)]
    Disk(SaveError),
    /// Our defect.
    #[error("an edit broke off: {0}")]
    Defect(String),
}

impl From<EditError> for NotSaved {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Broken(problems) => NotSaved::Broken(problems),
            EditError::Refused(fields) => NotSaved::Refused(fields),
            EditError::NoCamera | EditError::NoZone => NotSaved::Gone,
        }
    }
}

/// Who edits, and what is told of it.
#[derive(Debug)]
pub struct Editor<'a> {
    /// Id of the user.
    pub user: &'a str,
    /// Name of the user.
    pub who: &'a str,
}

impl Cameras {
    /// Reads the file as it is now.
    ///
    /// # Errors
    /// It cannot be read, or is wrong; whatever runs goes on with what it had.
    pub async fn draft(&self) -> Result<Draft, NotSaved> {
        let file = self.city().file.clone();
        let read = tokio::task::spawn_blocking(move || {
            let text = config::read_text(&file)?;
            let city = config::parse(&file, &text)?;
            Ok::<_, Problems>(Draft { city: Arc::new(city), text: text.into() })
        });
        read.await.map_err(|e| NotSaved::Defect(e.to_string()))?.map_err(NotSaved::Broken)
    }

    /// Edits a camera's zones in the file, and has the camera go on with them where it runs here. `seen` is the version
    /// of the file that the editor saw; `note` says what was done, in a few words.
    ///
    /// # Errors
    /// See [`NotSaved`]: the file and the camera are then as they were.
    pub async fn save(
        &self,
        seen: &str,
        (camera, preset): (&str, &str),
        edit: Edit,
        by: Editor<'_>,
        note: &str,
    ) -> Result<Saved, NotSaved> {
        let _one_edit_at_a_time = self.0.writing.lock().await;
        let (file, seen) = (self.city().file.clone(), seen.to_owned());
        let (of, control) = ((camera.to_owned(), preset.to_owned()), self.0.control.get().cloned());
        // Files and threads are waited for: none of tokio's workers may.
        let written = tokio::task::spawn_blocking(move || {
            let text = config::read_text(&file).map_err(NotSaved::Broken)?;
            if config::version_of(&text) != seen {
                return Err(NotSaved::Changed);
            }
            let edited = config::edited(&file, &text, &of.0, &of.1, &edit)?;
            let copy = config::save(&file, &seen, &edited.text).map_err(|error| match error {
                SaveError::Changed(_) => NotSaved::Changed,
                error @ SaveError::Io { .. } => NotSaved::Disk(error),
            })?;
            let applied = match control {
                None => Applied::Elsewhere,
                Some(control) => match control.reload(&edited.city, &of.0, &of.1) {
                    Ok(Reloaded::Running) => Applied::Running,
                    Ok(Reloaded::Ended) => Applied::Ended,
                    Err(error) => Applied::NotYet(error),
                },
            };
            Ok((edited.city, Saved { copy, applied }))
        });
        let (city, saved) = written.await.map_err(|e| NotSaved::Defect(e.to_string()))??;
        let version = city.version.clone();
        self.0.city.store(Arc::new(city));
        let data = serde_json::json!({ "configuration": version, "before": saved.copy.file_name().map(|n| n.to_string_lossy()) });
        let setting = NewSetting { camera, preset, user: by.user, who: by.who, note, data: &data };
        if let Err(error) = self.0.store.add_setting(&setting, self.0.clock.now().0).await {
            // The file is what counts, and is written.
            tracing::error!(%error, camera, "an edit of zones is missing from the list of edits");
        }
        tracing::info!(camera, preset, by = by.who, note, applied = ?saved.applied, "zones edited");
        Ok(saved)
    }
}
