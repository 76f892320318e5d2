//! Finds out which states the arguments of a callback need, from their types alone.

use std::any::Any;
use std::marker::PhantomData;

use crate::handler::State;
use crate::shared::states::Needs;

/// Determines the state that an argument of `#[init]` needs. Only a [`State`] needs one. The type is checked and not
/// its name, so an alias or a full path works too.
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<T> {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for the macro alone")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Any + Send + Sync> Probe<State<T>> {
    pub fn declare(&self, needs: &mut Needs) {
        needs.state::<T>();
    }
}

/// The fallback for every other type: the inherent method of [`Probe`] takes precedence.
pub trait NeedsNothing {
    fn declare(&self, _: &mut Needs) {}
}

impl<T> NeedsNothing for Probe<T> {}
