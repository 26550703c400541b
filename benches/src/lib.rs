//! What the benchmarks share. Each benchmark is a plain program beside this
//! folder; docs/MEASUREMENTS.md says what each one measures and what came out.

pub mod clips;
pub mod cpu;
pub mod places;
pub mod report;
pub mod tally;

/// Whether `BENCH_QUICK=1` asks for a smoke test: everything runs, no figure is worth quoting.
pub fn quick() -> bool {
    std::env::var("BENCH_QUICK").is_ok_and(|v| !v.is_empty() && v != "0")
}

/// Warnings and errors to stderr, so that a figure that hides a failure is noticed.
pub fn warnings_only() {
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    let _already_set = builder.with_max_level(tracing::Level::WARN).try_init();
}
