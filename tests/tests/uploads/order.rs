//! The order of a message, of the control frames within it, and of the messages behind it.

use ws_tests::raw::{PING, PONG};

use super::*;

// RFC 6455 5.4: "Control frames (see Section 5.5) MAY be injected in the middle of a fragmented message."
#[tokio::test]
async fn pings_between_the_fragments_are_answered_at_once() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    let sent = payload(1000);
    client.send(&frame(false, BINARY, &sent[..100])).await;
    expect(&mut client, "begun").await;
    // More than are kept for `#[ping]`.
    for at in 1..10_usize {
        for _ in 0..5 {
            client.frame(PING, b"?").await;
            assert_eq!(next(&mut client).await.opcode, PONG);
        }
        client.send(&frame(at == 9, CONTINUATION, &sent[at * 100..(at + 1) * 100])).await;
    }
    expect(&mut client, &expected("binary", &sent)).await;
    client.frame(PING, b"!").await;
    assert_eq!(next(&mut client).await.text(), "!");
    setting.notes.seen("pinged").await;
    ws_tests::until(|| setting.notes.count("pinged") == 17).await;
}

#[tokio::test]
async fn the_next_message_follows_and_is_not_read_before() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    let (first, second) = (payload(100_000), payload(300_000));
    let all = [frame(true, BINARY, &first), frame(true, TEXT, b"hi"), frame(true, BINARY, &second)].concat();
    client.send(&all).await;
    for (kind, sent) in [("binary", &first[..]), ("text", b"hi"), ("binary", &second[..])] {
        expect(&mut client, "begun").await;
        expect(&mut client, &expected(kind, sent)).await;
    }
    // Behind a callback that waits, the start of a message is read and nothing more.
    let mut client = setting.connect("/gated").await;
    client.send(&frame(true, TEXT, b"x")).await;
    client.send(&header(true, BINARY, 64 << 20)).await;
    setting.notes.seen("begun").await;
    setting.gate.open();
    setting.gate.open();
    expect(&mut client, "begun").await;
    expect(&mut client, &expected("text", b"x")).await;
    setting.gate.open();
    client.send(&[1]).await;
    expect(&mut client, "begun").await;
}

#[tokio::test]
async fn the_rest_is_discarded_if_the_callback_returns_early() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/early").await;
    for fragments in [false, true] {
        let opcode = if fragments { CONTINUATION } else { BINARY };
        client
            .send(&if fragments { frame(false, BINARY, b"1") } else { header(true, opcode, 5 << 20) })
            .await;
        client.send(if fragments { b"" } else { b"1" }).await;
        expect(&mut client, "begun").await;
        expect(&mut client, "early").await;
        if fragments {
            client.send(&header(true, CONTINUATION, (5 << 20) - 1)).await;
        }
        client.send(&payload((5 << 20) - 1)).await;
        // The next one has a callback of its own.
        client.frame(TEXT, b"next").await;
        expect(&mut client, "begun").await;
        expect(&mut client, "early").await;
    }
    assert_eq!(setting.server.app.stats().messages_in, 4);
}

#[tokio::test]
async fn messages_of_others_go_out_meanwhile() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    client.send(&frame(false, BINARY, b"1")).await;
    expect(&mut client, "begun").await;
    let socket = setting.server.app.sockets::<Store>().pop().expect("a connection");
    socket.send("news");
    expect(&mut client, "news").await;
    client.send(&frame(true, CONTINUATION, b"2")).await;
    expect(&mut client, &expected("binary", b"12")).await;
}

#[tokio::test]
async fn an_error_of_the_callback_closes_with_1011() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/beside").await;
    client.send(&frame(false, BINARY, b"fail")).await;
    assert_eq!(next(&mut client).await.close().0, 1011);
    setting.notes.seen("ended: callback `bytes` failed: as the test wants it").await;
}
