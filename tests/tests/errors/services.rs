//! The `#[error]` of a service, and errors of its callbacks.

use serde::Deserialize;
use ws_core::prelude::*;
use ws_core::{BadPayload, BoxError, ErrorReply, Service};
use ws_tests::Server;
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, Raw, TEXT, frame};

use super::shop::{Closed, SoldOut};

#[derive(Deserialize)]
struct Order {
    item: u32,
}

struct Restock;

/// Orders an item. Both services below do it.
fn order(item: u32, member: &Member<impl Service>) -> Result<Control, BoxError> {
    match item {
        1 => Err(Box::new(SoldOut(1))),
        2 => Err(Box::new(Closed)),
        3 => Err(Box::new(Close::new(CloseCode::from_static(4000), "kicked"))),
        4 => Err(Box::new(ErrorReply::from(("one", "two")))),
        5 => Err(Box::new(ErrorReply::from(Close::new(CloseCode::from_static(4005), "bye")))),
        6 => Err("no such item".into()),
        item => {
            member.send(format!("{item} ordered"));
            Ok(Control::Continue)
        }
    }
}

#[service]
struct Shop(Notes);

#[service]
impl Shop {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[incoming]
    async fn order(
        &mut self,
        member: &Member<Self>,
        Json(Order { item }): Json<Order>,
    ) -> Result<Control, BoxError> {
        self.0.add(format!("order {item}"));
        order(item, member)
    }

    #[incoming]
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), SoldOut> {
        Err(SoldOut(bytes[0].into()))
    }

    #[info]
    fn restocked(&mut self, _: Restock) -> Result<(), Closed> {
        Err(Closed)
    }

    #[error]
    fn bad(&mut self, bad: BadPayload, member: &Member<Self>) {
        member.send(format!("bad: {bad}"));
    }

    #[error]
    async fn sold_out(&mut self, member: &Member<Self>, SoldOut(item): SoldOut) -> Control {
        member.send(format!("sold out: {item}"));
        if item == 99 { Control::stop("nothing is left") } else { Control::Continue }
    }

    #[error]
    fn rest(&mut self, error: BoxError, member: &Member<Self>) -> Result<(), BoxError> {
        if error.is::<Closed>() {
            return Err(error);
        }
        member.send(format!("error: {error}"));
        Ok(())
    }

    #[close]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(reason.kind());
    }
}

/// Without an `#[error]`.
#[service]
#[derive(Default)]
struct Plain;

#[service]
impl Plain {
    #[incoming]
    fn order(
        &mut self,
        Json(Order { item }): Json<Order>,
        member: &Member<Self>,
    ) -> Result<Control, BoxError> {
        order(item, member)
    }
}

async fn start() -> (Server, Notes) {
    let notes = Notes::default();
    let app = App::new().mount_service::<Shop>("/shop").mount_service::<Plain>("/plain").state(notes.clone());
    (Server::start(app).await, notes)
}

/// Sends `text` and returns the next text.
async fn ask(client: &mut Raw, text: &str) -> String {
    client.frame(TEXT, text.as_bytes()).await;
    client.read().await.expect("an answer").text().to_owned()
}

/// Sends `text` and returns the close.
async fn end(server: &Server, path: &str, text: &str) -> (u16, String) {
    let mut client = Raw::connect(server.addr, path).await;
    // A further message is dropped.
    client.send(&[frame(true, TEXT, text.as_bytes()), frame(true, TEXT, br#"{"item": 7}"#)].concat()).await;
    let close = client.read().await.expect("a close");
    let (code, reason) = close.close();
    (code, reason.to_owned())
}

#[tokio::test]
async fn errors_of_incoming_reach_the_error_callback_for_their_type_with_the_member() {
    let (server, _) = start().await;
    let mut client = Raw::connect(server.addr, "/shop").await;
    assert_eq!(ask(&mut client, r#"{"item": 7}"#).await, "7 ordered");
    assert_eq!(ask(&mut client, r#"{"item": 1}"#).await, "sold out: 1");
    assert!(ask(&mut client, "{").await.starts_with("bad: invalid JSON: "));
    assert_eq!(ask(&mut client, r#"{"item": 6}"#).await, "error: no such item");
    client.frame(BINARY, &[8]).await;
    assert_eq!(client.read().await.expect("an answer").text(), "sold out: 8");
    assert_eq!(ask(&mut client, r#"{"item": 4}"#).await, "one");
    assert_eq!(client.read().await.expect("the second message").text(), "two");
    assert_eq!(ask(&mut client, r#"{"item": 7}"#).await, "7 ordered", "the connection goes on");
}

#[tokio::test]
async fn an_error_that_no_error_callback_takes_closes_the_members_connection_and_no_other() {
    let (server, notes) = start().await;
    let mut other = Raw::connect(server.addr, "/shop").await;
    assert_eq!(end(&server, "/shop", r#"{"item": 2}"#).await, (1011, String::new()));
    assert_eq!(end(&server, "/shop", r#"{"item": 3}"#).await, (4000, "kicked".to_owned()));
    assert_eq!(end(&server, "/shop", r#"{"item": 5}"#).await, (4005, "bye".to_owned()));
    assert_eq!(ask(&mut other, r#"{"item": 7}"#).await, "7 ordered");
    assert_eq!(notes.count("order 7"), 1, "only the other's");
    notes.seen("stop").await;
}

#[tokio::test]
async fn c13_without_error_callbacks_an_error_closes_with_1011_and_a_bad_payload_with_1007() {
    let (server, _) = start().await;
    assert_eq!(end(&server, "/plain", r#"{"item": 1}"#).await, (1011, String::new()));
    assert_eq!(end(&server, "/plain", r#"{"item": 3}"#).await, (4000, "kicked".to_owned()));
    let (code, reason) = end(&server, "/plain", "{").await;
    assert_eq!(code, 1007);
    assert!(reason.starts_with("invalid JSON: "), "{reason}");
    let mut client = Raw::connect(server.addr, "/plain").await;
    assert_eq!(ask(&mut client, r#"{"item": 4}"#).await, "one");
}

#[tokio::test]
async fn an_error_callback_of_a_service_may_stop_it() {
    let (server, _) = start().await;
    let mut client = Raw::connect(server.addr, "/shop").await;
    client.frame(BINARY, &[99]).await;
    assert_eq!(client.read().await.expect("an answer").text(), "sold out: 99");
    assert_eq!(client.read().await.expect("a close").close(), (1001, "the service has stopped"));
}

#[tokio::test]
async fn an_error_of_a_callback_without_a_member_is_logged_and_the_service_goes_on() {
    let (log, _capture) = Log::capture();
    let (server, _) = start().await;
    for _ in 0..3 {
        assert_eq!(server.app.service::<Shop>().info(Restock), ws_core::Delivery::Queued);
    }
    let mut client = Raw::connect(server.addr, "/shop").await;
    assert_eq!(ask(&mut client, r#"{"item": 7}"#).await, "7 ordered");
    let lines = log.lines_with(&["the shop is closed", "Shop", "restocked"]).len();
    assert_eq!(lines, 1, "one line every 10 s");
}
