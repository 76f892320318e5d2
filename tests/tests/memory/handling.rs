//! Memory that only the handler's own code can pile up.

use std::time::Duration;

use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};

use super::{Row, Setting};

/// Does what the client asks for up to the bound, and notes how many bytes that took.
struct Greedy(Notes);

struct Done;

#[websocket]
impl Greedy {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    async fn text(&mut self, words: Text, cx: &mut Context<Self>) {
        let held = allocation_counter::measure(|| match &*words {
            "send" => while cx.send(vec![7; 256]).is_queued() {},
            "spawn" => {
                for _ in 0..4096 {
                    cx.spawn(async {
                        std::future::pending::<()>().await;
                        Done
                    });
                }
            }
            _ => {
                for _ in 0..65_536 {
                    cx.notify_after(Duration::from_secs(600), Done);
                }
            }
        });
        self.0.add(held.bytes_current.to_string());
        cx.send("done");
    }

    #[info]
    fn done(&mut self, _: Done) {}
}

/// Returns the bytes that the handler noted. At the bound itself, its connection is still open unless it `overflows`.
fn held(words: &str, overflows: bool) -> usize {
    let notes = Notes::default();
    let setting = Setting::new(App::new().state(notes.clone()).mount::<Greedy>("/", ()));
    setting.runtime.block_on(async {
        let mut client = Raw::connect(setting.server.addr, "/").await;
        client.frame(TEXT, words.as_bytes()).await;
        let answer = client.read().await.expect("an answer");
        if overflows {
            assert_eq!(answer.close().0, 1013);
        } else {
            assert_eq!(answer.text(), "done");
        }
    });
    notes.all()[0].parse().expect("a number")
}

#[test]
fn the_queue_of_a_handlers_own_messages() {
    Row::of("the queue of cx.send").assert_held(held("send", true), 1);
}

#[test]
fn spawned_tasks() {
    Row::of("4,096 tasks of cx.spawn").assert_held(held("spawn", false), 1);
}

#[test]
fn timers() {
    Row::of("65,536 timers").assert_held(held("timers", false), 1);
}
