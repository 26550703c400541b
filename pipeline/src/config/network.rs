//! An IP address or a network of them: `192.0.2.9`, `10.244.0.0/16`.

use std::net::IpAddr;
use std::str::FromStr;

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u32,
}

impl Network {
    /// Whether an address lies in it.
    pub fn holds(&self, address: IpAddr) -> bool {
        let alike = |a: &[u8], b: &[u8]| {
            let (whole, rest) = (self.bits as usize / 8, self.bits % 8);
            // The bits of a byte that the network leaves open are shifted out.
            a[..whole] == b[..whole] && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0)
        };
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => alike(&a.octets(), &b.octets()),
            (IpAddr::V6(a), IpAddr::V6(b)) => alike(&a.octets(), &b.octets()),
            _ => false,
        }
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Network { first: address.to_canonical(), bits: if address.to_canonical().is_ipv4() { 32 } else { 128 } }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is no IP address and no network such as \"10.244.0.0/16\"");
        let (first, bits) = text.split_once('/').map_or((text, None), |(first, bits)| (first, Some(bits)));
        let whole = Network::from(first.parse::<IpAddr>().map_err(|_| wrong())?);
        let Some(bits) = bits else { return Ok(whole) };
        match bits.parse::<u32>() {
            Ok(bits) if bits <= whole.bits => Ok(Network { bits, ..whole }),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        network.parse::<Network>().expect(network).holds(address.parse().expect(address))
    }

    #[test]
    fn an_address_lies_in_a_network_that_begins_with_its_bits() {
        assert!(holds("10.244.0.0/16", "10.244.255.1") && !holds("10.244.0.0/16", "10.245.0.1"));
        assert!(holds("192.0.2.128/25", "192.0.2.200") && !holds("192.0.2.128/25", "192.0.2.100"));
        assert!(holds("192.0.2.9", "192.0.2.9") && !holds("192.0.2.9", "192.0.2.8"));
        assert!(holds("0.0.0.0/0", "203.0.113.5") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("2001:db8::/33", "2001:db8:7fff::1") && !holds("2001:db8::/33", "2001:db8:8000::1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3"), "an IPv4 address in the clothes of IPv6");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["host", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::1/129", "10.0.0.0/-1"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
