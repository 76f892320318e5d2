//! TCP to the server, and TLS on it for `wss://`.

use tokio::net::TcpStream;

use super::error::Error;
use super::target::Target;

/// Opens a TCP connection to `target`.
pub(super) async fn tcp(target: &Target) -> Result<TcpStream, Error> {
    let failed = |source| Error::Connect { address: target.address(), source };
    let stream = TcpStream::connect((&*target.host, target.port)).await.map_err(failed)?;
    // Messages are small and wait for answers: Nagle's algorithm would hold them back.
    stream.set_nodelay(true).map_err(failed)?;
    Ok(stream)
}
