//! The testing kit returns an error when an expected event never comes, so that a test does not hang.

use ws_core::prelude::*;
use ws_core::testing::{self, Error};

struct Never;

#[websocket]
impl Never {
    #[init]
    async fn never() -> Self {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn an_init_that_never_answers_ends_in_silence() {
    let app = App::new().mount::<Never>("/never", ()).init_timeout(None);
    let error = testing::connect(app, "/never").await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "waited for the server's response to the handshake, but nothing came within 5 s"
    );
}

#[derive(Default)]
struct Mute;

#[websocket]
impl Mute {}

/// On a paused clock the next ping arrives at once. It must not restart the wait.
#[tokio::test(start_paused = true)]
async fn a_heartbeat_does_not_prolong_the_wait() {
    let waiting = async {
        let mut client = testing::connect(App::new().mount::<Mute>("/mute", ()), "/mute").await?;
        let text = client.text().await;
        assert!(matches!(text, Err(Error::Timeout { .. })), "{text:?}");
        let closed = client.closed().await;
        assert!(matches!(closed, Err(Error::Timeout { .. })), "{closed:?}");
        Ok::<_, Error>(())
    };
    let (alarm, rang) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(20));
        let _ = alarm.send(());
    });
    tokio::select! {
        outcome = waiting => outcome.unwrap(),
        _ = rang => panic!("two waits of 5 s take longer than 20 s"),
    }
}
