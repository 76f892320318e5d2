//! The chapters about the speed of a client: streaming and conflation, and rate limits.

use std::collections::BTreeMap;

use ws_tests::example::Example;
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Client, closed, text};

use super::{answer, send};

#[tokio::test]
async fn streaming_results() {
    let book = Example::start("book").await;

    let mut numbers = book.connect("/numbers").await;
    send(&mut numbers, "count").await;
    for number in 1..100 {
        assert_eq!(text(&mut numbers).await, number.to_string());
    }
    send(&mut numbers, "count").await;
    while text(&mut numbers).await != "1" {}
    send(&mut numbers, "stop").await;

    let mut rows = book.connect("/rows").await;
    send(&mut rows, r#"{"type": "query", "id": 7, "from": 998, "to": 1000}"#).await;
    for found in [
        r#"{"id":7,"type":"row","row":"row 998"}"#,
        r#"{"id":7,"type":"row","row":"row 999"}"#,
        r#"{"id":7,"type":"failed","error":"the table has 999 rows"}"#,
        r#"{"id":7,"type":"done"}"#,
    ] {
        assert_eq!(text(&mut rows).await, found);
    }
    let query = |id: &str, to: u32| format!(r#"{{"type": "query", "id": {id}, "from": 1, "to": {to}}}"#);
    assert!(answer(&mut rows, r#"{"type": "query", "from": 1, "to": 2}"#).await.contains("needs an id"));
    // Two at once, and one of them is cancelled.
    send(&mut rows, &query("1", 4_000_000_000)).await;
    while text(&mut rows).await != r#"{"id":1,"type":"row","row":"row 2"}"# {}
    send(&mut rows, &query("1", 2)).await;
    until(&mut rows, r#"{"type":"error","id":1,"error":"a query with this id is running"}"#).await;
    send(&mut rows, &query("2", 2)).await;
    until(&mut rows, r#"{"id":2,"type":"done"}"#).await;
    send(&mut rows, r#"{"type": "cancel", "id": 1}"#).await;
    send(&mut rows, &query("3", 1)).await;
    until(&mut rows, r#"{"id":3,"type":"done"}"#).await;
    send(&mut rows, &query("4", 1)).await;
    assert_eq!(text(&mut rows).await, r#"{"id":4,"type":"row","row":"row 1"}"#, "the first has ended");

    let mut lines = book.connect("/lines").await;
    let file = include_str!("../../../examples/Cargo.toml");
    for line in file.lines() {
        assert_eq!(text(&mut lines).await, line);
    }
    assert_eq!(closed(&mut lines).await.0, 1000);
}

/// Reads messages up to and including `wanted`.
async fn until(client: &mut Client, wanted: &str) {
    while text(client).await != wanted {}
}

/// Adds the prices of the client's next message.
async fn merge(client: &mut Client, prices: &mut BTreeMap<String, u32>) {
    let changed: BTreeMap<String, u32> = serde_json::from_str(&text(client).await).expect("prices");
    prices.extend(changed);
}

/// The client that stops reading receives the only price of a quiet symbol and the last one of a busy symbol, and skips
/// most of the others.
#[tokio::test]
async fn conflation() {
    let book = Example::start("book").await;

    let mut slow = Raw::open_with_small_buffers(book.addr).await;
    assert_eq!(slow.request("GET", "/trades", &HEADERS).await.status, 101);
    let mut fast = book.connect("/trades").await;
    let busy = "B".repeat(4000);
    let mut price = 0;
    let mut trade = async |symbol: &str, times: u32| {
        for _ in 0..times {
            price += 1;
            let trade = format!("[\"{symbol}\", {price}]");
            assert_eq!(answer(&mut fast, &trade).await, format!("{symbol} {price}"));
        }
        price
    };
    // More than the buffers on the way hold.
    trade(&busy, 150).await;
    let quiet = trade("QUIET", 1).await;
    let last = trade(&busy, 150).await;
    let mut missing = vec![format!("QUIET {quiet}"), format!("{busy} {last}")];
    let mut received = 0;
    while !missing.is_empty() {
        let price = slow.read().await.expect("a price");
        missing.retain(|wanted| price.text() != wanted);
        received += 1;
    }
    assert!(received < last, "{received} of {last}");

    let mut first = book.connect("/market").await;
    assert_eq!(text(&mut first).await, "{}");
    assert_eq!(answer(&mut first, r#"["WSC", 7]"#).await, r#"{"WSC":7}"#);
    let mut second = book.connect("/market").await;
    assert_eq!(text(&mut second).await, r#"{"WSC":7}"#);
    assert_eq!(answer(&mut second, r#"["ABC", 8]"#).await, r#"{"ABC":8}"#);
    assert_eq!(text(&mut first).await, r#"{"ABC":8}"#);

    let mut overview = book.connect("/overview").await;
    for price in 1..=500 {
        send(&mut overview, &format!("[\"WSC\", {price}]")).await;
    }
    send(&mut overview, r#"["ABC", 1]"#).await;
    let (mut prices, mut batches) = (BTreeMap::new(), 0);
    while prices != BTreeMap::from([("WSC".to_owned(), 500), ("ABC".to_owned(), 1)]) {
        merge(&mut overview, &mut prices).await;
        batches += 1;
    }
    assert!(batches < 250, "{batches} batches for 501 changes");
}

#[tokio::test]
async fn rate_limits() {
    let book = Example::start("book").await;
    let mut guestbook = book.connect("/guestbook").await;
    for _ in 0..5 {
        assert_eq!(answer(&mut guestbook, "I was here").await, "thank you");
    }
    assert!(answer(&mut guestbook, "and here").await.starts_with("the next entry is possible in "));
}
