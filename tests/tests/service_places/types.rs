//! Names of types decide nothing: aliases of ours work, and so do the user's types with our names.

use futures_util::SinkExt;
use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Client, Server, closed, next, text, within};

async fn serve(module: &str) -> Server {
    Server::start(App::discover_in(&format!("{}::{module}", module_path!()))).await
}

async fn send(client: &mut Client, words: impl Into<String>) {
    within(client.send(Sent::text(words.into()))).await.expect("an open connection");
}

/// Every name of ws-core is an alias.
mod aliases {
    use axum::http::StatusCode;
    use ws_core::prelude::*;
    use ws_core::{Member as Guest, Terminate as End};

    pub(super) type Seat = Guest<Aliases>;
    type Words = str;
    type Order = Json<u8>;
    type Raw<'a> = &'a [u8];
    type Joined = Result<Kept, StatusCode>;

    pub(super) struct Kept(pub(super) u32);

    #[service("/aliases")]
    #[derive(Default)]
    pub(super) struct Aliases {
        joined: u32,
        pub(super) last: String,
    }

    #[service]
    impl Aliases {
        #[join]
        fn join(&mut self, uri: axum::http::Uri, _: &Seat) -> Joined {
            if uri.query() == Some("no") {
                return Err(StatusCode::IM_A_TEAPOT);
            }
            self.joined += 1;
            Ok(Kept(self.joined))
        }

        #[rejoin]
        fn again(&mut self, seat: &Seat) {
            seat.send(format!("again {}", seat.kept().0));
        }

        #[incoming]
        async fn order(&mut self, seat: &Seat, Json(order): Order) {
            assert!(order > 0, "an order of nothing");
            seat.send(format!("order {order} of {}", seat.kept().0));
        }

        #[incoming]
        async fn bytes(&mut self, raw: Raw<'_>, guest: &Guest<Self>) {
            guest.send(raw.to_vec());
        }

        #[close]
        fn gone(&mut self, end: &End, seat: &Seat) -> Control {
            self.last = format!("{} {}", seat.kept().0, end.kind());
            Control::Continue
        }

        #[broadcast]
        fn word(&mut self, word: &std::sync::Arc<Words>) {
            self.last.push_str(word);
        }

        #[terminate]
        fn over(&mut self, _: &End) {}
    }
}

#[tokio::test]
async fn aliases_of_ours_work() {
    let server = serve("aliases").await;
    let refused = Raw::open(server.addr).await.request("GET", "/aliases?no", &HEADERS).await;
    assert_eq!(refused.status, 418);
    let mut ada = server.connect("/aliases").await;
    let mut bob = server.connect("/aliases").await;
    send(&mut bob, "7").await;
    assert_eq!(text(&mut bob).await, "order 7 of 2");
    within(bob.send(Sent::binary(vec![1, 2]))).await.unwrap();
    assert_eq!(**next(&mut bob).await.as_payload(), [1, 2]);
    send(&mut ada, "0").await;
    assert_eq!(text(&mut bob).await, "again 2");
    assert_eq!(text(&mut ada).await, "again 1");
    send(&mut ada, "none").await;
    assert_eq!(closed(&mut ada).await.0, 1007);
}

/// Every type of the user has one of our names, or of the standard library's.
mod own {
    use std::convert::Infallible;

    use axum::extract::FromRequestParts;
    use axum::http::request::Parts;
    use ws_core::prelude::{AppHandle, Control, Json, service};
    use ws_core::{BadPayload, FromBinary, FromText, IncomingBytes, IncomingText};

    /// An extractor, an info, a broadcast, and what a client sends.
    #[derive(serde::Deserialize)]
    pub(super) struct Member {
        pub(super) name: String,
    }

    impl<S: Sync> FromRequestParts<S> for Member {
        type Rejection = Infallible;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
            Ok(Self { name: parts.uri.path().to_owned() })
        }
    }

    /// What is kept, and no `Result`.
    pub(super) struct JoinResult {
        path: String,
    }

    /// Bytes, and not text.
    struct Text(usize);

    impl FromBinary<'_> for Text {
        fn from_binary(bytes: &mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
            Ok(Self(bytes.len()))
        }
    }

    /// Text, and neither bytes nor any message.
    pub(super) struct Message(String);

    impl FromText<'_> for Message {
        fn from_text(text: &mut IncomingText<'_>) -> Result<Self, BadPayload> {
            if text.is_empty() {
                Err(BadPayload::new("nothing received"))
            } else {
                Ok(Self(text.to_uppercase()))
            }
        }
    }

    #[service("/own")]
    pub(super) struct Own(String);

    type Seat = ws_core::Member<Own>;

    #[service]
    impl Own {
        #[init]
        fn new(_: AppHandle) -> Self {
            Self(String::new())
        }

        #[join]
        fn join(&mut self, member: Member, _: &Seat) -> JoinResult {
            JoinResult { path: member.name }
        }

        #[incoming]
        fn received(&mut self, Message(words): Message, seat: &Seat) {
            seat.send(format!("{words} at {} after {}", seat.kept().path, self.0));
        }

        #[incoming]
        fn bytes(&mut self, seat: &Seat, Text(bytes): Text) {
            seat.send(format!("{bytes} bytes"));
        }

        #[broadcast]
        fn news(&mut self, member: &Member) {
            self.0 += &member.name;
        }

        #[info]
        fn notified(&mut self, member: Member) -> Control {
            self.0 += &member.name;
            Control::Continue
        }
    }

    /// JSON of the user's `Member`.
    #[service("/own/json")]
    #[derive(Default)]
    pub(super) struct OfJson;

    #[service]
    impl OfJson {
        #[incoming]
        fn received(&mut self, Json(member): Json<Member>, seat: &ws_core::Member<Self>) {
            seat.send(member.name);
        }
    }

    /// The state of a module is called `Member`, and another one's `Context`.
    #[service("/own/module")]
    pub(super) mod module {
        #[derive(Default)]
        pub(super) struct Member(u8);

        #[incoming]
        fn received(member: &mut Member, seat: &ws_core::Member<Member>) {
            member.0 += 1;
            seat.send(member.0.to_string());
        }
    }

    #[ws_core::websocket("/own/context")]
    pub(super) mod context {
        use ws_core::Upgrade;

        pub(super) struct Context(String);

        #[init]
        fn new(upgrade: &mut Upgrade<Context>) -> Context {
            Context(upgrade.path().to_owned())
        }

        #[text]
        fn received(context: &mut Context) -> String {
            context.0.clone()
        }
    }
}

#[tokio::test]
async fn the_users_types_may_have_our_names() {
    use self::own::{Member, Own};

    let server = serve("own").await;
    let mut client = server.connect("/own").await;
    assert_eq!(server.app.broadcast::<Own>(Member { name: "one".to_owned() }).queued, 1);
    server.app.service::<Own>().info(Member { name: "two".to_owned() });
    // Infos and messages of members wait in separate queues, so this waits for both to be taken.
    loop {
        send(&mut client, "hi").await;
        let reply = text(&mut client).await;
        assert!(reply.starts_with("HI at /own after"), "{reply}");
        if reply.ends_with("onetwo") {
            break;
        }
    }
    within(client.send(Sent::binary(vec![0; 3]))).await.unwrap();
    assert_eq!(text(&mut client).await, "3 bytes");
    send(&mut client, "").await;
    assert_eq!(closed(&mut client).await, (1007, "nothing received".to_owned()));

    let mut client = server.connect("/own/json").await;
    send(&mut client, r#"{"name": "ada"}"#).await;
    assert_eq!(text(&mut client).await, "ada");
    let mut client = server.connect("/own/module").await;
    send(&mut client, "").await;
    assert_eq!(text(&mut client).await, "1");
    let mut client = server.connect("/own/context").await;
    send(&mut client, "").await;
    assert_eq!(text(&mut client).await, "/own/context");
}

/// A `#[join]` may return any type under any name.
mod kept {
    use axum::http::StatusCode;
    use ws_core::prelude::*;

    /// The answer is private, as the service may keep it.
    struct Refused;

    impl axum::response::IntoResponse for Refused {
        fn into_response(self) -> axum::response::Response {
            StatusCode::IM_A_TEAPOT.into_response()
        }
    }

    type Swapped<R, K> = std::result::Result<K, R>;

    macro_rules! service {
        ($name:ident $path:literal $returns:ty, $kept:expr, $show:expr) => {
            #[ws_core::service($path)]
            #[derive(Default)]
            pub(super) struct $name;

            #[ws_core::service]
            impl $name {
                #[join]
                fn join(&mut self) -> $returns {
                    $kept
                }

                #[incoming]
                fn received(&mut self, member: &Member<Self>) {
                    let show: fn(&<Self as ws_core::Service>::Kept) -> String = $show;
                    member.send(show(member.kept()));
                }
            }
        };
    }

    service!(Private "/kept/private" Result<u8, Refused>, if true { Ok(1) } else { Err(Refused) }, |kept| format!("{kept}"));
    service!(Swap "/kept/swapped" Swapped<StatusCode, u8>, Ok(2), |kept| format!("{kept}"));
    service!(Refuses "/kept/refuses" Swapped<StatusCode, u8>, Err(StatusCode::GONE), |kept| format!("{kept}"));
    service!(Format "/kept/nested" Swapped<StatusCode, std::fmt::Result>, Ok(Ok(())), |kept| format!("{kept:?}"));
    service!(Optional "/kept/option" Option<u8>, Some(4), |kept| format!("{kept:?}"));
    service!(Pair "/kept/pair" (Swapped<u8, u8>, u8), (Err(5), 6), |kept| format!("{kept:?}"));

    /// A service with a parameter keeps what its `#[join]` returns, unless it writes `Result<…>`.
    #[derive(Default)]
    pub(super) struct Generic<T>(T);

    #[ws_core::service]
    impl<T: Default + Copy + std::fmt::Debug + Send + Sync + 'static> Generic<T> {
        #[join]
        fn join(&mut self) -> Option<T> {
            Some(self.0)
        }

        #[incoming]
        fn received(&mut self, member: &Member<Self>, _: &str) {
            member.send(format!("{:?}", member.kept()));
        }
    }

    #[derive(Default)]
    pub(super) struct Written<T>(T);

    #[ws_core::service]
    impl<T: Default + Copy + std::fmt::Debug + Send + Sync + 'static> Written<T> {
        #[join]
        fn join(&mut self) -> Result<T, StatusCode> {
            Ok(self.0)
        }

        #[incoming]
        fn received(&mut self, text: &str, member: &Member<Self>) {
            member.send(format!("{text} {:?}", member.kept()));
        }
    }
}

#[tokio::test]
async fn the_return_type_of_join_decides_the_kept_value() {
    use self::kept::{Generic, Written};

    let app = App::discover_in(&format!("{}::kept", module_path!()));
    let app = app.mount_service::<Generic<u8>>("/kept/generic").mount_service::<Written<u8>>("/kept/written");
    let server = Server::start(app).await;
    for (path, kept) in [
        ("private", "1"),
        ("swapped", "2"),
        ("nested", "Ok(())"),
        ("option", "Some(4)"),
        ("pair", "(Err(5), 6)"),
        ("generic", "Some(0)"),
        ("written", "hi 0"),
    ] {
        let mut client = server.connect(&format!("/kept/{path}")).await;
        send(&mut client, "hi").await;
        assert_eq!(text(&mut client).await, kept, "{path}");
    }
    let refused = Raw::open(server.addr).await.request("GET", "/kept/refuses", &HEADERS).await;
    assert_eq!(refused.status, 410);
}
