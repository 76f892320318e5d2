//! Parses the items in the braces of an impl or a module.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative as _;
use syn::{Attribute, LitStr, Signature, Token, Visibility};

use super::unfinished;
use crate::errors::Errors;
use crate::tokens::mentions;

pub(crate) enum Member {
    Method(Box<Method>),
    /// A function with an incomplete signature, which is already reported.
    Unread {
        attrs: Vec<Attribute>,
        tokens: TokenStream,
    },
    /// A const, a type or a macro call, and in a module any other item. It is emitted unchanged.
    Other {
        attrs: Vec<Attribute>,
        tokens: TokenStream,
    },
}

/// A method, or a function of a module. Its body is never parsed, so that code completion works in an incomplete body
/// and only rustc reports its syntax errors.
pub(crate) struct Method {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// Whether it is a callback in a module.
    pub(crate) is_callback: bool,
    /// Allows the lints that the signature of a callback triggers.
    pub(crate) lints: Option<TokenStream>,
    pub(crate) body: TokenStream,
}

impl Member {
    /// Creates an empty member, which replaces one that must not be emitted.
    pub(crate) fn nothing() -> Self {
        Self::Other { attrs: Vec::new(), tokens: TokenStream::new() }
    }

    /// Takes the lints that all functions allow, if they are the same for all.
    pub(crate) fn take_common_lints(members: &mut [Self]) -> Option<TokenStream> {
        fn lints(member: &mut Member) -> Option<&mut Option<TokenStream>> {
            if let Member::Method(method) = member { Some(&mut method.lints) } else { None }
        }
        if members.iter_mut().filter_map(lints).any(|lints| lints.is_none()) {
            return None;
        }
        members.iter_mut().filter_map(lints).filter_map(Option::take).last()
    }

    pub(super) fn of_impl(input: ParseStream, errors: &mut Errors) -> syn::Result<Self> {
        Self::parse(input, starts_method, errors)
    }

    pub(super) fn of_module(input: ParseStream, errors: &mut Errors) -> syn::Result<Self> {
        Self::parse(input, starts_function, errors)
    }

    fn parse(
        input: ParseStream,
        is_function: fn(ParseStream) -> bool,
        errors: &mut Errors,
    ) -> syn::Result<Self> {
        if Self::take_unfinished_attribute(input)? {
            errors.of_rustc();
            return Ok(Self::nothing());
        }
        let attrs = input.call(Attribute::parse_outer)?;
        if input.is_empty() {
            // Attributes without an item.
            errors.of_rustc();
            return Ok(Self::nothing());
        }
        let ahead = input.fork();
        let vis = ahead.parse()?;
        if ahead.peek(Token![#]) {
            // A visibility before the attributes.
            input.parse::<Visibility>()?;
            errors.of_rustc();
            return Ok(Self::nothing());
        }
        if !is_function(&ahead) {
            let (tokens, is_ended) = rest_of_member(input, !ends_with_semicolon(&ahead))?;
            if !is_ended || unfinished::is_no_item(&tokens) {
                errors.of_rustc();
                return Ok(Self::nothing());
            }
            return Ok(Self::Other { attrs, tokens });
        }
        match ahead.parse() {
            Ok(sig) => {
                input.advance_to(&ahead);
                let (body, is_ended) = rest_of_member(input, true)?;
                if !is_ended || unfinished::is_no_body(&body) {
                    errors.of_rustc();
                    return Ok(Self::nothing());
                }
                Ok(Self::Method(Box::new(Method { attrs, vis, sig, is_callback: false, lints: None, body })))
            }
            Err(error) => {
                let (tokens, _) = rest_of_member(input, true)?;
                if unfinished::is_function(&tokens) {
                    errors.of_rustc();
                    return Ok(Self::nothing());
                }
                errors.add(error);
                Ok(Self::Unread { attrs, tokens })
            }
        }
    }

    /// Consumes a `#` without brackets or with empty ones.
    fn take_unfinished_attribute(input: ParseStream) -> syn::Result<bool> {
        let ahead = input.fork();
        if ahead.parse::<Option<Token![#]>>()?.is_none() {
            return Ok(false);
        }
        let is_empty = match ahead.fork().parse::<TokenTree>() {
            Ok(TokenTree::Group(group)) => match group.delimiter() {
                Delimiter::Bracket => group.stream().is_empty(),
                Delimiter::None => return Ok(false),
                Delimiter::Parenthesis | Delimiter::Brace => true,
            },
            _ => true,
        };
        if is_empty {
            input.parse::<Token![#]>()?;
            if input.peek(syn::token::Bracket) {
                input.parse::<TokenTree>()?;
            }
        }
        Ok(is_empty)
    }
}

fn starts_method(input: ParseStream) -> bool {
    let is_const = input.peek(Token![const])
        && (input.peek2(Token![fn])
            || input.peek2(Token![async])
            || input.peek2(Token![unsafe])
            || input.peek2(Token![extern]));
    is_const
        || input.peek(Token![fn])
        || input.peek(Token![async])
        || input.peek(Token![unsafe])
        || input.peek(Token![extern])
}

/// Like [`starts_method`], but for modules, where `unsafe` and `extern` may also begin other items.
fn starts_function(input: ParseStream) -> bool {
    let qualified = |input: ParseStream| -> syn::Result<bool> {
        input.parse::<Option<Token![const]>>()?;
        input.parse::<Option<Token![async]>>()?;
        input.parse::<Option<Token![unsafe]>>()?;
        if input.parse::<Option<Token![extern]>>()?.is_some() {
            input.parse::<Option<LitStr>>()?;
        }
        Ok(input.peek(Token![fn]))
    };
    qualified(&input.fork()).unwrap_or(false)
}

/// Checks whether the item ends with a semicolon, so that braces do not end it.
fn ends_with_semicolon(input: ParseStream) -> bool {
    input.peek(Token![const])
        || input.peek(Token![static])
        || input.peek(Token![type])
        || input.peek(Token![use])
        || input.peek(Token![extern]) && input.peek2(Token![crate])
}

/// Takes all tokens up to and including the `;` or the braces that end a member, and whether it has them.
fn rest_of_member(input: ParseStream, braces_end_it: bool) -> syn::Result<(TokenStream, bool)> {
    let (mut tokens, mut is_ended) = (TokenStream::new(), false);
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let last = ends(&token, braces_end_it);
        tokens.extend([token]);
        if last {
            is_ended = true;
            break;
        }
    }
    Ok((tokens, is_ended))
}

/// Checks whether `token` ends a member. `macro_rules!` may put a body or a whole item into an invisible group.
fn ends(token: &TokenTree, braces_end_it: bool) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            group.stream().into_iter().last().is_some_and(|last| ends(&last, braces_end_it))
        }
        TokenTree::Group(group) => braces_end_it && group.delimiter() == Delimiter::Brace,
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

/// Writes the empty generics of a callback as generated code. Rustc reports an unknown type here and in the generated code.
/// Without a suggestion of a type parameter the two errors are the same, and rustc prints one. A `Cow` may lack a lifetime,
/// and rustc suggests a parameter for it at the generics.
fn with_generics(sig: &Signature) -> TokenStream {
    if !sig.generics.params.is_empty() || mentions(&sig.output, "Cow") {
        return sig.to_token_stream();
    }
    let mut written = TokenStream::new();
    let mut tokens = sig.to_token_stream().into_iter();
    for token in tokens.by_ref() {
        let is_name = matches!(&token, TokenTree::Ident(ident) if *ident == sig.ident);
        written.extend([token]);
        if is_name {
            break;
        }
    }
    quote!(#written<> #(#tokens)*)
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Method(method) => {
                let Method { attrs, vis, sig, is_callback, lints, body } = &**method;
                let sig = if *is_callback { with_generics(sig) } else { sig.to_token_stream() };
                quote!(#lints #(#attrs)* #vis #sig #body)
            }
            Self::Unread { attrs, tokens } | Self::Other { attrs, tokens } => quote!(#(#attrs)* #tokens),
        });
    }
}
