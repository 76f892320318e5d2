//! Each member's `close` and the service's `terminate` run at the end, in spite of panics and hangs.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use ws_core::App;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, request};
use ws_tests::{Client, Server, closed, text, until, within};

use super::fragile::{Bad, Fragile, Tick};
use super::{Gate, Room, app, send};

async fn start() -> (Server, Notes, Gate, Bad) {
    let (notes, gate, bad) = <(Notes, Gate, Bad)>::default();
    let app = App::new().mount_service::<Fragile>("/fragile").state(notes.clone());
    (Server::start(app.state(gate.clone()).state(bad.clone())).await, notes, gate, bad)
}

async fn join(server: &Server, notes: &Notes, name: &str) -> Client {
    let client = server.connect(&format!("/fragile?name={name}")).await;
    notes.seen(&format!("join {name}")).await;
    client
}

/// Drains the app, and asserts that nothing delays the drain.
async fn drain(server: &Server) {
    let began = tokio::time::Instant::now();
    within(server.app.drain(Duration::from_secs(8))).await;
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

#[tokio::test]
async fn c12_a_stop_goes_on_past_a_value_that_panics_when_it_is_dropped() {
    let (server, notes, ..) = start().await;
    let clients = [join(&server, &notes, "glass").await, join(&server, &notes, "ada").await];
    server.app.service::<Fragile>().info(Tick::Stop);
    for mut client in clients {
        assert_eq!(closed(&mut client).await.0, 1001);
    }
    notes.seen("dropped").await;
    let ends = ["close glass stop", "close ada stop", "terminate stop_as", "dropped"];
    assert_eq!(notes.all()[2..], ends);
    until(|| server.app.stats().open == 0).await;
    drain(&server).await;
    assert_eq!(notes.all().len(), 6);
}

#[tokio::test]
async fn b8_giving_up_goes_on_past_a_value_that_panics_when_it_is_dropped() {
    let (server, notes, _, bad) = start().await;
    let clients = [join(&server, &notes, "glass").await, join(&server, &notes, "ada").await];
    bad.0.store(true, Ordering::Relaxed);
    server.app.service::<Fragile>().info(Tick::Panic);
    for mut client in clients {
        assert_eq!(closed(&mut client).await.0, 1011);
    }
    assert!(server.app.service::<Fragile>().members().is_empty());
    until(|| server.app.stats().open == 0).await;
    drain(&server).await;
    assert_eq!(notes.all()[2..], ["terminate panic", "dropped"]);
}

#[tokio::test]
async fn b8_an_init_that_fails_for_a_moment_is_not_given_up() {
    let (server, notes, _, bad) = start().await;
    let mut ada = join(&server, &notes, "ada").await;
    bad.0.store(true, Ordering::Relaxed);
    server.app.service::<Fragile>().info(Tick::Panic);
    notes.seen("dropped").await;
    bad.0.store(false, Ordering::Relaxed);
    send(&mut ada, "hi").await;
    assert_eq!(text(&mut ada).await, "hi");
    assert!(server.app.service::<Fragile>().is_up());
}

#[tokio::test]
async fn c12_a_close_that_hangs_takes_nobody_elses_and_no_terminate() {
    let (server, notes, ..) = start().await;
    let clients = [join(&server, &notes, "clings").await, join(&server, &notes, "ada").await];
    server.app.service::<Fragile>().info(Tick::Stop);
    notes.seen("close clings stop").await;
    assert_eq!(notes.count("close ada stop"), 0);
    drop(clients);
    until(|| server.app.stats().open == 0).await;
    within(server.app.drain(Duration::from_millis(50))).await;
    notes.seen("dropped").await;
    let ends = ["close clings stop", "close ada stop", "terminate stop_as", "dropped"];
    assert_eq!(notes.all()[2..], ends);
}

#[tokio::test]
async fn c12_a_close_and_a_terminate_that_panic_take_nobody_elses() {
    let (server, notes, gate, _) = start().await;
    gate.come(1_000);
    let clients = [join(&server, &notes, "grudge").await, join(&server, &notes, "shards").await];
    let ada = join(&server, &notes, "ada").await;
    server.app.service::<Fragile>().info(Tick::Stop);
    // The second of two stops has no effect.
    server.app.service::<Fragile>().info(Tick::Stop);
    notes.seen("dropped").await;
    let ends = ["close grudge stop", "close shards stop", "close ada stop", "terminate stop_as", "dropped"];
    assert_eq!(notes.all()[3..], ends);
    drop((clients, ada));
    until(|| server.app.stats().open == 0).await;
    drain(&server).await;
    assert_eq!(notes.all().len(), 8);
}

#[tokio::test]
async fn b8_a_value_that_panics_when_it_is_dropped_does_not_restart_the_service() {
    let (server, notes, ..) = start().await;
    let mut ada = join(&server, &notes, "ada").await;
    drop(join(&server, &notes, "glass").await);
    notes.seen("close glass lost").await;
    send(&mut ada, "hi").await;
    assert_eq!(text(&mut ada).await, "hi");
    assert_eq!(notes.count("terminate panic"), 0);
}

#[tokio::test]
async fn b8_a_panic_within_a_panic_is_no_end_of_the_program() {
    let (server, notes, ..) = start().await;
    let mut ada = join(&server, &notes, "ada").await;
    drop(join(&server, &notes, "shards").await);
    notes.seen("terminate panic").await;
    send(&mut ada, "hi").await;
    assert_eq!(text(&mut ada).await, "hi");
    server.app.service::<Fragile>().info(Tick::PanicWithGlass);
    until(|| notes.count("terminate panic") == 2).await;
    send(&mut ada, "again").await;
    assert_eq!(text(&mut ada).await, "again");
    let closes = notes.all().iter().filter(|note| note.starts_with("close")).count();
    assert_eq!(closes, 1, "{:?}", notes.all());
}

#[test]
fn c12_the_same_with_its_runtime_gone() {
    for stops in [true, false] {
        let notes = Notes::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let kept = runtime.block_on(async {
            let app = App::new().mount_service::<Fragile>("/fragile").state(notes.clone());
            let server = Server::start(app).await;
            let clients = [join(&server, &notes, "clings").await, join(&server, &notes, "ada").await];
            if stops {
                server.app.service::<Fragile>().info(Tick::Stop);
                notes.seen("close clings stop").await;
            }
            (server, clients)
        });
        drop(runtime);
        let all = notes.all();
        let without_reason =
            |note: &'_ String| note.rsplit_once(' ').map_or(note.clone(), |(event, _)| event.to_owned());
        let mut ends: Vec<_> = all[2..].iter().map(without_reason).collect();
        // The runtime decides in which order it drops the connections.
        ends[..2].sort();
        assert_eq!(ends, ["close ada", "close clings", "terminate", "dropped"], "{all:?}");
        drop(kept);
    }
}

#[tokio::test]
async fn b3_a_join_while_the_service_stops_is_answered_with_503() {
    let (notes, gate) = <(Notes, Gate)>::default();
    let server = Server::start(app(&notes, &gate)).await;
    let mut ada = super::join(&server, "ada").await;
    send(&mut ada, "wait").await;
    notes.seen("ada waits").await;
    let came = server.app.stats().messages_in;
    send(&mut ada, "stop").await;
    until(|| server.app.stats().messages_in > came).await;
    let mut late = Raw::open(server.addr).await;
    late.send(&request("GET", "/rooms/a?name=carl", &HEADERS)).await;
    gate.open(1);
    assert_eq!(late.response().await.status, 503);
    assert_eq!(text(&mut ada).await, "received wait");
    assert_eq!(closed(&mut ada).await.0, 1001);
    assert_eq!((notes.count("join carl"), notes.count("close carl stop")), (0, 0));
    assert!(server.app.service::<Room>().members().is_empty());
}

#[tokio::test]
async fn infos_of_a_service_to_itself_are_bounded_and_hold_up_nobody() {
    let (server, notes, ..) = start().await;
    let mut ada = join(&server, &notes, "ada").await;
    server.app.service::<Fragile>().info(Tick::Itself);
    notes.seen("notified itself").await;
    assert!(server.app.stats().dropped > 0);
    server.app.service::<Fragile>().members()[0].send("marker");
    assert_eq!(within(ada.next()).await.unwrap().unwrap().as_text(), Some("marker"));
}
