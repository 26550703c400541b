//! The connection to a broker: subscribe, read, hand on, acknowledge.

use super::super::hub::Hub;
use super::map::{Ignored, Taken};
use super::{Broker, tls};
use crate::gateway::outbox::Receipt;
use crate::log::Record;
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, Packet, Publish, QoS, SubscribeReasonCode, Transport,
};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::mpsc;

/// A broker that says nothing to a ping for so long is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// Largest packet. What is larger breaks the connection, so it is far above what we look at.
const LARGEST_PACKET: usize = 32 << 20;
/// Acknowledgements that may wait for the connection.
const REQUESTS: usize = 16_384;
/// Readings that may wait for room in the outbox; then nothing more is read from the broker.
const WAITING: usize = 1024;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Why a broker cannot be used as it is configured.
#[derive(Debug, Error)]
pub enum MqttError {
    /// The password's file.
    #[error("the password file {file} cannot be read: {source}")]
    Password {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The authorities' file.
    #[error("the certificates of {file} cannot be used: {why}")]
    Authorities {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// TLS itself.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// A broker at work: its two tasks end when this is dropped.
#[derive(Debug)]
pub struct Connection {
    reading: tokio::task::JoinHandle<()>,
    handing_on: tokio::task::JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reading.abort();
        self.handing_on.abort();
    }
}

/// Connects to a broker, and again whenever the connection is lost.
///
/// # Errors
/// A file that it needs cannot be used.
pub fn connect(hub: Arc<Hub>, broker: Broker) -> Result<Connection, MqttError> {
    let (client, events) = AsyncClient::new(options(&broker)?, REQUESTS);
    let (hand_on, mut waiting) = mpsc::channel::<(Record, Receipt)>(WAITING);
    let outbox = hub.outbox.clone();
    let handing_on = tokio::spawn(async move {
        while let Some((record, receipt)) = waiting.recv().await {
            outbox.put(vec![record], receipt).await;
        }
    });
    let subscriber = Subscriber { hub, shown: broker.shown(), broker, client, hand_on, connections: Arc::default() };
    let reading = tokio::spawn(subscriber.run(events));
    Ok(Connection { reading, handing_on })
}

/// What a broker is connected to with: its files are read here.
///
/// # Errors
/// One of them cannot be used.
pub fn options(broker: &Broker) -> Result<MqttOptions, MqttError> {
    let mut options = MqttOptions::new(&broker.id, &broker.host, broker.port);
    options.set_keep_alive(KEEP_ALIVE).set_max_packet_size(LARGEST_PACKET, 64 << 10);
    // The broker keeps what we have not acknowledged, and sends it again.
    options.set_clean_session(false).set_manual_acks(true);
    if let Some(user) = &broker.user {
        let password = match &broker.password_file {
            None => String::new(),
            Some(file) => std::fs::read_to_string(file)
                .map_err(|source| MqttError::Password { file: file.clone(), source })?
                .trim_end_matches(['\r', '\n'])
                .to_owned(),
        };
        options.set_credentials(user, password);
    }
    if broker.tls {
        let config = tls::client_config(broker.ca_file.as_deref())?;
        options.set_transport(Transport::tls_with_config(rumqttc::TlsConfiguration::Rustls(config)));
    }
    Ok(options)
}

struct Subscriber {
    hub: Arc<Hub>,
    broker: Broker,
    shown: String,
    client: AsyncClient,
    hand_on: mpsc::Sender<(Record, Receipt)>,
    /// Connections so far: an acknowledgement is for the one that brought the message.
    connections: Arc<AtomicU64>,
}

impl Subscriber {
    async fn run(self, mut events: EventLoop) {
        let mut pause = FIRST_PAUSE;
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    pause = FIRST_PAUSE;
                    self.connected();
                }
                Ok(Event::Incoming(Packet::SubAck(answer))) => {
                    if answer.return_codes.contains(&SubscribeReasonCode::Failure) {
                        let hint = "the broker refuses a subscription; look at its access list";
                        tracing::error!(broker = self.shown, "{hint}");
                    }
                }
                Ok(Event::Incoming(Packet::Publish(message))) => self.take(message).await,
                Ok(_) => {}
                Err(ConnectionError::RequestsDone) => return,
                Err(error) => {
                    self.gauge(0.0);
                    if let Some(untold) = self.hub.complaints.tell("mqtt", self.hub.clock.monotonic()) {
                        tracing::warn!(broker = self.shown, %error, untold, "no connection; the broker keeps what it can");
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn gauge(&self, connected: f64) {
        metrics::gauge!("streetwatch_gateway_mqtt_connected", "broker" => self.shown.clone()).set(connected);
    }

    /// Subscribed to again each time: a broker that was restarted may know nothing of us.
    fn connected(&self) {
        self.connections.fetch_add(1, Ordering::SeqCst);
        self.gauge(1.0);
        tracing::info!(broker = self.shown, "connected");
        for map in &self.broker.maps {
            if let Err(error) = self.client.try_subscribe(map.filter(), QoS::AtLeastOnce) {
                tracing::error!(broker = self.shown, %error, "cannot be subscribed to");
            }
        }
    }

    async fn take(&self, message: Publish) {
        let arrived = self.hub.clock.now();
        let read = self.broker.maps.iter().find_map(|map| Some((map, map.matches(&message.topic)?)));
        let taken = match read {
            None => Err(Ignored::NoMapping),
            Some((map, named)) => map.read(named, &message.payload, message.retain, arrived),
        };
        match taken {
            Ok(Taken { reading, odd }) => {
                if odd > 0 {
                    self.ignored("value", odd, &message.topic);
                }
                let record = self.hub.envelope.record(reading);
                let receipt = self.receipt(message);
                // It ends with the process.
                let _handed_on = self.hand_on.send((record, receipt)).await;
            }
            Err(why) => {
                self.ignored(why.reason(), 1, &message.topic);
                // Sent again it would be no better.
                let _acknowledged = self.client.try_ack(&message);
            }
        }
    }

    fn ignored(&self, reason: &'static str, count: u64, topic: &str) {
        metrics::counter!("streetwatch_gateway_mqtt_ignored_total", "reason" => reason).increment(count);
        if let Some(untold) = self.hub.complaints.tell(reason, self.hub.clock.monotonic()) {
            tracing::warn!(broker = self.shown, topic, reason, untold, "a message, or a value of it, is not taken");
        }
    }

    fn receipt(&self, message: Publish) -> Receipt {
        let (client, connections) = (self.client.clone(), self.connections.clone());
        let of = connections.load(Ordering::SeqCst);
        Box::new(move || {
            metrics::counter!("streetwatch_gateway_readings_total", "from" => "mqtt").increment(1);
            if connections.load(Ordering::SeqCst) == of {
                // Where it cannot be sent, the broker sends the message again.
                let _acknowledged = client.try_ack(&message);
            }
        })
    }
}
