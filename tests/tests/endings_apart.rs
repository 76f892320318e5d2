//! C12, C14: the ways to end that need a server of their own: a drain, a socket that fails, an aborted task; and what a
//! panic brings along.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as TaskContext, Poll};
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{PATIENCE, Server, closed, front, until, within};

mod socket_fails {
    use super::*;

    struct Subject(Notes);

    #[websocket]
    impl Subject {
        #[init]
        fn new(State(notes): State<Notes>) -> Self {
            Self(notes)
        }

        #[terminate]
        fn gone(&mut self, reason: &Terminate) {
            self.0.add(reason.to_string());
        }
    }

    /// A stream that fails as no TCP stream of a client that left does.
    struct Failing(TcpStream, Arc<AtomicBool>);

    impl AsyncRead for Failing {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut TaskContext<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if self.1.load(Ordering::Relaxed) {
                return Poll::Ready(Err(io::Error::other("out of order")));
            }
            Pin::new(&mut self.0).poll_read(cx, buf)
        }
    }

    impl AsyncWrite for Failing {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut TaskContext<'_>,
            buf: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.0).poll_write(cx, buf)
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_flush(cx)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_shutdown(cx)
        }
    }

    #[tokio::test]
    async fn c12_a_socket_that_fails_says_how() {
        let (notes, fails) = (Notes::default(), Arc::new(AtomicBool::new(false)));
        let app = App::empty().mount::<Subject>("/", ()).state(notes.clone());
        let handle = app.handle();
        let failing = fails.clone();
        let addr = front::serve(app.into_router(), move |stream| Failing(stream, failing.clone())).await;
        let mut raw = Raw::connect(addr, "/").await;
        fails.store(true, Ordering::Relaxed);
        raw.frame(TEXT, b"x").await;
        notes.seen("the socket failed: out of order").await;
        drop(raw);
        until(|| handle.stats().open == 0).await;
        assert_eq!((notes.all().len(), handle.stats().ended("io")), (1, 1));
    }
}

mod backtrace {
    use super::*;

    struct Subject(Notes);

    #[websocket]
    impl Subject {
        #[init]
        fn new(State(notes): State<Notes>) -> Self {
            Self(notes)
        }

        #[text]
        fn said(&mut self) {
            panic!("boom");
        }

        #[terminate]
        fn gone(&mut self, reason: &Terminate) {
            let Terminate::Panic(panic) = reason else { panic!("{reason}") };
            let here = panic.location().is_some_and(|place| place.contains(file!()));
            let backtrace = panic.backtrace().is_some_and(|trace| trace.contains("backtrace::Subject"));
            self.0.add(format!("{} {} {here} {backtrace}", panic.callback(), panic.message()));
        }
    }

    const WANTED: &str = "RUST_LIB_BACKTRACE";

    /// Runs a second time, with the variable set, through the test below.
    #[tokio::test]
    async fn c14_a_panic_has_its_place_and_a_backtrace_where_one_was_asked_for() {
        let notes = Notes::default();
        let server = Server::start(App::empty().mount::<Subject>("/", ()).state(notes.clone())).await;
        let mut raw = Raw::connect(server.addr, "/").await;
        raw.frame(TEXT, b"x").await;
        assert_eq!(raw.read().await.expect("a close").close(), (1011, ""));
        let asked =
            ["RUST_BACKTRACE", WANTED].iter().any(|name| std::env::var(name).is_ok_and(|on| on != "0"));
        notes.seen(&format!("said boom true {asked}")).await;
    }

    #[tokio::test]
    async fn c14_a_backtrace_can_be_asked_for() {
        let name = "backtrace::c14_a_panic_has_its_place_and_a_backtrace_where_one_was_asked_for";
        let again = tokio::process::Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", name])
            .env(WANTED, "1")
            .output();
        let output = within(again).await.expect("this test again");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
}

/// Notes how it ends, before and after an await.
struct Subject(Notes);

#[websocket]
impl Subject {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    async fn said(&mut self) {
        let _waiting = self.0.on_drop("the callback is dropped");
        self.0.add("the callback waits");
        std::future::pending::<()>().await;
    }

    #[terminate]
    async fn gone(&mut self, reason: &Terminate) {
        self.0.add(reason.kind());
        tokio::time::sleep(Duration::from_millis(10)).await;
        self.0.add("terminate is through");
    }
}

#[tokio::test]
async fn c13_a_drain_sends_1001() {
    let notes = Notes::default();
    let server = Server::start(App::empty().mount::<Subject>("/", ()).state(notes.clone())).await;
    let mut clients = [server.connect("/").await, server.connect("/").await];
    let app = server.app.clone();
    let drained = tokio::spawn(async move { app.drain(PATIENCE).await });
    for client in &mut clients {
        assert_eq!(closed(client).await, (1001, "the server is going down".to_owned()));
    }
    drop(clients);
    assert_eq!(within(drained).await.expect("no panic").ended, 2);
    assert_eq!(notes.count("drained"), 2);
    assert_eq!(notes.count("terminate is through"), 2);
    assert_eq!(server.app.stats().ended("drained"), 2);
    server.ended().await;
}

/// Serves on a thread with a runtime of its own, which is shut down when told to.
fn serve_apart(notes: Notes) -> (oneshot::Receiver<(std::net::SocketAddr, AppHandle)>, impl FnOnce()) {
    let (started, starting) = oneshot::channel();
    let (stop, stopping) = oneshot::channel::<()>();
    let apart = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let app = App::empty().mount::<Subject>("/", ()).state(notes);
            let server = app.bind("127.0.0.1:0").await.expect("the app starts");
            started.send((server.local_addr(), server.handle())).expect("a test that waits");
            tokio::spawn(server.serve_until(std::future::pending()));
            let _ = stopping.await;
        });
        // Every task is dropped where it stands.
        drop(runtime);
    });
    (starting, || {
        stop.send(()).expect("a runtime that lives");
        apart.join().expect("a shutdown without a panic");
    })
}

#[tokio::test]
async fn c12_an_aborted_task_terminates_up_to_the_first_await() {
    let notes = Notes::default();
    let (starting, stop) = serve_apart(notes.clone());
    let (addr, app) = within(starting).await.expect("a server");
    let mut quiet = Raw::connect(addr, "/").await;
    let mut waiting = Raw::connect(addr, "/").await;
    waiting.frame(TEXT, b"wait").await;
    notes.seen("the callback waits").await;
    let socket = app.sockets::<Subject>().pop().expect("a connection");

    tokio::task::spawn_blocking(stop).await.expect("a runtime that shuts down");

    assert_eq!(notes.count("aborted"), 2);
    assert_eq!(notes.count("terminate is through"), 0);
    assert_eq!(notes.count("the callback is dropped"), 1);
    let stats = app.stats();
    assert_eq!((stats.ended("aborted"), stats.open), (2, 0));
    assert!(!socket.is_open());
    assert!(app.sockets::<Subject>().is_empty());
    for raw in [&mut quiet, &mut waiting] {
        assert_eq!(raw.read().await, None, "the stream is closed");
    }
}
