//! Vehicle terminals for tests: they speak JT/T 808 over TCP or UDP.

use operators::vocabulary::EventTime;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};
use streetwatch::gateway::jt808::{
    AckResult, Authentication, Deframer, Edition, Header, Location, Message, Phone, PlateColour, RegisterReply,
    Registration, frames,
};

/// How long an answer may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal and its connection.
pub struct Terminal {
    line: Line,
    deframer: Deframer,
    heard: Vec<Message>,
    edition: Edition,
    phone: Phone,
    serial: u16,
}

enum Line {
    Tcp(TcpStream),
    Udp(UdpSocket),
}

impl Terminal {
    /// Connects over TCP.
    pub fn tcp(port: u16, number: &str, edition: Edition) -> Terminal {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the gateway listens");
        stream.set_nodelay(true).expect("a socket");
        Terminal::over(Line::Tcp(stream), number, edition)
    }

    /// Speaks over UDP.
    pub fn udp(port: u16, number: &str, edition: Edition) -> Terminal {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        socket.connect((Ipv4Addr::LOCALHOST, port)).expect("loopback");
        Terminal::over(Line::Udp(socket), number, edition)
    }

    fn over(line: Line, number: &str, edition: Edition) -> Terminal {
        let phone = Phone::new(number, edition).expect("digits");
        Terminal { line, deframer: Deframer::new(), heard: Vec::new(), edition, phone, serial: 0 }
    }

    /// From now on frames carry another number.
    pub fn pretend(&mut self, number: &str) {
        self.phone = Phone::new(number, self.edition).expect("digits");
    }

    /// The header of its next frame.
    pub fn header(&self) -> Header {
        let (edition, phone, serial) = (self.edition, self.phone, self.serial);
        Header { id: 0, edition, protocol: 1, encryption: 0, phone, serial, part: None }
    }

    /// The frames of a message, and their first serial.
    pub fn frames(&mut self, message: &Message) -> (u16, Vec<Vec<u8>>) {
        let serial = self.serial;
        let frames = frames(&self.header(), message).expect("can be sent");
        self.serial = self.serial.wrapping_add(frames.len() as u16);
        (serial, frames)
    }

    /// Sends a message; gives its serial, of the last frame where there are several.
    pub fn send(&mut self, message: &Message) -> u16 {
        let (_, frames) = self.frames(message);
        for frame in frames {
            self.raw(&frame).expect("the line takes it");
        }
        self.serial.wrapping_sub(1)
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn raw(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match &mut self.line {
            Line::Tcp(stream) => stream.write_all(bytes),
            Line::Udp(socket) => socket.send(bytes).map(drop),
        }
    }

    /// Waits until `found` gives something of a message; what it does not take is kept for later.
    pub fn expect<T>(&mut self, patience: Duration, found: impl Fn(&Message) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + patience;
        loop {
            for (i, message) in self.heard.iter().enumerate() {
                if let Some(found) = found(message) {
                    self.heard.remove(i);
                    return Some(found);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.listen(left) {
                return None;
            }
        }
    }

    /// Takes what comes within this time; `false` when the connection has ended.
    fn listen(&mut self, patience: Duration) -> bool {
        let mut buffer = [0u8; 4096];
        let read = match &mut self.line {
            Line::Tcp(stream) => {
                stream.set_read_timeout(Some(patience)).expect("a socket");
                stream.read(&mut buffer)
            }
            Line::Udp(socket) => {
                socket.set_read_timeout(Some(patience)).expect("a socket");
                socket.recv(&mut buffer)
            }
        };
        let heard = &mut self.heard;
        match read {
            Ok(0) => false,
            Ok(n) => {
                self.deframer.push(&buffer[..n], |frame| {
                    let frame = frame.expect("a whole frame");
                    heard.push(Message::decode(&frame.header, frame.body).expect("a message"));
                });
                true
            }
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    /// Whether the gateway ends the connection within this time.
    pub fn is_closed(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            if !self.listen(left) {
                return true;
            }
        }
    }

    /// Registers with this plate.
    pub fn register(&mut self, plate: &str) -> RegisterReply {
        self.send(&Message::Register(Registration {
            edition: self.edition,
            province: 32,
            city: 113,
            maker: "70111".to_owned(),
            model: "MT-7".to_owned(),
            terminal: "7654321".to_owned(),
            colour: PlateColour::Yellow,
            plate: plate.to_owned(),
        }));
        let reply = |message: &Message| match message {
            Message::Registered(reply) => Some(reply.clone()),
            _ => None,
        };
        self.expect(PATIENCE, reply).expect("an answer to the registration")
    }

    /// Shows a code.
    pub fn authenticate(&mut self, code: &str) -> AckResult {
        let shown = Authentication { code: code.to_owned(), imei: String::new(), software: String::new() };
        let serial = self.send(&Message::Authenticate(shown));
        self.acknowledged(serial, PATIENCE).expect("an answer to the code")
    }

    /// Registers and shows the code; gives it.
    pub fn join(&mut self) -> String {
        let code = self.register("苏A12345").code.expect("it may register");
        assert_eq!(self.authenticate(&code), AckResult::Done);
        code
    }

    /// How the gateway took a message; `None` where it says nothing in time.
    pub fn acknowledged(&mut self, serial: u16, patience: Duration) -> Option<AckResult> {
        self.expect(patience, |message| match message {
            Message::PlatformAck(ack) if ack.serial == serial => Some(ack.result),
            _ => None,
        })
    }

    /// Reports where it was at a moment; gives the serial.
    pub fn report(&mut self, at: EventTime) -> u16 {
        self.send(&Message::Location(location(at)))
    }
}

/// A place in Nanjing at a moment; whole seconds.
pub fn location(at: EventTime) -> Location {
    Location {
        alarms: 0,
        status: 0b11,
        latitude: 32_100_000,
        longitude: 118_900_000,
        altitude: 10,
        speed: 305,
        direction: 90,
        at,
        extras: vec![],
        cut_off: vec![],
    }
}
