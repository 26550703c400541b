//! One candidate as its page shows it: pictures, facts, what was said.

use super::words::{self, Row};
use super::{App, evidence, sensor, time};
use crate::console::desk::{CandidatePage, Listed, Said};
use crate::console::i18n::Tongue;
use crate::payload::{Action, Candidate, EvidenceKind, OffsetTime};
use operators::vocabulary::EventTime;

/// A still, with its twin without marks where there is one.
pub struct Still {
    pub href: String,
    pub plain: Option<String>,
    pub words: String,
    pub at: String,
}

/// A clip or a picture of the comparison.
pub struct Extra {
    pub kind: &'static str,
    pub href: String,
    pub words: String,
}

/// Another candidate in a list beside it.
pub struct Other {
    pub id: String,
    pub href: String,
    pub words: String,
    pub at: String,
}

/// A verdict or a comment.
pub struct Line {
    pub who: String,
    pub what: String,
    pub at: String,
    pub text: String,
}

/// One candidate as its page shows it.
pub struct View {
    pub id: String,
    pub href: String,
    pub revision: i64,
    pub title: String,
    pub code: String,
    pub urgent: bool,
    pub state: String,
    pub state_kind: &'static str,
    pub life: String,
    pub camera_name: String,
    pub raised: String,
    pub open: bool,
    pub can_split: bool,
    pub has_plain: bool,
    /// Readings raised it: there is a map where others have stills.
    pub of_device: bool,
    /// Address of the readings as a file.
    pub track: Option<String>,
    pub stills: Vec<Still>,
    pub views: Vec<Extra>,
    pub facts: Vec<(String, String)>,
}

/// Makes the view for a reader.
pub fn view(app: &App, tongue: Tongue, found: &CandidatePage, query: &str) -> View {
    let (listed, candidate) = (&found.listed, &found.candidate);
    let row: Row = words::row(app, tongue, "", listed, query);
    let stills = stills(tongue, candidate);
    View {
        href: row.href,
        revision: listed.revision,
        title: row.title,
        code: row.code,
        urgent: row.urgent,
        state: row.state,
        state_kind: row.state_kind,
        life: listed.life.clone(),
        camera_name: listed.camera_name.clone(),
        raised: clock(&candidate.raised_at),
        open: listed.state.is_open(),
        can_split: !listed.merged_into.is_empty() || (listed.state.is_open() && !found.group.is_empty()),
        of_device: candidate.sensor.is_some(),
        track: candidate.evidence.iter().find(|i| i.kind == EvidenceKind::Track).map(|i| evidence::href(&row.id, i)),
        has_plain: stills.iter().any(|still| still.plain.is_some()),
        stills,
        views: extras(tongue, candidate),
        facts: facts(app, tongue, found),
        id: row.id,
    }
}

fn stills(tongue: Tongue, candidate: &Candidate) -> Vec<Still> {
    let id = candidate.id.to_string();
    let scene = candidate.evidence.iter().find(|item| item.kind == EvidenceKind::Scene);
    let scene = scene.map(|item| evidence::href(&id, item));
    let marked = [EvidenceKind::Start, EvidenceKind::Middle, EvidenceKind::End, EvidenceKind::Map];
    let items = marked.into_iter().filter_map(|kind| candidate.evidence.iter().find(|item| item.kind == kind));
    items
        .map(|item| Still {
            href: evidence::href(&id, item),
            plain: scene.clone().filter(|_| item.kind == EvidenceKind::End),
            words: tongue.of("evidence", item.kind.as_str()),
            at: clock(&item.at),
        })
        .collect()
}

/// The comparison first: it decides; then the clip, and the object by itself.
fn extras(tongue: Tongue, candidate: &Candidate) -> Vec<Extra> {
    let id = candidate.id.to_string();
    let kinds = [EvidenceKind::Overlay, EvidenceKind::Baseline, EvidenceKind::Clip, EvidenceKind::Crop];
    let items = kinds.into_iter().filter_map(|kind| candidate.evidence.iter().find(|item| item.kind == kind));
    items
        .map(|item| Extra {
            kind: item.kind.as_str(),
            href: evidence::href(&id, item),
            words: tongue.of("evidence", item.kind.as_str()),
        })
        .collect()
}

fn facts(app: &App, tongue: Tongue, found: &CandidatePage) -> Vec<(String, String)> {
    let (listed, c) = (&found.listed, &found.candidate);
    if let Some(finding) = &c.sensor {
        return sensor::facts(tongue, c, finding);
    }
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut add = |key: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.push((tongue.t(key).to_owned(), value));
        }
    };
    add("fact.rule", Some(format!("{} ({})", tongue.of("rule", &c.rule), c.rule_version)));
    add("fact.settings", settings(app, tongue, c));
    add("fact.stood", Some(words::span(tongue, c.dwell_s)));
    add("fact.first", Some(clock(&c.first_seen)));
    add("fact.last", Some(clock(&c.last_seen)));
    let score = format!("{:.2}", c.object.score);
    add("fact.object", Some(tongue.with("fact.score", &[&tongue.of("label", &c.object.label), &score])));
    add("fact.plate", c.object.plate.clone());
    if let Some(finding) = &c.finding {
        let seen = tongue.with("fact.seen", &[&finding.seen.to_string(), &finding.looks.to_string()]);
        add("fact.finding", Some(format!("{} · {seen}", tongue.of("fault", &finding.fault))));
    }
    let name = found.component.as_ref().map(|component| component.name.clone());
    let name = name.or_else(|| c.finding.as_ref().and_then(|finding| finding.name.clone()));
    add("fact.component", c.component.as_ref().map(|id| format!("{} {id}", name.unwrap_or_default())));
    let unit = |unit: &Option<crate::payload::Unit>| unit.as_ref().map(unit_name);
    add("fact.owner", c.finding.as_ref().and_then(|finding| unit(&finding.owner)));
    add("fact.competent", c.finding.as_ref().and_then(|finding| unit(&finding.competent)));
    let baseline = c.finding.as_ref().and_then(|finding| finding.baseline.as_ref());
    add("fact.baseline", baseline.map(|b| format!("{} {} · {}", b.part, b.version, b.approved_by)));
    add("fact.camera", Some(format!("{} {} · {}", c.camera, listed.camera_name, c.preset)));
    add("fact.zone", Some(c.zone.clone()));
    add("fact.grid", c.grid.clone());
    add("fact.model", Some(format!("{} {}", c.model.name, c.model.version)));
    add("fact.reason", c.reason.as_ref().map(|reason| tongue.of("ended", reason)));
    facts
}

fn unit_name(unit: &crate::payload::Unit) -> String {
    unit.name.clone().or_else(|| unit.code.clone()).unwrap_or_default()
}

/// How the rule is set now, where CITY.toml has it.
fn settings(app: &App, tongue: Tongue, c: &Candidate) -> Option<String> {
    let city = app.cameras.city();
    let camera = city.cameras.iter().find(|camera| camera.id == c.camera && camera.preset == c.preset)?;
    let zone = camera.zone(&c.zone, &c.rule)?;
    let rule = serde_json::to_value(&zone.rule).ok()?;
    let values = rule.get(&c.rule)?;
    let mut words = Vec::new();
    if let Some(dwell) = values.get("dwell").and_then(serde_json::Value::as_f64).filter(|dwell| *dwell > 0.0) {
        words.push(format!("{} {}", tongue.t("desk.stood"), words::span(tongue, dwell / 1000.0)));
    }
    if let Some(confidence) = values.get("confidence").and_then(serde_json::Value::as_f64) {
        words.push(format!("{} ≥ {confidence:.2}", tongue.t("desk.score")));
    }
    Some(words.join(" · "))
}

/// A camera's time without its offset.
pub fn clock(at: &OffsetTime) -> String {
    time::of_camera(&at.to_string())
}

/// Others in a list: what they are, when.
pub fn other(app: &App, tongue: Tongue, listed: &Listed, query: &str, far: Option<f64>) -> Other {
    let state = tongue.of("state", listed.state.as_str());
    let far = far.map(|metres| format!("{} m · ", metres.round())).unwrap_or_default();
    Other {
        id: listed.id.clone(),
        href: words::address(&listed.id, query),
        words: listed.class_name.clone(),
        at: format!("{far}{state} · {}", time::short(app, EventTime(listed.raised_at))),
    }
}

/// What was said, in order.
pub fn said(app: &App, tongue: Tongue, said: &[Said]) -> Vec<Line> {
    said.iter()
        .map(|said| {
            let verdict = &said.verdict;
            let mut what = tongue.of("action", verdict.action.as_str());
            if let Some(reason) = verdict.reason {
                what = format!("{what}: {}", tongue.of("reason", reason.as_str()));
            }
            if let (Action::ChangeClass, Some(code)) = (verdict.action, &verdict.class_code) {
                what = format!("{what}: {code} {}", verdict.class_name.as_deref().unwrap_or_default());
            }
            let mark = match said.effect {
                "undone" => tongue.t("desk.effect-undone"),
                "void" => tongue.t("desk.effect-void"),
                _ => "",
            };
            let at = time::minute(app, verdict.at.event_time());
            let at = [at.as_str(), mark].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
            Line { who: verdict.reviewer.clone(), what, at, text: verdict.text.clone().unwrap_or_default() }
        })
        .collect()
}
