//! The memory that a thread keeps after a storm, for the connections that come.

use ws_core::Compression;
use ws_core::prelude::*;
use ws_tests::deflate::Deflate;
use ws_tests::raw::{BINARY, Raw, TEXT};
use ws_tests::until;

use super::{CLIENTS, Row, Setting};

/// Waits for others, so that all its connections use their buffers at once, and echoes.
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    async fn text(&mut self, text: &str) -> String {
        tokio::task::yield_now().await;
        text.to_owned()
    }

    #[binary]
    async fn binary(&mut self, bytes: Bytes) -> Bytes {
        tokio::task::yield_now().await;
        bytes
    }
}

#[test]
fn a_thread_keeps_its_pools_after_a_storm_and_nothing_else() {
    let app = App::new()
        .mount::<Echo>("/", ())
        .route(ws_core::Route::new::<Echo>("/compressed").compress(Compression::new()));
    let setting = Setting::new(app);
    let addr = setting.server.addr;
    let payload = vec![b'x'; 1 << 20];
    let compressed = &payload[..100 << 10];
    let held = setting.held(async {
        let mut raw = Vec::new();
        let mut deflate = Vec::new();
        for _ in 0..CLIENTS {
            raw.push(Raw::connect(addr, "/").await);
            deflate.push(Deflate::connect(addr, "/compressed").await);
        }
        for opcode in [TEXT, BINARY] {
            for client in &mut raw {
                client.frame(opcode, &payload).await;
            }
            for client in &mut deflate {
                client.send_in(opcode, compressed, 100).await;
            }
            for client in &mut raw {
                assert_eq!(client.read().await.expect("an echo").payload, payload);
            }
            for client in &mut deflate {
                assert_eq!(client.read().await.payload, compressed);
            }
        }
        drop((raw, deflate));
        until(|| setting.server.app.stats().open == 0).await;
    });
    Row::of("all that a thread keeps").assert_at_most(held);
}
