//! The end of a connection in the middle of a message.

use ws_tests::drained;
use ws_tests::raw::CLOSE;

use super::*;

#[tokio::test]
async fn a_close_frame_of_the_client_ends_the_message_with_an_error() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    client.send(&frame(false, BINARY, b"12345")).await;
    expect(&mut client, "begun").await;
    client.close(1000, "enough").await;
    assert_eq!(next(&mut client).await.close().0, 1000);
    setting.notes.seen("incomplete after 5 bytes").await;
    // Not the error that the callback returned because of it.
    setting.notes.seen("ended: closed by the client with 1000 enough").await;
}

#[tokio::test]
async fn a_close_by_the_server_does_too() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    client.send(&frame(false, BINARY, b"12345")).await;
    expect(&mut client, "begun").await;
    let socket = setting.server.app.sockets::<Store>().pop().expect("a connection");
    socket.close(CloseCode::new(4000).expect("a code"), "bye");
    assert_eq!(next(&mut client).await.close(), (4000, "bye"));
    client.close(4000, "").await;
    setting.notes.seen("incomplete after 5 bytes").await;
    ws_tests::until(|| {
        setting.notes.all().iter().any(|note| note.starts_with("ended: closed by the server"))
    })
    .await;
}

#[tokio::test]
async fn a_client_that_disconnects_cancels_the_callback() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    client.send(&frame(false, BINARY, b"12345")).await;
    expect(&mut client, "begun").await;
    drop(client);
    setting.notes.seen("over").await;
    setting.notes.seen("ended: the connection was lost").await;
    assert_eq!(setting.notes.count("incomplete after 5 bytes"), 0);
}

/// The bytes before the end are not read, because nobody takes them.
#[tokio::test]
async fn a_client_that_resets_is_found_although_a_part_waits() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/gated").await;
    client.send(&header(true, BINARY, 64 << 20)).await;
    setting.notes.seen("begun").await;
    client.send(&payload(200_000)).await;
    client.stream.set_zero_linger().expect("a socket");
    drop(client);
    setting.notes.seen("over").await;
    setting.notes.seen("ended: the connection was lost").await;
}

// RFC 6455 5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message".
#[tokio::test]
async fn another_message_within_the_message_is_1002() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    client.send(&frame(false, BINARY, b"1")).await;
    expect(&mut client, "begun").await;
    client.frame(TEXT, b"2").await;
    assert_eq!(next(&mut client).await.close().0, 1002);
    setting.notes.seen("over").await;
}

#[tokio::test]
async fn a_drain_waits_for_the_end_of_the_message() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    client.send(&frame(false, BINARY, b"1")).await;
    expect(&mut client, "begun").await;
    let app = setting.server.app.clone();
    let draining = tokio::spawn(async move { app.drain(Duration::from_secs(10)).await });
    ws_tests::until(|| setting.server.app.is_draining()).await;
    client.send(&frame(true, CONTINUATION, b"2")).await;
    expect(&mut client, &expected("binary", b"12")).await;
    let close = next(&mut client).await;
    assert_eq!((close.opcode, close.close().0), (CLOSE, 1001));
    client.close(1001, "").await;
    let ended = within(draining).await.expect("no panic");
    assert_eq!(drained(&ended), (1, 0, 0));
}

#[tokio::test]
async fn the_deadline_of_a_drain_cancels_the_callback() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/").await;
    client.send(&frame(false, BINARY, b"1")).await;
    expect(&mut client, "begun").await;
    let ended = within(setting.server.app.drain(Duration::from_millis(100))).await;
    assert_eq!(drained(&ended).1, 1);
    assert_eq!(setting.notes.count("over"), 1);
}
