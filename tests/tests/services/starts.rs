//! A service that fails to start: its `#[init]` hangs, fails or panics, at the start or while its app drains.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use axum::response::Response;
use http::request::Parts;
use tokio::time::Instant;
use ws_core::service::{Member, Service, ServiceKey};
use ws_core::{App, AppHandle, BoxError, Error, Terminate, Upgrade};
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, request};
use ws_tests::{front, within};

use super::{Gate, app};

/// Waits at the gate in `init`, and then fails.
struct Fails;

/// Starts, and hangs in `terminate`.
struct Clings;

macro_rules! service {
    ($name:ident, |$app:ident| $init:block, |$this:ident| $terminate:block) => {
        impl Service for $name {
            type Info = Infallible;
            type Broadcast = Infallible;
            type Asked = ();
            type Kept = ();

            async fn init($app: &AppHandle, _: Option<&ServiceKey>) -> Result<Self, BoxError> {
                $init
            }

            async fn ask(_: &mut Parts, _: &mut Upgrade<Self>) -> Result<(), Response> {
                Ok(())
            }

            async fn join(&mut self, (): (), _: &Member<Self>) -> Result<(), Response> {
                Ok(())
            }

            async fn terminate(&mut $this, _: &Terminate) {
                $terminate
            }
        }
    };
}

service!(
    Fails,
    |app| {
        app.state::<Notes>().expect("notes").add("init");
        app.state::<Gate>().expect("a gate").pass().await;
        Err("no database".into())
    },
    |self| {}
);

service!(Clings, |_app| { Ok(Self) }, |self| { pending::<()>().await });

fn failing(notes: &Notes, gate: &Gate) -> App {
    App::new().mount_service::<Fails>("/fails").state(notes.clone()).state(gate.clone())
}

#[tokio::test]
async fn an_init_that_fails_while_its_app_drains_does_not_hold_up_the_drain() {
    for opens in [true, false] {
        let (notes, gate) = <(Notes, Gate)>::default();
        let app = failing(&notes, &gate);
        let handle = app.handle();
        let addr = front::serve(app.into_router(), |stream| stream).await;
        let mut late = Raw::open(addr).await;
        late.send(&request("GET", "/fails", &HEADERS)).await;
        notes.seen("init").await;
        let began = Instant::now();
        let draining = tokio::spawn(async move { handle.drain(Duration::from_secs(8)).await });
        if opens {
            gate.open(1);
        }
        within(draining).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        assert_eq!(late.response().await.status, 503);
    }
}

#[tokio::test]
async fn a_drain_ends_a_start_that_hangs() {
    let (notes, gate) = <(Notes, Gate)>::default();
    let app = failing(&notes, &gate);
    let handle = app.handle();
    let starting = tokio::spawn(app.bind("127.0.0.1:0"));
    notes.seen("init").await;
    within(handle.drain(Duration::from_secs(8))).await;
    let error = within(starting).await.unwrap().expect_err("a startup error");
    assert!(matches!(error, Error::Service { .. }), "{error}");
}

#[tokio::test]
async fn a_service_that_clings_does_not_hide_that_another_failed_to_start() {
    let (notes, gate) = <(Notes, Gate)>::default();
    gate.open(1);
    // In this order, the service that hangs in `terminate` has already started.
    let app = App::new().mount_service::<Clings>("/a").mount_service::<Fails>("/b");
    let app = app.state(notes.clone()).state(gate.clone());
    let error = within(app.bind("127.0.0.1:0")).await.expect_err("a startup error").to_string();
    assert!(error.contains("no database"), "{error}");
}

#[tokio::test]
async fn an_init_that_panics_is_a_start_that_fails() {
    let bad = super::fragile::Bad::default();
    bad.0.store(true, std::sync::atomic::Ordering::Relaxed);
    let app = App::new().mount_service::<super::fragile::Fragile>("/fragile").state(bad);
    let error = within(app.bind("127.0.0.1:0")).await.expect_err("a startup error").to_string();
    assert!(error.contains("an init that panics"), "{error}");
}

#[tokio::test]
async fn an_app_that_is_gone_ends_its_services() {
    let (notes, gate) = <(Notes, Gate)>::default();
    let server = app(&notes, &gate).bind("127.0.0.1:0").await.expect("a start");
    drop(server);
    notes.seen("terminate drained").await;
}
