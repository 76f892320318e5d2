//! Python's `msgpack` and `cbor2`, which share no code with ws-core's, talk to the book's listings.

use std::path::Path;
use std::time::Duration;

use ws_tests::example::Example;
use ws_tests::process::Process;
use ws_tests::python;

#[tokio::test]
async fn python_orders_in_messagepack_and_cbor() {
    let packages = python::codecs();
    let book = Example::start("book").await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/payloads.py");
    let mut client = Process::spawn(python::command(&packages).arg(script).arg(book.addr.to_string()));
    client.prints_within(Duration::from_secs(40), "ordered fruit").await;
    assert_eq!(client.ended().await.code(), Some(0), "{client:?}");
}
