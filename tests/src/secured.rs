//! A real Kafka as k8s/components/strimzi has it: TLS, and no client without a certificate.

use crate::kafka::{KafkaServer, NodeConfig};
use crate::ports::Ports;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A broker whose clients' listener wants certificates; the plain one is for its own tools.
#[derive(Debug)]
pub struct SecuredKafka {
    /// The broker.
    pub server: KafkaServer,
    /// `host:port` of the secured listener.
    pub address: String,
    folder: tempfile::TempDir,
}

impl SecuredKafka {
    /// Makes certificates and starts the broker. `Err` is the reason to skip the test.
    ///
    /// # Errors
    /// The reason to skip the test.
    pub fn start() -> Result<SecuredKafka, String> {
        let folder = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
        authority(folder.path(), "ca")?;
        authority(folder.path(), "stranger")?;
        for name in ["broker", "user"] {
            certificate(folder.path(), name)?;
        }
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).map_err(|e| format!("{name}: {e}"));
        let chain = read("broker.key")? + &read("broker.crt")? + &read("ca.crt")?;
        std::fs::write(folder.path().join("broker.pem"), chain).map_err(|e| e.to_string())?;
        let ports = Ports::hold(3)?.numbers()?;
        let (port, controller, secured) = (ports[0], ports[1], ports[2]);
        let at = folder.path().display();
        // A later line of server.properties holds.
        let lines = format!(
            "listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},TLS://127.0.0.1:{secured}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{port},TLS://127.0.0.1:{secured}\n\
             listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL\n\
             listener.name.tls.ssl.keystore.type=PEM\nlistener.name.tls.ssl.keystore.location={at}/broker.pem\n\
             listener.name.tls.ssl.truststore.type=PEM\nlistener.name.tls.ssl.truststore.location={at}/ca.crt\n\
             listener.name.tls.ssl.client.auth=required\n"
        );
        let config = NodeConfig { id: 1, port, controllers: vec![controller], listeners: Vec::new(), lines };
        let mut server = KafkaServer::format(&config)?;
        server.restart()?;
        Ok(SecuredKafka { server, address: format!("127.0.0.1:{secured}"), folder })
    }

    /// A file of properties for a client that trusts this authority and shows this certificate, if any.
    pub fn properties(&self, authority: &str, user: Option<&str>) -> PathBuf {
        let at = self.folder.path().display();
        let mut text = format!(
            "# as k8s/components/strimzi/client.properties\nsecurity.protocol=ssl\nssl.ca.location={at}/{authority}.crt\n"
        );
        if let Some(user) = user {
            text += &format!("ssl.certificate.location={at}/{user}.crt\nssl.key.location={at}/{user}.key\n");
        }
        let file = self.folder.path().join(format!("{authority}-{}.properties", user.unwrap_or("nobody")));
        std::fs::write(&file, text).expect("a temporary file can be written");
        file
    }
}

fn openssl(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output();
    let output = output.map_err(|e| format!("openssl cannot be started: {e}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

pub(crate) fn authority(folder: &Path, name: &str) -> Result<(), String> {
    let (key, crt, subject) = (format!("{name}.key"), format!("{name}.crt"), format!("/CN={name}"));
    let make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
    openssl(folder, &[&make[..], &["-keyout", &key, "-out", &crt, "-subj", &subject]].concat())
}

pub(crate) fn certificate(folder: &Path, name: &str) -> Result<(), String> {
    let (key, csr, crt) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.crt"));
    let subject = format!("/CN={name}");
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1\n").map_err(|e| e.to_string())?;
    let ask = ["req", "-newkey", "rsa:2048", "-nodes", "-keyout", &key, "-out", &csr, "-subj", &subject];
    openssl(folder, &ask)?;
    let sign = ["x509", "-req", "-in", &csr, "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    openssl(folder, &[&sign[..], &["-out", &crt, "-extfile", "names"]].concat())
}
