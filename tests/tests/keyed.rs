//! A service with an instance for each key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::Path;
use futures_util::{SinkExt, StreamExt};
use http::StatusCode;
use tokio::sync::Semaphore;
use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_core::{App, Delivery, Error, Route};
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Client, Server, closed, pass, text, until, within};

/// A game counts the messages of its members, and notes what happens to it.
#[service("/game/{id}", per = "id")]
struct Game {
    id: ServiceKey,
    notes: Notes,
    messages: u32,
    /// `terminate` waits for it.
    gate: Gate,
}

#[derive(Clone, Default)]
struct Gate(Option<Arc<Semaphore>>);

/// Whether `init` fails.
#[derive(Clone, Default)]
struct Fails(Arc<AtomicBool>);

#[derive(Clone)]
struct Shout(&'static str);

struct Ask;

#[service]
impl Game {
    #[init]
    fn begin(
        id: ServiceKey,
        State(notes): State<Notes>,
        State(gate): State<Gate>,
        State(fails): State<Fails>,
    ) -> Result<Self, &'static str> {
        if fails.0.load(Ordering::Relaxed) {
            return Err("no such game");
        }
        notes.add(format!("begin {id}"));
        Ok(Self { id, notes, messages: 0, gate })
    }

    #[join]
    fn join(&mut self, Path(id): Path<u32>, member: &Member<Self>) -> Result<(), StatusCode> {
        if self.messages > 2 {
            return Err(StatusCode::GONE);
        }
        member.send(format!("welcome to {id}"));
        Ok(())
    }

    #[incoming]
    fn moved(&mut self, member: &Member<Self>, text: &str) -> Control {
        assert_ne!(text, "panic", "a move that panics");
        if text == "stop" {
            return Control::stop("over");
        }
        self.messages += 1;
        member.send(format!("{}: {}", self.id, self.messages));
        Control::Continue
    }

    #[info]
    fn asked(&mut self, _: Ask) {
        self.notes.add(format!("{} was asked", self.id));
    }

    #[broadcast]
    fn shouted(&mut self, Shout(words): &Shout) {
        self.notes.add(format!("{} heard {words}", self.id));
    }

    #[terminate]
    async fn end(&mut self, reason: &Terminate) {
        if let Gate(Some(gate)) = &self.gate {
            gate.acquire().await.expect("an open semaphore").forget();
        }
        self.notes.add(format!("end {}: {reason}", self.id));
    }
}

const LEFT: &str = "closed by the server: the last member has left";

async fn start(app: App) -> (Server, Notes) {
    let notes = Notes::default();
    (Server::start(app.state(notes.clone()).state(Gate::default()).state(Fails::default())).await, notes)
}

fn app() -> App {
    App::discover_in(module_path!())
}

async fn say(client: &mut Client, words: &str) {
    within(client.send(Sent::text(words.to_owned()))).await.unwrap();
}

async fn leave(mut client: Client) {
    within(client.close()).await.unwrap();
    while within(client.next()).await.is_some() {}
}

#[tokio::test]
async fn each_key_has_an_instance_that_its_first_member_starts() {
    let (server, notes) = start(app()).await;
    assert!(notes.all().is_empty(), "nothing starts with the app");
    assert!(server.app.service_at::<Game>("1").is_none() && server.app.services::<Game>().is_empty());
    let (mut ada, mut bob, mut eve) =
        (server.connect("/game/1").await, server.connect("/game/1").await, server.connect("/game/2").await);
    for (client, id) in [(&mut ada, 1), (&mut bob, 1), (&mut eve, 2)] {
        assert_eq!(text(client).await, format!("welcome to {id}"));
    }
    for (client, answer) in [(&mut ada, "1: 1"), (&mut bob, "1: 2"), (&mut eve, "2: 1")] {
        say(client, "move").await;
        assert_eq!(text(client).await, answer);
    }
    assert_eq!(notes.all(), ["begin 1", "begin 2"]);
    let one = server.app.service_at::<Game>("1").expect("a game that runs");
    assert_eq!((one.key().map(ServiceKey::as_str), one.members().len()), (Some("1"), 2));
    assert_eq!(server.app.services::<Game>().len(), 2);
}

#[tokio::test]
async fn an_instance_ends_with_its_last_member_and_the_next_client_starts_a_new_one() {
    let (server, notes) = start(app()).await;
    let (ada, mut bob) = (server.connect("/game/7").await, server.connect("/game/7").await);
    say(&mut bob, "move").await;
    leave(ada).await;
    let game = server.app.service_at::<Game>("7").expect("bob is still there");
    until(|| game.members().len() == 1).await;
    assert!(game.is_up());
    leave(bob).await;
    notes.seen(&format!("end 7: {LEFT}")).await;
    until(|| server.app.service_at::<Game>("7").is_none()).await;
    assert_eq!((game.info(Ask), game.is_up()), (Delivery::Gone, false));
    let mut eve = server.connect("/game/7").await;
    assert_eq!(text(&mut eve).await, "welcome to 7");
    say(&mut eve, "move").await;
    assert_eq!(text(&mut eve).await, "7: 1", "the state is new");
    assert_eq!(notes.count("begin 7"), 2);
}

#[tokio::test]
async fn a_client_waits_until_the_last_instance_of_its_key_has_ended() {
    let (notes, permits) = (Notes::default(), Arc::new(Semaphore::new(0)));
    let app = app().state(notes.clone()).state(Gate(Some(permits.clone()))).state(Fails::default());
    let server = Server::start(app).await;
    leave(server.connect("/game/3").await).await;
    let game = server.app.service_at::<Game>("3").expect("its `terminate` waits");
    until(|| !game.is_up()).await;
    let late = server.connect("/game/3");
    tokio::pin!(late);
    // Other keys do not wait.
    tokio::select! {
        _ = &mut late => panic!("a second instance while the first one still ends"),
        mut other = server.connect("/game/4") => assert_eq!(text(&mut other).await, "welcome to 4"),
    }
    assert_eq!(notes.count("begin 3"), 1);
    permits.add_permits(100);
    assert_eq!(text(&mut late.await).await, "welcome to 3");
    let of_three: Vec<_> = notes.all().into_iter().filter(|note| note.contains('3')).collect();
    assert_eq!(of_three, ["begin 3".to_owned(), format!("end 3: {LEFT}"), "begin 3".to_owned()]);
}

#[tokio::test]
async fn an_instance_lingers_as_long_as_its_route_says() {
    let lingers = Route::service::<Game>("/game/{id}").per("id").linger(Duration::from_secs(30));
    let (server, notes) = start(App::new().route(lingers)).await;
    let mut ada = server.connect("/game/1").await;
    say(&mut ada, "move").await;
    leave(ada).await;
    let game = server.app.service_at::<Game>("1").expect("it lingers");
    until(|| game.members().is_empty()).await;
    pass(Duration::from_secs(20)).await;
    let mut ada = server.connect("/game/1").await;
    assert_eq!(text(&mut ada).await, "welcome to 1");
    say(&mut ada, "move").await;
    assert_eq!(text(&mut ada).await, "1: 2", "the state is the same");
    // With a member, it does not end.
    pass(Duration::from_secs(50)).await;
    say(&mut ada, "move").await;
    assert_eq!(text(&mut ada).await, "1: 3");
    leave(ada).await;
    until(|| game.members().is_empty()).await;
    // An info does not prolong it.
    pass(Duration::from_secs(20)).await;
    assert_eq!(game.info(Ask), Delivery::Queued);
    notes.seen("1 was asked").await;
    pass(Duration::from_secs(15)).await;
    notes.seen(&format!("end 1: {LEFT}")).await;
    assert_eq!(notes.count("begin 1"), 1);
}

#[tokio::test]
async fn a_client_that_is_rejected_leaves_no_instance_behind() {
    let (server, notes) = start(app()).await;
    // The extractor of `#[join]` rejects a key that is no number before an instance starts.
    let bad = Raw::open(server.addr).await.request("GET", "/game/x", &HEADERS).await;
    assert_eq!((bad.status, notes.all().len()), (400, 0), "{bad:?}");
    let mut ada = server.connect("/game/1").await;
    assert_eq!(text(&mut ada).await, "welcome to 1");
    for moves in 1..=3 {
        say(&mut ada, "move").await;
        assert_eq!(text(&mut ada).await, format!("1: {moves}"));
    }
    let full = Raw::open(server.addr).await.request("GET", "/game/1", &HEADERS).await;
    assert_eq!(full.status, 410, "{full:?}");
    leave(ada).await;
    notes.seen(&format!("end 1: {LEFT}")).await;
}

#[tokio::test]
async fn an_init_that_fails_is_a_503_and_the_next_client_tries_again() {
    let (log, _capture) = Log::capture();
    let fails = Fails::default();
    fails.0.store(true, Ordering::Relaxed);
    let notes = Notes::default();
    let server = Server::start(app().state(notes.clone()).state(Gate::default()).state(fails.clone())).await;
    let failed = Raw::open(server.addr).await.request("GET", "/game/1", &HEADERS).await;
    assert_eq!(failed.status, 503, "{failed:?}");
    until(|| log.text().contains("no such game")).await;
    assert!(server.app.service_at::<Game>("1").is_none(), "a key that fails takes no memory");
    fails.0.store(false, Ordering::Relaxed);
    let mut ada = server.connect("/game/1").await;
    assert_eq!(text(&mut ada).await, "welcome to 1");
}

#[tokio::test]
async fn a_panic_restarts_its_instance_alone_with_the_same_key() {
    let (server, notes) = start(app()).await;
    let (mut ada, mut eve) = (server.connect("/game/1").await, server.connect("/game/2").await);
    for client in [&mut ada, &mut eve] {
        assert!(text(client).await.starts_with("welcome"));
        say(client, "move").await;
    }
    assert_eq!((text(&mut ada).await, text(&mut eve).await), ("1: 1".to_owned(), "2: 1".to_owned()));
    say(&mut ada, "panic").await;
    for client in [&mut ada, &mut eve] {
        say(client, "move").await;
    }
    assert_eq!(text(&mut ada).await, "1: 1", "a new state, the same member");
    assert_eq!(text(&mut eve).await, "2: 2");
    assert_eq!((notes.count("begin 1"), notes.count("begin 2")), (2, 1));
}

#[tokio::test]
async fn a_broadcast_reaches_every_instance_and_an_info_one() {
    let (server, notes) = start(app()).await;
    let _clients = (server.connect("/game/1").await, server.connect("/game/2").await);
    let counts = server.app.broadcast::<Game>(Shout("hey"));
    assert_eq!(counts.queued, 2, "{counts:?}");
    notes.seen("1 heard hey").await;
    notes.seen("2 heard hey").await;
    assert_eq!(server.app.service_at::<Game>("2").map(|game| game.info(Ask)), Some(Delivery::Queued));
    notes.seen("2 was asked").await;
    // The type itself has no instance without a key.
    let common = server.app.service::<Game>();
    assert_eq!((common.info(Ask), common.is_up(), common.key()), (Delivery::Gone, false, None));
}

#[tokio::test]
async fn a_stop_closes_the_members_and_frees_the_key() {
    let (server, notes) = start(app()).await;
    let mut ada = server.connect("/game/1").await;
    assert_eq!(text(&mut ada).await, "welcome to 1");
    say(&mut ada, "stop").await;
    assert_eq!(closed(&mut ada).await, (1001, "the service has stopped".to_owned()));
    notes.seen("end 1: closed by the server: over").await;
    let mut bob = server.connect("/game/1").await;
    assert_eq!(text(&mut bob).await, "welcome to 1");
}

#[tokio::test]
async fn a_drain_ends_every_instance() {
    let (server, notes) = start(app()).await;
    let (ada, eve) = (server.connect("/game/1").await, server.connect("/game/2").await);
    let read = |client: Client| client.for_each(|_| std::future::ready(()));
    let drain = server.app.drain(Duration::from_secs(60));
    let (drained, (), ()) = within(async { tokio::join!(drain, read(ada), read(eve)) }).await;
    assert_eq!(ws_tests::drained(&drained), (2, 0, 0));
    let ends = notes.all().into_iter().filter(|note| note.starts_with("end ")).count();
    assert_eq!(ends, 2, "{:?}", notes.all());
}

#[tokio::test]
async fn many_clients_that_come_and_go_never_meet_two_instances_or_none() {
    let (server, notes) = start(app()).await;
    let clients = (0..200).map(|number| {
        let server = &server;
        async move {
            let mut client = server.connect(&format!("/game/{}", number % 3)).await;
            assert!(text(&mut client).await.starts_with("welcome"));
            leave(client).await;
        }
    });
    futures_util::stream::iter(clients).buffer_unordered(8).collect::<Vec<()>>().await;
    until(|| server.app.services::<Game>().is_empty()).await;
    for key in 0..3 {
        let mut runs = false;
        for note in notes.all().into_iter().filter(|note| note.contains(&format!(" {key}"))) {
            assert_ne!(runs, note.starts_with("begin"), "{:?}", notes.all());
            runs = !runs;
        }
        assert!(!runs);
    }
}

#[tokio::test]
async fn wrong_routes_are_errors_at_startup() {
    let start = |app: App| app.state(Notes::default()).state(Gate::default()).state(Fails::default());
    let none = start(App::new().route(Route::service::<Game>("/game/{id}").per("game")));
    let Err(Error::BadRoutes(problems)) = none.try_into_router() else { panic!("no parameter `game`") };
    assert!(problems[0].contains("the path has no parameter `game`, which `per` names"), "{problems:?}");
    let mixed = start(
        App::new()
            .route(Route::service::<Game>("/game/{id}").per("id"))
            .route(Route::service::<Game>("/watch/{id}")),
    );
    let Err(Error::BadRoutes(problems)) = mixed.try_into_router() else { panic!("one without `per`") };
    assert!(problems[0].contains("either `per` on each route, or on none"), "{problems:?}");
    let lingers = start(App::new().route(Route::service::<Game>("/game/{id}").linger(Duration::MAX)));
    let Err(Error::BadRoutes(problems)) = lingers.try_into_router() else { panic!("lingers without `per`") };
    assert!(problems[0].contains("only a service with `per` lingers"), "{problems:?}");
    // `#[init]` takes a key, and there is none.
    let unkeyed = start(App::new().route(Route::service::<Game>("/game/{id}")));
    let Err(error) = unkeyed.bind("127.0.0.1:0").await else { panic!("a service without a key") };
    assert!(error.to_string().contains("`per ="), "{error}");
}
