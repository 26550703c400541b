//! The console: where people see candidates and decide them. It teaches nothing by itself: decisions go onto the
//! topic `verdicts`, and what it shows is a view of the topics.
//!
//! ```text
//! topics ─► project ─► store ◄─ desk, feedback ◄─ web ◄─ people (browsers, programs)
//!              ▲          └─ outbox ─► topic verdicts
//!              └── the same verdicts come back, and change nothing
//! topic readings ─► project ─► tracks     plans folder ◄─► plans ◄─ web
//! ```

mod backlog;
pub mod cameras;
pub mod desk;
pub mod feedback;
pub mod i18n;
pub mod people;
pub mod plans;
pub mod project;
mod serve;
pub mod store;
#[doc(hidden)]
#[allow(clippy::expect_used)]
pub mod testing;
pub mod tracks;
pub mod web;

pub use serve::{Console, ConsoleError, app, bind};
