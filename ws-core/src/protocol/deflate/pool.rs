//! States that no connection owns: taken when a message begins, given back when it ends, and kept by the thread until
//! the next one needs them.

use std::cell::RefCell;
use std::thread::LocalKey;

use flate2::{Compress, Decompress};

use super::deflate::Encoding;

/// What a thread keeps for inflating. More are in use at a time only while so many messages arrive in pieces; the
/// surplus is dropped.
const INFLATERS: usize = 16;
/// What a thread keeps for deflating. One is in use at a time; there is one for each encoding, and more encodings than
/// this are rare.
const DEFLATERS: usize = 4;

thread_local! {
    static INFLATE: RefCell<Vec<Decompress>> = const { RefCell::new(Vec::new()) };
    static DEFLATE: RefCell<Vec<(Encoding, Compress)>> = const { RefCell::new(Vec::new()) };
}

/// What `with` makes of what the thread keeps; a thread that ends keeps nothing.
fn kept<T: 'static, R>(pool: &'static LocalKey<RefCell<T>>, with: impl FnOnce(&mut T) -> R) -> Option<R> {
    pool.try_with(|kept| with(&mut kept.borrow_mut())).ok()
}

/// A state that has seen nothing. Its window of 2^15 bytes fits whatever window the client uses (one that promised 2^8
/// may use 2^9: zlib has always made that of it), and zlib-rs takes the same memory for any.
pub(super) fn take_inflater() -> Decompress {
    kept(&INFLATE, Vec::pop).flatten().unwrap_or_else(|| Decompress::new(false))
}

/// Takes back a state of [`take_inflater`], and forgets what it has seen.
pub(super) fn give_inflater(mut state: Decompress) {
    kept(&INFLATE, |kept| {
        if kept.len() < INFLATERS {
            state.reset(false);
            kept.push(state);
        }
    });
}

/// A state that has seen nothing.
pub(super) fn take_deflater(encoding: Encoding) -> Compress {
    let take = |kept: &mut Vec<(Encoding, Compress)>| {
        let at = kept.iter().rposition(|(known, _)| *known == encoding)?;
        Some(kept.remove(at).1)
    };
    kept(&DEFLATE, take).flatten().unwrap_or_else(|| encoding.state())
}

/// Takes back a state of [`take_deflater`], and forgets what it has seen; the one that was longest without use goes.
pub(super) fn give_deflater(encoding: Encoding, mut state: Compress) {
    kept(&DEFLATE, |kept| {
        if kept.len() == DEFLATERS {
            kept.remove(0);
        }
        state.reset();
        kept.push((encoding, state));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_keeps_no_more_than_its_share() {
        let states: Vec<_> = (0..INFLATERS + 5).map(|_| take_inflater()).collect();
        for state in states {
            give_inflater(state);
        }
        INFLATE.with_borrow(|kept| assert_eq!(kept.len(), INFLATERS));
    }
}
