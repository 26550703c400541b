//! A metrics recorder that keeps every value, so that quantiles are exact.

use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Everything that was counted since the process began.
#[derive(Debug, Default)]
pub struct Tally {
    counters: Mutex<HashMap<Key, Arc<AtomicU64>>>,
    values: Mutex<HashMap<Key, Arc<Values>>>,
}

#[derive(Debug, Default)]
struct Values(Mutex<Vec<f64>>);

/// Counters at one moment: name and labels to count.
#[derive(Debug, Default, Clone)]
pub struct Counts(HashMap<Key, u64>);

impl Tally {
    /// The process's recorder; call once.
    ///
    /// # Errors
    /// Another recorder is installed.
    pub fn install() -> Result<Arc<Tally>, String> {
        let tally = Arc::new(Tally::default());
        metrics::set_global_recorder(tally.clone()).map_err(|e| e.to_string())?;
        Ok(tally)
    }

    /// All counters, now.
    pub fn counts(&self) -> Counts {
        Counts(held(&self.counters).iter().map(|(key, n)| (key.clone(), n.load(Ordering::Relaxed))).collect())
    }

    /// Takes out what the histogram has recorded since the last time, sorted.
    pub fn take(&self, name: &str) -> Vec<f64> {
        let mut all = Vec::new();
        for (key, values) in held(&self.values).iter() {
            if key.name() == name {
                all.append(&mut held(&values.0));
            }
        }
        all.sort_by(f64::total_cmp);
        all
    }
}

impl Counts {
    /// What was counted after `earlier`.
    pub fn since(&self, earlier: &Counts) -> Counts {
        let before = |key| earlier.0.get(key).copied().unwrap_or(0);
        Counts(self.0.iter().map(|(key, n)| (key.clone(), n - before(key))).collect())
    }

    /// A counter over all its labels.
    pub fn sum(&self, name: &str) -> u64 {
        self.0.iter().filter(|(key, _)| key.name() == name).map(|(_, n)| n).sum()
    }

    /// A counter by one of its labels.
    pub fn by(&self, name: &str, label: &str) -> BTreeMap<String, u64> {
        let mut by = BTreeMap::new();
        for (key, n) in self.0.iter().filter(|(key, n)| key.name() == name && **n > 0) {
            let value = key.labels().find(|l| l.key() == label).map_or("", |l| l.value());
            *by.entry(value.to_owned()).or_default() += n;
        }
        by
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HistogramFn for Values {
    fn record(&self, value: f64) {
        held(&self.0).push(value);
    }
}

impl Recorder for Tally {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let mut counters = held(&self.counters);
        if let Some(counter) = counters.get(key) {
            return Counter::from_arc(counter.clone());
        }
        Counter::from_arc(counters.entry(key.clone()).or_default().clone())
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let mut values = held(&self.values);
        if let Some(values) = values.get(key) {
            return Histogram::from_arc(values.clone());
        }
        Histogram::from_arc(values.entry(key.clone()).or_default().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_told_apart_by_label_and_by_moment() {
        let tally = Tally::default();
        metrics::with_local_recorder(&tally, || {
            let before = tally.counts();
            metrics::counter!("drops", "reason" => "late").increment(2);
            metrics::counter!("drops", "reason" => "full").increment(3);
            let between = tally.counts();
            metrics::counter!("drops", "reason" => "late").increment(5);
            let after = tally.counts();
            assert_eq!(between.since(&before).sum("drops"), 5);
            assert_eq!(after.since(&between).by("drops", "reason"), BTreeMap::from([("late".to_owned(), 5)]));
        });
    }

    #[test]
    fn values_come_out_once_and_sorted() {
        let tally = Tally::default();
        metrics::with_local_recorder(&tally, || {
            for value in [0.3, 0.1, 0.2] {
                metrics::histogram!("delay", "rule" => "any").record(value);
            }
        });
        assert_eq!(tally.take("delay"), [0.1, 0.2, 0.3]);
        assert!(tally.take("delay").is_empty());
    }
}
