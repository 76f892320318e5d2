//! Services beside glob imports, in functions, and with ws-core under another name.

use futures_util::SinkExt;
use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_tests::{Client, Server, text, within};

async fn serve(module: &str) -> Server {
    Server::start(App::discover_in(&format!("{}{module}", module_path!()))).await
}

async fn answer(client: &mut Client, words: &'static str) -> String {
    within(client.send(Sent::text(words))).await.expect("an open connection");
    text(client).await
}

/// Everything of tracing and axum beside the prelude. No name of ws-core conflicts with one of theirs.
mod globs {
    use axum::extract::*;
    use tracing::*;
    use ws_core::prelude::*;

    #[service("/globs/{room}")]
    #[derive(Default)]
    struct Globs {
        rooms: Vec<String>,
    }

    #[service]
    impl Globs {
        #[init]
        #[instrument]
        fn new() -> Self {
            info!("new");
            Self::default()
        }

        #[join]
        #[instrument(skip_all)]
        async fn join(&mut self, Path(room): Path<String>) -> usize {
            info!("joins {room}");
            self.rooms.push(room);
            self.rooms.len()
        }

        #[incoming]
        #[instrument(skip_all)]
        async fn received(&mut self, text: &str, member: &Member<Self>) -> Control {
            info!(member = member.kept(), "received {text}");
            member.send(format!("{text} of {}", self.rooms.join(" ")));
            Control::Continue
        }

        #[info]
        #[instrument(skip_all)]
        fn info(&mut self, level: Level) {
            info!("{level}");
        }
    }
}

#[tokio::test]
async fn glob_imports_do_not_meet_the_markers() {
    let server = serve("::globs").await;
    assert_eq!(answer(&mut server.connect("/globs/a").await, "hi").await, "hi of a");
    assert_eq!(answer(&mut server.connect("/globs/b").await, "hi").await, "hi of a b");
}

#[tokio::test]
async fn a_service_may_stand_in_a_function() {
    #[service("/local/service")]
    #[derive(Default)]
    struct Local(Vec<Member<Self>>);

    struct Private(&'static str);

    #[service]
    impl Local {
        #[join]
        fn join(&mut self, member: &Member<Self>) {
            self.0.push(member.clone());
        }

        #[broadcast]
        fn notified(&mut self, Private(words): &Private) {
            for member in &self.0 {
                member.send(*words);
            }
        }
    }

    let server = serve("").await;
    let mut client = server.connect("/local/service").await;
    assert_eq!(server.app.broadcast::<Local>(Private("private")).queued, 1);
    assert_eq!(text(&mut client).await, "private");
}

/// ws-core as another crate may re-export it.
mod framework {
    pub(crate) mod sockets {
        pub(crate) use ::ws_core::*;
    }
}

mod renamed {
    use super::framework::sockets::{Member, service};

    /// Served under its name in snake case.
    #[service(crate = crate::names::framework::sockets, inbox(overflow = "drop_newest"))]
    #[derive(Default)]
    struct HTTPServer2;

    #[service(crate = crate::names::framework::sockets)]
    impl HTTPServer2 {
        #[join]
        fn join(&mut self, _: axum::extract::RawQuery) -> Result<(), axum::http::StatusCode> {
            Ok(())
        }

        #[incoming]
        fn received(&mut self, text: String, member: &Member<Self>) {
            member.send(text);
        }
    }
}

#[tokio::test]
async fn ws_core_may_have_another_name() {
    let mut client = serve("::renamed").await.connect("/websocket/http_server2").await;
    assert_eq!(answer(&mut client, "received").await, "received");
}

/// Other attributes on everything, including parameters.
mod attributes {
    use ws_core::prelude::*;

    #[doc = "Two lines"]
    #[doc = "of docs."]
    #[service("/attributes")]
    #[derive(Default, Debug, Clone, PartialEq)]
    #[must_use]
    pub(crate) struct Others {
        /// A field with docs.
        #[doc(hidden)]
        count: usize,
    }

    /// Docs on the impl.
    #[service]
    #[allow(clippy::unused_self)]
    #[rustfmt::skip]
    impl Others {
        /// A constant.
        const STEP: usize = 2;

        /// A callback.
        ///
        /// With a paragraph, `code` and a list:
        /// - one
        #[doc(alias = "arrived")]
        #[inline(never)]
        #[cfg_attr(all(), allow(unused_variables, unused_mut))]
        #[incoming]
        #[expect(clippy::needless_return)]
        pub(crate) fn received(
            &mut self,
            #[allow(unused_variables)] mut text: &str,
            #[expect(unused_variables)] them @ member: &Member<Self>,
        ) {
            text = text.trim();
            them.send(format!("{text} {} {}", Self::step(&self.clone()), self.count + Self::STEP));
            return;
        }

        /// Generic, and not a callback.
        #[must_use]
        fn step<T>(of: &T) -> usize where T: std::fmt::Debug {
            format!("{of:?}").len()
        }
    }
}

#[tokio::test]
async fn other_attributes_and_members_stay_as_they_are() {
    let server = serve("::attributes").await;
    let mut client = server.connect("/attributes").await;
    assert_eq!(answer(&mut client, " hi ").await, format!("hi {} 2", "Others { count: 0 }".len()));
}
