//! Listeners that the program opens itself, and the addresses of their clients.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Extension;
use axum::extract::ConnectInfo;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use ws_core::{Listen, Server};
use ws_tests::process::connect;
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{front, text, within};

use super::app;

/// Serves until the result is dropped.
struct Running {
    addr: Option<SocketAddr>,
    _stop: oneshot::Sender<()>,
    _serving: JoinHandle<()>,
}

impl Running {
    fn start(server: Server) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let addr = server.local_addr();
        let serving = tokio::spawn(server.serve_until(async { drop(stopped.await) }));
        Self { addr, _stop: stop, _serving: serving }
    }

    async fn at(listen: impl Into<Listen>) -> Self {
        Self::start(app().bind(listen).await.expect("a server"))
    }

    async fn serves(&self) {
        let mut client = connect(self.addr.expect("a TCP address"), "/here/now").await;
        assert!(text(&mut client).await.starts_with("/here/now Some(127.0.0.1:"));
    }
}

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[tokio::test]
async fn every_kind_of_address_and_listener_is_served() {
    let any = SocketAddr::new(LOCAL, 0);
    Running::at("127.0.0.1:0").await.serves().await;
    Running::at("127.0.0.1:0".to_owned()).await.serves().await;
    Running::at(("127.0.0.1", 0)).await.serves().await;
    Running::at((LOCAL, 0)).await.serves().await;
    Running::at(any).await.serves().await;
    Running::at(std::net::TcpListener::bind(any).unwrap()).await.serves().await;
    Running::at(TcpListener::bind(any).await.unwrap()).await.serves().await;
    // The first address is that of another machine.
    let elsewhere = "192.0.2.1:0".parse().unwrap();
    Running::at([elsewhere, any]).await.serves().await;
    Running::at(vec![elsewhere, any]).await.serves().await;
    let error = app().bind(&[][..]).await.unwrap_err().to_string();
    assert_eq!(error, "cannot listen on []: the name has no address");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn two_servers_share_a_port() {
    let listener = |addr: SocketAddr| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseport(true).unwrap();
        socket.bind(addr).unwrap();
        socket.listen(16).unwrap()
    };
    let one = Running::at(listener(SocketAddr::new(LOCAL, 0))).await;
    let other = Running::at(listener(one.addr.unwrap())).await;
    assert_eq!(one.addr, other.addr);
    for _ in 0..8 {
        one.serves().await;
    }
}

#[tokio::test]
async fn an_ipv4_client_of_an_ipv6_listener_has_its_own_address() {
    // Some machines have no IPv6.
    if std::net::TcpListener::bind("[::]:0").is_ok() {
        let server = Running::at("[::]:0").await;
        let addr = SocketAddr::new(LOCAL, server.addr.unwrap().port());
        let mut client = connect(addr, "/here/now").await;
        let received = text(&mut client).await;
        assert!(received.starts_with("/here/now Some(127.0.0.1:"), "{received}");
    }
    // The same in another server, which passes the address on as the system reports it.
    let mapped: SocketAddr = "[::ffff:192.0.2.7]:1234".parse().unwrap();
    let router = app().into_router().layer(Extension(ConnectInfo(mapped)));
    let addr = front::serve(router, |stream| stream).await;
    let mut raw = Raw::open(addr).await;
    assert_eq!(raw.request("GET", "/here/now", &HEADERS).await.status, 101);
    assert_eq!(raw.read().await.unwrap().text(), "/here/now Some(192.0.2.7:1234)");
}

#[cfg(unix)]
mod unix {
    use std::path::PathBuf;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{UnixListener, UnixStream};
    use ws_tests::raw::{TEXT, frame, read_frame, request};

    use super::*;

    /// The path of a socket, which is removed with it.
    struct Path(PathBuf);

    impl Path {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("ws-core-{}-{name}.sock", std::process::id()));
            let _ = std::fs::remove_file(&path);
            Self(path)
        }

        fn listener(&self) -> UnixListener {
            UnixListener::bind(&self.0).expect("a socket")
        }

        /// Sends a request, and returns the connection and the head of the response.
        async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> (UnixStream, String) {
            let mut stream = UnixStream::connect(&self.0).await.expect("a listener");
            stream.write_all(&request("GET", path, headers)).await.expect("an open connection");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(within(stream.read_u8()).await.expect("the head of a response"));
            }
            (stream, String::from_utf8(head).expect("text"))
        }

        /// Performs a handshake, and returns the first message.
        async fn greeting(&self, more: &[(&str, &str)]) -> (UnixStream, String) {
            let (mut stream, head) = self.ask("/here/now", &[&HEADERS[..], more].concat()).await;
            assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
            let greeting = within(read_frame(&mut stream)).await.expect("a greeting").text().to_owned();
            (stream, greeting)
        }
    }

    impl Drop for Path {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[tokio::test]
    async fn a_unix_socket_is_served_and_its_clients_have_no_address() {
        let path = Path::new("plain");
        let app = app().max_connections_per_address(1).trusted_proxies(["127.0.0.1"]);
        let server = app.bind(path.listener()).await.unwrap();
        assert_eq!(server.local_addr(), None);
        let _running = Running::start(server);
        // None of them is limited by address, and their headers are not trusted.
        let mut open = Vec::new();
        for _ in 0..3 {
            let (stream, greeting) = path.greeting(&[("X-Forwarded-For", "192.0.2.1")]).await;
            assert_eq!(greeting, "/here/now None");
            open.push(stream);
        }
        open[0].write_all(&frame(true, TEXT, b"x")).await.unwrap();
        let answer = within(read_frame(&mut open[0])).await.expect("an answer");
        assert!(answer.text().starts_with("3 here"), "{answer:?}");
        let (_, head) = path.ask("/nowhere", &[("Host", "localhost")]).await;
        assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    }

    #[tokio::test]
    async fn a_trusted_proxy_behind_a_unix_socket_names_its_clients() {
        let path = Path::new("proxy");
        let listener = path.listener().into_std().unwrap();
        let app = app().max_connections_per_address(1).trusted_proxies(["unix"]);
        let _running = Running::start(app.bind(listener).await.unwrap());
        let (_stream, greeting) = path.greeting(&[("X-Forwarded-For", "192.0.2.1")]).await;
        assert_eq!(greeting, "/here/now Some(192.0.2.1:0)");
        let (_, head) =
            path.ask("/here/now", &[&HEADERS[..], &[("X-Forwarded-For", "192.0.2.1")]].concat()).await;
        assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        // A proxy that names no client is not limited itself.
        for _ in 0..2 {
            assert_eq!(path.greeting(&[]).await.1, "/here/now None");
        }
    }

    #[tokio::test]
    async fn too_many_silent_clients_of_a_unix_socket_make_room() {
        let path = Path::new("silent");
        let _running = Running::start(app().max_half_open(2).bind(path.listener()).await.unwrap());
        let mut silent = Vec::new();
        for _ in 0..3 {
            silent.push(UnixStream::connect(&path.0).await.unwrap());
        }
        assert_eq!(path.greeting(&[]).await.1, "/here/now None");
        assert_eq!(within(silent[0].read(&mut [0])).await.unwrap(), 0);
    }
}
