//! The log: the table of routes at the start, and the events of callbacks in their own spans.
//!
//! These tests have a program of their own and run one at a time: if a callsite logs for the first time while another
//! thread begins to capture, its events may be lost for good.

use futures_util::SinkExt;
use tokio::sync::Mutex;
use ws_core::prelude::*;
use ws_tests::log::Log;
use ws_tests::{Server, closed, text, until, within};

static ALONE: Mutex<()> = Mutex::const_new(());

#[websocket("/shop/{id}", name = "shop")]
#[derive(Default)]
struct Shop;

#[websocket]
impl Shop {}

#[tokio::test]
async fn the_table_is_logged_at_the_start() {
    let _alone = ALONE.lock().await;
    let (log, _guard) = Log::capture();
    let line = line!() + 1;
    let app = App::discover().mount::<Shop>("/other", ()).base_url("/base");
    let table = app.routes().to_string();
    assert!(table.contains("/base/other ") && table.contains(&format!("{}:{line}", file!())), "{table}");
    let server = Server::start(app).await;
    assert!(log.text().contains(&table), "{}", log.text());
    let listening = format!("listening on http://{}", server.addr);
    assert_eq!(log.lines_with(&["INFO", &listening]).len(), 1, "{}", log.text());
}

struct Tick;

/// Instruments each callback with a span.
#[websocket("/spans")]
#[derive(Default)]
struct Spans;

#[websocket]
impl Spans {
    #[init]
    #[tracing::instrument(skip_all)]
    async fn begin(_upgrade: &mut Upgrade<Self>) -> Self {
        tracing::info!("begun");
        Self
    }

    #[tracing::instrument(skip_all, fields(path = cx.path()))]
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> &'static str {
        tracing::info!("opened");
        "opened"
    }

    /// Docs before, and a lint after.
    #[text]
    #[tracing::instrument(skip(self))]
    #[allow(clippy::needless_return)]
    async fn received(&mut self, text: &str) -> Result<String, Close> {
        tracing::info!("before");
        tokio::task::yield_now().await;
        tracing::info!("after");
        return Ok(text.to_uppercase());
    }

    #[info]
    #[tracing::instrument(level = "warn", skip_all, err)]
    async fn notified(&mut self, _: Tick, cx: &mut Context<Self>) -> Result<(), std::fmt::Error> {
        cx.send("failing");
        Err(std::fmt::Error)
    }

    #[terminate]
    #[tracing::instrument(skip_all)]
    async fn gone(&mut self, reason: &Terminate) {
        tracing::info!(%reason, "gone");
    }
}

#[tokio::test]
async fn callbacks_run_in_the_spans_that_instrument_them() {
    let _alone = ALONE.lock().await;
    let (log, _guard) = Log::capture();
    let server = Server::start(App::discover()).await;
    let mut client = server.connect("/spans").await;
    assert_eq!(text(&mut client).await, "opened");
    within(client.send(tokio_websockets::Message::text("hi"))).await.unwrap();
    assert_eq!(text(&mut client).await, "HI");
    server.app.sockets::<Spans>()[0].info(Tick);
    assert_eq!(text(&mut client).await, "failing");
    assert_eq!(closed(&mut client).await.0, 1011);
    until(|| !log.lines_with(&["gone: "]).is_empty()).await;
    for words in [
        &["begin: logs: begun"][..],
        &["open{path=\"/spans\"}: logs: opened"],
        &["received{text=\"hi\"}: logs: before"],
        &["received{text=\"hi\"}: logs: after"],
        &["ERROR notified: logs: "],
        &["gone: logs: gone reason=callback `notified` failed"],
    ] {
        assert_eq!(log.lines_with(words).len(), 1, "{words:?} in {}", log.text());
    }
}
