//! What every session of a gateway shares, and what becomes of what it wants done.

use super::complaints::Complaints;
use super::envelope::Envelope;
use super::jt808::AckResult;
use super::outbox::Outbox;
use super::reading::{Cues, reading};
use super::session::{Action, Close, Report, Rules, Session, Ticket};
use super::terminals::{Command, Event, Mailbox, Slot, Terminals};
use crate::clock::Clock;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;

/// Messages to one terminal that may wait for its answer.
const MAX_COMMANDS: usize = 16;

/// What sessions share.
#[derive(Debug)]
pub struct Hub {
    /// What holds for every session.
    pub rules: Arc<Rules>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The way to the log.
    pub outbox: Outbox,
    /// Who is connected.
    pub terminals: Arc<Terminals>,
    /// From readings to records.
    pub envelope: Envelope,
    /// What the bits of this city's terminals mean.
    pub cues: Cues,
    /// Which complaints are told.
    pub(super) complaints: Complaints,
}

/// A session with its place and what it waits for.
pub struct Peer {
    /// The session.
    pub session: Session,
    slot: Slot,
    mailbox: Mailbox,
    commands: HashMap<u16, oneshot::Sender<Result<AckResult, String>>>,
    actions: Vec<Action>,
}

/// What a session wants of its transport.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Bytes for the terminal.
    pub send: Vec<u8>,
    /// It is over.
    pub close: bool,
}

impl Peer {
    /// A new session in its place. `mailbox` leads back to it.
    pub fn new(hub: &Hub, slot: Slot, mailbox: Mailbox) -> Peer {
        let session = Session::new(hub.rules.clone(), hub.clock.monotonic());
        Peer { session, slot, mailbox, commands: HashMap::new(), actions: Vec::new() }
    }

    /// Where it comes from.
    pub fn address(&self) -> SocketAddr {
        self.slot.address()
    }

    /// Which session it is.
    pub fn id(&self) -> u64 {
        self.slot.id()
    }

    /// Lets the session take something, and does what it wants done.
    pub fn with(&mut self, hub: &Hub, take: impl FnOnce(&mut Session, &mut Vec<Action>)) -> Wanted {
        let mut actions = std::mem::take(&mut self.actions);
        take(&mut self.session, &mut actions);
        let mut wanted = Wanted::default();
        for action in actions.drain(..) {
            self.act(hub, action, &mut wanted);
        }
        self.actions = actions;
        wanted
    }

    /// Something from outside.
    pub fn event(&mut self, hub: &Hub, event: Event) -> Wanted {
        match event {
            Event::Acknowledged(ticket) => {
                self.slot.figures().reports.fetch_add(1, Ordering::Relaxed);
                self.with(hub, |session, out| session.acknowledged(ticket, out))
            }
            Event::Replaced => self.with(hub, Session::replaced),
            Event::Command(command) => self.command(hub, command),
        }
    }

    fn command(&mut self, hub: &Hub, Command { message, answer }: Command) -> Wanted {
        self.commands.retain(|_, waiting| !waiting.is_closed());
        if self.commands.len() >= MAX_COMMANDS {
            // Whoever asked has gone, or reads it.
            let _told = answer.send(Err(format!("{MAX_COMMANDS} messages wait for the terminal's answer already")));
            return Wanted::default();
        }
        let mut sent = Err(None);
        let wanted = self.with(hub, |session, out| sent = session.command(&message, out).map_err(Some));
        match sent {
            Ok(serial) => drop(self.commands.insert(serial, answer)),
            Err(why) => {
                let why = why.map_or_else(|| "the session is over".to_owned(), |error| error.to_string());
                let _told = answer.send(Err(why));
            }
        }
        wanted
    }

    fn act(&mut self, hub: &Hub, action: Action, wanted: &mut Wanted) {
        match action {
            Action::Send(bytes) => wanted.send.extend(bytes),
            Action::Authenticated { number } => {
                let (edition, now) = (self.session.edition(), hub.clock.now());
                if let Some(before) = self.slot.claim(&number, edition, now, self.mailbox.clone()) {
                    // It may be gone already.
                    let _told = before(Event::Replaced);
                }
            }
            Action::Report(report) => self.report(hub, report),
            Action::Answered { serial, result } => {
                if let Some(answer) = self.commands.remove(&serial) {
                    let _told = answer.send(Ok(result));
                }
            }
            Action::Refused(reason) => hub.refused(reason, self.address()),
            Action::Close(why) => {
                wanted.close = true;
                hub.closed(why, self.address(), self.session.number());
            }
        }
    }

    fn report(&mut self, hub: &Hub, Report { ticket, locations }: Report) {
        let Some(device) = self.session.number() else { return };
        let arrived = hub.clock.now();
        self.slot.figures().heard.store(arrived.0, Ordering::Relaxed);
        let of = |location| hub.envelope.record(reading(device, location, &hub.cues, arrived));
        let records: Vec<_> = locations.iter().map(of).collect();
        let (mailbox, count) = (self.mailbox.clone(), records.len() as u64);
        let receipt = move || {
            metrics::counter!("streetwatch_gateway_readings_total", "from" => "jt808").increment(count);
            // A terminal that has gone meanwhile sends it again, and is answered then.
            let _told = mailbox(Event::Acknowledged(ticket));
        };
        if !hub.outbox.offer(records, Box::new(receipt)) {
            self.not_taken(hub, ticket);
        }
    }

    fn not_taken(&mut self, hub: &Hub, ticket: Ticket) {
        self.session.forget(ticket);
        hub.refused("buffer-full", self.address());
    }
}

impl Hub {
    /// Counts a connection that was turned away.
    pub fn turned_away(&self, reason: &'static str, address: SocketAddr) {
        metrics::counter!("streetwatch_gateway_connections_refused_total", "reason" => reason).increment(1);
        if let Some(untold) = self.complaints.tell(reason, self.clock.monotonic()) {
            tracing::warn!(reason, %address, untold, "a connection is turned away");
        }
    }

    fn refused(&self, reason: &'static str, address: SocketAddr) {
        metrics::counter!("streetwatch_gateway_frames_refused_total", "reason" => reason).increment(1);
        if let Some(untold) = self.complaints.tell(reason, self.clock.monotonic()) {
            tracing::warn!(reason, %address, untold, "something from a terminal is not taken");
        }
    }

    fn closed(&self, why: Close, address: SocketAddr, number: Option<&str>) {
        let reason = why.reason();
        metrics::counter!("streetwatch_gateway_sessions_closed_total", "reason" => reason).increment(1);
        if why.is_suspicious()
            && let Some(untold) = self.complaints.tell(reason, self.clock.monotonic())
        {
            tracing::warn!(reason, %address, terminal = number.unwrap_or("none"), untold, "a session is closed");
        }
    }
}
