//! What verdicts teach: precision, proposals, the dataset, agreement of reviewers.

use super::frame::Frame;
use super::refusal::Refusal;
use super::visitor::Supervisor;
use super::{App, decide::told, page};
use crate::console::feedback::{Advice, ExportError, Pictures, Precision, Span, export};
use crate::evidence::EvidenceReader;
use askama::Template;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use futures::TryStreamExt;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufWriter, Seek};
use tokio::io::AsyncReadExt;
use uuid::Uuid;

const DAY: i64 = 86_400_000;
/// Spans that the page offers, in days.
const SPANS: [i64; 4] = [1, 7, 30, 365];

/// One camera's rule over the span, with a bar a day.
struct Line {
    camera: String,
    rule: String,
    confirmed: i64,
    rejected: i64,
    open: i64,
    missed: i64,
    /// In percent.
    precision: Option<i64>,
    kind: &'static str,
    days: Vec<Day>,
}

/// A day's precision, for a bar.
struct Day {
    x: usize,
    height: i64,
    y: i64,
    words: String,
}

struct Advised {
    id: String,
    camera: String,
    zone: String,
    rule: String,
    what: String,
    effect: String,
}

#[derive(Template)]
#[template(path = "feedback.html")]
struct FeedbackPage {
    frame: Frame,
    days: i64,
    spans: [i64; 4],
    lines: Vec<Line>,
    confirmed: i64,
    rejected: i64,
    precision: Option<i64>,
    missed: i64,
    proposals: Vec<Advised>,
    agree: Option<String>,
    kappa: Option<String>,
    seconds: i64,
}

/// Over how many days.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    days: Option<i64>,
}

impl Asked {
    fn days(&self) -> i64 {
        self.days.filter(|days| SPANS.contains(days)).unwrap_or(7)
    }

    fn span(&self, app: &App) -> Span {
        let now = app.clock.now().0;
        Span { from: now - self.days() * DAY, before: now + DAY }
    }
}

/// `GET /feedback`.
pub async fn show(State(app): State<App>, who: Supervisor, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    let frame = Frame::new(&app, &who.visitor);
    let scope = &who.session.scope;
    let span = asked.span(&app);
    let rows = app.feedback.precision(scope, span).await.map_err(Refusal::broken)?;
    let agreement = app.feedback.agreement(scope, span).await.map_err(Refusal::broken)?;
    let proposals = app.feedback.proposals(scope).await.map_err(Refusal::broken)?;
    let proposals = proposals
        .into_iter()
        .map(|p| {
            let what = match &p.advice {
                Advice::Threshold { confidence } => frame.with("feedback.threshold", &[&format!("{confidence:.2}")]),
                Advice::Mask { .. } => frame.t("feedback.mask").to_owned(),
            };
            let (spared, rejected) = (p.spared.to_string(), p.rejected.to_string());
            let effect = frame.with("feedback.effect", &[&spared, &rejected, &p.confirmed.to_string()]);
            Advised { id: p.id, camera: p.camera, zone: p.zone, rule: frame.of("rule", &p.rule), what, effect }
        })
        .collect();
    let (confirmed, rejected) = rows.iter().fold((0, 0), |(c, r), row| (c + row.confirmed, r + row.rejected));
    let seconds = agreement.both_confirmed + agreement.both_rejected + agreement.first_only + agreement.second_only;
    page(&FeedbackPage {
        days: asked.days(),
        spans: SPANS,
        confirmed,
        rejected,
        precision: percent(confirmed, rejected),
        missed: rows.iter().map(|row| row.missed).sum(),
        lines: lines(&frame, rows),
        proposals,
        agree: agreement.agree.map(|share| format!("{:.0} %", share * 100.0)),
        kappa: agreement.kappa.map(|kappa| format!("{kappa:.2}")),
        seconds,
        frame,
    })
}

fn percent(confirmed: i64, rejected: i64) -> Option<i64> {
    let all = confirmed + rejected;
    (all > 0).then(|| (confirmed * 100 + all / 2) / all)
}

/// The days of each camera's rule in one line; the worst first, since that is where to look.
fn lines(frame: &Frame, rows: Vec<Precision>) -> Vec<Line> {
    let mut places: BTreeMap<(String, String), Vec<Precision>> = BTreeMap::new();
    for row in rows {
        places.entry((row.camera.clone(), row.rule.clone())).or_default().push(row);
    }
    let mut lines: Vec<Line> = places
        .into_values()
        .filter_map(|days| {
            let first = days.first()?;
            let (camera, rule) = (format!("{} {}", first.camera, first.camera_name), frame.of("rule", &first.rule));
            let sum = |of: fn(&Precision) -> i64| days.iter().map(of).sum::<i64>();
            let (confirmed, rejected) = (sum(|d| d.confirmed), sum(|d| d.rejected));
            let precision = percent(confirmed, rejected);
            let kind = match precision {
                Some(p) if p >= 80 => "good",
                Some(p) if p >= 50 => "warn",
                Some(_) => "bad",
                None => "",
            };
            let bars = days.iter().rev().take(30).rev().enumerate();
            let bars = bars.map(|(n, day)| {
                let share = percent(day.confirmed, day.rejected);
                let height = share.map_or(1, |share| (share / 5).max(1));
                let words = share.map_or_else(|| "–".to_owned(), |share| format!("{share} %"));
                Day { x: n * 6, height, y: 20 - height, words: format!("{}: {words}", day.day) }
            });
            let (open, missed) = (sum(|d| d.open), sum(|d| d.missed));
            Some(Line { camera, rule, confirmed, rejected, open, missed, precision, kind, days: bars.collect() })
        })
        .collect();
    lines.sort_by_key(|line| (line.precision.unwrap_or(101), std::cmp::Reverse(line.rejected)));
    lines
}

/// `POST /feedback/proposals/{id}/dismiss`.
pub async fn dismiss(State(app): State<App>, who: Supervisor, Path(id): Path<Uuid>) -> Result<Redirect, Refusal> {
    let outcome = app.feedback.dismiss(&who.actor(), &id.to_string()).await;
    outcome.map_err(|refused| told(&app, &who.visitor, refused))?;
    Ok(Redirect::to("/feedback"))
}

/// Pictures of an export, from the evidence store.
struct Stored(EvidenceReader);

/// Largest picture of an export.
const LARGEST_PICTURE: usize = 16 << 20;

#[async_trait::async_trait]
impl Pictures for Stored {
    async fn picture(&self, uri: &str) -> Option<Bytes> {
        let opened = self.0.get(uri, None).await.ok().filter(|opened| opened.size <= LARGEST_PICTURE as u64)?;
        let parts: Vec<Bytes> = opened.bytes.try_collect().await.ok()?;
        Some(parts.concat().into())
    }
}

/// `GET /feedback/dataset.tar`: confirmed and rejected pictures of the span in COCO's format. Made in a temporary
/// file first: a download that breaks off holds no memory.
pub async fn dataset(State(app): State<App>, who: Supervisor, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    let file =
        tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(Refusal::broken)?.map_err(Refusal::broken)?;
    let mut out = BufWriter::new(file);
    let pictures = Stored(app.evidence.clone());
    let made = export(&app.feedback, &who.actor(), asked.span(&app), &pictures, &mut out).await;
    match made {
        Ok(_) => {}
        Err(ExportError::Refused(refused)) => return Err(told(&app, &who.visitor, refused)),
        Err(error) => return Err(Refusal::broken(error)),
    }
    let mut file = out.into_inner().map_err(Refusal::broken)?;
    file.rewind().map_err(Refusal::broken)?;
    let parts = futures::stream::try_unfold(tokio::fs::File::from_std(file), |mut file| async move {
        let mut part = vec![0u8; 64 << 10];
        let read = file.read(&mut part).await?;
        part.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then_some((part, file)))
    });
    let name = format!("attachment; filename=\"streetwatch-{}-days.tar\"", asked.days());
    let headers = [(header::CONTENT_TYPE, "application/x-tar".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(parts)).into_response())
}
