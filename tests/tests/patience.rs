//! A test is told of an `#[init]` that never answers, and does not hang with it.

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
    let app = App::empty().mount::<Never>("/never", ());
    let error = testing::connect(app, "/never").await.unwrap_err();
    assert!(matches!(error, Error::Silence { .. }), "{error}");
    assert_eq!(error.to_string(), "waited for an answer to the handshake, and nothing came in 5 s");
}
