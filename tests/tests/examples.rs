//! Starts each example as a process and talks to it with an independent client.

use std::time::{Duration, Instant};

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio_websockets::{ClientBuilder, Limits, Message};
use ws_tests::example::{self, Example};
use ws_tests::process::Process;
use ws_tests::raw::{HEADERS, Raw, TEXT};
use ws_tests::{Client, closed, next, text, within};

async fn send(client: &mut Client, words: &str) {
    within(client.send(Message::text(words.to_owned()))).await.expect("an open connection");
}

/// Reads the next text and checks that it arrives about `seconds` after `since`. On a busy machine a text may be late,
/// so the one after it seems early; half of the delay is enough to show that there is a timer.
async fn text_after(client: &mut Client, seconds: u64, since: &mut Instant) -> String {
    let text = text(client).await;
    let (took, due) = (since.elapsed(), Duration::from_secs(seconds));
    assert!(took > due / 2 && took < due + Duration::from_secs(4), "{text:?} after {took:?}");
    *since = Instant::now();
    text
}

#[tokio::test]
async fn custom_greets_answers_and_greets_again() {
    let mut custom = Example::start("custom").await;
    custom.process.prints("/socket/custom  custom::Custom ").await;
    custom.process.prints("/websocket      page sessions (App::pages)  examples/custom.rs:").await;
    custom.process.prints("  examples/custom.rs:").await;
    custom.process.prints(&format!("ws://{}/socket/custom", custom.addr)).await;
    let mut since = Instant::now();
    let mut client = custom.connect("/socket/custom").await;
    assert_eq!(text_after(&mut client, 1, &mut since).await, "Hello!");
    for words in ["hi", "", "ünï"] {
        send(&mut client, words).await;
        assert_eq!(text(&mut client).await, format!("You said: {words}"));
    }
    for _ in 0..2 {
        assert_eq!(text_after(&mut client, 5, &mut since).await, "Hello again!");
    }
    within(client.close()).await.unwrap();
    custom.process.prints("gone: closed by the client").await;
}

#[tokio::test]
async fn client_sends_lines_and_prints_messages() {
    let mut custom = Example::start("custom").await;
    let url = format!("ws://{}/socket/custom", custom.addr);
    let mut client = Process::spawn_interactive(example::command("client").arg(&url));
    client.prints(&format!("connected to {url}")).await;
    for words in ["hi", "ünï"] {
        client.types(words);
        client.prints(&format!("You said: {words}\n")).await;
    }
    client.prints("Hello!\n").await;
    client.ends_input();
    client.prints("closed with 1000 the input ended").await;
    assert_eq!(client.ended().await.code(), Some(0), "{client:?}");
    custom.process.prints("gone: closed by the client with 1000 the input ended").await;
}

#[tokio::test]
async fn client_ends_with_the_server_and_prints_errors() {
    let custom = Example::start("custom").await;
    let url = format!("ws://{}/socket/custom", custom.addr);
    let mut client = Process::spawn_interactive(example::command("client").arg(&url));
    client.prints("connected").await;
    custom.process.signal("TERM");
    client.prints("closed with 1001 ").await;
    assert_eq!(client.ended().await.code(), Some(0), "{client:?}");
    let other = Example::start("custom").await;
    let nowhere = format!("ws://{}/nowhere", other.addr);
    for (url, error) in [
        (&*nowhere, "Error: the server rejected the handshake: 404 Not Found"),
        (&*url, "Error: cannot connect to 127.0.0.1:"),
        // The example is built without the feature `client-tls`.
        (
            "wss://127.0.0.1:1/",
            "Error: `wss://` needs the feature `client-tls` of ws-core, which is not enabled",
        ),
        ("http://127.0.0.1:1/", "it must start with `ws://` or `wss://`"),
    ] {
        let mut client = Process::spawn(example::command("client").arg(url));
        client.complains(error).await;
        assert_eq!(client.ended().await.code(), Some(1), "{client:?}");
    }
}

#[tokio::test]
async fn hello_sends_something_every_second() {
    let mut hello = Example::start("hello").await;
    hello.process.prints("/websocket  hello::Hello  examples/hello.rs:").await;
    hello.process.prints(&format!("ws://{}/websocket", hello.addr)).await;
    let mut since = Instant::now();
    let mut client = hello.connect("/websocket").await;
    assert_eq!(text_after(&mut client, 1, &mut since).await, "Hello!");
    send(&mut client, "Nice!").await;
    assert_eq!(text(&mut client).await, "That's what she said! Nice!");
    for _ in 0..3 {
        assert_eq!(text_after(&mut client, 1, &mut since).await, "How' you doin'?");
    }
}

#[tokio::test]
async fn echo_returns_messages_of_up_to_64_mib() {
    const MIB: usize = 1 << 20;
    let mut echo = Example::start("echo").await;
    echo.process.prints("/echo  echo::Echo  examples/echo.rs:").await;
    echo.process.prints(&format!("ws://{}/echo", echo.addr)).await;
    let url = format!("ws://{}/echo", echo.addr);
    let builder = ClientBuilder::new().uri(&url).unwrap().limits(Limits::unlimited());
    let (mut client, _) = within(builder.connect()).await.unwrap();
    let large: Vec<u8> = (0..20 * MIB).map(|at| u8::try_from(at % 251).expect("a byte")).collect();
    for message in [
        Message::text("text"),
        Message::text(""),
        Message::binary(&b"\0\xff"[..]),
        Message::text("é".repeat(MIB)),
        Message::binary(large),
    ] {
        let (kind, payload) = (message.is_text(), message.as_payload().clone());
        let sending = within(client.send(message));
        sending.await.expect("the server takes the message");
        let echoed = next(&mut client).await;
        assert!(echoed.is_text() == kind && **echoed.as_payload() == *payload, "{} bytes", payload.len());
    }
    // The header of a message over the limit is enough to close the connection.
    let mut raw = Raw::connect(echo.addr, "/echo").await;
    let mut header = vec![0x82, 0xff];
    header.extend((64 * MIB as u64 + 1).to_be_bytes());
    raw.send(&header).await;
    assert_eq!(raw.read().await.unwrap().close().0, 1009);
}

/// Reads the next event that a person in the chat receives.
async fn recv_json(client: &mut Client) -> Value {
    serde_json::from_str(&text(client).await).expect("JSON")
}

async fn send_json(client: &mut Client, message: Value) {
    send(client, &message.to_string()).await;
}

async fn join(chat: &Example, room: &str, name: &str, people: &[&str]) -> Client {
    join_from(chat, room, name, people, &Value::Null, false).await
}

/// Joins with the position of the last message that the client has.
async fn join_from(
    chat: &Example,
    room: &str,
    name: &str,
    people: &[&str],
    position: &Value,
    recovered: bool,
) -> Client {
    let mut client = chat.connect(&format!("/chat/{room}")).await;
    send_json(&mut client, json!({"type": "join", "name": name, "position": position})).await;
    let welcome = json!({"type": "welcome", "name": name, "people": people, "recovered": recovered});
    assert_eq!(recv_json(&mut client).await, welcome);
    client
}

/// Reads the next event, a message to a room. Returns its position.
async fn recv_message(client: &mut Client, room: &str, name: &str, text: &str) -> Value {
    let mut message = recv_json(client).await;
    let position = message["position"].take();
    let wanted = json!({"type": "message", "name": name, "text": text, "topic": format!("room:{room}"), "position": null});
    assert_eq!(message, wanted);
    assert!(position.is_string(), "{position}");
    position
}

#[tokio::test]
async fn chat_has_names_joins_leaves_and_errors() {
    let chat = Example::start("chat").await;
    let mut ada = join(&chat, "lobby", "Ada", &["Ada"]).await;
    let mut bob = join(&chat, "lobby", "Bob", &["Ada", "Bob"]).await;
    assert_eq!(recv_json(&mut ada).await, json!({"type": "joined", "name": "Bob"}));
    // Another room receives none of these events, and has its own names.
    let mut other = join(&chat, "kitchen", "ada", &["ada"]).await;
    send_json(&mut ada, json!({"type": "send", "text": " hello <b>there</b> "})).await;
    for client in [&mut ada, &mut bob] {
        recv_message(client, "lobby", "Ada", "hello <b>there</b>").await;
    }
    send_json(&mut other, json!({"type": "send", "text": "alone"})).await;
    recv_message(&mut other, "kitchen", "ada", "alone").await;

    let mut carl = chat.connect("/chat/lobby").await;
    for (ask, code) in [
        (json!({"type": "send", "text": "hi"}), "not_joined"),
        (json!({"type": "join", "name": "  "}), "name_empty"),
        (json!({"type": "join", "name": "x".repeat(25)}), "name_too_long"),
        (json!({"type": "join", "name": " aDA "}), "name_taken"),
    ] {
        send_json(&mut carl, ask).await;
        let error = recv_json(&mut carl).await;
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!(code)), "{error}");
        assert!(error["text"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
    }
    for (ask, code) in [
        (json!({"type": "join", "name": "Bobby"}), "already_joined"),
        (json!({"type": "send", "text": " "}), "text_empty"),
        (json!({"type": "send", "text": "x".repeat(1001)}), "text_too_long"),
    ] {
        send_json(&mut bob, ask).await;
        assert_eq!(recv_json(&mut bob).await["code"], json!(code));
    }
    send(&mut carl, "no JSON").await;
    assert_eq!(closed(&mut carl).await.0, 1007);

    // Ada disconnects without a close frame: the others still receive `left`, and her name is free again.
    drop(ada);
    assert_eq!(recv_json(&mut bob).await, json!({"type": "left", "name": "Ada"}));
    let mut again = join(&chat, "lobby", "Ada", &["Ada", "Bob"]).await;
    recv_message(&mut again, "lobby", "Ada", "hello <b>there</b>").await;
    assert_eq!(recv_json(&mut bob).await, json!({"type": "joined", "name": "Ada"}));
    within(bob.close()).await.unwrap();
    assert_eq!(recv_json(&mut again).await, json!({"type": "left", "name": "Bob"}));
}

/// A page whose network has died without a close comes back before the server has noticed.
#[tokio::test]
async fn b4_chat_lets_a_browser_take_its_own_name_again() {
    let chat = Example::start("chat").await;
    let mut cookies = Vec::new();
    for _ in 0..2 {
        let script =
            Raw::open(chat.addr).await.request("GET", "/ws/client.js", &[("Host", "localhost")]).await;
        let cookie = script.header("set-cookie").expect("a session");
        cookies.push(cookie.split(';').next().unwrap().to_owned());
    }
    let enter = async |cookie: Option<&str>| {
        let mut raw = Raw::open(chat.addr).await;
        let cookie = cookie.map(|cookie| ("Cookie", cookie));
        let headers: Vec<_> = HEADERS.iter().copied().chain(cookie).collect();
        assert_eq!(raw.request("GET", "/chat/lobby", &headers).await.status, 101);
        raw.frame(TEXT, br#"{"type": "join", "name": "Ada"}"#).await;
        let answer = raw.read().await.expect("an answer");
        (raw, serde_json::from_str::<Value>(answer.text()).expect("JSON"))
    };
    let mut bob = join(&chat, "lobby", "Bob", &["Bob"]).await;
    let (dead, welcome) = enter(Some(&cookies[0])).await;
    assert_eq!(welcome["people"], json!(["Ada", "Bob"]), "{welcome}");
    assert_eq!(recv_json(&mut bob).await, json!({"type": "joined", "name": "Ada"}));
    for cookie in [Some(&*cookies[1]), None, Some("ws_session=forged")] {
        assert_eq!(enter(cookie).await.1["code"], "name_taken", "{cookie:?}");
    }
    let (again, welcome) = enter(Some(&cookies[0])).await;
    assert_eq!(welcome["people"], json!(["Ada", "Bob"]), "{welcome}");
    // The end of the old connection changes nothing for the others.
    drop(dead);
    send_json(&mut bob, json!({"type": "send", "text": "hi"})).await;
    recv_message(&mut bob, "lobby", "Bob", "hi").await;
    drop(again);
    assert_eq!(recv_json(&mut bob).await, json!({"type": "left", "name": "Ada"}));
}

/// Sends these numbers to the lobby, each after the one before has arrived.
async fn send_numbers(ada: &mut Client, numbers: std::ops::Range<u32>) {
    for number in numbers {
        send_json(ada, json!({"type": "send", "text": number.to_string()})).await;
        recv_message(ada, "lobby", "Ada", &number.to_string()).await;
    }
}

#[tokio::test]
async fn chat_sends_what_was_missed_once_and_the_last_messages_to_a_newcomer() {
    let chat = Example::start("chat").await;
    let mut ada = join(&chat, "lobby", "Ada", &["Ada"]).await;
    let mut bob = join(&chat, "lobby", "Bob", &["Ada", "Bob"]).await;
    assert_eq!(recv_json(&mut ada).await["type"], "joined");
    send_json(&mut ada, json!({"type": "send", "text": "0"})).await;
    let position = recv_message(&mut bob, "lobby", "Ada", "0").await;
    drop(bob);
    recv_message(&mut ada, "lobby", "Ada", "0").await;
    assert_eq!(recv_json(&mut ada).await, json!({"type": "left", "name": "Bob"}));
    send_numbers(&mut ada, 1..5).await;
    // What it missed, and not what it had.
    let mut bob = join_from(&chat, "lobby", "Bob", &["Ada", "Bob"], &position, true).await;
    for number in 1..5 {
        recv_message(&mut bob, "lobby", "Ada", &number.to_string()).await;
    }
    let mut carl = join(&chat, "lobby", "Carl", &["Ada", "Bob", "Carl"]).await;
    for number in 0..5 {
        recv_message(&mut carl, "lobby", "Ada", &number.to_string()).await;
    }
    drop((bob, carl));
    for kind in ["joined", "joined", "left", "left"] {
        assert_eq!(recv_json(&mut ada).await["type"], kind);
    }
    send_numbers(&mut ada, 5..106).await;
    // There are more by now than a client receives, or the server is another one.
    for position in [position, json!("f00-7")] {
        let mut bob = join_from(&chat, "lobby", "Bob", &["Ada", "Bob"], &position, false).await;
        for number in 6..106 {
            recv_message(&mut bob, "lobby", "Ada", &number.to_string()).await;
        }
        drop(bob);
        for kind in ["joined", "left"] {
            assert_eq!(recv_json(&mut ada).await["type"], kind);
        }
    }
}

/// One client does not read, and one dies. The others receive every message, and the slow one is disconnected.
#[tokio::test]
async fn chat_goes_on_where_one_is_slow_and_one_dies() {
    let chat = Example::start("chat").await;
    let mut ada = join(&chat, "lobby", "Ada", &["Ada"]).await;
    let slow = join(&chat, "lobby", "Slow", &["Ada", "Slow"]).await;
    assert_eq!(recv_json(&mut ada).await, json!({"type": "joined", "name": "Slow"}));
    let dies = join(&chat, "lobby", "Dies", &["Ada", "Dies", "Slow"]).await;
    assert_eq!(recv_json(&mut ada).await, json!({"type": "joined", "name": "Dies"}));
    // The client has unread data, so dropping it resets the stream.
    send_json(&mut ada, json!({"type": "send", "text": "unread"})).await;
    assert_eq!(recv_json(&mut ada).await["text"], json!("unread"));
    drop(dies);
    assert_eq!(recv_json(&mut ada).await, json!({"type": "left", "name": "Dies"}));
    // Send more than the system's buffers and the mailbox hold.
    let words = "x".repeat(1000);
    let mut sent = 0;
    loop {
        send_json(&mut ada, json!({"type": "send", "text": words})).await;
        let event = recv_json(&mut ada).await;
        if event == json!({"type": "left", "name": "Slow"}) {
            break;
        }
        assert_eq!((&event["type"], &event["text"]), (&json!("message"), &json!(words)));
        sent += 1;
        assert!(sent < 50_000, "the slow one is never closed");
    }
    assert_eq!(recv_json(&mut ada).await["type"], json!("message"), "the last message is still delivered");
    drop(slow);
}

#[tokio::test]
async fn chat_has_a_page_that_connects_back() {
    let mut chat = Example::start("chat").await;
    chat.process.prints("/chat/{room}  chat::Chat").await;
    chat.process.prints(&format!("http://{}/", chat.addr)).await;
    let mut raw = Raw::open(chat.addr).await;
    let page = raw.request("GET", "/", &[("Host", "localhost")]).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{page:?}");
    assert!(page.body.contains("ws.open(`/chat/"), "{page:?}");
    // Connect with the page's own origin, and with another page's.
    let own = format!("http://{}", chat.addr);
    for (origin, status) in [("http://localhost:1", 403), (own.as_str(), 101)] {
        let host = chat.addr.to_string();
        let headers: Vec<_> = HEADERS
            .into_iter()
            .map(|(name, value)| (name, if name == "Host" { host.as_str() } else { value }))
            .chain([("Origin", origin)])
            .collect();
        let response = raw.request("GET", "/chat/lobby", &headers).await;
        assert_eq!(response.status, status, "{response:?}");
    }
    let long = format!("/chat/{}", "x".repeat(41));
    assert_eq!(Raw::open(chat.addr).await.request("GET", &long, &HEADERS).await.status, 400);
}

#[tokio::test]
async fn foobar_is_one_service_for_many_clients_one_slow_and_one_that_dies() {
    let mut foobar = Example::start("foobar").await;
    foobar.process.prints("/websocket/foobar  foobar::Foobar  examples/foobar.rs:").await;
    let at = |name: &str| format!("/websocket/foobar?name={name}");
    let mut ada = foobar.connect(&at("ada")).await;
    assert_eq!(text(&mut ada).await, "welcome, ada: 0 here");
    let mut bob = foobar.connect(&at("bob")).await;
    assert_eq!(text(&mut bob).await, "welcome, bob: 1 here");
    assert_eq!(text(&mut ada).await, "bob came");
    // A name can be taken only once: the second handshake is rejected with an HTTP response.
    let taken = Raw::open(foobar.addr).await.request("GET", &at("ada"), &HEADERS).await;
    assert_eq!((taken.status, taken.body.as_str()), (409, "there is a ada already\n"));

    // A client that never reads costs the others nothing, however much is sent.
    let slow = Raw::connect(foobar.addr, &at("slow")).await;
    for client in [&mut ada, &mut bob] {
        assert_eq!(text(client).await, "slow came");
    }
    let long = "x".repeat(32 << 10);
    for number in 1..=200 {
        send(&mut ada, &long).await;
        for client in [&mut ada, &mut bob] {
            assert_eq!(text(client).await, format!("ada ({number}): {long}"));
        }
    }

    // When a client dies, the service is notified, and the name is free again.
    drop(bob);
    assert!(text(&mut ada).await.starts_with("bob left: "));
    let mut bob = foobar.connect(&at("bob")).await;
    assert_eq!(text(&mut bob).await, "welcome, bob: 2 here");
    assert_eq!(text(&mut ada).await, "bob came");
    drop(slow);
    for client in [&mut ada, &mut bob] {
        assert!(text(client).await.starts_with("slow left: "));
    }

    // Announce something from outside, over HTTP.
    let body = "tea is ready";
    let length = body.len();
    let mut raw = Raw::open(foobar.addr).await;
    let request =
        format!("POST /announce HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}");
    raw.send(request.as_bytes()).await;
    assert_eq!(raw.response().await.status, 202);
    for client in [&mut ada, &mut bob] {
        assert_eq!(text(client).await, body);
    }
}

#[tokio::test]
async fn lobby_has_a_service_for_each_game() {
    let mut lobby = Example::start("lobby").await;
    lobby.process.prints("/game/{id}  lobby::Game   examples/lobby.rs:").await;
    let mut watcher = lobby.connect("/lobby").await;
    assert_eq!(recv_json(&mut watcher).await, json!({"games": []}));
    for id in ["a-b", "x123456789012345678901"] {
        let bad = Raw::open(lobby.addr).await.request("GET", &format!("/game/{id}"), &HEADERS).await;
        assert_eq!(bad.status, 400, "{bad:?}");
    }
    let mut ada = lobby.connect("/game/tea").await;
    assert_eq!(recv_json(&mut ada).await, json!({"you": "x", "cells": ".........", "next": "x"}));
    assert_eq!(recv_json(&mut watcher).await, json!({"games": ["tea"]}));
    let mut other = lobby.connect("/game/other").await;
    assert_eq!(recv_json(&mut other).await["you"], json!("x"), "a game of its own");
    assert_eq!(recv_json(&mut watcher).await, json!({"games": ["other", "tea"]}));
    let mut bob = lobby.connect("/game/tea").await;
    for (client, you) in [(&mut ada, "x"), (&mut bob, "o")] {
        assert_eq!(recv_json(client).await, json!({"you": you, "cells": ".........", "next": "x"}));
    }
    assert_eq!(recv_json(&mut watcher).await, json!({"games": ["other"]}));
    let third = Raw::open(lobby.addr).await.request("GET", "/game/tea", &HEADERS).await;
    assert_eq!(third.status, 409, "{third:?}");

    let problems = [(9, "there is no such cell"), (4, "it is not your turn")];
    for (cell, problem) in problems {
        send_json(&mut bob, json!({"cell": cell})).await;
        assert_eq!(recv_json(&mut bob).await, json!({"error": problem}));
    }
    let moves = [4, 0, 3, 1, 5];
    for (number, cell) in moves.into_iter().enumerate() {
        let turn = if number % 2 == 0 { &mut ada } else { &mut bob };
        send_json(turn, json!({"cell": cell})).await;
        for (client, you) in [(&mut ada, "x"), (&mut bob, "o")] {
            let board = recv_json(client).await;
            assert_eq!(board["you"], json!(you));
            let next = if number == 4 { json!(null) } else { json!(["o", "x"][number % 2]) };
            assert_eq!(board["next"], next, "{board}");
        }
    }
    send_json(&mut bob, json!({"cell": 0})).await;
    assert_eq!(recv_json(&mut bob).await, json!({"error": "this cell is taken"}));
    // A player that comes back finds the game.
    within(ada.close()).await.unwrap();
    drop(ada);
    let url = format!("ws://{}/game/tea", lobby.addr);
    let mut ada = loop {
        // Rejected with 409 until the game has noticed that she left.
        let builder = ClientBuilder::new().uri(&url).unwrap();
        if let Ok((client, _)) = within(builder.connect()).await {
            break client;
        }
    };
    assert_eq!(recv_json(&mut ada).await, json!({"you": "x", "cells": "oo.xxx...", "next": null}));
}
