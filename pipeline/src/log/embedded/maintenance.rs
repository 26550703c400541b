//! Clean-up in small steps between appends: compaction and retention.

use super::super::{CleanUp, Retention, Topic};
use super::writer::Writer;
use std::time::Duration;

/// Rows that one step looks at, at most: a step keeps appends waiting a millisecond or two.
const STEP_ROWS: i64 = 500;
/// A compacted topic is passed over again after this many appends, and at least its own length.
const PASS_AFTER: u64 = 1000;

/// Where clean-up stands.
#[derive(Debug)]
pub(super) struct Maintenance {
    policies: [CleanUp; Topic::ALL.len()],
    tombstones_for: Duration,
    interval: Duration,
    topics: [Pass; Topic::ALL.len()],
    /// Topic whose turn it is.
    turn: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Pass {
    /// Where a compaction pass stands; `None` between passes.
    at: Option<i64>,
    /// The topic's end when the pass began.
    end: i64,
    appended: u64,
    /// Rows the last pass left.
    kept: u64,
}

/// What a step did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub removed: u64,
    /// Whether there is more to do at once.
    pub more: bool,
}

impl Maintenance {
    pub fn new(policies: [CleanUp; Topic::ALL.len()], tombstones_for: Duration, interval: Duration) -> Self {
        // What the last process left undone is found by a first pass.
        let topics = [Pass { at: Some(0), ..Pass::default() }; Topic::ALL.len()];
        Maintenance { policies, tombstones_for, interval, topics, turn: 0 }
    }

    /// Until the next look, when there was nothing to do.
    pub fn pause(&self) -> Duration {
        self.interval
    }

    /// Until the next step, when there is more to do.
    pub fn breath(&self) -> Duration {
        self.interval.min(Duration::from_millis(50))
    }

    /// Goes on with the next topic; returns whether there is one before the round ends.
    pub fn next_topic(&mut self) -> bool {
        self.turn = (self.turn + 1) % Topic::ALL.len();
        self.turn != 0
    }

    pub fn appended(&mut self, topic: Topic, count: u64) {
        self.topics[topic.index()].appended += count;
    }

    /// Starts a pass over every topic.
    pub fn begin_again(&mut self) {
        self.turn = 0;
        for pass in &mut self.topics {
            pass.at = Some(0);
            pass.kept = 0;
        }
    }
}

impl Writer {
    /// One step on the topic whose turn it is, moving on when it is done.
    pub(super) fn clean_up_step(&mut self) -> rusqlite::Result<Step> {
        let topic = Topic::ALL[self.maintenance.turn];
        let (removed, topic_done) = match self.maintenance.policies[topic.index()] {
            CleanUp::Compact => self.compact_step(topic)?,
            CleanUp::Delete(retention) => self.retain_step(topic, retention)?,
        };
        if removed > 0 {
            metrics::counter!("streetwatch_log_cleaned_total", "topic" => topic.as_str()).increment(removed);
        }
        let more = !topic_done || self.maintenance.next_topic();
        Ok(Step { removed, more })
    }

    /// Removes from one window of offsets what a later record of its key supersedes, and old tombstones.
    fn compact_step(&mut self, topic: Topic) -> rusqlite::Result<(u64, bool)> {
        let pass = self.maintenance.topics[topic.index()];
        let from = match pass.at {
            Some(at) => at,
            None if pass.appended < PASS_AFTER.max(pass.kept) => return Ok((0, true)),
            None => 0,
        };
        let end = if from == 0 { self.topics[topic.index()].next } else { pass.end };
        let name = topic.as_str();
        let now = self.clock.now().0;
        let tombstones_before = now.saturating_sub(self.maintenance.tombstones_for.as_millis() as i64);
        let (removed, rows, to) = self.transaction(|writer| {
            // Gaps are skipped, so that a step is a number of rows and not of offsets.
            let (rows, last): (i64, Option<i64>) = writer
                .connection
                .prepare_cached(&format!(
                    "SELECT count(*), max(\"offset\") FROM
                     (SELECT \"offset\" FROM {name} WHERE \"offset\" >= ?1 ORDER BY \"offset\" LIMIT {STEP_ROWS})"
                ))?
                .query_row([from], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let Some(last) = last else { return Ok((0, 0, from)) };
            // A tombstone that was there when the pass began has nothing left to hide: whatever
            // its key had before lies before it, and this pass has removed that.
            let mut statement = writer.connection.prepare_cached(&format!(
                "DELETE FROM {name} AS old WHERE \"offset\" BETWEEN ?1 AND ?2 AND (
                   \"offset\" < (SELECT \"offset\" FROM {name}_latest AS latest WHERE latest.key = old.key)
                   OR (payload IS NULL AND time < ?3 AND \"offset\" < ?4))
                 RETURNING octet_length(key) + coalesce(octet_length(payload), 0) + {HEADER_BYTES},
                   \"offset\", iif(payload IS NULL, key, NULL)"
            ))?;
            let deleted = statement.query_map((from, last, tombstones_before, end), |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<String>>(2)?))
            })?;
            let mut removed = 0;
            for row in deleted {
                let (size, offset, tombstone) = row?;
                writer.topics[topic.index()].bytes -= size;
                removed += 1;
                if let Some(key) = tombstone {
                    let sql = format!("DELETE FROM {name}_latest WHERE key = ?1 AND \"offset\" = ?2");
                    writer.connection.prepare_cached(&sql)?.execute((key, offset))?;
                }
            }
            Ok((removed, rows, last + 1))
        })?;
        let pass = &mut self.maintenance.topics[topic.index()];
        if from == 0 {
            (pass.kept, pass.end) = (0, end);
        }
        pass.kept += rows as u64 - removed;
        let done = rows < STEP_ROWS;
        pass.at = (!done).then_some(to);
        if done {
            pass.appended = 0;
        }
        Ok((removed, done))
    }

    /// Removes from the front what is too old or too much.
    fn retain_step(&mut self, topic: Topic, retention: Retention) -> rusqlite::Result<(u64, bool)> {
        let name = topic.as_str();
        let row = self.topics[topic.index()];
        let now = self.clock.now().0;
        let oldest = retention.max_age.map_or(i64::MIN, |age| now.saturating_sub(age.as_millis() as i64));
        let most = retention.max_bytes.map_or(i64::MAX, |bytes| bytes.min(i64::MAX as u64) as i64);
        let (removed, first) = self.transaction(|writer| {
            let mut statement = writer.connection.prepare_cached(&format!(
                "SELECT \"offset\", time, octet_length(key) + coalesce(octet_length(payload), 0) + {HEADER_BYTES}
                 FROM {name} ORDER BY \"offset\" LIMIT {STEP_ROWS}"
            ))?;
            let mut rows = statement.query([])?;
            let (mut removed, mut first, mut bytes) = (0, row.first, row.bytes);
            while let Some(found) = rows.next()? {
                let (offset, time, size): (i64, i64, i64) = (found.get(0)?, found.get(1)?, found.get(2)?);
                if time >= oldest && bytes <= most {
                    break;
                }
                (first, bytes, removed) = (offset + 1, bytes - size, removed + 1);
            }
            drop(rows);
            drop(statement);
            if removed > 0 {
                writer
                    .connection
                    .prepare_cached(&format!("DELETE FROM {name} WHERE \"offset\" < ?1"))?
                    .execute([first])?;
                let row = &mut writer.topics[topic.index()];
                (row.first, row.bytes) = (first, bytes);
            }
            Ok((removed, first))
        })?;
        if removed > 0 {
            tracing::debug!(%topic, removed, first, "old records removed");
        }
        Ok((removed, removed < STEP_ROWS as u64))
    }
}

/// Bytes of the headers' names and values, as [`Record::size`](super::super::Record::size) counts them.
const HEADER_BYTES: &str = "coalesce((SELECT sum(octet_length(pair.value ->> 0) + octet_length(pair.value ->> 1))
     FROM json_each(headers) AS pair), 0)";
