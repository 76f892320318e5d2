//! The canonical form of a socket's address.

use std::net::SocketAddr;

/// Returns the IPv4 address of an IPv4 client. A listener on `[::]` sees it in its mapped form, `::ffff:192.0.2.1`.
pub(crate) fn canonical(addr: SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V6(v6) => match v6.ip().to_ipv4_mapped() {
            Some(ip) => SocketAddr::new(ip.into(), v6.port()),
            None => addr,
        },
        SocketAddr::V4(_) => addr,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mapped_addresses_change() {
        for (addr, wanted) in [
            ("[::ffff:192.0.2.1]:7", "192.0.2.1:7"),
            ("192.0.2.1:7", "192.0.2.1:7"),
            ("[fe80::1%3]:7", "[fe80::1%3]:7"),
            ("[::1]:7", "[::1]:7"),
        ] {
            assert_eq!(canonical(addr.parse().unwrap()), wanted.parse().unwrap(), "{addr}");
        }
    }
}
