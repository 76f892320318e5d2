//! Compares the protocol core with tungstenite: for any bytes from a client, both must receive the same messages and
//! the same end, and send the same answers. The pieces in which the bytes arrive must make no difference. The fuzzer's
//! data is the lengths of the pieces, a mask of the pieces to read directly into a message, and the client's bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ws_fuzz::pieces;

fuzz_target!(|data: &[u8]| {
    let Some((lengths, rest)) = pieces(data) else { return };
    let Some((direct, bytes)) = rest.split_first() else { return };
    ws_core::fuzzing::receive(bytes, &lengths, *direct);
});
