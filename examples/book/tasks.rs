//! Chapter "Background tasks".

use std::time::Duration;

use ws_core::prelude::*;

// ANCHOR: feed
/// Publishes a number twice a second, from the start of the server on.
pub(crate) async fn feed(app: AppHandle) {
    let mut ticks = tokio::time::interval(Duration::from_millis(500));
    for number in 1_u64.. {
        ticks.tick().await;
        app.hub().publish("numbers", number.to_string());
    }
}

/// Receives the numbers.
#[websocket("/numbered")]
#[derive(Default)]
struct Numbered;

#[websocket]
impl Numbered {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.subscribe("numbers");
    }
}
// ANCHOR_END: feed

// ANCHOR: report
/// Saves the largest number of connections when the server shuts down.
pub(crate) async fn report(app: AppHandle) -> Result<(), std::io::Error> {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    let mut most = 0;
    loop {
        tokio::select! {
            _ = seconds.tick() => most = most.max(app.stats().open),
            () = app.draining() => break,
        }
    }
    save(most.max(app.stats().open)).await
}
// ANCHOR_END: report

async fn save(most: u64) -> Result<(), std::io::Error> {
    tokio::time::sleep(Duration::from_millis(50)).await;
    println!("at most {most} connections");
    Ok(())
}
