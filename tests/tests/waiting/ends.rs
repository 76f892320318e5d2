//! The connection ends while a callback is pending. If the client or the server closes it in an orderly way, the callback
//! is finished first, within the close timeout. Otherwise it is cancelled.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::Instant;
use ws_core::{Close, CloseCode};
use ws_tests::raw::{BINARY, Raw, TEXT, frame};
use ws_tests::{PATIENCE, until, within};

use super::{Setting, Slow, expect_text, ponged};

// RFC 6455 5.5.1: "It SHOULD do so as soon as practical."
#[tokio::test]
async fn c6_the_clients_close_is_answered_at_once_and_the_callback_is_finished() {
    let setting = Setting::new().await;
    let mut client = setting.working("/").await;
    client.close(4000, "bye").await;
    assert_eq!(client.read().await.expect("a close").close(), (4000, "bye"));
    assert_eq!(client.read().await, None);
    drop(client);
    assert!(setting.notes.all().is_empty(), "the callback is still pending");
    assert_eq!(setting.server.app.stats().open, 1);
    setting.gate.open();
    until(|| setting.server.app.stats().open == 0).await;
    assert_eq!(setting.notes.all(), ["no longer working", "finished", "closed by the client with 4000 bye"]);
    assert_eq!(setting.server.app.stats().limited("close_timeout"), 0);
}

/// The client sends a message and closes at once, as a page does that saves and unloads.
#[tokio::test]
async fn c6_a_message_right_before_the_clients_close_is_handled_to_its_end() {
    let setting = Setting::new().await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    let close = [&[0x0f, 0xa0][..], b"bye"].concat();
    client.send(&[frame(true, TEXT, b"work"), frame(true, 8, &close)].concat()).await;
    expect_text(&mut client, "working").await;
    assert_eq!(client.read().await.expect("a close").close(), (4000, "bye"));
    drop(client);
    setting.gate.open();
    setting.notes.seen("closed by the client with 4000 bye").await;
    assert_eq!(setting.notes.all()[1], "finished");
}

#[tokio::test]
async fn c12_a_callback_that_does_not_finish_is_cancelled_at_the_close_timeout() {
    let setting = Setting::new().await;
    let mut client = setting.working("/hasty").await;
    client.close(4000, "bye").await;
    assert_eq!(client.read().await.expect("a close").close(), (4000, "bye"));
    assert_eq!(client.read().await, None);
    drop(client);
    setting.notes.seen("closed by the client with 4000 bye").await;
    assert_eq!(setting.notes.all()[0], "no longer working");
    until(|| setting.server.app.stats().open == 0).await;
    assert_eq!(setting.server.app.stats().limited("close_timeout"), 1);
}

#[tokio::test]
async fn c12_the_deadline_of_a_drain_cancels_a_callback_of_a_closed_connection() {
    let setting = Setting::new().await;
    let mut client = setting.working("/").await;
    client.close(4000, "bye").await;
    assert_eq!(client.read().await.expect("a close").close(), (4000, "bye"));
    let drained = within(setting.server.app.drain(Duration::from_millis(50))).await;
    assert_eq!((drained.ended, drained.aborted, drained.left), (1, 1, 0));
    assert_eq!(setting.notes.all(), ["no longer working", "closed by the client with 4000 bye"]);
}

#[tokio::test]
async fn c12_a_panic_after_the_clients_close_is_the_reason() {
    let setting = Setting::new().await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    client.frame(TEXT, b"work, then panic").await;
    expect_text(&mut client, "working").await;
    client.close(4000, "bye").await;
    assert_eq!(client.read().await.expect("a close").close(), (4000, "bye"));
    setting.gate.open();
    until(|| setting.server.app.stats().ended("panic") == 1).await;
}

/// A close that others ask for goes out while the callback is pending, behind the messages before it.
#[tokio::test]
async fn z4_a_close_from_elsewhere_goes_out_at_once_and_the_callback_is_finished() {
    let setting = Setting::new().await;
    let mut client = setting.working("/").await;
    let socket = setting.server.app.sockets::<Slow>().pop().expect("a connection");
    assert!(socket.send("last").is_queued());
    assert!(socket.close(CloseCode::POLICY, "banned").is_queued());
    expect_text(&mut client, "last").await;
    assert_eq!(client.read().await.expect("a close").close(), (1008, "banned"));
    client.close(1008, "").await;
    assert_eq!(client.read().await, None);
    assert!(setting.notes.all().is_empty(), "the callback is still pending");
    setting.gate.open();
    setting.notes.seen("closed by the server with 1008 banned").await;
    assert_eq!(setting.notes.all()[..2], ["no longer working", "finished"]);
}

#[tokio::test]
async fn c5_a_callback_that_closes_its_connection_and_then_waits_is_finished() {
    let setting = Setting::new().await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    client.frame(TEXT, b"close, then wait").await;
    expect_text(&mut client, "working").await;
    assert_eq!(client.read().await.expect("a close").close(), (1000, "enough"));
    client.close(1000, "").await;
    assert_eq!(client.read().await, None);
    assert!(setting.notes.all().is_empty(), "the callback is still pending");
    setting.gate.open();
    setting.notes.seen("closed by the server with 1000 enough").await;
    assert_eq!(setting.notes.all()[0], "finished");
}

#[tokio::test]
async fn c12_a_client_that_is_cut_drops_the_callback_that_waits_and_runs_terminate() {
    for reset in [false, true] {
        let setting = Setting::new().await;
        let client = setting.working("/").await;
        if reset {
            client.stream.set_zero_linger().expect("a socket");
        }
        drop(client);
        until(|| setting.server.app.stats().open == 0).await;
        assert_eq!(setting.notes.all(), ["no longer working", "the connection was lost"]);
    }
}

/// Something of the client waits unread when it leaves, because only one message is read ahead.
#[tokio::test]
async fn c12_a_client_that_leaves_behind_unread_messages_is_noticed() {
    for reset in [false, true] {
        let setting = Setting::new().await;
        let mut client = setting.working("/hasty").await;
        for _ in 0..3 {
            client.frame(BINARY, &[7; 10_000]).await;
        }
        until(|| setting.server.app.stats().messages_in == 2).await;
        let left = Instant::now();
        if reset {
            client.stream.set_zero_linger().expect("a socket");
            drop(client);
        } else {
            client.stream.shutdown().await.expect("a socket");
            setting.notes.seen("the connection was lost").await;
        }
        until(|| setting.server.app.stats().open == 0).await;
        assert!(left.elapsed() < Duration::from_secs(10), "before any heartbeat or timeout");
        assert_eq!(setting.notes.all(), ["no longer working", "the connection was lost"]);
    }
}

/// The client sends its last messages, a close frame and the end of the stream, without a wait.
#[tokio::test]
async fn c6_messages_and_a_close_before_the_end_of_the_stream_are_handled() {
    let setting = Setting::new().await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    let close = frame(true, 8, &[&[0x0f, 0xa0][..], b"bye"].concat());
    let sent = [frame(true, TEXT, b"work"), frame(true, TEXT, b"work"), close].concat();
    client.send(&sent).await;
    client.stream.shutdown().await.expect("a socket");
    expect_text(&mut client, "working").await;
    assert_eq!(client.read().await.expect("a close").close(), (4000, "bye"));
    assert!(setting.notes.all().is_empty(), "the first callback is pending");
    setting.gate.open();
    setting.gate.open();
    setting.notes.seen("closed by the client with 4000 bye").await;
    assert_eq!(setting.notes.count("no longer working"), 2);
}

/// The stream ends without a close frame, behind a message that was read ahead.
#[tokio::test]
async fn c12_a_callback_has_time_after_the_end_of_the_stream_behind_a_message() {
    let setting = Setting::new().await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    client.send(&frame(true, TEXT, b"work").repeat(2)).await;
    client.stream.shutdown().await.expect("a socket");
    expect_text(&mut client, "working").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(setting.notes.all().is_empty(), "the callback is still pending");
    setting.gate.open();
    expect_text(&mut client, "done").await;
    setting.notes.seen("the connection was lost").await;
}

/// The first callback does not finish, and the second message is lost with it.
#[tokio::test]
async fn c12_a_close_behind_a_message_ends_the_connection_in_time() {
    let setting = Setting::new().await;
    let mut client = setting.working("/hasty").await;
    client.frame(TEXT, b"work").await;
    client.close(4000, "bye").await;
    assert_eq!(client.read().await.expect("a close").close(), (4000, "bye"));
    setting.notes.seen("closed by the client with 4000 bye").await;
    assert_eq!(setting.notes.all()[0], "no longer working");
}

/// The callback is over at once, and the client never answers the close frame.
#[tokio::test]
async fn c12_terminate_does_not_wait_for_the_close_handshake() {
    let setting = Setting::new().await;
    let mut client = setting.working("/").await;
    let socket = setting.server.app.sockets::<Slow>().pop().expect("a connection");
    assert!(socket.close(CloseCode::POLICY, "banned").is_queued());
    assert_eq!(client.read().await.expect("a close").close(), (1008, "banned"));
    let begun = Instant::now();
    setting.gate.open();
    setting.notes.seen("closed by the server with 1008 banned").await;
    assert!(begun.elapsed() < Duration::from_secs(4), "the close timeout is 5 s");
    assert_eq!(setting.server.app.stats().open, 1, "the client has not answered");
}

#[tokio::test]
async fn c12_an_error_after_the_clients_close_is_the_reason() {
    let setting = Setting::new().await;
    let mut client = Raw::connect(setting.server.addr, "/fails").await;
    client.frame(TEXT, b"work").await;
    expect_text(&mut client, "working").await;
    client.close(4000, "bye").await;
    assert_eq!(client.read().await.expect("a close").close(), (4000, "bye"));
    setting.gate.open();
    until(|| setting.server.app.stats().ended("failed") == 1).await;
}

#[tokio::test]
async fn c12_after_a_close_the_connection_takes_nothing_more() {
    let setting = Setting::new().await;
    let mut client = setting.working("/").await;
    let socket = setting.server.app.sockets::<Slow>().pop().expect("a connection");
    client.close(1000, "").await;
    assert_eq!(client.read().await.expect("a close").close(), (1000, ""));
    until(|| !socket.is_open()).await;
    assert!(!socket.send("late").is_queued());
    assert!(!socket.send(Close::normal()).is_queued());
    setting.gate.open();
    setting.notes.seen("closed by the client with 1000").await;
}

#[tokio::test]
async fn c12_a_drain_waits_for_the_callback() {
    let setting = Setting::new().await;
    let mut client = setting.working("/").await;
    let app = setting.server.app.clone();
    let draining = tokio::spawn(async move { app.drain(PATIENCE).await });
    ponged(&mut client, b"still?").await;
    setting.gate.open();
    expect_text(&mut client, "done").await;
    assert_eq!(client.read().await.expect("a close").close().0, 1001);
    client.close(1001, "").await;
    drop(client);
    let drained = within(draining).await.expect("no panic");
    assert_eq!((drained.ended, drained.aborted, drained.left), (1, 0, 0));
}
