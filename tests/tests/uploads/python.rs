//! Python's `websockets`, which sends each part of a file as a frame, talks to the book's listings.

use std::path::Path;

use ws_tests::example::Example;
use ws_tests::process::Process;
use ws_tests::python;

use super::*;

#[tokio::test]
async fn python_uploads_a_file_in_parts() {
    let packages = python::websockets();
    let book = Example::start("book").await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/uploads.py");
    let mut client = Process::spawn(python::command(&packages).arg(script).arg(book.addr.to_string()));
    client.prints_within(Duration::from_secs(40), "3000000 bytes stored").await;
    assert_eq!(client.ended().await.code(), Some(0), "{client:?}");
}
