//! Credentials that expire: the connection closes at their end, unless they are renewed, whatever it is doing.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::testing::{self, TestApp};
use ws_core::{Delivery, Expiry, Route};
use ws_tests::gate::Gate;
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, until};

const SECOND: Duration = Duration::from_secs(1);
const EXPIRED: (u16, &str) = (3000, "the credentials have expired");

/// Its credentials are valid for as many seconds as its path says.
struct Session {
    gate: Gate,
    notes: Notes,
}

#[websocket]
impl Session {
    #[init]
    fn enter(State(gate): State<Gate>, State(notes): State<Notes>, upgrade: &mut Upgrade<Self>) -> Self {
        let seconds = upgrade.params().get("seconds").unwrap_or_default().parse();
        if let Ok(seconds) = seconds {
            upgrade.expires_after(Duration::from_secs(seconds));
        }
        Self { gate, notes }
    }

    #[text]
    async fn received(&mut self, words: &str, cx: &mut Context<Self>) -> String {
        match words.split_once(' ') {
            Some(("renew", "never")) => cx.renew(Expiry::NEVER),
            Some(("renew", seconds)) => cx.renew(Duration::from_secs(seconds.parse().expect("seconds"))),
            Some(("notify", seconds)) => {
                cx.notify_expiring(Duration::from_secs(seconds.parse().expect("seconds")));
            }
            Some(("close", reason)) => {
                let reason = Reason::truncated(reason);
                cx.close_expired_with(CloseCode::from_static(4001), reason);
            }
            Some(("pause", _)) => cx.pause(),
            Some(("flood", _)) => {
                for _ in 0..200 {
                    cx.send(vec![0; 64 << 10]);
                }
            }
            Some(("wait", _)) => {
                cx.send("waiting");
                self.gate.passed().await;
                self.notes.add("finished");
            }
            _ => {}
        }
        words.to_owned()
    }

    #[info]
    fn expiring(&mut self, soon: Expiring) -> String {
        format!("{} s left", soon.left().as_secs())
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.notes.add(match reason {
            Terminate::Expired(close) => format!("expired with {}", u16::from(close.code())),
            other => other.kind().to_owned(),
        });
    }
}

fn app(gate: &Gate, notes: &Notes) -> App {
    App::new().state(gate.clone()).state(notes.clone()).mount::<Session>("/{seconds}", ())
}

fn start() -> (TestApp, Gate, Notes) {
    let (gate, notes) = (Gate::new(), Notes::default());
    (testing::start(app(&gate, &notes)).unwrap(), gate, notes)
}

async fn answer(client: &mut testing::Client, words: &str) -> String {
    client.send(words).await.unwrap();
    client.text().await.unwrap()
}

/// Asserts that the connection closes this many seconds after `started`, with this close frame.
async fn assert_closes(client: &mut testing::Client, started: Instant, seconds: u32, close: (u16, &str)) {
    let closed = client.closed().await.unwrap();
    assert_eq!(closed, Some((close.0, close.1.to_owned())));
    let passed = started.elapsed();
    assert!(passed >= seconds * SECOND && passed < (seconds + 1) * SECOND, "{passed:?}, not {seconds} s");
}

#[tokio::test(start_paused = true)]
async fn c12_a_connection_closes_when_its_credentials_expire() {
    let (app, _, notes) = start();
    // No ping of the heartbeat wakes the connection at that time.
    let started = Instant::now();
    let mut client = app.connect("/110").await.unwrap();
    assert_closes(&mut client, started, 110, EXPIRED).await;
    notes.seen("expired with 3000").await;
    assert_eq!(app.handle().stats().ended("expired"), 1);
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_renewed_last_longer() {
    let (app, _, _) = start();
    let started = Instant::now();
    let mut client = app.connect("/100").await.unwrap();
    let mut shortened = app.connect("/1000").await.unwrap();
    let mut endless = app.connect("/100").await.unwrap();
    let mut late = app.connect("/never").await.unwrap();
    tokio::time::sleep(90 * SECOND).await;
    assert_eq!(answer(&mut client, "renew 100").await, "renew 100");
    assert_eq!(answer(&mut shortened, "renew 50").await, "renew 50");
    assert_eq!(answer(&mut endless, "renew never").await, "renew never");
    assert_eq!(answer(&mut late, "renew 20").await, "renew 20");
    assert_closes(&mut late, started, 110, EXPIRED).await;
    assert_closes(&mut shortened, started, 140, EXPIRED).await;
    assert_closes(&mut client, started, 190, EXPIRED).await;
    tokio::time::sleep(1_000 * SECOND).await;
    assert_eq!(answer(&mut endless, "still here").await, "still here");
}

#[tokio::test(start_paused = true)]
async fn the_program_chooses_code_and_reason() {
    let (app, _, notes) = start();
    let started = Instant::now();
    let mut client = app.connect("/10").await.unwrap();
    answer(&mut client, "close come back with a token").await;
    // A renewal keeps them.
    answer(&mut client, "renew 20").await;
    assert_closes(&mut client, started, 20, (4001, "come back with a token")).await;
    notes.seen("expired with 4001").await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_is_notified_before_each_end() {
    let (app, _, _) = start();
    let started = Instant::now();
    let mut client = app.connect("/100").await.unwrap();
    answer(&mut client, "notify 30").await;
    assert_eq!(client.text().await.unwrap(), "30 s left");
    assert_eq!(started.elapsed().as_secs(), 70);
    answer(&mut client, "renew 100").await;
    assert_eq!(client.text().await.unwrap(), "30 s left");
    assert_eq!(started.elapsed().as_secs(), 140);
    // Less is left than the notice asks for.
    answer(&mut client, "renew 10").await;
    assert!(["10 s left", "9 s left"].contains(&client.text().await.unwrap().as_str()));
    assert_closes(&mut client, started, 150, EXPIRED).await;
}

#[tokio::test(start_paused = true)]
async fn a_pending_callback_is_finished_and_sends_nothing_more() {
    let (app, gate, notes) = start();
    let started = Instant::now();
    let mut client = app.connect("/10").await.unwrap();
    assert_eq!(answer(&mut client, "wait here").await, "waiting");
    assert_closes(&mut client, started, 10, EXPIRED).await;
    assert_eq!(notes.all(), Vec::<String>::new());
    gate.open();
    notes.seen("expired with 3000").await;
    assert_eq!(notes.all(), ["finished", "expired with 3000"]);
}

#[tokio::test(start_paused = true)]
async fn a_callback_that_goes_on_is_cancelled_at_the_close_timeout() {
    let (app, _gate, notes) = start();
    let started = Instant::now();
    let mut client = app.connect("/10").await.unwrap();
    assert_eq!(answer(&mut client, "wait here").await, "waiting");
    assert_closes(&mut client, started, 10, EXPIRED).await;
    notes.seen("expired with 3000").await;
    assert_eq!(started.elapsed().as_secs(), 15);
}

/// Neither a client that does not read, nor a pause, prolongs its credentials.
#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_closed_in_time() {
    let (gate, notes) = (Gate::new(), Notes::default());
    let app = testing::start(app(&gate, &notes).write_timeout(None).idle_timeout(None)).unwrap();
    let started = Instant::now();
    let mut client = app.connect("/100").await.unwrap();
    client.send("flood it").await.unwrap();
    client.stop_reading();
    let mut paused = app.connect("/40").await.unwrap();
    answer(&mut paused, "pause now").await;
    assert_closes(&mut paused, started, 40, EXPIRED).await;
    assert_eq!(app.handle().stats().ended("expired"), 1);
    tokio::time::sleep_until(started + 100 * SECOND).await;
    until(|| app.handle().stats().ended("expired") == 2).await;
    assert_eq!(started.elapsed().as_secs(), 100);
    // The close frame does not fit, so the stream ends without it.
    until(|| app.handle().stats().open == 0).await;
    assert!(started.elapsed() < 107 * SECOND, "{:?}", started.elapsed());
}

/// A close that waits for a client that reads slowly, or not at all, does not outlast the credentials either.
#[tokio::test(start_paused = true)]
async fn a_close_that_waits_for_its_client_ends_with_the_credentials() {
    let (gate, notes) = (Gate::new(), Notes::default());
    let app = testing::start(app(&gate, &notes).write_timeout(None).idle_timeout(None)).unwrap();
    let started = Instant::now();
    let mut client = app.connect("/100").await.unwrap();
    client.send("flood it").await.unwrap();
    client.stop_reading();
    until(|| app.handle().stats().messages_in == 1).await;
    app.handle().sockets::<Session>().remove(0).close(CloseCode::NORMAL, "bye");
    tokio::time::sleep_until(started + 99 * SECOND).await;
    assert_eq!(app.handle().stats().open, 1);
    until(|| app.handle().stats().open == 0).await;
    assert_eq!(started.elapsed().as_secs(), 105);
}

#[tokio::test(start_paused = true)]
async fn credentials_expire_while_the_app_drains() {
    let (app, _gate, notes) = start();
    let started = Instant::now();
    let mut client = app.connect("/10").await.unwrap();
    assert_eq!(answer(&mut client, "wait here").await, "waiting");
    let handle = app.handle();
    let drain = tokio::spawn(async move { handle.drain(100 * SECOND).await });
    assert_closes(&mut client, started, 10, EXPIRED).await;
    notes.seen("expired with 3000").await;
    drain.await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn the_program_renews_from_outside_even_if_the_handler_is_busy() {
    let (app, gate, _) = start();
    let started = Instant::now();
    let mut client = app.connect("/10").await.unwrap();
    let socket = app.handle().sockets::<Session>().remove(0);
    assert_eq!(answer(&mut client, "wait here").await, "waiting");
    tokio::time::sleep(5 * SECOND).await;
    assert_eq!(socket.renew(SystemTime::now() + 100 * SECOND), Delivery::Queued);
    tokio::time::sleep(20 * SECOND).await;
    gate.open();
    assert_eq!(client.text().await.unwrap(), "wait here");
    assert_eq!(socket.renew(std::time::Instant::now()), Delivery::Queued);
    assert_closes(&mut client, started, 25, EXPIRED).await;
    until(|| app.handle().stats().open == 0).await;
    assert_eq!(socket.renew(Expiry::NEVER), Delivery::Gone);
}

/// The client keeps its connection busy, over a real socket.
#[tokio::test]
async fn a_client_that_sends_without_end_is_closed_in_time() {
    let (gate, notes) = (Gate::new(), Notes::default());
    let server = Server::start(app(&gate, &notes)).await;
    let mut client = Raw::connect(server.addr, "/1").await;
    loop {
        client.frame(TEXT, b"here").await;
        let frame = client.read().await.expect("a frame");
        if frame.opcode != TEXT {
            assert_eq!(frame.close(), EXPIRED);
            break;
        }
    }
    // An expiry of the past.
    let mut client = Raw::connect(server.addr, "/0").await;
    assert_eq!(client.read().await.expect("a close").close(), EXPIRED);
}

/// Lets its members stay for 10 s each, and renews those that pay when it is asked.
struct Lounge {
    notes: Notes,
}

#[service]
impl Lounge {
    #[init]
    fn open(State(notes): State<Notes>) -> Self {
        Self { notes }
    }

    #[join]
    fn join(&mut self, member: &Member<Self>) -> String {
        member.renew(10 * SECOND);
        member.close_expired_with(CloseCode::from_static(4002), "closing time");
        if member.path() != "/unnoticed" {
            member.notify_expiring(4 * SECOND);
        }
        member.path().to_owned()
    }

    #[incoming]
    fn received(&mut self, member: &Member<Self>, words: &str) {
        assert_ne!(words, "panic", "as the client asks for");
        member.renew(10 * SECOND);
    }

    #[info]
    fn expiring(&mut self, soon: MemberExpiring<Self>) {
        assert!(soon.expiry() < Expiry::after(5 * SECOND));
        let left = soon.left().as_secs();
        soon.member().send(format!("{left} s left for {}", soon.member().kept()));
        if soon.member().kept() == "/pays" {
            soon.member().renew(10 * SECOND);
        }
    }

    #[close]
    fn left(&mut self, member: &Member<Self>, reason: &Terminate) {
        self.notes.add(format!("{} {}", member.kept(), reason.kind()));
    }
}

fn lounge() -> (TestApp, Notes) {
    let notes = Notes::default();
    let route = Route::service::<Lounge>("/{who}");
    (testing::start(App::new().state(notes.clone()).route(route)).unwrap(), notes)
}

#[tokio::test(start_paused = true)]
async fn members_of_a_service_expire_too() {
    let (app, notes) = lounge();
    let started = Instant::now();
    let mut client = app.connect("/unnoticed").await.unwrap();
    tokio::time::sleep(5 * SECOND).await;
    client.send("another one").await.unwrap();
    assert_closes(&mut client, started, 15, (4002, "closing time")).await;
    until(|| app.handle().stats().ended("expired") == 1).await;
    notes.seen("/unnoticed expired").await;
}

#[tokio::test(start_paused = true)]
async fn a_service_is_notified_and_renews_its_members() {
    let (app, notes) = lounge();
    let started = Instant::now();
    let mut pays = app.connect("/pays").await.unwrap();
    let mut leaves = app.connect("/leaves").await.unwrap();
    for renewals in 0..3 {
        assert_eq!(pays.text().await.unwrap(), "4 s left for /pays");
        assert_eq!(started.elapsed().as_secs(), 6 + renewals * 6);
    }
    assert_eq!(leaves.text().await.unwrap(), "4 s left for /leaves");
    notes.seen("/leaves expired").await;
    assert_eq!(leaves.closed().await.unwrap(), Some((4002, "closing time".to_owned())));
    assert_eq!(app.handle().stats().open, 1);
}

/// A member lives on while its service restarts, and its notice reaches the new one.
#[tokio::test(start_paused = true)]
async fn a_service_that_restarted_is_notified() {
    let (app, _) = lounge();
    let mut client = app.connect("/stays").await.unwrap();
    client.send("panic").await.unwrap();
    assert_eq!(client.text().await.unwrap(), "4 s left for /stays");
}
