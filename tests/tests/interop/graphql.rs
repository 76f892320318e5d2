//! The npm package `graphql-ws`, the reference client of graphql-transport-ws, talks to the `graphql` example.

use std::process::Command;
use std::time::Duration;

use ws_tests::example::{self, Example};
use ws_tests::process::Process;

use crate::node;

#[tokio::test]
async fn graphql_ws_queries_subscribes_and_reconnects() {
    let mut graphql = Example::start("graphql").await;
    let mut client =
        Process::spawn(&mut node::script("graphql.js", &format!("ws://{}/graphql", graphql.addr)));
    client.prints_within(Duration::from_secs(30), "restart the server").await;
    graphql.process.signal("TERM");
    assert!(graphql.process.ended().await.success());
    let mut command: Command = example::command("graphql");
    let mut again = Process::spawn(command.env("WS_ADDR", graphql.addr.to_string()));
    again.prints("listening on").await;
    client.prints_within(Duration::from_secs(30), "talked GraphQL to the end").await;
    assert_eq!(client.ended().await.code(), Some(0), "{client:?}");
}
