//! The places that a server can listen at, as the program gives them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
#[cfg(unix)]
use std::os::unix::net::UnixListener as StdUnixListener;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

/// The place that a server listens at: an address, or a listener that you have opened. [`run`](crate::run),
/// [`App::run`](crate::App::run), [`App::serve`](crate::App::serve) and [`App::bind`](crate::App::bind) take it.
///
/// You rarely name this type, because these conversions exist:
///
/// | from | the server |
/// |---|---|
/// | `&str`, `String`, `(&str, u16)`, `(String, u16)` | resolves the name, and listens on the first of its addresses that works |
/// | `SocketAddr`, `(IpAddr, u16)` and the like | listens on this address |
/// | `&[SocketAddr]`, `[SocketAddr; N]`, `Vec<SocketAddr>` | listens on the first address that works |
/// | `TcpListener` of std or tokio | accepts from your listener |
/// | `UnixListener` of std or tokio | accepts from your listener, on Unix |
///
/// Your own listener can have options that ws-core does not set, such as `SO_REUSEPORT`, or come from systemd's socket
/// activation (the crate `listenfd` takes it from the environment). It keeps its own
/// [backlog](crate::App::backlog), and is set to non-blocking mode.
///
/// Clients of a Unix socket have no address: [`peer_addr`](crate::Context::peer_addr) returns `None`, and they are not
/// limited by [`max_connections_per_address`](crate::App::max_connections_per_address). The server does not remove the
/// socket's file.
///
/// ```no_run
/// # #[cfg(unix)]
/// fn main() -> ws_core::Result {
///     let _ = std::fs::remove_file("/run/app.sock");
///     let listener = std::os::unix::net::UnixListener::bind("/run/app.sock")?;
///     ws_core::run(listener)
/// }
/// # #[cfg(not(unix))]
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct Listen(pub(crate) At);

/// The place, as it was given.
#[derive(Debug)]
pub(crate) enum At {
    Name(String),
    Host(String, u16),
    Addr(SocketAddr),
    AnyOf(Vec<SocketAddr>),
    Tcp(std::net::TcpListener),
    #[cfg(unix)]
    Unix(StdUnixListener),
    /// The listener could not be taken from its runtime.
    Failed(io::Error),
}

macro_rules! listen_from {
    ($($(#[$cfg:meta])* $type:ty: $value:ident => $at:expr;)*) => {
        $(
            $(#[$cfg])*
            impl From<$type> for Listen {
                fn from($value: $type) -> Self {
                    Self($at)
                }
            }
        )*
    };
}

listen_from! {
    &str: name => At::Name(name.to_owned());
    &String: name => At::Name(name.clone());
    String: name => At::Name(name);
    (&str, u16): host => At::Host(host.0.to_owned(), host.1);
    (String, u16): host => At::Host(host.0, host.1);
    SocketAddr: addr => At::Addr(addr);
    &SocketAddr: addr => At::Addr(*addr);
    SocketAddrV4: addr => At::Addr(addr.into());
    SocketAddrV6: addr => At::Addr(addr.into());
    (IpAddr, u16): addr => At::Addr(addr.into());
    (Ipv4Addr, u16): addr => At::Addr(addr.into());
    (Ipv6Addr, u16): addr => At::Addr(addr.into());
    &[SocketAddr]: addrs => At::AnyOf(addrs.to_vec());
    Vec<SocketAddr>: addrs => At::AnyOf(addrs);
    std::net::TcpListener: listener => At::Tcp(listener);
    TcpListener: listener => listener.into_std().map_or_else(At::Failed, At::Tcp);
    #[cfg(unix)]
    StdUnixListener: listener => At::Unix(listener);
    #[cfg(unix)]
    UnixListener: listener => listener.into_std().map_or_else(At::Failed, At::Unix);
}

impl<const COUNT: usize> From<[SocketAddr; COUNT]> for Listen {
    fn from(addrs: [SocketAddr; COUNT]) -> Self {
        Self(At::AnyOf(addrs.into()))
    }
}

/// A place to listen at: an address such as `"127.0.0.1:8080"` or `(host, port)`, or a listener that you bound. Implemented
/// for every type that converts into [`Listen`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an address to listen at",
    label = "neither an address with a port nor a listener",
    note = "write the host and the port, such as `\"127.0.0.1:8080\"` or `(\"127.0.0.1\", 8080)`; the host `0.0.0.0` stands \
            for every IPv4 address of the machine",
    note = "to serve at a listener that you bound yourself, pass the `TcpListener` or `UnixListener`"
)]
pub trait IntoListen {
    /// Converts the value.
    fn into_listen(self) -> Listen;
}

#[diagnostic::do_not_recommend]
impl<T: Into<Listen>> IntoListen for T {
    fn into_listen(self) -> Listen {
        self.into()
    }
}
