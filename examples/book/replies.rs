//! Chapter "Replies, infos and timers".

use std::time::Duration;

use axum::extract;
use ws_core::Timer;
use ws_core::prelude::*;

// ANCHOR: reply
/// Answers with zero or more messages.
#[websocket("/answers")]
#[derive(Default)]
struct Answers;

#[websocket]
impl Answers {
    #[text]
    fn answer(&mut self, question: &str) -> Reply {
        match question {
            "one" => Reply::new().with("a text"),
            "many" => Reply::new().with(["first", "second"]).with(vec![3_u8]),
            "bye" => Reply::new().with("goodbye").close(CloseCode::NORMAL, "as asked").with("never sent"),
            _ => Reply::new(),
        }
    }
}
// ANCHOR_END: reply

// ANCHOR: borrow
/// Echoes, and repeats the last text when it is asked to.
#[websocket("/repeat")]
#[derive(Default)]
struct Repeat {
    last: String,
}

#[websocket]
impl Repeat {
    #[text]
    fn received(&mut self, text: &str) -> &str {
        if text == "again" {
            return &self.last;
        }
        text.clone_into(&mut self.last);
        text
    }

    #[binary]
    async fn header(&mut self, bytes: &[u8]) -> Option<&[u8]> {
        bytes.get(..4)
    }
}
// ANCHOR_END: borrow

// ANCHOR: info
/// Sends the news to its client.
#[websocket("/news")]
#[derive(Default)]
pub(crate) struct News {
    read: u32,
}

/// An info for `News`, sent by other parts of the program.
#[derive(Clone)]
pub(crate) struct Headline(String);

#[websocket]
impl News {
    #[info]
    fn headline(&mut self, Headline(words): Headline) -> String {
        self.read += 1;
        format!("{}: {words}", self.read)
    }
}
// ANCHOR_END: info

// ANCHOR: publish
/// Handles `POST /publish`: sends the headline to every `News` connection.
pub(crate) async fn publish(extract::State(app): extract::State<AppHandle>, words: String) -> String {
    let headline = Headline(words);
    let readers = app.sockets::<News>();
    let notified = readers.iter().filter(|reader| reader.info(headline.clone()).is_queued()).count();
    format!("notified {notified} of {}\n", readers.len())
}
// ANCHOR_END: publish

// ANCHOR: timer
/// Closes the connection if the client sends nothing for a second.
#[websocket("/patience")]
#[derive(Default)]
struct Patience {
    waiting: Option<Timer>,
}

struct Enough;

#[websocket]
impl Patience {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        self.waiting = Some(cx.notify_after(Duration::from_secs(1), Enough));
    }

    #[text]
    fn received(&mut self, cx: &mut Context<Self>) -> &'static str {
        if self.waiting.take().is_some_and(|timer| cx.cancel(timer)) { "there you are" } else { "go on" }
    }

    #[info]
    fn enough(&mut self, _: Enough) -> Close {
        Close::new(CloseCode::POLICY, "you sent nothing")
    }
}
// ANCHOR_END: timer

// ANCHOR: spawn
/// Moves long computations to other threads, and keeps receiving messages meanwhile.
#[websocket("/primes")]
#[derive(Default)]
struct Primes;

struct Counted {
    below: u32,
    primes: usize,
}

#[websocket]
impl Primes {
    #[text]
    fn count(&mut self, Json(below): Json<u32>, cx: &mut Context<Self>) -> &'static str {
        cx.spawn(async move {
            let counting = tokio::task::spawn_blocking(move || (2..below).filter(|n| is_prime(*n)).count());
            Counted { below, primes: counting.await.expect("counting does not panic") }
        });
        "counting"
    }

    #[info]
    fn counted(&mut self, Counted { below, primes }: Counted) -> String {
        format!("{primes} primes below {below}")
    }
}
// ANCHOR_END: spawn

fn is_prime(n: u32) -> bool {
    (2..n).take_while(|divisor| divisor * divisor <= n).all(|divisor| !n.is_multiple_of(divisor))
}
