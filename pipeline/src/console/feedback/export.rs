//! Decided candidates as a dataset: two COCO files and their pictures in one tar archive.
//!
//! `confirmed.json` has each confirmed object with its class; `rejected.json` has what was taken for it and is not, for
//! hard negatives. Both are plain COCO: `images`, `annotations`, `categories`. Where the unmarked scene was kept, the
//! picture is the scene and the box the object's; else it is the crop and the box is all of it.

use super::{Feedback, Span};
use crate::console::desk::{DeskState, Refused};
use crate::console::people::{Actor, Role};
use crate::console::store::{Audit, Sql, StoreError};
use crate::payload::{Candidate, EvidenceKind};
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use sqlx::Row;
use std::collections::BTreeMap;
use std::io::Write;
use thiserror::Error;

/// Candidates of one export at most.
const MOST: i64 = 20_000;

/// Where pictures are read from.
#[async_trait]
pub trait Pictures: Send + Sync {
    /// The whole file, or nothing where it is not there any more.
    async fn picture(&self, uri: &str) -> Option<Bytes>;
}

/// What went into an archive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Confirmed objects.
    pub confirmed: usize,
    /// Rejected ones.
    pub rejected: usize,
    /// Decided candidates without a picture that could be read: left out, and counted.
    pub without_picture: usize,
}

/// Why an export failed.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The archive could not be written.
    #[error("the dataset could not be written: {0}; look for space on the disk")]
    Write(#[from] std::io::Error),
    /// The store failed, or the person may not.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        ExportError::Refused(error.into())
    }
}

/// One COCO file in the making.
#[derive(Default)]
struct Coco {
    images: Vec<Value>,
    annotations: Vec<Value>,
    categories: BTreeMap<String, usize>,
}

/// Writes the decided candidates of a span, as far as this person may see them, as a tar archive into `out`.
/// `out` is written to in place: hand in something that does not block for long, such as a file's buffer.
///
/// # Errors
/// [`Refused::Role`] below a supervisor; what the database or the disk says.
pub async fn export(
    feedback: &Feedback,
    actor: &Actor,
    span: Span,
    pictures: &dyn Pictures,
    out: &mut (dyn Write + Send),
) -> Result<Exported, ExportError> {
    if actor.role < Role::Supervisor {
        return Err(Refused::Role { needs: Role::Supervisor }.into());
    }
    let desk = feedback.desk();
    let mut sql = Sql::new(
        "SELECT d.data, c.state, c.reject_reason, c.class_code, c.class_name FROM candidates c JOIN candidate_data d ON d.id = c.id \
         WHERE c.state IN ('confirmed', 'rejected') AND c.raised_at >= ",
    );
    sql.bind(span.from).push(" AND c.raised_at < ").bind(span.before);
    actor.scope.limit(&mut sql, "c.district");
    sql.push(" ORDER BY c.raised_at DESC, c.id LIMIT ").bind(MOST);
    let rows = sql.all(desk.store().reader()).await?;
    let mut archive = Tar { out };
    let mut exported = Exported::default();
    let (mut confirmed, mut rejected) = (Coco::default(), Coco::default());
    for row in &rows {
        let (data, state): (String, String) =
            (row.try_get(0).map_err(StoreError::from)?, row.try_get(1).map_err(StoreError::from)?);
        let text = |i: usize| row.try_get::<String, _>(i).map_err(StoreError::from);
        let Ok(candidate) = serde_json::from_str::<Candidate>(&data) else { continue };
        let Some((picture, size, whole)) = picture(&candidate, pictures).await else {
            exported.without_picture += 1;
            continue;
        };
        let name = format!("images/{}.jpg", candidate.id);
        archive.file(&name, &picture)?;
        let into = if state == DeskState::Confirmed.as_str() {
            exported.confirmed += 1;
            &mut confirmed
        } else {
            exported.rejected += 1;
            &mut rejected
        };
        let about = json!({
            "candidate": candidate.id, "rule": candidate.rule, "camera": candidate.camera, "reason": text(2)?,
            "class_code": text(3)?, "class_name": text(4)?, "score": candidate.object.score,
        });
        into.add(&name, size, &candidate, whole, about);
    }
    archive.file("confirmed.json", confirmed.document().to_string().as_bytes())?;
    archive.file("rejected.json", rejected.document().to_string().as_bytes())?;
    archive.end()?;
    let mut tx = desk.store().begin().await?;
    let detail = json!({ "confirmed": exported.confirmed, "rejected": exported.rejected, "from": span.from, "before": span.before });
    Audit { actor, action: "export", subject: "dataset", district: "", detail: &detail }
        .write(&mut tx, desk.now())
        .await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(exported)
}

/// The unmarked scene, else the crop: its bytes, its size, and whether the object is all of it.
async fn picture(candidate: &Candidate, pictures: &dyn Pictures) -> Option<(Bytes, [u32; 2], bool)> {
    for kind in [EvidenceKind::Scene, EvidenceKind::Crop] {
        for item in candidate.evidence.iter().filter(|item| item.kind == kind) {
            let Some(bytes) = pictures.picture(&item.uri).await else { continue };
            if let Some(size) = jpeg_size(&bytes) {
                return Some((bytes, size, kind == EvidenceKind::Crop));
            }
        }
    }
    None
}

impl Coco {
    fn add(&mut self, name: &str, [width, height]: [u32; 2], candidate: &Candidate, whole: bool, about: Value) {
        let id = self.images.len() + 1;
        let next = self.categories.len() + 1;
        let label = if candidate.object.label.is_empty() { &candidate.rule } else { &candidate.object.label };
        let category = *self.categories.entry(label.clone()).or_insert(next);
        let (w, h) = (f64::from(width), f64::from(height));
        let [x, y, bw, bh] = candidate.object.bbox.map(f64::from);
        let bbox = if whole { [0.0, 0.0, w, h] } else { [x * w, y * h, bw * w, bh * h] };
        self.images.push(json!({ "id": id, "file_name": name, "width": width, "height": height }));
        self.annotations.push(json!({
            "id": id, "image_id": id, "category_id": category, "bbox": bbox, "area": bbox[2] * bbox[3], "iscrowd": 0,
            "attributes": about,
        }));
    }

    fn document(&self) -> Value {
        let categories: Vec<Value> =
            self.categories.iter().map(|(name, id)| json!({ "id": id, "name": name, "supercategory": "" })).collect();
        json!({
            "info": { "description": "Decided candidates of streetwatch" }, "licenses": [],
            "images": self.images, "annotations": self.annotations, "categories": categories,
        })
    }
}

/// Width and height as a JPEG's frame header says.
fn jpeg_size(bytes: &[u8]) -> Option<[u32; 2]> {
    let mut at = 2;
    if bytes.get(..2)? != [0xff, 0xd8] {
        return None;
    }
    loop {
        let [0xff, marker] = *bytes.get(at..at + 2)? else { return None };
        let length = usize::from(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]));
        // Frame headers, but for the tables that share their range.
        if (0xc0..=0xcf).contains(&marker) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let side = |i: usize| Some(u32::from(u16::from_be_bytes([*bytes.get(at + i)?, *bytes.get(at + i + 1)?])));
            return Some([side(7)?, side(5)?]);
        }
        if length < 2 || marker == 0xda {
            return None;
        }
        at += 2 + length;
    }
}

/// A tar archive (ustar) in the making: a header of one block, the file, zeros up to the next block.
struct Tar<'a> {
    out: &'a mut (dyn Write + Send),
}

impl Tar<'_> {
    fn file(&mut self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let mut header = [0u8; 512];
        let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
        put(0, name);
        put(100, "0000644\0");
        put(108, "0000000\0");
        put(116, "0000000\0");
        put(124, &format!("{:011o}\0", bytes.len()));
        put(136, "00000000000\0");
        // The sum is taken with spaces in its own place.
        put(148, "        ");
        put(156, "0");
        put(257, "ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.out.write_all(&header)?;
        self.out.write_all(bytes)?;
        self.out.write_all(&[0u8; 512][..(512 - bytes.len() % 512) % 512])
    }

    fn end(&mut self) -> std::io::Result<()> {
        self.out.write_all(&[0u8; 1024])?;
        self.out.flush()
    }
}
