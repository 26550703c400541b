//! A made-up city as files: plans, readings, truth, and a CITY.toml that replays it.

use super::{OFFSET, World};
use crate::payload::DeviceReading;
use crate::plans::{self, SaveError};
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why it was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The plans.
    #[error(transparent)]
    Plans(#[from] SaveError),
    /// Another file.
    #[error("{} cannot be written: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Writes all of it into a folder, over what an earlier one left there.
///
/// # Errors
/// The disk refuses.
pub fn write(world: &World, folder: &Path) -> Result<(), WriteError> {
    plans::save(&folder.join("plans"), &world.plans)?;
    let file = |name: &str, write: &dyn Fn(&mut BufWriter<fs::File>) -> std::io::Result<()>| {
        let path = folder.join(name);
        let written = fs::File::create(&path).and_then(|file| {
            let mut out = BufWriter::new(file);
            write(&mut out).and_then(|()| out.flush())
        });
        written.map_err(|source| WriteError::Io { path, source })
    };
    file("readings.jsonl", &|out| {
        for reading in &world.readings {
            serde_json::to_writer(&mut *out, &DeviceReading::new(reading, OFFSET))?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })?;
    file("truth.json", &|out| {
        serde_json::to_writer_pretty(&mut *out, &world.truth)?;
        out.write_all(b"\n")
    })?;
    file("CITY.toml", &|out| out.write_all(city(world).as_bytes()))
}

fn city(world: &World) -> String {
    let seed = world.settings.seed;
    format!(
        "# Made by `streetwatch simulate --seed {seed}`. `streetwatch replay CITY.toml --json` finds what happened;\n\
         # `streetwatch evaluate --truth truth.json` says how well.\n\
         city  = \"simulated-{seed}\"\n\
         log   = \"embedded:./data/log\"\n\
         store = \"./data/evidence\"\n\
         codes = \"gbt-47678.5-2026\"\n\
         timezone = \"Asia/Shanghai\"\n\n\
         [sensors]\n\
         plans    = \"plans\"\n\
         readings = [\"readings.jsonl\"]\n"
    )
}
