//! An event costs no allocation besides those of its payload and of the callback.

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_core::Handler;
use ws_core::prelude::*;
use ws_tests::raw::{Raw, TEXT, frame};
use ws_tests::{Server, within};

#[derive(Deserialize)]
struct Say<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Said {
    length: usize,
}

/// Defines a handler. `$wait` is `async` or nothing.
macro_rules! counting {
    ($name:ident $(, $wait:tt)?) => {
        #[derive(Default)]
        struct $name;

        #[websocket]
        impl $name {
            #[message]
            $($wait)? fn say(&mut self, say: Say<'_>) -> Said {
                Said { length: say.text.len() }
            }

            #[message]
            $($wait)? fn len(&mut self, say: Say<'_>) -> Result<usize, String> {
                Ok(say.text.len())
            }
        }
    };
}

counting!(AtOnce);
counting!(Waiting, async);

/// Counts the allocations of server and client for `bursts` bursts of 16 events. The client allocates nothing.
fn allocations<H: Handler>(event: &str, answer: &str, bursts: usize) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_server, mut client) = runtime.block_on(async {
        let server = Server::start(App::new().mount::<H>("/", ())).await;
        let client = Raw::connect(server.addr, "/").await;
        (server, client)
    });
    let burst = frame(true, TEXT, event.as_bytes()).repeat(16);
    let expected = [&[0x81, u8::try_from(answer.len()).unwrap()], answer.as_bytes()].concat().repeat(16);
    let mut received = vec![0; expected.len()];
    let measured = allocation_counter::measure(|| {
        runtime.block_on(async {
            for _ in 0..bursts {
                client.stream.write_all(&burst).await.unwrap();
                within(client.stream.read_exact(&mut received)).await.unwrap();
            }
        });
    });
    assert_eq!(String::from_utf8_lossy(&received), String::from_utf8_lossy(&expected));
    measured.count_total
}

fn check<H: Handler>() {
    for (event, answer) in [
        (r#"{"type": "say", "id": 7, "text": "hello"}"#, r#"{"type":"say","id":7,"length":5}"#),
        (r#"{"type": "len", "text": "hello", "id": "a"}"#, r#"{"type":"len","id":"a","data":5}"#),
    ] {
        let (few, many) = (allocations::<H>(event, answer, 10), allocations::<H>(event, answer, 210));
        // The long run has 3,200 more events in 200 more bursts: even one allocation a burst would show.
        assert!(many < few + 50, "{few} for 160 events, {many} for 3,360");
    }
}

#[test]
fn an_event_that_borrows_costs_no_allocation() {
    check::<AtOnce>();
    check::<Waiting>();
}
