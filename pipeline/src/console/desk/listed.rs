//! A candidate as lists show it: one row of the queue, of a group, of a neighbourhood.

use super::DeskState;
use crate::console::store::{Sql, StoreError};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A candidate as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Listed {
    /// Id.
    pub id: String,
    /// What it is in the console.
    pub state: DeskState,
    /// The pipeline's word: `raised`, `updated`, `ended`, `withdrawn`.
    pub life: String,
    /// How urgent, 0 to 3.
    pub urgency: i64,
    /// Rule kind.
    pub rule: String,
    /// Class code it is filed under now.
    pub class_code: String,
    /// That class's name.
    pub class_name: String,
    /// Camera id; the device's where readings raised it.
    pub camera: String,
    /// Camera's name; plate or name of a device; else its id.
    pub camera_name: String,
    /// Preset.
    pub preset: String,
    /// Zone id.
    pub zone: String,
    /// Grid cell, or empty.
    pub grid: String,
    /// District, or empty.
    pub district: String,
    /// Component id, or empty.
    pub component: String,
    /// Longitude and latitude.
    pub location: Option<[f64; 2]>,
    /// Milliseconds since 1970 UTC.
    pub first_seen: i64,
    /// Milliseconds since 1970 UTC.
    pub raised_at: i64,
    /// Milliseconds since 1970 UTC.
    pub last_seen: i64,
    /// Score of the object.
    pub score: f64,
    /// What the object is.
    pub label: String,
    /// Left, top, width, height, 0..1 of the picture.
    pub bbox: [f64; 4],
    /// Seconds it has stood there.
    pub dwell_s: f64,
    /// URI of the still to show, or empty.
    pub still: String,
    /// URI of the crop, or empty.
    pub crop: String,
    /// Reported by a person, not by a rule.
    pub missed: bool,
    /// How many verdicts have made it what it is; a decision names the one it saw.
    pub revision: i64,
    /// Id of the candidate it was merged into, or empty.
    pub merged_into: String,
    /// Login name of who made it what it is, or empty.
    pub decided_by: String,
    /// When, milliseconds since 1970 UTC; 0 where nobody did.
    pub decided_at: i64,
    /// Id of that verdict, or empty; what an undo takes back.
    pub decision: String,
    /// Reason it was rejected for, or empty.
    pub reject_reason: String,
    /// Group it belongs to: the id of one of its members.
    pub group: String,
    /// How many candidates that group has, decided ones too.
    pub members: i64,
    /// Who is looking at it, and until when.
    pub claim: Option<Claim>,
}

/// Somebody who is looking at a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Claim {
    /// Their user id.
    pub user: String,
    /// Their name.
    pub name: String,
    /// Until when, unless they renew; milliseconds since 1970 UTC.
    pub until: i64,
}

/// Columns that [`listed`] reads, in its order; `c` is the candidate, `k` its camera, `m` the claim on it.
pub(super) const COLUMNS: &str = "c.id, c.state, c.life, c.urgency, c.rule, c.class_code, c.class_name, c.camera, \
    COALESCE(k.name, NULLIF(c.device_name, ''), c.camera), c.preset, c.zone, c.grid, c.district, c.component, c.lon, c.lat, c.first_seen, \
    c.raised_at, c.last_seen, c.score, c.label, c.box_x, c.box_y, c.box_w, c.box_h, c.dwell_s, c.still, c.crop, \
    c.missed, c.revision, c.merged_into, c.decided_by, c.decided_at, c.decision, c.reject_reason, c.group_id, \
    m.user_id, m.user_name, m.until, c.members";

/// The tables of [`COLUMNS`]; the placeholder for the present time is pushed after it.
pub(super) fn from(sql: &mut Sql, now: i64) {
    sql.push(" FROM candidates c LEFT JOIN cameras k ON k.id = c.camera LEFT JOIN claims m ON m.candidate = c.id AND m.until > ");
    sql.bind(now);
}

/// A row of [`COLUMNS`].
pub(super) fn listed(row: &AnyRow) -> Result<Listed, StoreError> {
    let text = |i: usize| row.try_get::<String, _>(i);
    let number = |i: usize| row.try_get::<i64, _>(i);
    let real = |i: usize| row.try_get::<f64, _>(i);
    let id = text(0)?;
    let word = text(1)?;
    let state = DeskState::of(&word).ok_or_else(|| StoreError::Row {
        what: format!("candidate {id}"),
        why: format!("state {word:?} is unknown"),
    })?;
    let location = match (row.try_get::<Option<f64>, _>(14)?, row.try_get::<Option<f64>, _>(15)?) {
        (Some(lon), Some(lat)) => Some([lon, lat]),
        _ => None,
    };
    let claim = match row.try_get::<Option<String>, _>(36)? {
        Some(user) => Some(Claim { user, name: text(37)?, until: number(38)? }),
        None => None,
    };
    Ok(Listed {
        id,
        state,
        life: text(2)?,
        urgency: number(3)?,
        rule: text(4)?,
        class_code: text(5)?,
        class_name: text(6)?,
        camera: text(7)?,
        camera_name: text(8)?,
        preset: text(9)?,
        zone: text(10)?,
        grid: text(11)?,
        district: text(12)?,
        component: text(13)?,
        location,
        first_seen: number(16)?,
        raised_at: number(17)?,
        last_seen: number(18)?,
        score: real(19)?,
        label: text(20)?,
        bbox: [real(21)?, real(22)?, real(23)?, real(24)?],
        dwell_s: real(25)?,
        still: text(26)?,
        crop: text(27)?,
        missed: number(28)? != 0,
        revision: number(29)?,
        merged_into: text(30)?,
        decided_by: text(31)?,
        decided_at: number(32)?,
        decision: text(33)?,
        reject_reason: text(34)?,
        group: text(35)?,
        members: number(39)?,
        claim,
    })
}
