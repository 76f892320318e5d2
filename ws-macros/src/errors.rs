//! Collects errors, so that one mistake does not hide the next.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The list that every stage adds to. Each error becomes one `compile_error!` at the offending tokens. Its text is
/// in lower case, with items in backticks, and continues with `\nhelp: …` and the correct code.
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    /// Reports `message` at `tokens`.
    pub(crate) fn at(&mut self, tokens: &dyn ToTokens, message: impl Display) {
        self.0.push(syn::Error::new_spanned(tokens, message));
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
        self.0.push(error);
    }

    pub(crate) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of errors so far. A stage compares it before and after a step to see whether the step
    /// succeeded.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = syn::Error> + '_ {
        self.0.iter().flat_map(|error| error.clone().into_iter().collect::<Vec<_>>())
    }
}

impl ToTokens for Errors {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().map(syn::Error::to_compile_error));
    }
}
