//! One candidate's row made anew from what the store holds of it. Every change of the view comes through here,
//! so a decision of this moment, a verdict from the topic and a rebuild make the same row.

use super::group::{BIN_FULL, DEGREE, NEAR_METRES, SLACK, Spot, partners, parts, together};
use super::row;
use crate::console::desk::{Effect, Standing, fold};
use crate::console::store::{Sql, StoreError, Tx};
use crate::payload::{Action, Candidate, EvidenceItem, EvidenceKind, Missed, ModelRef, Object, State, Verdict};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeSet;

/// What a candidate is now, with the effect of each of its verdicts.
#[derive(Debug)]
pub(crate) struct Refreshed {
    pub standing: Standing,
    pub effects: Vec<(uuid::Uuid, Effect)>,
    /// Candidates whose rows changed: this one, and those that came into another group.
    pub touched: Vec<String>,
}

/// Makes the row of a candidate anew. `None` while only verdicts of it are known.
pub(crate) async fn refresh(tx: &mut Tx, id: &str) -> Result<Option<Refreshed>, StoreError> {
    let verdicts = verdicts(tx, id).await?;
    let said = candidate(tx, id).await?;
    let reported = verdicts.iter().find_map(|(verdict, _)| verdict.missed.as_ref().map(|missed| (verdict, missed)));
    let (candidate, missed) = match (said, reported) {
        (Some(candidate), _) => (candidate, false),
        (None, Some((verdict, missed))) => (from_report(verdict, missed), true),
        (None, None) => return Ok(None),
    };
    let plain: Vec<Verdict> = verdicts.iter().map(|(verdict, _)| verdict.clone()).collect();
    let (standing, effects) = fold(&plain, Some(candidate.state));
    for ((verdict, was), now) in verdicts.iter().zip(&effects) {
        if *was != now.number() {
            let mut sql = Sql::new("UPDATE decisions SET effect = ");
            sql.bind(now.number()).push(" WHERE id = ").bind(verdict.id.to_string());
            sql.run(&mut **tx).await?;
        }
    }
    let camera_name = camera_name(tx, &candidate.camera).await?;
    let before = spot(tx, id).await?;
    row::write(tx, &candidate, &standing, missed, &camera_name).await?;
    let mut touched = vec![id.to_owned()];
    let now = spot_of(&candidate);
    let (moved, group) = match before {
        Some((was, group, alone)) => (was != now || alone != standing.alone, group),
        None => (true, id.to_owned()),
    };
    if moved {
        touched.extend(regroup(tx, &now, group, standing.alone).await?);
    }
    let effects = plain.iter().map(|verdict| verdict.id).zip(effects).collect();
    Ok(Some(Refreshed { standing, effects, touched }))
}

/// The verdicts on a candidate in the order that counts, with the effect that is written down.
async fn verdicts(tx: &mut Tx, id: &str) -> Result<Vec<(Verdict, i64)>, StoreError> {
    let mut sql = Sql::new("SELECT data, effect FROM decisions WHERE candidate = ");
    sql.bind(id);
    // Those on the topic first, in its order; then those that still wait, as they were made.
    sql.push(" ORDER BY CASE WHEN log_offset < 0 THEN 1 ELSE 0 END, part, log_offset, local, id");
    let rows = sql.all(&mut **tx).await?;
    rows.iter()
        .map(|row| {
            let data: String = row.try_get(0)?;
            let verdict = serde_json::from_str(&data)
                .map_err(|e| StoreError::Row { what: format!("a verdict on {id}"), why: e.to_string() })?;
            Ok((verdict, row.try_get(1)?))
        })
        .collect()
}

/// The pipeline's last word on a candidate.
pub(super) async fn candidate(tx: &mut Tx, id: &str) -> Result<Option<Candidate>, StoreError> {
    let mut sql = Sql::new("SELECT data FROM candidate_data WHERE id = ");
    sql.bind(id);
    let Some(row) = sql.maybe(&mut **tx).await? else { return Ok(None) };
    let data: String = row.try_get(0)?;
    let candidate = serde_json::from_str(&data)
        .map_err(|e| StoreError::Row { what: format!("candidate {id}"), why: e.to_string() })?;
    Ok(Some(candidate))
}

async fn camera_name(tx: &mut Tx, camera: &str) -> Result<String, StoreError> {
    let mut sql = Sql::new("SELECT name FROM cameras WHERE id = ");
    sql.bind(camera);
    Ok(sql.maybe(&mut **tx).await?.map(|row| row.try_get(0)).transpose()?.unwrap_or_default())
}

/// The candidate that a reported miss stands for. It is not on the topic `dispatch`: the verdict says it all.
pub(crate) fn from_report(verdict: &Verdict, missed: &Missed) -> Candidate {
    let picture = missed.uri.as_ref().map(|uri| EvidenceItem {
        kind: EvidenceKind::Scene,
        at: missed.at,
        uri: uri.clone(),
        sha256: missed.sha256.clone().unwrap_or_default(),
    });
    Candidate {
        id: verdict.candidate,
        rule: missed.rule.clone(),
        class_code: missed.class_code.clone(),
        class_name: missed.class_name.clone(),
        class_table: None,
        camera: missed.camera.clone(),
        preset: missed.preset.clone(),
        zone: missed.zone.clone(),
        grid: missed.grid.clone(),
        location: missed.location,
        component: None,
        finding: None,
        sensor: None,
        first_seen: missed.at,
        raised_at: missed.at,
        last_seen: missed.at,
        state: State::Ended,
        reason: verdict.text.clone(),
        object: Object { label: String::new(), score: 1.0, bbox: missed.bbox, plate: None },
        dwell_s: 0.0,
        evidence: picture.into_iter().collect(),
        model: ModelRef {
            name: Action::ReportMissed.as_str().to_owned(),
            version: String::new(),
            sha256: String::new(),
        },
        rule_version: String::new(),
    }
}

const SPOT: &str = "SELECT id, component, rule, camera, preset, zone, first_seen, last_seen, lon, lat, box_x, box_y, box_w, \
                    box_h, group_id, alone FROM candidates WHERE ";

/// A spot, its group, and whether it was split from it.
type Placed = (Spot, String, bool);

fn placed(row: &AnyRow) -> Result<Placed, StoreError> {
    let location = match (row.try_get::<Option<f64>, _>(8)?, row.try_get::<Option<f64>, _>(9)?) {
        (Some(lon), Some(lat)) => Some([lon, lat]),
        _ => None,
    };
    let spot = Spot {
        id: row.try_get(0)?,
        component: row.try_get(1)?,
        rule: row.try_get(2)?,
        camera: row.try_get(3)?,
        preset: row.try_get(4)?,
        zone: row.try_get(5)?,
        first_seen: row.try_get(6)?,
        last_seen: row.try_get(7)?,
        location,
        bbox: [row.try_get(10)?, row.try_get(11)?, row.try_get(12)?, row.try_get(13)?],
    };
    Ok((spot, row.try_get(14)?, row.try_get::<i64, _>(15)? != 0))
}

async fn spot(tx: &mut Tx, id: &str) -> Result<Option<Placed>, StoreError> {
    let mut sql = Sql::new(SPOT);
    sql.push("id = ").bind(id);
    sql.maybe(&mut **tx).await?.as_ref().map(placed).transpose()
}

async fn spots(tx: &mut Tx, sql: Sql) -> Result<Vec<Placed>, StoreError> {
    sql.all(&mut **tx).await?.iter().map(placed).collect()
}

/// What the store holds of a candidate's place and time.
fn spot_of(candidate: &Candidate) -> Spot {
    Spot {
        id: candidate.id.to_string(),
        component: row::text(candidate.component.as_deref().unwrap_or_default()),
        rule: row::text(&candidate.rule),
        camera: row::text(&candidate.camera),
        preset: row::text(&candidate.preset),
        zone: row::text(&candidate.zone),
        first_seen: candidate.first_seen.event_time().0,
        last_seen: candidate.last_seen.event_time().0,
        location: candidate.location,
        bbox: candidate.object.bbox.map(f64::from),
    }
}

/// Puts a candidate that came, moved or was split into the group where it belongs; the others that it touched.
async fn regroup(tx: &mut Tx, this: &Spot, group: String, alone: bool) -> Result<Vec<String>, StoreError> {
    let mut groups: BTreeSet<String> = BTreeSet::from([group]);
    if !alone {
        for (other, group, _) in neighbours(tx, this).await? {
            if together(this, &other) {
                groups.insert(group);
            }
        }
    }
    if groups.len() == 1 && groups.contains(&this.id) && alone_in(tx, &this.id).await? {
        return Ok(Vec::new());
    }
    // All that hung together with it before or may do so now, put together from nothing.
    let mut sql = Sql::new(SPOT);
    sql.push("group_id").within(groups.iter().map(String::as_str));
    let members = spots(tx, sql).await?;
    let free: Vec<Spot> = members.iter().filter(|(_, _, alone)| !alone).map(|(spot, ..)| spot.clone()).collect();
    let named = parts(&free);
    let mut touched = Vec::new();
    for (member, ..) in &members {
        let now = named.get(&member.id).unwrap_or(&member.id);
        let many = named.values().filter(|name| *name == now).count().max(1) as i64;
        let mut sql = Sql::new("UPDATE candidates SET group_id = ");
        sql.bind(now).push(", members = ").bind(many).push(" WHERE id = ").bind(&member.id);
        sql.push(" AND (group_id <> ").bind(now).push(" OR members <> ").bind(many).push(")");
        if sql.run(&mut **tx).await? > 0 {
            touched.push(member.id.clone());
        }
    }
    Ok(touched)
}

/// Whether a group has one member: by far the most do.
async fn alone_in(tx: &mut Tx, group: &str) -> Result<bool, StoreError> {
    let mut sql = Sql::new("SELECT COUNT(*) FROM candidates WHERE group_id = ");
    sql.bind(group);
    Ok(sql.number(&mut **tx).await? <= 1)
}

/// Candidates that could belong together with this one. Columns with `|| ''` are kept from choosing the index: on
/// SQLite an equality that lets nearly everything through would win over the few that stand near.
async fn neighbours(tx: &mut Tx, this: &Spot) -> Result<Vec<Placed>, StoreError> {
    let begin = || {
        let mut sql = Sql::new(SPOT);
        sql.push("id || '' <> ").bind(&this.id).push(" AND alone = 0 AND rule || '' IN (").bind(&this.rule);
        for other in partners(&this.rule) {
            sql.push(", ").bind(*other);
        }
        sql.push(") AND first_seen <= ").bind(this.last_seen + SLACK);
        sql.push(" AND last_seen >= ").bind(this.first_seen - SLACK);
        sql
    };
    let mut found = Vec::new();
    if !this.component.is_empty() {
        let mut sql = begin();
        sql.push(" AND component = ").bind(&this.component);
        found = spots(tx, sql).await?;
        if this.rule != BIN_FULL {
            return Ok(found);
        }
    } else {
        let mut sql = begin();
        sql.push(" AND component || '' = '' AND camera = ").bind(&this.camera).push(" AND zone = ").bind(&this.zone);
        found.extend(spots(tx, sql).await?);
    }
    if let Some([lon, lat]) = this.location {
        let up = NEAR_METRES / DEGREE;
        let across = up / lat.to_radians().cos().max(0.01);
        let mut sql = begin();
        sql.push(" AND camera <> ").bind(&this.camera);
        if partners(&this.rule).is_empty() {
            sql.push(" AND component || '' = ''");
        }
        sql.push(" AND lat BETWEEN ").bind(lat - up).push(" AND ").bind(lat + up);
        sql.push(" AND lon BETWEEN ").bind(lon - across).push(" AND ").bind(lon + across);
        found.extend(spots(tx, sql).await?);
    }
    Ok(found)
}
