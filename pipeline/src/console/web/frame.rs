//! What every page has: tongue, look, who is signed in, navigation, messages.

use super::flash::Flash;
use super::theme::Theme;
use super::visitor::Visitor;
use super::{App, assets};
use crate::console::i18n::Tongue;
use crate::console::people::{Role, Session};
use crate::console::tracks::has_devices;
use std::sync::Arc;

/// One place of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its address.
    pub href: &'static str,
    /// Key of its words.
    pub key: &'static str,
    /// The least role that sees it.
    pub role: Role,
    /// Whether the page is in it.
    pub here: bool,
}

/// The navigation, in order.
const PLACES: [(&str, &str, Role); 7] = [
    ("/queue", "nav.queue", Role::Viewer),
    ("/cameras", "nav.cameras", Role::Viewer),
    ("/map", "nav.map", Role::Viewer),
    ("/plans", "nav.plans", Role::Viewer),
    ("/feedback", "nav.feedback", Role::Supervisor),
    ("/audit", "nav.audit", Role::Supervisor),
    ("/users", "nav.users", Role::Administrator),
];

/// Keys of the help overlay, with the key of their words.
const HELP: [(&str, &str); 15] = [
    ("c", "help.confirm"),
    ("r", "help.reject"),
    ("j", "help.next"),
    ("k", "help.previous"),
    ("u", "help.undo"),
    ("e", "help.escalate"),
    ("m", "help.merge"),
    ("g", "help.class"),
    ("n", "help.comment"),
    ("x", "help.select"),
    ("o", "help.open"),
    ("v", "help.marks"),
    ("/", "help.search"),
    ("q", "help.back"),
    ("?", "help.help"),
];

/// Keys of the reasons of a rejection, the same for every rule: hands learn them.
const REASONS: [(&str, &str); 10] = [
    ("1", "legal-stall"),
    ("2", "in-shop-trade"),
    ("3", "riding-vendor"),
    ("4", "queueing-traffic"),
    ("5", "driver-present"),
    ("6", "bin-not-full"),
    ("7", "covered-load"),
    ("8", "occluded"),
    ("9", "light-or-shadow"),
    ("0", "wrong-place"),
];

/// What every page has. Templates call it `frame`.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Language of the page.
    pub tongue: Tongue,
    /// Look of the page.
    pub theme: Theme,
    /// The city's name.
    pub city: String,
    /// Who is signed in.
    pub user: Option<Arc<Session>>,
    /// What its forms must carry.
    pub csrf: String,
    /// Where the page is, for the switches of tongue and look to come back to.
    pub to: String,
    /// The city has vehicles or devices: there is a map of them.
    pub sensors: bool,
    /// The city has a folder of plans.
    pub plans: bool,
    /// Decisions that wait for the log.
    pub outbox: u64,
    /// A message of the request before.
    pub flash: Option<Flash>,
}

impl Frame {
    /// The frame of a page for a visitor.
    pub fn new(app: &App, visitor: &Visitor) -> Self {
        Frame {
            tongue: visitor.tongue,
            theme: visitor.theme,
            city: app.city.clone(),
            user: visitor.session.clone(),
            csrf: visitor.session.as_ref().map(|s| s.csrf()).unwrap_or_default(),
            to: visitor.to.clone(),
            sensors: has_devices(&app.config),
            plans: app.plans.folder().is_some(),
            outbox: app.live.borrow().outbox,
            flash: visitor.flash.as_deref().and_then(|text| Flash::read(text, visitor.tongue)),
        }
    }

    /// The words of a key.
    pub fn t<'k>(&self, key: &'k str) -> &'k str {
        self.tongue.t(key)
    }

    /// The words of a key with its holes filled.
    pub fn with(&self, key: &str, values: &[&str]) -> String {
        self.tongue.with(key, values)
    }

    /// The words of a group's word (`rule`, `illegal-parking`).
    pub fn of(&self, group: &str, word: &str) -> String {
        self.tongue.of(group, word)
    }

    /// The navigation that this user sees.
    pub fn places(&self) -> Vec<Place> {
        let role = self.user.as_ref().map(|user| user.role);
        let seen = PLACES.into_iter().filter(|(_, _, needs)| role >= Some(*needs));
        let seen = seen.filter(|(href, ..)| match *href {
            "/map" => self.sensors,
            "/plans" => self.plans,
            _ => true,
        });
        seen.map(|(href, key, role)| Place { href, key, role, here: self.is_in(href) }).collect()
    }

    fn is_in(&self, href: &str) -> bool {
        let path = self.to.split('?').next().unwrap_or_default();
        let below = |place: &str| path.strip_prefix(place).is_some_and(|r| r.is_empty() || r.starts_with(['/', '.']));
        below(href) || (href == "/queue" && below("/candidates"))
    }

    /// Whether the user may at least do what a role may.
    pub fn may(&self, role: &str) -> bool {
        let needs = role.parse::<Role>().ok();
        needs.is_some_and(|needs| self.user.as_ref().is_some_and(|user| user.role >= needs))
    }

    /// Keys and what they do.
    pub fn help(&self) -> Vec<(&'static str, &'static str)> {
        HELP.iter().map(|(key, words)| (*key, self.tongue.t(words))).collect()
    }

    /// Reasons of a rejection, each with its key.
    pub fn reasons(&self) -> &'static [(&'static str, &'static str)] {
        &REASONS
    }

    /// The tongue that the switch switches to.
    pub fn other_tongue(&self) -> &'static str {
        match self.tongue {
            Tongue::Zh => "en",
            Tongue::En => "zh",
        }
    }

    /// How many decisions wait for the log.
    pub fn outbox_words(&self) -> String {
        self.tongue.with("frame.outbox", &[&self.outbox.to_string()])
    }

    /// What makes the address of style and script another when they change.
    pub fn stamp(&self) -> &'static str {
        assets::stamp()
    }

    /// A fresh id for a form: pressed twice, it is the same decision.
    pub fn fresh(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }
}
