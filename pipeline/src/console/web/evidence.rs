//! Pictures and clips of a candidate, for those who may see the candidate.
//!
//! The address names a candidate and a kind of file, never a path: what is opened is what the candidate itself
//! names, and only inside the evidence store.

use super::refusal::Refusal;
use super::visitor::Viewer;
use super::{App, ranges};
use crate::evidence::ReadError;
use crate::payload::{EvidenceItem, EvidenceKind};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

/// Kinds by the word in an address.
const KINDS: [EvidenceKind; 11] = [
    EvidenceKind::Start,
    EvidenceKind::Middle,
    EvidenceKind::End,
    EvidenceKind::Scene,
    EvidenceKind::Crop,
    EvidenceKind::Clip,
    EvidenceKind::Baseline,
    EvidenceKind::Overlay,
    EvidenceKind::Map,
    EvidenceKind::Track,
    EvidenceKind::Manifest,
];

/// The console's address of a file of evidence. Another file has another address, so browsers may keep it.
pub fn href(candidate: &str, item: &EvidenceItem) -> String {
    let version = item.sha256.get(..8).unwrap_or_default();
    format!("/evidence/{candidate}/{}?{version}", item.kind.as_str())
}

/// `GET /evidence/{candidate}/{kind}`.
pub async fn serve(
    State(app): State<App>,
    who: Viewer,
    Path((candidate, kind)): Path<(Uuid, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let kind = KINDS.into_iter().find(|known| known.as_str() == kind).ok_or(Refusal::NotFound)?;
    let known = app.desk.evidence(&who.session.scope, &candidate.to_string()).await.map_err(Refusal::broken)?;
    let known = known.ok_or(Refusal::NotFound)?;
    let item = known.evidence.iter().find(|item| item.kind == kind).ok_or(Refusal::NotFound)?;
    let tag = format!("\"{}\"", item.sha256);
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| tags.split(',').any(|t| t.trim().trim_start_matches("W/") == tag))
    {
        return Ok((StatusCode::NOT_MODIFIED, kept(&tag)).into_response());
    }
    let same = text(header::IF_RANGE).is_none_or(|known| known == tag);
    let range = text(header::RANGE).filter(|_| same).and_then(ranges::parse);
    let part = range.is_some();
    let opened = match app.evidence.get(&item.uri, range).await {
        Ok(opened) => opened,
        Err(ReadError::Missing) => return Err(Refusal::NotFound),
        Err(ReadError::Range) => return Ok(StatusCode::RANGE_NOT_SATISFIABLE.into_response()),
        Err(error) => return Err(Refusal::broken(error)),
    };
    let mut response = Response::new(Body::from_stream(opened.bytes));
    *response.headers_mut() = kept(&tag);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(kind, &item.uri)));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(opened.range.end - opened.range.start));
    if part {
        let words = format!("bytes {}-{}/{}", opened.range.start, opened.range.end.saturating_sub(1), opened.size);
        if let Ok(value) = HeaderValue::try_from(words) {
            headers.insert(header::CONTENT_RANGE, value);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// A browser may keep the file for a while, for this user alone.
fn kept(tag: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=600"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers
}

/// What a file is: by its kind, never by what somebody says it is.
fn media_type(kind: EvidenceKind, uri: &str) -> &'static str {
    match kind {
        EvidenceKind::Clip => "video/mp4",
        EvidenceKind::Manifest => "application/json",
        EvidenceKind::Track => "application/geo+json",
        _ if uri.ends_with(".png") => "image/png",
        _ => "image/jpeg",
    }
}
