//! Terminals over TCP: a task for each connection.

use super::hub::{Hub, Peer, Wanted};
use super::rate::Rate;
use super::terminals::{Event, Slot};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// A terminal that reads nothing for so long is let go of.
const WRITE: Duration = Duration::from_secs(10);
/// When no connection can be accepted (no file descriptors left), before the next try.
const PAUSE: Duration = Duration::from_millis(100);
/// Bytes read at a time; on the stack, so ten thousand idle sessions hold none.
const READ: usize = 16 << 10;

/// How far a gateway has got with stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub enum Phase {
    /// It runs.
    Running,
    /// Nobody new is let in; what was taken is still answered.
    Draining,
    /// Sessions end.
    Ended,
}

/// Accepts until the gateway stops.
pub async fn listen(hub: Arc<Hub>, listener: TcpListener, mut phase: watch::Receiver<Phase>) {
    let mut rate = Rate::new(hub.terminals.limits().accepts_per_second, hub.clock.monotonic());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = phase.wait_for(|phase| *phase > Phase::Running) => return,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                metrics::counter!("streetwatch_gateway_connections_refused_total", "reason" => "accept").increment(1);
                if let Some(untold) = hub.complaints.tell("accept", hub.clock.monotonic()) {
                    tracing::error!(%error, untold, "no connection can be accepted");
                }
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let admitted = match rate.take(hub.clock.monotonic()) {
            true => hub.terminals.admit(address, "tcp"),
            false => Err("rate"),
        };
        match admitted {
            Ok(slot) => drop(tokio::spawn(serve(hub.clone(), stream, slot, phase.clone()))),
            Err(reason) => hub.turned_away(reason, address),
        }
    }
}

async fn serve(hub: Arc<Hub>, mut stream: TcpStream, slot: Slot, mut phase: watch::Receiver<Phase>) {
    // Answers are a few bytes each.
    let _without = stream.set_nodelay(true);
    // At most as many acknowledgements as messages wait, and commands that people wait for.
    let (events, mut received) = mpsc::unbounded_channel::<Event>();
    let mailbox = Arc::new(move |event| events.send(event).is_ok());
    let mut peer = Peer::new(&hub, slot, mailbox);
    loop {
        let patience = peer.session.deadline().saturating_sub(hub.clock.monotonic());
        // In this order, so that the last answers are written before a stopping gateway ends the session.
        let wanted = tokio::select! {
            biased;
            Some(event) = received.recv() => {
                let mut wanted = peer.event(&hub, event);
                while let Ok(event) = received.try_recv() {
                    let more = peer.event(&hub, event);
                    wanted.send.extend(more.send);
                    wanted.close |= more.close;
                }
                wanted
            }
            _ = phase.wait_for(|phase| *phase == Phase::Ended) => return,
            () = tokio::time::sleep(patience) => {
                let now = hub.clock.monotonic();
                peer.with(&hub, |session, out| session.tick(now, out))
            }
            ready = stream.readable() => match ready.map(|()| read(&hub, &stream, &mut peer)) {
                Ok(Some(wanted)) => wanted,
                _ => return,
            },
        };
        if !wanted.send.is_empty() {
            match tokio::time::timeout(WRITE, stream.write_all(&wanted.send)).await {
                Ok(Ok(())) => {}
                _ => return,
            }
        }
        if wanted.close {
            return;
        }
    }
}

/// Takes what there is; `None` at the end of the connection.
fn read(hub: &Hub, stream: &TcpStream, peer: &mut Peer) -> Option<Wanted> {
    let mut buffer = [0u8; READ];
    match stream.try_read(&mut buffer) {
        Ok(0) => None,
        Ok(n) => {
            let now = hub.clock.monotonic();
            Some(peer.with(hub, |session, out| session.bytes(&buffer[..n], now, out)))
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Some(Wanted::default()),
        Err(_) => None,
    }
}
