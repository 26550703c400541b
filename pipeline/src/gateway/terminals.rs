//! Who is connected: how many there may be, and who has which number.

use super::jt808::{AckResult, Edition, Message};
use super::session::Ticket;
use operators::vocabulary::EventTime;
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tokio::sync::oneshot;

/// How many sessions there may be. Who comes when it is full is turned away and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub sessions: usize,
    /// From one address. A carrier's gateway brings many terminals from one.
    pub per_address: usize,
    /// That have not shown their code yet. One address may have a quarter of them, and UDP, where an address can be
    /// made up, half.
    pub unauthenticated: usize,
    /// New connections a second.
    pub accepts_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { sessions: 20_000, per_address: 5_000, unauthenticated: 2_000, accepts_per_second: 500 }
    }
}

/// What a session is told from outside.
#[derive(Debug)]
pub enum Event {
    /// The log has this message.
    Acknowledged(Ticket),
    /// Another session has its number now.
    Replaced,
    /// A message for the terminal.
    Command(Command),
}

/// A message for a terminal, and where its answer goes.
#[derive(Debug)]
pub struct Command {
    /// The message.
    pub message: Message,
    /// The terminal's answer, or why there is none.
    pub answer: oneshot::Sender<Result<AckResult, String>>,
}

/// Hands an event to a session; `false` when it is gone.
pub type Mailbox = Arc<dyn Fn(Event) -> bool + Send + Sync>;

/// What is known of a connected terminal while it reports.
#[derive(Debug, Default)]
pub struct Figures {
    /// Its last whole frame, wall time in ms.
    pub heard: AtomicI64,
    /// Its reports that the log has.
    pub reports: AtomicU64,
}

/// A connected terminal, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Its number.
    pub device: String,
    /// Where it comes from.
    pub address: String,
    /// `tcp` or `udp`.
    pub transport: &'static str,
    /// 2011 and 2013 have the same frames: 2013.
    pub edition: u16,
    /// When it showed its code; RFC 3339.
    pub since: String,
    /// When it last said something; RFC 3339.
    pub heard: String,
    /// Its messages with reports that are on the log, in this session.
    pub reports: u64,
}

struct Entry {
    session: u64,
    address: SocketAddr,
    transport: &'static str,
    edition: Option<Edition>,
    since: EventTime,
    mailbox: Mailbox,
    figures: Arc<Figures>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    sessions: usize,
    unauthenticated: usize,
    /// All, and those without a code.
    by_address: HashMap<IpAddr, (usize, usize)>,
    by_number: HashMap<String, Entry>,
}

/// All sessions of a gateway.
pub struct Terminals {
    limits: Limits,
    inner: Mutex<Inner>,
}

impl std::fmt::Debug for Terminals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminals").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Terminals {
    /// Nobody is connected.
    pub fn new(limits: Limits) -> Terminals {
        Terminals { limits, inner: Mutex::default() }
    }

    /// How many there may be.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// A place for a new session, given back when dropped.
    ///
    /// # Errors
    /// There is none, with a word for why.
    pub fn admit(self: &Arc<Self>, address: SocketAddr, transport: &'static str) -> Result<Slot, &'static str> {
        let mut inner = self.inner.lock();
        let (of_address, strangers) = inner.by_address.get(&address.ip()).copied().unwrap_or_default();
        if inner.sessions >= self.limits.sessions {
            return Err("full");
        }
        if of_address >= self.limits.per_address {
            return Err("address");
        }
        let of_transport = if transport == "udp" { 2 } else { 1 };
        if inner.unauthenticated >= self.limits.unauthenticated.div_ceil(of_transport) {
            return Err("unauthenticated");
        }
        if strangers >= self.limits.unauthenticated.div_ceil(4) {
            return Err("address-unauthenticated");
        }
        inner.sessions += 1;
        inner.unauthenticated += 1;
        inner.next += 1;
        inner.by_address.insert(address.ip(), (of_address + 1, strangers + 1));
        let id = inner.next;
        Ok(Slot { terminals: self.clone(), id, address, transport, number: None, figures: Arc::default() })
    }

    /// Sessions, and how many of them have shown no code.
    pub fn count(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        (inner.sessions, inner.unauthenticated)
    }

    /// Hands an event to the terminal of a number; `false` when it is not connected.
    pub fn tell(&self, number: &str, event: Event) -> bool {
        let mailbox = self.inner.lock().by_number.get(number).map(|entry| entry.mailbox.clone());
        mailbox.is_some_and(|mailbox| mailbox(event))
    }

    /// Whether a terminal is connected.
    pub fn is_connected(&self, number: &str) -> bool {
        self.inner.lock().by_number.contains_key(number)
    }

    /// Connected terminals by number.
    pub fn shown(&self, time: impl Fn(EventTime) -> String) -> Vec<Shown> {
        let inner = self.inner.lock();
        let mut shown: Vec<_> = inner
            .by_number
            .iter()
            .map(|(number, entry)| Shown {
                device: number.clone(),
                address: entry.address.to_string(),
                transport: entry.transport,
                edition: if entry.edition == Some(Edition::Y2019) { 2019 } else { 2013 },
                since: time(entry.since),
                heard: time(EventTime(entry.figures.heard.load(Ordering::Relaxed))),
                reports: entry.figures.reports.load(Ordering::Relaxed),
            })
            .collect();
        shown.sort_by(|a, b| a.device.cmp(&b.device));
        shown
    }
}

/// A session's place.
pub struct Slot {
    terminals: Arc<Terminals>,
    id: u64,
    address: SocketAddr,
    transport: &'static str,
    number: Option<String>,
    figures: Arc<Figures>,
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").field("id", &self.id).field("address", &self.address).finish_non_exhaustive()
    }
}

impl Slot {
    /// Where the session comes from.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Which session it is.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its figures.
    pub fn figures(&self) -> &Arc<Figures> {
        &self.figures
    }

    /// Its terminal has shown its code: the number is this session's now. Gives the session that had it before.
    pub fn claim(
        &mut self,
        number: &str,
        edition: Option<Edition>,
        since: EventTime,
        mailbox: Mailbox,
    ) -> Option<Mailbox> {
        self.figures.heard.store(since.0, Ordering::Relaxed);
        let entry = Entry {
            session: self.id,
            address: self.address,
            transport: self.transport,
            edition,
            since,
            mailbox,
            figures: self.figures.clone(),
        };
        let mut inner = self.terminals.inner.lock();
        if self.number.replace(number.to_owned()).is_none() {
            inner.unauthenticated -= 1;
            if let Some((_, strangers)) = inner.by_address.get_mut(&self.address.ip()) {
                *strangers -= 1;
            }
        }
        let before = inner.by_number.insert(number.to_owned(), entry);
        before.filter(|entry| entry.session != self.id).map(|entry| entry.mailbox)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut inner = self.terminals.inner.lock();
        inner.sessions -= 1;
        let stranger = usize::from(self.number.is_none());
        inner.unauthenticated -= stranger;
        let ip = self.address.ip();
        if let Some((all, strangers)) = inner.by_address.get_mut(&ip) {
            (*all, *strangers) = (*all - 1, *strangers - stranger);
            if *all == 0 {
                inner.by_address.remove(&ip);
            }
        }
        if let Some(number) = &self.number
            && inner.by_number.get(number).is_some_and(|entry| entry.session == self.id)
        {
            inner.by_number.remove(number);
        }
    }
}
