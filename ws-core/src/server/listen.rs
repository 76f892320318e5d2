//! The listener of a server, opened at an address or given by the user.

use std::fmt;
use std::io;
use std::net::{Shutdown, SocketAddr};
#[cfg(unix)]
use std::os::unix::net::UnixListener as StdUnixListener;
use std::sync::Arc;

use socket2::SockRef;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::net::{TcpSocket, TcpStream, lookup_host};

use super::address::problem;
use crate::app::{At, Listen};
use crate::connection::Socket;
use crate::error::{Error, Result};
use crate::shared::canonical::canonical;

/// Opens the listener.
pub(super) async fn listen(listen: Listen, backlog: u32) -> Result<Listener> {
    let at = match &listen.0 {
        At::Name(name) => format!("{name:?}"),
        At::Host(host, port) => format!("{:?}", (host, port)),
        At::Addr(addr) => addr.to_string(),
        At::AnyOf(addrs) => format!("{addrs:?}"),
        At::Tcp(_) | At::Failed(_) => "the given listener".to_owned(),
        #[cfg(unix)]
        At::Unix(_) => "the given listener".to_owned(),
    };
    let problem = match &listen.0 {
        At::Name(name) => problem(name),
        At::Host(host, port) => problem(&format!("{host}:{port}")),
        _ => None,
    };
    if let Some(problem) = problem {
        let source = io::Error::new(io::ErrorKind::InvalidInput, problem);
        return Err(Error::Bind { addr: at, source });
    }
    let is_ours = !matches!(listen.0, At::Tcp(_));
    let listener = match listen.0 {
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
