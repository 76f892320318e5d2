//! A burst goes out in one write. The writes are counted in a stream of the test's own server, below the app's router.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context as TaskContext, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use ws_core::prelude::*;
use ws_tests::front;
use ws_tests::raw::{PING, PONG, Raw, TEXT, frame};

/// A stream that counts its writes.
struct Counting {
    stream: TcpStream,
    writes: Arc<AtomicUsize>,
}

impl AsyncRead for Counting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counting {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf))?;
        self.writes.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Echoes, or sends sixteen messages: as a list for the text `list`, and one by one for `send`.
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    async fn received(&mut self, words: &str, cx: &mut Context<Self>) -> Vec<String> {
        match words {
            "list" => (0..16).map(|number| number.to_string()).collect(),
            "send" => {
                for number in 0..15 {
                    cx.send(number.to_string());
                }
                vec!["15".to_owned()]
            }
            other => vec![other.to_owned()],
        }
    }
}

struct Setting {
    client: Raw,
    app: AppHandle,
    writes: Arc<AtomicUsize>,
}

impl Setting {
    async fn new() -> Self {
        let writes = Arc::new(AtomicUsize::new(0));
        let app = App::new().mount::<Echo>("/", ());
        let handle = app.handle();
        let counting = writes.clone();
        let addr =
            front::serve(app.into_router(), move |stream| Counting { stream, writes: counting.clone() })
                .await;
        let client = Raw::connect(addr, "/").await;
        Self { client, app: handle, writes }
    }

    /// Sends `frames` in one write, and returns the number of writes that bring the 16 answers.
    async fn writes(&mut self, frames: &[Vec<u8>]) -> usize {
        let before = self.writes.load(Ordering::Relaxed);
        self.client.send(&frames.concat()).await;
        self.sixteen_come().await;
        self.writes.load(Ordering::Relaxed) - before
    }

    async fn sixteen_come(&mut self) {
        for number in 0..16 {
            assert_eq!(self.client.read().await.expect("an answer").text(), number.to_string());
        }
    }
}

#[tokio::test]
async fn sixteen_pipelined_messages_are_answered_with_one_write() {
    let mut setting = Setting::new().await;
    let frames: Vec<_> = (0..16).map(|number| frame(true, TEXT, number.to_string().as_bytes())).collect();
    for _ in 0..3 {
        assert_eq!(setting.writes(&frames).await, 1);
    }
}

#[tokio::test]
async fn c6_a_list_goes_out_as_one_write() {
    let mut setting = Setting::new().await;
    assert_eq!(setting.writes(&[frame(true, TEXT, b"list")]).await, 1);
    assert_eq!(setting.writes(&[frame(true, TEXT, b"send")]).await, 1);
}

#[tokio::test]
async fn messages_sent_from_elsewhere_in_a_burst_go_out_as_one_write() {
    let mut setting = Setting::new().await;
    let socket = setting.app.sockets::<Echo>().pop().expect("a connection");
    let before = setting.writes.load(Ordering::Relaxed);
    // This task does not await in between, so the connection finds all messages at once.
    for number in 0..16 {
        assert!(socket.send(number.to_string()).is_queued());
    }
    setting.sixteen_come().await;
    assert_eq!(setting.writes.load(Ordering::Relaxed) - before, 1);
}

#[tokio::test]
async fn a_ping_alone_is_answered_with_one_write() {
    let mut setting = Setting::new().await;
    let before = setting.writes.load(Ordering::Relaxed);
    setting.client.frame(PING, b"x").await;
    assert_eq!(setting.client.read().await.expect("a pong").opcode, PONG);
    assert_eq!(setting.writes.load(Ordering::Relaxed) - before, 1);
}
