//! The idle timeout (C11) and the heartbeat (Z11), and where they are set: `#[init]` overrides the attribute, which
//! overrides the app, which overrides the default.

use std::time::Duration;

use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::{CloseCode, Route};
use ws_tests::notes::Notes;
use ws_tests::raw::{PING, PONG, Raw, TEXT, frame};
use ws_tests::{PATIENCE, Server, pass, until};

const IDLE: Duration = Duration::from_millis(300);

struct Tick;

/// Sends nothing.
struct Quiet(Notes);

#[websocket]
impl Quiet {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[info]
    fn tick(&mut self, Tick: Tick) {
        self.0.add("tick");
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(reason.kind());
    }
}

async fn connected(route: Route) -> (Server, Notes, Raw) {
    let notes = Notes::default();
    let server = Server::start(App::new().state(notes.clone()).route(route)).await;
    let client = Raw::connect(server.addr, "/").await;
    (server, notes, client)
}

fn quiet() -> Route {
    Route::new::<Quiet>("/").idle_timeout(IDLE).heartbeat(None)
}

#[tokio::test]
async fn c11_an_idle_client_is_closed_with_1001() {
    let begun = Instant::now();
    let (server, notes, mut client) = connected(quiet()).await;
    let close = client.read().await.expect("a close");
    assert_eq!(close.close(), (1001, "idle timeout"));
    assert!(begun.elapsed() >= IDLE);
    notes.seen("timeout").await;
    client.close(1001, "").await;
    assert_eq!(client.read().await, None);
    drop(client);
    until(|| server.app.stats().open == 0).await;
    assert_eq!(server.app.stats().ended("timeout"), 1);
}

// RFC 6455 5.5.3: "the endpoint MAY elect to send a Pong frame for only the most recently processed Ping frame."
#[tokio::test]
async fn a_client_may_answer_only_some_of_the_pings() {
    let second = Duration::from_secs(1);
    let route = Route::new::<Quiet>("/").idle_timeout(10 * second).heartbeat(2 * second);
    let (_server, notes, mut client) = connected(route).await;
    for round in 0..20 {
        pass(2 * second).await;
        let ping = client.read().await.expect("a ping");
        assert_eq!(ping.opcode, PING);
        if round % 3 == 2 {
            client.frame(PONG, &ping.payload).await;
            // The ping's answer shows that the server has read the pong before more time passes.
            client.frame(PING, b"?").await;
            assert_eq!(client.read().await.expect("a pong").opcode, PONG);
        }
    }
    assert_eq!(notes.all(), [""; 0]);
}

#[tokio::test]
async fn c11_any_byte_restarts_it() {
    let (_server, _, mut client) = connected(quiet()).await;
    let begun = Instant::now();
    // A pong, a message, and a frame that is never completed, one byte at a time.
    let mut pieces: Vec<Vec<u8>> = vec![frame(true, PONG, b""), frame(true, TEXT, b"x")];
    pieces.extend(frame(true, TEXT, b"slow")[..6].iter().map(|byte| vec![*byte]));
    for piece in &pieces {
        client.send(piece).await;
        assert!(client.is_silent_for(IDLE / 3).await, "{:?}", begun.elapsed());
    }
    assert!(begun.elapsed() > IDLE * 2, "the test outlasts the timeout");
    assert_eq!(client.read().await.expect("a close").close().0, 1001);
}

#[tokio::test]
async fn c11_infos_and_sent_messages_do_not_restart_it() {
    let (server, notes, mut client) = connected(quiet().heartbeat(IDLE / 10)).await;
    let begun = Instant::now();
    let socket = server.app.sockets::<Quiet>().pop().expect("a connection");
    let busy = tokio::spawn(async move {
        while socket.info(Tick).is_queued() && socket.send("outgoing").is_queued() {
            tokio::time::sleep(IDLE / 10).await;
        }
    });
    let (mut pings, mut texts) = (0, 0);
    let close = loop {
        let frame = client.read().await.expect("a frame");
        match frame.opcode {
            PING => pings += 1,
            TEXT => texts += 1,
            _ => break frame,
        }
        assert!(begun.elapsed() < PATIENCE, "the connection was not closed in time");
    };
    assert_eq!(close.close().0, 1001);
    assert!(pings >= 1 && texts >= 2, "{pings} pings, {texts} texts");
    assert!(notes.count("tick") >= 2);
    ws_tests::within(busy).await.expect("no panic");
}

#[tokio::test]
async fn z11_the_answers_to_heartbeats_keep_a_quiet_client_alive() {
    let notes = Notes::default();
    let route = quiet().heartbeat(IDLE / 6);
    let server = Server::start(App::new().state(notes.clone()).route(route)).await;
    let mut client = server.connect("/").await;
    let begun = Instant::now();
    // Reading from this client makes it answer pings.
    while begun.elapsed() < IDLE * 3 {
        assert!(ws_tests::next(&mut client).await.is_ping());
    }
    assert_eq!(server.app.stats().open, 1);
}

#[tokio::test]
async fn z11_a_heartbeat_is_a_ping_at_its_interval() {
    let every = Duration::from_millis(100);
    let (_server, _, mut client) = connected(quiet().idle_timeout(None).heartbeat(every)).await;
    let begun = Instant::now();
    for beat in 1..=4 {
        let ping = client.read().await.expect("a ping");
        assert_eq!((ping.opcode, ping.payload.len()), (PING, 0));
        // The first interval starts at the handshake, slightly before `begun`.
        assert!(begun.elapsed() + every / 4 >= every * beat, "beat {beat} after {:?}", begun.elapsed());
        // A frame from the client does not postpone the next heartbeat.
        client.frame(PONG, b"").await;
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn c11_z11_both_can_be_turned_off() {
    let (server, _, mut client) = connected(quiet().idle_timeout(None)).await;
    for _ in 0..3 {
        pass(Duration::from_secs(3600)).await;
        assert!(client.is_silent_for(Duration::from_millis(50)).await);
    }
    assert!(server.app.sockets::<Quiet>()[0].close(CloseCode::NORMAL, "").is_queued());
    assert_eq!(client.read().await.expect("a close").close().0, 1000);
}

#[tokio::test]
async fn c11_z11_by_default_a_ping_after_25_s_and_a_close_after_60() {
    let (_server, _, mut client) = connected(Route::new::<Quiet>("/")).await;
    let quiet = Duration::from_millis(50);
    pass(Duration::from_secs(24)).await;
    assert!(client.is_silent_for(quiet).await);
    pass(Duration::from_secs(1)).await;
    assert_eq!(client.read().await.expect("a ping").opcode, PING);
    pass(Duration::from_secs(25)).await;
    assert_eq!(client.read().await.expect("a ping").opcode, PING);
    pass(Duration::from_secs(9)).await;
    assert!(client.is_silent_for(quiet).await);
    pass(Duration::from_secs(1)).await;
    assert_eq!(client.read().await.expect("a close").close().0, 1001);
}

mod declared {
    use super::*;

    #[websocket("/attribute", idle_timeout = "300ms", heartbeat = "off")]
    #[derive(Default)]
    struct ByAttribute;

    #[websocket]
    impl ByAttribute {}

    #[websocket("/never", idle_timeout = "never", heartbeat = "100ms")]
    #[derive(Default)]
    struct Never;

    #[websocket]
    impl Never {}

    #[websocket("/app")]
    #[derive(Default)]
    struct ByApp;

    #[websocket]
    impl ByApp {}

    #[websocket("/init", idle_timeout = "never", heartbeat = "100ms")]
    struct ByInit;

    #[websocket]
    impl ByInit {
        #[init]
        fn new(upgrade: &mut Upgrade<Self>) -> Self {
            upgrade.set_idle_timeout(IDLE);
            upgrade.set_heartbeat(None);
            Self
        }
    }

    /// Connects, and returns the opcode of the first frame and the time until it arrived.
    async fn first(server: &Server, path: &str) -> (u8, Duration) {
        let begun = Instant::now();
        let mut client = Raw::connect(server.addr, path).await;
        (client.read().await.expect("a frame").opcode, begun.elapsed())
    }

    #[tokio::test]
    async fn c11_z11_init_over_attribute_over_app_over_default() {
        const CLOSE: u8 = ws_tests::raw::CLOSE;
        let app = App::discover_in(module_path!());
        // The app's values apply only where neither the attribute nor `#[init]` sets one.
        let app = app.idle_timeout(Duration::from_millis(900)).heartbeat(Duration::from_millis(600));
        let server = Server::start(app).await;
        let paths = ["/attribute", "/never", "/app", "/init"];
        let ((a, b), (c, d)) =
            tokio::join!(async { tokio::join!(first(&server, paths[0]), first(&server, paths[1])) }, async {
                tokio::join!(first(&server, paths[2]), first(&server, paths[3]))
            },);
        for ((path, seen), (opcode, at_least)) in
            paths.into_iter().zip([a, b, c, d]).zip([(CLOSE, 300), (PING, 100), (PING, 600), (CLOSE, 300)])
        {
            assert_eq!(seen.0, opcode, "{path}");
            assert!(seen.1 >= Duration::from_millis(at_least), "{path} after {:?}", seen.1);
        }
    }

    #[tokio::test]
    async fn c11_never_and_off_mean_it() {
        let server = Server::start(App::discover_in(module_path!())).await;
        let mut client = Raw::connect(server.addr, "/never").await;
        for _ in 0..3 {
            pass(Duration::from_secs(3600)).await;
            assert_eq!(client.read().await.expect("a ping").opcode, PING);
        }
    }
}
