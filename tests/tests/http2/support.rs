//! A client of HTTP/2 that knows nothing of WebSockets, and its streams.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::ext::Protocol;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Method, Request, StatusCode, Version, request};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_websockets::{ClientBuilder, WebSocketStream};
use ws_core::{App, Http2};
use ws_tests::raw::{self, Frame};
use ws_tests::{Server, until, within};

/// Serves `app` with HTTP/2 on plain TCP.
pub(crate) async fn serve(app: App) -> Server {
    Server::start(app.http2(Http2::new().prior_knowledge(true))).await
}

/// A connection.
pub(crate) struct Connection {
    pub(crate) requests: SendRequest<Bytes>,
    /// The end of the connection.
    pub(crate) over: JoinHandle<Result<(), h2::Error>>,
}

/// A whole response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// Returns a handshake request.
pub(crate) fn handshake(path: &str) -> request::Builder {
    Request::builder()
        .method(Method::CONNECT)
        .version(Version::HTTP_2)
        .uri(format!("http://localhost{path}"))
        .extension(Protocol::from_static("websocket"))
        .header("sec-websocket-version", "13")
}

impl Connection {
    /// Connects with prior knowledge.
    pub(crate) async fn open(addr: SocketAddr) -> Self {
        Self::with(&Builder::new(), addr).await
    }

    pub(crate) async fn with(builder: &Builder, addr: SocketAddr) -> Self {
        let stream = within(TcpStream::connect(addr)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(builder, stream).await
    }

    /// Speaks HTTP/2 on `stream`.
    pub(crate) async fn over<S>(builder: &Builder, stream: S) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (requests, connection) = within(builder.handshake(stream)).await.unwrap();
        let over = tokio::spawn(connection);
        // RFC 8441 3: "A sender MUST NOT send a SETTINGS_ENABLE_CONNECT_PROTOCOL parameter with the value of 0 after previously
        // sending a value of 1." The crate checks that, and this waits for the value of 1.
        until(|| requests.is_extended_connect_protocol_enabled()).await;
        Self { requests, over }
    }

    /// Sends a request whose stream stays open unless it is `whole`.
    pub(crate) async fn send(
        &mut self,
        request: Request<()>,
        whole: bool,
    ) -> (ResponseFuture, SendStream<Bytes>) {
        let mut requests = within(self.requests.clone().ready()).await.unwrap();
        requests.send_request(request, whole).unwrap()
    }

    /// Sends a request, and returns the response, which must have an end.
    pub(crate) async fn response(&mut self, request: request::Builder) -> Response {
        let request = request.body(()).unwrap();
        let whole = request.method() != Method::CONNECT;
        let (response, _stream) = self.send(request, whole).await;
        let (parts, mut body) = within(response).await.unwrap().into_parts();
        let mut bytes = Vec::new();
        while let Some(data) = within(body.data()).await {
            let data = data.unwrap();
            body.flow_control().release_capacity(data.len()).unwrap();
            bytes.extend(data);
        }
        Response { status: parts.status, headers: parts.headers, body: String::from_utf8(bytes).unwrap() }
    }

    /// Begins a WebSocket.
    pub(crate) async fn tunnel(&mut self, request: request::Builder) -> Tunnel {
        let (response, sending) = self.send(request.body(()).unwrap(), false).await;
        let response = within(response).await.unwrap();
        assert_eq!(response.status(), 200, "{response:?}");
        let (parts, receiving) = response.into_parts();
        Tunnel { sending, receiving, unread: Bytes::new(), headers: parts.headers }
    }

    /// Connects an independent WebSocket client to `path`.
    pub(crate) async fn connect(&mut self, path: &str) -> WebSocketStream<Tunnel> {
        let tunnel = self.tunnel(handshake(path)).await;
        ClientBuilder::new().take_over(tunnel)
    }
}

/// The stream of a WebSocket.
pub(crate) struct Tunnel {
    pub(crate) sending: SendStream<Bytes>,
    pub(crate) receiving: RecvStream,
    unread: Bytes,
    /// The headers of the response.
    pub(crate) headers: HeaderMap,
}

impl Tunnel {
    pub(crate) async fn frame(&mut self, opcode: u8, payload: &[u8]) {
        within(self.write_all(&raw::frame(true, opcode, payload))).await.unwrap();
    }

    pub(crate) async fn read(&mut self) -> Option<Frame> {
        within(raw::read_frame(self)).await
    }

    /// Ends the stream without a close frame.
    pub(crate) fn end(&mut self) {
        self.sending.send_data(Bytes::new(), true).unwrap();
    }

    /// Returns the reason of the server's `RST_STREAM`.
    pub(crate) async fn reset(&mut self) -> Reason {
        within(std::future::poll_fn(|cx| self.sending.poll_reset(cx))).await.unwrap()
    }
}

fn failed(error: h2::Error) -> io::Error {
    io::Error::other(error)
}

impl AsyncRead for Tunnel {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while this.unread.is_empty() {
            match ready!(this.receiving.poll_data(cx)) {
                Some(data) => this.unread = data.map_err(failed)?,
                None => return Poll::Ready(Ok(())),
            }
        }
        let count = this.unread.len().min(buf.remaining());
        buf.put_slice(&this.unread[..count]);
        this.unread.advance(count);
        this.receiving.flow_control().release_capacity(count).map_err(failed)?;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.sending.reserve_capacity(buf.len());
        loop {
            let capacity = self.sending.capacity();
            if capacity > 0 {
                let count = capacity.min(buf.len());
                self.sending.send_data(Bytes::copy_from_slice(&buf[..count]), false).map_err(failed)?;
                return Poll::Ready(Ok(count));
            }
            match ready!(self.sending.poll_capacity(cx)) {
                Some(capacity) => drop(capacity.map_err(failed)?),
                None => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.sending.send_data(Bytes::new(), true).map_err(failed))
    }
}
