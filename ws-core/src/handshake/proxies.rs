//! The proxies that an app trusts. A client's address and scheme in request headers count only if a trusted proxy sent
//! them.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

use super::forwarded::{Hop, Scheme, forwarded, x_forwarded, x_forwarded_proto};
use super::rejection::Rejection;

/// The networks of the proxies that an app trusts.
#[derive(Debug, Default)]
pub(crate) struct Proxies {
    networks: Vec<IpNet>,
    /// Whether the clients of a Unix socket are trusted.
    unix: bool,
}

/// Marks a request that arrived over a Unix socket, where a peer has no address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OverUnixSocket;

/// Marks a request that arrived over TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OverTls;

/// The client's address and scheme, as far as they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) addr: Option<SocketAddr>,
    /// The scheme that the client used, if a trusted proxy reports it, or if this server speaks TLS with the client itself.
    pub(crate) scheme: Option<Scheme>,
    /// The address belongs to one client, not to a proxy with many clients behind it.
    pub(crate) alone: bool,
}

/// The result of following a header's hops. A greater value identifies the client better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Nothing,
    /// A hop that is hidden or unreadable.
    Unknown,
    /// Only trusted proxies, so the client runs on one of them.
    Trusted,
    Client,
}

impl Proxies {
    /// Parses addresses and networks. The error is the first text that is neither.
    pub(crate) fn parse(networks: &[String]) -> Result<Self, &str> {
        let parse = |text: &str| match text.parse::<IpAddr>() {
            Ok(addr) => Some(IpNet::from(addr.to_canonical())),
            Err(_) => text.parse().ok(),
        };
        let (unix, addresses): (Vec<_>, Vec<_>) = networks.iter().partition(|text| *text == "unix");
        let networks = addresses.into_iter().map(|text| parse(text).ok_or(text.as_str()));
        Ok(Self { networks: networks.collect::<Result<_, _>>()?, unix: !unix.is_empty() })
    }

    fn trust(&self, addr: SocketAddr) -> bool {
        // A listener on `[::]` sees IPv4 addresses in their mapped form.
        !self.networks.is_empty() && {
            let ip = addr.ip().to_canonical();
            self.networks.iter().any(|network| network.contains(&ip))
        }
    }

    /// Returns the client behind `peer`: the first address from the right that is not a trusted proxy's.
    ///
    /// A proxy writes one of the two headers, and may forward the other one as the client sent it. This method cannot
    /// know which one that is. So if both headers name a client, they must name the same one; otherwise the request is
    /// rejected with 400.
    pub(crate) fn client(
        &self,
        peer: Option<SocketAddr>,
        over_unix_socket: bool,
        over_tls: bool,
        headers: &HeaderMap,
    ) -> Result<Client, Rejection> {
        let trusted = peer.map_or(over_unix_socket && self.unix, |peer| self.trust(peer));
        if !trusted {
            let scheme = over_tls.then_some(Scheme::Https);
            return Ok(Client { addr: peer, scheme, alone: peer.is_some() });
        }
        let (standard, customary) = (self.walk(forwarded(headers)), self.walk(x_forwarded(headers)));
        if let ((Found::Client, one), (Found::Client, other)) = (standard, customary)
            && one.from.map(|addr| addr.ip()) != other.from.map(|addr| addr.ip())
        {
            return Err(Rejection::bad_request(
                "`Forwarded` and `X-Forwarded-For` name different clients: the proxy must set or remove both headers",
            ));
        }
        let (found, hop) = if customary.0 > standard.0 { customary } else { standard };
        let scheme = hop.scheme.or_else(|| x_forwarded_proto(headers).next().flatten());
        if found == Found::Unknown {
            tracing::debug!(
                proxy = peer.map(tracing::field::display),
                "the proxy names no valid client address: using the address of the proxy"
            );
        }
        Ok(Client { addr: hop.from.or(peer), scheme, alone: found == Found::Client })
    }

    fn walk(&self, hops: impl Iterator<Item = Hop>) -> (Found, Hop) {
        let mut nearest = (Found::Nothing, Hop::default());
        for hop in hops {
            match hop.from {
                None => return (Found::Unknown, hop),
                Some(addr) if !self.trust(addr) => return (Found::Client, hop),
                Some(_) => nearest = (Found::Trusted, hop),
            }
        }
        nearest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> Proxies {
        Proxies::parse(&["10.0.0.0/8", "::1", "fd00::/8"].map(str::to_owned)).unwrap()
    }

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> Result<(String, Option<Scheme>, bool), u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        match proxies().client(Some(peer.parse().unwrap()), false, false, &map) {
            Ok(Client { addr, scheme, alone }) => Ok((addr.unwrap().to_string(), scheme, alone)),
            Err(rejection) => Err(rejection.status.as_u16()),
        }
    }

    const XFF: &str = "x-forwarded-for";
    const PROTO: &str = "x-forwarded-proto";
    const FORWARDED: &str = "forwarded";

    fn is(addr: &str) -> (String, Option<Scheme>, bool) {
        (addr.to_owned(), None, true)
    }

    fn own(addr: &str) -> (String, Option<Scheme>, bool) {
        (addr.to_owned(), None, false)
    }

    #[test]
    fn nobody_else_is_believed() {
        for peer in ["192.0.2.1:5", "11.0.0.1:5", "[::2]:5", "[fe80::1]:5"] {
            let headers = [(XFF, "9.9.9.9"), (PROTO, "https"), (FORWARDED, "for=9.9.9.9;proto=https")];
            assert_eq!(client(peer, &headers), Ok(is(peer)), "{peer}");
        }
        let nobody = Proxies::default().client(None, false, false, &HeaderMap::new()).unwrap();
        assert_eq!(nobody, Client { addr: None, scheme: None, alone: false });
    }

    #[test]
    fn the_first_address_from_the_right_that_is_no_trusted_proxys() {
        for peer in ["10.1.2.3:5", "[::ffff:10.1.2.3]:5", "[::1]:5", "[fd00::7]:5"] {
            assert_eq!(client(peer, &[(XFF, "192.0.2.1")]), Ok(is("192.0.2.1:0")), "{peer}");
            assert_eq!(client(peer, &[(XFF, "9.9.9.9, 192.0.2.1, 10.0.0.2")]), Ok(is("192.0.2.1:0")));
            assert_eq!(client(peer, &[(XFF, "garbage, 192.0.2.1")]), Ok(is("192.0.2.1:0")));
            assert_eq!(
                client(peer, &[(FORWARDED, "for=x, for=\"[2001:db8::1]:80\"")]),
                Ok(is("[2001:db8::1]:80"))
            );
        }
    }

    #[test]
    fn where_no_client_is_named_the_address_is_a_proxys() {
        let peer = "10.0.0.1:5";
        for headers in [
            &[][..],
            &[(XFF, "unknown")],
            &[(XFF, "192.0.2.1, garbage")],
            &[(FORWARDED, "for=_hidden")],
            &[(FORWARDED, "for=192.0.2.1;for=192.0.2.2"), (XFF, "")],
        ] {
            assert_eq!(client(peer, headers), Ok(own(peer)), "{headers:?}");
        }
        // A client on a trusted machine.
        assert_eq!(client(peer, &[(XFF, "10.0.0.7, 10.0.0.2")]), Ok(own("10.0.0.7:0")));
    }

    #[test]
    fn a_client_cannot_choose_by_writing_the_header_that_the_proxy_does_not() {
        let peer = "10.0.0.1:5";
        let real = "192.0.2.1";
        for evil in ["garbage", "for=unknown", "for=\"", "for=10.0.0.9", "proto=gopher"] {
            assert_eq!(client(peer, &[(FORWARDED, evil), (XFF, real)]), Ok(is("192.0.2.1:0")), "{evil}");
        }
        for evil in ["garbage", "10.0.0.9", ","] {
            assert_eq!(
                client(peer, &[(XFF, evil), (FORWARDED, "for=192.0.2.1")]),
                Ok(is("192.0.2.1:0")),
                "{evil}"
            );
        }
        assert_eq!(client(peer, &[(FORWARDED, "for=9.9.9.9"), (XFF, real)]), Err(400));
        assert_eq!(client(peer, &[(FORWARDED, "for=\"192.0.2.1:7\""), (XFF, real)]), Ok(is("192.0.2.1:7")));
    }

    #[test]
    fn the_scheme_is_the_one_of_the_clients_request() {
        let peer = "10.0.0.1:5";
        let https = Ok(("192.0.2.1:0".to_owned(), Some(Scheme::Https), true));
        for headers in [
            &[(XFF, "192.0.2.1"), (PROTO, "https")][..],
            &[(XFF, "192.0.2.1, 10.0.0.2"), (PROTO, "https")],
            &[(XFF, "9.9.9.9, 192.0.2.1, 10.0.0.2"), (PROTO, "http, https, http")],
            &[(FORWARDED, "for=9.9.9.9;proto=http, for=192.0.2.1;proto=https, for=10.0.0.2;proto=http")],
            &[(FORWARDED, "for=192.0.2.1"), (PROTO, "https")],
        ] {
            assert_eq!(client(peer, headers), https, "{headers:?}");
        }
        assert_eq!(client(peer, &[(PROTO, "https")]), Ok((peer.to_owned(), Some(Scheme::Https), false)));
    }

    #[test]
    fn over_tls_the_scheme_is_https_unless_a_proxy_reports_it() {
        let scheme = |peer: &str, headers: &HeaderMap| {
            proxies().client(Some(peer.parse().unwrap()), false, true, headers).unwrap().scheme
        };
        assert_eq!(scheme("192.0.2.1:5", &HeaderMap::new()), Some(Scheme::Https));
        let mut headers = HeaderMap::new();
        // The proxy speaks TLS with this server, which says nothing about the client.
        assert_eq!(scheme("10.0.0.1:5", &headers), None);
        headers.insert(PROTO, "http".parse().unwrap());
        assert_eq!(scheme("10.0.0.1:5", &headers), Some(Scheme::Http));
        assert_eq!(scheme("192.0.2.1:5", &headers), Some(Scheme::Https), "a client cannot choose");
    }

    #[test]
    fn addresses_and_networks_are_valid_and_anything_else_is_not() {
        for good in ["10.0.0.0/8", "10.1.2.3", "::1", "fd00::/8", "10.1.2.3/8", "0.0.0.0/0"] {
            assert!(Proxies::parse(&[good.to_owned()]).is_ok(), "{good}");
        }
        for bad in ["10.0.0.0/33", "10.0.0", "localhost", "", "10.0.0.0/", "::1/129", "10.0.0.1:80"] {
            assert_eq!(Proxies::parse(&[bad.to_owned()]).unwrap_err(), bad);
        }
    }
}
