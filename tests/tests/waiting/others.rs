//! Messages that others send while a callback is pending.

use ws_core::CloseCode;
use ws_tests::raw::{PING, PONG, Raw, TEXT};

use super::{Setting, Slow, Work, expect_text, ponged};

#[tokio::test]
async fn z4_messages_of_others_go_out_while_it_waits() {
    let setting = Setting::new().await;
    let mut client = setting.working("/").await;
    let socket = setting.server.app.sockets::<Slow>().pop().expect("a connection");
    for n in 0..100 {
        assert!(socket.send(n.to_string()).is_queued());
    }
    for n in 0..100 {
        expect_text(&mut client, &n.to_string()).await;
    }
    ponged(&mut client, b"still waiting").await;
    setting.gate.open();
    expect_text(&mut client, "done").await;
}

/// More than any mailbox holds, but never more than a few at a time.
#[tokio::test]
async fn z4_a_client_that_reads_is_not_closed_for_a_callback_that_waits() {
    let setting = Setting::new().await;
    let mut client = setting.working("/").await;
    let hub = setting.server.app.hub();
    for n in 0..400 {
        assert_eq!(hub.publish("news", format!("{n}")).queued, 1);
        expect_text(&mut client, &n.to_string()).await;
    }
    setting.gate.open();
    expect_text(&mut client, "done").await;
    assert_eq!(setting.server.app.stats().open, 1);
}

/// The handler receives the info first, so a message that was sent after it waits behind it.
#[tokio::test]
async fn z4_messages_do_not_overtake_an_info_that_was_sent_before_them() {
    let setting = Setting::new().await;
    let mut client = setting.working("/").await;
    let socket = setting.server.app.sockets::<Slow>().pop().expect("a connection");
    assert!(socket.send("before").is_queued());
    assert!(socket.info(Work).is_queued());
    assert!(socket.send("behind").is_queued());
    expect_text(&mut client, "before").await;
    ponged(&mut client, b"?").await;
    setting.gate.open();
    expect_text(&mut client, "done").await;
    // The callback of the info runs now, and the message behind it goes out meanwhile.
    let mut received = [client.read().await.expect("a frame"), client.read().await.expect("a frame")]
        .map(|frame| frame.text().to_owned());
    received.sort();
    assert_eq!(received, ["behind", "working"]);
    setting.gate.open();
    expect_text(&mut client, "done").await;
}

/// A handler with `#[outgoing]` sees each message first, so none goes out while another callback is pending.
#[tokio::test]
async fn z13_messages_wait_for_a_handler_that_sees_them_first() {
    let setting = Setting::new().await;
    let mut client = setting.working("/sees").await;
    let socket = setting.server.app.sockets::<super::Sees>().pop().expect("a connection");
    assert!(socket.send("from elsewhere").is_queued());
    client.frame(PING, b"?").await;
    assert_eq!(client.read().await.expect("a pong").opcode, PONG);
    setting.gate.open();
    expect_text(&mut client, "done").await;
    let seen = client.read().await.expect("a message");
    assert_eq!((seen.opcode, seen.text()), (TEXT, "seen: from elsewhere"));
}

/// The reply to the info was asked for first.
#[tokio::test]
async fn z4_a_close_does_not_cut_the_reply_to_an_info_that_was_sent_before_it() {
    let setting = Setting::new().await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    let socket = setting.server.app.sockets::<Slow>().pop().expect("a connection");
    assert!(socket.info(Work).is_queued());
    assert!(socket.close(CloseCode::NORMAL, "over").is_queued());
    expect_text(&mut client, "working").await;
    ponged(&mut client, b"?").await;
    setting.gate.open();
    expect_text(&mut client, "done").await;
    assert_eq!(client.read().await.expect("a close").close(), (1000, "over"));
}
