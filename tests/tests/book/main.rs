//! Runs the book's listings and connects to them, so that each listing that a page includes is tested.

mod applications;
mod flow;
mod recovery;

use std::time::Duration;

use futures_util::SinkExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Message};
use ws_core::prelude::*;
use ws_tests::deflate::Deflate;
use ws_tests::example::Example;
use ws_tests::raw::{BINARY, TEXT};
use ws_tests::{Client, Server, closed, next, text, within};

async fn send(client: &mut Client, words: &str) {
    within(client.send(Message::text(words.to_owned()))).await.unwrap();
}

/// Sends `words` and returns the next text that `client` receives.
async fn answer(client: &mut Client, words: &str) -> String {
    send(client, words).await;
    text(client).await
}

/// Sends a plain HTTP request and returns the whole response.
async fn http(book: &Example, request: String) -> String {
    let asking = async {
        let mut stream = TcpStream::connect(book.addr).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.map(|_| answer)
    };
    within(asking).await.unwrap()
}

/// Sends a handshake that the server rejects, and returns the whole response.
async fn refused(book: &Example, path: &str, headers: &str) -> String {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n",
        book.addr
    );
    http(book, request).await
}

#[tokio::test]
async fn handlers_and_callbacks() {
    let mut book = Example::start("book").await;

    let mut counter = book.connect("/counter").await;
    assert_eq!(answer(&mut counter, "a").await, "1: a");
    within(counter.send(Message::binary(vec![0; 3]))).await.unwrap();
    assert_eq!(text(&mut counter).await, "2: 3 bytes");
    within(counter.send(Message::ping("hm"))).await.unwrap();
    book.process.prints(r#"Ping(b"hm")"#).await;
    let mut other = book.connect("/counter").await;
    assert_eq!(answer(&mut other, "b").await, "1: b");

    let mut distance = book.connect("/distance").await;
    send(&mut distance, r#"{"x": 0, "y": 0}"#).await;
    assert_eq!(answer(&mut distance, r#"{"x": 3, "y": 4}"#).await, "5.0");
    send(&mut distance, r#"{"x": 3}"#).await;
    let (code, reason) = closed(&mut distance).await;
    assert_eq!(code, 1007);
    assert!(reason.contains("missing field `y` at line 1 column"), "{reason}");

    let mut guess = book.connect("/guess/rust").await;
    assert_eq!(answer(&mut guess, "iron").await, "no");
    assert_eq!(text(&mut guess).await, "it begins with r");
    assert_eq!(answer(&mut guess, "rust").await, "yes");

    let mut work = book.connect("/work").await;
    assert_eq!(answer(&mut work, "three words long").await, "working");
    within(work.send(Message::ping("still there?"))).await.unwrap();
    assert!(next(&mut work).await.is_pong(), "the ping is answered while the callback is pending");
    assert_eq!(text(&mut work).await, "3 words");
}

#[tokio::test]
async fn replies_infos_and_timers() {
    let book = Example::start("book").await;

    let mut answers = book.connect("/answers").await;
    assert_eq!(answer(&mut answers, "one").await, "a text");
    send(&mut answers, "nothing").await;
    assert_eq!(answer(&mut answers, "many").await, "first");
    assert_eq!(text(&mut answers).await, "second");
    assert_eq!(&next(&mut answers).await.into_payload()[..], [3]);
    assert_eq!(answer(&mut answers, "bye").await, "goodbye");
    assert_eq!(closed(&mut answers).await, (1000, "as asked".to_owned()));

    let mut repeat = book.connect("/repeat").await;
    assert_eq!(answer(&mut repeat, "hello").await, "hello");
    assert_eq!(answer(&mut repeat, "again").await, "hello");
    within(repeat.send(Message::binary(vec![1, 2, 3]))).await.unwrap();
    within(repeat.send(Message::binary(vec![1, 2, 3, 4, 5]))).await.unwrap();
    assert_eq!(&next(&mut repeat).await.into_payload()[..], [1, 2, 3, 4]);

    let (mut one, mut other) = (book.connect("/news").await, book.connect("/news").await);
    let publish =
        "POST /publish HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8\r\n\r\nit works";
    let response = http(&book, publish.to_owned()).await;
    assert!(response.ends_with("notified 2 of 2\n"), "{response}");
    assert_eq!(text(&mut one).await, "1: it works");
    assert_eq!(text(&mut other).await, "1: it works");

    let (mut silent, mut patience) = (book.connect("/patience").await, book.connect("/patience").await);
    assert_eq!(answer(&mut patience, "hello").await, "there you are");
    assert_eq!(closed(&mut silent).await, (1008, "you sent nothing".to_owned()));
    assert_eq!(answer(&mut patience, "hello?").await, "go on");

    let mut primes = book.connect("/primes").await;
    assert_eq!(answer(&mut primes, "100").await, "counting");
    assert_eq!(text(&mut primes).await, "25 primes below 100");
}

#[tokio::test]
async fn routes_and_options() {
    let book = Example::start("book").await;
    assert!(book.stdout().contains("/rooms/{room}"), "{}", book.stdout());

    let mut room = book.connect("/rooms/a%20b").await;
    assert_eq!(text(&mut room).await, "you are in a b");
    assert_eq!(answer(&mut room, "c d").await, "/rooms/c%20d");
    within(room.send(Message::binary(vec![]))).await.unwrap();
    assert_eq!(text(&mut room).await, "/rooms/lobby");

    assert_eq!(text(&mut book.connect("/greet/en").await).await, "good morning");
    assert_eq!(text(&mut book.connect("/greet/el").await).await, "καλημέρα");
}

#[tokio::test]
async fn compression() {
    let book = Example::start("book").await;

    let mut prices = Deflate::connect(book.addr, "/prices").await;
    prices.raw.frame(TEXT, b"WSC").await;
    let history = prices.read().await;
    assert!(history.compressed && history.wire_len() * 4 < history.payload.len(), "{:?}", history.frames);
    assert!(history.text().ends_with("{\"symbol\":\"WSC\",\"day\":199,\"euros\":103}]"));

    let mut ticks = Deflate::connect(book.addr, "/ticks").await;
    let mut lengths = Vec::new();
    for symbol in ["WSC", "ABC"] {
        ticks.raw.frame(TEXT, symbol.as_bytes()).await;
        let price = ticks.read().await;
        assert!(price.compressed && price.text().contains(symbol), "{price:?}");
        lengths.push(price.wire_len());
    }
    assert!(lengths[1] * 3 < lengths[0], "{lengths:?}");

    for (path, compressed) in [("/pictures", false), ("/pictures?saves_data=true", true)] {
        let (mut pictures, _) = Deflate::ask(book.addr, path, "permessage-deflate").await;
        pictures.raw.frame(BINARY, &[0; 5_000]).await;
        assert!(!pictures.read().await.compressed, "{path}");
        pictures.raw.frame(TEXT, b"one of ours ").await;
        let caption = pictures.read().await;
        assert_eq!(caption.compressed, compressed, "{path}");
        assert_eq!(caption.text().starts_with("compressed: one"), compressed, "{path}");
    }
}

#[tokio::test]
async fn state_and_extractors() {
    let book = Example::start("book").await;

    let connect = |subprotocols: Option<&'static str>| {
        let url = format!("ws://{}/orders/7", book.addr);
        async move {
            let mut builder = ClientBuilder::new().uri(&url).unwrap();
            builder = builder.add_header("authorization".parse().unwrap(), "yes".parse().unwrap()).unwrap();
            if let Some(names) = subprotocols {
                let name = "sec-websocket-protocol".parse().unwrap();
                builder = builder.add_header(name, names.parse().unwrap()).unwrap();
            }
            within(builder.connect()).await.unwrap().0
        }
    };
    assert_eq!(text(&mut connect(None).await).await, "Ada, one of 2, speaks nothing special");
    assert_eq!(
        text(&mut connect(Some("orders.v1, orders.v2")).await).await,
        "Ada, one of 2, speaks orders.v2"
    );

    let nobody = refused(&book, "/orders/7", "").await;
    assert!(nobody.starts_with("HTTP/1.1 401 ") && nobody.ends_with("who are you?\n"), "{nobody}");
    let unknown = refused(&book, "/orders/9", "Authorization: yes\r\n").await;
    assert!(unknown.starts_with("HTTP/1.1 404 ") && unknown.ends_with("no such customer\n"), "{unknown}");
    let not_a_number = refused(&book, "/orders/me", "Authorization: yes\r\n").await;
    assert!(not_a_number.starts_with("HTTP/1.1 400 "), "{not_a_number}");

    let mut quiet = book.connect("/quiet?quiet=1").await;
    assert_eq!(closed(&mut quiet).await, (1001, "idle timeout".to_owned()));
}

// ANCHOR: pinned
#[websocket("/pinned")]
#[derive(Default)]
struct Pinned;

#[websocket]
impl Pinned {
    #[text]
    fn received(&mut self) -> &'static str {
        "here"
    }
}

#[test]
fn the_routes_are_those_that_are_meant() {
    ws_core::assert_routes!(App::discover_in(module_path!()), {
        "/pinned" => Pinned,
    });
}
// ANCHOR_END: pinned

#[tokio::test]
async fn within_an_axum_app() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    // ANCHOR: router
    let app = App::discover().base_url("/ws");
    let handle = app.handle();
    let router = axum::Router::new()
        .route("/health", axum::routing::get(async || "well\n"))
        .merge(app.into_router())
        .into_make_service_with_connect_info::<std::net::SocketAddr>();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    // ANCHOR_END: router
    let mut client = ws_tests::process::connect(addr, "/ws/pinned").await;
    assert_eq!(answer(&mut client, "hello").await, "here");
    // ANCHOR: drain
    let drained = handle.drain(Duration::from_secs(5)).await;
    println!("{} ended, {} cut, {} left", drained.ended, drained.aborted, drained.left);
    // ANCHOR_END: drain
    assert_eq!((drained.ended, drained.aborted, drained.left), (1, 0, 0));
    assert_eq!(closed(&mut client).await.0, 1001);
    serving.abort();
}

#[tokio::test]
async fn topics_and_broadcast() {
    let book = Example::start("book").await;

    let (mut walker, mut other) = (book.connect("/walk").await, book.connect("/walk").await);
    for client in [&mut walker, &mut other] {
        send(client, "hall").await;
        send(client, "win").await;
        assert_eq!(text(client).await, "3 points in walk:hall");
    }
    assert_eq!(text(&mut walker).await, "6 points in walk:hall");
    send(&mut walker, "garden").await;
    assert_eq!(answer(&mut walker, "win").await, "9 points in walk:garden");
    assert_eq!(answer(&mut other, "win").await, "6 points in walk:hall");
    let post = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            book.addr
        )
    };
    let mut clients = [book.connect("/room/stadium").await, book.connect("/room/stadium").await];
    let mut elsewhere = book.connect("/room/kitchen").await;
    send(&mut clients[0], "hello").await;
    assert_eq!(text(&mut clients[1]).await, "hello");
    let scored = http(&book, post("/goal")).await;
    assert!(scored.ends_with("\r\n\r\n2\n"), "{scored}");
    for client in &mut clients {
        assert_eq!(text(client).await, r#"{"home":1,"away":0}"#);
    }

    let mut readers = [book.connect("/reader").await, book.connect("/reader").await];
    assert_eq!(answer(&mut readers[0], "rain").await, "2 will receive it");
    for reader in &mut readers {
        assert_eq!(text(reader).await, "news: rain");
    }

    let mut child = book.connect("/nursery").await;
    let mut adult = book.connect("/room/nursery").await;
    for words in ["damn", "GOOD NIGHT"] {
        send(&mut adult, words).await;
    }
    assert_eq!(text(&mut child).await, "good night");

    send(&mut elsewhere, "nobody receives this").await;
    assert_eq!(answer(&mut readers[1], "sun").await, "2 will receive it");
}

/// The client that stops reading receives the newest bid in the end, and the bids that it missed are counted.
#[tokio::test]
async fn slow_clients() {
    let book = Example::start("book").await;
    let lost = async || {
        let request = format!("GET /lost HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", book.addr);
        let lost = http(&book, request).await;
        let (_, lost) = lost.split_once("\r\n\r\n").unwrap();
        let (lost, cut_off) = lost.split_once(" lost, ").unwrap();
        assert_eq!(cut_off, "0 cut off\n");
        lost.parse::<usize>().unwrap()
    };
    let mut slow = book.connect("/bids").await;
    let mut fast = book.connect("/bids").await;
    let mut bids = 0;
    while lost().await == 0 {
        assert!(bids < 50_000, "the system's buffers took everything");
        // The fast client receives each bid before the next one is sent, so it misses none.
        for _ in 0..500 {
            let bid = format!("{bids:05}{:4091}", "");
            assert_eq!(answer(&mut fast, &bid).await, bid);
            bids += 1;
        }
    }
    let mut received = 1;
    while text(&mut slow).await[..5].parse() != Ok(bids - 1) {
        received += 1;
    }
    assert_eq!(lost().await, bids - received);
}

#[tokio::test]
async fn services() {
    let book = Example::start("book").await;
    let mut ann = book.connect("/websocket/auction").await;
    assert_eq!(text(&mut ann).await, "0 is bid");
    assert_eq!(answer(&mut ann, "5").await, "5 is bid");
    let mut bob = book.connect("/websocket/auction").await;
    assert_eq!(text(&mut bob).await, "5 is bid");
    assert_eq!(answer(&mut bob, "5").await, "more than 5 is wanted");
    assert_eq!(answer(&mut bob, "6").await, "6 is bid");
    assert_eq!(text(&mut ann).await, "6 is bid");

    let mut waiting = book.connect("/elapsing").await;
    let seconds = async |client: &mut Client| {
        let reply = text(client).await;
        let seconds = reply.strip_prefix(r#"{"seconds":"#).and_then(|rest| rest.strip_suffix('}'));
        seconds.unwrap_or_else(|| panic!("{reply}")).parse::<u32>().unwrap()
    };
    let first = seconds(&mut waiting).await;
    assert_eq!(seconds(&mut waiting).await, first + 1);
}

#[tokio::test]
async fn presence() {
    let book = Example::start("book").await;
    let mut ann = book.connect("/table").await;
    assert_eq!(answer(&mut ann, "ann").await, "ann");
    let mut bob = book.connect("/table").await;
    assert_eq!(answer(&mut bob, "bob").await, "ann, bob");
    assert_eq!(text(&mut ann).await, "bob sits down");
    let request = format!("GET /table.json HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", book.addr);
    let present = http(&book, request).await;
    let ann_there = r#"[{"id":"ann","meta":"hungry","connections":1},"#;
    assert!(present.contains(ann_there), "{present}");
    drop(bob);
    assert_eq!(text(&mut ann).await, "bob has gone");
}

#[tokio::test]
async fn figures() {
    let server = Server::start(App::discover_in(module_path!())).await;
    let mut client = server.connect("/pinned").await;
    answer(&mut client, "hello").await;
    let app = server.app.clone();
    // ANCHOR: stats
    let stats = app.stats();
    println!("{} open, {} messages in, {} timed out", stats.open, stats.messages_in, stats.ended("timeout"));
    // ANCHOR_END: stats
    assert_eq!((stats.open, stats.ended("timeout")), (1, 0));
}
