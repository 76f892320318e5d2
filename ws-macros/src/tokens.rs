//! Helpers for tokens: their spans, and the names in them.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Path, parse_quote};

/// The spans of the first and the last token of user code. If generated code starts at the one and ends at the
/// other, rustc points at the whole of the user code: spans cannot be joined on stable.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) start: Span,
    pub(crate) end: Span,
}

impl Place {
    /// Locates the spans at the user's tokens but resolves them at the call site, so that lints do not treat
    /// generated code as the user's own.
    pub(crate) fn of(tokens: &dyn ToTokens) -> Self {
        let generated = |span: Span| Span::call_site().located_at(span);
        let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
        let start = spans.next().unwrap_or_else(Span::call_site);
        let end = spans.last().unwrap_or(start);
        Self { start: generated(start), end: generated(end) }
    }
}

/// The path of ws-core: `::ws_core`, or the path given with `crate = path`.
pub(crate) struct Crate(Path);

impl Crate {
    pub(crate) fn named(path: Option<Path>) -> Self {
        Self(path.unwrap_or_else(|| parse_quote!(::ws_core)))
    }

    /// Returns the path with spans at `place`, so that rustc reports a call that begins with it there and not at
    /// the attribute.
    pub(crate) fn at(&self, place: Span) -> Path {
        // Only the location changes. Names still resolve where the user wrote them.
        let placed = |span: Span| span.located_at(place);
        let mut path = self.0.clone();
        if let Some(colons) = &mut path.leading_colon {
            colons.spans = colons.spans.map(placed);
        }
        for mut pair in path.segments.pairs_mut() {
            let name = &mut pair.value_mut().ident;
            name.set_span(placed(name.span()));
            if let Some(colons) = pair.punct_mut() {
                colons.spans = colons.spans.map(placed);
            }
        }
        path
    }
}

impl ToTokens for Crate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// Collects every name in `tokens`, at any depth.
fn names(tokens: TokenStream, into: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => _ = into.insert(ident.to_string()),
            TokenTree::Group(group) => names(group.stream(), into),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Creates unique names. Generated types share a scope with the user's type tokens and would shadow a user type of
/// the same name.
#[derive(Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    pub(crate) fn take_all(&mut self, tokens: &dyn ToTokens) {
        names(tokens.to_token_stream(), &mut self.0);
    }

    /// Picks `wanted`, or the first of `wanted2`, `wanted3`, … that is free.
    pub(crate) fn fresh(&mut self, wanted: &str, span: Span) -> Ident {
        let mut name = wanted.to_owned();
        let mut count = 1;
        while !self.0.insert(name.clone()) {
            count += 1;
            name = format!("{wanted}{count}");
        }
        Ident::new(&name, span)
    }
}

/// Checks whether the name `word` occurs anywhere in `tokens`.
pub(crate) fn mentions(tokens: &dyn ToTokens, word: &str) -> bool {
    tokens.to_token_stream().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(&group.stream(), word),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Prints `tokens` as text for comparisons, without the invisible groups that `macro_rules!` adds.
pub(crate) fn written(tokens: &dyn ToTokens) -> String {
    fn visible(tokens: TokenStream) -> TokenStream {
        let inner = |token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => visible(group.stream()),
            TokenTree::Group(group) => {
                TokenTree::from(Group::new(group.delimiter(), visible(group.stream()))).into()
            }
            token => TokenStream::from(token),
        };
        tokens.into_iter().map(inner).collect()
    }
    visible(tokens.to_token_stream()).to_string()
}

/// Replaces `Self` with the type itself, for places where `Self` is another type.
pub(crate) fn without_self(tokens: &dyn ToTokens, self_ty: &dyn ToTokens) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(ident) if ident == "Self" => self_ty.to_token_stream(),
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), without_self(&group.stream(), self_ty));
            inner.set_span(group.span());
            TokenTree::Group(inner).into()
        }
        token => token.into(),
    };
    tokens.to_token_stream().into_iter().map(replace).collect::<Vec<TokenStream>>().into_iter().collect()
}

/// Replaces every lifetime with `'static`.
pub(crate) fn with_static(tokens: TokenStream) -> TokenStream {
    let mut is_lifetime = false;
    let replace = |token| {
        let was_quote = std::mem::take(&mut is_lifetime);
        match token {
            TokenTree::Ident(ident) if was_quote => Ident::new("static", ident.span()).into(),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), with_static(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            token => {
                is_lifetime = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
                token
            }
        }
    };
    tokens.into_iter().map(replace).collect()
}
