//! Clients of a proxy, from an address that is not the proxy's own.

use std::net::{IpAddr, SocketAddr};
use std::process::Command;

use futures_util::StreamExt;
use h2::client::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::client::TlsStream;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};
use ws_tests::process::Process;
use ws_tests::raw::{self, HEADERS};
use ws_tests::within;

use crate::http2_support;
use crate::proxy::Proxy;
use crate::tls_support::exchange;

pub(crate) type Client = WebSocketStream<TlsStream<TcpStream>>;

/// The address of most clients. The proxies connect from 127.0.0.1, which the app trusts.
pub(crate) const HERE: [u8; 4] = [127, 0, 0, 2];

/// Connects to the proxy from the address `from`, with TLS and HTTP/1.1.
pub(crate) async fn open(proxy: &Proxy, from: [u8; 4]) -> TlsStream<TcpStream> {
    open_with(proxy, from, "http/1.1").await
}

/// Connects to the proxy with TLS and HTTP/2. Waits until the proxy has announced RFC 8441.
pub(crate) async fn http2(proxy: &Proxy) -> http2_support::Connection {
    http2_support::Connection::over(&Builder::new(), open_with(proxy, HERE, "h2").await).await
}

async fn open_with(proxy: &Proxy, from: [u8; 4], protocol: &str) -> TlsStream<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    let stream = within(socket.connect(proxy.addr)).await.unwrap();
    proxy.trusting.clone().alpn(&[protocol]).over(stream).await.expect("a TLS handshake")
}

/// Connects a WebSocket client, as a page of the site would.
pub(crate) async fn connect(proxy: &Proxy, path: &str, more: &[(&'static str, String)]) -> Client {
    let stream = open(proxy, HERE).await;
    let url = format!("wss://localhost:{}{path}", proxy.addr.port());
    let mut builder = ClientBuilder::new().uri(&url).unwrap();
    let origin = ("origin", format!("https://localhost:{}", proxy.addr.port()));
    for (name, value) in [origin].iter().chain(more) {
        builder = builder.add_header(name.parse().unwrap(), value.parse().unwrap()).unwrap();
    }
    within(builder.connect_on(stream)).await.expect("a handshake").0
}

/// Sends a handshake from the address `from`, with the headers `more`. Returns the connection and the head of the response.
pub(crate) async fn shake(
    proxy: &Proxy,
    from: [u8; 4],
    more: &[(&str, &str)],
) -> (TlsStream<TcpStream>, String) {
    let mut stream = open(proxy, from).await;
    let host = format!("localhost:{}", proxy.addr.port());
    let others = HEADERS.iter().filter(|(name, _)| *name != "Host");
    let headers: Vec<_> = [("Host", &*host)].iter().chain(others).chain(more).copied().collect();
    let head = exchange(&mut stream, &raw::request("GET", "/who", &headers)).await;
    (stream, head)
}

/// Returns the next message that is no ping, and the number of pings before it.
pub(crate) async fn next<S>(client: &mut WebSocketStream<S>) -> (Option<Message>, usize)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut pings = 0;
    loop {
        match within(client.next()).await {
            Some(Ok(message)) if message.is_ping() => pings += 1,
            Some(Ok(message)) => return (Some(message), pings),
            Some(Err(_)) | None => return (None, pings),
        }
    }
}

/// Sends a plain request with curl, over HTTP/2. Returns the version and the body.
pub(crate) async fn get(proxy: &Proxy, path: &str) -> String {
    let ip: IpAddr = HERE.into();
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--show-error",
        "--max-time",
        "10",
        "--http2",
        "--ipv4",
        "--interface",
        &ip.to_string(),
    ])
    .args(["--write-out", " over HTTP/%{http_version}\n", "--cacert"])
    .arg(proxy.folder.join("ca.pem"))
    .arg(format!("https://localhost:{}{path}", proxy.addr.port()));
    let mut curl = Process::spawn(&mut curl);
    curl.prints(" over HTTP/").await;
    assert_eq!(curl.ended().await.code(), Some(0), "{curl:?}");
    curl.stdout()
}
