//! Handlers that are mounted by hand, their options, base URLs, and the response where nothing is mounted.

use std::collections::HashMap;
use std::marker::PhantomData;

use axum::extract::Query;
use futures_util::SinkExt;
use http::StatusCode;
use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_core::{Route, Socket};
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Server, text, until, within};

/// Sends the words in the options of its mount.
#[websocket("/linked/speak")]
struct Speak {
    words: String,
}

struct Words {
    greeting: &'static str,
    times: usize,
}

#[websocket]
impl Speak {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        let words = match upgrade.options::<Words>() {
            Some(words) => words.greeting.repeat(words.times),
            None => format!("no words: {:?}", upgrade.options::<&str>()),
        };
        Self { words }
    }

    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        format!("{} at {}", self.words, cx.path())
    }
}

#[tokio::test]
async fn z1_the_same_handler_is_mounted_with_options_of_its_own() {
    let app = App::discover_in(module_path!())
        .mount::<Speak>("/loud/{to}", Words { greeting: "Hey!", times: 3 })
        .mount::<Speak>("/quiet", Words { greeting: "hm", times: 1 })
        .mount::<Speak>("/other", "of another type")
        .route(Route::new::<Speak>("/named").name("named").options(Words { greeting: "N", times: 2 }));
    let server = Server::start(app).await;
    for (path, expected) in [
        ("/loud/all", "Hey!Hey!Hey! at /loud/all"),
        ("/quiet", "hm at /quiet"),
        ("/other", "no words: Some(\"of another type\") at /other"),
        ("/named", "NN at /named"),
        ("/linked/speak", "no words: None at /linked/speak"),
    ] {
        assert_eq!(text(&mut server.connect(path).await).await, expected);
    }
    assert_eq!(server.app.url_for("named", ()).unwrap(), "/named");
}

trait Kind: Send + 'static {
    const NAME: &'static str;
}

struct Job;
struct Note;

impl Kind for Job {
    const NAME: &'static str = "job";
}

impl Kind for Note {
    const NAME: &'static str = "note";
}

/// Counts the infos that it receives, and sends the count and the type.
struct Relay<T> {
    total: usize,
    kind: PhantomData<fn(T)>,
}

impl<T> Default for Relay<T> {
    fn default() -> Self {
        Self { total: 0, kind: PhantomData }
    }
}

#[websocket]
impl<T: Kind> Relay<T> {
    #[info]
    fn notified(&mut self, many: Vec<T>, cx: &mut Context<Self>) -> String {
        self.total += many.len();
        format!("{} of {} at {}", self.total, T::NAME, cx.path())
    }

    #[text]
    fn received(&mut self, text: String) -> String {
        format!("{} {text}", T::NAME)
    }
}

#[tokio::test]
async fn a_generic_handler_is_mounted_once_for_each_type() {
    let app = App::new().mount::<Relay<Job>>("/jobs", ()).mount::<Relay<Note>>("/notes", ());
    let server = Server::start(app).await;
    let (mut jobs, mut notes) = (server.connect("/jobs").await, server.connect("/notes").await);
    until(|| server.app.sockets::<Relay<Job>>().len() == 1).await;
    let sockets: Vec<Socket<Relay<Job>>> = server.app.sockets();
    sockets[0].info(vec![Job, Job]);
    assert_eq!(text(&mut jobs).await, "2 of job at /jobs");
    assert_eq!(server.app.sockets::<Relay<Note>>().len(), 1);
    server.app.sockets::<Relay<Note>>()[0].info(vec![Note]);
    assert_eq!(text(&mut notes).await, "1 of note at /notes");
    within(notes.send(Sent::text("hi"))).await.unwrap();
    assert_eq!(text(&mut notes).await, "note hi");
    assert_eq!(server.app.url::<Relay<Job>>(()).unwrap(), "/jobs");
}

struct Loud {
    mark: char,
}

impl Loud {
    fn answer(&self, text: &str) -> Reply {
        Reply::new().with(format!("{}{}", text.to_uppercase(), self.mark))
    }
}

struct Counting {
    count: usize,
}

impl Counting {
    fn answer(&mut self, text: &str) -> Reply {
        self.count += text.len();
        Reply::new().with("so far").with(self.count.to_string())
    }
}

/// Chooses one of two handlers by the request's query.
enum Chosen {
    Loud(Loud),
    Counting(Counting),
}

#[websocket]
impl Chosen {
    #[init]
    fn choose(Query(query): Query<HashMap<String, String>>) -> Result<Self, (StatusCode, String)> {
        match query.get("as").map(String::as_str) {
            Some("loud") => Ok(Self::Loud(Loud { mark: '!' })),
            Some("counting") => Ok(Self::Counting(Counting { count: 0 })),
            other => Err((StatusCode::NOT_FOUND, format!("no handler for {other:?}"))),
        }
    }

    #[text]
    fn received(&mut self, text: &str) -> Reply {
        match self {
            Self::Loud(loud) => loud.answer(text),
            Self::Counting(counting) => counting.answer(text),
        }
    }
}

#[tokio::test]
async fn z3_one_route_picks_among_handlers_by_the_request() {
    let server = Server::start(App::new().mount::<Chosen>("/chosen", ())).await;
    let mut loud = server.connect("/chosen?as=loud").await;
    let mut counting = server.connect("/chosen?as=counting").await;
    for client in [&mut loud, &mut counting] {
        within(client.send(Sent::text("hello"))).await.unwrap();
    }
    assert_eq!(text(&mut loud).await, "HELLO!");
    assert_eq!(text(&mut counting).await, "so far");
    assert_eq!(text(&mut counting).await, "5");
    let refused = Raw::open(server.addr).await.request("GET", "/chosen?as=x", &HEADERS).await;
    assert_eq!((refused.status, refused.body.as_str()), (404, "no handler for Some(\"x\")"));
}

#[tokio::test]
async fn b1_the_base_url_goes_before_every_route() {
    let app = App::discover_in(module_path!()).mount::<Chosen>("/chosen", ()).base_url("/deep/base/");
    let server = Server::start(app).await;
    let mut client = server.connect("/deep/base/linked/speak").await;
    assert_eq!(text(&mut client).await, "no words: None at /deep/base/linked/speak");
    assert_eq!(server.app.url::<Speak>(()).unwrap(), "/deep/base/linked/speak");
    let without = Raw::open(server.addr).await.request("GET", "/linked/speak", &HEADERS).await;
    assert_eq!(without.status, 404, "{without:?}");
}

#[tokio::test]
async fn b9_an_unknown_path_is_answered_before_any_upgrade() {
    let server = Server::start(App::discover_in(module_path!())).await;
    let mut raw = Raw::open(server.addr).await;
    for path in ["/unknown", "/linked", "/linked/speak/", "/linked/speak/more", "/"] {
        // All requests use one connection, so none of the earlier ones can have upgraded it.
        let response = raw.request("GET", path, &HEADERS).await;
        assert_eq!(response.status, 404, "{path}: {response:?}");
        assert!(response.header("upgrade").is_none(), "{response:?}");
        assert!(response.body.contains(path), "{response:?}");
    }
    assert_eq!(server.app.stats().opened, 0);
    let response = raw.request("GET", "/linked/speak", &HEADERS).await;
    assert_eq!(response.status, 101);
}
