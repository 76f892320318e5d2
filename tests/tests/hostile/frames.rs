//! Control frames that announce an invalid length, pings of a client that does not read, and pongs in the presence of
//! any reaction to the ping.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::time::timeout;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{self, CLOSE, HEADERS, PING, PONG, Raw, TEXT, frame};
use ws_tests::{PATIENCE, Server, until, within};

use super::{Echo, echoes};

const CONTROL: [u8; 3] = [CLOSE, PING, PONG];
/// From the shortest length that a control frame may not have to the longest that a header can encode.
const LENGTHS: [u64; 6] = [126, 1 << 16, 1 << 46, 1 << 62, 1 << 63, u64::MAX];

/// Returns a header that announces `length` in eight bytes, with its mask: 14 bytes.
fn announcing(opcode: u8, length: u64) -> Vec<u8> {
    [&[0x80 | opcode, 0xff][..], &length.to_be_bytes(), &[1, 2, 3, 4]].concat()
}

/// Returns all such headers, and those that announce their length in two bytes.
fn headers() -> Vec<Vec<u8>> {
    let long = CONTROL.into_iter().flat_map(|opcode| LENGTHS.map(|length| announcing(opcode, length)));
    let short = CONTROL.map(|opcode| vec![0x80 | opcode, 0xfe, 0, 126, 1, 2, 3, 4]);
    long.chain(short).collect()
}

async fn server() -> (Server, Notes, Raw) {
    let notes = Notes::default();
    let server = Server::start(App::new().state(notes.clone()).mount::<Echo>("/", ())).await;
    let neighbour = Raw::connect(server.addr, "/").await;
    (server, notes, neighbour)
}

/// Asserts that the server closes the connection with 1002 and terminates it once, and that the neighbour still works.
async fn refused(server: &Server, notes: &Notes, neighbour: &mut Raw, mut client: Raw, before: usize) {
    assert_eq!(client.read().await.expect("a close").close().0, 1002);
    assert_eq!(client.read().await, None);
    drop(client);
    until(|| server.app.stats().open == 1).await;
    assert_eq!(notes.all(), vec!["bad_frame"; before + 1]);
    assert_eq!(server.app.stats().ended("bad_frame"), notes.all().len() as u64);
    echoes(neighbour, "still here").await;
}

// RFC 6455 5.5: "All control frames MUST have a payload length of 125 bytes or less"
#[tokio::test]
async fn a_control_frame_that_announces_over_125_bytes_is_1002_and_its_neighbour_lives() {
    let (server, notes, mut neighbour) = server().await;
    for (before, header) in headers().into_iter().enumerate() {
        let mut client = Raw::connect(server.addr, "/").await;
        client.send(&header).await;
        refused(&server, &notes, &mut neighbour, client, before).await;
    }
}

#[tokio::test]
async fn such_a_control_frame_is_1002_when_it_comes_with_the_handshake_too() {
    let (server, notes, mut neighbour) = server().await;
    for (before, header) in headers().into_iter().enumerate() {
        let mut client = Raw::open(server.addr).await;
        client.send(&[raw::request("GET", "/", &HEADERS), header].concat()).await;
        assert_eq!(client.response().await.status, 101);
        refused(&server, &notes, &mut neighbour, client, before).await;
    }
}

#[tokio::test]
async fn such_a_control_frame_is_1002_between_fragments_and_a_byte_at_a_time_too() {
    let (server, notes, mut neighbour) = server().await;
    for (before, header) in headers().into_iter().enumerate() {
        let mut client = Raw::connect(server.addr, "/").await;
        client.send(&frame(false, TEXT, b"begun, ")).await;
        // The mask is not sent: the length alone is invalid.
        let (length, _mask) = header.split_at(header.len() - 4);
        for byte in length {
            client.send(&[*byte]).await;
        }
        refused(&server, &notes, &mut neighbour, client, before).await;
    }
}

/// Returns the payload of the ping with this number, at the maximum length of a ping.
fn numbered(number: usize) -> [u8; 125] {
    let mut payload = [0; 125];
    payload[..8].copy_from_slice(&(number as u64).to_be_bytes());
    payload
}

// RFC 6455 5.5.3: "A Pong frame sent in response to a Ping frame must have identical 'Application data' as found in the
// message body of the Ping frame being replied to."
#[tokio::test]
async fn a_client_that_pings_and_does_not_read_is_held_back_and_gets_its_pongs_later() {
    /// More than the system's buffers hold.
    const TOO_MUCH: usize = 16 << 20;

    let (server, notes, mut neighbour) = server().await;
    let mut client = Raw::open_with_small_buffers(server.addr).await;
    assert_eq!(client.request("GET", "/", &HEADERS).await.status, 101);
    let length = frame(true, PING, &numbered(0)).len();
    let pings: Vec<u8> = (0..=TOO_MUCH / length).flat_map(|n| frame(true, PING, &numbered(n))).collect();

    let mut taken = 0;
    while let Ok(more) = timeout(Duration::from_millis(300), client.stream.write(&pings[taken..])).await {
        taken += more.expect("an open connection");
        assert!(taken < TOO_MUCH, "the server keeps reading pings and keeps their pongs");
    }
    // Other connections do not wait.
    echoes(&mut neighbour, "still here").await;

    // Sends the rest of the interrupted ping while the client reads.
    let count = taken.div_ceil(length);
    let (read, mut write) = client.stream.into_split();
    let rest = pings[taken..count * length].to_vec();
    let writing = tokio::spawn(async move {
        write.write_all(&rest).await.expect("an open connection");
        write
    });
    let mut read = BufReader::new(read);
    for number in 0..count {
        let mut pong = [0; 127];
        within(read.read_exact(&mut pong)).await.expect("a pong");
        assert_eq!(pong[..2], [0x80 | PONG, 125]);
        assert_eq!(pong[2..], numbered(number), "pong {number} of {count}");
    }
    let write = within(writing).await.expect("no panic");
    let mut client = Raw { stream: read.into_inner().reunite(write).expect("two halves of one stream") };
    echoes(&mut client, "and works as before").await;
    assert_eq!(notes.all(), [""; 0]);
}

/// Reacts to a ping as its payload requests.
#[derive(Default)]
struct Pinged;

#[websocket]
impl Pinged {
    #[ping]
    async fn pinged(&mut self, words: &[u8], cx: &mut Context<Self>) -> Reply {
        match words {
            b"answer" => Reply::new().with("seen"),
            b"answer before it waits" => {
                cx.send("seen");
                std::future::pending().await
            }
            b"close" => Reply::new().with(Close::normal()),
            b"close at once" => {
                cx.close(CloseCode::NORMAL, "");
                std::future::pending().await
            }
            b"pause" => {
                cx.pause();
                Reply::new()
            }
            b"pause and wait" => {
                cx.pause();
                std::future::pending().await
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Sends a ping with `words` and reads its pong.
async fn pinged(words: &str) -> (Server, Raw) {
    let server = Server::start(App::new().mount::<Pinged>("/", ())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(PING, words.as_bytes()).await;
    let pong = client.read().await.expect("a pong");
    assert_eq!((pong.opcode, pong.text()), (PONG, words));
    (server, client)
}

#[tokio::test]
async fn c3_the_pong_goes_before_the_reply_to_the_ping() {
    for words in ["answer", "answer before it waits"] {
        let (_server, mut client) = pinged(words).await;
        assert_eq!(client.read().await.expect("a reply").text(), "seen", "{words}");
    }
}

#[tokio::test]
async fn c3_the_pong_goes_before_the_close_that_a_ping_brings() {
    for words in ["close", "close at once"] {
        let (_server, mut client) = pinged(words).await;
        assert_eq!(client.read().await.expect("a close").close().0, 1000, "{words}");
    }
}

#[tokio::test]
async fn c3_the_pong_goes_out_although_the_ping_pauses_its_connection() {
    for words in ["pause", "pause and wait"] {
        let (server, mut client) = pinged(words).await;
        // The connection is paused: it does not answer the next ping.
        client.frame(PING, b"answer").await;
        assert!(client.is_silent_for(Duration::from_millis(200)).await, "{words}");
        let app = server.app.clone();
        tokio::spawn(async move { app.drain(PATIENCE / 10).await });
        assert_eq!(client.read().await.expect("a close").close().0, 1001, "{words}");
    }
}
