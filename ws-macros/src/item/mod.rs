//! Parses the annotated item, as far as needed. [`member`] parses the items in its braces, and [`unfinished`] recognizes
//! those that are still being typed.

mod member;
mod unfinished;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Generics, Ident, Token, Type, Visibility, braced, token};

pub(crate) use self::member::{Member, Method};
pub(crate) use self::unfinished::is_outside_of_impls;
use crate::errors::Errors;
use crate::tokens::Place;

pub(crate) enum Item {
    Struct(Struct),
    Impl(Box<Impl>),
    TraitImpl(Box<TraitImpl>),
    Module(Box<Module>),
    /// `mod name;`
    File(Box<File>),
    /// An unsupported item, with its keyword for the error's span.
    Other(Option<Ident>),
}

/// A struct, without its fields.
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
    /// The lints that all its functions allow.
    pub(crate) lints: Option<TokenStream>,
}

/// The impl of a trait, without its items.
pub(crate) struct TraitImpl {
    pub(crate) keyword: Token![impl],
    pub(crate) generics: Generics,
    /// The name of the trait, without its path.
    pub(crate) name: Option<Ident>,
    pub(crate) self_ty: Type,
}

/// A module with its items.
pub(crate) struct Module {
    pub(crate) attrs: Vec<Attribute>,
    vis: Visibility,
    keyword: Token![mod],
    pub(crate) ident: Ident,
    brace: token::Brace,
    inner_attrs: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
    /// Generated code, emitted after the module's own items. Private types are visible there.
    pub(crate) generated: TokenStream,
}

/// `mod name;`, a module in a file. The attribute cannot see its items.
pub(crate) struct File {
    attrs: Vec<Attribute>,
    vis: Visibility,
    keyword: Token![mod],
    pub(crate) ident: Ident,
    semicolon: Token![;],
}

impl Item {
    /// Parses an item. Returns `None` and adds to `errors` if it does not parse.
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let tokens = ungrouped(tokens);
        match keyword(tokens.clone()) {
            Some(word) if word == "struct" => errors.keep(Struct::parse.parse2(tokens)).map(Self::Struct),
            Some(word) if word == "impl" => {
                let mut inner = Errors::default();
                let read = (|input: ParseStream| Impl::parse(input, &mut inner)).parse2(tokens);
                errors.append(inner);
                errors.keep(read)
            }
            Some(word) if word == "mod" => {
                let mut inner = Errors::default();
                let read = (|input: ParseStream| Module::parse(input, &mut inner)).parse2(tokens);
                errors.append(inner);
                errors.keep(read)
            }
            word => Some(Self::Other(word)),
        }
    }
}

/// Removes the invisible group that `macro_rules!` puts around an `$item:item`.
fn ungrouped(tokens: TokenStream) -> TokenStream {
    let mut iter = tokens.clone().into_iter();
    match (iter.next(), iter.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => group.stream(),
        _ => tokens,
    }
}

/// Finds the keyword for the kind of the item.
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
    fn parse(input: ParseStream, errors: &mut Errors) -> syn::Result<Item> {
        let attrs = input.call(Attribute::parse_outer)?;
        input.parse::<Option<Token![unsafe]>>()?;
        let keyword = input.parse()?;
        let mut generics: Generics = input.parse()?;
        let self_ty = input.parse()?;
        if input.parse::<Option<Token![for]>>()?.is_some() {
            let name = match self_ty {
                Type::Path(contract) => contract.path.segments.last().map(|last| last.ident.clone()),
                _ => None,
            };
            let self_ty = input.parse()?;
            generics.where_clause = input.parse()?;
            input.parse::<TokenStream>()?;
            return Ok(Item::TraitImpl(Box::new(TraitImpl { keyword, generics, name, self_ty })));
        }
        generics.where_clause = input.parse()?;
        let (brace, inner_attrs, members) = body(input, Member::of_impl, errors)?;
        let lints = None;
        let item = Self { attrs, keyword, generics, self_ty, brace, inner_attrs, members, lints };
        Ok(Item::Impl(Box::new(item)))
    }
}

impl Module {
    fn parse(input: ParseStream, errors: &mut Errors) -> syn::Result<Item> {
        let attrs = input.call(Attribute::parse_outer)?;
        let (vis, keyword, ident) = (input.parse()?, input.parse()?, input.parse()?);
        if let Some(semicolon) = input.parse()? {
            return Ok(Item::File(Box::new(File { attrs, vis, keyword, ident, semicolon })));
        }
        let (brace, inner_attrs, members) = body(input, Member::of_module, errors)?;
        let generated = TokenStream::new();
        let module = Self { attrs, vis, keyword, ident, brace, inner_attrs, members, generated };
        Ok(Item::Module(Box::new(module)))
    }
}

impl File {
    /// Writes `mod name;` as it was, for the error's span.
    pub(crate) fn written(&self) -> TokenStream {
        let Self { keyword, ident, semicolon, .. } = self;
        quote!(#keyword #ident #semicolon)
    }

    /// Writes an empty module with this name. The file is left out, because nothing removes the markers in it.
    pub(crate) fn emptied(&self) -> TokenStream {
        let Self { attrs, vis, keyword, ident, .. } = self;
        quote!(#(#attrs)* #vis #keyword #ident {})
    }
}

impl ToTokens for Impl {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, keyword, generics, self_ty, brace, inner_attrs, members, lints } = self;
        let where_clause = &generics.where_clause;
        // Rustc reports an unknown type here and in the generated code. As generated code, this place gets no suggestion of
        // a type parameter, so the two errors are the same, and rustc prints one.
        let keyword = Token![impl](Place::of(keyword).start);
        tokens.extend(quote!(#lints #(#attrs)* #keyword #generics #self_ty #where_clause));
        brace.surround(tokens, |tokens| tokens.extend(quote!(#(#inner_attrs)* #(#members)*)));
    }
}

impl ToTokens for Module {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, keyword, ident, brace, inner_attrs, members, generated } = self;
        tokens.extend(quote!(#(#attrs)* #vis #keyword #ident));
        brace.surround(tokens, |tokens| tokens.extend(quote!(#(#inner_attrs)* #(#members)* #generated)));
    }
}

/// Parses the braces of an item: its inner attributes, and its members with `member`.
fn body(
    input: ParseStream,
    member: fn(ParseStream, &mut Errors) -> syn::Result<Member>,
    errors: &mut Errors,
) -> syn::Result<(token::Brace, Vec<Attribute>, Vec<Member>)> {
    let content;
    let brace = braced!(content in input);
    let inner_attrs = content.call(Attribute::parse_inner)?;
    let mut members = Vec::new();
    while !content.is_empty() {
        members.push(member(&content, errors)?);
    }
    Ok((brace, inner_attrs, members))
}
