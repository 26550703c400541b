//! Three real brokers on loopback, and for each client a door of its own to them that can be shut.

use crate::kafka::{KafkaServer, NodeConfig};
use crate::ports::Ports;
use crate::proxy::Proxy;

/// Brokers of a cluster.
pub const BROKERS: usize = 3;

/// How quickly a cluster notices that a broker or a transaction is dead; docs/WORKERS.md recommends the same.
const QUICK: &str = "broker.session.timeout.ms=6000\nbroker.heartbeat.interval.ms=1000\n\
    transaction.abort.timed.out.transaction.cleanup.interval.ms=1000\nmin.insync.replicas=2\n\
    default.replication.factor=3\ncontroller.quorum.election.timeout.ms=2000\ncontroller.quorum.fetch.timeout.ms=3000\n\
    controlled.shutdown.enable=false";

/// Three brokers: replication 3, two in-sync replicas for an acknowledgement. Stopped when dropped.
#[derive(Debug)]
pub struct KafkaCluster {
    brokers: Vec<KafkaServer>,
    /// By client, then by broker.
    doors: Vec<Vec<Proxy>>,
}

impl KafkaCluster {
    /// Starts the brokers with a door for each of so many clients. `Err` is the reason to skip the test.
    ///
    /// # Errors
    /// Kafka or Java cannot be had, or a broker does not listen.
    pub fn start(clients: usize) -> Result<KafkaCluster, String> {
        // Held until the doors listen, which are given any port that is free.
        let held = Ports::hold(BROKERS * (2 + clients))?;
        let ports = held.numbers()?;
        let mut ports = ports.chunks_exact(BROKERS);
        let mut next = || ports.next().unwrap_or_default().to_vec();
        let (own, controllers) = (next(), next());
        let mut doors = Vec::new();
        let mut inner = vec![Vec::new(); BROKERS];
        for _ in 0..clients {
            let mut of_client = Vec::new();
            for (at, port) in inner.iter_mut().zip(next()) {
                at.push(port);
                of_client.push(Proxy::start(port).map_err(|e| format!("no proxy: {e}"))?);
            }
            doors.push(of_client);
        }
        drop(held);
        let mut brokers = Vec::new();
        for broker in 0..BROKERS {
            let listener =
                |client: usize| (format!("DOOR{client}"), inner[broker][client], doors[client][broker].port());
            let config = NodeConfig {
                id: broker + 1,
                port: own[broker],
                controllers: controllers.clone(),
                listeners: (0..clients).map(listener).collect(),
                lines: QUICK.to_owned(),
            };
            brokers.push(KafkaServer::format(&config)?);
        }
        // A controller alone has no majority and its broker would not listen.
        brokers.iter_mut().try_for_each(KafkaServer::launch)?;
        brokers.iter().try_for_each(KafkaServer::await_listening)?;
        Ok(KafkaCluster { brokers, doors })
    }

    /// The log's address past all doors.
    pub fn log(&self) -> String {
        let brokers: Vec<_> = self.brokers.iter().map(KafkaServer::address).collect();
        format!("kafka:{}?replication=3", brokers.join(","))
    }

    /// The log's address through a client's door.
    pub fn log_of(&self, client: usize) -> String {
        let brokers: Vec<_> = self.doors[client].iter().map(|door| format!("127.0.0.1:{}", door.port())).collect();
        format!("kafka:{}?replication=3", brokers.join(","))
    }

    /// Shuts or opens the door of a client: with it shut nothing comes through, and nothing says so.
    pub fn shut(&self, client: usize, shut: bool) {
        self.doors[client].iter().for_each(|door| door.shut(shut));
    }

    /// A broker.
    pub fn broker(&mut self, broker: usize) -> &mut KafkaServer {
        &mut self.brokers[broker]
    }
}
