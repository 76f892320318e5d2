//! Z13: messages from other tasks pass through `#[outgoing]` first.

use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, Raw, TEXT};

use super::recv_text;

struct Notice;

/// Changes texts to upper case, and drops secrets.
struct Censor {
    seen: u32,
    notes: Notes,
}

#[websocket]
impl Censor {
    #[init]
    fn new(State(notes): State<Notes>, upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.subscribe("news");
        Self { seen: 0, notes }
    }

    #[outgoing]
    async fn outgoing(&mut self, message: Message, cx: &mut Context<Self>) -> Option<Message> {
        tokio::task::yield_now().await;
        self.seen += 1;
        match message {
            Message::Text(text) if text == "secret" => None,
            Message::Text(text) if text == "panic" => panic!("of {}", cx.id()),
            Message::Text(text) => Some(format!("{}! {}", text.to_uppercase(), self.seen).into()),
            other => Some(other),
        }
    }

    #[text]
    fn echo(&mut self, text: &str, cx: &mut Context<Self>) -> String {
        cx.send("sent by myself");
        text.to_owned()
    }

    #[info]
    fn notified(&mut self, _: Notice) -> &'static str {
        "notified"
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.notes.add(match reason {
            Terminate::Panic(panic) => format!("{} panicked", panic.callback()),
            reason => reason.kind().to_owned(),
        });
    }
}

async fn connected() -> (Server, Notes, Raw, Socket<Censor>) {
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<Censor>("/", ()).state(notes.clone())).await;
    let client = Raw::connect(server.addr, "/").await;
    let socket = server.app.sockets::<Censor>().pop().expect("a connection");
    (server, notes, client, socket)
}

#[tokio::test]
async fn z13_messages_sent_from_elsewhere_may_be_changed_or_dropped() {
    let (server, notes, mut client, socket) = connected().await;
    socket.send("one");
    socket.send("secret");
    socket.send(vec![1]);
    server.app.hub().publish("news", "two");
    server.app.hub().publish("news", "secret");
    server.app.hub().publish("news", "three");
    socket.close(CloseCode::NORMAL, "over");
    assert_eq!(recv_text(&mut client).await, "ONE! 1");
    assert_eq!(client.read().await.expect("bytes").opcode, BINARY);
    assert_eq!(recv_text(&mut client).await, "TWO! 4");
    assert_eq!(recv_text(&mut client).await, "THREE! 6");
    assert_eq!(client.read().await.expect("a close").close(), (1000, "over"), "`#[outgoing]` sees no close");
    client.close(1000, "").await;
    notes.seen("stop").await;
}

#[tokio::test]
async fn z13_messages_of_the_handler_itself_go_out_as_they_are() {
    let (_server, _, mut client, socket) = connected().await;
    client.frame(TEXT, b"secret").await;
    assert_eq!(recv_text(&mut client).await, "sent by myself");
    assert_eq!(recv_text(&mut client).await, "secret");
    socket.info(Notice);
    assert_eq!(recv_text(&mut client).await, "notified");
    socket.send("seen");
    assert_eq!(recv_text(&mut client).await, "SEEN! 1");
}

#[tokio::test]
async fn z13_a_panic_in_it_names_it() {
    let (_server, notes, mut client, socket) = connected().await;
    socket.send("panic");
    assert_eq!(client.read().await.expect("a close").close().0, 1011);
    notes.seen("outgoing panicked").await;
}

#[websocket("/quiet")]
mod quiet {
    use ws_core::prelude::*;

    #[derive(Default)]
    pub(super) struct Quiet;

    #[open]
    fn open(_: &mut Quiet, cx: &mut Context<Quiet>) {
        cx.subscribe("quiet");
    }

    #[outgoing]
    fn outgoing(_: &mut Quiet, _: Message) -> Option<Message> {
        None
    }
}

#[tokio::test]
async fn z13_in_a_module_too() {
    let server = Server::start(App::discover_in(module_path!())).await;
    let mut client = Raw::connect(server.addr, "/quiet").await;
    server.app.hub().publish("quiet", "anything");
    server.app.hub().publish("quiet", CloseCode::NORMAL);
    assert_eq!(client.read().await.expect("a close").close().0, 1000);
}
