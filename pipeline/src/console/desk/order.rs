//! A decision as the page or the API sends it, checked before anything is looked up.

use super::{Desk, Refused};
use crate::console::people::Actor;
use crate::payload::{Action, Missed, OffsetTime, RejectReason, Verdict};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest comment, in characters.
pub const MAX_TEXT: usize = 2000;

/// Namespace of the ids of reported misses. Never change it.
const MISSED: Uuid = Uuid::from_u128(0x1f0c_5a27_83f5_4a0d_b1de_6e1a_90ac_4d57);

/// A decision that somebody wants to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Chosen by the page: a click that is sent again after a lost answer is the same decision.
    pub id: Uuid,
    /// The candidate.
    pub candidate: Uuid,
    /// What to do.
    pub action: Action,
    /// With `reject`: why.
    #[serde(default)]
    pub reason: Option<RejectReason>,
    /// With the reason `duplicate-of`: of which candidate.
    #[serde(default)]
    pub duplicate_of: Option<Uuid>,
    /// With `merge`: into which candidate.
    #[serde(default)]
    pub into: Option<Uuid>,
    /// With `change-class`: the class of the city's table.
    #[serde(default)]
    pub class_code: Option<String>,
    /// Words; with `comment` and the reason `other` they must be there.
    #[serde(default)]
    pub text: Option<String>,
    /// With `undo`: the verdict to take back.
    #[serde(default)]
    pub undoes: Option<Uuid>,
    /// The revision of the candidate that the person saw.
    #[serde(default)]
    pub seen_revision: Option<i64>,
}

/// A case that somebody saw in a camera's picture and no rule raised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissedOrder {
    /// Chosen by the page: sent again it is the same report.
    pub id: Uuid,
    /// Camera id.
    pub camera: String,
    /// Zone id; empty where it lies in none.
    #[serde(default)]
    pub zone: String,
    /// The rule that should have found it.
    pub rule: String,
    /// The class of the city's table.
    pub class_code: String,
    /// Time of the picture, milliseconds since 1970 UTC.
    pub at: i64,
    /// Left, top, width, height, each 0..1 of the picture.
    pub bbox: [f32; 4],
    /// Where the picture was kept.
    #[serde(default)]
    pub uri: Option<String>,
    /// Its SHA-256.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Words.
    #[serde(default)]
    pub text: Option<String>,
}

impl Desk {
    /// The verdict that an order asks for, if it makes sense by itself.
    pub(super) fn verdict(&self, actor: &Actor, order: &Order) -> Result<Verdict, Refused> {
        let invalid = |why: &str| Err(Refused::Invalid(why.to_owned()));
        let text = checked_text(order.text.as_deref())?;
        let action = order.action;
        let only = |given: bool, with: Action, what: &str| {
            if given && action != with {
                return Err(Refused::Invalid(format!("{what} goes with {} only", with.as_str())));
            }
            Ok(())
        };
        only(order.reason.is_some(), Action::Reject, "`reason`")?;
        only(order.into.is_some(), Action::Merge, "`into`")?;
        only(order.class_code.is_some(), Action::ChangeClass, "`class_code`")?;
        only(order.undoes.is_some(), Action::Undo, "`undoes`")?;
        if order.duplicate_of.is_some() != (order.reason == Some(RejectReason::DuplicateOf)) {
            return invalid("`duplicate_of` goes with the reason duplicate-of, and that with it");
        }
        if order.duplicate_of == Some(order.candidate) || order.into == Some(order.candidate) {
            return invalid("a candidate cannot repeat itself or be a part of itself");
        }
        match action {
            Action::Reject if order.reason.is_none() => return invalid("a rejection needs a `reason`"),
            Action::Reject if order.reason == Some(RejectReason::Other) && text.is_none() => {
                return invalid("the reason other needs a `text`");
            }
            Action::Merge if order.into.is_none() => return invalid("a merge needs `into`"),
            Action::Undo if order.undoes.is_none() => return invalid("an undo needs `undoes`"),
            Action::Comment if text.is_none() => return invalid("a comment needs a `text`"),
            Action::ReportMissed => return invalid("a miss is reported from a camera's picture"),
            Action::Comment => {}
            _ if order.seen_revision.is_none() => return invalid("a decision needs `seen_revision`"),
            _ => {}
        }
        let class = match (action, &order.class_code) {
            (Action::ChangeClass, Some(code)) => Some(self.class(code)?),
            (Action::ChangeClass, None) => return invalid("another class needs a `class_code`"),
            _ => None,
        };
        Ok(Verdict {
            id: order.id,
            candidate: order.candidate,
            action,
            reason: order.reason,
            duplicate_of: order.duplicate_of,
            into: order.into,
            class_code: class.as_ref().map(|(code, _)| code.clone()),
            class_name: class.map(|(_, name)| name),
            text,
            undoes: order.undoes,
            missed: None,
            second: false,
            reviewer: actor.login.clone(),
            at: self.local(self.now()),
            seen_revision: order.seen_revision.filter(|_| action != Action::Comment),
        })
    }

    /// The verdict that a report of a miss is, with the place that the camera has.
    pub(super) fn missed(
        &self,
        actor: &Actor,
        order: &MissedOrder,
        camera: &crate::console::desk::CameraPlace,
    ) -> Result<Verdict, Refused> {
        let invalid = |why: &str| Err(Refused::Invalid(why.to_owned()));
        let [x, y, w, h] = order.bbox;
        let inside = [x, y, w, h].iter().all(|v| (0.0..=1.0).contains(v)) && x + w <= 1.001 && y + h <= 1.001;
        if !inside || w <= 0.0 || h <= 0.0 {
            return invalid("the box lies outside of the picture, or is none");
        }
        if order.at > self.now() + 60_000 || order.at < 0 {
            return invalid("the picture's time lies in the future");
        }
        let short = |text: &str| !text.is_empty() && text.len() <= 128 && !text.contains(char::is_control);
        if !short(&order.rule) || (!order.zone.is_empty() && !short(&order.zone)) {
            return invalid("rule and zone are names of at most 128 bytes");
        }
        if order.sha256.as_ref().is_some_and(|sha| sha.len() != 64 || !sha.bytes().all(|b| b.is_ascii_hexdigit())) {
            return invalid("`sha256` is no SHA-256 in hexadecimal");
        }
        let (class_code, class_name) = self.class(&order.class_code)?;
        let at: OffsetTime = self.local(order.at);
        Ok(Verdict {
            id: order.id,
            candidate: Uuid::new_v5(&MISSED, order.id.as_bytes()),
            action: Action::ReportMissed,
            reason: None,
            duplicate_of: None,
            into: None,
            class_code: None,
            class_name: None,
            text: checked_text(order.text.as_deref())?,
            undoes: None,
            missed: Some(Missed {
                rule: order.rule.clone(),
                camera: order.camera.clone(),
                preset: camera.preset.clone(),
                zone: order.zone.clone(),
                class_code,
                class_name,
                grid: camera.grid.clone(),
                location: camera.location,
                at,
                bbox: order.bbox,
                uri: order.uri.clone(),
                sha256: order.sha256.as_ref().map(|sha| sha.to_lowercase()),
            }),
            second: false,
            reviewer: actor.login.clone(),
            at: self.local(self.now()),
            seen_revision: Some(0),
        })
    }

    fn class(&self, code: &str) -> Result<(String, String), Refused> {
        let codes = &self.settings().codes;
        let class = codes.matter(code).or_else(|| codes.component_fault(code));
        class.map(|class| (class.code, class.name)).ok_or_else(|| {
            let shown: String = code.chars().take(16).collect();
            Refused::Invalid(format!("the class table {} has no class {shown:?}", codes.id()))
        })
    }
}

/// Words without what no text should hold; `None` where nothing is left.
fn checked_text(text: Option<&str>) -> Result<Option<String>, Refused> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().count() > MAX_TEXT {
        return Err(Refused::Invalid(format!("the text is longer than {MAX_TEXT} characters")));
    }
    let kept: String = text.chars().filter(|c| !c.is_control() || *c == '\n' || *c == '\t').collect();
    let kept = kept.trim();
    Ok((!kept.is_empty()).then(|| kept.to_owned()))
}
