//! Makes and writes the evidence of the candidates that one picture led to.

use super::{
    Manifest, ManifestFile, MissingFile, Ready, Still,
    clip::{self, ClipPackets},
    compared::{self, Compared},
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
use ffmpeg_next::packet::Packet;
use operators::vocabulary::{Moment, Polygon};
use sha2::{Digest, Sha256};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// What the deciding picture was compared with, for rules that compare.
    pub compared: Option<Arc<Compared>>,
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

    /// [`EvidenceRecorder::record_all`] for one candidate.
    pub fn record(&self, request: &RecordRequest) -> Recorded {
        self.record_all(std::slice::from_ref(request)).pop().unwrap_or_default()
    }

    /// Writes what can be written, for all candidates that one picture led to:
    /// what they share is decoded and muxed once. Answers in the same order.
    ///
    /// The same request gives the same names and bytes, so writing twice
    /// changes nothing. Never fails as a whole: what is missing is logged,
    /// counted in `streetwatch_evidence_failures_total{reason}` and named in the
    /// manifest. A panic in a codec costs these candidates' evidence only.
    pub fn record_all(&self, requests: &[RecordRequest]) -> Vec<Recorded> {
        catch_unwind(AssertUnwindSafe(|| {
            let made = make_all(requests);
            let write =
                |request: &RecordRequest, made| self.write_all(&request.candidate, &request.configuration, made);
            requests.iter().zip(made).map(|(request, made)| write(request, made)).collect()
        }))
        .unwrap_or_else(|_| {
            tracing::error!("evidence work panicked: this is our defect");
            let nothing = || {
                metrics::counter!("streetwatch_evidence_failures_total", "reason" => "panic").increment(1);
                let missing = vec![MissingFile { kind: EvidenceKind::Manifest, reason: "panic".to_owned() }];
                Recorded { items: Vec::new(), missing }
            };
            requests.iter().map(|_| nothing()).collect()
        })
    }

    /// Writes files that somebody else has made, each of a kind and a time, with their manifest. As
    /// [`EvidenceRecorder::record_all`] otherwise.
    pub fn record_files(
        &self,
        candidate: &Candidate,
        configuration: &str,
        files: Vec<(EvidenceKind, OffsetTime, Bytes)>,
        missing: Vec<MissingFile>,
    ) -> Recorded {
        let made = files.into_iter().map(|(kind, at, bytes)| Made { kind, at, bytes, bbox: None }).collect();
        self.write_all(candidate, configuration, (made, missing))
    }

    fn write_all(
        &self,
        candidate: &Candidate,
        configuration: &str,
        (files, mut missing): (Vec<Made>, Vec<MissingFile>),
    ) -> Recorded {
        let folder = layout::folder(candidate);
        let mut manifest = Manifest::of(candidate, configuration);
        let mut items = self.write(&folder, files, &mut missing, &mut manifest.files);
        missing.sort_by_key(|m| m.kind);
        manifest.missing.clone_from(&missing);
        // Last, so that it lists only what is there.
        if let Some(file) = manifest_file(candidate, &manifest, &mut missing) {
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
                    marked: !matches!(
                        file.kind,
                        EvidenceKind::Scene | EvidenceKind::Crop | EvidenceKind::Clip | EvidenceKind::Track
                    ),
                    bbox: file.bbox,
                });
                EvidenceItem { kind: file.kind, at: file.at, uri, sha256 }
            })
            .collect()
    }
}

fn manifest_file(candidate: &Candidate, manifest: &Manifest, missing: &mut Vec<MissingFile>) -> Option<Made> {
    match serde_json::to_vec_pretty(manifest) {
        Ok(bytes) => {
            let at = candidate.raised_at;
            Some(Made { kind: EvidenceKind::Manifest, at, bytes: bytes.into(), bbox: None })
        }
        Err(error) => {
            tracing::error!(%error, candidate = %candidate.id, "the manifest could not be written");
            missing.push(MissingFile { kind: EvidenceKind::Manifest, reason: "encode".to_owned() });
            None
        }
    }
}

/// Makes every file that can be made, for each request, and tells what cannot.
fn make_all(requests: &[RecordRequest]) -> Vec<(Vec<Made>, Vec<MissingFile>)> {
    let stills: Vec<(usize, &Still)> =
        requests.iter().enumerate().flat_map(|(i, r)| r.stills.iter().map(move |still| (i, still))).collect();
    // Candidates of one picture share its bytes; a reviewer waits, so all cores work.
    let mut kept: Vec<&Bytes> =
        stills.iter().filter(|(_, still)| still.ready.is_none()).map(|(_, still)| &still.jpeg).collect();
    kept.sort_by_key(|bytes| bytes.as_ptr());
    kept.dedup_by_key(|bytes| bytes.as_ptr());
    let scenes = side_by_side(&kept, |bytes| jpeg::decode(bytes));
    let views: Vec<_> = requests.iter().map(View::of).collect();
    let pictures = side_by_side(&stills, |(i, still)| {
        if let Some(ready) = &still.ready {
            return Ok(files_of(&views[*i], still, ready.clone()));
        }
        let scene = kept.binary_search_by_key(&still.jpeg.as_ptr(), |bytes| bytes.as_ptr()).ok().map(|at| &scenes[at]);
        match scene {
            Some(Ok(scene)) => match ready(&views[*i], still, scene) {
                Ok(ready) => Ok(files_of(&views[*i], still, ready)),
                Err(error) => Err(error.to_string()),
            },
            Some(Err(error)) => Err(error.to_string()),
            None => Err("the kept still is gone".to_owned()),
        }
    });
    let mut clips = Clips::default();
    let mut made: Vec<(Vec<Made>, Vec<MissingFile>)> = requests.iter().map(|_| Default::default()).collect();
    for ((i, still), outcome) in stills.iter().zip(pictures) {
        match outcome {
            Ok(files) => made[*i].0.extend(files),
            Err(error) => made[*i].1.push(gone(&requests[*i], still.moment.into(), "encode", &error)),
        }
    }
    for (request, (files, missing)) in requests.iter().zip(&mut made) {
        // A passing truck may have no middle, but each stay has a start and an end.
        for moment in [Moment::Start, Moment::End] {
            if !request.stills.iter().any(|s| s.moment == moment) {
                let why = "the still was not kept, or the cache let it go";
                missing.push(gone(request, moment.into(), "not_kept", &why));
            }
        }
        if let Some(found) = &request.compared {
            for (kind, made) in compared::pictures(&request.candidate, found) {
                match made.and_then(|picture| jpeg::encode(&picture, SENT_QUALITY).map_err(|e| e.to_string())) {
                    Ok(bytes) => {
                        let at = match kind {
                            EvidenceKind::Baseline => found.until.unwrap_or(request.candidate.raised_at),
                            _ => request.candidate.raised_at,
                        };
                        let bbox = Some(request.candidate.object.bbox);
                        files.push(Made { kind, at, bytes: bytes.into(), bbox });
                    }
                    Err(error) => missing.push(gone(request, kind, "overlay", &error)),
                }
            }
        }
        let Some(packets) = &request.clip else { continue };
        match clips.of(packets) {
            Ok(clip) => {
                let at = request.candidate.raised_at.with_time(clip.start);
                files.push(Made { kind: EvidenceKind::Clip, at, bytes: clip.mp4.clone(), bbox: None });
            }
            Err(error) => missing.push(gone(request, EvidenceKind::Clip, "clip", error)),
        }
    }
    made
}

/// Tells that a file could not be made.
fn gone(request: &RecordRequest, kind: EvidenceKind, reason: &str, error: &dyn std::fmt::Display) -> MissingFile {
    tracing::warn!(candidate = %request.candidate.id, camera = %request.candidate.camera,
        kind = kind.as_str(), reason, %error, "evidence could not be made");
    MissingFile { kind, reason: reason.to_owned() }
}

/// Clips by the packets they are of, each muxed once.
#[derive(Default)]
struct Clips(Vec<(Option<*const Packet>, usize, Result<clip::Clip, clip::ClipError>)>);

impl Clips {
    fn of(&mut self, packets: &ClipPackets) -> &Result<clip::Clip, clip::ClipError> {
        let (first, count) = (packets.packets.first().map(Arc::as_ptr), packets.packets.len());
        let known = self.0.iter().position(|(f, n, _)| (*f, *n) == (first, count));
        let at = known.unwrap_or_else(|| {
            self.0.push((first, count, clip::mux(packets)));
            self.0.len() - 1
        });
        &self.0[at].2
    }
}

/// Runs `work` over the items on as many threads as there are cores; answers
/// in the items' order.
pub(crate) fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let worker = || {
            let mut done = Vec::new();
            while let Some((at, item)) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, items.get(i)?)))
            {
                done.push((at, work(item)));
            }
            done
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        // A panic in there is passed on; `record_all` catches it.
        workers.into_iter().flat_map(|w| w.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// What the marks of a still say.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The candidate, or what may become one.
    pub candidate: &'a Candidate,
    /// Camera name for people.
    pub camera_name: &'a str,
    /// The zone's polygon.
    pub zone: Option<&'a Polygon>,
}

impl<'a> View<'a> {
    fn of(request: &'a RecordRequest) -> View<'a> {
        View { candidate: &request.candidate, camera_name: &request.camera_name, zone: request.zone.as_ref() }
    }
}

/// Marks a still, and cuts the object out of the deciding picture. `scene` is
/// the still's picture.
///
/// # Errors
/// The picture does not fit a JPEG.
pub fn ready(view: &View<'_>, still: &Still, scene: &Raster) -> Result<Ready, jpeg::JpegError> {
    let candidate = view.candidate;
    let label = match &candidate.finding {
        Some(finding) => format!("{} {}", candidate.object.label, finding.fault),
        None => candidate.object.label.clone(),
    };
    let marked = marks::draw(
        scene,
        &Marks {
            moment: still.moment,
            at: candidate.raised_at.with_time(still.at),
            bbox: still.bbox,
            label: &label,
            score: candidate.object.score,
            zone: view.zone,
            zone_id: &candidate.zone,
            camera: &candidate.camera,
            camera_name: view.camera_name,
            rule: &candidate.rule,
            dwell: still.at.since(candidate.first_seen.event_time()),
        },
    );
    let crop = match still.moment {
        Moment::End => Some(Bytes::from(jpeg::encode(&crop(scene, still), 92)?)),
        Moment::Start | Moment::Middle => None,
    };
    Ok(Ready { marked: Bytes::from(jpeg::encode(&marked, SENT_QUALITY)?), crop })
}

/// The marked still; of the deciding picture also the unmarked scene and the crop.
fn files_of(view: &View<'_>, still: &Still, ready: Ready) -> Vec<Made> {
    let at = view.candidate.raised_at.with_time(still.at);
    let bbox = Some(still.bbox.clipped().into());
    let mut made = vec![Made { kind: still.moment.into(), at, bytes: ready.marked, bbox }];
    if let Some(crop) = ready.crop {
        made.push(Made { kind: EvidenceKind::Scene, at, bytes: still.jpeg.clone(), bbox });
        made.push(Made { kind: EvidenceKind::Crop, at, bytes: crop, bbox });
    }
    made
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
