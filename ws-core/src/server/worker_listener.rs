//! One worker's clone of the listener, registered with its runtime.

use std::io;
use std::net::SocketAddr;

use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use super::listen::Listener;
use crate::connection::Socket;

/// A listener, registered with a runtime.
#[derive(Debug)]
pub(super) struct WorkerListener {
    listener: Listener,
    /// The same listener. tokio's own type for it cannot wait for a client without accepting it.
    readiness: TcpStream,
    /// Accepted streams inherit `TCP_NODELAY` from the listener.
    passes_nodelay: bool,
}

impl WorkerListener {
    /// Registers the listener with a runtime. Call the other methods on that runtime.
    pub(super) fn new(listener: &Listener, runtime: &Handle) -> io::Result<Self> {
        let _runtime = runtime.enter();
        let (same, passes_nodelay) = match listener {
            Listener::Tcp { listener, .. } => {
                let listener = SockRef::from(&**listener);
                let passes = cfg!(target_os = "linux") && listener.set_tcp_nodelay(true).is_ok();
                (listener.try_clone()?, passes)
            }
            #[cfg(unix)]
            Listener::Unix(listener) => (SockRef::from(&**listener).try_clone()?, false),
        };
        let readiness = TcpStream::from_std(same.into())?;
        Ok(Self { listener: listener.clone(), readiness, passes_nodelay })
    }

    /// Waits until a client has connected. Another worker may accept it first.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.readiness.readable().await
    }

    /// Accepts a client. Returns its address, if it has one, or an error of the kind `WouldBlock` if no client waits.
    pub(super) fn accept(&self) -> io::Result<(Socket, Option<SocketAddr>)> {
        let accepted = self.readiness.try_io(Interest::READABLE, || self.listener.accept())?;
        if let (Socket::Tcp(stream), false) = (&accepted.0, self.passes_nodelay) {
            // A reply must not wait for the acknowledgement of the previous one. A socket that refuses the option works
            // too, with higher latency.
            let _ = stream.set_nodelay(true);
        }
        Ok(accepted)
    }
}
