//! A terminal whose frames are written, and whose answers are read, by somebody else's code: the crate `jt808`.
//!
//! `interop 127.0.0.1:7611`: a terminal of 2013 and one of 2019 register, show their codes, and report. (No heartbeat: of a
//! message without a body this crate writes a wrong length.)

use bytes::{Bytes, BytesMut};
use jt_util::bytes_bcd::BytesBCD;
use jt_util::bytes_gbk::BytesGBK;
use jt808::JtPackage;
use jt808::bytes::JtBytes;
use jt808::codec::Jt808Codec;
use jt808::models::jt0x0200::Jt0x0200;
use jt808::models::{Jt0x0001, Jt0x0100, Jt0x0102, Jt0x8100, Jt808, Jt808BodySerialize, Jt808BodyTrans};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tokio_util::codec::Decoder;

/// 0x0200 without its additional items: 32.1 N, 118.9 E, 30.5 km/h, 2026-11-26 08:00:00. This crate reads the time's bytes
/// as plain numbers, and writes them as the standard has it.
const WHERE: [u8; 28] =
    [0, 0, 0, 0, 0, 0, 0, 3, 0x01, 0xe9, 0xce, 0xa0, 0x07, 0x16, 0x45, 0x20, 0, 10, 1, 49, 0, 90, 26, 11, 26, 8, 0, 0];

struct Terminal {
    stream: TcpStream,
    package: JtPackage,
    codec: Jt808Codec,
    buffer: BytesMut,
}

impl Terminal {
    fn new(address: &str, digits: [u8; 10], v19: bool) -> Terminal {
        let stream = TcpStream::connect(address).expect("the gateway listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
        let mut sim = BytesBCD::new();
        sim.set_bytes(Bytes::copy_from_slice(if v19 { &digits } else { &digits[4..] }));
        let package = JtPackage::new(sim, v19, 1, 1000);
        Terminal { stream, package, codec: Jt808Codec::new(), buffer: BytesMut::new() }
    }

    /// Sends a message, waits for the answer.
    fn ask(&mut self, id: u16, body: &mut impl Jt808BodySerialize) -> (Jt808, JtBytes) {
        let frame = self.package.serialize(id, 0, body);
        self.stream.write_all(&frame).expect("connected");
        loop {
            let mut piece = [0u8; 1024];
            let n = self.stream.read(&mut piece).expect("an answer");
            assert!(n > 0, "the gateway has ended the session");
            self.buffer.extend_from_slice(&piece[..n]);
            if let Some(frame) = self.codec.decode(&mut self.buffer).expect("a frame") {
                let body = JtBytes::from(frame.get_body());
                return (frame, body);
            }
        }
    }

    /// The result of an answer 0x8001; both sides' general answers have the same body.
    fn result(&mut self, id: u16, body: &mut impl Jt808BodySerialize) -> u8 {
        let (frame, mut body) = self.ask(id, body);
        let answer = Jt0x0001::fill_new(&mut body, &frame);
        assert_eq!((frame.id, answer.answer_id), (0x8001, id));
        answer.result
    }
}

fn gbk(text: &str) -> BytesGBK {
    let mut bytes = BytesGBK::new();
    bytes.set_val(text);
    bytes
}

fn main() {
    let address = std::env::args().nth(1).expect("the gateway's address: 127.0.0.1:7611");
    for (v19, last, edition) in [(false, 0x00, 2013), (true, 0x01, 2019)] {
        let mut terminal = Terminal::new(&address, [0, 0, 0, 0, 0x01, 0x38, 0x00, 0x13, 0x80, last], v19);
        let mut registration = Jt0x0100 {
            province: 32,
            city: 113,
            maker: gbk("70111"),
            terminal_model: gbk("MT-7"),
            terminal_id: gbk("7654321"),
            color: 2,
            name: gbk("苏A12345"),
        };
        let (frame, mut body) = terminal.ask(0x0100, &mut registration);
        let reply = Jt0x8100::fill_new(&mut body, &frame);
        assert_eq!((frame.id, reply.answer_sn, reply.result), (0x8100, 0, 0), "registration");
        let authority_code = gbk(&reply.authority_code.get_val());
        let mut shown = Jt0x0102 { authority_code, imei: gbk("123456789012345"), soft_version: gbk("1.0") };
        assert_eq!(terminal.result(0x0102, &mut shown), 0, "authentication");
        let mut place = Jt0x0200::fill_new(&mut JtBytes::from(Bytes::from_static(&WHERE)), &frame);
        assert_eq!(terminal.result(0x0200, &mut place), 0, "location");
        println!("{edition}: registered, authenticated, location: all acknowledged");
    }
}
