//! The coroutines that run callbacks which may be pending. A coroutine has room for the largest callback of its handler.
//! A connection has one only while it runs callbacks. Each thread keeps a few spare ones of each handler.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;

/// Runs the callbacks of one connection after the other.
pub(super) type Coroutine = BoxFuture<'static, Infallible>;

/// The most bytes of spare coroutines that a thread keeps for a handler.
const KEPT_BYTES: usize = 64 << 10;
/// The most spare coroutines that a thread keeps for a handler.
const KEPT: usize = 64;

thread_local! {
    /// The spare coroutines of each handler, by its [`Pool`].
    static SPARE: RefCell<Vec<Vec<Coroutine>>> = const { RefCell::new(Vec::new()) };
}

/// The spare coroutines of a handler. Each thread has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pool(u32);

impl Pool {
    /// Returns the pool of the sessions of this type.
    pub(super) fn of(session: TypeId) -> Self {
        static POOLS: Mutex<Option<HashMap<TypeId, Pool>>> = Mutex::new(None);
        let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
        let pools = pools.get_or_insert_default();
        let next = Self(u32::try_from(pools.len()).expect("a program has fewer handlers"));
        *pools.entry(session).or_insert(next)
    }

    /// Takes a spare coroutine of this thread.
    #[inline]
    pub(super) fn take(self) -> Option<Coroutine> {
        // A thread that is shutting down has none.
        SPARE.try_with(|spare| spare.borrow_mut().get_mut(self.0 as usize)?.pop()).ok().flatten()
    }

    /// Keeps a coroutine that waits for the next connection, unless there are enough.
    #[inline]
    pub(super) fn give(self, coroutine: Coroutine) {
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() <= self.0 as usize {
                spare.resize_with(self.0 as usize + 1, Vec::new);
            }
            keep(&mut spare[self.0 as usize], coroutine);
        });
    }
}

#[inline]
fn keep(spare: &mut Vec<Coroutine>, coroutine: Coroutine) {
    if spare.len() < KEPT && (spare.len() + 1).saturating_mul(size_of_val(&*coroutine)) <= KEPT_BYTES {
        spare.push(coroutine);
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    fn coroutine<const SIZE: usize>() -> Coroutine {
        let bytes = [0_u8; SIZE];
        Box::pin(async move {
            pending::<()>().await;
            panic!("{}", bytes.len());
        })
    }

    fn kept(pool: Pool) -> usize {
        std::iter::from_fn(|| pool.take()).count()
    }

    #[test]
    fn spare_coroutines_are_bounded_in_number_and_in_bytes() {
        struct Small;
        struct Large;
        struct Huge;
        let (small, large, huge) = (
            Pool::of(TypeId::of::<Small>()),
            Pool::of(TypeId::of::<Large>()),
            Pool::of(TypeId::of::<Huge>()),
        );
        assert!(small != large && large != huge && small == Pool::of(TypeId::of::<Small>()));
        for _ in 0..100 {
            small.give(coroutine::<10>());
            large.give(coroutine::<20_000>());
            huge.give(coroutine::<{ KEPT_BYTES }>());
        }
        assert_eq!((kept(small), kept(large), kept(huge)), (KEPT, 3, 0));
    }

    #[test]
    fn a_spare_coroutine_is_used_again() {
        struct Handler;
        let pool = Pool::of(TypeId::of::<Handler>());
        let coroutine = coroutine::<10>();
        let address = std::ptr::from_ref(&*coroutine).addr();
        pool.give(coroutine);
        assert_eq!(pool.take().map(|same| std::ptr::from_ref(&*same).addr()), Some(address));
        assert!(pool.take().is_none());
    }
}
