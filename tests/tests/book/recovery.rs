//! Chapter "Topics with history".

use serde_json::Value;
use ws_tests::example::Example;
use ws_tests::text;

use super::{answer, http, refused};

async fn get(book: &Example, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", book.addr);
    http(book, request).await
}

/// Sends a request, and returns the body of its response.
async fn post(book: &Example, path: &str, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}",
        book.addr
    );
    let response = http(book, request).await;
    response.split_once("\r\n\r\n").expect("a body").1.to_owned()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test]
async fn topics_with_history() {
    let book = Example::start("book").await;

    assert_eq!(post(&book, "/inventory/set", "bolt 7").await, "set");
    let loaded = get(&book, "/inventory.json").await;
    let loaded = json(loaded.split_once("\r\n\r\n").expect("a body").1);
    assert_eq!(loaded["stock"], serde_json::json!({ "bolt": 7 }));
    let position = loaded["position"].as_str().expect("a position").to_owned();
    post(&book, "/inventory/set", "bolt 6").await;
    post(&book, "/inventory/set", "nut 9").await;

    let mut inventory = book.connect(&format!("/inventory?position={position}")).await;
    let recovery = json(&text(&mut inventory).await);
    assert_eq!((&recovery["recovered"], &recovery["missed"]), (&true.into(), &2.into()));
    let bolts = json(&text(&mut inventory).await);
    assert_eq!(
        (&bolts["article"], &bolts["pieces"], &bolts["topic"]),
        (&"bolt".into(), &6.into(), &"inventory".into())
    );
    // The connection is cut here.
    drop(inventory);
    let position = bolts["position"].as_str().expect("a position");
    let mut inventory = book.connect(&format!("/inventory?position={position}")).await;
    assert_eq!(json(&text(&mut inventory).await)["missed"], 1);
    assert_eq!(json(&text(&mut inventory).await)["article"], "nut");
    post(&book, "/inventory/set", "nut 8").await;
    assert_eq!(json(&text(&mut inventory).await)["pieces"], 8);

    let mut first = book.connect("/inventory").await;
    assert_eq!(json(&text(&mut first).await)["reason"], "no_position");
    assert!(refused(&book, "/inventory?position=1042", "").await.starts_with("HTTP/1.1 400"));

    let mut ticks = book.connect("/tape").await;
    let none = answer(&mut ticks, "ACME").await;
    assert_eq!(none, "load the day again: no position was given");
    let position = post(&book, "/tick", "ACME 4200").await;
    assert_eq!(text(&mut ticks).await, format!("{position}\n4200"));
    post(&book, "/tick", "ACME 4300").await;
    let mut again = book.connect("/tape").await;
    assert_eq!(answer(&mut again, &format!("ACME {position}")).await, "1 ticks follow");
    assert!(text(&mut again).await.ends_with("-2\n4300"));
    assert_eq!(answer(&mut again, "OTHER").await, "no symbol OTHER");
}
