//! Each message of the client reaches the callback for its kind, as the type that the callback takes; an invalid
//! payload closes the connection (C3).

use serde::Deserialize;
use ws_core::prelude::*;
use ws_core::{ControlPayload, IncomingBytes, IncomingText};
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, PING, PONG, Raw, TEXT, frame};
use ws_tests::{Server, until};

async fn recv_text(client: &mut Raw) -> String {
    let frame = client.read().await.expect("a message");
    assert_eq!(frame.opcode, TEXT, "{frame:?}");
    frame.text().to_owned()
}

async fn ponged(client: &mut Raw, payload: &str) {
    let frame = client.read().await.expect("a pong");
    assert_eq!((frame.opcode, frame.text()), (PONG, payload));
}

mod kinds {
    use super::*;

    #[derive(Default)]
    struct Each;

    #[websocket]
    impl Each {
        #[text]
        fn text(&mut self, text: &str) -> String {
            format!("text {text}")
        }

        #[binary]
        async fn binary(&mut self, bytes: &[u8]) -> String {
            format!("binary {bytes:?}")
        }

        #[ping]
        fn ping(&mut self, payload: &[u8]) -> String {
            format!("ping {payload:?}")
        }

        #[pong]
        async fn pong(&mut self, payload: &[u8]) -> String {
            tokio::task::yield_now().await;
            format!("pong {payload:?}")
        }
    }

    // RFC 6455 5.2: "The first fragment MAY also be the final fragment."
    // RFC 6455 5.5.2: "A Ping frame MAY include 'Application data'."
    // RFC 6455 5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response"
    // RFC 6455 5.5.3: "A Pong frame MAY be sent unsolicited."
    // RFC 6455 6.2: "If a control frame (Section 5.5) is received, the frame MUST be handled as defined by Section
    // 5.5."
    // RFC 6455 6.2: "Upon receiving a data frame (Section 5.6), the endpoint MUST note the /type/ of the data as
    // defined by the opcode"
    #[tokio::test]
    async fn c3_each_kind_has_its_callback_and_the_pong_goes_first() {
        let server = Server::start(App::new().mount::<Each>("/", ())).await;
        let mut client = Raw::connect(server.addr, "/").await;
        client.frame(TEXT, "häll".as_bytes()).await;
        assert_eq!(recv_text(&mut client).await, "text häll");
        client.frame(BINARY, &[0, 255]).await;
        assert_eq!(recv_text(&mut client).await, "binary [0, 255]");
        client.frame(PONG, b"\x07").await;
        assert_eq!(recv_text(&mut client).await, "pong [7]");
        client.frame(PING, b"a").await;
        ponged(&mut client, "a").await;
        assert_eq!(recv_text(&mut client).await, "ping [97]");
        for kind in [TEXT, BINARY, PONG] {
            client.frame(kind, b"").await;
        }
        for empty in ["text ", "binary []", "pong []"] {
            assert_eq!(recv_text(&mut client).await, empty);
        }
    }

    #[tokio::test]
    async fn c3_in_a_burst_each_pong_goes_before_the_reply_to_its_ping() {
        let server = Server::start(App::new().mount::<Each>("/", ())).await;
        let mut client = Raw::connect(server.addr, "/").await;
        let burst = [frame(true, TEXT, b"1"), frame(true, PING, b"2"), frame(true, TEXT, b"3")].concat();
        client.send(&burst).await;
        assert_eq!(recv_text(&mut client).await, "text 1");
        ponged(&mut client, "2").await;
        assert_eq!(recv_text(&mut client).await, "ping [50]");
        assert_eq!(recv_text(&mut client).await, "text 3");
    }

    #[derive(Default)]
    struct Rest;

    #[websocket]
    impl Rest {
        #[binary]
        fn binary(&mut self) -> &'static str {
            "bytes"
        }

        #[handle]
        fn any(&mut self, message: Message) -> Option<String> {
            Some(format!("{message:?}"))
        }
    }

    #[tokio::test]
    async fn c3_handle_takes_the_kinds_that_have_no_callback() {
        let server = Server::start(App::new().mount::<Rest>("/", ())).await;
        let mut client = Raw::connect(server.addr, "/").await;
        client.frame(BINARY, b"x").await;
        assert_eq!(recv_text(&mut client).await, "bytes");
        client.frame(TEXT, b"x").await;
        assert_eq!(recv_text(&mut client).await, "Text(\"x\")");
        client.frame(PONG, b"x").await;
        assert_eq!(recv_text(&mut client).await, "Pong(b\"x\")");
        client.frame(PING, b"x").await;
        ponged(&mut client, "x").await;
        assert_eq!(recv_text(&mut client).await, "Ping(b\"x\")");
    }

    #[derive(Default)]
    struct TextAlone;

    #[websocket]
    impl TextAlone {
        #[text]
        fn text(&mut self, text: String) -> String {
            text
        }
    }

    #[derive(Default)]
    struct Nothing;

    #[websocket]
    impl Nothing {}

    #[tokio::test]
    async fn c3_a_kind_that_nobody_takes_is_ignored() {
        let app = App::new().mount::<TextAlone>("/", ()).mount::<Nothing>("/nothing", ());
        let server = Server::start(app).await;
        let mut client = Raw::connect(server.addr, "/").await;
        for kind in [BINARY, PONG, TEXT] {
            client.frame(kind, b"hi").await;
        }
        assert_eq!(recv_text(&mut client).await, "hi");
        let mut client = Raw::connect(server.addr, "/nothing").await;
        for kind in [TEXT, BINARY, PONG, PING] {
            client.frame(kind, b"x").await;
        }
        ponged(&mut client, "x").await;
        until(|| server.app.stats().messages_in == 7).await;
    }
}

mod payloads {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Point {
        x: i32,
        y: i32,
    }

    type Alias = Json<Point>;

    /// Defines one handler for each payload type that a callback of that kind accepts.
    macro_rules! payloads {
        ($($handler:ident: $marker:ident, $payload:ty, $opcode:expr, $sent:expr => $seen:expr;)*) => {
            $(
                #[derive(Default)]
                struct $handler;

                #[websocket]
                impl $handler {
                    #[$marker]
                    fn take(&mut self, payload: $payload) -> String {
                        format!("{payload:?}")
                    }
                }
            )*

            #[tokio::test]
            async fn c3_a_callback_takes_its_payload_as_any_of_these() {
                let app = App::new()$(.mount::<$handler>(concat!("/", stringify!($handler)), ()))*;
                let server = Server::start(app).await;
                $(
                    let mut client = Raw::connect(server.addr, concat!("/", stringify!($handler))).await;
                    client.frame($opcode, $sent).await;
                    if $opcode == PING {
                        ponged(&mut client, "a").await;
                    }
                    assert_eq!(recv_text(&mut client).await, $seen, stringify!($payload));
                )*
            }
        };
    }

    payloads! {
        Borrowed: text, &str, TEXT, b"a" => "\"a\"";
        Owned: text, String, TEXT, b"a" => "\"a\"";
        Shared: text, Text, TEXT, b"a" => "\"a\"";
        Whole: text, Message, TEXT, b"a" => "Text(\"a\")";
        Parsed: text, Json<Vec<u8>>, TEXT, b" [1, 2]" => "Json([1, 2])";
        Named: text, Alias, TEXT, b"{\"x\": 1, \"y\": -1}" => "Json(Point { x: 1, y: -1 })";
        BorrowedBytes: binary, &[u8], BINARY, b"a" => "[97]";
        OwnedBytes: binary, Vec<u8>, BINARY, b"a" => "[97]";
        SharedBytes: binary, Bytes, BINARY, b"a" => "b\"a\"";
        WholeBytes: binary, Message, BINARY, b"a" => "Binary(b\"a\")";
        BorrowedPing: ping, &[u8], PING, b"a" => "[97]";
        OwnedPing: ping, Vec<u8>, PING, b"a" => "[97]";
        SharedPing: ping, Bytes, PING, b"a" => "b\"a\"";
        WholePing: ping, ControlPayload, PING, b"a" => "b\"a\"";
        WholePong: pong, ControlPayload, PONG, b"a" => "b\"a\"";
        Any: handle, Message, BINARY, b"a" => "Binary(b\"a\")";
        Lent: text, IncomingText<'_>, TEXT, b"a" => "\"a\"";
        LentBytes: binary, IncomingBytes<'_>, BINARY, b"a" => "[97]";
        ParsedLent: text, Json<&str>, TEXT, b"\"a\"" => "Json(\"a\")";
        AnyLent: handle, Incoming<'_>, BINARY, b"a" => "Binary([97])";
    }

    struct Strict(Notes);

    #[websocket]
    impl Strict {
        #[init]
        fn new(State(notes): State<Notes>) -> Self {
            Self(notes)
        }

        #[text]
        fn point(&mut self, Json(point): Json<Point>) -> String {
            self.0.add("called");
            (point.x + point.y).to_string()
        }

        #[terminate]
        fn gone(&mut self, reason: &Terminate) {
            let Terminate::BadEncoding(cause) = reason else { panic!("{reason}") };
            self.0.add(cause.clone());
        }
    }

    #[tokio::test]
    async fn c3_bad_json_is_1007_with_the_position() {
        for (bad, wherein) in [
            ("{\"x\": 1,\n \"y\": }", "line 2 column 7"),
            ("{\"x\": 1}", "missing field `y` at line 1 column 8"),
            ("", "line 1 column 0"),
        ] {
            let notes = Notes::default();
            let server = Server::start(App::new().mount::<Strict>("/", ()).state(notes.clone())).await;
            let mut client = Raw::connect(server.addr, "/").await;
            client.frame(TEXT, bad.as_bytes()).await;
            let close = client.read().await.expect("a close");
            let (code, reason) = close.close();
            assert_eq!(code, 1007, "{reason}");
            assert!(reason.starts_with("invalid JSON: ") && reason.ends_with(wherein), "{reason}");
            notes.seen(reason).await;
            assert_eq!(notes.count("called"), 0);
            assert_eq!(server.app.stats().ended("bad_encoding"), 1);
        }
    }
}
