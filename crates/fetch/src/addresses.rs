//! Which IP addresses belong to the public internet.
//!
//! An allow-list: IPv4 without the IANA special-purpose blocks, IPv6 inside `2000::/3` without
//! those. Addresses that carry an IPv4 address are judged by that one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::Refusal;

/// IPv4 blocks (RFC 6890 and successors) that are not the public internet: address, prefix length.
const FORBIDDEN_V4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Global unicast; everything outside is refused.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Blocks inside `2000::/3` that are not the public internet: protocol assignments with Teredo in
/// them, and two for documentation.
const FORBIDDEN_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

const MAPPED: (Ipv6Addr, u32) = (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96);
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);
const SIX_TO_FOUR: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16);

/// Accepts an address of the public internet.
pub(crate) fn public(address: IpAddr) -> Result<(), Refusal> {
    let fine = match address {
        IpAddr::V4(v4) => public_v4(v4),
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => public_v4(v4),
            None => within(v6, GLOBAL_V6) && !FORBIDDEN_V6.iter().any(|&block| within(v6, block)),
        },
    };
    if fine { Ok(()) } else { Err(Refusal::Address(address)) }
}

/// Accepts every address: the development setting.
#[expect(clippy::unnecessary_wraps, reason = "stands in for `public`")]
pub(crate) fn anywhere(_: IpAddr) -> Result<(), Refusal> {
    Ok(())
}

fn public_v4(address: Ipv4Addr) -> bool {
    !FORBIDDEN_V4.iter().any(|&(block, length)| {
        (address.to_bits() ^ Ipv4Addr::from(block).to_bits()).leading_zeros() >= length
    })
}

fn within(address: Ipv6Addr, (block, length): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ block.to_bits()).leading_zeros() >= length
}

/// The IPv4 address inside a mapped, NAT64 (RFC 6052) or 6to4 address.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let start = if within(address, MAPPED) || within(address, NAT64) {
        12
    } else if within(address, SIX_TO_FOUR) {
        2
    } else {
        return None;
    };
    let carried: [u8; 4] = octets.get(start..start + 4)?.try_into().ok()?;
    Some(carried.into())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fine(address: &str) -> bool {
        public(address.parse().unwrap()).is_ok()
    }

    /// First and last address of each block, and their neighbours outside where those are public.
    #[test]
    fn the_edges_of_every_v4_block() {
        for (first, last, before, after) in [
            ("0.0.0.0", "0.255.255.255", None, Some("1.0.0.0")),
            ("10.0.0.0", "10.255.255.255", Some("9.255.255.255"), Some("11.0.0.0")),
            ("100.64.0.0", "100.127.255.255", Some("100.63.255.255"), Some("100.128.0.0")),
            ("127.0.0.0", "127.255.255.255", Some("126.255.255.255"), Some("128.0.0.0")),
            ("169.254.0.0", "169.254.255.255", Some("169.253.255.255"), Some("169.255.0.0")),
            ("172.16.0.0", "172.31.255.255", Some("172.15.255.255"), Some("172.32.0.0")),
            ("192.0.0.0", "192.0.0.255", Some("191.255.255.255"), Some("192.0.1.0")),
            ("192.0.2.0", "192.0.2.255", Some("192.0.1.255"), Some("192.0.3.0")),
            ("192.88.99.0", "192.88.99.255", Some("192.88.98.255"), Some("192.88.100.0")),
            ("192.168.0.0", "192.168.255.255", Some("192.167.255.255"), Some("192.169.0.0")),
            ("198.18.0.0", "198.19.255.255", Some("198.17.255.255"), Some("198.20.0.0")),
            ("198.51.100.0", "198.51.100.255", Some("198.51.99.255"), Some("198.51.101.0")),
            ("203.0.113.0", "203.0.113.255", Some("203.0.112.255"), Some("203.0.114.0")),
            ("224.0.0.0", "239.255.255.255", Some("223.255.255.255"), None),
            ("240.0.0.0", "255.255.255.255", None, None),
        ] {
            for address in [first, last] {
                assert!(!fine(address), "{address}");
                assert!(!fine(&format!("::ffff:{address}")), "mapped {address}");
                assert!(!fine(&format!("64:ff9b::{address}")), "NAT64 {address}");
            }
            for address in [before, after].into_iter().flatten() {
                assert!(fine(address), "{address}");
                assert!(fine(&format!("::ffff:{address}")), "mapped {address}");
                assert!(fine(&format!("64:ff9b::{address}")), "NAT64 {address}");
            }
        }
        assert!(!fine("169.254.169.254"));
    }

    #[test]
    fn the_edges_of_every_v6_block() {
        let ends = "ffff:ffff:ffff:ffff:ffff:ffff";
        for refused in [
            "::",
            "::1",
            "::7f00:1",
            "::ffff:ffff",
            "::8.8.8.8",
            "64:ff9b:1::",
            "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
            "64:ff9b:1::8.8.8.8",
            "100::",
            "100::ffff:ffff:ffff:ffff",
            "2001::",
            &format!("2001:0:{ends}"),
            "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001:db8::",
            &format!("2001:db8:{ends}"),
            "3fff::",
            "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
            "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "4000::",
            "5f00::",
            &format!("5f00:ffff:{ends}"),
            "fc00::",
            &format!("fdff:ffff:{ends}"),
            "fe80::",
            &format!("febf:ffff:{ends}"),
            "fec0::",
            &format!("feff:ffff:{ends}"),
            "ff00::",
            &format!("ffff:ffff:{ends}"),
            "2002:7f00:1::",
            "2002:a00::1",
            "2002:c0a8:101::",
            "2002:a9fe:a9fe::",
        ] {
            assert!(!fine(refused), "{refused}");
        }
        for accepted in [
            "2000::",
            "2001:200::",
            "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001:db9::",
            "2002:808:808::1",
            "2606:4700::1111",
            "2a01:4f8::1",
            "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "3fff:1000::",
        ] {
            assert!(fine(accepted), "{accepted}");
        }
    }

    proptest! {
        /// What the standard library knows to be special is never let through.
        #[test]
        fn agrees_with_the_standard_library(bits in any::<u32>(), wide in any::<u128>()) {
            let v4 = Ipv4Addr::from_bits(bits);
            if v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
                || v4.is_unspecified() || v4.is_broadcast() || v4.is_documentation() {
                prop_assert!(!public_v4(v4));
            }
            let v6 = Ipv6Addr::from_bits(wide);
            if v6.is_loopback() || v6.is_multicast() || v6.is_unique_local() || v6.is_unicast_link_local() {
                prop_assert!(public(v6.into()).is_err());
            }
        }
    }
}
