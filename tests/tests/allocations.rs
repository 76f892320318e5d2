//! The server allocates nothing for a message: echoing many messages costs no more than echoing a few. A callback that
//! takes its payload by value receives a copy, which costs one allocation.

use axum::response::Response;
use http::request::Parts;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_core::prelude::*;
use ws_core::{Handler, Upgrade};
use ws_tests::raw::{self, Raw};
use ws_tests::{Server, within};

#[websocket("/echo")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }

    #[binary]
    async fn bytes(&mut self, bytes: Bytes) -> Result<Bytes, Close> {
        Ok(bytes)
    }

    #[ping]
    fn pinged(&mut self, payload: &[u8], cx: &mut Context<Self>) {
        if payload == b"close" {
            cx.close(CloseCode::NORMAL, "");
        }
    }
}

/// Returns what it borrows.
#[websocket("/borrowed")]
#[derive(Default)]
struct Borrowed;

#[websocket]
impl Borrowed {
    #[text]
    fn text(&mut self, text: &str) -> &str {
        text
    }

    #[binary]
    async fn bytes(&mut self, bytes: &[u8], _: &mut Context<Self>) -> Result<Option<&[u8]>, Close> {
        Ok(Some(bytes))
    }
}

/// Echoes borrowed payloads.
struct Lent;

impl Handler for Lent {
    type Info = std::convert::Infallible;

    async fn init(_: &mut Parts, _: &mut Upgrade<Self>) -> Result<Self, Response> {
        Ok(Self)
    }

    async fn message(&mut self, message: Incoming<'_>, _: &mut Context<Self>, reply: &mut Reply) {
        message.into_reply(reply);
    }
}

/// Counts the allocations of server and client for `bursts` bursts of 16 messages. The client allocates nothing.
fn allocations(path: &str, opcode: u8, bursts: usize) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_server, mut client) = runtime.block_on(async {
        let server = Server::start(App::discover_in(module_path!()).mount::<Lent>("/lent", ())).await;
        let client = Raw::connect(server.addr, path).await;
        (server, client)
    });
    let burst = raw::frame(true, opcode, &[b'x'; 64]).repeat(16);
    let mut answer = [0; 66 * 16];
    let measured = allocation_counter::measure(|| {
        runtime.block_on(async {
            for _ in 0..bursts {
                client.stream.write_all(&burst).await.unwrap();
                within(client.stream.read_exact(&mut answer)).await.unwrap();
            }
        });
    });
    measured.count_total
}

#[test]
fn a_message_that_is_borrowed_costs_no_allocation() {
    let echoes = ["/lent", "/borrowed"].into_iter().flat_map(|path| [(path, raw::TEXT), (path, raw::BINARY)]);
    for (path, opcode) in echoes {
        let (few, many) = (allocations(path, opcode, 10), allocations(path, opcode, 210));
        // The long run has 3,200 more messages in 200 more bursts: even one allocation a burst would show.
        assert!(many < few + 50, "{path}: {few} for 160 messages, {many} for 3,360");
    }
}

#[test]
fn a_message_that_is_taken_costs_one_allocation() {
    for opcode in [raw::TEXT, raw::BINARY] {
        let (few, many) = (allocations("/echo", opcode, 10), allocations("/echo", opcode, 210));
        let (least, most) = (few + 3_150, few + 3_250);
        assert!((least..most).contains(&many), "{few} for 160 messages, {many} for 3,360");
    }
}

/// Counts the allocations for `rounds` rounds in which each of `clients` clients sends 640 messages at once.
fn crowded(clients: usize, rounds: usize) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_server, mut clients) = runtime.block_on(async {
        let server = Server::start(App::new().mount::<Lent>("/lent", ())).await;
        let mut all = Vec::new();
        for _ in 0..clients {
            all.push(Raw::connect(server.addr, "/lent").await);
        }
        (server, all)
    });
    let burst = raw::frame(true, raw::TEXT, &[b'x'; 64]).repeat(640);
    let mut answer = vec![0; 66 * 640];
    let measured = allocation_counter::measure(|| {
        runtime.block_on(async {
            for _ in 0..rounds {
                for client in &mut clients {
                    client.stream.write_all(&burst).await.unwrap();
                }
                for client in &mut clients {
                    within(client.stream.read_exact(&mut answer)).await.unwrap();
                }
            }
        });
    });
    measured.count_total
}

/// A connection that has spent its poll budget of 64 messages copies its unread bytes if they are few. That is at most
/// one allocation per budget.
#[test]
fn many_connections_that_are_busy_at_once_allocate_no_message() {
    for clients in [4, 48] {
        let (few, many) = (crowded(clients, 2), crowded(clients, 12));
        let messages = 10 * 640 * clients as u64;
        assert!(many < few + messages / 32, "{} for {messages} messages", many - few);
    }
}

#[test]
fn clients_that_do_not_read_cost_the_others_no_allocation() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_server, _blocked, mut client) = runtime.block_on(async {
        let server = Server::start(App::new().mount::<Lent>("/lent", ())).await;
        let flood = raw::frame(true, raw::TEXT, &vec![b'x'; 60_000]);
        let mut blocked = Vec::new();
        for _ in 0..80 {
            let mut raw = Raw::open_with_small_buffers(server.addr).await;
            assert_eq!(raw.request("GET", "/lent", &raw::HEADERS).await.status, 101);
            // Sends until the server stops reading, and never reads the echoes.
            let moment = std::time::Duration::from_millis(20);
            while tokio::time::timeout(moment, raw.stream.write_all(&flood)).await.is_ok() {}
            blocked.push(raw);
        }
        let client = Raw::connect(server.addr, "/lent").await;
        (server, blocked, client)
    });
    let burst = raw::frame(true, raw::TEXT, &[b'x'; 64]).repeat(16);
    let mut answer = [0; 66 * 16];
    let measured = allocation_counter::measure(|| {
        runtime.block_on(async {
            for _ in 0..100 {
                client.stream.write_all(&burst).await.unwrap();
                within(client.stream.read_exact(&mut answer)).await.unwrap();
            }
        });
    });
    assert!(measured.count_total < 200, "{} for 1,600 messages", measured.count_total);
}

/// Counts the allocations of server and client for `count` clients that connect, upgrade, and close, one by one.
fn of_handshakes(count: usize) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(Server::start(App::new().mount::<Lent>("/lent", ())));
    let head = raw::request("GET", "/lent", &raw::HEADERS);
    let close = raw::frame(true, raw::CLOSE, &1000_u16.to_be_bytes());
    let mut answer = [0; 1024];
    let measured = allocation_counter::measure(|| {
        runtime.block_on(async {
            for _ in 0..count {
                let mut client = tokio::net::TcpStream::connect(server.addr).await.unwrap();
                client.write_all(&head).await.unwrap();
                assert!(within(client.read(&mut answer)).await.unwrap() > 0);
                client.write_all(&close).await.unwrap();
                while within(client.read(&mut answer)).await.unwrap() > 0 {}
            }
        });
    });
    measured.count_total
}

/// axum, hyper, tokio and the client allocate about half of them.
#[test]
fn a_handshake_costs_few_allocations() {
    let (few, many) = (of_handshakes(10), of_handshakes(110));
    let each = (many - few) / 100;
    assert!(each <= 49, "{each} for a handshake");
}
