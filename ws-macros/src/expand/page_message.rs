//! Generates the registration of a function with `#[message]`: its description, the states that it takes, and its call.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, FnArg, LitStr, Path, ReturnType, Signature, Token, Type, Visibility};

use super::Expansion;
use crate::callbacks::{cfgs, extractor_name, is_called, shared_reference};
use crate::errors::Errors;
use crate::tokens::{Crate, Place, mentions};

/// Expands `#[message]` on a free function.
pub(crate) fn page_message(arguments: &TokenStream, item: &TokenStream) -> Expansion {
    let mut errors = Errors::default();
    let Arguments { name, krate } = Arguments::read(arguments, &mut errors);
    let mut registered = None;
    if let Ok(function) = syn::parse2::<Function>(item.clone()) {
        let checked = Checked::of(&function, name, &mut errors).filter(|_| errors.is_empty());
        registered = checked.map(|checked| checked.expand(&function, &krate));
    } else if !mentions(item, "fn") {
        // rustc reports a function that is half typed.
        let first = item.clone().into_iter().next().map(|token| token.to_token_stream());
        errors.help(
            &first.unwrap_or_default(),
            "`#[message]` belongs on a function",
            "write `#[message] fn name(payload: Payload, page: PageSession) { … }`",
        );
    }
    Expansion { code: quote!(#item #registered), errors }
}

/// The arguments of the attribute: `#[message("name", crate = path)]`.
struct Arguments {
    name: Option<LitStr>,
    krate: Crate,
}

impl Arguments {
    fn read(arguments: &TokenStream, errors: &mut Errors) -> Self {
        let parser = |input: ParseStream<'_>| {
            let name = if input.peek(LitStr) { Some(input.parse::<LitStr>()?) } else { None };
            if name.is_some() && !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
            let mut krate = None;
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                krate = Some(input.call(Path::parse_mod_style)?);
            }
            Ok((name, krate))
        };
        let help =
            "write `#[message]`, or `#[message(\"name\")]` for another type than the name of the function";
        let Ok((name, krate)) = parser.parse2(arguments.clone()) else {
            errors.help(arguments, "`#[message]` takes the type of the event as a string", help);
            return Self { name: None, krate: Crate::named(None) };
        };
        if let Some(name) = &name {
            if name.value().is_empty() {
                errors.help(name, "the type of an event cannot be empty", help);
            }
            refuse_reserved(&name.value(), name, errors);
        }
        Self { name, krate: Crate::named(krate) }
    }
}

fn refuse_reserved(name: &str, at: &dyn ToTokens, errors: &mut Errors) {
    if name.starts_with("ws:") {
        errors.help(
            at,
            "types that begin with `ws:` belong to the protocol between the client script and the server",
            "choose another type, such as `#[message(\"start\")]`",
        );
    }
}

/// A function, whose body stays as it is written.
struct Function {
    attrs: Vec<Attribute>,
    signature: Signature,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let signature = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok(Self { attrs, signature })
    }
}

/// An argument of the function.
enum Argument<'f> {
    Payload(&'f Type),
    /// A value of the page, the app or its state.
    Other(&'f Type),
    /// The same, by reference.
    Borrowed(&'f Type),
}

/// A function that can be registered.
struct Checked<'f> {
    name: LitStr,
    arguments: Vec<Argument<'f>>,
}

impl<'f> Checked<'f> {
    fn of(function: &'f Function, name: Option<LitStr>, errors: &mut Errors) -> Option<Self> {
        let signature = &function.signature;
        if !signature.generics.params.is_empty() {
            errors.help(
                &signature.generics,
                "a function with `#[message]` cannot be generic: it is registered once",
                "write the types of its arguments out, and `'_` for lifetimes",
            );
            return None;
        }
        let mut arguments: Vec<Argument<'f>> = Vec::new();
        for input in &signature.inputs {
            let FnArg::Typed(input) = input else { continue };
            let argument = Argument::of(&input.ty, errors)?;
            let is_payload = |argument: &Argument<'_>| matches!(argument, Argument::Payload(_));
            if is_payload(&argument) && arguments.iter().any(is_payload) {
                errors.help(
                    &input.ty,
                    "a function with `#[message]` takes one payload, and this is the second",
                    "put both into one struct with `#[derive(serde::Deserialize)]`; the other arguments can be \
                     `PageSession`, `AppHandle` and `State<T>`",
                );
                return None;
            }
            arguments.push(argument);
        }
        let ident = signature.ident.unraw();
        let name = name.unwrap_or_else(|| LitStr::new(&ident.to_string(), ident.span()));
        Some(Self { name, arguments })
    }

    fn payload(&self) -> Option<&'f Type> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Payload(ty) => Some(*ty),
            Argument::Other(_) | Argument::Borrowed(_) => None,
        })
    }

    fn expand(&self, function: &Function, krate: &Crate) -> TokenStream {
        let Self { name, arguments } = self;
        let cfgs = cfgs(&function.attrs);
        let signature = &function.signature;
        let place = Place::of(&signature.ident).start;
        let named = |ty: &dyn ToTokens| quote!(::core::any::type_name::<#ty>());
        let payload = self.payload().map_or(quote!(::core::option::Option::None), |ty| {
            let ty = named(ty);
            quote!(::core::option::Option::Some(#ty))
        });
        let answer = match &signature.output {
            ReturnType::Type(_, ty) if mentions(ty, "impl") => quote!("impl Trait"),
            ReturnType::Type(_, ty) => named(ty),
            ReturnType::Default => named(&quote!(())),
        };
        let others = arguments.iter().filter_map(|argument| match argument {
            Argument::Other(ty) | Argument::Borrowed(ty) => Some(*ty),
            Argument::Payload(_) => None,
        });
        let as_argument = |ty: &Type| {
            let Place { start, end } = Place::of(ty);
            let placed = krate.at(start);
            let of = quote_spanned!(start=> <#ty as #placed::__private::PageArgument>);
            move |method: &str| {
                let method = Ident::new(method, end);
                quote_spanned!(end=> #of::#method)
            }
        };
        let declares = others.map(|ty| as_argument(ty)("declare"));
        let body = self.body(signature, krate, &as_argument);
        let awaits = signature.asyncness.is_some();
        let call = if awaits {
            quote_spanned!(place=> ::core::option::Option::Some(::std::boxed::Box::pin(async move { #body })))
        } else {
            quote_spanned!(place=> { #body } ::core::option::Option::None)
        };
        // Within `const _`, no name but those of the user's own function is the user's.
        quote! {
            #(#[cfg(#cfgs)])*
            const _: () = {
                fn __ws_core_info() -> #krate::EventInfo {
                    #krate::EventInfo::new(#name, #payload, #answer)
                }
                fn __ws_core_needs(__ws_core_needs: &mut #krate::Needs) {
                    #(#declares(__ws_core_needs);)*
                }
                #[allow(unused_mut, unreachable_code)]
                fn __ws_core_call<'call>(
                    mut __ws_core_call: #krate::__private::PageCall<'call>,
                ) -> #krate::__private::PageFuture<'call> {
                    #[allow(unused_imports)]
                    use #krate::__private::{ReturnsKept as _, ReturnsSent as _, ReturnsValue as _};
                    #call
                }
                #krate::__private::inventory::submit! {
                    #krate::__private::LinkedMessage::new(
                        #name,
                        (::core::module_path!(), ::core::file!(), ::core::line!()),
                        __ws_core_info,
                        __ws_core_needs,
                        #awaits,
                        __ws_core_call,
                    )
                }
            };
        }
    }

    /// Generates the call of the function, and its answer.
    fn body<F: Fn(&str) -> TokenStream>(
        &self,
        signature: &Signature,
        krate: &Crate,
        as_argument: &impl Fn(&Type) -> F,
    ) -> TokenStream {
        let ident = &signature.ident;
        let returned = match &signature.output {
            ReturnType::Type(_, ty) => Place::of(ty),
            ReturnType::Default => Place::of(ident),
        };
        let nothing = if signature.asyncness.is_some() {
            quote!(return)
        } else {
            quote!(return ::core::option::Option::None)
        };
        let payload = self.payload().map(|ty| {
            let Place { start, end } = Place::of(ty);
            let placed = krate.at(start);
            let read = quote_spanned!(start=> <#ty as #placed::EventPayload<'_>>);
            let read = quote_spanned!(end=> #read::read);
            quote! {
                let __ws_core_payload = match #read(__ws_core_call.event(), #krate::__private::PAGE_ENVELOPE) {
                    ::core::result::Result::Ok(__ws_core_payload) => __ws_core_payload,
                    ::core::result::Result::Err(__ws_core_bad) => {
                        __ws_core_call.bad_payload(__ws_core_bad);
                        #nothing;
                    }
                };
            }
        });
        let values = self.arguments.iter().map(|argument| match argument {
            Argument::Payload(_) => quote!(__ws_core_payload),
            Argument::Other(ty) => {
                let take = as_argument(ty)("take");
                quote!(#take(&__ws_core_call))
            }
            Argument::Borrowed(ty) => {
                let take = as_argument(ty)("take");
                quote!(&#take(&__ws_core_call))
            }
        });
        let wait = signature.asyncness.map(|_| quote!(.await));
        let placed = krate.at(returned.start);
        let value = quote_spanned!(returned.end=> (#ident(#(#values),*)#wait));
        let value = quote_spanned!(returned.start=> #placed::__private::Returned::new #value);
        let answer = quote_spanned!(returned.start=> #placed::__private::MessageReturn::answer);
        let taken = Ident::new("__ws_core_value", returned.start);
        quote! {
            #payload
            let #taken = {
                let __ws_core_returned = #value;
                (&&&__ws_core_returned).take_answer()
            };
            let (__ws_core_name, __ws_core_id, __ws_core_to) = __ws_core_call.answering();
            let __ws_core_answered = #answer(
                #taken,
                __ws_core_name,
                __ws_core_id,
                #krate::__private::PAGE_ENVELOPE,
                __ws_core_to,
            );
            if let ::core::result::Result::Err(__ws_core_error) = __ws_core_answered {
                __ws_core_call.failed(&__ws_core_error);
            }
        }
    }
}

impl<'f> Argument<'f> {
    /// Classifies an argument by the name of its type. Reports a type that a function cannot take.
    fn of(ty: &'f Type, errors: &mut Errors) -> Option<Self> {
        let is_handle = |ty| ["PageSession", "AppHandle"].iter().any(|name| is_called(ty, name));
        if let Some(borrowed) = shared_reference(ty).filter(|ty| is_handle(ty)) {
            return Some(Self::Borrowed(borrowed));
        }
        if is_handle(ty) || is_called(ty, "State") && ty.to_token_stream().into_iter().count() > 1 {
            return Some(Self::Other(ty));
        }
        let mut help = "the arguments are one payload with `#[derive(serde::Deserialize)]`, and `PageSession`, `AppHandle` and \
                        `State<T>`, in any order";
        let mutable = match ty {
            Type::Reference(reference) if reference.mutability.is_some() => Some(&*reference.elem),
            _ => None,
        };
        let problem = if let Some(handle) = mutable.filter(|ty| is_handle(ty)) {
            help = "remove the `mut`: all methods of a handle take `&self`";
            format!("a function with `#[message]` takes `&{}` without `mut`", handle.to_token_stream())
        } else if mutable.is_some() {
            "a function with `#[message]` has no context or handler".to_owned()
        } else if matches!(ty, Type::ImplTrait(_)) {
            "a function with `#[message]` cannot be generic: it is registered once".to_owned()
        } else if is_called(ty, "BrowserSession") {
            help = "take `page: PageSession`: it has `page.user()` and `page.session_id()`";
            "a function with `#[message]` cannot take `BrowserSession`: the request is over".to_owned()
        } else if let Some(name) = extractor_name(ty)
            && !["State", "Path", "Request", "Session"].contains(&name.as_str())
        {
            format!("a function with `#[message]` cannot take `{name}`: the request is over")
        } else {
            return Some(Self::Payload(ty));
        };
        errors.help(ty, problem, help);
        None
    }
}
