//! Runs callbacks that block their thread or panic, for the tests of `run`: `careless ADDR`.

use ws_core::prelude::*;

/// Echoes.
#[websocket("/echo")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn received(&mut self, text: Text) -> Text {
        text
    }
}

/// Blocks its thread forever.
#[websocket("/blocks")]
#[derive(Default)]
struct Blocks;

#[websocket]
impl Blocks {
    #[text]
    fn notified(&mut self) {
        println!("blocked");
        loop {
            std::thread::park();
        }
    }
}

/// Awaits a future that never completes, without blocking its thread.
#[websocket("/waits")]
#[derive(Default)]
struct Waits;

#[websocket]
impl Waits {
    #[text]
    async fn notified(&mut self) {
        println!("waiting");
        std::future::pending::<()>().await;
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        println!("terminated: {reason}");
    }
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the bomb went off");
    }
}

/// Closes while its mailbox holds several bombs.
#[websocket("/bombs")]
#[derive(Default)]
struct Bombs;

#[websocket]
impl Bombs {
    #[text]
    fn notified(&mut self, cx: &mut Context<Self>) -> Close {
        for _ in 0..3 {
            cx.socket().info(Bomb);
        }
        Close::normal()
    }

    #[info]
    fn bomb(&mut self, bomb: Bomb) {
        std::mem::forget(bomb);
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        println!("terminated: {reason}");
    }
}

fn main() -> ws_core::Result {
    tracing_subscriber::fmt().with_ansi(false).init();
    let addr = std::env::args().nth(1).expect("careless ADDR");
    App::discover().workers(2).run(addr)
}
