//! A command-line client: it sends each line that you type as text, and prints the messages of the server.
//!
//! ```sh
//! cargo run --example custom
//! cargo run --example client ws://127.0.0.1:8080/socket/custom    # in another terminal
//! ```
//!
//! The end of the input (Ctrl-D) closes the connection.

use std::io;
use std::thread;

use tokio::sync::mpsc;
use ws_core::client;
use ws_core::prelude::*;

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), client::Error> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "ws://127.0.0.1:8080/socket/custom".to_owned());
    let mut client = client::connect(&url).await?;
    println!("connected to {url}");
    let mut lines = lines();
    loop {
        tokio::select! {
            message = client.recv() => match message? {
                Some(Message::Text(text)) => println!("{text}"),
                Some(message) => println!("{message:?}"),
                None => break,
            },
            line = lines.recv() => {
                let Some(line) = line else {
                    client.close(CloseCode::NORMAL, "the input ended").await?;
                    break;
                };
                client.send(line).await?;
            }
        }
    }
    match client.closed().await? {
        Some((code, reason)) => println!("closed with {code} {reason}"),
        None => println!("closed without a code"),
    }
    Ok(())
}
// ANCHOR_END: main

/// Returns the lines of the standard input. A thread reads them, because a pending read would keep the runtime from
/// shutting down.
fn lines() -> mpsc::Receiver<String> {
    let (lines, typed) = mpsc::channel(1);
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if lines.blocking_send(line).is_err() {
                break;
            }
        }
    });
    typed
}
