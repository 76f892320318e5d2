//! Explains why a reply cannot borrow its text, where rustc would report lifetimes. The type decides: a user's own
//! `Option<&str>` may be a reply.

use std::marker::PhantomData;

/// The type that a callback returns.
pub struct ReplyText<T>(PhantomData<T>);

/// The answer for every other type: an inherent function goes before this one.
pub trait AnyReply {
    fn check() {}
}

impl<T> AnyReply for ReplyText<T> {}

/// `str`, and nothing else: a bound on a type parameter may fail, and one on `str` may not.
pub trait Str {}

impl Str for str {}

/// Implemented by no type.
#[diagnostic::on_unimplemented(
    message = "a reply is sent after the callback has returned, so its text cannot be borrowed",
    label = "this reply borrows its text",
    note = "return `String`, for example with `text.to_owned()`, or `&'static str` for a literal"
)]
pub trait ReplyBeyond {}

impl<'a, T: Str + ?Sized> ReplyText<Option<&'a T>> {
    pub fn check()
    where
        &'a T: ReplyBeyond,
    {
    }
}

impl<'a, T: Str + ?Sized> ReplyText<Vec<&'a T>> {
    pub fn check()
    where
        &'a T: ReplyBeyond,
    {
    }
}

impl<'a, T: Str + ?Sized> ReplyText<Option<Vec<&'a T>>> {
    pub fn check()
    where
        &'a T: ReplyBeyond,
    {
    }
}

impl<'a, T: Str + ?Sized, E> ReplyText<Result<&'a T, E>> {
    pub fn check()
    where
        &'a T: ReplyBeyond,
    {
    }
}

impl<'a, T: Str + ?Sized, E> ReplyText<Result<Option<&'a T>, E>> {
    pub fn check()
    where
        &'a T: ReplyBeyond,
    {
    }
}

impl<'a, T: Str + ?Sized, E> ReplyText<Result<Vec<&'a T>, E>> {
    pub fn check()
    where
        &'a T: ReplyBeyond,
    {
    }
}
