//! The `#[message]` functions: the arguments besides the payload, and the way of the answer.

use std::any::Any;

use super::event::AnswerTo;
use super::sealed::Sealed;
use crate::browser::page_call::{PageAnswer, PageCall};
use crate::handler::{AppHandle, State};
use crate::page::PageSession;
use crate::shared::states::Needs;

/// An argument of a `#[message]` function besides its payload: [`PageSession`](crate::PageSession),
/// [`AppHandle`](crate::AppHandle), or [`State<T>`](crate::State) where `T: Clone + Send + Sync + 'static`.
#[diagnostic::on_unimplemented(
    message = "`#[message]` cannot take `{Self}` from the app",
    label = "not a state of the app",
    note = "`State<T>` needs `T: Clone + Send + Sync + 'static`: derive `Clone` for `T`, or put the value in an `Arc`"
)]
pub trait PageArgument: Sized {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn declare(needs: &mut Needs);

    #[doc(hidden)]
    fn take(call: &PageCall<'_>) -> Self;
}

impl PageArgument for PageSession {
    const SEALED: Sealed = Sealed;

    fn declare(_: &mut Needs) {}

    fn take(call: &PageCall<'_>) -> Self {
        call.page().clone()
    }
}

impl PageArgument for AppHandle {
    const SEALED: Sealed = Sealed;

    fn declare(_: &mut Needs) {}

    fn take(call: &PageCall<'_>) -> Self {
        call.app().clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Any + Clone + Send + Sync> PageArgument for State<T> {
    const SEALED: Sealed = Sealed;

    fn declare(needs: &mut Needs) {
        needs.state::<T>();
    }

    fn take(call: &PageCall<'_>) -> Self {
        Self(call.app().state::<T>().expect("the start has checked that the app has the state").clone())
    }
}

impl AnswerTo for &mut PageAnswer<'_> {
    fn send(self, text: &str) {
        PageAnswer::send(self, text);
    }
}
