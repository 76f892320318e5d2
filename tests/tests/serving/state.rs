//! The app's state: set once, read by type, and checked before anything listens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use ws_core::prelude::*;
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Server, closed, text};

/// The app's state. Clones share one counter.
#[derive(Clone, Default)]
struct Db {
    asked: Arc<AtomicUsize>,
}

impl Db {
    fn ask(&self) -> usize {
        self.asked.fetch_add(1, Ordering::Relaxed) + 1
    }
}

struct Config {
    name: &'static str,
}

mod given {
    use super::*;

    #[websocket("/given")]
    struct Given {
        db: Db,
        config: Arc<Config>,
    }

    #[websocket]
    impl Given {
        #[init]
        async fn new(State(db): State<Db>, config: State<Arc<Config>>, upgrade: &mut Upgrade<Self>) -> Self {
            assert!(upgrade.state::<Db>().is_some() && upgrade.state::<Config>().is_none());
            db.ask();
            Self { db, config: config.0 }
        }

        #[open]
        fn open(&mut self, cx: &mut Context<Self>) -> String {
            self.db.ask();
            let same = Arc::ptr_eq(&self.config, cx.state::<Arc<Config>>());
            format!("{} {} {same}", cx.state::<Db>().ask(), self.config.name)
        }
    }
}

#[tokio::test]
async fn state_is_taken_in_init_and_from_the_context() {
    let db = Db::default();
    let app = App::discover_in(&format!("{}::given", module_path!()))
        .state(Db::default())
        .state(Arc::new(Config { name: "main" }))
        .state(db.clone());
    let server = Server::start(app).await;
    assert_eq!(text(&mut server.connect("/given").await).await, "3 main true");
    assert_eq!(db.asked.load(Ordering::Relaxed), 3, "the second value of a type replaced the first");
    assert_eq!(server.app.state::<Db>().map(Db::ask), Some(4));
    assert!(server.app.state::<Config>().is_none());
}

/// Each handler needs a state that the app does not have.
mod missing {
    use super::*;

    type Alias = State<Db>;

    macro_rules! handler {
        ($name:ident, $path:literal, $argument:ty) => {
            #[websocket($path)]
            struct $name;

            #[websocket]
            impl $name {
                #[init]
                fn new(_state: $argument) -> Self {
                    Self
                }
            }
        };
    }

    pub(super) const PLAIN: u32 = line!() + 1;
    #[websocket("/a")]
    struct Plain;

    #[websocket]
    impl Plain {
        #[init]
        fn new(State(_db): State<Db>) -> Self {
            Self
        }
    }

    pub(super) const ALIAS: u32 = line!() + 1;
    handler!(Aliased, "/b", Alias);

    pub(super) const PATH: u32 = line!() + 1;
    handler!(WithPath, "/c", ::ws_core::State<super::Db>);

    pub(super) const TWO: u32 = line!() + 1;
    #[websocket("/d")]
    struct Two;

    #[websocket]
    impl Two {
        #[init]
        async fn new(_: State<&'static str>, _: State<Arc<Config>>, _upgrade: &mut Upgrade<Self>) -> Self {
            Self
        }
    }
}

#[test]
fn a_missing_state_stops_the_start_and_names_handler_file_and_line() {
    let module = format!("{}::missing", module_path!());
    let error = App::discover_in(&module).state("there").try_into_router().unwrap_err();
    assert!(matches!(error, ws_core::Error::MissingState(_)));
    let error = error.to_string();
    let db = format!("State<{}::Db>", module_path!());
    let config = format!("State<alloc::sync::Arc<{}::Config>>", module_path!());
    let wanted = [
        ("Plain", missing::PLAIN, &db),
        ("Aliased", missing::ALIAS, &db),
        ("WithPath", missing::PATH, &db),
        ("Two", missing::TWO, &config),
    ];
    assert_eq!(error.lines().count(), 1 + wanted.len(), "{error}");
    for (handler, line, state) in wanted {
        let whence = format!("`{module}::{handler}` ({}:{line})", file!());
        let item = error.lines().find(|item| item.contains(&whence)).expect(&whence);
        assert!(item.contains(&format!("`{state}`")) && item.contains("App::state("), "{item}");
    }
}

mod wrapped {
    use super::*;

    #[websocket("/wrapped")]
    struct Wrapped;

    #[websocket]
    impl Wrapped {
        #[init]
        fn new(_: State<Db>) -> Self {
            Self
        }
    }
}

#[test]
fn a_state_in_an_arc_is_named_beside_the_missing_one() {
    let app = App::discover_in(&format!("{}::wrapped", module_path!()));
    let error = app.state(Arc::new(Db::default())).try_into_router().unwrap_err().to_string();
    let arc = format!("alloc::sync::Arc<{}::Db>", module_path!());
    assert!(error.contains(&format!("but the app's state is a `{arc}`; take `State<{arc}>`")), "{error}");
}

#[tokio::test]
async fn a_missing_state_stops_every_kind_of_start() {
    let app = || App::discover_in(&format!("{}::missing", module_path!()));
    assert!(app().bind("127.0.0.1:0").await.is_err());
    assert!(app().serve("127.0.0.1:0").await.is_err());
    let run = std::thread::spawn(move || app().run("127.0.0.1:0")).join().unwrap();
    assert!(run.unwrap_err().to_string().contains("missing state"));
}

/// Extractors that look as if they needed a state, but need none.
mod unrelated {
    use super::*;

    /// The extractors' state is the app, so this needs none of the app's own.
    type State2<T> = ws_core::State<T>;

    /// An unrelated type of the same name.
    pub(super) struct State<T>(Option<T>);

    impl<T: Send, S: Sync> FromRequestParts<S> for State<T> {
        type Rejection = StatusCode;

        async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
            Ok(Self(None))
        }
    }

    #[websocket("/unrelated")]
    struct Unrelated(bool);

    #[websocket]
    impl Unrelated {
        #[init]
        fn new(
            State(none): State<Db>,
            app: State2<AppHandle>,
            query: axum::extract::Query<Vec<(String, String)>>,
        ) -> Self {
            Self(none.is_none() && app.0.state::<Db>().is_none() && query.is_empty())
        }

        #[text]
        fn received(&mut self) {}

        #[open]
        fn open(&mut self) -> String {
            self.0.to_string()
        }
    }
}

#[tokio::test]
async fn other_extractors_need_no_state() {
    let server = Server::start(App::discover_in(&format!("{}::unrelated", module_path!()))).await;
    assert_eq!(text(&mut server.connect("/unrelated").await).await, "true");
}

/// Reads a state in a callback, so that the startup check cannot know of it.
#[derive(Default)]
struct Late;

#[websocket]
impl Late {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        cx.state::<Db>().ask().to_string()
    }
}

#[tokio::test]
async fn a_state_that_is_missed_only_later_ends_that_connection_alone() {
    let server = Server::start(App::new().mount::<Late>("/late", ())).await;
    let mut client = server.connect("/late").await;
    assert_eq!(closed(&mut client).await, (1011, String::new()));
    drop(client);
    ws_tests::until(|| server.app.stats().ended("panic") == 1).await;
    let again = Raw::open(server.addr).await.request("GET", "/late", &HEADERS).await;
    assert_eq!(again.status, 101);
}
