//! What the store knows of cameras: health, today's candidates, newest pictures, who edited what.

use super::{Scope, Sql, Store, StoreError, Tx};
use crate::payload::{CameraHealth, Component};
use sqlx::Row;
use std::collections::BTreeMap;

/// States of a camera are remembered for so long, milliseconds (30 days).
const HEALTH_KEPT: i64 = 30 * 24 * 3_600_000;
/// Components of a view that a page carries at most.
const MOST_COMPONENTS: i64 = 500;

/// A state that a camera was in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastHealth {
    /// Since when, milliseconds since 1970 UTC.
    pub at: i64,
    /// The state's word.
    pub state: String,
    /// Why, in words; may be empty.
    pub reason: String,
}

/// A candidate with a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictured {
    /// The candidate.
    pub candidate: String,
    /// When it was raised, milliseconds since 1970 UTC.
    pub at: i64,
}

/// A candidate in a list of a camera's day.
#[derive(Debug, Clone, PartialEq)]
pub struct OfCamera {
    /// Id.
    pub id: String,
    /// What it is in the console.
    pub state: String,
    /// Name of its class.
    pub class_name: String,
    /// Zone id.
    pub zone: String,
    /// When it was raised, milliseconds since 1970 UTC.
    pub raised_at: i64,
    /// How long it stood, seconds.
    pub dwell_s: f64,
    /// Whether there is a picture of it.
    pub pictured: bool,
}

/// An edit of a camera's zones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingRow {
    /// Counts the edits of this camera and preset, from 1.
    pub version: i64,
    /// Who did it.
    pub who: String,
    /// When, milliseconds since 1970 UTC.
    pub at: i64,
    /// What was done, in a few words.
    pub note: String,
}

/// An edit about to be written down.
#[derive(Debug)]
pub struct NewSetting<'a> {
    /// Camera id.
    pub camera: &'a str,
    /// Preset.
    pub preset: &'a str,
    /// Id of the user.
    pub user: &'a str,
    /// Name of the user.
    pub who: &'a str,
    /// In a few words.
    pub note: &'a str,
    /// All that is known of it, as JSON.
    pub data: &'a serde_json::Value,
}

/// Writes down what a camera's state was, in the transaction that takes it from the topic.
pub(crate) async fn remember_health(tx: &mut Tx, health: &CameraHealth) -> Result<(), StoreError> {
    let at = health.since.event_time().0;
    let clean = |text: &str| text.replace('\0', "\u{fffd}");
    let mut sql = Sql::new("INSERT INTO camera_health_log (camera, at, state, reason) VALUES ");
    sql.row([
        clean(&health.camera).into(),
        at.into(),
        health.state.as_str().into(),
        clean(health.reason.as_deref().unwrap_or_default()).into(),
    ]);
    sql.push(" ON CONFLICT (camera, at) DO UPDATE SET state = excluded.state, reason = excluded.reason");
    sql.run(&mut **tx).await?;
    let mut old = Sql::new("DELETE FROM camera_health_log WHERE camera = ");
    old.bind(clean(&health.camera)).push(" AND at < ").bind(at - HEALTH_KEPT);
    old.run(&mut **tx).await?;
    Ok(())
}

impl Store {
    /// The last word on the health of every camera, by id. A word of another version is left out.
    ///
    /// # Errors
    /// What the database says.
    pub async fn camera_health(&self) -> Result<BTreeMap<String, CameraHealth>, StoreError> {
        let rows = Sql::new("SELECT camera, data FROM camera_health").all(self.reader()).await?;
        let mut found = BTreeMap::new();
        for row in rows {
            if let Ok(health) = serde_json::from_str(&row.try_get::<String, _>(1)?) {
                found.insert(row.try_get(0)?, health);
            }
        }
        Ok(found)
    }

    /// The states that a camera was in, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn health_history(&self, camera: &str, limit: i64) -> Result<Vec<PastHealth>, StoreError> {
        let mut sql = Sql::new("SELECT at, state, reason FROM camera_health_log WHERE camera = ");
        sql.bind(camera).push(" ORDER BY at DESC LIMIT ").bind(limit);
        let rows = sql.all(self.reader()).await?;
        rows.iter()
            .map(|row| Ok(PastHealth { at: row.try_get(0)?, state: row.try_get(1)?, reason: row.try_get(2)? }))
            .collect()
    }

    /// The newest candidate with a picture of each camera, by camera id and preset.
    ///
    /// # Errors
    /// What the database says.
    pub async fn newest_pictures(&self, scope: &Scope) -> Result<BTreeMap<(String, String), Pictured>, StoreError> {
        let mut sql = Sql::new(
            "SELECT c.camera, c.preset, c.id, c.raised_at FROM candidates c JOIN (SELECT camera, preset, \
             MAX(raised_at) AS newest FROM candidates WHERE still <> '' GROUP BY camera, preset) n \
             ON n.camera = c.camera AND n.preset = c.preset AND n.newest = c.raised_at WHERE c.still <> ''",
        );
        scope.limit(&mut sql, "c.district");
        let mut found = BTreeMap::new();
        for row in sql.all(self.reader()).await? {
            let key = (row.try_get(0)?, row.try_get(1)?);
            found.insert(key, Pictured { candidate: row.try_get(2)?, at: row.try_get(3)? });
        }
        Ok(found)
    }

    /// How many candidates of each camera wait for a decision.
    ///
    /// # Errors
    /// What the database says.
    pub async fn waiting_by_camera(&self, scope: &Scope) -> Result<BTreeMap<String, i64>, StoreError> {
        let mut sql = Sql::new("SELECT camera, COUNT(*) FROM candidates WHERE state = 'waiting'");
        scope.limit(&mut sql, "district");
        sql.push(" GROUP BY camera");
        let rows = sql.all(self.reader()).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// A camera's candidates raised since a moment, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn candidates_of_camera(
        &self,
        scope: &Scope,
        camera: &str,
        preset: &str,
        since: i64,
        limit: i64,
    ) -> Result<Vec<OfCamera>, StoreError> {
        let mut sql = Sql::new(
            "SELECT id, state, class_name, zone, raised_at, dwell_s, still, crop FROM candidates WHERE camera = ",
        );
        sql.bind(camera).push(" AND preset = ").bind(preset).push(" AND raised_at >= ").bind(since);
        scope.limit(&mut sql, "district");
        sql.push(" ORDER BY raised_at DESC, id LIMIT ").bind(limit);
        let rows = sql.all(self.reader()).await?;
        let candidate = |row: &sqlx::any::AnyRow| -> Result<OfCamera, StoreError> {
            let (still, crop): (String, String) = (row.try_get(6)?, row.try_get(7)?);
            Ok(OfCamera {
                id: row.try_get(0)?,
                state: row.try_get(1)?,
                class_name: row.try_get(2)?,
                zone: row.try_get(3)?,
                raised_at: row.try_get(4)?,
                dwell_s: row.try_get(5)?,
                pictured: !still.is_empty() || !crop.is_empty(),
            })
        };
        rows.iter().map(candidate).collect()
    }

    /// Components of the register that a camera sees at a preset, by id, 500 at most.
    ///
    /// # Errors
    /// What the database says.
    pub async fn components_in_view(&self, camera: &str, preset: &str) -> Result<Vec<Component>, StoreError> {
        // Views lie inside the document; the text finds the few that may fit, the document itself decides.
        let mark = format!("\"camera\":{}", serde_json::Value::from(camera));
        let mut sql = Sql::new("SELECT data FROM components WHERE ");
        self.contains(&mut sql, "data", &mark);
        sql.push(" ORDER BY id LIMIT ").bind(MOST_COMPONENTS);
        let mut found = Vec::new();
        for row in sql.all(self.reader()).await? {
            let component = serde_json::from_str::<Component>(&row.try_get::<String, _>(0)?).ok();
            found.extend(component.filter(|c| c.views.iter().any(|v| v.camera == camera && v.preset == preset)));
        }
        Ok(found)
    }

    /// Writes down an edit of a camera's zones; its version.
    ///
    /// # Errors
    /// What the database says.
    pub async fn add_setting(&self, setting: &NewSetting<'_>, now: i64) -> Result<i64, StoreError> {
        let mut tx = self.begin().await?;
        let mut last = Sql::new("SELECT MAX(version) FROM camera_settings WHERE camera = ");
        last.bind(setting.camera).push(" AND preset = ").bind(setting.preset);
        let version = last.number(&mut *tx).await? + 1;
        let mut sql = Sql::new(
            "INSERT INTO camera_settings (camera, preset, version, data, user_id, user_name, at, note) VALUES ",
        );
        sql.row([
            setting.camera.into(),
            setting.preset.into(),
            version.into(),
            setting.data.to_string().replace("\\u0000", "\u{fffd}").into(),
            setting.user.into(),
            setting.who.into(),
            now.into(),
            setting.note.replace('\0', "\u{fffd}").into(),
        ]);
        sql.run(&mut *tx).await?;
        tx.commit().await?;
        Ok(version)
    }

    /// The edits of a camera's zones, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn settings(&self, camera: &str, preset: &str, limit: i64) -> Result<Vec<SettingRow>, StoreError> {
        let mut sql = Sql::new("SELECT version, user_name, at, note FROM camera_settings WHERE camera = ");
        sql.bind(camera).push(" AND preset = ").bind(preset).push(" ORDER BY version DESC LIMIT ").bind(limit);
        let rows = sql.all(self.reader()).await?;
        rows.iter()
            .map(|row| {
                Ok(SettingRow {
                    version: row.try_get(0)?,
                    who: row.try_get(1)?,
                    at: row.try_get(2)?,
                    note: row.try_get(3)?,
                })
            })
            .collect()
    }
}
