//! The limits of a message that is read as it arrives.

use tokio::time::Instant;

use super::*;

#[tokio::test]
async fn a_message_beyond_the_limit_is_1009_when_its_length_is_known() {
    let setting = Setting::new().await;
    // In one frame, the callback does not even start.
    let mut client = setting.connect("/small").await;
    client.send(&header(true, BINARY, 100_001)).await;
    assert_eq!(next(&mut client).await.close().0, 1009);
    assert_eq!(setting.notes.count("begun"), 0);
    // In fragments, the callback is cancelled at the header that exceeds the limit.
    let mut client = setting.connect("/small").await;
    client.send(&frame(false, BINARY, &payload(60_000))).await;
    expect(&mut client, "begun").await;
    client.send(&header(true, CONTINUATION, 40_001)).await;
    assert_eq!(next(&mut client).await.close().0, 1009);
    setting.notes.seen("over").await;
    setting.notes.seen("ended: message larger than 100000 bytes").await;
    assert!(!setting.notes.all().iter().any(|note| note.starts_with("incomplete")), "it was cancelled");
}

#[tokio::test]
async fn inflated_bytes_count() {
    let setting = Setting::new().await;
    for (len, fits) in [(100_000, true), (100_001, false), (50 << 20, false)] {
        for at_most in [usize::MAX, 50] {
            let mut client = Deflate::connect(setting.server.addr, "/small").await;
            client.send_in(BINARY, &vec![b'a'; len], at_most).await;
            let mut answer = client.read().await;
            if answer.payload == b"begun" {
                answer = client.read().await;
            }
            if fits {
                assert_eq!(answer.text(), expected("binary", &vec![b'a'; len]));
            } else {
                assert_eq!(answer.payload[..2], 1009_u16.to_be_bytes(), "{len}");
            }
        }
    }
}

#[tokio::test]
async fn the_limits_on_frames_apply() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/frames").await;
    client.send(&header(true, BINARY, 1001)).await;
    assert_eq!(next(&mut client).await.close().0, 1009);
    let mut client = setting.connect("/frames").await;
    client.send(&frame(false, BINARY, b"1")).await;
    for _ in 0..20 {
        client.send(&frame(false, CONTINUATION, b"1")).await;
    }
    expect(&mut client, "begun").await;
    assert_eq!(next(&mut client).await.close().0, 1008);
}

// RFC 6455 8.1, as Autobahn's cases 6.4: the connection fails at the first invalid byte.
#[tokio::test]
async fn invalid_text_is_1007_at_its_first_byte() {
    let setting = Setting::new().await;
    for invalid in [&b"\xff"[..], b"\xe2\x28", b"\xf4\x90", b"\xed\xa0", b"\xc0"] {
        let mut client = setting.connect("/").await;
        client.send(&frame(false, TEXT, "start €".as_bytes())).await;
        expect(&mut client, "begun").await;
        // The frame is not complete, and neither is the message.
        client.send(&header(false, CONTINUATION, 1000)).await;
        client.send(invalid).await;
        assert_eq!(next(&mut client).await.close().0, 1007, "{invalid:x?}");
    }
    // A character that is cut off at the end of the message, and one in a part that nobody reads any more.
    for path in ["/", "/early"] {
        let mut client = setting.connect(path).await;
        client.send(&frame(false, TEXT, b"start")).await;
        expect(&mut client, "begun").await;
        if path == "/early" {
            expect(&mut client, "early").await;
        }
        client.send(&frame(true, CONTINUATION, b"\xe2\x82")).await;
        assert_eq!(next(&mut client).await.close().0, 1007);
    }
}

#[tokio::test]
async fn the_rest_that_is_discarded_counts_too() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/early").await;
    client.send(&frame(false, BINARY, b"1")).await;
    expect(&mut client, "begun").await;
    expect(&mut client, "early").await;
    client.send(&header(true, CONTINUATION, 1 << 30)).await;
    assert_eq!(next(&mut client).await.close().0, 1009);
}

#[tokio::test]
async fn a_client_that_stops_within_a_message_is_1008_but_a_slow_one_is_not() {
    // The callback reads the message, or it has returned and the rest is discarded.
    for path in ["/stalls", "/early-stalls"] {
        let setting = Setting::new().await;
        let mut client = setting.connect(path).await;
        let begun = Instant::now();
        client.send(&header(true, BINARY, 1000)).await;
        while begun.elapsed() < Duration::from_millis(2500) {
            client.send(&[0]).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let ended = |note: &String| note.starts_with("ended");
        assert!(!setting.notes.all().iter().any(ended), "longer than the timeout");
        expect(&mut client, "begun").await;
        if path == "/early-stalls" {
            expect(&mut client, "early").await;
        }
        assert_eq!(next(&mut client).await.close().0, 1008);
        setting.notes.seen("over").await;
    }
}

#[tokio::test]
async fn the_heartbeat_finds_a_client_that_is_gone_within_a_message() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/gated").await;
    client.send(&header(true, BINARY, 1000)).await;
    setting.notes.seen("begun").await;
    setting.gate.open();
    // The client answers no ping.
    assert_eq!(next(&mut client).await.close().0, 1001);
    setting.notes.seen("over").await;
}

#[tokio::test]
async fn the_rate_limit_slows_an_upload_down() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/slow").await;
    let begun = Instant::now();
    let sent = payload(130_000);
    for part in sent.chunks(10_000).enumerate() {
        let opcode = if part.0 == 0 { BINARY } else { CONTINUATION };
        client.send(&frame(part.0 == 12, opcode, part.1)).await;
    }
    expect(&mut client, "begun").await;
    expect(&mut client, &expected("binary", &sent)).await;
    // The burst of 100,000 bytes is free. What arrives in one read may exceed it.
    client.frame(TEXT, b"next").await;
    expect(&mut client, "begun").await;
    assert!(begun.elapsed() >= Duration::from_millis(250), "{:?}", begun.elapsed());
    assert!(setting.server.app.stats().limited("rate_limit") > 0);
}

/// Each byte of the first message counts for a second, and 60 s at most.
#[tokio::test]
async fn a_rate_limit_drops_or_closes_at_the_start_of_the_next_message() {
    let setting = Setting::new().await;
    let sent = payload(2000);
    let fragments = [frame(false, BINARY, &sent[..1000]), frame(true, CONTINUATION, &sent[1000..])];
    for path in ["/drops", "/closes"] {
        let mut client = setting.connect(path).await;
        // It has begun, so all of it passes.
        client.send(&fragments[0]).await;
        expect(&mut client, "begun").await;
        client.send(&fragments[1]).await;
        expect(&mut client, &expected("binary", &sent)).await;
        client.send(&fragments[0]).await;
        if path == "/closes" {
            assert_eq!(next(&mut client).await.close().0, 1008);
        } else {
            client.send(&fragments[1]).await;
            client.frame(ws_tests::raw::PING, b"behind it").await;
            assert_eq!(next(&mut client).await.text(), "behind it");
        }
    }
    assert_eq!(setting.notes.count("begun"), 2);
    // The message that was dropped, the ping behind it, and the connection that was closed.
    assert_eq!(setting.server.app.stats().limited("rate_limit"), 3);
}
