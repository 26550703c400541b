//! Makes and writes the evidence of one candidate.

use super::{
    Manifest, ManifestFile, MissingFile, Still,
    clip::{self, ClipPackets},
    jpeg, layout,
    marks::{self, Marks},
    raster::{Area, Raster},
    store::{FileStore, StoreError},
};
use crate::{
    clock::Clock,
    payload::{Candidate, EvidenceItem, EvidenceKind, OffsetTime},
};
use bytes::Bytes;
use operators::vocabulary::{Moment, Polygon};
use sha2::{Digest, Sha256};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{sync::Arc, time::Duration};

/// Quality of the JPEGs that are sent.
const SENT_QUALITY: u8 = 85;
/// Waits before the second and third try of what may pass.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// Everything the recorder needs of one candidate.
#[derive(Debug, Clone)]
pub struct RecordRequest {
    /// The candidate as raised; its `evidence` is not looked at.
    pub candidate: Candidate,
    /// Camera name for people.
    pub camera_name: String,
    /// The zone's polygon.
    pub zone: Option<Polygon>,
    /// Start, middle and end, as far as they were kept.
    pub stills: Vec<Still>,
    /// Packets around the decision; `None` where the source has none.
    pub clip: Option<ClipPackets>,
    /// Version of the configuration in force.
    pub configuration: String,
}

/// What was written, and what was not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recorded {
    /// For the candidate's `evidence`.
    pub items: Vec<EvidenceItem>,
    /// What is missing, and why.
    pub missing: Vec<MissingFile>,
}

/// Makes evidence and writes it to a store. Blocking: it encodes
/// five pictures, and where S3 does not answer it waits up to 32 s (three tries of
/// 5 s and two pauses, for the files and again for the manifest).
#[derive(Debug)]
pub struct EvidenceRecorder {
    store: Arc<dyn FileStore>,
    clock: Arc<dyn Clock>,
}

/// A file on its way to the store.
struct Made {
    kind: EvidenceKind,
    at: OffsetTime,
    bytes: Bytes,
    bbox: Option<[f32; 4]>,
}

impl EvidenceRecorder {
    /// A recorder over a store; the clock is used to wait between tries.
    pub fn new(store: Arc<dyn FileStore>, clock: Arc<dyn Clock>) -> Self {
        EvidenceRecorder { store, clock }
    }

    /// Writes what can be written. The same request gives the same names and
    /// bytes, so writing twice changes nothing. Never fails as a whole: what is
    /// missing is logged, counted in `streetwatch_evidence_failures_total{reason}`
    /// and named in the manifest. A panic in a codec costs this candidate's
    /// evidence only.
    pub fn record(&self, request: &RecordRequest) -> Recorded {
        catch_unwind(AssertUnwindSafe(|| self.make_and_write(request))).unwrap_or_else(|_| {
            tracing::error!(candidate = %request.candidate.id, "evidence work panicked: this is our defect");
            metrics::counter!("streetwatch_evidence_failures_total", "reason" => "panic").increment(1);
            let missing = vec![MissingFile { kind: EvidenceKind::Manifest, reason: "panic".to_owned() }];
            Recorded { items: Vec::new(), missing }
        })
    }

    fn make_and_write(&self, request: &RecordRequest) -> Recorded {
        let mut missing = Vec::new();
        let files = make(request, &mut missing);
        let folder = layout::folder(&request.candidate);
        let mut manifest = Manifest::of(&request.candidate, &request.configuration);
        let mut items = self.write(&folder, files, &mut missing, &mut manifest.files);
        missing.sort_by_key(|m| m.kind);
        manifest.missing.clone_from(&missing);
        // Last, so that it lists only what is there.
        if let Some(file) = manifest_file(request, &manifest, &mut missing) {
            items.extend(self.write(&folder, vec![file], &mut missing, &mut Vec::new()));
        }
        for gone in &missing {
            metrics::counter!("streetwatch_evidence_failures_total", "reason" => gone.reason.clone()).increment(1);
        }
        Recorded { items, missing }
    }

    /// Writes files, trying again for what may pass.
    fn write(
        &self,
        folder: &str,
        files: Vec<Made>,
        missing: &mut Vec<MissingFile>,
        listed: &mut Vec<ManifestFile>,
    ) -> Vec<EvidenceItem> {
        let mut uris: Vec<Option<String>> = vec![None; files.len()];
        let mut open: Vec<usize> = (0..files.len()).collect();
        let mut pauses = PAUSES.iter();
        while !open.is_empty() {
            let path = |i: usize| format!("{folder}/{}", layout::file_name(files[i].kind));
            let batch: Vec<_> = open.iter().map(|&i| (path(i), files[i].bytes.clone())).collect();
            let answers = self.store.put_all(&batch);
            let pause = pauses.next();
            let mut again = Vec::new();
            for (i, answer) in open.into_iter().zip(answers) {
                match answer {
                    Ok(uri) => uris[i] = Some(uri),
                    Err(StoreError::Write { reason, .. }) if reason.is_transient() && pause.is_some() => again.push(i),
                    Err(error) => {
                        tracing::error!(%error, "evidence is missing; the candidate goes on without it");
                        let reason = match error {
                            StoreError::Write { reason, .. } => reason.as_str(),
                            StoreError::Open { .. } => "store",
                        };
                        missing.push(MissingFile { kind: files[i].kind, reason: reason.to_owned() });
                    }
                }
            }
            open = again;
            if let (Some(pause), false) = (pause, open.is_empty()) {
                metrics::counter!("streetwatch_evidence_retries_total").increment(open.len() as u64);
                self.clock.sleep(*pause);
            }
        }
        let written = files.into_iter().zip(uris).filter_map(|(file, uri)| Some((file, uri?)));
        written
            .map(|(file, uri)| {
                let sha256 = hex::encode(Sha256::digest(&file.bytes));
                listed.push(ManifestFile {
                    kind: file.kind,
                    name: layout::file_name(file.kind).to_owned(),
                    at: file.at,
                    bytes: file.bytes.len() as u64,
                    sha256: sha256.clone(),
                    marked: matches!(file.kind, EvidenceKind::Start | EvidenceKind::Middle | EvidenceKind::End),
                    bbox: file.bbox,
                });
                EvidenceItem { kind: file.kind, at: file.at, uri, sha256 }
            })
            .collect()
    }
}

fn manifest_file(request: &RecordRequest, manifest: &Manifest, missing: &mut Vec<MissingFile>) -> Option<Made> {
    match serde_json::to_vec_pretty(manifest) {
        Ok(bytes) => {
            let at = request.candidate.raised_at;
            Some(Made { kind: EvidenceKind::Manifest, at, bytes: bytes.into(), bbox: None })
        }
        Err(error) => {
            tracing::error!(%error, candidate = %request.candidate.id, "the manifest could not be written");
            missing.push(MissingFile { kind: EvidenceKind::Manifest, reason: "encode".to_owned() });
            None
        }
    }
}

/// Makes every file that can be made.
fn make(request: &RecordRequest, missing: &mut Vec<MissingFile>) -> Vec<Made> {
    let mut files = Vec::new();
    let mut gone = |kind: EvidenceKind, reason: &str, error: &dyn std::fmt::Display| {
        tracing::warn!(candidate = %request.candidate.id, camera = %request.candidate.camera,
            kind = kind.as_str(), reason, %error, "evidence could not be made");
        missing.push(MissingFile { kind, reason: reason.to_owned() });
    };
    // A reviewer waits for these: each still on a core of its own.
    let made = std::thread::scope(|scope| {
        let (candidate, name, zone) = (&request.candidate, request.camera_name.as_str(), request.zone.as_ref());
        let begin = |still| scope.spawn(move || pictures(candidate, name, zone, still));
        let work: Vec<_> = request.stills.iter().map(|still| (still.moment, begin(still))).collect();
        work.into_iter().map(|(moment, work)| (moment, work.join())).collect::<Vec<_>>()
    });
    for (moment, outcome) in made {
        match outcome {
            Ok(Ok(made)) => files.extend(made),
            Ok(Err(error)) => gone(moment.into(), "encode", &error),
            Err(_) => gone(moment.into(), "panic", &"the work panicked: this is our defect"),
        }
    }
    // A passing truck may have no middle, but each stay has a start and an end.
    for moment in [Moment::Start, Moment::End] {
        if !request.stills.iter().any(|s| s.moment == moment) {
            gone(moment.into(), "not_kept", &"the still was not kept, or the cache let it go");
        }
    }
    if let Some(packets) = &request.clip {
        match clip::mux(packets) {
            Ok(clip) => {
                let at = request.candidate.raised_at.with_time(clip.start);
                files.push(Made { kind: EvidenceKind::Clip, at, bytes: clip.mp4, bbox: None });
            }
            Err(error) => gone(EvidenceKind::Clip, "clip", &error),
        }
    }
    files
}

/// The marked still; of the end also the unmarked scene and the crop.
fn pictures(
    candidate: &Candidate,
    camera_name: &str,
    zone: Option<&Polygon>,
    still: &Still,
) -> Result<Vec<Made>, jpeg::JpegError> {
    let at = candidate.raised_at.with_time(still.at);
    let bbox = Some(still.bbox.clipped().into());
    let scene = still.decode()?;
    let marked = marks::draw(
        &scene,
        &Marks {
            moment: still.moment,
            at,
            bbox: still.bbox,
            label: &candidate.object.label,
            score: candidate.object.score,
            zone,
            zone_id: &candidate.zone,
            camera: &candidate.camera,
            camera_name,
            rule: &candidate.rule,
            dwell: still.at.since(candidate.first_seen.event_time()),
        },
    );
    let sent = |picture: &Raster| jpeg::encode(picture, SENT_QUALITY).map(Bytes::from);
    let mut made = vec![Made { kind: still.moment.into(), at, bytes: sent(&marked)?, bbox }];
    if still.moment == Moment::End {
        made.push(Made { kind: EvidenceKind::Scene, at, bytes: still.jpeg.clone(), bbox });
        let bytes = Bytes::from(jpeg::encode(&crop(&scene, still), 92)?);
        made.push(Made { kind: EvidenceKind::Crop, at, bytes, bbox });
    }
    Ok(made)
}

/// The object with a quarter of its size around it, enlarged to about 320
/// pixels where it is smaller, so that a reviewer sees something.
fn crop(scene: &Raster, still: &Still) -> Raster {
    let object = Area::of(&still.bbox, scene.width, scene.height);
    let side = object.width.max(object.height);
    let area = object.grown((side / 4).max(4), scene.width, scene.height);
    scene.cut(area, (320 / area.width.max(area.height)).clamp(1, 8))
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
