//! Collects errors, so that one mistake does not hide the next.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The list that every stage adds to. Each error becomes one `compile_error!` at the offending tokens. Its text is
/// in lower case, with items in backticks, and continues with `\nhelp: …` and the correct code.
#[derive(Default)]
pub(crate) struct Errors {
    own: Vec<syn::Error>,
    /// Whether rustc has reported an error in the item's syntax.
    of_rustc: bool,
}

impl Errors {
    /// Reports `message` at `tokens`.
    pub(crate) fn at(&mut self, tokens: &dyn ToTokens, message: impl Display) {
        self.own.push(syn::Error::new_spanned(tokens, message));
    }

    /// Reports `message` at `tokens`, with a help text.
    pub(crate) fn help(&mut self, tokens: &dyn ToTokens, message: impl Display, help: impl Display) {
        self.at(tokens, format_args!("{message}\nhelp: {help}"));
    }

    /// Returns the value, or reports the error.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    pub(crate) fn add(&mut self, error: syn::Error) {
        self.own.push(error);
    }

    pub(crate) fn append(&mut self, mut others: Self) {
        self.own.append(&mut others.own);
        self.of_rustc |= others.of_rustc;
    }

    /// Notes that rustc has reported an error in the item's syntax, so that it is not reported again.
    pub(crate) fn of_rustc(&mut self) {
        self.of_rustc = true;
    }

    pub(crate) fn is_of_rustc(&self) -> bool {
        self.of_rustc
    }

    /// Checks whether there is no error, of rustc either.
    pub(crate) fn is_empty(&self) -> bool {
        self.own.is_empty() && !self.of_rustc
    }

    /// Returns the number of errors so far. A stage compares it before and after a step to see whether the step
    /// succeeded.
    pub(crate) fn count(&self) -> usize {
        self.own.len()
    }

    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = syn::Error> + '_ {
        self.own.iter().flat_map(|error| error.clone().into_iter().collect::<Vec<_>>())
    }
}

impl ToTokens for Errors {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.own.iter().map(syn::Error::to_compile_error));
    }
}
