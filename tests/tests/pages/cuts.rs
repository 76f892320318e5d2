//! Z9: messages of both directions over connections that are cut at random bytes.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use ws_core::prelude::*;
use ws_core::{Delivery, PageId, Qos};
use ws_tests::raw::{HEADERS, TEXT, frame, request};
use ws_tests::{Server, until, within};

use crate::messages::functions::Numbers;
use crate::{KEY, PAGE, Page, VIEW, app};

/// The number of cuts, unless the time is over before.
const CUTS: u64 = 400;
const TIME: Duration = Duration::from_secs(12);
/// A connection carries at most this many bytes in each direction.
const BYTES: u64 = 6000;
/// The messages of the client that wait for an acknowledgement.
const WINDOW: usize = 20;

/// A small generator of random numbers, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A proxy that cuts each of its connections after a random number of bytes, until it is calm.
pub(super) struct Cutter {
    pub(super) addr: SocketAddr,
    pub(super) calm: Arc<AtomicBool>,
    pub(super) cuts: Arc<AtomicU64>,
}

impl Cutter {
    pub(super) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (calm, cuts) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (still, counted) = (calm.clone(), cuts.clone());
        tokio::spawn(async move {
            let mut random = Random(0x9e37_79b9_7f4a_7c15);
            while let Ok((client, _)) = listener.accept().await {
                let (up, down) = (random.below(BYTES), random.below(BYTES));
                let (calm, cuts) = (still.clone(), counted.clone());
                tokio::spawn(async move {
                    let upstream = TcpStream::connect(server).await.unwrap();
                    let ((mut from, mut to), (mut back, mut out)) =
                        (client.into_split(), upstream.into_split());
                    // Both ends are dropped as soon as one direction is over.
                    tokio::select! {
                        () = pass_on(&mut from, &mut out, up, &calm) => {}
                        () = pass_on(&mut back, &mut to, down, &calm) => {}
                    }
                    cuts.fetch_add(1, Ordering::Relaxed);
                });
            }
        });
        Self { addr, calm, cuts }
    }
}

/// Copies `left` bytes, or all while it is calm.
async fn pass_on(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut left: u64,
    calm: &AtomicBool,
) {
    let mut buffer = [0; 1024];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
        let passed =
            if calm.load(Ordering::Relaxed) { read } else { read.min(usize::try_from(left).unwrap()) };
        left = left.saturating_sub(passed as u64);
        if to.write_all(&buffer[..passed]).await.is_err() || passed < read {
            return;
        }
    }
}

/// The client's half of the protocol, which survives the cuts.
#[derive(Default)]
struct Client {
    /// The events of the server, as they are handled.
    received: Vec<u64>,
    /// The answers, by the number of the call.
    answers: Vec<u64>,
    /// The number of the last message of the server.
    last: u64,
    /// The messages that are not acknowledged, with their numbers.
    waiting: VecDeque<(u64, Value)>,
    sent: u64,
    repeats: u64,
    gaps: u64,
    stopped: bool,
    /// Its messages are calls.
    calls: bool,
}

impl Client {
    /// Runs one connection until it is cut, or everything is done.
    async fn run(&mut self, addr: SocketAddr, cookie: &str, done: &AtomicBool) -> std::io::Result<()> {
        let mut stream = connect(addr, cookie).await?;
        // A client that lags behind with its count gets messages again, and must ignore them.
        let hello = json!({"type": "ws:hello", "received": self.last.saturating_sub(3), "topics": {}});
        stream.write_all(&text(&hello)).await?;
        let mut greeted = false;
        let mut buffer = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let read = tokio::time::timeout(Duration::from_millis(100), stream.read_buf(&mut buffer)).await;
            if let Ok(read) = read
                && read? == 0
            {
                return Ok(());
            }
            let mut out = Vec::new();
            let before = self.last;
            while let Some(message) = take(&mut buffer) {
                match message["type"].as_str().unwrap() {
                    "ws:welcome" => {
                        assert_eq!(message["resumed"], true);
                        greeted = true;
                        // Those that the server has too, which it must ignore.
                        out.extend(self.waiting.iter().flat_map(|(_, event)| text(event)));
                        self.acknowledged(message["received"].as_u64().unwrap());
                    }
                    "ws:ack" => self.acknowledged(message["seq"].as_u64().unwrap()),
                    _ => self.receive(&message),
                }
            }
            if self.last > before {
                out.extend(text(&json!({"type": "ws:ack", "seq": self.last})));
            }
            while greeted && !self.stopped && self.waiting.len() < WINDOW {
                self.sent += 1;
                let seq = self.sent;
                let mut event = json!({"type": "number", "data": seq, "seq": seq, "qos": 2});
                if self.calls {
                    event["id"] = seq.into();
                }
                out.extend(text(&event));
                self.waiting.push_back((seq, event));
            }
            stream.write_all(&out).await?;
        }
        Ok(())
    }

    fn acknowledged(&mut self, seq: u64) {
        self.waiting.retain(|(waiting, _)| *waiting > seq);
    }

    fn receive(&mut self, message: &Value) {
        let seq = message["seq"].as_u64().expect("a number");
        match seq.checked_sub(self.last) {
            Some(1) => {}
            None | Some(0) => {
                self.repeats += 1;
                return;
            }
            Some(_) => {
                self.gaps += 1;
                return;
            }
        }
        self.last = seq;
        let data = message["data"].as_u64().expect("a number");
        if message["type"] == "down" { self.received.push(data) } else { self.answers.push(data / 2) }
    }
}

/// Connects as the page, and reads the response.
pub(super) async fn connect(addr: SocketAddr, cookie: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(addr).await?;
    stream.set_nodelay(true)?;
    let mut headers = HEADERS.to_vec();
    headers.push(("Cookie", cookie));
    let path = format!("/websocket?page={PAGE}&view={VIEW}");
    stream.write_all(&request("GET", &path, &headers)).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    Ok(stream)
}

pub(super) fn text(message: &Value) -> Vec<u8> {
    frame(true, TEXT, message.to_string().as_bytes())
}

/// Takes a whole frame from the buffer, and returns its text. Skips pings and close frames.
pub(super) fn take(buffer: &mut Vec<u8>) -> Option<Value> {
    loop {
        let (opcode, short) = (*buffer.first()? & 0x0f, *buffer.get(1)?);
        let (start, length) = match short {
            126 => (4, usize::from(u16::from_be_bytes([*buffer.get(2)?, *buffer.get(3)?]))),
            127 => panic!("a long frame"),
            short => (2, usize::from(short)),
        };
        if buffer.len() < start + length {
            return None;
        }
        let payload: Vec<u8> = buffer.drain(..start + length).skip(start).collect();
        if opcode == TEXT {
            return Some(serde_json::from_slice(&payload).expect("JSON"));
        }
    }
}

/// Sends numbers as long as `stop` is not set. Returns how many were answered with `Queued`.
async fn produce(page: PageSession, stop: Arc<AtomicBool>) -> u64 {
    let page = page.with_qos(Qos::ExactlyOnce);
    let mut queued = 0;
    while !stop.load(Ordering::Relaxed) {
        match page.send_event("down", &(queued + 1)) {
            Delivery::Queued => queued += 1,
            Delivery::Dropped => tokio::time::sleep(Duration::from_millis(1)).await,
            _ => panic!("the page session has ended"),
        }
    }
    queued
}

pub(super) fn lost_and_doubled(numbers: &[u64], sent: u64) -> (u64, u64) {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    (sent - sorted.len() as u64, (numbers.len() - sorted.len()) as u64)
}

/// Sends in both directions over hundreds of connections that are cut, and compares. `numbers` has those that the handler
/// of `server` has received.
pub(super) async fn survive(server: &Server, numbers: &Mutex<Vec<u64>>, calls: bool) {
    let (page, _) = Page::attach(server.addr, "", 0).await;
    let cookie = page.cookie.clone();
    drop(page);
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    until(|| !session.is_connected()).await;
    let cutter = Cutter::start(server.addr).await;
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let producer = tokio::spawn(produce(session, stop.clone()));

    let mut client = Client { calls, ..Client::default() };
    let began = Instant::now();
    while cutter.cuts.load(Ordering::Relaxed) < CUTS && began.elapsed() < TIME {
        // A cut is an error, or the end of the stream.
        let _ = client.run(cutter.addr, &cookie, &done).await;
    }
    let cuts = cutter.cuts.load(Ordering::Relaxed);
    cutter.calm.store(true, Ordering::Relaxed);
    stop.store(true, Ordering::Relaxed);
    client.stopped = true;
    let queued = producer.await.unwrap();
    let sent = client.sent;
    let answers = if calls { sent } else { 0 };
    within(async {
        loop {
            let wait =
                tokio::time::timeout(Duration::from_millis(300), client.run(cutter.addr, &cookie, &done));
            let _ = wait.await;
            let complete = client.received.len() as u64 >= queued
                && client.answers.len() as u64 >= answers
                && numbers.lock().unwrap().len() as u64 >= sent;
            if complete {
                break;
            }
        }
    })
    .await;

    let handled = numbers.lock().unwrap().clone();
    println!(
        "{cuts} cuts in {:?}: {queued} events to the client, {sent} of the client and {answers} answers; {} repeats",
        began.elapsed(),
        client.repeats
    );
    assert_eq!(lost_and_doubled(&client.received, queued), (0, 0), "to the client: lost, doubled");
    assert_eq!(lost_and_doubled(&handled, sent), (0, 0), "of the client: lost, doubled");
    assert_eq!(lost_and_doubled(&client.answers, answers), (0, 0), "answers: lost, doubled");
    assert!(client.received.is_sorted() && handled.is_sorted() && client.answers.is_sorted(), "in order");
    assert_eq!(client.gaps, 0);
    assert!(client.repeats > 0, "no message was sent again");
    assert!(cuts >= 200, "only {cuts} cuts in {TIME:?}");
    assert!(queued > cuts && sent > cuts, "the connections carried {queued} and {sent} messages");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z9_nothing_is_lost_or_doubled_over_hundreds_of_cut_connections() {
    let server = Server::start(app()).await;
    let Numbers(numbers) = server.app.state::<Numbers>().unwrap();
    survive(&server, &numbers.clone(), true).await;
}

/// Receives the events of a page.
struct Own(Handled);

type Handled = Arc<Mutex<Vec<u64>>>;

#[websocket]
impl Own {
    #[init]
    fn init(_page: PageSession, State(handled): State<Handled>) -> Self {
        Self(handled)
    }

    #[text]
    fn received(&mut self, text: &str) {
        self.0.lock().unwrap().push(number(text));
    }
}

/// The same as a service, which is slow.
struct Slow(Handled);

#[service]
impl Slow {
    #[init]
    fn init(State(handled): State<Handled>) -> Self {
        Self(handled)
    }

    #[join]
    fn join(&mut self, _page: PageSession) {}

    #[incoming]
    async fn received(&mut self, text: &str) {
        self.0.lock().unwrap().push(number(text));
        tokio::task::yield_now().await;
    }
}

/// Returns the number of an event of the client.
fn number(event: &str) -> u64 {
    let event: Value = serde_json::from_str(event).unwrap();
    event["data"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z9_nothing_is_lost_or_doubled_between_a_page_and_a_handler_of_the_users() {
    let app = App::new().pages(Pages::new().key(KEY)).mount::<Own>("/websocket", ());
    let handled = Handled::default();
    let server = Server::start(app.state(handled.clone())).await;
    survive(&server, &handled, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z9_nothing_is_lost_or_doubled_between_a_page_and_a_service_with_a_full_inbox() {
    let route = ws_core::Route::service::<Slow>("/websocket").inbox_messages(1);
    let handled = Handled::default();
    let app = App::new().pages(Pages::new().key(KEY)).route(route).state(handled.clone());
    let server = Server::start(app).await;
    survive(&server, &handled, false).await;
}
