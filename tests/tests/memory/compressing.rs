//! The states of compression.

use ws_core::Compression;
use ws_core::prelude::*;
use ws_tests::deflate::{Deflate, deflate};
use ws_tests::raw::{BINARY, CONTINUATION, TEXT, frame};

use super::{CLIENTS, Row, Setting, was_read};

/// The default of `max_message_size`.
const MESSAGE: usize = 1 << 20;

/// Replies with as many bytes as the client asks for.
#[derive(Default)]
struct Sends;

#[websocket]
impl Sends {
    #[text]
    fn text(&mut self, words: &str) -> String {
        "x".repeat(words.parse().expect("a number"))
    }

    #[binary]
    fn binary(&mut self, _: &[u8]) {}
}

fn setting(compression: Compression) -> (Setting, Vec<Deflate>) {
    let setting = Setting::new(App::new().mount::<Sends>("/", ()).compress(compression));
    let clients = setting.runtime.block_on(async {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(Deflate::connect(setting.server.addr, "/").await);
        }
        clients
    });
    (setting, clients)
}

fn compressed(fin: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = frame(fin, opcode, payload);
    frame[0] |= 0x40;
    frame
}

#[test]
fn a_compressed_message_that_stalls() {
    let (setting, mut clients) = setting(Compression::new());
    let bytes = compressed(false, BINARY, &deflate(b"a few bytes"));
    let held = setting.held(async {
        for client in &mut clients {
            client.raw.send(&bytes).await;
        }
        was_read(&setting.server, CLIENTS * bytes.len()).await;
    });
    Row::of("the inflater of a compressed message that arrives").assert_held(held, CLIENTS);
}

/// The buffer grows as the message is inflated. Its end is not known, so the buffer doubles, up to the largest message.
#[test]
fn a_compressed_message_that_arrives() {
    for opcode in [TEXT, BINARY] {
        let (setting, mut clients) = setting(Compression::new());
        let first = [deflate(&[b'x'; 15 << 10]), vec![0, 0, 0xff, 0xff]].concat();
        let mut bytes = compressed(false, opcode, &first);
        bytes.extend(frame(false, CONTINUATION, &deflate(&vec![b'x'; MESSAGE - (15 << 10)])));
        let held = setting.held(async {
            for client in &mut clients {
                client.raw.send(&bytes).await;
            }
            was_read(&setting.server, CLIENTS * bytes.len()).await;
        });
        let rows =
            ["a message that is read ahead, or arrives", "the inflater of a compressed message that arrives"];
        Row::all(&rows).assert_held(held, CLIENTS);
    }
}

#[test]
fn a_context_that_is_taken_over() {
    let (setting, mut clients) = setting(Compression::new().server_takeover(true));
    let held = setting.held(async {
        for client in &mut clients {
            client.raw.frame(TEXT, b"2000").await;
            assert!(client.raw.read_with_reserved().await.expect("a reply").1.payload.len() < 1000);
        }
    });
    Row::of("the deflater of a connection with takeover").assert_held(held, CLIENTS);
}
