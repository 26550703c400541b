//! Where vehicles, bins, covers and gauges come in.
//!
//! ```text
//! TCP, UDP ─► session (pure) ─► Report ─► reading ─► plausibility ─► outbox (bounded) ─► topic readings
//!             ▲ 0x8001 ◄───────────────────────────────────────────── acknowledged ◄──────┘
//! MQTT ─────► mapping (pure) ─► Reading ──────────────────────────────┘ PUBACK likewise
//! ```
//! [`jt808`] is the protocol of vehicle terminals, without any I/O; [`reading`]
//! says a terminal's report in the words of the operators. Nothing is answered
//! before the log has it, so what a terminal has been told is never lost.

mod admin;
mod admission;
mod check;
mod complaints;
mod envelope;
mod hub;
pub mod jt808;
pub mod mqtt;
mod order;
mod outbox;
mod probe;
mod rate;
pub mod reading;
pub mod session;
mod start;
mod tcp;
mod terminals;
#[cfg(test)]
mod terminals_tests;
#[cfg(test)]
mod testing;
mod token;
mod udp;

pub use admin::router as admin;
pub use admission::{Admission, Known, ListError};
pub use check::{problems, read_token};
pub use envelope::Envelope;
pub use hub::Hub;
pub use outbox::{Outbox, Receipt};
pub use probe::{Standing, router as probe};
pub use start::{Gateway, StartError, raise_file_limit, start};
pub use terminals::{Command, Event, Figures, Limits, Mailbox, Shown, Slot, Terminals};
pub use token::{Codes, KEY_VARIABLE, KeyError};
