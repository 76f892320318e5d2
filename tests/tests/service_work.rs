//! The timers and the spawned work of a service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt, stream};
use tokio::sync::Semaphore;
use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_core::{App, Task};
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::{Client, Server, pass, text, until, within};

/// Does as the messages request, and sends what its timers and its work deliver to all members.
#[service("/desk")]
struct Desk {
    cx: ServiceContext<Self>,
    notes: Notes,
    gate: Gate,
    polled: Polled,
    timer: Option<Timer>,
    task: Option<Task>,
    members: Vec<Member<Self>>,
}

/// Work waits for it.
#[derive(Clone)]
struct Gate(Arc<Semaphore>);

/// How many items of a stream were polled.
#[derive(Clone, Default)]
struct Polled(Arc<AtomicU32>);

struct Ring(&'static str);

struct Done(String);

struct Item(u32);

#[service]
impl Desk {
    #[init]
    fn begin(
        cx: ServiceContext<Self>,
        State(notes): State<Notes>,
        State(gate): State<Gate>,
        State(polled): State<Polled>,
    ) -> Self {
        notes.add("init");
        // The first timer is set before the service runs.
        cx.notify_after(Duration::from_secs(1), Ring("begun"));
        Self { cx, notes, gate, polled, timer: None, task: None, members: Vec::new() }
    }

    #[join]
    fn join(&mut self, member: &Member<Self>) {
        self.members.push(member.clone());
        member.send("welcome");
    }

    #[rejoin]
    fn rejoin(&mut self, member: &Member<Self>) {
        self.join(member);
    }

    #[incoming]
    fn asked(&mut self, text: &str) -> Control {
        let (gate, notes) = (self.gate.0.clone(), self.notes.clone());
        let second = Duration::from_secs(1);
        match text {
            "rings" => {
                for (after, what) in [(3, "c"), (2, "a"), (2, "b")] {
                    self.cx.notify_after(after * second, Ring(what));
                }
            }
            "set" => self.timer = Some(self.cx.notify_after(20 * second, Ring("late"))),
            "unset" => {
                let cancelled = self.timer.take().is_some_and(|timer| self.cx.cancel(timer));
                self.send(if cancelled { "cancelled" } else { "too late" });
            }
            "work" => {
                let guard = notes.on_drop("work dropped");
                let task = self.cx.spawn(async move {
                    let _guard = guard;
                    gate.acquire().await.expect("an open semaphore").forget();
                    Done("done".to_owned())
                });
                self.task = Some(task);
            }
            "cancel" => self.task.as_ref().expect("a task").cancel(),
            "silent" => drop(self.cx.spawn(async move { notes.add("silent") })),
            "panic" => panic!("a callback that panics"),
            "panics" => {
                drop(self.cx.spawn(async { assert!(std::hint::black_box(false), "work that panics") }));
            }
            "stream" => {
                let polled = self.polled.0.clone();
                self.cx.spawn_stream(stream::iter((0..3).map(move |number| {
                    polled.fetch_add(1, Ordering::Relaxed);
                    Item(number)
                })));
            }
            "many" => {
                for _ in 0..5000 {
                    let gate = gate.clone();
                    self.cx.spawn(async move { gate.acquire().await.expect("an open semaphore").forget() });
                }
                self.send("spawned");
            }
            "stop" => return Control::stop("over"),
            other => self.send(other),
        }
        Control::Continue
    }

    #[info]
    fn rings(&mut self, Ring(what): Ring) {
        self.notes.add(format!("ring {what}"));
        self.send(what);
    }

    #[info]
    fn done(&mut self, Done(what): Done) {
        self.send(&what);
    }

    #[info]
    async fn item(&mut self, Item(number): Item) {
        self.send(&format!("item {number}, {} polled", self.polled.0.load(Ordering::Relaxed)));
        self.gate.0.acquire().await.expect("an open semaphore").forget();
    }

    #[terminate]
    fn end(&mut self) {
        self.notes.add("end");
    }
}

impl Desk {
    fn send(&self, text: &str) {
        for member in &self.members {
            member.send(text.to_owned());
        }
    }
}

struct Test {
    _server: Server,
    notes: Notes,
    gate: Arc<Semaphore>,
    client: Client,
}

impl Test {
    async fn start() -> Self {
        let (notes, gate) = (Notes::default(), Arc::new(Semaphore::new(0)));
        let app = App::discover_in(module_path!()).state(notes.clone()).state(Gate(gate.clone()));
        let server = Server::start(app.state(Polled::default())).await;
        let mut client = server.connect("/desk").await;
        assert_eq!(text(&mut client).await, "welcome");
        Self { _server: server, notes, gate, client }
    }

    async fn ask(&mut self, words: &str) {
        within(self.client.send(Sent::text(words.to_owned()))).await.unwrap();
    }

    /// Waits until the service has handled everything before.
    async fn sync(&mut self) {
        self.ask("sync").await;
        assert_eq!(self.text().await, "sync");
    }

    async fn text(&mut self) -> String {
        text(&mut self.client).await
    }
}

#[tokio::test]
async fn timers_are_delivered_in_order_also_while_the_service_is_idle() {
    let mut test = Test::start().await;
    test.ask("rings").await;
    test.sync().await;
    pass(Duration::from_secs(4)).await;
    for expected in ["begun", "a", "b", "c"] {
        assert_eq!(test.text().await, expected);
    }
}

#[tokio::test]
async fn a_timer_can_be_cancelled_until_it_is_delivered() {
    let mut test = Test::start().await;
    test.ask("set").await;
    test.ask("unset").await;
    assert_eq!(test.text().await, "cancelled");
    test.ask("set").await;
    test.sync().await;
    pass(Duration::from_secs(21)).await;
    test.notes.seen("ring late").await;
    test.ask("unset").await;
    for expected in ["begun", "late", "too late"] {
        assert_eq!(test.text().await, expected);
    }
    assert_eq!(test.notes.count("ring late"), 1);
}

#[tokio::test]
async fn the_service_goes_on_while_its_work_waits() {
    let mut test = Test::start().await;
    test.ask("work").await;
    test.sync().await;
    test.gate.add_permits(1);
    assert_eq!(test.text().await, "done");
    test.ask("silent").await;
    test.notes.seen("silent").await;
}

#[tokio::test]
async fn work_can_be_cancelled() {
    let mut test = Test::start().await;
    test.ask("work").await;
    test.ask("cancel").await;
    test.notes.seen("work dropped").await;
    test.gate.add_permits(1);
    test.sync().await;
}

#[tokio::test]
async fn a_stream_is_polled_when_its_last_item_was_handled() {
    let mut test = Test::start().await;
    test.ask("stream").await;
    for number in 0..3 {
        assert_eq!(test.text().await, format!("item {number}, {} polled", number + 1));
        test.gate.add_permits(1);
    }
    test.sync().await;
}

#[tokio::test]
async fn a_restart_cancels_timers_and_work() {
    let mut test = Test::start().await;
    for words in ["rings", "work", "panic"] {
        test.ask(words).await;
    }
    test.notes.seen("work dropped").await;
    assert_eq!(test.text().await, "welcome");
    pass(Duration::from_secs(5)).await;
    test.gate.add_permits(1);
    assert_eq!(test.text().await, "begun", "the timer of the new value alone");
    test.sync().await;
    assert_eq!(test.notes.all().iter().filter(|note| note.starts_with("ring")).count(), 1);
    assert_eq!(test.notes.count("init"), 2);
}

#[tokio::test]
async fn work_that_panics_restarts_the_service() {
    let (log, _capture) = Log::capture();
    let mut test = Test::start().await;
    test.ask("panics").await;
    assert_eq!(test.text().await, "welcome", "the member joins the new value");
    assert!(log.text().contains("work that panics"), "{}", log.text());
    assert_eq!(test.notes.all(), ["init", "end", "init"]);
}

#[tokio::test]
async fn the_end_cancels_timers_and_work() {
    let mut test = Test::start().await;
    for words in ["rings", "work", "stop"] {
        test.ask(words).await;
    }
    test.notes.seen("work dropped").await;
    test.notes.seen("end").await;
    while within(test.client.next()).await.is_some() {}
    pass(Duration::from_secs(5)).await;
    assert!(!test.notes.all().iter().any(|note| note.starts_with("ring")), "{:?}", test.notes.all());
}

#[tokio::test]
async fn too_much_work_does_not_start_and_is_logged() {
    let (log, _capture) = Log::capture();
    let mut test = Test::start().await;
    test.ask("many").await;
    assert_eq!(test.text().await, "spawned");
    assert!(log.text().contains("a service has more than 4096 tasks"), "{}", log.text());
    // What is under way ends, and makes room.
    test.gate.add_permits(4096);
    until(|| test.gate.available_permits() == 0).await;
    while test.notes.count("silent") == 0 {
        test.ask("silent").await;
        test.sync().await;
    }
}
