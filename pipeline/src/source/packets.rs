//! One camera's packets as they come, with nothing decoded: what a recorder takes.

use super::health::{HealthBook, Note};
use super::mailbox::{Item, Mailbox, MailboxLimits, Popped};
use super::reader::{Decoding, Reader, Shared};
use super::{FeedConfig, HealthReport, MediaPacket, Opener, Reason, SourceError, StopFlag, avlog};
use crate::clock::Clock;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// Packets that may wait for the consumer; then the reading thread waits, and the camera with it.
const PACKETS: usize = 600;
/// Bytes that may wait.
const BYTES: usize = 32 << 20;

/// What a packet feed has to say.
#[derive(Debug)]
pub enum PacketEvent {
    /// The next packet, placed in event time.
    Packet(Arc<MediaPacket>),
    /// The state of the connection changed. Never `Online`: nothing is decoded here.
    Health(HealthReport),
    /// Nothing more will come.
    Ended,
    /// Nothing came in time.
    Idle,
}

/// One camera's packets: the reading thread of a [`super::Feed`], without its decoder.
pub struct PacketFeed {
    camera: Arc<str>,
    clock: Arc<dyn Clock>,
    mailbox: Arc<Mailbox>,
    decoding: Arc<Mutex<Decoding>>,
    stop: StopFlag,
    book: HealthBook,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl PacketFeed {
    /// Starts the reading thread.
    ///
    /// # Errors
    /// [`Reason::Internal`] when the system gives no thread.
    pub fn start(config: FeedConfig, opener: Arc<dyn Opener>, clock: Arc<dyn Clock>) -> Result<Self, SourceError> {
        let mailbox = Arc::new(Mailbox::new(MailboxLimits { samples: 1, packets: PACKETS, bytes: BYTES }));
        let (decoding, stop) = (Arc::<Mutex<Decoding>>::default(), StopFlag::default());
        let book = HealthBook::new(clock.now(), config.fresh_for());
        let camera: Arc<str> = config.camera.as_str().into();
        let shared = Shared {
            mailbox: Arc::clone(&mailbox),
            decoding: Arc::clone(&decoding),
            info: Arc::default(),
            tally: Arc::default(),
            stop: stop.clone(),
        };
        let mut reader = Reader::new(config, opener, Arc::clone(&clock), shared, None);
        let (closing, name) = (Arc::clone(&mailbox), Arc::clone(&camera));
        let run = move || {
            // However the thread ends, nobody waits for it for ever.
            let _closing = super::feed::CloseOnDrop(closing);
            avlog::enter(&name);
            reader.run();
        };
        let failed = |error: std::io::Error| SourceError::new(Reason::Internal, &*camera, error.to_string());
        let thread = std::thread::Builder::new().name(format!("read {camera}")).spawn(run).map_err(failed)?;
        Ok(PacketFeed { camera, clock, mailbox, decoding, stop, book, thread: Some(thread) })
    }

    /// The next event; waits up to `timeout` of real time for one.
    pub fn next(&mut self, timeout: Duration) -> PacketEvent {
        match self.mailbox.pop(timeout) {
            Popped::Item(Item::Packet(packet)) => {
                if packet.key {
                    self.keyframe();
                }
                PacketEvent::Packet(packet)
            }
            Popped::Item(Item::Note(note)) => self.note(&note),
            // A live reader without an intake plans nothing.
            Popped::Item(Item::Work(_)) | Popped::Nothing => PacketEvent::Idle,
            Popped::Closed => PacketEvent::Ended,
        }
    }

    /// A keyframe is here what a decoded picture is elsewhere: it makes the connection a good one, so that
    /// the waits begin anew after the next failure.
    fn keyframe(&self) {
        let now = self.clock.monotonic();
        let mut decoding = self.decoding.lock();
        let first = decoding.span.map_or(now, |(first, _)| first);
        decoding.span = Some((first, now));
    }

    fn note(&mut self, note: &Note) -> PacketEvent {
        match self.book.note(note, self.clock.now(), self.clock.monotonic()) {
            Some(report) => PacketEvent::Health(report),
            None => PacketEvent::Idle,
        }
    }

    /// Says goodbye to the camera and waits for the reading thread.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        self.stop.set();
        self.mailbox.wake();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(camera = %self.camera, "the reading thread had panicked");
        }
    }
}

impl Drop for PacketFeed {
    fn drop(&mut self) {
        self.shut_down();
    }
}
