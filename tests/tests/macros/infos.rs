//! `#[info]`: several types, private types on a public handler, generic and `'static` borrowed types, and results of
//! spawned work.

use std::collections::HashMap;
use std::time::Duration;

use ws_core::prelude::*;
use ws_core::{Delivery, InfoFor};
use ws_tests::{text, until};

use super::{answer, serve};

/// Public, although its infos are private.
#[websocket("/notified")]
#[derive(Default)]
pub struct Notified {
    numbers: Vec<u64>,
}

struct Number(u64);
enum Mood {
    Good,
    Bad { why: &'static str },
}
struct Nested<'a>(&'a str);

#[websocket]
impl Notified {
    #[info]
    fn number(&mut self, Number(number): Number) {
        self.numbers.push(number);
    }

    #[info]
    fn mood(&mut self, mood: Mood) -> Option<String> {
        match mood {
            Mood::Good => None,
            Mood::Bad { why } => Some(format!("bad: {why}")),
        }
    }

    #[info]
    async fn counts(&mut self, counts: HashMap<String, Vec<u64>>, cx: &mut Context<Self>) -> Vec<String> {
        tokio::task::yield_now().await;
        cx.send("counts");
        let mut all: Vec<_> = counts.into_iter().map(|(name, of)| format!("{name} {}", of.len())).collect();
        all.sort();
        all
    }

    #[info]
    fn words(&mut self, words: &'static str) -> &'static str {
        words
    }

    #[info]
    fn pair(&mut self, cx: &mut Context<Self>, (left, right): (u8, u8)) -> String {
        format!("{left} {right} {}", cx.path())
    }

    #[info]
    fn unit(&mut self, (): ()) -> String {
        format!("{:?}", self.numbers)
    }

    #[info]
    fn array(&mut self, [first, ..]: [Nested<'static>; 2]) -> String {
        first.0.to_owned()
    }

    #[info]
    fn boxed(&mut self, call: Box<dyn FnOnce(&mut Self) -> String + Send>) -> String {
        call(self)
    }

    #[text]
    fn received(&mut self, text: &str, cx: &mut Context<Self>) {
        cx.notify_after(Duration::from_millis(1), Mood::Bad { why: "late" });
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
        cx.spawn(async move { (length, length) });
    }
}

/// Generic over the handler and its infos.
fn notify<H: ws_core::Handler>(socket: &Socket<H>, info: impl InfoFor<H>) {
    assert_eq!(socket.info(info), Delivery::Queued);
}

#[tokio::test]
async fn c4_each_info_comes_to_its_own_callback() {
    let server = serve(module_path!()).await;
    let mut client = server.connect("/notified").await;
    until(|| !server.app.sockets::<Notified>().is_empty()).await;
    let socket = &server.app.sockets::<Notified>()[0];
    notify(socket, Number(1));
    notify(socket, Number(u64::MAX));
    notify(socket, Mood::Good);
    notify(socket, Mood::Bad { why: "rain" });
    assert_eq!(text(&mut client).await, "bad: rain");
    notify(socket, HashMap::from([("a".to_owned(), vec![1]), ("b".to_owned(), vec![])]));
    for words in ["counts", "a 1", "b 0"] {
        assert_eq!(text(&mut client).await, words);
    }
    notify(socket, "static");
    assert_eq!(text(&mut client).await, "static");
    notify(socket, (1, 2));
    assert_eq!(text(&mut client).await, "1 2 /notified");
    notify(socket, ());
    assert_eq!(text(&mut client).await, format!("[1, {}]", u64::MAX));
    notify(socket, [Nested("first"), Nested("second")]);
    assert_eq!(text(&mut client).await, "first");
    let call: Box<dyn FnOnce(&mut Notified) -> String + Send> =
        Box::new(|handler| handler.numbers.len().to_string());
    notify(socket, call);
    assert_eq!(text(&mut client).await, "2");
    let mut both = [answer(&mut client, "four").await, text(&mut client).await];
    both.sort();
    assert_eq!(both, ["4 4 /notified", "bad: late"]);
}

/// Each of several connections receives a different info.
#[tokio::test]
async fn c4_infos_reach_the_connection_they_are_for() {
    let server = serve(module_path!()).await;
    let mut clients = Vec::new();
    for number in 0..3 {
        clients.push(server.connect("/notified").await);
        until(|| server.app.sockets::<Notified>().len() == number + 1).await;
    }
    let mut sockets = server.app.sockets::<Notified>();
    sockets.sort_by_key(Socket::id);
    for (number, socket) in (0..).zip(&sockets) {
        notify(socket, (number, number));
    }
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(text(client).await, format!("{number} {number} /notified"));
    }
}
