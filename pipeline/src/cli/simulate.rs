//! `streetwatch simulate`: a city's fleet and sensors made up from a seed.

use super::Failure;
use crate::simulate::{self, Settings};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Arguments of `simulate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The same seed makes the same city.
    #[arg(long)]
    seed: u64,
    /// Vehicles with terminals; bins, covers and gauges in proportion.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u16).range(4..=2000))]
    vehicles: u16,
    /// How long, from six in the morning on.
    #[arg(long, default_value_t = 6.0, value_parser = hours)]
    hours: f64,
    /// Share of readings that never come.
    #[arg(long, default_value_t = 0.05, value_parser = share)]
    lost: f64,
    /// Share of readings that come late, by up to an hour.
    #[arg(long, default_value_t = 0.10, value_parser = share)]
    late: f64,
    /// Share of readings in which something is wrong.
    #[arg(long, default_value_t = 0.02, value_parser = share)]
    corrupt: f64,
    /// The folder for plans, readings, truth and a CITY.toml.
    #[arg(long)]
    out: PathBuf,
}

fn share(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|v| (0.0..=0.5).contains(v)).ok_or_else(|| "a share from 0 to 0.5".to_owned())
}

fn hours(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|v| (2.0..=12.0).contains(v)).ok_or_else(|| "hours from 2 to 12".to_owned())
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let Args { seed, hours, lost, late, corrupt, .. } = args;
    let settings = Settings { seed, vehicles: args.vehicles.into(), hours, lost, late, corrupt };
    let world = simulate::simulate(&settings);
    simulate::write(&world, &args.out).map_err(Failure::failed)?;
    let mut rules: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    world.truth.events.iter().for_each(|e| rules.entry(&e.rule).or_default()[0] += 1);
    world.truth.lookalikes.iter().for_each(|e| rules.entry(&e.rule).or_default()[1] += 1);
    eprintln!("readings: {}, devices: {}", world.readings.len(), world.truth.hours.len());
    for (rule, [events, lookalikes]) in rules {
        eprintln!("{rule:<16} events: {events:>3}  look-alikes: {lookalikes:>3}");
    }
    Ok(())
}
