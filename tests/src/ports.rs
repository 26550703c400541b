//! Ports of loopback that nobody listens on.

use std::net::TcpListener;

/// Ports that are kept from others until this is dropped: of several asked for one after the other two may be the same, and what
/// listens on any port in between may take one of them.
#[derive(Debug)]
pub(crate) struct Ports(Vec<TcpListener>);

impl Ports {
    /// So many.
    pub fn hold(many: usize) -> Result<Ports, String> {
        let held = (0..many).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>();
        held.map(Ports).map_err(|e| format!("no port: {e}"))
    }

    /// Their numbers, each another one.
    pub fn numbers(&self) -> Result<Vec<u16>, String> {
        self.0.iter().map(|held| held.local_addr().map(|at| at.port()).map_err(|e| e.to_string())).collect()
    }
}
