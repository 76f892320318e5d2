//! The places that a server can listen at: an address, or a listener of the user's.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, SocketAddrV4, SocketAddrV6};
#[cfg(unix)]
use std::os::unix::net::UnixListener as StdUnixListener;
use std::sync::Arc;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};

use super::address::problem;
use crate::connection::Socket;
use crate::error::{Error, Result};
use crate::shared::canonical::canonical;

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
pub struct Listen(At);

#[derive(Debug)]
enum At {
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

impl Listen {
    /// Opens the listener.
    pub(super) async fn listen(self, backlog: u32) -> Result<Listener> {
        let at = match &self.0 {
            At::Name(name) => format!("{name:?}"),
            At::Host(host, port) => format!("{:?}", (host, port)),
            At::Addr(addr) => addr.to_string(),
            At::AnyOf(addrs) => format!("{addrs:?}"),
            At::Tcp(_) | At::Failed(_) => "the given listener".to_owned(),
            #[cfg(unix)]
            At::Unix(_) => "the given listener".to_owned(),
        };
        let problem = match &self.0 {
            At::Name(name) => problem(name),
            At::Host(host, port) => problem(&format!("{host}:{port}")),
            _ => None,
        };
        if let Some(problem) = problem {
            let source = io::Error::new(io::ErrorKind::InvalidInput, problem);
            return Err(Error::Bind { addr: at, source });
        }
        let is_ours = !matches!(self.0, At::Tcp(_));
        let listener = match self.0 {
            At::Name(name) => resolve(lookup_host(name).await, backlog),
            At::Host(host, port) => resolve(lookup_host((host, port)).await, backlog),
            At::Addr(addr) => open(addr, backlog),
            At::AnyOf(addrs) => first(addrs, backlog),
            At::Tcp(listener) => listener.set_nonblocking(true).map(|()| listener),
            #[cfg(unix)]
            At::Unix(listener) => {
                listener.set_nonblocking(true).map_err(|source| Error::Bind { addr: at, source })?;
                return Ok(Listener::Unix(Arc::new(listener)));
            }
            At::Failed(error) => Err(error),
        };
        let listener = listener.map_err(|source| Error::Bind { addr: at, source })?;
        Ok(Listener::Tcp { listener: Arc::new(listener), is_ours, over_tls: false })
    }
}

fn resolve(
    addrs: io::Result<impl Iterator<Item = SocketAddr>>,
    backlog: u32,
) -> io::Result<std::net::TcpListener> {
    addrs.and_then(|addrs| first(addrs, backlog))
}

/// Listens on the first address that works.
fn first(addrs: impl IntoIterator<Item = SocketAddr>, backlog: u32) -> io::Result<std::net::TcpListener> {
    let mut error = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address");
    for addr in addrs {
        match open(addr, backlog) {
            Ok(listener) => return Ok(listener),
            Err(failed) => error = failed,
        }
    }
    Err(error)
}

/// Listens as tokio's `TcpListener::bind` does, with a backlog of our own.
fn open(addr: SocketAddr, backlog: u32) -> io::Result<std::net::TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restarted server takes its port back, although connections of the previous one linger. On Windows, the option
    // would let a second program take the port.
    if cfg!(not(windows)) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(addr)?;
    // The system takes the backlog as a signed number, and lowers it to its own limit.
    socket.listen(backlog.min(i32::MAX.unsigned_abs()))?.into_std()
}

/// An open listener, which several runtimes may share.
#[derive(Clone, Debug)]
pub(super) enum Listener {
    Tcp {
        listener: Arc<std::net::TcpListener>,
        /// It was opened here. Otherwise other processes may accept from it, too.
        is_ours: bool,
        over_tls: bool,
    },
    #[cfg(unix)]
    Unix(Arc<StdUnixListener>),
}

impl Listener {
    /// Notes that the server speaks TLS here.
    #[cfg(feature = "tls")]
    pub(super) fn speak_tls(&mut self) -> Result {
        match self {
            Self::Tcp { over_tls, .. } => *over_tls = true,
            #[cfg(unix)]
            Self::Unix(_) => {
                let problem =
                    "`App::tls` needs a TCP listener; over a Unix socket, the proxy in front does TLS";
                return Err(Error::BadSetting(problem.to_owned()));
            }
        }
        Ok(())
    }

    /// Stops listening, even if a worker that a callback blocks still holds the listener. Returns `false` if the system
    /// cannot do that, or if the listener may be shared with other processes.
    pub(super) fn stop(&self) -> bool {
        matches!(self, Self::Tcp { listener, is_ours: true, .. }
            if SockRef::from(&**listener).shutdown(Shutdown::Both).is_ok())
    }

    /// Accepts a client, and registers its stream with the current runtime. Returns its address, if it has one.
    pub(super) fn accept(&self) -> io::Result<(Socket, Option<SocketAddr>)> {
        Ok(match self {
            Self::Tcp { listener, .. } => {
                let (stream, peer) = listener.accept()?;
                stream.set_nonblocking(true)?;
                (Socket::Tcp(TcpStream::from_std(stream)?), Some(canonical(peer)))
            }
            #[cfg(unix)]
            Self::Unix(listener) => {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(true)?;
                (Socket::Unix(UnixStream::from_std(stream)?), None)
            }
        })
    }

    pub(super) fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp { listener, .. } => listener.local_addr().ok(),
            #[cfg(unix)]
            Self::Unix(_) => None,
        }
    }
}

/// The URL of the server, or the path of its socket.
impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { listener, over_tls, .. } => match listener.local_addr() {
                Ok(addr) => write!(f, "{}://{addr}", if *over_tls { "https" } else { "http" }),
                Err(_) => f.write_str("an unknown address"),
            },
            #[cfg(unix)]
            Self::Unix(listener) => {
                let addr = listener.local_addr();
                match addr.as_ref().ok().and_then(|addr| addr.as_pathname()) {
                    Some(path) => write!(f, "unix:{}", path.display()),
                    None => f.write_str("an unnamed Unix socket"),
                }
            }
        }
    }
}
