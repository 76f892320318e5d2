//! The start and the end of a service.

use std::sync::atomic::Ordering;
use std::time::Duration;

use ws_core::{App, Delivery, Error};
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{closed, front, text, within};

use super::{Fails, Gate, News, Room, app, join, send, since_init, start};

#[tokio::test]
async fn b3_stop_closes_the_members_with_1001_then_terminates_then_503() {
    let (server, notes, _) = start().await;
    let (mut ada, mut bob) = (join(&server, "ada").await, join(&server, "bob").await);
    send(&mut ada, "stop").await;
    for client in [&mut ada, &mut bob] {
        assert_eq!(closed(client).await, (1001, "the service has stopped".to_owned()));
    }
    notes.seen("terminate stop_as").await;
    let expected =
        ["join ada", "join bob", "ada: stop", "close ada stop", "close bob stop", "terminate stop_as"];
    assert_eq!(since_init(&notes), expected);
    let response = Raw::open(server.addr).await.request("GET", "/rooms/a?name=carl", &HEADERS).await;
    assert_eq!(response.status, 503, "{response:?}");
    let room = server.app.service::<Room>();
    assert_eq!((room.info(News("x")), room.members().len()), (Delivery::Gone, 0));
    drop((ada, bob));
    ws_tests::until(|| server.app.stats().open == 0).await;
    // A stopped service does not delay the drain of its app.
    let drained = within(server.app.drain(Duration::from_secs(5))).await;
    assert_eq!((drained.aborted, drained.left), (0, 0));
    assert_eq!(notes.count("terminate stop_as"), 1);
}

#[tokio::test]
async fn b3_the_timeout_is_the_services_own_inactivity() {
    let (server, notes, _) = start().await;
    let (mut ada, mut bob) = (join(&server, "ada").await, join(&server, "bob").await);
    send(&mut ada, "hurry").await;
    // The timeout repeats until the service changes it.
    ws_tests::until(|| notes.count("timeout") >= 3).await;
    for words in ["rest", "marker"] {
        send(&mut bob, words).await;
    }
    assert_eq!(text(&mut bob).await, "received marker");
    let timeouts = notes.count("timeout");
    ws_tests::pass(Duration::from_secs(5)).await;
    send(&mut bob, "another").await;
    assert_eq!(text(&mut bob).await, "received another");
    assert_eq!(notes.count("timeout"), timeouts);
}

#[tokio::test]
async fn b3_a_service_that_is_busy_has_no_timeout() {
    let (server, notes, _) = start().await;
    let mut ada = join(&server, "ada").await;
    send(&mut ada, "lull").await;
    for _ in 0..10 {
        send(&mut ada, "tick").await;
        assert_eq!(text(&mut ada).await, "received tick");
        ws_tests::pass(Duration::from_secs(12)).await;
    }
    send(&mut ada, "tock").await;
    assert_eq!(text(&mut ada).await, "received tock");
    assert_eq!(notes.count("timeout"), 0);
    ws_tests::pass(Duration::from_secs(20)).await;
    notes.seen("timeout").await;
}

#[tokio::test]
async fn b3_after_a_restart_the_time_begins_anew() {
    let (server, notes, _) = start().await;
    let mut ada = join(&server, "ada").await;
    for words in ["lull", "tick"] {
        send(&mut ada, words).await;
    }
    assert_eq!(text(&mut ada).await, "received tick");
    ws_tests::pass(Duration::from_secs(12)).await;
    server.app.service::<Room>().info(News("panic"));
    notes.seen("rejoin ada").await;
    ws_tests::pass(Duration::from_secs(12)).await;
    send(&mut ada, "tick").await;
    assert_eq!(text(&mut ada).await, "received tick");
    assert_eq!(notes.count("timeout"), 0);
    ws_tests::pass(Duration::from_secs(20)).await;
    notes.seen("timeout").await;
}

#[tokio::test]
async fn c12_a_drain_closes_each_member_and_then_the_service() {
    let (server, notes, _) = start().await;
    let (mut ada, mut bob) = (join(&server, "ada").await, join(&server, "bob").await);
    let app = server.app.clone();
    let draining = tokio::spawn(async move { app.drain(Duration::from_secs(10)).await });
    for client in [&mut ada, &mut bob] {
        assert_eq!(closed(client).await.0, 1001);
    }
    drop((ada, bob));
    let drained = within(draining).await.unwrap();
    assert_eq!((drained.ended, drained.aborted, drained.left), (2, 0, 0));
    let mut events = since_init(&notes);
    assert_eq!(events.pop().as_deref(), Some("terminate drained"));
    events.sort();
    assert_eq!(events, ["close ada drained", "close bob drained", "join ada", "join bob"]);
    server.ended().await;
}

#[tokio::test]
async fn c12_a_callback_that_is_stuck_is_cut_at_the_deadline_and_the_rest_runs() {
    let (server, notes, _) = start().await;
    let (mut ada, _bob) = (join(&server, "ada").await, join(&server, "bob").await);
    send(&mut ada, "wait").await;
    notes.seen("ada waits").await;
    let drained = within(server.app.drain(Duration::from_millis(100))).await;
    assert_eq!((drained.aborted, drained.left), (1, 0), "{drained:?}");
    let mut events = since_init(&notes);
    assert_eq!(events.pop().as_deref(), Some("terminate drained"), "{events:?}");
    assert_eq!((notes.count("close ada drained"), notes.count("close bob drained")), (1, 1));
}

#[tokio::test]
async fn an_init_that_fails_stops_the_start_and_names_its_service() {
    let (notes, gate, fails) = <(Notes, Gate, Fails)>::default();
    fails.0.store(1, Ordering::Relaxed);
    let line = line!() + 1;
    let app = App::new().mount_service::<Room>("/a").state(notes.clone()).state(gate).state(fails);
    let error = app.bind("127.0.0.1:0").await.expect_err("a startup error");
    assert!(matches!(error, Error::Service { .. }));
    let place = format!("{}:{line}", file!());
    assert_eq!(error.to_string(), format!("service `services::Room` ({place}) did not start: no database"));
    assert_eq!(notes.all(), ["init fails"]);
}

#[test]
fn a_state_that_a_service_needs_is_missed_at_the_start() {
    let error = App::new().mount_service::<Room>("/a").try_into_router().unwrap_err().to_string();
    assert!(error.contains("State<ws_tests::notes::Notes>"), "{error}");
}

#[test]
fn an_inbox_of_nothing_is_an_error_at_the_start() {
    let route = ws_core::Route::service::<Room>("/a").inbox_messages(0).inbox_bytes(1);
    let error = App::new().route(route).state(Notes::default()).try_into_router().unwrap_err().to_string();
    assert!(error.contains("`inbox` must hold at least 1 message and 1 byte"), "{error}");
}

#[tokio::test]
async fn in_an_axum_app_it_starts_with_its_first_client_and_again_if_that_failed() {
    let (log, _capture) = Log::capture();
    let (notes, gate, fails) = <(Notes, Gate, Fails)>::default();
    fails.0.store(1, Ordering::Relaxed);
    let app = app(&notes, &gate).state(fails);
    let handle = app.handle();
    let addr = front::serve(app.into_router(), |stream| stream).await;
    assert_eq!(handle.service::<Room>().info(News("early")), Delivery::Queued);
    assert_eq!(notes.all(), [""; 0]);
    let response = Raw::open(addr).await.request("GET", "/rooms/a?name=ada", &HEADERS).await;
    assert_eq!(response.status, 503, "{response:?}");
    ws_tests::until(|| !log.lines_with(&["cannot start the service: no database"]).is_empty()).await;
    // The failed start drops the info that was sent before it, and counts it.
    assert_eq!(handle.stats().dropped, 1);
    handle.service::<Room>().info(News("later"));
    let mut raw = Raw::connect(addr, "/rooms/a?name=ada").await;
    assert_eq!(raw.read().await.unwrap().text(), "welcome ada");
    assert_eq!(notes.all(), ["init fails", "init", "info later", "join ada"]);
    within(handle.drain(Duration::from_secs(5))).await;
    assert_eq!(notes.all().last().map(String::as_str), Some("terminate drained"));
}

#[test]
fn c12_with_its_runtime_gone_each_close_and_terminate_have_run() {
    let (notes, gate) = <(Notes, Gate)>::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (server, clients) = runtime.block_on(async {
        let server = ws_tests::Server::start(app(&notes, &gate)).await;
        let clients = [join(&server, "ada").await, join(&server, "bob").await];
        (server, clients)
    });
    drop(runtime);
    let all = since_init(&notes);
    assert_eq!(notes.count("terminate aborted"), 1, "{all:?}");
    for name in ["ada", "bob"] {
        let closes = all.iter().filter(|note| note.starts_with(&format!("close {name}"))).count();
        assert_eq!(closes, 1, "{all:?}");
    }
    assert!(!server.app.service::<Room>().is_up());
    drop(clients);
}
