//! The votes on one component.

use super::compare::{State, Verdict};
use super::finding::{Fault, Finding, RULE};
use super::recent::{Recent, Settled};
use super::registered::{ComponentId, Nature, Registered};
use super::watch::ComponentWatchConfig;
use super::whole::Whole;
use crate::rules::case::{Case, Names};
use crate::vocabulary::{EventTime, Label, Millis, Outcome, Sighting};
use crate::vote::Votes;
use serde::{Deserialize, Serialize};

/// Share of the tiles that must stay lost for a candidate: a lamp without its head has 0.05. What light,
/// dirt and passers take away is another part each time.
const AGREED: f32 = 0.04;
/// Of all that the looks lose which show the fault, this share must be what stays lost. A moving shadow loses another part
/// an hour later: whole components with four and more such looks of eight had at most 0.4, broken and moved ones 0.6 and more.
const STEADY: f32 = 0.5;

/// What was whole so many times the dwell ago and less vouches for what its surroundings leave in doubt.
const WITHIN: Millis = 4;

/// Damage that takes less of the tiles must be seen for half as long again: the sun is on a face for two hours, and fog at dawn.
const SLIGHT: f32 = 0.35;

/// A component and what the pictures said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Watched {
    pub id: ComponentId,
    pub urgent: bool,
    /// Its segments vouch for each other.
    #[serde(default)]
    is_line: bool,
    names: Names,
    /// Pictures that show a plain fault, for an urgent component.
    votes: Votes,
    #[serde(default)]
    recent: Recent,
    #[serde(default)]
    whole: Whole,
    pub case: Option<Case>,
    /// Pictures that voted for missing, displaced, damaged, blocked.
    faults: [u32; 4],
    looks: u32,
    score: f32,
    same_since: Option<EventTime>,
    /// Last picture that showed it, as it was or not.
    pub seen: Option<EventTime>,
}

impl Watched {
    /// Nothing seen yet.
    pub fn new(config: &ComponentWatchConfig, component: &Registered) -> Watched {
        Watched {
            id: component.id.clone(),
            urgent: component.urgent,
            is_line: component.nature == Nature::Line,
            names: Names::new(component.id.as_str(), RULE),
            votes: Votes::new(config.urgent_votes_of, 0),
            recent: Recent::default(),
            whole: Whole::default(),
            case: None,
            faults: [0; 4],
            looks: 0,
            score: 0.0,
            same_since: None,
            seen: None,
        }
    }

    /// Counts one verdict; a finding that ended with it comes back.
    pub fn vote(
        &mut self,
        config: &ComponentWatchConfig,
        at: EventTime,
        verdict: &Verdict,
        out: &mut Outcome,
    ) -> Option<Finding> {
        let vouched = self.whole.look(at, WITHIN * config.dwell, verdict);
        let verdict = vouched.as_ref().unwrap_or(verdict);
        let fault = Fault::of(verdict.state).filter(|_| verdict.score >= config.score);
        let fault = match verdict.state {
            State::Same => Some(None),
            // It may tell of tiles, though of no fault by itself.
            State::CannotJudge | State::Occluded if verdict.tiles.told() > 0 => None,
            _ if fault.is_some() => Some(fault),
            _ => return None,
        };
        let n = config.votes_of.max(1);
        let slot = (config.dwell / n as Millis).max(1);
        self.recent.push(at, (n, slot), fault.map(|f| f.is_some()), verdict.tiles);
        if self.is_line && self.recent.len() == n {
            self.recent.note_lost_at_once();
        }
        if fault.is_some() {
            self.seen = Some(at);
            self.votes.push(at, verdict.plain);
        }
        let settled = self.recent.settled(n);
        // What stays lost is damage, though no single picture says so.
        let shown = fault.flatten().or_else(|| self.recent.shows_now(&settled).then_some(Fault::Damaged));
        let Some(shown) = shown else {
            let clear = if self.urgent { config.urgent_dwell } else { config.dwell };
            return fault.and_then(|_| self.vote_same(at, (config.clear * clear as f32) as Millis, &settled, out));
        };
        self.faults[shown as usize] = self.faults[shown as usize].saturating_add(1);
        self.looks = self.looks.saturating_add(1);
        self.score += if fault.is_some() { verdict.score } else { settled.share.max(config.score) };
        self.same_since = None;
        let score = self.score / self.faults.iter().sum::<u32>().max(1) as f32;
        let sighting = Sighting { at, bbox: verdict.found, label: Label::Component, score };
        let (yes, first) = self.recent.showing(&settled);
        let Some(case) = &mut self.case else {
            let name = self.names.name(first.unwrap_or(at).min(at));
            self.case = Some(Case::begin(name, 0, at, sighting, out));
            return None;
        };
        case.last = sighting;
        case.dwell = at.since(case.id.start);
        // A surface has no tiles; of anything else the same part must be lost in most looks.
        let agreed = shown == Fault::Blocked || settled.share >= AGREED && self.recent.steadiness(&settled) >= STEADY;
        // A fault is as old as the first look that shows what stays lost.
        let old = case.dwell.max(first.map_or(0, |first| at.since(first)));
        let slight = shown == Fault::Damaged && settled.share < SLIGHT;
        let dwell = if slight { 3 * config.dwell / 2 } else { config.dwell };
        let is_due = old >= dwell && yes >= config.votes.clamp(1, n) && agreed;
        let needed = config.urgent_votes.min(config.urgent_votes_of).max(1);
        let at_once = self.urgent && case.dwell >= config.urgent_dwell && self.votes.yes() >= needed;
        if case.is_open() {
            case.update(at, config.update, out);
        } else if is_due || at_once {
            case.raise(at, out);
        } else if 2 * case.dwell >= config.dwell {
            case.half(at, out);
        }
        None
    }

    /// It is as it was: after a while of this the fault is over.
    fn vote_same(&mut self, at: EventTime, clear: Millis, settled: &Settled, out: &mut Outcome) -> Option<Finding> {
        self.case.as_ref()?;
        self.looks = self.looks.saturating_add(1);
        if 2 * self.recent.showing(settled).0 > self.recent.len() {
            self.same_since = None;
            return None;
        }
        let since = *self.same_since.get_or_insert(at);
        (at.since(since) >= clear).then(|| self.close("found as it was", out)).flatten()
    }

    /// The fault is over, or was none: votes begin anew.
    pub fn close(&mut self, reason: &str, out: &mut Outcome) -> Option<Finding> {
        let finding = self.finding();
        if let Some(case) = self.case.take() {
            case.close(reason, out);
        }
        self.votes.clear();
        self.recent.clear();
        (self.faults, self.looks, self.score, self.same_since) = ([0; 4], 0, 0.0, None);
        finding
    }

    /// What is known of its fault.
    pub fn finding(&self) -> Option<Finding> {
        let case = self.case.as_ref()?;
        const OF: [Fault; 4] = [Fault::Missing, Fault::Displaced, Fault::Damaged, Fault::Blocked];
        // Of equally many the graver one, which stands first.
        let most = self.faults.iter().max().copied().unwrap_or(0);
        let fault = OF[self.faults.iter().position(|&n| n == most).unwrap_or(0)];
        let seen = self.faults.iter().sum();
        Some(Finding { stay: case.id.clone(), fault, seen, looks: self.looks, raised: case.raised, last: case.last })
    }
}
