//! C12, C14: connections that are never established: `#[init]` panics, or the client disconnects during `#[init]` or
//! before the 101.

use std::sync::{Arc, Mutex};

use tokio::net::TcpStream;
use tokio::sync::Notify;
use ws_core::prelude::*;
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, request};
use ws_tests::{Server, until};

use super::table::Row;

mod init_panics {
    use super::*;

    struct Subject(Notes);

    #[websocket]
    impl Subject {
        #[init]
        fn new(State(notes): State<Notes>) -> Self {
            assert!(notes.all().is_empty(), "boom at init");
            Self(notes)
        }

        #[terminate]
        fn gone(&mut self) {
            self.0.add("terminate");
        }
    }

    #[tokio::test]
    async fn c14_a_panic_in_init_is_a_500_and_there_is_nothing_to_terminate() {
        let (log, _capturing) = Log::capture();
        let notes = Notes::default();
        let server = Server::start(App::new().mount::<Subject>("/", ()).state(notes.clone())).await;
        notes.add("init is to panic");
        let response = Raw::open(server.addr).await.request("GET", "/", &HEADERS).await;
        assert_eq!(response.status, 500);
        assert!(!response.body.contains("boom"), "the panic message must not reach the client: {response:?}");
        assert_eq!(
            log.lines_with(&["ERROR", "callback=\"init\"", "boom at init"]).len(),
            1,
            "{}",
            log.text()
        );
        let stats = server.app.stats();
        assert_eq!((stats.opened, stats.open, stats.rejected(500)), (0, 0, 1));
        assert_eq!(notes.count("terminate"), 0);
    }
}

mod gone_before_the_101 {
    use super::*;

    /// The client's end of the connection. `init` resets it, so that the server cannot send the 101.
    type ClientEnd = Arc<Mutex<Option<TcpStream>>>;

    struct Subject(Notes);

    #[websocket]
    impl Subject {
        #[init]
        fn new(State(notes): State<Notes>, State(client): State<ClientEnd>) -> Self {
            notes.add("init");
            let client = client.lock().expect("no panic").take().expect("the client's stream");
            client.set_zero_linger().expect("a socket");
            drop(client);
            Self(notes)
        }

        #[open]
        fn opened(&mut self) {
            self.0.add("open");
        }

        #[terminate]
        fn gone(&mut self, reason: &Terminate) {
            self.0.add(reason.kind());
        }
    }

    #[tokio::test]
    async fn c12_the_client_is_gone_before_the_101() {
        let row = Row::of("the_client_is_gone_before_the_101");
        let (log, _capturing) = Log::capture();
        let (notes, client) = (Notes::default(), ClientEnd::default());
        let app = App::new().mount::<Subject>("/", ()).state(notes.clone()).state(client.clone());
        let server = Server::start(app).await;
        let mut raw = Raw::open(server.addr).await;
        raw.send(&request("GET", "/", &HEADERS)).await;
        *client.lock().expect("no panic") = Some(raw.stream);

        notes.seen("abandoned").await;
        until(|| server.app.stats().open == 0).await;
        assert_eq!(notes.all(), ["init", "abandoned"]);
        let stats = server.app.stats();
        assert_eq!((stats.opened, stats.ended(&row.kind())), (1, 1));
        row.assert_seen(None);
        row.assert_logged(&log);
        assert!(server.app.sockets::<Subject>().is_empty());
    }
}

mod left_during_init {
    use super::*;

    struct Subject(Notes);

    #[websocket]
    impl Subject {
        #[init]
        async fn new(State(notes): State<Notes>, State(gate): State<Arc<Notify>>) -> Self {
            let _waiting = notes.on_drop("init is over");
            notes.add("init");
            gate.notified().await;
            notes.add("init goes on");
            Self(notes)
        }

        #[terminate]
        fn gone(&mut self) {
            self.0.add("terminate");
        }
    }

    #[tokio::test]
    async fn c12_a_client_that_leaves_while_init_waits_leaves_nothing_to_terminate() {
        let (notes, gate) = (Notes::default(), Arc::new(Notify::new()));
        let app = App::new().mount::<Subject>("/", ()).state(notes.clone()).state(gate.clone());
        let server = Server::start(app).await;
        let mut raw = Raw::open(server.addr).await;
        raw.send(&request("GET", "/", &HEADERS)).await;
        notes.seen("init").await;
        drop(raw);
        notes.seen("init is over").await;
        gate.notify_waiters();
        assert_eq!(notes.all(), ["init", "init is over"]);
        let stats = server.app.stats();
        assert_eq!((stats.opened, stats.open, stats.ended.len()), (0, 0, 0));
    }
}
