//! The `#[message]` functions: their arguments, answers and errors, and the checks at the start.

use serde::{Deserialize, Serialize};
use serde_json::json;
use ws_core::NoAnswer;
use ws_core::prelude::*;
use ws_tests::Server;

use crate::{PAGE, Page, VIEW, app};

pub(super) mod functions {
    use super::*;

    /// A state.
    #[derive(Clone)]
    pub(crate) struct Jobs(pub(crate) u64);

    #[derive(Deserialize)]
    struct Start<'a> {
        file: &'a str,
    }

    #[derive(Serialize)]
    struct Started {
        job: u64,
        /// An answer may have such a field.
        r#type: &'static str,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum JobError {
        NoSuchFile,
    }

    #[message]
    async fn start(
        State(Jobs(jobs)): State<Jobs>,
        start: Start<'_>,
        page: PageSession,
    ) -> Result<Started, JobError> {
        tokio::task::yield_now().await;
        if start.file.is_empty() {
            return Err(JobError::NoSuchFile);
        }
        page.send_event("progress", &100);
        Ok(Started { job: jobs + 2, r#type: "copy" })
    }

    #[message]
    fn echo(text: &str) -> &str {
        text
    }

    /// The name of the function is not the type.
    #[message("pages/count")]
    fn count(app: &AppHandle) -> u64 {
        app.stats().pages
    }

    #[message]
    fn quiet() -> NoAnswer {
        NoAnswer
    }

    #[message]
    fn nothing() {}

    #[message]
    fn fails() -> Result<u8, std::num::ParseIntError> {
        "secret".parse()
    }

    /// The numbers that pages have sent, in order.
    #[derive(Clone, Default)]
    pub(crate) struct Numbers(pub(crate) std::sync::Arc<std::sync::Mutex<Vec<u64>>>);

    #[message]
    fn number(number: u64, State(numbers): State<Numbers>) -> u64 {
        numbers.0.lock().unwrap().push(number);
        number * 2
    }

    /// Notes the number when the gate is open.
    #[message]
    async fn later(
        number: u64,
        State(gate): State<std::sync::Arc<ws_tests::gate::Gate>>,
        State(numbers): State<Numbers>,
    ) {
        gate.passed().await;
        numbers.0.lock().unwrap().push(number);
    }

    #[message("panics at once")]
    fn panics_at_once() {
        panic!("in a function");
    }

    #[message]
    async fn panics(wait: bool) {
        if wait {
            tokio::task::yield_now().await;
        }
        panic!("in a function");
    }

    /// Panics when the gate is open.
    #[message("panics later")]
    async fn panics_later(State(gate): State<std::sync::Arc<ws_tests::gate::Gate>>) {
        gate.passed().await;
        panic!("in a function");
    }
}

#[tokio::test]
async fn a_call_gets_the_value_or_the_error_of_the_function() {
    let server = Server::start(app()).await;
    let (mut page, _) = Page::plain(server.addr, "").await;
    page.send(json!({"type": "start", "id": 7, "data": {"file": "a.txt"}})).await;
    let (one, two) = (page.receive().await, page.receive().await);
    let (progress, answer) = if one["type"] == "progress" { (one, two) } else { (two, one) };
    assert_eq!(progress, json!({"type": "progress", "data": 100}));
    assert_eq!(answer, json!({"type": "start", "id": 7, "data": {"job": 42, "type": "copy"}}));
    page.send(json!({"type": "start", "id": "b", "data": {"file": ""}})).await;
    assert_eq!(page.receive().await, json!({"type": "error", "id": "b", "error": "no_such_file"}));
    page.send(json!({"type": "pages/count", "id": 8})).await;
    assert_eq!(page.receive().await, json!({"type": "pages/count", "id": 8, "data": 1}));
    page.send(json!({"type": "nothing", "id": 9})).await;
    assert_eq!(page.receive().await, json!({"type": "nothing", "id": 9}));
    // Neither of these has an answer.
    page.send(json!({"type": "nothing"})).await;
    page.send(json!({"type": "quiet", "id": 10})).await;
    page.send(json!({"type": "echo", "data": "last"})).await;
    assert_eq!(page.receive().await, json!({"type": "echo", "data": "last"}));
}

#[tokio::test]
async fn an_event_that_no_function_takes_gets_an_error() {
    let server = Server::start(app()).await;
    let (mut page, _) = Page::plain(server.addr, "").await;
    for (sent, code) in [
        (json!({"type": "strat", "id": 1}), "unknown_type"),
        (json!({"type": "start", "id": 1, "data": {"file": 7}}), "bad_payload"),
        (json!({"type": "start", "id": 1}), "bad_payload"),
        (json!({"id": 1}), "bad_envelope"),
    ] {
        page.send(sent).await;
        let answer = page.receive().await;
        assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!(1)), "{answer}");
        assert_eq!(answer["error"]["code"], code);
    }
    page.send(json!([1])).await;
    assert_eq!(page.receive().await["error"]["code"], "bad_envelope");
    // Types of a later protocol are ignored.
    page.send(json!({"type": "ws:later"})).await;
    page.send(json!({"type": "echo", "data": "last"})).await;
    assert_eq!(page.receive().await["data"], "last");
}

/// The script asks after a sleep, because a browser shows it no pongs.
#[tokio::test]
async fn a_ping_of_the_script_is_answered_at_once() {
    let server = Server::start(app()).await;
    let mut page = Page::open(server.addr, "", PAGE, VIEW).await;
    page.send(json!({"type": "ws:ping"})).await;
    assert_eq!(page.receive().await, json!({"type": "ws:pong"}), "even before the hello");
    assert_eq!(page.hello(0).await["type"], "ws:welcome");
    page.send(json!({"type": "ws:ping"})).await;
    assert_eq!(page.receive().await, json!({"type": "ws:pong"}));
}

#[tokio::test]
async fn an_error_that_is_not_for_the_client_stays_on_the_server() {
    let server = Server::start(app()).await;
    let (mut page, _) = Page::plain(server.addr, "").await;
    page.send(json!({"type": "fails", "id": 1})).await;
    let error = json!({"code": "failed", "message": "the server failed to handle `fails`"});
    assert_eq!(page.receive().await, json!({"type": "error", "id": 1, "error": error}));
    page.send(json!({"type": "panics", "data": true})).await;
    assert_eq!(page.closed().await.0, 1011);
}

#[tokio::test]
async fn binary_messages_are_refused() {
    let server = Server::start(app()).await;
    let (mut page, _) = Page::plain(server.addr, "").await;
    page.raw.frame(ws_tests::raw::BINARY, b"x").await;
    assert_eq!(page.closed().await.0, 1003);
}

#[test]
fn the_events_of_functions_are_described() {
    let routes = app().routes();
    let names: Vec<_> =
        routes.events().filter(|(path, _)| *path == "/websocket").map(|(_, event)| event.name).collect();
    assert!(names.contains(&"start") && names.contains(&"pages/count"), "{names:?}");
    let (_, start) = routes.events().find(|(_, event)| event.name == "start").unwrap();
    assert!(start.payload.unwrap().ends_with("Start<'_>") || start.payload.unwrap().ends_with("Start"));
    assert!(start.answer.contains("Started"));
}

mod twice {
    use super::*;

    #[message]
    fn same() {}

    #[message("same")]
    fn other() {}
}

mod stateless {
    use super::*;

    #[derive(Clone)]
    struct Missing;

    #[message]
    fn needs(_: State<Missing>) {}
}

#[test]
fn two_functions_for_one_type_stop_the_start() {
    let app = App::discover_in(&format!("{}::twice", module_path!())).pages(Pages::new());
    let error = app.try_into_router().unwrap_err().to_string();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines[0], "conflicting routes:");
    assert!(
        lines[1].contains("two functions with `#[message]` receive events of the type `same`"),
        "{error}"
    );
    assert_eq!(error.matches("messages.rs:").count(), 2, "both places: {error}");
}

#[test]
fn a_missing_state_stops_the_start() {
    let app = App::discover_in(&format!("{}::stateless", module_path!())).pages(Pages::new());
    let error = app.try_into_router().unwrap_err().to_string();
    assert!(error.starts_with("missing state:\n  - `#[message]` `needs` ("), "{error}");
    assert!(
        error.contains("messages.rs:") && error.contains("Missing>`, but the app has no such state"),
        "{error}"
    );
}
