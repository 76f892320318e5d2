//! The client against a server that uses Python's `websockets`, which shares no code with ws-core.

use std::path::Path;

use ws_core::client::{self, Error};
use ws_core::{CloseCode, Message};
use ws_tests::process::{self, Process};
use ws_tests::{python, within};

async fn server() -> (String, Process) {
    let packages = python::websockets();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/server.py");
    let (addr, process) = process::start(|addr| {
        let mut command = python::command(&packages);
        command.arg(&script).arg(addr.port().to_string());
        command
    })
    .await;
    (format!("ws://{addr}"), process)
}

#[tokio::test]
async fn a_conversation_with_a_python_server() {
    let (url, mut process) = server().await;
    let request =
        client::request(&format!("{url}/echo?a=b")).header("x-token", "abc").subprotocols(&["v2", "v1"]);
    let mut client = within(request.connect()).await.unwrap();
    assert_eq!(client.subprotocol(), Some("v1"));
    process.prints("path /echo?a=b, token abc").await;
    for size in [0, 1, 125, 126, 65_535, 65_536, 1_000_000] {
        within(client.send("é".repeat(size / 2))).await.unwrap();
        assert_eq!(within(client.text()).await.unwrap(), "é".repeat(size / 2));
        within(client.send(vec![255; size])).await.unwrap();
        assert_eq!(within(client.binary()).await.unwrap(), vec![255; size]);
    }
    within(client.send("fragments")).await.unwrap();
    assert_eq!(within(client.text()).await.unwrap(), "fragments");
    within(client.ping("from Rust")).await.unwrap();
    assert_eq!(within(client.recv_pong()).await.unwrap(), "from Rust");
    // The server sends a ping, and waits for its pong.
    within(client.send("ping")).await.unwrap();
    assert_eq!(within(client.recv_ping()).await.unwrap(), "from Python");
    assert_eq!(within(client.recv()).await.unwrap(), Some(Message::from("ponged")));
    let answer = within(client.close(CloseCode::from_static(4321), "bye")).await.unwrap();
    assert_eq!(answer, Some((4321, "bye".to_owned())));
    process.prints("closed with 4321 bye").await;

    let mut client = within(client::connect(&format!("{url}/echo"))).await.unwrap();
    within(client.send("close")).await.unwrap();
    assert_eq!(within(client.closed()).await.unwrap(), Some((4000, "enough".to_owned())));
    process.prints("closed with 4000 enough").await;

    let error = within(client::connect(&format!("{url}/nowhere"))).await.unwrap_err();
    let Error::Rejected(rejected) = error else { panic!("{error}") };
    assert_eq!((rejected.status, &*rejected.body), (404, "nothing here\n"));
}
