//! The example `graphql` on the wire: its close codes, its ids, and HTTP. `interop` has the conversation with the npm
//! package `graphql-ws`.

use serde_json::{Value, json};
use ws_tests::example::Example;
use ws_tests::raw::{BINARY, CLOSE, HEADERS, Raw, TEXT};

const PROTOCOL: (&str, &str) = ("Sec-WebSocket-Protocol", "graphql-transport-ws");

/// Connects a client that has sent nothing yet.
async fn open(graphql: &Example) -> Raw {
    let mut client = Raw::open(graphql.addr).await;
    let offers = ("Sec-WebSocket-Protocol", "graphql-ws, graphql-transport-ws");
    let response = client.request("GET", "/graphql", &[&HEADERS[..], &[offers]].concat()).await;
    assert_eq!((response.status, response.header(PROTOCOL.0)), (101, Some(PROTOCOL.1)));
    client
}

/// Connects a client, and initializes the connection.
async fn connect(graphql: &Example) -> Raw {
    let mut client = open(graphql).await;
    send(&mut client, &json!({"type": "connection_init", "payload": {"token": "ada-token"}})).await;
    assert_eq!(recv(&mut client).await, json!({"type": "connection_ack"}));
    client
}

async fn send(client: &mut Raw, message: &Value) {
    client.frame(TEXT, message.to_string().as_bytes()).await;
}

async fn recv(client: &mut Raw) -> Value {
    serde_json::from_str(client.read().await.expect("a message").text()).expect("JSON")
}

async fn closed(client: &mut Raw) -> (u16, String) {
    let frame = client.read().await.expect("a close frame");
    assert_eq!(frame.opcode, CLOSE);
    let (code, reason) = frame.close();
    (code, reason.to_owned())
}

fn subscribe(id: &str, query: &str) -> Value {
    json!({"type": "subscribe", "id": id, "payload": {"query": query}})
}

#[tokio::test]
async fn a_message_that_is_not_of_the_protocol_closes_with_4400() {
    let graphql = Example::start("graphql").await;
    for (message, reason) in [
        ("{", "not an event: "),
        ("[]", "not an event: "),
        (r#"{"id": "1"}"#, "the field `type` is missing"),
        (r#"{"type": "start", "id": "1"}"#, "unknown type `start`"),
        (r#"{"type": "subscribe", "id": "1"}"#, "invalid `subscribe`: "),
        (r#"{"type": "subscribe", "payload": {"query": "{ me }"}}"#, "`subscribe` needs an id"),
        (r#"{"type": "subscribe", "id": "1", "payload": {"query": 7}}"#, "invalid `subscribe`: "),
    ] {
        let mut client = connect(&graphql).await;
        client.frame(TEXT, message.as_bytes()).await;
        let (code, why) = closed(&mut client).await;
        assert!(code == 4400 && why.starts_with(reason), "{message}: {code} {why}");
    }
    let mut client = connect(&graphql).await;
    client.frame(BINARY, b"{}").await;
    assert_eq!(closed(&mut client).await.0, 4400);
}

#[tokio::test]
async fn a_client_without_a_valid_token_is_closed_with_4401_4403_or_4408() {
    let graphql = Example::start("graphql").await;
    let mut ada = connect(&graphql).await;
    // This one sends nothing.
    let mut silent = open(&graphql).await;
    let mut early = open(&graphql).await;
    // A ping needs no token.
    send(&mut early, &json!({"type": "ping", "payload": {"n": 1}})).await;
    assert_eq!(recv(&mut early).await, json!({"type": "pong", "payload": {"n": 1}}));
    send(&mut early, &json!({"type": "pong"})).await;
    send(&mut early, &subscribe("1", "{ me }")).await;
    assert_eq!(closed(&mut early).await, (4401, "Unauthorized".to_owned()));
    for init in [
        json!({"type": "connection_init"}),
        json!({"type": "connection_init", "payload": {}}),
        json!({"type": "connection_init", "payload": {"token": "eve-token"}}),
    ] {
        let mut client = open(&graphql).await;
        send(&mut client, &init).await;
        assert_eq!(closed(&mut client).await, (4403, "Forbidden".to_owned()));
    }
    assert_eq!(closed(&mut silent).await, (4408, "Connection initialisation timeout".to_owned()));
    send(&mut ada, &subscribe("1", "{ me }")).await;
    assert_eq!(recv(&mut ada).await, json!({"type": "next", "id": "1", "payload": {"data": {"me": "Ada"}}}));
}

#[tokio::test]
async fn a_second_connection_init_closes_with_4429() {
    let graphql = Example::start("graphql").await;
    let mut client = connect(&graphql).await;
    send(&mut client, &json!({"type": "connection_init", "payload": {"token": "ada-token"}})).await;
    assert_eq!(closed(&mut client).await, (4429, "Too many initialisation requests".to_owned()));
}

#[tokio::test]
async fn an_id_is_taken_until_its_operation_has_ended() {
    let graphql = Example::start("graphql").await;
    let mut client = connect(&graphql).await;
    let client = &mut client;
    let next = json!({"type": "next", "id": "a", "payload": {"data": {"countdown": 1}}});
    let complete = json!({"type": "complete", "id": "a"});
    // It ends by itself, with an error, and because the client completes it.
    let countdown = subscribe("a", "subscription { countdown(from: 1, interval: 0) }");
    send(client, &countdown).await;
    assert_eq!([recv(client).await, recv(client).await], [next.clone(), complete.clone()]);
    send(client, &subscribe("a", "{ nothing }")).await;
    let error = recv(client).await;
    assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("a")), "{error}");
    send(client, &subscribe("a", "subscription { posted { id } }")).await;
    send(client, &complete).await;
    // Nothing of an operation that was completed is left, and completing it again changes nothing.
    send(client, &complete).await;
    send(client, &countdown).await;
    assert_eq!([recv(client).await, recv(client).await], [next, complete]);
    send(client, &subscribe("a", "subscription { posted { id } }")).await;
    send(client, &subscribe("a", "{ me }")).await;
    assert_eq!(closed(client).await, (4409, "Subscriber for a already exists".to_owned()));
}

#[tokio::test]
async fn a_client_that_does_not_offer_the_subprotocol_gets_400() {
    let graphql = Example::start("graphql").await;
    for offer in [None, Some((PROTOCOL.0, "graphql-ws"))] {
        let headers: Vec<_> = HEADERS.into_iter().chain(offer).collect();
        let response = Raw::open(graphql.addr).await.request("GET", "/graphql", &headers).await;
        assert_eq!(response.status, 400, "{offer:?}");
    }
}

#[tokio::test]
async fn queries_and_mutations_come_over_http_too() {
    let graphql = Example::start("graphql").await;
    let mut socket = connect(&graphql).await;
    send(&mut socket, &subscribe("1", "subscription { posted(after: 0) { id author text } }")).await;
    let mutation = json!({
        "query": "mutation Post($text: String!) { post(text: $text) { id } }",
        "variables": {"text": "over HTTP"},
        "operationName": "Post",
    });
    let (status, posted) = post(&graphql, Some("bob-token"), &mutation).await;
    assert_eq!((status, posted), (200, json!({"data": {"post": {"id": 1}}})));
    let message = json!({"posted": {"id": 1, "author": "Bob", "text": "over HTTP"}});
    assert_eq!(recv(&mut socket).await, json!({"type": "next", "id": "1", "payload": {"data": message}}));
    let (status, errors) = post(&graphql, Some("bob-token"), &json!({"query": "{ nothing }"})).await;
    assert!(status == 200 && errors["errors"][0]["message"].is_string(), "{errors}");
    for token in [None, Some("eve-token")] {
        assert_eq!(post(&graphql, token, &mutation).await.0, 401, "{token:?}");
    }
}

/// Sends a request to `POST /graphql`, and returns the status, and the body if it is JSON.
async fn post(graphql: &Example, token: Option<&str>, request: &Value) -> (u16, Value) {
    let (body, authorization) = (request.to_string(), format!("Bearer {}", token.unwrap_or_default()));
    let length = body.len().to_string();
    let mut headers =
        vec![("Host", "localhost"), ("Content-Type", "application/json"), ("Content-Length", &length)];
    headers.extend(token.map(|_| ("Authorization", authorization.as_str())));
    let mut client = Raw::open(graphql.addr).await;
    let mut bytes = ws_tests::raw::request("POST", "/graphql", &headers);
    bytes.extend(body.as_bytes());
    client.send(&bytes).await;
    let response = client.response().await;
    (response.status, serde_json::from_str(&response.body).unwrap_or_default())
}
