//! What a session says to its terminal.

use super::super::jt808::{Ack, AckResult, Edition, EncodeError, Header, Message, RegisterReply, Registration, frames};
use super::{Action, OVERDUE, Session, Ticket, moment};
use std::time::Duration;

impl Session {
    pub(super) fn register(&mut self, ticket: Ticket, said: &Registration, out: &mut Vec<Action>) {
        let Some(header) = self.header else { return };
        let number = header.phone.number();
        let (result, code) = match self.rules.admission.register(&number, said) {
            Ok(()) => (0, Some(self.rules.codes.code(&number))),
            Err(result) => {
                out.push(Action::Refused("registration"));
                (result, None)
            }
        };
        self.say(&Message::Registered(RegisterReply { serial: ticket.serial, result, code }), out);
    }

    pub(super) fn authenticate(&mut self, ticket: Ticket, code: &str, out: &mut Vec<Action>) {
        let Some(header) = self.header else { return };
        let number = header.phone.number();
        if !self.rules.admission.knows(&number) || !self.rules.codes.accepts(&number, code) {
            out.push(Action::Refused("code"));
            return self.answer(ticket, AckResult::Failed, out);
        }
        self.authentication = ticket.serial;
        if self.number.is_none() {
            self.number = Some(number.clone());
            out.push(Action::Authenticated { number });
        }
        self.answer(ticket, AckResult::Done, out);
    }

    /// 0x8003: which parts have not come. Since 2019 their number has two bytes.
    pub(super) fn ask_for_parts(&mut self, now: Duration, out: &mut Vec<Action>) {
        self.parts_due = None;
        let Some(header) = self.header else { return };
        let overdue = self.rules.parts.lock().overdue(header.phone, moment(now), OVERDUE.as_millis() as i64);
        for message in overdue {
            let mut body = message.serial.to_be_bytes().to_vec();
            match header.edition {
                Edition::Y2019 => body.extend((message.missing.len() as u16).to_be_bytes()),
                _ => body.push(message.missing.len() as u8),
            }
            message.missing.iter().for_each(|index| body.extend(index.to_be_bytes()));
            self.say(&Message::Other { id: 0x8003, body }, out);
            self.parts_due = Some(now + OVERDUE);
        }
    }

    pub(super) fn answer(&mut self, ticket: Ticket, result: AckResult, out: &mut Vec<Action>) {
        self.say(&Message::PlatformAck(Ack { serial: ticket.serial, id: ticket.id, result }), out);
    }

    /// Sends what is ours, which every edition can say.
    pub(super) fn say(&mut self, message: &Message, out: &mut Vec<Action>) {
        if let Err(error) = self.send(message, out) {
            tracing::error!(%error, "an answer to a terminal cannot be written");
        }
    }

    pub(super) fn send(&mut self, message: &Message, out: &mut Vec<Action>) -> Result<(), EncodeError> {
        let Some(header) = self.header else { return Ok(()) };
        let header = Header { serial: self.serial, encryption: 0, part: None, ..header };
        let frames = frames(&header, message)?;
        self.serial = self.serial.wrapping_add(frames.len() as u16);
        out.push(Action::Send(frames.concat()));
        Ok(())
    }
}
