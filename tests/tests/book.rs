//! Runs the book's listings and connects to them, so that each listing that a page includes is tested.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
async fn typed_events() {
    let mut book = Example::start("book").await;

    let mut chat = book.connect("/events").await;
    assert_eq!(
        answer(&mut chat, r#"{"type": "say", "text": "hi", "id": 7}"#).await,
        r#"{"type":"say","id":7,"by":"","text":"hi"}"#
    );
    send(&mut chat, r#"{"type": "rename", "to": "ada"}"#).await;
    assert_eq!(
        answer(&mut chat, r#"{"type": "rename", "to": "ada", "id": 8}"#).await,
        r#"{"type":"rename","id":8}"#
    );
    assert_eq!(
        answer(&mut chat, r#"{"type": "rename", "to": "admin", "id": 9}"#).await,
        r#"{"type":"error","id":9,"error":{"name":"admin"}}"#
    );
    assert_eq!(
        answer(&mut chat, r#"{"type": "sya", "id": 7}"#).await,
        r#"{"type":"error","id":7,"error":{"code":"unknown_type","message":"unknown type `sya`"}}"#
    );
    send(&mut chat, r#"{"type": "leave"}"#).await;
    assert_eq!(closed(&mut chat).await.0, 1000);

    let mut prices = book.connect("/quotes").await;
    assert_eq!(text(&mut prices).await, r#"{"type":"price","cents":250}"#);
    assert_eq!(
        answer(&mut prices, r#"{"type": "current", "id": 1}"#).await,
        r#"{"id":1,"type":"price","cents":260}"#
    );

    let mut countdown = book.connect("/countdown").await;
    send(&mut countdown, r#"{"type": "start", "id": 7, "data": 2}"#).await;
    for left in [2, 1, 0] {
        assert_eq!(text(&mut countdown).await, format!(r#"{{"type":"left","id":7,"left":{left}}}"#));
    }

    let mut calculator = book.connect("/calculator").await;
    assert_eq!(
        answer(&mut calculator, r#"{"op": "add", "ref": 7, "data": {"a": 1, "b": 2}}"#).await,
        r#"{"op":"add","ref":7,"data":3}"#
    );

    let mut stock = book.connect("/stock").await;
    assert!(answer(&mut stock, r#"{"type": "count"}"#).await.contains("internal"));
    book.process.prints("stock: no connection to 10.0.0.7").await;

    let mut echo = book.connect("/events/echo").await;
    assert_eq!(answer(&mut echo, r#"{"op": "echo", "text": "a"}"#).await, r#"{"op":"echo","data":"aa"}"#);

    let (mut ada, mut bob) = (book.connect("/events/room").await, book.connect("/events/room").await);
    assert_eq!(
        answer(&mut ada, r#"{"type": "say", "text": "hi", "id": "x"}"#).await,
        r#"{"type":"say","id":"x","to":1}"#
    );
    assert_eq!(text(&mut bob).await, "hi");
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

    let mut numbers = book.connect("/numbers").await;
    send(&mut numbers, "count").await;
    for number in 1..100 {
        assert_eq!(text(&mut numbers).await, number.to_string());
    }
    send(&mut numbers, "count").await;
    while text(&mut numbers).await != "1" {}
    send(&mut numbers, "stop").await;
}

#[tokio::test]
async fn payloads_of_your_own() {
    let book = Example::start("book").await;

    let mut till = book.connect("/till").await;
    send(&mut till, "add 250").await;
    assert_eq!(answer(&mut till, "total").await, "2.50");
    send(&mut till, "add 12000").await;
    assert_eq!(answer(&mut till, "total").await, "122.50");
    assert_eq!(text(&mut till).await, "that is a lot");
    send(&mut till, "add much").await;
    assert_eq!(closed(&mut till).await, (1007, "add: invalid digit found in string".to_owned()));
    let mut till = book.connect("/till").await;
    send(&mut till, "help").await;
    assert_eq!(closed(&mut till).await, (1007, "send `add CENTS` or `total`".to_owned()));

    let mut samples = book.connect("/samples").await;
    within(samples.send(Message::binary(vec![2, 9]))).await.unwrap();
    within(samples.send(Message::binary(vec![1, 7, 8]))).await.unwrap();
    assert_eq!(&next(&mut samples).await.into_payload()[..], [7, 8]);
    within(samples.send(Message::binary(""))).await.unwrap();
    assert_eq!(closed(&mut samples).await, (1007, "an empty packet".to_owned()));

    let mut sort = book.connect("/sort").await;
    assert_eq!(answer(&mut sort, "3,-1,2").await, "-1,2,3");
    send(&mut sort, "3,x").await;
    assert_eq!(closed(&mut sort).await, (1007, r#""x": invalid digit found in string"#.to_owned()));

    let mut votes = book.connect("/votes").await;
    assert_eq!(answer(&mut votes, "3").await, "sum 3");
    within(votes.send(Message::binary(vec![4]))).await.unwrap();
    assert_eq!(text(&mut votes).await, "sum 7");

    let mut orders = book.connect("/orders/msgpack").await;
    within(orders.send(Message::binary(&b"\x82\xa5fruit\xa3fig\xa5count\x02"[..]))).await.unwrap();
    assert_eq!(&next(&mut orders).await.into_payload()[..], b"\x82\xa5fruit\xa3fig\xa5cents\xcc\xb4");
    let mut orders = book.connect("/orders/cbor").await;
    within(orders.send(Message::binary(&b"\xa2\x65fruit\x63fig\x65count\x02"[..]))).await.unwrap();
    assert_eq!(&next(&mut orders).await.into_payload()[..], b"\xa2\x65fruit\x63fig\x65cents\x18\xb4");
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
async fn one_user_extractor_serves_pages_and_sockets() {
    let book = Example::start("book").await;
    let get = |headers: &str| format!("GET /me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");

    let response = http(&book, get("")).await;
    assert!(response.starts_with("HTTP/1.1 401"), "{response}");
    let response = refused(&book, "/inbox", "").await;
    assert!(response.starts_with("HTTP/1.1 401") && response.ends_with("log in first\n"), "{response}");

    let login = "POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\nname=ada";
    let response = http(&book, login.to_owned()).await;
    assert!(response.ends_with("welcome, ada\n"), "{response}");
    let cookie = response.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    let cookie = cookie.split(';').next().expect("its name and value");

    let response = http(&book, get(&format!("Cookie: {cookie}\r\n"))).await;
    assert!(response.ends_with("you are ada\n"), "{response}");
    let url = format!("ws://{}/inbox", book.addr);
    let mut inbox = ws_core::client::request(&url).header("cookie", cookie).connect().await.unwrap();
    assert_eq!(inbox.text().await.unwrap(), "no news, ada");
    let lobby = ws_core::client::request(&format!("ws://{}/lobby", book.addr)).header("cookie", cookie);
    assert_eq!(lobby.connect().await.unwrap().text().await.unwrap(), "hello, ada");
    assert_eq!(text(&mut book.connect("/lobby").await).await, "hello, guest");

    let forged = cookie.replace("ada", "bob");
    let response = refused(&book, "/inbox", &format!("Cookie: {forged}\r\n")).await;
    assert!(response.starts_with("HTTP/1.1 401"), "{response}");
}

#[tokio::test]
async fn background_tasks() {
    let mut book = Example::start("book").await;

    let mut numbered = book.connect("/numbered").await;
    let first: u64 = text(&mut numbered).await.parse().unwrap();
    assert_eq!(text(&mut numbered).await, (first + 1).to_string());
    book.process.signal("TERM");
    while next(&mut numbered).await.is_text() {}
    drop(numbered);
    assert_eq!(book.process.ended().await.code(), Some(0));
    assert!(book.stdout().contains("at most 1 connections"), "{}", book.stdout());
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

#[tokio::test]
async fn authentication_for_browsers() {
    let book = Example::start("book").await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let token = |name: &str, seconds: u64| format!("{name}.{}", now + seconds);
    let (valid, old) = (token("ada", 3600), format!("ada.{}", now - 1));
    let connect = async |path: &str, header: Option<(&str, String)>| {
        let url = format!("ws://{}{path}", book.addr);
        let mut builder = ClientBuilder::new().uri(&url).unwrap();
        if let Some((name, value)) = header {
            builder = builder.add_header(name.parse().unwrap(), value.parse().unwrap()).unwrap();
        }
        within(builder.connect()).await.unwrap().0
    };

    let cookie = |token: &str| Some(("cookie", format!("theme=dark; session={token}")));
    let mut account = connect("/account", cookie(&valid)).await;
    assert_eq!(answer(&mut account, "hi").await, "ada says hi");
    for cookies in [String::new(), format!("Cookie: session={old}\r\n"), "Cookie: session=ada\r\n".to_owned()]
    {
        let refused = refused(&book, "/account", &cookies).await;
        assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    }
    // Token times are in whole seconds, so this one has between 1 and 2 s.
    let mut brief = connect("/account", cookie(&token("bob", 2))).await;
    assert_eq!(answer(&mut brief, "hi").await, "bob says hi");
    assert_eq!(closed(&mut brief).await, (3000, "the credentials have expired".to_owned()));

    let mut seat = connect(&format!("/seat?ticket={valid}"), None).await;
    assert_eq!(text(&mut seat).await, "welcome, ada");
    assert!(refused(&book, "/seat?ticket=no", "").await.starts_with("HTTP/1.1 401 "));

    let offer = format!("orders, token.{valid}");
    let mut deliveries = connect("/deliveries", Some(("sec-websocket-protocol", offer))).await;
    assert_eq!(text(&mut deliveries).await, "the deliveries of ada");

    let mut desk = connect("/desk", None).await;
    assert_eq!(answer(&mut desk, &format!("token {valid}")).await, "thanks");
    assert_eq!(answer(&mut desk, "hi").await, "ada says hi");
    send(&mut desk, &format!("token {}", token("bob", 60))).await;
    assert_eq!(closed(&mut desk).await.0, 1008);
    let mut hasty = connect("/desk", None).await;
    send(&mut hasty, "hi").await;
    assert_eq!(closed(&mut hasty).await, (3000, "send a token first".to_owned()));
    let mut forgetful = connect("/desk", None).await;
    assert!(text(&mut forgetful).await.starts_with("token? "));
    assert_eq!(closed(&mut forgetful).await, (3000, "send a token".to_owned()));
}

#[tokio::test]
async fn errors_and_termination() {
    let mut book = Example::start("book").await;

    let mut double = book.connect("/double").await;
    assert_eq!(answer(&mut double, "21").await, "42");
    send(&mut double, "x").await;
    assert_eq!(closed(&mut double).await, (1011, String::new()));
    book.process.prints("double: not a number: invalid digit found in string").await;
    drop(book.connect("/double").await);
    book.process.prints("double: the client left").await;

    let mut shop = book.connect("/shop").await;
    assert_eq!(answer(&mut shop, r#"{"item": 7, "count": 2}"#).await, r#"{"price":140}"#);
    assert_eq!(answer(&mut shop, r#"{"item": 7, "count": 4}"#).await, r#"{"error":"only 3 left"}"#);
    assert_eq!(answer(&mut shop, r#"{"item": 700, "count": 1}"#).await, r#"{"error":"internal error"}"#);
    book.process.prints("shop: the price list has 100 items").await;
    assert!(answer(&mut shop, "{}").await.starts_with(r#"{"error":"invalid JSON: missing field `item`"#));
    let mut seats = book.connect("/seats").await;
    assert_eq!(answer(&mut seats, "7").await, "it is yours");
    assert_eq!(answer(&mut seats, "7").await, "this seat is taken");
    send(&mut seats, "0").await;
    assert_eq!(closed(&mut seats).await, (1008, "the hall is closed".to_owned()));
    let (mut ada, mut bob) = (book.connect("/auction").await, book.connect("/auction").await);
    assert_eq!(answer(&mut ada, "7").await, "yours is the highest");
    assert_eq!(answer(&mut bob, "7").await, "the highest bid is 7");

    let mut guess = book.connect("/guess").await;
    assert_eq!(answer(&mut guess, "1").await, "no");
    assert_eq!(answer(&mut guess, "2").await, "no");
    send(&mut guess, "3").await;
    assert_eq!(closed(&mut guess).await, (4001, "three guesses are enough".to_owned()));
    let mut guess = book.connect("/guess").await;
    send(&mut guess, "42").await;
    assert_eq!(closed(&mut guess).await.0, 1000);
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

    let mut trades = book.connect("/trades").await;
    for (symbol, price) in [("QUIET", 1), ("BUSY", 2), ("BUSY", 3)] {
        assert_eq!(
            answer(&mut trades, &format!("[\"{symbol}\", {price}]")).await,
            format!("{symbol} {price}")
        );
    }
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
