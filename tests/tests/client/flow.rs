//! Sending and receiving at the same time, with a slow client or a slow server.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use ws_core::client;
use ws_core::prelude::*;
use ws_tests::raw::{BINARY, PING, PONG, TEXT};
use ws_tests::{Server, within};

use super::peer::{self, pair};

const MIB: usize = 1 << 20;

#[websocket("/echo", max_message_size = "4MiB")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[binary]
    fn binary(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

#[tokio::test]
async fn send_and_receive_at_the_same_time() {
    let server = Server::start(App::discover_in(module_path!())).await;
    let mut client = within(client::connect(&format!("ws://{}/echo", server.addr))).await.unwrap();
    let sending = (0..4u8).map(|task| {
        let sender = client.sender();
        tokio::spawn(async move {
            for number in 0..25u8 {
                sender.send([vec![task, number], vec![0; MIB / 4]].concat()).await?;
            }
            Ok::<_, client::Error>(())
        })
    });
    let sending: Vec<_> = sending.collect();
    let mut next = [0; 4];
    for _ in 0..100 {
        let bytes = within(client.binary()).await.unwrap();
        let (task, number) = (usize::from(bytes[0]), bytes[1]);
        assert_eq!(
            (bytes.len(), number),
            (MIB / 4 + 2, next[task]),
            "each sender's messages keep their order"
        );
        next[task] += 1;
    }
    for task in sending {
        within(task).await.unwrap().unwrap();
    }
}

/// Both sides write more than the system buffers. A client that does not read while it writes would block forever.
#[tokio::test]
async fn a_blocked_send_does_not_block_receiving() {
    let (mut client, mut peer) = pair().await;
    let large = vec![7; 16 * MIB];
    let sending = client.sender();
    let payload = large.clone();
    let sending = tokio::spawn(async move { sending.send(payload).await });
    // The peer reads nothing until it has written everything.
    let serve = async {
        for _ in 0..64 {
            peer.send(&peer::frame(BINARY, &vec![1; MIB / 4])).await;
        }
        peer.read().await.expect("the large message").payload.len()
    };
    let receive = async {
        for _ in 0..64 {
            assert_eq!(within(client.binary()).await.unwrap().len(), MIB / 4);
        }
    };
    let (read, ()) = tokio::join!(serve, receive);
    assert_eq!(read, large.len());
    within(sending).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_receive_holds_the_server_back() {
    const LIMIT: usize = 512;
    let (mut client, mut peer) = pair().await;
    let frame = peer::frame(BINARY, &vec![1; MIB / 4]);
    let mut written = 0;
    // The system buffers a few megabytes, and the client one.
    while timeout(Duration::from_millis(500), peer.0.write_all(&frame)).await.is_ok() {
        written += 1;
        assert!(written < LIMIT, "the client took 128 MiB");
    }
    // The last write was interrupted, but every whole message arrives.
    for _ in 0..written {
        assert_eq!(within(client.binary()).await.unwrap().len(), MIB / 4);
    }
}

#[tokio::test]
async fn pings_are_answered_when_the_queue_is_full() {
    let (mut client, mut peer) = pair().await;
    peer.send(&peer::frame(BINARY, &vec![1; MIB])).await;
    for number in 0..3 {
        peer.send(&peer::frame(PING, &[number])).await;
        let pong = peer.read().await.unwrap();
        assert_eq!((pong.opcode, &*pong.payload), (PONG, &[number][..]));
    }
    assert_eq!(within(client.binary()).await.unwrap().len(), MIB);
    // The full queue had no room for the earlier pings.
    peer.send(&peer::frame(PING, b"place")).await;
    assert_eq!(within(client.recv_ping()).await.unwrap(), "place");
}

#[tokio::test]
async fn a_send_that_is_dropped_leaves_whole_messages() {
    let (client, mut peer) = pair().await;
    // More than the system buffers, so the driver is in the middle of this message.
    assert!(timeout(Duration::from_millis(200), client.send(vec![1; 32 * MIB])).await.is_err());
    // This message is queued, and dropped before the driver takes it.
    assert!(client.send("dropped").now_or_never().is_none());
    let last = tokio::spawn(async move { client.send("last").await.map(|()| client) });
    assert_eq!(peer.read().await.unwrap().payload.len(), 32 * MIB);
    let mut texts = Vec::new();
    while texts.last().is_none_or(|text| text != "last") {
        let frame = peer.read().await.unwrap();
        assert!(frame.fin && frame.opcode == TEXT);
        texts.push(frame.text().to_owned());
    }
    assert!(texts == ["last"] || texts == ["dropped", "last"], "{texts:?}");
    within(last).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_recv_that_is_dropped_loses_nothing() {
    let (mut client, mut peer) = pair().await;
    let serve = tokio::spawn(async move {
        for number in 0..1000u32 {
            peer.send(&peer::frame(TEXT, number.to_string().as_bytes())).await;
            tokio::task::yield_now().await;
        }
        peer
    });
    let mut dropped = 0;
    for number in 0..1000u32 {
        let received = within(async {
            loop {
                if let Some(received) = client.recv().now_or_never() {
                    return received;
                }
                dropped += 1;
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(received.await.unwrap(), Some(number.to_string().into()));
    }
    assert!(dropped > 0);
    within(serve).await.unwrap();
}
