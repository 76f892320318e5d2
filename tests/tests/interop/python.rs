//! Python's `websockets`, an independent client, talks to the examples `custom` and `echo`.

use std::path::Path;
use std::time::Duration;

use ws_tests::example::Example;
use ws_tests::process::Process;
use ws_tests::python;

#[tokio::test]
async fn a_python_client_holds_a_conversation_with_custom() {
    let packages = python::websockets();
    let mut custom = Example::start("custom").await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/custom.py");
    let url = format!("ws://{}/socket/custom", custom.addr);
    let mut client = Process::spawn(python::command(&packages).arg(script).arg(url));
    // The script takes eleven seconds. It bounds each of its waits, and this bounds their sum.
    client.prints_within(Duration::from_secs(40), "talked with custom").await;
    assert_eq!(client.ended().await.code(), Some(0), "{client:?}");
    custom.process.prints("gone: closed by the client with 4321").await;
}

#[tokio::test]
async fn a_python_client_talks_to_echo_with_compression() {
    let packages = python::websockets();
    let echo = Example::start("echo").await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/echo.py");
    let url = format!("ws://{}/echo", echo.addr);
    let mut client = Process::spawn(python::command(&packages).arg(script).arg(url));
    // Thirty megabytes each way, inflated and deflated without optimizations.
    client.prints_within(Duration::from_secs(60), "talked with echo to the end").await;
    assert_eq!(client.ended().await.code(), Some(0), "{client:?}");
}
