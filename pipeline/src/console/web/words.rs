//! Times, spans and candidates in the reader's words.

use super::{App, time};
use crate::console::desk::{DeskState, Listed};
use crate::console::i18n::Tongue;
use operators::vocabulary::EventTime;

/// `45 s`, `3 min`, `2 h`, `4 d`.
pub fn span(tongue: Tongue, seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    let (key, value) = match seconds {
        s if s < 120.0 => ("time.seconds", s),
        s if s < 7200.0 => ("time.minutes", s / 60.0),
        s if s < 172_800.0 => ("time.hours", s / 3600.0),
        s => ("time.days", s / 86_400.0),
    };
    tongue.with(key, &[&format!("{}", value.round())])
}

/// How long ago.
pub fn ago(tongue: Tongue, now: i64, at: i64) -> String {
    tongue.with("time.ago", &[&span(tongue, now.saturating_sub(at) as f64 / 1000.0)])
}

/// Style class of a state's badge.
pub const fn state_kind(state: DeskState) -> &'static str {
    match state {
        DeskState::Waiting => "blue",
        DeskState::Escalated => "warn",
        DeskState::Confirmed => "good",
        DeskState::Rejected => "bad",
        DeskState::Merged | DeskState::Withdrawn => "",
    }
}

/// A candidate as a row of a list shows it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Id.
    pub id: String,
    /// Revision that the row shows.
    pub revision: i64,
    /// Where its page is.
    pub href: String,
    /// Its class.
    pub title: String,
    /// Its class's code.
    pub code: String,
    /// Rule, camera, grid cell.
    pub place: String,
    /// When it was raised.
    pub raised: String,
    /// How long ago that is.
    pub age: String,
    /// How long it stood.
    pub dwell: String,
    /// Its score.
    pub score: String,
    /// Address of a small picture.
    pub picture: Option<String>,
    /// Look at it first.
    pub urgent: bool,
    /// What it is in the console.
    pub state: String,
    /// Style of that word.
    pub state_kind: &'static str,
    /// Who else is on it.
    pub taken: Option<String>,
}

/// Urgency from which a candidate is an emergency: a component's.
const URGENT: i64 = 3;

/// A row for a reader; `query` is the filter that its page should come back to.
pub fn row(app: &App, tongue: Tongue, me: &str, listed: &Listed, query: &str) -> Row {
    let now = app.clock.now().0;
    let mut place = vec![tongue.of("rule", &listed.rule), listed.camera_name.clone()];
    place.extend([&listed.grid, &listed.component].into_iter().filter(|text| !text.is_empty()).cloned());
    // Readings have no camera at a preset: what there is to see is a map.
    let still = if listed.preset.is_empty() { "map" } else { "end" };
    let picture = if !listed.crop.is_empty() { Some("crop") } else { (!listed.still.is_empty()).then_some(still) };
    let own = listed.claim.as_ref().filter(|claim| claim.user != me);
    Row {
        id: listed.id.clone(),
        revision: listed.revision,
        href: address(&listed.id, query),
        title: listed.class_name.clone(),
        code: listed.class_code.clone(),
        place: place.join(" · "),
        raised: time::minute(app, EventTime(listed.raised_at)),
        age: ago(tongue, now, listed.raised_at),
        dwell: span(tongue, listed.dwell_s),
        score: format!("{:.2}", listed.score),
        picture: picture.map(|kind| format!("/evidence/{}/{kind}", listed.id)),
        urgent: listed.urgency >= URGENT,
        state: tongue.of("state", listed.state.as_str()),
        state_kind: state_kind(listed.state),
        taken: own.map(|claim| claim.name.clone()),
    }
}

/// The address of a candidate's page.
pub fn address(id: &str, query: &str) -> String {
    if query.is_empty() { format!("/candidates/{id}") } else { format!("/candidates/{id}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_the_unit_that_fits_it() {
        let told = |s| span(Tongue::En, s);
        assert_eq!([told(45.0), told(200.0), told(7300.0), told(200_000.0)], ["45 s", "3 min", "2 h", "2 d"]);
        assert_eq!(told(f64::NAN), "0 s");
    }
}
