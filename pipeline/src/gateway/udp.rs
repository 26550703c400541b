//! Terminals over UDP: one task, a session for each address.
//!
//! An address is no proof of who sends: a session is somebody's only after its
//! code, and a stranger is answered with about as many bytes as it sent.

use super::hub::{Hub, Peer, Wanted};
use super::rate::Rate;
use super::tcp::Phase;
use super::terminals::{Event, Slot};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};

/// Largest datagram.
const LARGEST: usize = 64 << 10;
/// How often sessions are looked at.
const TICK: Duration = Duration::from_secs(1);

/// A session's address and number, and what it is told.
type ToPeer = (SocketAddr, u64, Event);

/// Serves until the gateway stops.
pub async fn listen(hub: Arc<Hub>, socket: UdpSocket, mut phase: watch::Receiver<Phase>) {
    let mut peers: HashMap<SocketAddr, Peer> = HashMap::new();
    let mut rate = Rate::new(hub.terminals.limits().accepts_per_second, hub.clock.monotonic());
    // At most as many acknowledgements as messages wait, and commands that people wait for.
    let (events, mut received) = mpsc::unbounded_channel::<ToPeer>();
    let mut buffer = vec![0u8; LARGEST];
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut draining = false;
    loop {
        // In this order, so that the last answers are sent before a stopping gateway ends the sessions.
        tokio::select! {
            biased;
            Some((address, id, event)) = received.recv() => {
                let Some(peer) = peers.get_mut(&address).filter(|peer| peer.id() == id) else { continue };
                let wanted = peer.event(&hub, event);
                perform(&socket, &mut peers, address, wanted);
            }
            _ = tick.tick() => {
                let now = hub.clock.monotonic();
                let due = peers.iter().filter(|(_, peer)| peer.session.deadline() <= now).map(|(address, _)| *address);
                for address in due.collect::<Vec<_>>() {
                    let Some(peer) = peers.get_mut(&address) else { continue };
                    let wanted = peer.with(&hub, |session, out| session.tick(now, out));
                    perform(&socket, &mut peers, address, wanted);
                }
            }
            changed = phase.changed() => {
                if changed.is_err() || *phase.borrow() == Phase::Ended {
                    return;
                }
                draining = true;
            }
            taken = socket.recv_from(&mut buffer), if !draining => {
                // ICMP's answers to what was sent come back here.
                let Ok((n, address)) = taken else { continue };
                let peer = match peers.entry(address) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => match admit(&hub, &mut rate, address) {
                        Some(slot) => {
                            let (events, id) = (events.clone(), slot.id());
                            let mailbox = Arc::new(move |event| events.send((address, id, event)).is_ok());
                            place.insert(Peer::new(&hub, slot, mailbox))
                        }
                        None => continue,
                    },
                };
                let now = hub.clock.monotonic();
                let wanted = peer.with(&hub, |session, out| session.datagram(&buffer[..n], now, out));
                perform(&socket, &mut peers, address, wanted);
            }
        }
    }
}

/// A place for a new address.
fn admit(hub: &Hub, rate: &mut Rate, address: SocketAddr) -> Option<Slot> {
    let admitted = match rate.take(hub.clock.monotonic()) {
        true => hub.terminals.admit(address, "udp"),
        false => Err("rate"),
    };
    admitted.inspect_err(|reason| hub.turned_away(reason, address)).ok()
}

fn perform(socket: &UdpSocket, peers: &mut HashMap<SocketAddr, Peer>, address: SocketAddr, wanted: Wanted) {
    if !wanted.send.is_empty() {
        // What the line does not take now is lost, as datagrams are: the terminal sends again.
        let _sent_or_lost = socket.try_send_to(&wanted.send, address);
    }
    if wanted.close {
        peers.remove(&address);
    }
}
