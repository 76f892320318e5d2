//! The client's side of the opening handshake (RFC 6455 section 4.1), on a connection of hyper's.

use std::pin::pin;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::{Either, select};
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::error::{Error, Rejected};
use crate::handshake::accept::accept;

/// The largest part of a rejection's body that is kept, in bytes.
const BODY: usize = 64 << 10;

/// Returns a new `Sec-WebSocket-Key`: 16 random bytes in base64.
pub(super) fn key() -> HeaderValue {
    let key = STANDARD.encode(rand::random::<[u8; 16]>());
    HeaderValue::try_from(key).expect("base64 is ASCII")
}

/// Sends `request` on `stream`, and returns the upgraded stream with the headers of the response.
///
/// Spawns no task, so dropping the future closes the stream.
pub(super) async fn upgrade<S>(stream: S, request: Request<String>) -> Result<(Upgraded, HeaderMap), Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let asked = request.headers().clone();
    let (mut requests, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let exchange = pin!(async {
        let mut response = requests.send_request(request).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(Error::Rejected(Box::new(rejected(response).await)));
        }
        check(&asked, response.headers())?;
        let upgraded = hyper::upgrade::on(&mut response).await?;
        Ok((upgraded, std::mem::take(response.headers_mut())))
    });
    match select(exchange, pin!(connection.with_upgrades())).await {
        Either::Left((outcome, _)) => outcome,
        // The connection's future ends as soon as it is upgraded.
        Either::Right((_, exchange)) => exchange.await,
    }
}

/// Reads up to [`BODY`] bytes of the body. If reading fails, the part before that is kept.
async fn rejected(response: Response<Incoming>) -> Rejected {
    let (parts, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    while body.len() < BODY
        && let Some(Ok(frame)) = incoming.frame().await
    {
        if let Some(data) = frame.data_ref() {
            body.extend_from_slice(&data[..data.len().min(BODY - body.len())]);
        }
    }
    Rejected {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

/// Checks a 101 response against RFC 6455 4.1.
fn check(asked: &HeaderMap, answered: &HeaderMap) -> Result<(), Error> {
    let upgrades = list(answered, &UPGRADE).any(|protocol| protocol.eq_ignore_ascii_case("websocket"));
    let switches = list(answered, &CONNECTION).any(|option| option.eq_ignore_ascii_case("upgrade"));
    if !upgrades || !switches {
        return Err(Error::Handshake("it does not upgrade to `websocket`"));
    }
    let accept = asked.get(SEC_WEBSOCKET_KEY).map(accept);
    if accept.is_none() || answered.get(SEC_WEBSOCKET_ACCEPT) != accept.as_ref() {
        return Err(Error::Handshake("`Sec-WebSocket-Accept` does not match the key of the request"));
    }
    if answered.contains_key(SEC_WEBSOCKET_EXTENSIONS) && !asked.contains_key(SEC_WEBSOCKET_EXTENSIONS) {
        return Err(Error::Handshake("it uses an extension that the client did not offer"));
    }
    let offers = |name: &HeaderValue| list(asked, &SEC_WEBSOCKET_PROTOCOL).any(|offered| *name == offered);
    if answered.get(SEC_WEBSOCKET_PROTOCOL).is_some_and(|selected| !offers(selected)) {
        return Err(Error::Handshake("it selects a subprotocol that the client did not offer"));
    }
    Ok(())
}

/// Returns the items of a header that is a comma-separated list.
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lists = headers.get_all(name).into_iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim)
}
