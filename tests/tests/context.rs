//! A connection's context: its id, address, path, parameters and state (Z2), and that the request is dropped after
//! `#[init]` (Z6).

use std::sync::Arc;

use axum::Extension;
use axum::extract::Path;
use serde_json::{Value, json};
use ws_core::prelude::*;
use ws_core::testing;
use ws_tests::notes::Notes;
use ws_tests::until;

type Outcome = Result<(), Box<dyn std::error::Error>>;

mod known {
    use super::*;

    /// Replies with the values of its context.
    pub(super) struct Known(Vec<String>);

    #[websocket]
    impl Known {
        #[init]
        fn new(Path(path): Path<Vec<(String, String)>>, upgrade: &mut Upgrade<Self>) -> Self {
            let id = upgrade.id().to_string();
            let params: Vec<_> =
                upgrade.params().iter().map(|(name, value)| format!("{name}={value}")).collect();
            let path: Vec<_> = path.iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(params, path);
            Self(vec![id, upgrade.path().to_owned(), format!("{:?}", upgrade.peer_addr())])
        }

        #[text]
        fn received(&mut self, cx: &mut Context<Self>) -> Json<Value> {
            let ours = [cx.id().to_string(), cx.path().to_owned(), format!("{:?}", cx.peer_addr())];
            assert_eq!(ours, *self.0, "the context equals that of init");
            let sockets = cx.app().sockets::<Self>();
            Json(json!({
                "id": cx.socket().id() == cx.id() && sockets == [cx.socket()],
                "peer": cx.peer_addr(),
                "path": cx.path(),
                "params": cx.params().iter().collect::<Vec<_>>(),
                "room": cx.params().get("room"),
                "nothing": cx.params().get("nothing"),
                "subprotocol": cx.subprotocol(),
                "version": cx.version(),
                "open": cx.app().stats().open,
                "state": cx.state::<&'static str>(),
            }))
        }

        #[binary]
        fn sent(&mut self, cx: &mut Context<Self>) -> String {
            cx.state::<String>().clone()
        }
    }
}

#[tokio::test]
async fn z2_a_connection_knows_itself_and_its_path() -> Outcome {
    let app = App::new().base_url("/api").state("the state").mount::<known::Known>("/{room}/{*rest}", ());
    let mut client = testing::connect(app, "/api/a%20b/c/d%2Fe?query=1").await?;
    client.send("?").await?;
    let known = json!({
        "id": true,
        "peer": "192.0.2.1:50000",
        "path": "/api/a%20b/c/d%2Fe",
        "params": [["room", "a b"], ["rest", "c/d/e"]],
        "room": "a b",
        "nothing": null,
        "subprotocol": null,
        "version": 13,
        "open": 1,
        "state": "the state",
    });
    assert_eq!(client.json::<Value>().await?, known);
    // A callback that asks for a state the app does not have panics.
    client.send(vec![b'?']).await?;
    assert_eq!(client.closed().await?.map(|(code, _)| code), Some(1011));
    Ok(())
}

mod pruned {
    use super::*;

    /// Keeps nothing of its request.
    pub(super) struct Pruned;

    #[websocket]
    impl Pruned {
        #[init]
        fn new(Extension(carried): Extension<Arc<()>>, State(notes): State<Notes>) -> Self {
            notes.add(Arc::strong_count(&carried).to_string());
            Self
        }

        #[open]
        fn open(&mut self) -> &'static str {
            "open"
        }
    }
}

#[tokio::test]
async fn z6_the_request_is_dropped_after_init() -> Outcome {
    let (notes, carried) = (Notes::default(), Arc::new(()));
    let app =
        App::new().state(notes.clone()).mount::<pruned::Pruned>("/", ()).layer(Extension(carried.clone()));
    let app = testing::start(app)?;
    // One clone here, and those of the layer.
    let before = Arc::strong_count(&carried);
    let mut client = app.connect("/").await?;
    assert_eq!(client.text().await?, "open");
    let in_init: usize = notes.all()[0].parse()?;
    assert!(in_init > before, "the request is alive in init");
    until(|| Arc::strong_count(&carried) == before).await;
    assert_eq!(app.handle().stats().open, 1);
    Ok(())
}

mod counted {
    use super::*;

    #[derive(Default)]
    pub(super) struct Echo;

    #[websocket]
    impl Echo {
        #[text]
        fn received(&mut self, text: Text) -> Text {
            text
        }
    }
}

#[tokio::test]
async fn stats_count_messages_and_bytes_both_ways() -> Outcome {
    let app = testing::start(App::new().mount::<counted::Echo>("/", ()))?;
    let stats = || app.handle().stats();
    assert_eq!(stats(), ws_core::Stats::default());
    let mut client = app.connect("/").await?;
    for _ in 0..3 {
        client.send("abc").await?;
        assert_eq!(client.text().await?, "abc");
    }
    // The count is updated once a burst, after the write.
    until(|| stats().messages_out == 3).await;
    let open = stats();
    assert_eq!((open.open, open.opened, open.messages_in, open.dropped), (1, 1, 3, 0));
    // A header is two bytes; the client's has a mask of four more.
    assert_eq!((open.bytes_in, open.bytes_out), (3 * 9, 3 * 5));
    client.close(CloseCode::NORMAL, "").await?;
    assert_eq!(client.closed().await?, Some((1000, String::new())));
    drop(client);
    until(|| stats().open == 0).await;
    let ended = stats();
    assert_eq!((ended.opened, ended.ended("remote")), (1, 1));
    assert_eq!((ended.bytes_in, ended.bytes_out), (3 * 9 + 8, 3 * 5 + 4));
    Ok(())
}
