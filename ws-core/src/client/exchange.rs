//! A plain HTTP request of the testing kit.

use std::pin::pin;

use bytes::{Bytes, BytesMut};
use futures_util::future::{Either, select};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::error::Error;

/// The largest body of a response, in bytes.
const BODY: usize = 64 << 20;

/// Sends `request` on `stream`, and returns the response with its whole body.
///
/// Spawns no task, so dropping the future closes the stream.
pub(crate) async fn exchange<S>(stream: S, request: Request<Bytes>) -> Result<Response<Bytes>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut requests, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let exchange = pin!(async {
        let (parts, mut incoming) = requests.send_request(request.map(Full::new)).await?.into_parts();
        let mut body = BytesMut::new();
        while let Some(frame) = incoming.frame().await {
            if let Ok(data) = frame?.into_data() {
                if body.len() + data.len() > BODY {
                    return Err(Error::TooLarge { size: body.len() + data.len(), limit: BODY });
                }
                body.extend_from_slice(&data);
            }
        }
        Ok(Response::from_parts(parts, body.freeze()))
    });
    match select(exchange, pin!(connection)).await {
        Either::Left((outcome, _)) => outcome,
        // The connection's future ends with the response, before its body is read.
        Either::Right((_, exchange)) => exchange.await,
    }
}
