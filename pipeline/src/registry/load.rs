//! The register that a city runs with: from the files that CITY.toml names, or from the topic.

use super::check::Checks;
use super::import::{Imported, import};
use super::problem::{FileError, RowProblem};
use crate::codes::{ClassTable, CodesError};
use crate::config::City;
use crate::log::{ErrorKind, Log, LogError, Topic};
use crate::payload::{CloudEvent, Component, ComponentView};
use std::collections::BTreeMap;
use std::path::PathBuf;
use thiserror::Error;

/// Why there is no register.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The topic.
    #[error("the topic `components` cannot be read: {0}")]
    Log(#[from] LogError),
    /// A class table.
    #[error(transparent)]
    Codes(#[from] CodesError),
}

/// The components of a city, by id.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    components: BTreeMap<String, Component>,
    /// Rows of its files, or records of the topic, that were refused.
    pub refused: Vec<RowProblem>,
}

impl Registry {
    /// A register of these components.
    pub fn new(components: impl IntoIterator<Item = Component>) -> Registry {
        let components = components.into_iter().map(|c| (c.id.clone(), c)).collect();
        Registry { components, refused: Vec::new() }
    }

    /// Whether nothing is registered.
    pub fn is_empty(&self) -> bool {
        self.components.is_empty()
    }

    /// How many are registered.
    pub fn len(&self) -> usize {
        self.components.len()
    }

    /// A component by its id.
    pub fn get(&self, id: &str) -> Option<&Component> {
        self.components.get(id)
    }

    /// What should stand in the view of a camera at a preset, in the ids' order.
    pub fn in_view<'a>(
        &'a self,
        camera: &'a str,
        preset: &'a str,
    ) -> impl Iterator<Item = (&'a Component, &'a ComponentView)> {
        self.components.values().filter(|c| c.state.is_there()).filter_map(move |component| {
            let view = component.views.iter().find(|v| v.camera == camera && v.preset == preset)?;
            Some((component, view))
        })
    }

    /// Every component, in the ids' order.
    pub fn components(&self) -> impl Iterator<Item = &Component> {
        self.components.values()
    }

    /// What is on the topic `components`. A record that cannot be read is logged and left out.
    ///
    /// # Errors
    /// The log cannot be read. A log that lacks the topic is an empty register.
    pub async fn from_log(log: &dyn Log) -> Result<Registry, LogError> {
        let latest = match log.latest(Topic::Components).await {
            Ok(latest) => latest,
            Err(error) if error.kind == ErrorKind::MissingTopic => return Ok(Registry::default()),
            Err(error) => return Err(error),
        };
        let mut components = Vec::with_capacity(latest.len());
        for (id, stored) in latest {
            let payload = stored.payload.unwrap_or_default();
            match serde_json::from_slice::<CloudEvent<Component>>(&payload) {
                Ok(event) => components.push(event.data),
                Err(error) => tracing::warn!(component = id, %error, "a record on topic `components` is left out"),
            }
        }
        Ok(Registry::new(components))
    }
}

impl Checks {
    /// What the ids of a city are checked against: its own table first, then both built-in ones.
    ///
    /// # Errors
    /// A built-in table cannot be read: our defect.
    pub fn of(city: &City) -> Result<Checks, CodesError> {
        let mut tables = vec![city.codes.as_ref().clone()];
        for built_in in ["gbt-47678.5-2026", "cjt-214-2007"] {
            tables.push(ClassTable::open(built_in)?);
        }
        // GB/T 30428.2 has ids of CJ/T 214's length with other minors, and no table of components here.
        if city.codes.id() == "gbt-30428.2-2013" {
            tables.pop();
        }
        Ok(Checks { district: city.district.clone(), tables })
    }
}

/// The register that CITY.toml's `components` names; `None` where it names no file, and the topic has it.
///
/// # Errors
/// A file cannot be used. Rows that are refused are in [`Registry::refused`].
pub fn load_files(city: &City) -> Result<Option<Registry>, LoadError> {
    let files: &[PathBuf] = &city.components;
    if files.is_empty() {
        return Ok(None);
    }
    let Imported { components, problems, .. } = import(files, &Checks::of(city)?)?;
    let mut registry = Registry::new(components);
    registry.refused = problems;
    Ok(Some(registry))
}

/// The register that a city runs with.
///
/// # Errors
/// A file or the topic cannot be read.
pub async fn load(city: &City, log: &dyn Log) -> Result<Registry, LoadError> {
    match load_files(city)? {
        Some(registry) => Ok(registry),
        None => Ok(Registry::from_log(log).await?),
    }
}
