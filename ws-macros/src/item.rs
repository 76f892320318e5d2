//! What the attribute is written on, as far as it has to be understood.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Generics, Ident, Signature, Token, Type, Visibility, braced, token};

use crate::errors::Errors;

pub(crate) enum Item {
    Struct(Struct),
    Impl(Box<Impl>),
    /// Something that cannot be a handler: its keyword, to point at.
    Other(Option<Ident>),
}

/// A struct, up to its generics: its fields are nobody's business here.
pub(crate) struct Struct {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
}

pub(crate) struct Impl {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) keyword: Token![impl],
    pub(crate) generics: Generics,
    pub(crate) self_ty: Type,
    pub(crate) brace: token::Brace,
    pub(crate) inner_attrs: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
}

pub(crate) enum Member {
    Method(Box<Method>),
    /// A method whose signature is half typed; the error is there already.
    Unread {
        attrs: Vec<Attribute>,
        tokens: TokenStream,
    },
    /// A const, a type, a macro call: it stays as it is.
    Other {
        attrs: Vec<Attribute>,
        tokens: TokenStream,
    },
}

/// A method. Its body is never parsed, so that code completion works in a half-typed one, and so that its
/// syntax errors are rustc's alone.
pub(crate) struct Method {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: TokenStream,
}

impl Item {
    /// Reads an item. `None`: it could not be read, and `errors` says why.
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let tokens = ungrouped(tokens);
        match keyword(tokens.clone()) {
            Some(word) if word == "struct" => errors.keep(Struct::parse.parse2(tokens)).map(Self::Struct),
            Some(word) if word == "impl" => {
                let mut inner = Errors::default();
                let read = (|input: ParseStream| Impl::parse(input, &mut inner)).parse2(tokens);
                errors.append(inner);
                match errors.keep(read)? {
                    Some(item) => Some(Self::Impl(Box::new(item))),
                    None => Some(Self::Other(Some(word))),
                }
            }
            word => Some(Self::Other(word)),
        }
    }
}

/// An item that came through `macro_rules!` as `$item:item` stands in an invisible group.
fn ungrouped(tokens: TokenStream) -> TokenStream {
    let mut iter = tokens.clone().into_iter();
    match (iter.next(), iter.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => group.stream(),
        _ => tokens,
    }
}

/// The word that says what kind of item this is.
fn keyword(tokens: TokenStream) -> Option<Ident> {
    const KINDS: [&str; 11] =
        ["struct", "enum", "union", "impl", "fn", "mod", "trait", "type", "static", "use", "macro_rules"];
    let idents = |token| if let TokenTree::Ident(ident) = token { Some(ident) } else { None };
    let mut idents = tokens.into_iter().filter_map(idents);
    idents.find(|ident| KINDS.iter().any(|kind| ident == kind))
}

impl Struct {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        input.parse::<Token![struct]>()?;
        let (ident, generics) = (input.parse()?, input.parse()?);
        input.parse::<TokenStream>()?;
        Ok(Self { attrs, ident, generics })
    }
}

impl Impl {
    /// `None` for the impl of a trait.
    fn parse(input: ParseStream, errors: &mut Errors) -> syn::Result<Option<Self>> {
        let attrs = input.call(Attribute::parse_outer)?;
        input.parse::<Option<Token![unsafe]>>()?;
        let keyword = input.parse()?;
        let mut generics: Generics = input.parse()?;
        let self_ty = input.parse()?;
        if input.peek(Token![for]) {
            input.parse::<TokenStream>()?;
            return Ok(None);
        }
        generics.where_clause = input.parse()?;
        let content;
        let brace = braced!(content in input);
        let inner_attrs = content.call(Attribute::parse_inner)?;
        let mut members = Vec::new();
        while !content.is_empty() {
            members.push(Member::parse(&content, errors)?);
        }
        Ok(Some(Self { attrs, keyword, generics, self_ty, brace, inner_attrs, members }))
    }
}

impl Member {
    fn parse(input: ParseStream, errors: &mut Errors) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let ahead = input.fork();
        let vis = ahead.parse()?;
        if !starts_method(&ahead) {
            let ends_with_semicolon = ahead.peek(Token![const]) || ahead.peek(Token![type]);
            return Ok(Self::Other { attrs, tokens: rest_of_member(input, !ends_with_semicolon)? });
        }
        match ahead.parse() {
            Ok(sig) => {
                input.parse::<Visibility>()?;
                input.parse::<Signature>()?;
                let body = rest_of_member(input, true)?;
                Ok(Self::Method(Box::new(Method { attrs, vis, sig, body })))
            }
            Err(error) => {
                errors.add(error);
                Ok(Self::Unread { attrs, tokens: rest_of_member(input, true)? })
            }
        }
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

/// All tokens through the `;` or the braces that end a member.
fn rest_of_member(input: ParseStream, braces_end_it: bool) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() {
        // A body that came through `macro_rules!` stands in an invisible group, which `peek` looks through.
        let last = input.peek(Token![;]) || braces_end_it && input.peek(token::Brace);
        tokens.extend([input.parse::<TokenTree>()?]);
        if last {
            break;
        }
    }
    Ok(tokens)
}

impl ToTokens for Impl {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, keyword, generics, self_ty, brace, inner_attrs, members } = self;
        let where_clause = &generics.where_clause;
        tokens.extend(quote!(#(#attrs)* #keyword #generics #self_ty #where_clause));
        brace.surround(tokens, |tokens| tokens.extend(quote!(#(#inner_attrs)* #(#members)*)));
    }
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Method(method) => {
                let Method { attrs, vis, sig, body } = &**method;
                quote!(#(#attrs)* #vis #sig #body)
            }
            Self::Unread { attrs, tokens } | Self::Other { attrs, tokens } => quote!(#(#attrs)* #tokens),
        });
    }
}
