//! Members: joining, leaving, and the order of the callbacks.

use futures_util::SinkExt;
use ws_core::{App, Delivery, Route, TopicError};
use ws_tests::Server;
use ws_tests::notes::Notes;
use ws_tests::raw::{CLOSE, HEADERS, PING, PONG, Raw, TEXT};
use ws_tests::{closed, text, within};

use super::{Gate, News, Room, app, join, send, since_init, start};

#[tokio::test]
async fn b2_join_then_messages_in_order_then_close() {
    let (server, notes, _) = start().await;
    let mut ada = join(&server, "ada").await;
    for number in 0..100 {
        send(&mut ada, number.to_string()).await;
    }
    for number in 0..100 {
        assert_eq!(text(&mut ada).await, format!("received {number}"));
    }
    within(ada.close()).await.unwrap();
    notes.seen("close ada remote").await;
    let expected = std::iter::once("join ada".to_owned())
        .chain((0..100).map(|number| format!("ada: {number}")))
        .chain(["close ada remote".to_owned()]);
    assert_eq!(since_init(&notes), expected.collect::<Vec<_>>());
    assert_eq!(notes.count("init"), 1);
}

#[tokio::test]
async fn b4_a_member_knows_its_url_its_parameters_and_its_kept_value() {
    let (server, _, _) = start().await;
    let mut ada = server.connect("/rooms/blue%20one?name=ada").await;
    assert_eq!(text(&mut ada).await, "welcome ada");
    send(&mut ada, "who").await;
    assert_eq!(text(&mut ada).await, "ada in blue one at /rooms/blue%20one, true");
    let members = server.app.service::<Room>().members();
    assert_eq!(members.iter().map(|member| member.kept().as_str()).collect::<Vec<_>>(), ["ada"]);
    members[0].send("from outside");
    assert_eq!(text(&mut ada).await, "from outside");
}

#[tokio::test]
async fn b5_a_broadcast_and_an_info_reach_the_one_service() {
    let (server, notes, _) = start().await;
    let (mut ada, mut bob) = (join(&server, "ada").await, join(&server, "bob").await);
    let room = server.app.service::<Room>();
    assert_eq!(room.broadcast(News("rain")), Delivery::Queued);
    assert_eq!(server.app.broadcast::<Room>(News("snow")).queued, 1);
    for client in [&mut ada, &mut bob] {
        assert_eq!(text(client).await, "rain");
        assert_eq!(text(client).await, "snow");
    }
    // A thread without a runtime can send, too.
    let outside = room.clone();
    std::thread::spawn(move || outside.info(News("sun"))).join().unwrap();
    notes.seen("info sun").await;
    assert_eq!(notes.count("init"), 1);
}

#[tokio::test]
async fn b1_base_url_goes_before_a_service_and_its_url_is_known() {
    let server = Server::start(app(&Notes::default(), &Gate::default()).base_url("/api")).await;
    let mut ada = server.connect("/api/rooms/x?name=ada").await;
    assert_eq!(text(&mut ada).await, "welcome ada");
}

#[tokio::test]
async fn b7_the_first_subprotocol_is_echoed_where_none_is_declared() {
    let (server, _, _) = start().await;
    let mut headers = HEADERS.to_vec();
    headers.push(("Sec-WebSocket-Protocol", "foobar, other"));
    let response = Raw::open(server.addr).await.request("GET", "/rooms/a?name=ada", &headers).await;
    assert_eq!(
        (response.status, response.header("sec-websocket-protocol")),
        (101, Some("foobar")),
        "{response:?}"
    );
    let response = Raw::open(server.addr).await.request("GET", "/rooms/a?name=bob", &HEADERS).await;
    assert_eq!((response.status, response.header("sec-websocket-protocol")), (101, None), "{response:?}");
    // A route that declares subprotocols selects one of its own.
    let route = Route::service::<Room>("/r").subprotocols(["other"]);
    let server = Server::start(App::new().route(route).state(Notes::default())).await;
    let response = Raw::open(server.addr).await.request("GET", "/r?name=ada", &headers).await;
    assert_eq!(response.header("sec-websocket-protocol"), Some("other"), "{response:?}");
}

#[tokio::test]
async fn c1_a_refused_join_is_plain_http_and_has_no_close() {
    let (server, notes, _) = start().await;
    for (query, status, words) in [("?name=nobody", 403, "nobody is not welcome"), ("", 400, "missing field")]
    {
        let response =
            Raw::open(server.addr).await.request("GET", &format!("/rooms/a{query}"), &HEADERS).await;
        assert_eq!(response.status, status, "{response:?}");
        assert!(response.body.contains(words), "{response:?}");
    }
    // The rejected joins are over by the time that the next client has joined.
    join(&server, "ada").await;
    assert_eq!(since_init(&notes)[0], "join ada");
    assert_eq!(server.app.service::<Room>().members().len(), 1);
}

#[tokio::test]
async fn c12_a_client_that_leaves_while_it_joins_has_one_close_if_it_joined() {
    let (server, notes, gate) = start().await;
    let mut leaver = Raw::open(server.addr).await;
    leaver.send(&ws_tests::raw::request("GET", "/rooms/a?name=waits", &HEADERS)).await;
    notes.seen("at the gate").await;
    drop(leaver);
    // The server usually notices the disconnect by the time that it answers another request.
    for _ in 0..10 {
        Raw::open(server.addr).await.request("GET", "/nowhere", &HEADERS).await;
    }
    gate.open(1);
    let closes =
        || notes.all().into_iter().filter(|note| note.starts_with("close waits ")).collect::<Vec<_>>();
    ws_tests::until(|| !closes().is_empty()).await;
    join(&server, "ada").await;
    assert!(
        matches!(&closes()[..], [one] if one.ends_with("abandoned") || one.ends_with("lost")),
        "{:?}",
        closes()
    );
    assert_eq!(notes.count("join waits"), 1);
}

#[tokio::test]
async fn a_slow_request_holds_up_nobody_else() {
    let (server, _, gate) = start().await;
    let mut late = Raw::open(server.addr).await;
    late.send(&ws_tests::raw::request("GET", "/rooms/a?name=late", &HEADERS)).await;
    let mut ada = join(&server, "ada").await;
    send(&mut ada, "hi").await;
    assert_eq!(text(&mut ada).await, "received hi");
    gate.open(1);
    assert_eq!(late.response().await.status, 101);
}

#[tokio::test]
async fn b10_each_end_of_a_member_comes_to_its_close() {
    let (server, notes, _) = start().await;
    let mut raw = Raw::connect(server.addr, "/rooms/a?name=coded").await;
    raw.close(4001, "bye").await;
    notes.seen("close coded remote").await;
    drop(Raw::connect(server.addr, "/rooms/a?name=lost").await);
    notes.seen("close lost lost").await;
    let mut raw = Raw::connect(server.addr, "/rooms/a?name=bad").await;
    raw.frame(TEXT, b"\xff").await;
    notes.seen("close bad bad_encoding").await;
    let mut raw = Raw::connect(server.addr, "/rooms/a?name=worse").await;
    raw.frame(5, b"").await;
    notes.seen("close worse bad_frame").await;
    let mut kicked = join(&server, "kicked").await;
    send(&mut kicked, "kick").await;
    assert_eq!(closed(&mut kicked).await, (1008, "kicked".to_owned()));
    notes.seen("close kicked stop").await;
    let closes = notes.all().into_iter().filter(|note| note.starts_with("close")).count();
    assert_eq!(closes, 5, "{:?}", notes.all());
    assert!(server.app.service::<Room>().members().is_empty());
}

#[tokio::test]
async fn pings_are_answered_and_not_delivered() {
    let (server, notes, _) = start().await;
    let mut raw = Raw::connect(server.addr, "/rooms/a?name=ada").await;
    assert_eq!(raw.read().await.unwrap().text(), "welcome ada");
    raw.frame(PING, b"abc").await;
    let pong = raw.read().await.unwrap();
    assert_eq!((pong.opcode, pong.text()), (PONG, "abc"));
    raw.close(1000, "").await;
    assert_eq!(raw.read().await.unwrap().opcode, CLOSE);
    notes.seen("close ada remote").await;
    assert_eq!(since_init(&notes), ["join ada", "close ada remote"]);
}

#[tokio::test]
async fn b4_a_member_has_topics_and_is_present_until_its_connection_ends() {
    let (server, notes, _) = start().await;
    let (mut ada, mut bob) = (join(&server, "ada").await, join(&server, "bob").await);
    let (hub, members) = (server.app.hub(), server.app.service::<Room>().members());
    for member in &members {
        assert!(member.subscribe("weather"));
        assert!(!member.subscribe("weather"));
        assert_eq!(member.track("lobby", member.kept(), &"cheerful").unwrap(), 1);
    }
    assert_eq!(hub.publish("weather", "rain").queued, 2);
    assert_eq!(hub.publish_except(&members[0], "weather", "snow").queued, 1);
    assert_eq!(text(&mut bob).await, "rain");
    assert_eq!(text(&mut bob).await, "snow");
    assert!(members[0].unsubscribe("weather") && !members[0].unsubscribe("weather"));
    assert_eq!(hub.publish("weather", "sun").queued, 1);
    members[0].send("marker");
    assert_eq!(text(&mut ada).await, "rain");
    assert_eq!(text(&mut ada).await, "marker");
    let present = || hub.present("lobby").iter().map(|entry| entry.id().to_owned()).collect::<Vec<_>>();
    assert_eq!(present(), ["ada", "bob"]);
    assert!(members[0].untrack("lobby", "ada") && !members[0].untrack("lobby", "ada"));
    assert!(members[0].track("lobby", "ada", &std::collections::HashMap::from([([0], 0)])).is_err());
    assert_eq!(present(), ["bob"]);
    within(bob.close()).await.unwrap();
    notes.seen("close bob remote").await;
    assert_eq!((hub.count("weather"), present()), (0, Vec::new()));
    // A member that has left can neither subscribe nor track.
    assert!(!members[1].subscribe("weather") && !members[1].is_open());
    assert!(matches!(members[1].track("lobby", "bob", &()), Err(TopicError::Closed)));
    assert_eq!(members[1].send("late"), Delivery::Gone);
    assert_eq!((hub.count("weather"), present()), (0, Vec::new()));
}

#[tokio::test]
async fn ten_thousand_that_come_and_go_leave_nothing_behind() {
    let (server, notes, _) = start().await;
    for round in 0..100 {
        let names: Vec<_> = (0..100).map(|number| format!("m{}", round * 100 + number)).collect();
        drop(futures_util::future::join_all(names.iter().map(|name| join(&server, name))).await);
        ws_tests::until(|| server.app.stats().open == 0).await;
    }
    assert!(server.app.service::<Room>().members().is_empty());
    let all = notes.all();
    let with = |start: &str| all.iter().filter(|note| note.starts_with(start)).count();
    assert_eq!((with("join "), with("close ")), (10_000, 10_000));
}
