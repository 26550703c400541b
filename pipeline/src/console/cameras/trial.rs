//! A dry run: what an edit would have raised in the last hour, beside what the present settings raise.

use super::{Cameras, Draft, NotSaved};
use crate::config::{self, Camera, Edit, FieldProblem};
use operators::rehearsal::{Comparison, Rehearsed, compare, rehearse};
use operators::vocabulary::EventTime;
use operators::watch::WatchConfig;

/// What a dry run showed, for the zone that was edited.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Time of the first picture.
    pub from: EventTime,
    /// Time of the last picture.
    pub until: EventTime,
    /// Candidates of the present settings beside those of the edit.
    pub comparison: Comparison,
}

/// Why there is no dry run.
#[derive(Debug, thiserror::Error)]
pub enum NoTrial {
    /// The edit is wrong; field by field.
    #[error("the edit is refused")]
    Refused(Vec<FieldProblem>),
    /// The camera runs in another process, or not at all.
    #[error("the camera does not run in this process")]
    Elsewhere,
    /// No picture has been looked at yet.
    #[error("no picture has been looked at yet")]
    NothingSeen,
    /// The rule looks at pictures, which are not kept.
    #[error("the rule compares pictures, which are not kept")]
    Pictures,
    /// The file does not have the camera or zone, or is wrong.
    #[error(transparent)]
    File(NotSaved),
}

impl Cameras {
    /// Tries an edit on what the camera's rules were shown in the last hour. Nothing is changed.
    ///
    /// # Errors
    /// See [`NoTrial`].
    pub async fn trial(&self, draft: &Draft, camera: &Camera, edit: Edit) -> Result<Trial, NoTrial> {
        let Edit::Save { zone, form } = &edit else { return Err(NoTrial::Pictures) };
        let old_zone = zone.clone();
        let new_zone = (form.id.trim().to_owned(), form.rule.clone());
        let (draft, old) = (draft.clone(), camera.clone());
        let tried = {
            let draft = draft.clone();
            let (id, preset) = (old.id.clone(), old.preset.clone());
            let file = draft.city.file.clone();
            tokio::task::spawn_blocking(move || config::edited(&file, &draft.text, &id, &preset, &edit)).await
        };
        let edited = tried.map_err(|e| NoTrial::File(NotSaved::Defect(e.to_string())))?;
        let edited = edited.map_err(|error| match NotSaved::from(error) {
            NotSaved::Refused(fields) => NoTrial::Refused(fields),
            other => NoTrial::File(other),
        })?;
        let same = |c: &&Camera| c.id == old.id && c.preset == old.preset;
        let new = edited.city.cameras.iter().find(same).cloned().ok_or(NoTrial::File(NotSaved::Gone))?;
        if new.zone(&new_zone.0, &new_zone.1).is_none() {
            return Err(NoTrial::Pictures);
        }
        let (_, view) = self.view(camera).ok_or(NoTrial::Elsewhere)?;
        let (events, (from, until)) = view.recalled().ok_or(NoTrial::NothingSeen)?;
        // An hour of a busy street is some hundred milliseconds of work.
        let compared = tokio::task::spawn_blocking(move || {
            let raised = |camera: Camera, zone: Option<(String, String)>| -> Vec<Rehearsed> {
                let config = WatchConfig { zones: camera.zones, ..WatchConfig::default() };
                let Some((id, rule)) = zone else { return Vec::new() };
                let of_zone = |r: &Rehearsed| r.stay.zone == id && r.stay.rule == rule;
                rehearse(&events, config).into_iter().filter(of_zone).collect()
            };
            compare(raised(old, old_zone), raised(new, Some(new_zone)))
        });
        let comparison = compared.await.map_err(|e| NoTrial::File(NotSaved::Defect(e.to_string())))?;
        Ok(Trial { from, until, comparison })
    }
}
