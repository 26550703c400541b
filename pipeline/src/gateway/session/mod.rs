//! One terminal's session: bytes in, actions out. No socket, and the time is handed in.
//!
//! ```text
//! nobody ── 0x0100 ─► 0x8100 with the code ── 0x0102 with the code ─► terminal ── 0x0200, 0x0704 ─► Report
//!    │ 10 s                                                               │ silence, another's number
//!    └──────────────────────────────► Close ◄─────────────────────────────┘
//! ```
//! A report is answered only when [`Session::acknowledged`] says that the log
//! has it. Until then the same message sent again is not taken twice.

mod action;
mod say;
#[cfg(test)]
mod stories;

pub use action::{Action, Close, Report, Ticket};

use super::admission::Admission;
use super::jt808::{
    Ack, AckResult, BodyError, Deframer, Edition, EncodeError, Frame, FrameError, Header, Message, Parts, Phone,
    Reassembled,
};
use super::token::Codes;
use operators::vocabulary::EventTime;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// Messages of one session that may wait for the log; more are not taken, and the terminal sends them again.
pub const MAX_PENDING: usize = 128;
/// Parts that have not come after so long are asked for.
const OVERDUE: Duration = Duration::from_secs(5);

/// What holds for every session.
#[derive(Debug)]
pub struct Rules {
    /// The terminals' codes.
    pub codes: Codes,
    /// Who may register.
    pub admission: Arc<Admission>,
    /// A code must be shown within this time.
    pub deadline: Duration,
    /// A session without a whole frame for so long is over.
    pub silence: Duration,
    /// Messages in several frames, of all sessions together.
    pub parts: Mutex<Parts>,
}

/// A session.
#[derive(Debug)]
pub struct Session {
    rules: Arc<Rules>,
    deframer: Deframer,
    began: Duration,
    heard: Duration,
    /// Who it is, once that is shown.
    number: Option<String>,
    /// How it was addressed last.
    header: Option<Header>,
    authentication: u16,
    serial: u16,
    pending: Vec<Ticket>,
    /// When to look for missing parts.
    parts_due: Option<Duration>,
    had_parts: bool,
    closed: bool,
}

impl Session {
    /// A session of nobody yet.
    pub fn new(rules: Arc<Rules>, now: Duration) -> Session {
        Session {
            rules,
            deframer: Deframer::new(),
            began: now,
            heard: now,
            number: None,
            header: None,
            authentication: 0,
            serial: 0,
            pending: Vec::new(),
            parts_due: None,
            had_parts: false,
            closed: false,
        }
    }

    /// The terminal's number, once its code is shown.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// Edition of its frames.
    pub fn edition(&self) -> Option<Edition> {
        self.header.map(|header| header.edition)
    }

    /// Takes the next bytes of a stream.
    pub fn bytes(&mut self, bytes: &[u8], now: Duration, out: &mut Vec<Action>) {
        let mut deframer = std::mem::take(&mut self.deframer);
        deframer.push(bytes, |frame| self.frame(frame, now, out));
        self.deframer = deframer;
    }

    /// Takes a datagram: what is not whole in it never will be.
    pub fn datagram(&mut self, bytes: &[u8], now: Duration, out: &mut Vec<Action>) {
        let mut deframer = Deframer::new();
        deframer.push(bytes, |frame| self.frame(frame, now, out));
        if deframer.pending() > 0 && !self.closed {
            out.push(Action::Refused("cut-off"));
        }
    }

    /// When to call [`Session::tick`] at the latest.
    pub fn deadline(&self) -> Duration {
        let end = match self.number {
            None => self.began + self.rules.deadline,
            Some(_) => self.heard + self.rules.silence,
        };
        self.parts_due.map_or(end, |due| due.min(end))
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Duration, out: &mut Vec<Action>) {
        if self.parts_due.is_some_and(|due| due <= now) {
            self.ask_for_parts(now, out);
        }
        match self.number {
            None if now >= self.began + self.rules.deadline => self.close(Close::Unauthenticated, out),
            Some(_) if now >= self.heard + self.rules.silence => self.close(Close::Silent, out),
            _ => {}
        }
    }

    /// The log has a message: the terminal is told.
    pub fn acknowledged(&mut self, ticket: Ticket, out: &mut Vec<Action>) {
        self.forget(ticket);
        self.answer(ticket, AckResult::Done, out);
    }

    /// A message was not taken after all. The terminal is told nothing, and sends it again.
    pub fn forget(&mut self, ticket: Ticket) {
        self.pending.retain(|waiting| *waiting != ticket);
    }

    /// Another session has shown the same terminal's code.
    pub fn replaced(&mut self, out: &mut Vec<Action>) {
        let authentication = Ticket { serial: self.authentication, id: 0x0102 };
        self.answer(authentication, AckResult::Failed, out);
        self.close(Close::Replaced, out);
    }

    /// A message for the terminal; gives the serial that it will answer.
    ///
    /// # Errors
    /// It cannot be written in the terminal's edition.
    pub fn command(&mut self, message: &Message, out: &mut Vec<Action>) -> Result<u16, EncodeError> {
        let serial = self.serial;
        self.send(message, out)?;
        Ok(serial)
    }

    fn frame(&mut self, frame: Result<Frame<'_>, FrameError>, now: Duration, out: &mut Vec<Action>) {
        if self.closed {
            return;
        }
        let Frame { header, body } = match frame {
            Ok(frame) => frame,
            Err(error) => return out.push(Action::Refused(error.reason())),
        };
        if self.number.as_ref().is_some_and(|number| header.phone.number() != *number) {
            return self.close(Close::Identity, out);
        }
        self.heard = now;
        self.header = Some(header);
        let ticket = Ticket { serial: header.serial, id: header.id };
        if self.number.is_none() && !matches!(header.id, 0x0002 | 0x0100 | 0x0102) {
            out.push(Action::Refused("unauthenticated"));
            return self.answer(ticket, AckResult::Failed, out);
        }
        match self.message(&header, body, now) {
            Ok(Some(message)) => self.take(ticket, message, out),
            Ok(None) => {}
            Err(Unread::Body(error)) => {
                out.push(Action::Refused(error.reason()));
                let unsupported = matches!(error, BodyError::Encrypted(_));
                self.answer(ticket, if unsupported { AckResult::Unsupported } else { AckResult::Wrong }, out);
            }
            Err(Unread::Part(reason)) => out.push(Action::Refused(reason)),
        }
    }

    /// The whole message; none while parts of it are missing.
    fn message(&mut self, header: &Header, body: &[u8], now: Duration) -> Result<Option<Message>, Unread> {
        if header.part.is_none_or(|part| part.total <= 1) || header.encryption != 0 || self.number.is_none() {
            return Message::decode(header, body).map(Some).map_err(Unread::Body);
        }
        self.had_parts = true;
        match self.rules.parts.lock().push(header, body, moment(now)) {
            Reassembled::Whole(body) => {
                Message::decode_whole(header.id, header.edition, &body).map(Some).map_err(Unread::Body)
            }
            Reassembled::Waiting => {
                self.parts_due = Some(now + OVERDUE);
                Ok(None)
            }
            Reassembled::Duplicate => Err(Unread::Part("part-again")),
            Reassembled::Refused => Err(Unread::Part("part")),
        }
    }

    fn take(&mut self, ticket: Ticket, message: Message, out: &mut Vec<Action>) {
        match message {
            Message::Heartbeat => self.answer(ticket, AckResult::Done, out),
            Message::Register(said) => self.register(ticket, &said, out),
            Message::Authenticate(shown) => self.authenticate(ticket, &shown.code, out),
            Message::Unregister => {
                self.answer(ticket, AckResult::Done, out);
                self.close(Close::LoggedOut, out);
            }
            Message::TerminalAck(Ack { serial, result, .. }) => out.push(Action::Answered { serial, result }),
            Message::Location(location) => self.report(ticket, vec![location], out),
            Message::Batch(batch) => {
                batch.bad.iter().for_each(|bad| out.push(Action::Refused(bad.error.reason())));
                if batch.items.is_empty() {
                    let result = if batch.bad.is_empty() { AckResult::Done } else { AckResult::Wrong };
                    return self.answer(ticket, result, out);
                }
                self.report(ticket, batch.items, out);
            }
            _ => {
                out.push(Action::Refused("unsupported"));
                self.answer(ticket, AckResult::Unsupported, out);
            }
        }
    }

    fn report(&mut self, ticket: Ticket, locations: Vec<super::jt808::Location>, out: &mut Vec<Action>) {
        if self.pending.contains(&ticket) {
            out.push(Action::Refused("waits-already"));
        } else if self.pending.len() >= MAX_PENDING {
            out.push(Action::Refused("session-full"));
        } else {
            self.pending.push(ticket);
            out.push(Action::Report(Report { ticket, locations }));
        }
    }

    fn close(&mut self, why: Close, out: &mut Vec<Action>) {
        self.closed = true;
        out.push(Action::Close(why));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(phone) = self.header.map(|h| h.phone).filter(|_: &Phone| self.had_parts) {
            self.rules.parts.lock().forget(phone);
        }
    }
}

/// Why there is no message.
enum Unread {
    Body(BodyError),
    Part(&'static str),
}

/// [`Parts`] only compares times, so those of a monotonic clock serve.
fn moment(now: Duration) -> EventTime {
    EventTime(now.as_millis() as i64)
}
