//! A program that receives SIGTERM before it has started.

use std::future::pending;
use std::process::Command;

use axum::response::Response;
use http::request::Parts;
use ws_core::service::{Member, Service, ServiceKey};
use ws_core::{App, AppHandle, BoxError, Upgrade};
use ws_tests::notes::Notes;
use ws_tests::within;

/// A service that hangs in `init`.
struct Hangs;

impl Service for Hangs {
    type Info = std::convert::Infallible;
    type Broadcast = std::convert::Infallible;
    type Asked = ();
    type Kept = ();

    async fn init(app: &AppHandle, _: Option<&ServiceKey>) -> Result<Self, BoxError> {
        app.state::<Notes>().expect("notes").add("init");
        pending().await
    }

    async fn ask(_: &mut Parts, _: &mut Upgrade<Self>) -> Result<(), Response> {
        Ok(())
    }

    async fn join(&mut self, (): (), _: &Member<Self>) -> Result<(), Response> {
        Ok(())
    }
}

fn app(notes: &Notes) -> App {
    App::new().mount_service::<Hangs>("/hangs").state(notes.clone())
}

/// This is the only test of its program, since a signal reaches the whole process.
#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_a_start_that_hangs() {
    let terminate = || {
        let killed = Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status();
        assert!(killed.expect("`kill` runs").success());
    };
    let notes = Notes::default();
    let serving = tokio::spawn(app(&notes).serve("127.0.0.1:0"));
    notes.seen("init").await;
    terminate();
    within(serving).await.unwrap().expect("a clean end");

    let notes = Notes::default();
    let (ran, running) = tokio::sync::oneshot::channel();
    let app = app(&notes).workers(1);
    std::thread::spawn(move || ran.send(app.run("127.0.0.1:0").is_ok()));
    notes.seen("init").await;
    terminate();
    assert!(within(running).await.expect("an end"), "a clean end");
}
