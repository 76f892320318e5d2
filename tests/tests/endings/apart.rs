//! C12, C13: endings that need a server of their own: a drain, a failing socket, an aborted task.

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
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{PATIENCE, Server, closed, front, until, within};

use super::table::Row;

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

    /// A stream that fails with an error that no disconnecting TCP client causes.
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
    async fn c12_the_socket_fails() {
        let row = Row::of("the_socket_fails");
        let (log, _capturing) = Log::capture();
        let (notes, fails) = (Notes::default(), Arc::new(AtomicBool::new(false)));
        let app = App::new().mount::<Subject>("/", ()).state(notes.clone());
        let handle = app.handle();
        let failing = fails.clone();
        let addr = front::serve(app.into_router(), move |stream| Failing(stream, failing.clone())).await;
        let mut raw = Raw::connect(addr, "/").await;
        fails.store(true, Ordering::Relaxed);
        raw.frame(TEXT, b"x").await;
        notes.seen("the socket failed: out of order").await;
        assert_eq!(raw.read().await, None);
        row.assert_seen(None);
        drop(raw);
        until(|| handle.stats().open == 0).await;
        assert_eq!((notes.all().len(), handle.stats().ended(&row.kind())), (1, 1));
        row.assert_logged(&log);
    }
}

/// Adds notes when it terminates, before and after an await.
struct Subject(Notes);

#[websocket]
impl Subject {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    async fn received(&mut self) {
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
async fn c13_the_server_drains() {
    let row = Row::of("the_server_drains");
    let (log, _capturing) = Log::capture();
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<Subject>("/", ()).state(notes.clone())).await;
    let mut client = server.connect("/").await;
    let app = server.app.clone();
    let drained = tokio::spawn(async move { app.drain(PATIENCE).await });
    let (code, reason) = closed(&mut client).await;
    row.assert_seen(Some((Some(code), &reason)));
    drop(client);
    let drained = within(drained).await.expect("no panic");
    assert_eq!((drained.ended, drained.aborted, drained.left), (1, 0, 0));
    assert_eq!(notes.all(), ["drained", "terminate is through"]);
    assert_eq!(server.app.stats().ended(&row.kind()), 1);
    row.assert_logged(&log);
    server.ended().await;
}

#[tokio::test]
async fn c13_a_callback_is_stuck_past_the_deadline_of_a_drain() {
    let row = Row::of("a_callback_is_stuck_past_the_deadline_of_a_drain");
    let (log, _capturing) = Log::capture();
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<Subject>("/", ()).state(notes.clone())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, b"wait").await;
    notes.seen("the callback waits").await;
    let app = server.app.clone();
    let drained = tokio::spawn(async move { app.drain(Duration::from_millis(300)).await });
    let frame = client.read().await.expect("a close");
    let (code, reason) = frame.close();
    row.assert_seen(Some((Some(code), reason)));
    let drained = within(drained).await.expect("no panic");
    assert_eq!((drained.ended, drained.aborted, drained.left), (1, 1, 0));
    assert_eq!(notes.all()[1..3], ["the callback is dropped", "drained"]);
    assert_eq!((server.app.stats().ended(&row.kind()), server.app.stats().aborted), (1, 1));
    row.assert_logged(&log);
}

/// Serves on a separate thread with its own runtime, which shuts down on request.
fn serve_apart(notes: Notes) -> (oneshot::Receiver<(std::net::SocketAddr, AppHandle)>, impl FnOnce() -> Log) {
    let (started, starting) = oneshot::channel();
    let (stop, stopping) = oneshot::channel::<()>();
    let apart = thread::spawn(move || {
        let (log, _capturing) = Log::capture();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let app = App::new().mount::<Subject>("/", ()).state(notes);
            let server = app.bind("127.0.0.1:0").await.expect("the app starts");
            started
                .send((server.local_addr().expect("an address"), server.handle()))
                .expect("a waiting test");
            tokio::spawn(server.serve_until(std::future::pending()));
            let _ = stopping.await;
        });
        // Drops every task where it is suspended.
        drop(runtime);
        log
    });
    (starting, || {
        stop.send(()).expect("a running server");
        apart.join().expect("no panic")
    })
}

#[tokio::test]
async fn c12_the_task_is_aborted() {
    let row = Row::of("the_task_is_aborted");
    let notes = Notes::default();
    let (starting, stop) = serve_apart(notes.clone());
    let (addr, app) = within(starting).await.expect("a server");
    let mut quiet = Raw::connect(addr, "/").await;
    let mut waiting = Raw::connect(addr, "/").await;
    waiting.frame(TEXT, b"wait").await;
    notes.seen("the callback waits").await;
    let socket = app.sockets::<Subject>().pop().expect("a connection");

    let log = tokio::task::spawn_blocking(stop).await.expect("a clean shutdown");

    assert_eq!(notes.count("aborted"), 2);
    assert_eq!(notes.count("terminate is through"), 0);
    assert_eq!(notes.count("the callback is dropped"), 1);
    let stats = app.stats();
    assert_eq!((stats.ended(&row.kind()), stats.open), (2, 0));
    assert!(!socket.is_open());
    assert!(app.sockets::<Subject>().is_empty());
    for raw in [&mut quiet, &mut waiting] {
        assert_eq!(raw.read().await, None, "the stream is closed");
        row.assert_seen(None);
    }
    assert_eq!(log.lines_with(&["DEBUG", "ended: "]).len(), 2, "{}", log.text());
}
