//! Page sessions with the same id, one after the other, and runs of the script that have the same id.

use serde_json::{Value, json};
use ws_core::{PageId, PageSession, Qos};
use ws_tests::{Server, until};

use crate::{OTHER, PAGE, Page, VIEW, app};

fn session(server: &Server) -> PageSession {
    server.app.page(PageId::parse(PAGE).unwrap()).expect("the page session")
}

/// Connects with this cookie, and sends the hello of a client that has handled so many messages of this epoch.
async fn hello(server: &Server, cookie: &str, received: u64, epoch: &Value) -> Page {
    let mut page = Page::open(server.addr, cookie, PAGE, VIEW).await;
    page.send(json!({"type": "ws:hello", "epoch": epoch, "received": received, "topics": {}})).await;
    page
}

/// A tab that was duplicated while its network was away.
#[tokio::test]
async fn another_view_gets_a_page_of_its_own_while_the_page_is_not_connected() {
    let server = Server::start(app()).await;
    let (page, _) = Page::attach(server.addr, "", 0).await;
    let (session, cookie) = (session(&server), page.cookie.clone());
    drop(page);
    until(|| !session.is_connected()).await;
    session.send_event("n", &1);
    let welcome = Page::open(server.addr, &cookie, PAGE, OTHER).await.hello(0).await;
    assert_ne!(welcome["page"], PAGE);
    assert_eq!(welcome["resumed"], false);
    let (mut page, welcome) = Page::attach(server.addr, &cookie, 0).await;
    assert_eq!((&welcome["page"], &welcome["resumed"]), (&json!(PAGE), &json!(true)));
    assert_eq!(page.receive().await["data"], 1);
}

/// The page that the server names for a client belongs to the view with which the client comes back.
#[tokio::test]
async fn the_first_view_that_names_a_page_keeps_it() {
    let server = Server::start(app()).await;
    let (page, welcome) = Page::plain(server.addr, "").await;
    let (id, cookie) = (welcome["page"].as_str().unwrap(), page.cookie.clone());
    let session = server.app.page(PageId::parse(id).unwrap()).unwrap();
    drop(page);
    until(|| !session.is_connected()).await;
    for (view, resumed) in [(VIEW, true), (OTHER, false), (VIEW, true)] {
        let mut page = Page::open(server.addr, &cookie, id, view).await;
        assert_eq!(page.hello(0).await["resumed"], resumed);
        drop(page);
        until(|| !session.is_connected()).await;
    }
}

/// The server has restarted, and the first connections after it are lost before the client reads the welcome.
#[tokio::test]
async fn z9_a_client_that_received_no_welcome_of_a_new_page_session_learns_that_it_is_new() {
    let before = Server::start(app()).await;
    let (mut page, welcome) = Page::attach(before.addr, "", 0).await;
    for number in 1..=3 {
        session(&before).with_qos(Qos::ExactlyOnce).send_event("n", &number);
        page.receive().await;
    }
    let (cookie, old) = (page.cookie.clone(), welcome["epoch"].clone());
    let after = Server::start(app()).await;
    let lost = Page::open(after.addr, &cookie, PAGE, VIEW).await;
    let session = session(&after);
    drop(lost);
    until(|| !session.is_connected()).await;
    for number in 1..=4 {
        session.with_qos(Qos::ExactlyOnce).send_event("n", &number);
    }
    let mut new = Value::Null;
    for _ in 0..2 {
        let mut page = hello(&after, &cookie, 3, &old).await;
        let welcome = page.receive().await;
        assert_eq!((&welcome["resumed"], &welcome["received"]), (&json!(false), &json!(0)), "{welcome}");
        for number in 1..=4 {
            assert_eq!(page.receive().await, json!({"seq": number, "qos": 2, "type": "n", "data": number}));
        }
        new = welcome["epoch"].clone();
    }
    // A client that has read the welcome goes on.
    let mut page = hello(&after, &cookie, 1, &new).await;
    assert_eq!(page.receive().await["resumed"], true);
    assert_eq!(page.receive().await["seq"], 2);
}
