//! SIGHUP reloads the certificate of a program that called `run`.

use std::process::Command;

use futures_util::{SinkExt, StreamExt};
use tokio_websockets::Message as Frame;
use ws_tests::process::start;
use ws_tests::within;

use super::reload::Files;
use super::support::{Authority, DAY, Pair};

#[tokio::test]
async fn sighup_reloads_the_certificate_and_keeps_connections_and_a_bad_one_changes_nothing() {
    let (old, new) = (Authority::new(), Authority::new());
    let files = Files::new("hangup", &old.server(90 * DAY));
    let (addr, mut process) = start(|addr| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_served"));
        command
            .args([&addr.to_string(), "tls"])
            .args([&files.certificate, &files.key])
            .env("RUST_LOG", "info");
        command
    })
    .await;
    process.prints(&format!("listening on https://{addr}")).await;
    let mut earlier = old.trusting().connect(addr, "/served").await;

    let renewed = new.server(90 * DAY);
    files.write(&Pair { key: "no key".to_owned(), ..renewed.clone() });
    process.signal("HUP");
    let key = files.key.display();
    process.prints(&format!("kept the previous TLS certificate: TLS: `{key}` contains no private key")).await;
    old.trusting().connect(addr, "/served").await;

    files.write(&renewed);
    process.signal("HUP");
    process.prints("reloaded the TLS certificate").await;
    for _ in 0..4 {
        // On each worker.
        new.trusting().connect(addr, "/served").await;
    }
    assert!(old.trusting().open(addr).await.is_err());
    assert!(within(earlier.next()).await.unwrap().unwrap().as_text().unwrap().starts_with("ws-worker-"));
    within(earlier.send(Frame::text("still here"))).await.unwrap();
    assert_eq!(within(earlier.next()).await.unwrap().unwrap().as_text(), Some("received still here"));

    process.signal("TERM");
    let close = within(earlier.next()).await.unwrap().unwrap();
    assert_eq!(close.as_close().map(|(code, _)| code.into()), Some(1001_u16));
    drop(earlier);
    assert_eq!(process.ended().await.code(), Some(0), "{process:?}");
}
