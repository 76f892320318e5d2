//! Callbacks that are pending run in coroutines that a thread keeps for the next callback: one that runs a server of its
//! own, one whose runtime or thread ends, and one whose future panics when it is dropped.

use std::cell::RefCell;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{Builder, Runtime};
use tokio::task::{block_in_place, yield_now};
use ws_core::prelude::*;
use ws_tests::raw::{BINARY, Raw, TEXT};
use ws_tests::{Server, until, within};

#[derive(Clone, Default)]
struct Counts {
    /// Callbacks that are pending.
    pending: Arc<AtomicUsize>,
    terminated: Arc<AtomicUsize>,
    aborted: Arc<AtomicUsize>,
}

impl Counts {
    fn get(&self) -> (usize, usize) {
        (self.terminated.load(Ordering::SeqCst), self.aborted.load(Ordering::SeqCst))
    }
}

/// Panics on drop.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "the future is dropped");
    }
}

struct Subject {
    counts: Counts,
}

#[websocket]
impl Subject {
    #[init]
    fn new(State(counts): State<Counts>) -> Self {
        Self { counts }
    }

    #[text]
    async fn text(&mut self, text: String) -> String {
        yield_now().await;
        match &*text {
            "nested" => block_in_place(nested),
            "pending" => self.wait(()).await,
            "bomb" => self.wait(Bomb).await,
            _ => {}
        }
        text
    }

    /// Never pending at the first poll.
    #[binary]
    async fn binary(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    #[terminate]
    fn end(&mut self, reason: &Terminate) {
        self.counts.terminated.fetch_add(1, Ordering::SeqCst);
        if matches!(reason, Terminate::Aborted) {
            self.counts.aborted.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Subject {
    async fn wait<T>(&self, _held: T) {
        self.counts.pending.fetch_add(1, Ordering::SeqCst);
        pending::<()>().await;
    }
}

fn app(counts: &Counts) -> App {
    App::new().state(counts.clone()).mount::<Subject>("/", ())
}

async fn echo(client: &mut Raw, opcode: u8, text: &str) {
    client.frame(opcode, text.as_bytes()).await;
    assert_eq!(client.read().await.expect("an answer").payload, text.as_bytes());
}

fn single_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Runs a server with the same handler on the thread of a callback, and drops it while callbacks are pending.
fn nested() {
    let (runtime, counts) = (single_thread(), Counts::default());
    let clients = runtime.block_on(async {
        let server = Server::start(app(&counts)).await;
        let mut clients = Vec::new();
        for _ in 0..3 {
            let mut client = Raw::connect(server.addr, "/").await;
            echo(&mut client, TEXT, "a").await;
            echo(&mut client, BINARY, "b").await;
            clients.push(client);
        }
        clients[0].frame(TEXT, b"pending").await;
        clients[1].frame(TEXT, b"bomb").await;
        until(|| counts.pending.load(Ordering::SeqCst) == 2).await;
        clients
    });
    drop(runtime);
    assert_eq!(counts.get(), (3, 3));
    drop(clients);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_runs_a_server_with_the_same_handler_on_its_thread() {
    let counts = Counts::default();
    let server = Server::start(app(&counts)).await;
    let mut client = Raw::connect(server.addr, "/").await;
    for _ in 0..3 {
        echo(&mut client, TEXT, "nested").await;
        echo(&mut client, BINARY, "b").await;
    }
    client.close(1000, "").await;
    until(|| counts.get() == (1, 0)).await;
}

#[tokio::test]
async fn a_callback_whose_future_panics_on_drop_is_the_last_one() {
    let counts = Counts::default();
    let server = Server::start(app(&counts)).await;
    for bombs in 1..=5 {
        let mut client = Raw::connect(server.addr, "/").await;
        let mut other = Raw::connect(server.addr, "/").await;
        echo(&mut client, TEXT, "a").await;
        client.frame(TEXT, b"bomb").await;
        until(|| counts.pending.load(Ordering::SeqCst) == bombs).await;
        // An invalid frame ends the connection at once.
        client.send(&[0xff, 0xff]).await;
        echo(&mut other, TEXT, "a").await;
        other.close(1000, "").await;
        until(|| counts.get().0 == 2 * bombs).await;
    }
    assert_eq!(counts.get(), (10, 0));
    until(|| server.app.stats().open == 0).await;
}

#[test]
fn a_runtime_that_ends_aborts_pending_callbacks_and_the_next_one_works() {
    let counts = Counts::default();
    for round in 1..=3 {
        let runtime = single_thread();
        let clients = runtime.block_on(async {
            let server = Server::start(app(&counts)).await;
            let mut clients = Vec::new();
            for text in ["pending", "bomb", "pending"] {
                let mut client = Raw::connect(server.addr, "/").await;
                echo(&mut client, TEXT, "a").await;
                client.frame(TEXT, text.as_bytes()).await;
                clients.push(client);
            }
            clients.push(Raw::connect(server.addr, "/").await);
            within(until(|| counts.pending.load(Ordering::SeqCst) == 3 * round)).await;
            until(|| server.app.stats().open == 4).await;
            clients
        });
        drop(runtime);
        assert_eq!(counts.get(), (4 * round, 4 * round));
        drop(clients);
    }
}

#[test]
fn a_thread_that_ends_with_its_runtime_aborts_pending_callbacks() {
    thread_local! {
        static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
    }
    let counts = Counts::default();
    let own = counts.clone();
    let thread = std::thread::spawn(move || {
        RUNTIME.with_borrow_mut(|runtime| {
            let runtime = runtime.insert(single_thread());
            runtime.block_on(async {
                let server = Server::start(app(&own)).await;
                let mut clients = Vec::new();
                for text in ["pending", "bomb"] {
                    let mut client = Raw::connect(server.addr, "/").await;
                    echo(&mut client, TEXT, "a").await;
                    client.frame(TEXT, text.as_bytes()).await;
                    clients.push(client);
                }
                until(|| own.pending.load(Ordering::SeqCst) == 2).await;
                clients
            })
        })
    });
    drop(thread.join().expect("no panic"));
    assert_eq!(counts.get(), (2, 2));
}
