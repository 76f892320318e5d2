//! Whole connections in memory, with their event loops, behind hyper: dispatch, publish and handshake. The client only
//! writes and reads bytes, on the same thread.

use axum::Router;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::{Builder, Runtime};
use ws_bench::load::frames::Frames;
use ws_bench::load::message::{Content, Message as Sent};
use ws_core::AppHandle;
use ws_core::prelude::*;

/// Messages in a burst of `dispatch`.
const BURST: usize = 64;
/// Subscribers in `publish`.
const SUBSCRIBERS: usize = 100;
/// Bytes of a message.
const SIZE: usize = 64;
const TOPIC: &str = "all";

/// Counts binary messages, and answers a text with the count.
#[websocket("/count")]
#[derive(Default)]
struct Count(usize);

#[websocket]
impl Count {
    #[binary]
    fn binary(&mut self, bytes: &[u8]) {
        self.0 += usize::from(bytes.len() == SIZE);
    }

    #[text]
    fn text(&mut self, _: &str) -> String {
        std::mem::take(&mut self.0).to_string()
    }
}

#[websocket("/subscriber")]
#[derive(Default)]
struct Subscriber;

#[websocket]
impl Subscriber {
    #[init]
    fn init(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.subscribe(TOPIC);
        Self
    }
}

/// An app, and the runtime of its connections.
struct Server {
    runtime: Runtime,
    service: TowerToHyperService<Router>,
    app: AppHandle,
}

impl Server {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let app = App::discover();
        let handle = app.handle();
        Self { runtime, service: TowerToHyperService::new(app.into_router()), app: handle }
    }

    async fn connect(&self, path: &str) -> DuplexStream {
        let (mut client, server) = tokio::io::duplex(64 << 10);
        let serving = http1::Builder::new().serve_connection(TokioIo::new(server), self.service.clone());
        tokio::spawn(serving.with_upgrades());
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        client.write_all(request.as_bytes()).await.expect("the server reads");
        let mut response = Vec::new();
        while !response.ends_with(b"\r\n\r\n") {
            assert_ne!(client.read_buf(&mut response).await.expect("a response"), 0);
        }
        assert!(response.starts_with(b"HTTP/1.1 101"));
        client
    }
}

fn frame(content: Content, size: usize) -> Vec<u8> {
    Frames::new(&Sent { content, size, deflate: false }, 1).first().to_vec()
}

fn dispatch(criterion: &mut Criterion) {
    let server = Server::new();
    let mut client = server.runtime.block_on(server.connect("/count"));
    let mut burst = frame(Content::Binary, SIZE).repeat(BURST);
    burst.extend(frame(Content::Ascii, 5));
    let mut group = criterion.benchmark_group("dispatch");
    group.throughput(Throughput::Elements(BURST as u64));
    group.bench_function("binary-64", |bencher| {
        bencher.iter(|| {
            server.runtime.block_on(async {
                client.write_all(&burst).await.expect("the server reads");
                let mut count = [0; 4];
                client.read_exact(&mut count).await.expect("the count");
                assert_eq!(&count, b"\x81\x0264");
            });
        });
    });
    group.finish();
}

fn publish(criterion: &mut Criterion) {
    let server = Server::new();
    let mut clients: Vec<DuplexStream> =
        std::iter::repeat_with(|| server.runtime.block_on(server.connect("/subscriber")))
            .take(SUBSCRIBERS)
            .collect();
    let message = Bytes::from_static(&[7; SIZE]);
    let hub = server.app.hub();
    let mut group = criterion.benchmark_group("publish");
    group.throughput(Throughput::Elements(SUBSCRIBERS as u64));
    group.bench_function("binary-64-to-100", |bencher| {
        bencher.iter(|| {
            assert_eq!(hub.publish(TOPIC, message.clone()).queued, SUBSCRIBERS);
            server.runtime.block_on(async {
                for client in &mut clients {
                    let mut frame = [0; 2 + SIZE];
                    client.read_exact(&mut frame).await.expect("the message");
                    assert_eq!(frame[2..], message);
                }
            });
        });
    });
    group.finish();
}

fn handshake(criterion: &mut Criterion) {
    let server = Server::new();
    criterion.bench_function("handshake", |bencher| {
        bencher.iter(|| drop(server.runtime.block_on(server.connect("/count"))));
    });
}

criterion_group!(benches, dispatch, publish, handshake);
criterion_main!(benches);
