//! The table a benchmark prints and the JSON lines it leaves.
// A benchmark's result belongs on stdout.
#![allow(clippy::print_stdout)]

use crate::{places, quick};
use serde_json::json;
use std::io::Write;

/// Several measurements of one thing.
#[derive(Debug, Clone)]
pub struct Spread {
    sorted: Vec<f64>,
}

impl Spread {
    /// Of these values, in any order.
    pub fn of(mut values: Vec<f64>) -> Spread {
        values.sort_by(f64::total_cmp);
        Spread { sorted: values }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The value that the share `q` of all does not exceed (nearest rank); NaN of none.
    pub fn quantile(&self, q: f64) -> f64 {
        let rank = (q * self.sorted.len() as f64).ceil() as usize;
        self.sorted.get(rank.saturating_sub(1)).or(self.sorted.last()).copied().unwrap_or(f64::NAN)
    }

    /// The middle one.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The smallest and the largest.
    pub fn range(&self) -> (f64, f64) {
        (self.quantile(0.0), self.quantile(1.0))
    }
}

/// What a figure must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// At most this.
    Most(f64),
    /// At least this.
    Least(f64),
    /// Only told.
    None,
}

impl Target {
    /// Whether the figure is good enough. NaN never is.
    pub fn met(self, figure: f64) -> bool {
        match self {
            Target::Most(most) => figure <= most,
            Target::Least(least) => figure >= least,
            Target::None => true,
        }
    }
}

/// A benchmark's report. Printed as it grows.
#[derive(Debug)]
pub struct Report {
    name: &'static str,
    file: Option<std::fs::File>,
    missed: u32,
}

impl Report {
    /// Begins the table. `about` says what is measured, in a line.
    pub fn new(name: &'static str, about: &str) -> Report {
        let folder = places::results();
        let file = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::File::create(folder.join(format!("{name}.json"))))
            .map_err(|e| eprintln!("{name}.json cannot be written to {}: {e}", folder.display()))
            .ok();
        println!("\n== {name}: {about}{}", if quick() { "  (BENCH_QUICK: smoke test, quote nothing)" } else { "" });
        Report { name, file, missed: 0 }
    }

    /// One figure with its spread, if it was measured several times.
    pub fn row(&mut self, what: &str, figure: f64, unit: &str, spread: Option<(f64, f64)>, target: Target) {
        let met = target.met(figure);
        self.missed += u32::from(!met);
        let (bound, verdict) = match target {
            Target::Most(most) => (format!("<= {}", number(most)), if met { "ok" } else { "MISSED" }),
            Target::Least(least) => (format!(">= {}", number(least)), if met { "ok" } else { "MISSED" }),
            Target::None => (String::new(), ""),
        };
        let range = spread.map(|(low, high)| format!("{}..{}", number(low), number(high))).unwrap_or_default();
        println!("  {what:<58} {:>10} {unit:<10} {range:<18} {bound:<10} {verdict}", number(figure));
        let limit = match target {
            Target::Most(limit) => json!({"most": limit}),
            Target::Least(limit) => json!({"least": limit}),
            Target::None => serde_json::Value::Null,
        };
        self.line(&json!({
            "bench": self.name, "what": what, "figure": figure, "unit": unit, "target": limit,
            "low": spread.map(|s| s.0), "high": spread.map(|s| s.1), "met": met, "quick": quick(),
        }));
    }

    /// A remark.
    pub fn note(&mut self, text: &str) {
        println!("  {text}");
        self.line(&json!({"bench": self.name, "note": text}));
    }

    /// Says why nothing was measured.
    pub fn skipped(&mut self, why: &str) {
        self.note(&format!("skipped: {why}"));
    }

    /// Any further result, for the JSON lines only.
    pub fn line(&mut self, value: &serde_json::Value) {
        if let Some(file) = &mut self.file {
            // The table is on stdout in any case.
            let _disk_is_full = writeln!(file, "{value}");
        }
    }

    /// Targets that were missed so far.
    pub fn missed(&self) -> u32 {
        self.missed
    }
}

/// Three significant digits, without exponents.
pub fn number(value: f64) -> String {
    match value.abs() {
        v if v.is_nan() => "-".to_owned(),
        v if v >= 100.0 || v == 0.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let spread = Spread::of((1..=100).rev().map(f64::from).collect());
        assert_eq!((spread.median(), spread.quantile(0.99), spread.range()), (50.0, 99.0, (1.0, 100.0)));
        assert_eq!(Spread::of(vec![7.0]).quantile(0.99), 7.0);
        assert!(Spread::of(vec![]).median().is_nan());
    }

    #[test]
    fn a_figure_that_could_not_be_measured_meets_no_target() {
        assert!(!Target::Most(1.0).met(f64::NAN) && !Target::Least(1.0).met(f64::NAN));
        assert!(Target::Most(1.0).met(1.0) && !Target::Most(1.0).met(1.01) && Target::Least(40.0).met(40.0));
    }
}
