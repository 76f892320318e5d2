//! The pool of a thread's compression states. A connection takes a state when a message begins, and returns it when the
//! message ends.

use std::cell::RefCell;
use std::thread::LocalKey;

use flate2::{Compress, Decompress};

use super::deflate::Encoding;

/// The most states for inflating that a thread keeps. More are in use only while more messages arrive in pieces at a
/// time. The surplus is dropped.
const INFLATERS: usize = 16;
/// The most states for compressing that a thread keeps. One is in use at a time. Each encoding has its own, and more
/// encodings than this are rare.
const DEFLATERS: usize = 4;

thread_local! {
    static INFLATE: RefCell<Vec<Decompress>> = const { RefCell::new(Vec::new()) };
    static DEFLATE: RefCell<Vec<(Encoding, Compress)>> = const { RefCell::new(Vec::new()) };
}

/// Runs `with` on a pool. Returns `None` while the thread exits, when its pools are gone.
fn kept<T: 'static, R>(pool: &'static LocalKey<RefCell<T>>, with: impl FnOnce(&mut T) -> R) -> Option<R> {
    pool.try_with(|kept| with(&mut kept.borrow_mut())).ok()
}

/// Takes a fresh state for inflating. Its window of 2^15 bytes fits every window of a client, even if one that promised
/// 2^8 uses 2^9, as zlib always does. zlib-rs allocates the same memory for all windows.
pub(super) fn take_inflater() -> Decompress {
    kept(&INFLATE, Vec::pop).flatten().unwrap_or_else(|| Decompress::new(false))
}

/// Resets a state of [`take_inflater`] and returns it to the pool.
pub(super) fn give_inflater(mut state: Decompress) {
    kept(&INFLATE, |kept| {
        if kept.len() < INFLATERS {
            state.reset(false);
            kept.push(state);
        }
    });
}

/// Takes a fresh state for compressing.
pub(super) fn take_deflater(encoding: Encoding) -> Compress {
    let take = |kept: &mut Vec<(Encoding, Compress)>| {
        let at = kept.iter().rposition(|(known, _)| *known == encoding)?;
        Some(kept.remove(at).1)
    };
    kept(&DEFLATE, take).flatten().unwrap_or_else(|| encoding.state())
}

/// Resets a state of [`take_deflater`] and returns it to the pool. If the pool is full, the state that was unused for
/// the longest time is dropped.
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
