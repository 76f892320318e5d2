//! No allocation of ours for a message: an echo of many costs no more than an echo of few. A callback that takes its payload
//! by value gets one of its own, which is one allocation.

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

/// Echoes what it borrows.
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

/// Allocations of server and client together, for `bursts` of 16 messages: the client's are none.
fn allocations(path: &str, opcode: u8, bursts: usize) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_server, mut client) = runtime.block_on(async {
        let server = Server::start(App::linked_in(module_path!()).mount::<Lent>("/lent", ())).await;
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
    for opcode in [raw::TEXT, raw::BINARY] {
        let (few, many) = (allocations("/lent", opcode, 10), allocations("/lent", opcode, 210));
        // 3,200 messages more in 200 bursts more: one allocation a burst would already show.
        assert!(many < few + 50, "{few} for 160 messages, {many} for 3,360");
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
