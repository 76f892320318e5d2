//! Fuzzes frames, valid and invalid: the same messages and the same close frame must come back for any way to cut the
//! bytes. The fuzzer's data is the lengths of the pieces, then the client's bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ws_core::prelude::*;
use ws_fuzz::{Peer, cut, frames, handshake, pieces};

#[websocket("/echo", max_message_size = "4KiB")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }

    #[binary]
    fn binary(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

thread_local! {
    static PEER: Peer = Peer::new(App::discover());
}

fuzz_target!(|data: &[u8]| {
    let Some((lengths, bytes)) = pieces(data) else { return };
    let request = handshake("/echo", "");
    let replies = |parts: Vec<&[u8]>| {
        let answer = PEER.with(|peer| peer.talk(std::iter::once(&request[..]).chain(parts)));
        assert_eq!(answer.status(), 101, "{}", answer.head);
        frames(&answer.rest)
    };
    assert_eq!(replies(vec![bytes]), replies(cut(&lengths, bytes)), "whole, and in pieces {lengths:?}");
});
