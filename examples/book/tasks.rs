//! Chapter "Background tasks".

use std::time::Duration;

use ws_core::client;
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

// ANCHOR: relay
/// Publishes the messages of another server, and connects again after the connection was lost.
pub(crate) async fn relay(app: AppHandle, url: String) {
    loop {
        match follow(&app, &url).await {
            Ok(()) => println!("relay: the server has closed the connection"),
            Err(error) => println!("relay: {error}"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn follow(app: &AppHandle, url: &str) -> Result<(), client::Error> {
    let mut source = client::connect(url).await?;
    while let Some(message) = source.recv().await? {
        app.hub().publish("relayed", message);
    }
    Ok(())
}
// ANCHOR_END: relay

/// Receives the messages that are relayed.
#[websocket("/relayed")]
#[derive(Default)]
struct Relayed;

#[websocket]
impl Relayed {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.subscribe("relayed");
    }
}
