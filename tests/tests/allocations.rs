//! No allocation of ours for a message: an echo of many costs no more than an echo of few.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_core::prelude::*;
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

/// Allocations of server and client together, for `bursts` of 16 messages: the client's are none.
fn allocations(opcode: u8, bursts: usize) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_server, mut client) = runtime.block_on(async {
        let server = Server::start(App::linked_in(module_path!())).await;
        let client = Raw::connect(server.addr, "/echo").await;
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
fn a_message_costs_no_allocation() {
    for opcode in [raw::TEXT, raw::BINARY] {
        let (few, many) = (allocations(opcode, 10), allocations(opcode, 210));
        // 3,200 messages more in 200 bursts more: one allocation a burst would already show.
        assert!(many < few + 50, "{few} for 160 messages, {many} for 3,360");
    }
}
