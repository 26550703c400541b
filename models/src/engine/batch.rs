//! How many pictures share a run: measured, since it depends on the model, the device and the precision.

use std::time::Duration;

/// What a run of so many pictures took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchTime {
    /// Pictures.
    pub batch: usize,
    /// The quickest of some runs.
    pub run: Duration,
}

impl BatchTime {
    /// Pictures a second, one run after the other.
    pub fn rate(&self) -> f64 {
        self.batch as f64 / self.run.as_secs_f64().max(1e-9)
    }
}

/// Of the best rate a smaller batch need reach this share: a larger one would only make pictures wait.
const ENOUGH: f64 = 0.9;

/// The smallest batch that reaches nearly the best rate of those whose run is within `budget`; the smallest of all
/// where none is. 1 where nothing was measured.
pub fn choose(times: &[BatchTime], budget: Duration) -> usize {
    let within = || times.iter().filter(|time| time.run <= budget);
    let best = within().map(BatchTime::rate).fold(0.0, f64::max);
    let enough = within().filter(|time| time.rate() >= ENOUGH * best).map(|time| time.batch).min();
    enough.or(times.iter().map(|time| time.batch).min()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Batches 1, 2, 4, … with these milliseconds.
    fn times(milliseconds: &[u64]) -> Vec<BatchTime> {
        let time = |(n, ms): (usize, &u64)| BatchTime { batch: 1 << n, run: Duration::from_millis(*ms) };
        milliseconds.iter().enumerate().map(time).collect()
    }

    fn chosen(milliseconds: &[u64], budget: u64) -> usize {
        choose(&times(milliseconds), Duration::from_millis(budget))
    }

    #[test]
    fn on_a_processor_where_batches_gain_nothing_there_are_none() {
        assert_eq!(chosen(&[10, 20, 40, 80], 1_000), 1);
    }

    #[test]
    fn on_a_gpu_the_batch_grows_until_it_gains_little_more() {
        assert_eq!(chosen(&[4, 4, 5, 6, 11, 22], 1_000), 8);
    }

    #[test]
    fn a_run_that_takes_longer_than_it_may_is_not_chosen_however_good_its_rate() {
        assert_eq!(chosen(&[4, 4, 5, 6, 11, 22], 5), 4);
        assert_eq!(chosen(&[40, 50], 5), 1, "none is quick enough: the smallest");
    }

    #[test]
    fn a_model_of_one_fixed_batch_has_that_and_nothing_measured_is_one() {
        assert_eq!(choose(&[BatchTime { batch: 4, run: Duration::from_secs(1) }], Duration::ZERO), 4);
        assert_eq!(choose(&[], Duration::ZERO), 1);
    }
}
