//! The protocol core beside tungstenite: whatever a client sends, both receive the same messages and the same end, and
//! answer the same; and the pieces in which it arrives make no difference. The fuzzer's bytes are the lengths of the
//! pieces, then which of them are read straight into their message, then what the client sends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ws_fuzz::pieces;

fuzz_target!(|data: &[u8]| {
    let Some((lengths, rest)) = pieces(data) else { return };
    let Some((direct, bytes)) = rest.split_first() else { return };
    ws_core::fuzzing::receive(bytes, &lengths, *direct);
});
