//! `#[init]`: sync or async, fallible or infallible, with or without extractors and the upgrade, or absent.

use axum::extract::{MatchedPath, Path, Query, RawQuery};
use axum::response::{IntoResponse, Redirect};
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use ws_core::prelude::*;
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::text;

use super::serve;

// Each handler reports in `open` how it was created.

#[websocket("/sync")]
struct Sync(String);

#[websocket]
impl Sync {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        Self(format!("sync {}", upgrade.id()))
    }

    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        assert_eq!(self.0.clone(), format!("sync {}", cx.id()));
        "sync".to_owned()
    }
}

#[websocket("/async")]
struct Async(String);

#[websocket]
impl Async {
    #[init]
    async fn new(query: RawQuery) -> Async {
        tokio::task::yield_now().await;
        Self(format!("async {:?}", query.0))
    }

    #[open]
    fn open(&mut self) -> String {
        self.0.clone()
    }
}

#[websocket("/absent")]
struct Absent(String);

impl Default for Absent {
    fn default() -> Self {
        Self("absent".to_owned())
    }
}

#[websocket]
impl Absent {
    #[open]
    async fn open(&mut self) -> String {
        self.0.clone()
    }
}

#[websocket("/bare")]
struct Bare(String);

#[websocket]
impl Bare {
    #[init]
    fn new() -> Self {
        Self("bare".to_owned())
    }

    #[open]
    fn open(&mut self) -> String {
        self.0.clone()
    }
}

#[derive(Deserialize)]
struct Paging {
    page: u32,
}

#[websocket("/extracting/{room}/{*rest}")]
struct Extracting(String);

#[websocket]
impl Extracting {
    #[init]
    async fn new(
        Path((room, rest)): Path<(String, String)>,
        Query(Paging { page }): Query<Paging>,
        headers: HeaderMap,
        uri: Uri,
        matched: MatchedPath,
        early: Option<Path<(String, String)>>,
        upgrade: &mut Upgrade<Self>,
    ) -> Self {
        let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
        assert!(early.is_some() && upgrade.params().get("room") == Some(&room));
        Self(format!("{room} {rest} {page} {host} {} {}", uri.path(), matched.as_str()))
    }

    #[open]
    fn open(&mut self) -> String {
        self.0.clone()
    }
}

/// A rejection of the user's own type.
enum Refusal {
    Teapot,
    Elsewhere,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> axum::response::Response {
        match self {
            Self::Teapot => (StatusCode::IM_A_TEAPOT, "short and stout").into_response(),
            Self::Elsewhere => Redirect::temporary("/elsewhere").into_response(),
        }
    }
}

type Made<T> = Result<T, Refusal>;

#[websocket("/refusing/{how}")]
struct Refusing(String);

#[websocket]
impl Refusing {
    #[init]
    fn new(Path(how): Path<String>) -> Made<Self> {
        match how.as_str() {
            "teapot" => Err(Refusal::Teapot),
            "elsewhere" => Err(Refusal::Elsewhere),
            how => Ok(Self(how.to_owned())),
        }
    }

    #[open]
    fn open(&mut self) -> String {
        self.0.clone()
    }
}

#[websocket("/responding")]
struct Responding(String);

#[websocket]
impl Responding {
    #[init]
    async fn new(
        headers: HeaderMap,
    ) -> Result<Self, (StatusCode, [(&'static str, &'static str); 1], String)> {
        match headers.get("authorization") {
            Some(token) => Ok(Self(format!("{token:?}"))),
            None => Err((StatusCode::UNAUTHORIZED, [("www-authenticate", "Basic")], "who?".to_owned())),
        }
    }

    #[open]
    fn open(&mut self) -> String {
        self.0.clone()
    }
}

#[tokio::test]
async fn the_handler_comes_from_init_in_each_of_its_forms() {
    let server = serve(module_path!()).await;
    let host = server.addr;
    let extracted = format!("a b c/d 7 {host} /extracting/a%20b/c/d /extracting/{{room}}/{{*rest}}");
    for (path, expected) in [
        ("/sync", "sync"),
        ("/async", "async None"),
        ("/async?x=1", "async Some(\"x=1\")"),
        ("/absent", "absent"),
        ("/bare", "bare"),
        ("/extracting/a%20b/c/d?page=7", extracted.as_str()),
        ("/refusing/nothing", "nothing"),
    ] {
        assert_eq!(text(&mut server.connect(path).await).await, expected);
    }
}

#[tokio::test]
async fn a_response_that_init_returns_is_the_http_answer() {
    let server = serve(module_path!()).await;
    let ask = async |path| Raw::open(server.addr).await.request("GET", path, &HEADERS).await;
    let teapot = ask("/refusing/teapot").await;
    assert_eq!((teapot.status, teapot.body.as_str()), (418, "short and stout"));
    let elsewhere = ask("/refusing/elsewhere").await;
    assert_eq!((elsewhere.status, elsewhere.header("location")), (307, Some("/elsewhere")));
    let unknown = ask("/responding").await;
    assert_eq!((unknown.status, unknown.header("www-authenticate")), (401, Some("Basic")));
    assert_eq!(unknown.body, "who?");
    // An extractor that rejects the request provides the response.
    let page = ask("/extracting/a/b?page=x").await;
    assert!(page.status == 400 && page.body.contains("page"), "{page:?}");
    assert_eq!(server.app.stats().opened, 0);

    let mut known = Raw::open(server.addr).await;
    let headers = [&HEADERS[..], &[("Authorization", "me")]].concat();
    assert_eq!(known.request("GET", "/responding", &headers).await.status, 101);
    assert_eq!(known.read().await.unwrap().text(), "\"me\"");
}
