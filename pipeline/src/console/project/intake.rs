//! Records of a topic into the store's rows, with the offset, in one transaction.

use super::{ProjectError, merge::merge, refresh};
use crate::config::City;
use crate::console::store::{Sql, Store, StoreError, Tx, district_of, remember_health};
use crate::log::{Offsets, Stored, Topic};
use crate::payload::{CameraHealth, Candidate, CloudEvent, Component, Shape, Verdict};
use crate::telemetry::names;
use serde::de::DeserializeOwned;
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};

/// What became of some records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Records that are in the view now, also those that it knew already.
    pub taken: usize,
    /// Records that could not be read: counted and logged, never in the way of the next.
    pub skipped: usize,
}

/// Puts records into the store.
#[derive(Debug, Clone)]
pub struct Intake {
    store: Store,
}

impl Intake {
    /// Into this store.
    pub fn new(store: Store) -> Self {
        Intake { store }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where to read on in a topic.
    ///
    /// # Errors
    /// What the database says.
    pub async fn offsets(&self, topic: Topic) -> Result<Offsets, StoreError> {
        let mut sql = Sql::new("SELECT part, next_offset FROM offsets WHERE topic = ");
        sql.bind(topic.as_str());
        let mut offsets = Offsets::new();
        for row in sql.all(self.store.reader()).await? {
            offsets.insert(row.try_get::<i64, _>(0)? as i32, row.try_get(1)?);
        }
        Ok(offsets)
    }

    /// Takes records of one topic, in the topic's order, and moves its offsets. All or nothing.
    ///
    /// # Errors
    /// [`ProjectError::Overtaken`] when another process took them meanwhile; else what the database says.
    pub async fn take(&self, topic: Topic, records: &[Stored]) -> Result<Taken, ProjectError> {
        if records.is_empty() {
            return Ok(Taken::default());
        }
        if topic == Topic::Readings {
            return super::readings::take(&self.store, records).await;
        }
        let mut tx = self.store.begin().await?;
        move_offsets(&self.store, &mut tx, topic, records).await?;
        let mut taken = Taken::default();
        let mut candidates = BTreeSet::new();
        for record in records {
            let done = match topic {
                Topic::Dispatch => dispatch(&mut tx, record).await?,
                Topic::Verdicts => verdict(&mut tx, record).await?,
                Topic::Health => health(&mut tx, record).await?,
                Topic::Components => component(&mut tx, record).await?,
                _ => Done::Skipped("no_view"),
            };
            match done {
                Done::Taken => taken.taken += 1,
                Done::Candidate(id) => {
                    taken.taken += 1;
                    candidates.insert(id);
                }
                Done::Skipped(reason) => {
                    taken.skipped += 1;
                    skipped(topic, record, reason);
                }
            }
        }
        let mut touched = Vec::new();
        for id in candidates {
            match refresh(&mut tx, &id).await? {
                Some(refreshed) => touched.extend(refreshed.touched),
                // Its candidate has not come yet, or has left the topic: the verdict waits for it.
                None => touched.push(id),
            }
        }
        let change = self.store.stamp(&mut tx, &touched).await?;
        self.store.commit(tx, change).await?;
        metrics::counter!(names::CONSOLE_RECORDS, "topic" => topic.as_str()).increment(taken.taken as u64);
        Ok(taken)
    }

    /// Writes down the cameras of a city, as CITY.toml has them now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn cameras(&self, city: &City) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        Sql::new("DELETE FROM cameras").run(&mut *tx).await?;
        // One camera may stand there once for each preset; the first gives the row.
        let mut seen = BTreeSet::new();
        for camera in city.cameras.iter().filter(|camera| seen.insert(camera.id.as_str())) {
            let grid = camera.grid.clone().unwrap_or_default();
            let mut sql = Sql::new("INSERT INTO cameras (id, name, grid, district, lon, lat, preset) VALUES ");
            sql.row([
                (&camera.id).into(),
                super::row::text(&camera.name).into(),
                (&grid).into(),
                district_of(&grid).into(),
                camera.location.map(|[lon, _]| lon).into(),
                camera.location.map(|[_, lat]| lat).into(),
                (&camera.preset).into(),
            ]);
            sql.run(&mut *tx).await?;
        }
        let change = self.store.stamp(&mut tx, &[]).await?;
        self.store.commit(tx, change).await
    }
}

/// Tells of a record that is left out.
pub(super) fn skipped(topic: Topic, record: &Stored, reason: &'static str) {
    metrics::counter!(names::CONSOLE_SKIPPED, "topic" => topic.as_str(), "reason" => reason).increment(1);
    let at = record.position;
    tracing::warn!(
        topic = topic.as_str(),
        partition = at.partition,
        offset = at.offset,
        key = record.key,
        reason,
        "a record could not be read and is left out of the console"
    );
}

/// What became of a record.
pub(super) enum Done {
    Taken,
    /// It is about this candidate, whose row is now out of date.
    Candidate(String),
    Skipped(&'static str),
}

/// Moves the offsets of a batch, and makes sure that nobody else has.
pub(super) async fn move_offsets(
    store: &Store,
    tx: &mut Tx,
    topic: Topic,
    records: &[Stored],
) -> Result<(), ProjectError> {
    let mut range: BTreeMap<i32, (i64, i64)> = BTreeMap::new();
    for record in records {
        let at = record.position;
        range.entry(at.partition).and_modify(|(_, end)| *end = at.offset + 1).or_insert((at.offset, at.offset + 1));
    }
    for (partition, (first, end)) in range {
        let part = i64::from(partition);
        let mut sql = Sql::new("SELECT next_offset FROM offsets WHERE topic = ");
        sql.bind(topic.as_str()).push(" AND part = ").bind(part).push(store.for_update());
        if sql.number(&mut **tx).await? > first {
            return Err(ProjectError::Overtaken);
        }
        let mut sql = Sql::new("INSERT INTO offsets (topic, part, next_offset) VALUES ");
        sql.row([topic.as_str().into(), part.into(), end.into()]);
        sql.push(" ON CONFLICT (topic, part) DO UPDATE SET next_offset = excluded.next_offset");
        sql.run(&mut **tx).await?;
    }
    Ok(())
}

pub(super) fn read<T: DeserializeOwned>(record: &Stored) -> Result<CloudEvent<T>, Done> {
    let payload = record.payload.as_ref().ok_or(Done::Skipped("tombstone"))?;
    serde_json::from_slice(payload).map_err(|_| Done::Skipped("malformed"))
}

fn json<T: serde::Serialize>(what: &T) -> String {
    // Our own types have no map keys that JSON lacks, so this cannot fail.
    serde_json::to_string(what).unwrap_or_default()
}

async fn dispatch(tx: &mut Tx, record: &Stored) -> Result<Done, StoreError> {
    let event = match read::<Candidate>(record) {
        Ok(event) => event,
        Err(done) => return Ok(done),
    };
    let id = event.data.id.to_string();
    let known = refresh::candidate(tx, &id).await?;
    let now = match &known {
        Some(known) => merge(known.clone(), event.data),
        None => event.data,
    };
    if known.as_ref() == Some(&now) {
        return Ok(Done::Taken);
    }
    let mut sql = Sql::new("INSERT INTO candidate_data (id, data) VALUES ");
    sql.row([(&id).into(), json(&now).into()]).push(" ON CONFLICT (id) DO UPDATE SET data = excluded.data");
    sql.run(&mut **tx).await?;
    Ok(Done::Candidate(id))
}

async fn verdict(tx: &mut Tx, record: &Stored) -> Result<Done, StoreError> {
    let event = match read::<Verdict>(record) {
        Ok(event) => event,
        Err(done) => return Ok(done),
    };
    write_verdict(tx, &event.data, Some((record.position.partition, record.position.offset))).await?;
    let mut sql = Sql::new("DELETE FROM outbox WHERE verdict = ");
    sql.bind(event.data.id.to_string());
    sql.run(&mut **tx).await?;
    Ok(Done::Candidate(event.data.candidate.to_string()))
}

/// Writes a verdict down: with its place on the topic, or as one that waits in the outbox. The first place counts.
pub(crate) async fn write_verdict(tx: &mut Tx, verdict: &Verdict, at: Option<(i32, i64)>) -> Result<(), StoreError> {
    let (part, offset) = at.map_or((-1, -1), |(part, offset)| (i64::from(part), offset));
    let candidate = verdict.candidate.to_string();
    let mut sql = Sql::new("SELECT COALESCE(MAX(local), 0) + 1 FROM decisions WHERE candidate = ");
    sql.bind(&candidate);
    let local = sql.number(&mut **tx).await?;
    let mut sql = Sql::new(
        "INSERT INTO decisions (id, candidate, action, reason, reviewer, at, second, effect, part, log_offset, local, data) VALUES ",
    );
    sql.row([
        verdict.id.to_string().into(),
        candidate.into(),
        verdict.action.as_str().into(),
        verdict.reason.map(|reason| reason.as_str()).unwrap_or_default().into(),
        super::row::text(&verdict.reviewer).into(),
        verdict.at.event_time().0.into(),
        verdict.second.into(),
        // Void until the fold says otherwise.
        2i64.into(),
        part.into(),
        offset.into(),
        local.into(),
        json(verdict).into(),
    ]);
    sql.push(
        " ON CONFLICT (id) DO UPDATE SET part = excluded.part, log_offset = excluded.log_offset \
         WHERE excluded.log_offset >= 0 AND (decisions.log_offset < 0 OR excluded.part < decisions.part \
         OR (excluded.part = decisions.part AND excluded.log_offset < decisions.log_offset))",
    );
    sql.run(&mut **tx).await?;
    Ok(())
}

async fn health(tx: &mut Tx, record: &Stored) -> Result<Done, StoreError> {
    if record.payload.is_none() {
        return delete(tx, "DELETE FROM camera_health WHERE camera = ", &record.key).await;
    }
    let health = match read::<CameraHealth>(record) {
        Ok(event) => event.data,
        Err(done) => return Ok(done),
    };
    let mut sql = Sql::new("INSERT INTO camera_health (camera, state, at, since, last_picture, data) VALUES ");
    sql.row([
        super::row::text(&health.camera).into(),
        health.state.as_str().into(),
        health.at.event_time().0.into(),
        health.since.event_time().0.into(),
        health.last_picture.map(|at| at.event_time().0).into(),
        json(&health).into(),
    ]);
    sql.push(
        " ON CONFLICT (camera) DO UPDATE SET state = excluded.state, at = excluded.at, since = excluded.since, \
         last_picture = excluded.last_picture, data = excluded.data",
    );
    sql.run(&mut **tx).await?;
    remember_health(tx, &health).await?;
    Ok(Done::Taken)
}

async fn component(tx: &mut Tx, record: &Stored) -> Result<Done, StoreError> {
    if record.payload.is_none() {
        return delete(tx, "DELETE FROM components WHERE id = ", &record.key).await;
    }
    let component = match read::<Component>(record) {
        Ok(event) => event.data,
        Err(done) => return Ok(done),
    };
    let place = match &component.shape {
        Some(Shape::Point(at)) => Some(*at),
        Some(Shape::LineString(points)) => points.first().copied(),
        Some(Shape::Polygon(rings)) => rings.first().and_then(|ring| ring.first()).copied(),
        None => None,
    };
    let grid = super::row::text(component.grid.as_deref().unwrap_or_default());
    let mut sql =
        Sql::new("INSERT INTO components (id, class_code, name, grid, district, urgent, lon, lat, data) VALUES ");
    sql.row([
        super::row::text(&component.id).into(),
        super::row::text(&component.class_code).into(),
        super::row::text(&component.name).into(),
        (&grid).into(),
        district_of(&grid).into(),
        component.urgent.into(),
        place.map(|[lon, _]| lon).into(),
        place.map(|[_, lat]| lat).into(),
        json(&component).into(),
    ]);
    sql.push(
        " ON CONFLICT (id) DO UPDATE SET class_code = excluded.class_code, name = excluded.name, grid = excluded.grid, \
         district = excluded.district, urgent = excluded.urgent, lon = excluded.lon, lat = excluded.lat, data = excluded.data",
    );
    sql.run(&mut **tx).await?;
    Ok(Done::Taken)
}

async fn delete(tx: &mut Tx, statement: &'static str, key: &str) -> Result<Done, StoreError> {
    let mut sql = Sql::new(statement);
    sql.bind(super::row::text(key));
    sql.run(&mut **tx).await?;
    Ok(Done::Taken)
}
