//! axum's extractors and extractors of an axum app, in `#[init]` and `#[join]`: each finds the state that it reads.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, Query};
use axum_extra::extract::SignedCookieJar;
use axum_extra::extract::cookie::Key;
use http::StatusCode;
use http::request::Parts;
use ws_core::Error;
use ws_core::prelude::*;
use ws_core::testing;

/// The state of an axum app.
#[derive(Clone)]
struct Shop {
    names: Arc<Vec<&'static str>>,
}

/// Reads one state, as extractors of an axum app do.
struct User(&'static str);

impl FromRequestParts<Shop> for User {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, shop: &Shop) -> Result<Self, Self::Rejection> {
        let name = parts.headers.get("user").and_then(|name| name.to_str().ok());
        let known = shop.names.iter().find(|known| Some(**known) == name);
        known.map(|name| Self(name)).ok_or((StatusCode::UNAUTHORIZED, "log in first"))
    }
}

/// Reads any state that contains a shop, as extractors of a library do.
struct Staff(usize);

impl<S: Send + Sync> FromRequestParts<S> for Staff
where
    Shop: FromRef<S>,
{
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        Ok(Self(Shop::from_ref(state).names.len()))
    }
}

/// Reads the app itself.
struct Open(usize);

impl FromRequestParts<AppHandle> for Open {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, app: &AppHandle) -> Result<Self, StatusCode> {
        usize::try_from(app.stats().open).map(Self).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// A value that the app makes, through an extractor of axum.
#[derive(Clone)]
struct Version(&'static str);

impl FromRef<AppHandle> for Version {
    fn from_ref(_: &AppHandle) -> Self {
        Self("made")
    }
}

mod shop {
    use super::*;

    #[websocket("/counter")]
    struct Counter(String);

    #[websocket]
    impl Counter {
        #[init]
        fn new(
            User(name): User,
            Staff(staff): Staff,
            Open(open): Open,
            axum::extract::State(shop): axum::extract::State<Shop>,
            State(app): State<AppHandle>,
            State(Version(version)): State<Version>,
            (tried, _): (Result<User, (StatusCode, &'static str)>, http::Uri),
        ) -> Self {
            let tried = tried.is_ok_and(|user| user.0 == name) && app.state::<Shop>().is_some();
            Self(format!("{name} {staff} {open} {tried} {} {version}", shop.names.len()))
        }

        #[open]
        fn open(&mut self) -> String {
            std::mem::take(&mut self.0)
        }
    }

    #[service("/desk")]
    #[derive(Default)]
    struct Desk;

    #[service]
    impl Desk {
        #[join]
        fn join(&mut self, User(name): User, State(shop): State<Shop>, member: &Member<Self>) -> usize {
            member.send(name);
            shop.names.len()
        }
    }
}

fn shop_app() -> App {
    App::discover_in(&format!("{}::shop", module_path!()))
}

fn a_shop() -> Shop {
    Shop { names: Arc::new(vec!["ada", "bob"]) }
}

#[tokio::test]
async fn extractors_of_an_axum_app_read_the_state_of_their_type() {
    let app = testing::start(shop_app().state(a_shop())).unwrap();
    let mut ada = app.request("/counter").header("user", "ada").connect().await.unwrap();
    assert_eq!(ada.text().await.unwrap(), "ada 2 0 true 2 made");
    let refused = app.request("/counter").header("user", "eve").rejection().await.unwrap();
    assert_eq!((refused.status, &refused.body[..]), (401, "log in first"));
}

#[tokio::test]
async fn extractors_of_a_join_read_the_state_of_their_type() {
    let server = shop_app().state(a_shop()).bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/desk", server.local_addr().unwrap());
    let serving = tokio::spawn(server.serve_until(std::future::pending()));
    let mut bob = ws_core::client::request(&url).header("user", "bob").connect().await.unwrap();
    assert_eq!(bob.text().await.unwrap(), "bob");
    serving.abort();
}

#[test]
fn a_missing_state_of_an_extractor_stops_the_start_and_names_both() {
    let error = shop_app().try_into_router().unwrap_err();
    assert!(matches!(error, Error::MissingState(_)));
    let error = error.to_string();
    let module = module_path!();
    let counter: Vec<_> = error.lines().filter(|line| line.contains("shop::Counter")).collect();
    let wanted = |taken: &str| {
        format!(
            "takes `{taken}`, which reads a state of type `{module}::Shop`, but the app has no such state; add it with \
             `App::state(…)`"
        )
    };
    // `User`, `Staff`, `State<Shop>` and the pair; `Open`, the handle and the version need none.
    assert_eq!(counter.len(), 4, "{error}");
    assert!(counter[0].ends_with(&wanted(&format!("{module}::User"))), "{error}");
    assert!(counter[1].ends_with(&wanted(&format!("{module}::Staff"))), "{error}");
    assert!(counter[2].contains(&format!("takes `State<{module}::Shop>`")), "{error}");
    assert_eq!(error.lines().filter(|line| line.contains("shop::Desk")).count(), 2, "{error}");
}

/// Reads a value from any state that has it, as `SignedCookieJar` reads its key.
struct Sealed<K>(K);

impl<S: Send + Sync, K: FromRef<S>> FromRequestParts<S> for Sealed<K> {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        Ok(Self(K::from_ref(state)))
    }
}

/// A part of the shop. It could also be a state of its own, so its type leaves a choice.
#[derive(Clone)]
struct Size(usize);

impl FromRef<Shop> for Size {
    fn from_ref(shop: &Shop) -> Self {
        Self(shop.names.len())
    }
}

mod named {
    use super::*;

    #[websocket("/sizes", state = Shop)]
    struct Sizes([usize; 2]);

    #[websocket]
    impl Sizes {
        #[init]
        fn new(
            Sealed(size): Sealed<Size>,
            State(same): State<Size>,
            User(_): User,
            State(other): State<&'static str>,
            _: Query<Vec<(String, String)>>,
        ) -> Self {
            assert_eq!(other, "a state of its own");
            Self([size.0, same.0])
        }

        #[open]
        fn open(&mut self) -> String {
            format!("{:?}", self.0)
        }
    }

    #[service("/scales", state = Shop)]
    mod scales {
        use super::*;

        #[derive(Default)]
        struct Scales;

        #[join]
        fn join(_: &mut Scales, Sealed(Size(size)): Sealed<Size>, member: &Member<Scales>) {
            member.send(size.to_string());
        }
    }

    /// Has no route of its own.
    pub(super) struct Mounted(usize);

    impl ws_core::ExtractorState for Mounted {
        type State = Shop;
    }

    #[websocket]
    impl Mounted {
        #[init]
        fn new(Sealed(Size(size)): Sealed<Size>) -> Self {
            Self(size)
        }

        #[open]
        fn open(&mut self) -> String {
            self.0.to_string()
        }
    }
}

#[tokio::test]
async fn a_route_names_the_state_where_types_leave_a_choice() {
    let app = || {
        App::discover_in(&format!("{}::named", module_path!()))
            .mount::<named::Mounted>("/mounted", ())
            .state("a state of its own")
    };
    let error = app().try_into_router().unwrap_err().to_string();
    let shop = format!("which reads a state of type `{}::Shop`", module_path!());
    // `Sealed`, `State<Size>` and `User`; the join; and the mounted handler.
    assert_eq!(error.matches(&shop).count(), 5, "{error}");

    let app = testing::start(app().state(a_shop())).unwrap();
    let mut sizes = app.request("/sizes").header("user", "ada").connect().await.unwrap();
    assert_eq!(sizes.text().await.unwrap(), "[2, 2]");
    assert_eq!(app.connect("/scales").await.unwrap().text().await.unwrap(), "2");
    assert_eq!(app.connect("/mounted").await.unwrap().text().await.unwrap(), "2");
}

mod cookies {
    use super::*;

    /// Reads signed cookies. Their key is a state of the app.
    #[websocket("/cookies")]
    struct Cookies(Option<String>);

    #[websocket]
    impl Cookies {
        #[init]
        fn new(jar: SignedCookieJar) -> Self {
            Self(jar.get("name").map(|cookie| cookie.value().to_owned()))
        }

        #[open]
        fn open(&mut self) -> String {
            self.0.take().unwrap_or_else(|| "nobody".to_owned())
        }
    }
}

#[tokio::test]
async fn signed_cookies_read_their_key_from_the_app() {
    let app = || App::discover_in(&format!("{}::cookies", module_path!()));
    let error = app().try_into_router().unwrap_err().to_string();
    assert!(error.contains("SignedCookieJar") && error.contains("a state of type `cookie::"), "{error}");

    let key = Key::generate();
    let jar = SignedCookieJar::new(key.clone()).add(("name", "ada"));
    let signed = axum::response::IntoResponse::into_response((jar, ()));
    let cookie = signed.headers()["set-cookie"].clone();
    let app = testing::start(app().state(key)).unwrap();
    let mut ada = app.request("/cookies").header("cookie", cookie).connect().await.unwrap();
    assert_eq!(ada.text().await.unwrap(), "ada");
    let mut forged = app.request("/cookies").header("cookie", "name=ada").connect().await.unwrap();
    assert_eq!(forged.text().await.unwrap(), "nobody");
}

mod generic {
    use super::*;

    /// Takes an extractor and a state that are parameters.
    pub(super) struct Generic<T, E>(T, std::marker::PhantomData<fn() -> E>);

    #[websocket]
    impl<T: Clone + Send + Sync + ToString + 'static, E> Generic<T, E>
    where
        E: FromRequestParts<AppHandle> + Send + 'static,
    {
        #[init]
        fn new(State(value): State<T>, _extracted: E) -> Self {
            Self(value, std::marker::PhantomData)
        }

        #[open]
        fn open(&mut self) -> String {
            self.0.to_string()
        }
    }
}

#[tokio::test]
async fn extractors_may_be_type_parameters() {
    let app = || App::new().mount::<generic::Generic<u8, Open>>("/generic", ());
    let error = app().try_into_router().unwrap_err().to_string();
    assert!(error.contains("takes `State<u8>`"), "{error}");
    let mut client = testing::connect(app().state(7_u8), "/generic").await.unwrap();
    assert_eq!(client.text().await.unwrap(), "7");
}
