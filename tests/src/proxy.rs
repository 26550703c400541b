//! A TCP proxy on loopback that can stop forwarding without telling anybody, as a cut line does.

use parking_lot::{Condvar, Mutex};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

/// A proxy to one port. Its threads end with their connections.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    gate: Arc<Gate>,
}

#[derive(Debug, Default)]
struct Gate {
    shut: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut shut = self.shut.lock();
        while *shut {
            self.opened.wait(&mut shut);
        }
    }
}

impl Proxy {
    /// Listens on a port of its own and forwards to `to`.
    ///
    /// # Errors
    /// No port, or no thread.
    pub fn start(to: u16) -> std::io::Result<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (port, gate) = (listener.local_addr()?.port(), Arc::<Gate>::default());
        let of_listener = gate.clone();
        std::thread::Builder::new().name("proxy".into()).spawn(move || {
            for client in listener.incoming().flatten() {
                let gate = of_listener.clone();
                let serve = move || {
                    gate.pass();
                    let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { return };
                    let (Ok(client_too), Ok(server_too)) = (client.try_clone(), server.try_clone()) else { return };
                    let back = gate.clone();
                    let backward = std::thread::spawn(move || forward(server_too, client_too, &back));
                    forward(client, server, &gate);
                    // A panic there has been told of by the thread itself.
                    let _ended = backward.join();
                };
                if std::thread::Builder::new().name("proxied".into()).spawn(serve).is_err() {
                    return;
                }
            }
        })?;
        Ok(Proxy { port, gate })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Holds everything back from now on, or lets it go on.
    pub fn shut(&self, shut: bool) {
        *self.gate.shut.lock() = shut;
        self.gate.opened.notify_all();
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, gate: &Gate) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = from.read(&mut buffer);
        gate.pass();
        match read {
            Ok(n) if n > 0 && to.write_all(&buffer[..n]).is_ok() => {}
            _ => break,
        }
    }
    // The other direction ends too.
    let _gone_already = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_sent_through_a_shut_door_comes_when_it_is_opened() {
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        let proxy = Proxy::start(server.local_addr().expect("bound").port()).expect("a proxy");
        let mut client = TcpStream::connect(("127.0.0.1", proxy.port())).expect("it listens");
        let (mut served, _) = server.accept().expect("forwarded");
        client.write_all(b"a").expect("open");
        let mut one = [0];
        served.read_exact(&mut one).expect("forwarded");
        proxy.shut(true);
        client.write_all(b"b").expect("the socket takes it");
        served.set_read_timeout(Some(Duration::from_millis(300))).expect("set");
        assert!(served.read_exact(&mut one).is_err(), "nothing comes through a shut door");
        proxy.shut(false);
        served.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
        served.read_exact(&mut one).expect("forwarded");
        assert_eq!(one, *b"b");
    }
}
