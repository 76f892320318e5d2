//! States that no connection owns: taken when a message begins, given back when it ends, and kept by the thread until
//! the next one needs them.

use std::cell::RefCell;

use flate2::Decompress;

/// What a thread keeps for inflating, at about 40 KiB each. More are in use at a time only while so many messages
/// arrive in pieces; the surplus is dropped.
const INFLATERS: usize = 16;

thread_local! {
    static INFLATE: RefCell<Vec<Decompress>> = const { RefCell::new(Vec::new()) };
}

/// A state with a window of 2^15 bytes, which fits whatever window the client uses.
pub(super) fn take_inflater() -> Decompress {
    INFLATE.try_with(|kept| kept.borrow_mut().pop()).ok().flatten().unwrap_or_else(|| Decompress::new(false))
}

/// Takes back a state of [`take_inflater`], and forgets what it has seen.
pub(super) fn give_inflater(mut state: Decompress) {
    // A thread that ends keeps nothing.
    let _ = INFLATE.try_with(|kept| {
        let mut kept = kept.borrow_mut();
        if kept.len() < INFLATERS {
            state.reset(false);
            kept.push(state);
        }
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
