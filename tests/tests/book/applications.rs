//! The chapters about what an application adds: events, payloads, users, tasks, authentication and errors.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::SinkExt;
use tokio_websockets::{ClientBuilder, Message};
use ws_tests::example::{self, Example};
use ws_tests::process::{self, Process};
use ws_tests::{closed, next, text, within};

use super::{answer, http, refused, send};

#[tokio::test]
async fn large_messages() {
    let book = Example::start("book").await;

    let mut upload = book.connect("/upload").await;
    // The app's limit is 256 KiB, and the route's 1 GiB.
    within(upload.send(Message::binary(vec![7; 2 << 20]))).await.unwrap();
    assert_eq!(text(&mut upload).await, "2097152 bytes stored");
    assert_eq!(answer(&mut upload, "delete").await, "deleted");

    let mut sum = book.connect("/sum").await;
    assert_eq!(answer(&mut sum, &"1\n".repeat(500_000)).await, "500000");
    let bad = format!("1\nx\n{}", "1\n".repeat(500_000));
    assert_eq!(answer(&mut sum, &bad).await, "`x`: invalid digit found in string");
    assert_eq!(answer(&mut sum, "-1\n2").await, "1");
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
    let internal = answer(&mut stock, r#"{"type": "count", "id": 7}"#).await;
    assert_eq!(internal, r#"{"id":7,"type": "error", "error": {"code": "internal"}}"#);
    book.process.prints("stock: no connection to 10.0.0.7").await;

    let mut echo = book.connect("/events/echo").await;
    assert_eq!(answer(&mut echo, r#"{"op": "echo", "text": "a"}"#).await, r#"{"op":"echo","data":"aa"}"#);

    let (mut ada, mut bob) = (book.connect("/events/room").await, book.connect("/events/room").await);
    assert_eq!(
        answer(&mut ada, r#"{"type": "say", "text": "hi", "id": "x"}"#).await,
        r#"{"type":"say","id":"x","to":1}"#
    );
    assert_eq!(text(&mut bob).await, "hi");
    assert_eq!(answer(&mut ada, r#"{"type": "end", "id": 1}"#).await, r#"{"type":"end","id":1}"#);
    assert_eq!(closed(&mut bob).await.0, 1001);

    let mut cinema = book.connect("/events/cinema").await;
    assert_eq!(
        answer(&mut cinema, r#"{"type": "take", "id": 1, "data": 3}"#).await,
        r#"{"type":"take","id":1}"#
    );
    assert_eq!(
        answer(&mut cinema, r#"{"type": "take", "id": 2, "data": 3}"#).await,
        r#"{"type":"refused","id":2,"why":"no seat"}"#
    );
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

    let mut scores = book.connect("/score").await;
    assert_eq!(answer(&mut scores, "goal").await, "1:0");

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

/// The task that connects to another server connects again when that one has been restarted.
#[tokio::test]
async fn a_background_task_that_fails_now_and_then() {
    let mut source = Example::start("book").await;
    let url = format!("ws://{}/numbered", source.addr);
    let relay = |addr: SocketAddr| {
        let mut command = example::command("book");
        command.env("WS_ADDR", addr.to_string()).env("RELAY", &url);
        command
    };
    let (addr, mut relay) = process::start(relay).await;
    let mut client = process::connect(addr, "/relayed").await;
    text(&mut client).await.parse::<u64>().expect("a number");
    source.process.signal("TERM");
    relay.prints("relay: the server has closed the connection").await;
    source.process.ended().await;
    // This one receives nothing of the first source.
    let mut client = process::connect(addr, "/relayed").await;
    let mut again = example::command("book");
    let mut again = Process::spawn(again.env("WS_ADDR", source.addr.to_string()));
    again.prints("listening on").await;
    text(&mut client).await.parse::<u64>().expect("a number");
}

#[tokio::test]
async fn authentication_for_browsers() {
    let book = Example::start("book").await;
    let token = |name: &str, seconds: u64| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        format!("{name}.{}", now + seconds)
    };
    let (valid, old) = (token("ada", 3600), "ada.1".to_owned());
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

    let issue = |token: &str| {
        format!(
            "POST /ticket HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        )
    };
    assert!(http(&book, issue(&old)).await.starts_with("HTTP/1.1 401 "));
    let response = http(&book, issue(&valid)).await;
    let (_, ticket) = response.split_once("\r\n\r\n").unwrap();
    let mut seat = connect(&format!("/seat?ticket={ticket}"), None).await;
    assert_eq!(text(&mut seat).await, "welcome, ada");
    // It was valid once, and a token is no ticket.
    for ticket in [ticket, &valid] {
        let refused = refused(&book, &format!("/seat?ticket={ticket}"), "").await;
        assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    }

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

    let mut paid = connect(&format!("/lounge?ticket={}", token("ada", 20)), None).await;
    assert_eq!(text(&mut paid).await, "stay as long as you like");
    let mut renewed = connect(&format!("/lounge?ticket={}", token("bob", 20)), None).await;
    assert_eq!(text(&mut renewed).await, "send a new token");
    assert_eq!(answer(&mut renewed, &token("bob", 3600)).await, "thanks");
    let mut late = connect(&format!("/lounge?ticket={}", token("bob", 2)), None).await;
    assert_eq!(text(&mut late).await, "send a new token");
    assert_eq!(closed(&mut late).await, (3000, "come back with a token".to_owned()));
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
    assert_eq!(
        answer(&mut shop, "{}").await,
        r#"{"error":"invalid JSON: missing field `item` at line 1 column 2"}"#
    );
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
