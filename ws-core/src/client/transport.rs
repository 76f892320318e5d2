//! TCP to the server.

use tokio::net::TcpStream;

use super::error::Error;
use super::target::Target;

/// Opens a TCP connection to `target`.
pub(super) async fn tcp(target: &Target) -> Result<TcpStream, Error> {
    let failed = |source| Error::Connect { address: target.address(), source };
    let stream = TcpStream::connect((&*target.host, target.port)).await.map_err(failed)?;
    // Nagle's algorithm would delay small messages that wait for an answer.
    stream.set_nodelay(true).map_err(failed)?;
    Ok(stream)
}
