//! Generates the call of one callback.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt;

use super::method::Method;
use crate::callbacks::{Argument, Callback};
use crate::tokens::{Crate, Place};

/// Generates the `#[cfg(…)]` attributes of a callback.
pub(super) fn cfg(cfgs: &[TokenStream]) -> TokenStream {
    quote!(#(#[cfg(#cfgs)])*)
}

/// Generates `#[cfg(not(any(…)))]`, which holds if none of `alternatives` is compiled. Returns `None` if one of them
/// always is, or if there are none.
pub(super) fn cfg_none<'a>(alternatives: impl IntoIterator<Item = &'a [TokenStream]>) -> Option<TokenStream> {
    let mut predicates = Vec::new();
    for cfgs in alternatives {
        match cfgs {
            [] => return None,
            [one] => predicates.push(one.clone()),
            all => predicates.push(quote!(all(#(#all),*))),
        }
    }
    match &predicates[..] {
        [] => None,
        [one] => Some(quote!(#[cfg(not(#one))])),
        all => Some(quote!(#[cfg(not(any(#(#all),*)))])),
    }
}

/// Generates `callee(arguments).await` with spans at the callback's return type, so that a wrong type is reported there.
pub(super) fn call(callee: &TokenStream, arguments: &[Ident], awaits: bool, at: Place) -> TokenStream {
    let Place { start, end } = at;
    let arguments = quote_spanned!(end=> (#(#arguments),*));
    let awaits = awaits.then(|| quote_spanned!(end=> .await));
    quote_spanned!(start=> #callee #arguments #awaits)
}

/// Generates `Self::name` or `self::name` with spans at `at`.
pub(super) fn callee(owner: &Ident, name: &Ident, at: Place) -> TokenStream {
    let (mut owner, mut name) = (owner.clone(), name.clone());
    owner.set_span(at.start);
    name.set_span(at.start);
    quote_spanned!(at.start=> #owner::#name)
}

/// Generates `<T as __private::Name<…>>::take`. If `T` does not implement the trait, the error is at `T`.
pub(super) fn argument_call(ty: &Type, name: &str, parameters: &TokenStream, krate: &Crate) -> TokenStream {
    let Place { start, end } = Place::of(ty);
    let (name, krate) = (Ident::new(name, start), krate.at(start));
    let qualified = quote_spanned!(start=> <#ty as #krate::__private::#name<#parameters>>);
    quote_spanned!(end=> #qualified::take)
}

impl Callback {
    /// Generates the call. A callback with a payload takes it from the variable named `payload`.
    pub(super) fn call(&self, payload: &str, method: &Method, krate: &Crate) -> TokenStream {
        let arguments = self.variables("self", payload);
        let callee = method.sender(self).unwrap_or_else(|| callee(&self.owner, &self.name, self.reply));
        let call = call(&callee, &arguments, self.awaits, self.reply);
        let context = self.arguments.iter().find_map(|argument| match argument {
            Argument::AnyContext(ty) => Some(ty),
            _ => None,
        });
        let Some(ty) = context else { return call };
        let take = argument_call(ty, "ContextArgument", &quote!('_, Self), krate);
        let cx = Ident::new("cx", Place::of(ty).start);
        quote!({ let #cx = #take(cx); #call })
    }

    /// Generates the variables for the callback's arguments, in the order of its signature.
    pub(super) fn variables(&self, handler: &str, payload: &str) -> Vec<Ident> {
        let variable = |(index, argument): (usize, &Argument)| match argument {
            Argument::Handler => format_ident!("{handler}"),
            Argument::Payload(ty) => Ident::new(payload, Place::of(ty).start),
            Argument::Context(ty) | Argument::AnyContext(ty) => Ident::new("cx", Place::of(ty).start),
            Argument::Member(ty) => Ident::new("member", Place::of(ty).start),
            Argument::Reason(ty) => Ident::new("reason", Place::of(ty).start),
            Argument::MemberOrPayload(ty) | Argument::MemberOrReason(ty) => {
                Ident::new(&format!("a{index}"), Place::of(ty).start)
            }
        };
        self.arguments.iter().enumerate().map(variable).collect()
    }

    /// Generates the statements that make the variables whose type decides what they are, and that report a type that
    /// does not fit.
    pub(super) fn taken(&self, krate: &Crate) -> TokenStream {
        let variables = self.variables("self", "payload");
        let taken = self.arguments.iter().zip(&variables).map(|(argument, variable)| {
            let (ty, name, parameters, from) = match argument {
                Argument::Member(ty) => (ty, "MemberArgument", quote!('_, Self), quote!(member)),
                Argument::Reason(ty) => (ty, "TerminateArgument", quote!('_), quote!(reason)),
                Argument::MemberOrReason(ty) => {
                    (ty, "CloseArgument", quote!('_, Self), quote!(member, reason))
                }
                _ => return TokenStream::new(),
            };
            let take = argument_call(ty, name, &parameters, krate);
            quote!(let #variable = #take(#from);)
        });
        taken.collect()
    }

    /// Generates the call, with its result added to the reply.
    pub(super) fn reply(&self, payload: &str, method: &Method, krate: &Crate) -> TokenStream {
        let call = self.call(payload, method, krate);
        let start = self.reply.start;
        let krate = krate.at(start);
        quote_spanned!(start=> #krate::IntoReply::into_reply(#call, reply))
    }

    /// Generates the call, with its result converted to a service's `Control`. An error is logged.
    pub(super) fn control(&self, payload: &str, method: &Method, krate: &Crate) -> TokenStream {
        let name = self.name.unraw().to_string();
        let logged = |returned| quote!(#krate::__private::control::<Self>(#name, #returned));
        self.controlled(payload, method, krate, logged)
    }

    /// Generates the call of a callback that is about a member, with its result converted to a `Control`. `failed` is the
    /// control for an `error`.
    pub(super) fn control_or(
        &self,
        payload: &str,
        method: &Method,
        krate: &Crate,
        failed: &TokenStream,
    ) -> TokenStream {
        self.controlled(payload, method, krate, |returned| {
            quote! {
                match #returned {
                    ::core::result::Result::Ok(control) => control,
                    ::core::result::Result::Err(error) => #failed,
                }
            }
        })
    }

    /// A callback that returns nothing has no error.
    fn controlled(
        &self,
        payload: &str,
        method: &Method,
        krate: &Crate,
        converted: impl FnOnce(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let call = self.call(payload, method, krate);
        let start = self.reply.start;
        let placed = krate.at(start);
        let control = if self.returns.is_some() {
            converted(quote_spanned!(start=> #placed::IntoControl::try_into_control(#call)))
        } else {
            quote_spanned!(start=> #placed::IntoControl::into_control(#call))
        };
        let (named, taken) = (self.named(krate), self.taken(krate));
        quote!({ #named #taken #control })
    }

    /// Records the running callback of a service until the end of the block. A panic is reported with its name.
    pub(super) fn named(&self, krate: &Crate) -> TokenStream {
        let name = self.name.unraw().to_string();
        quote!(let _named = #krate::__private::Named::new(#name);)
    }

    /// Records the running callback in the connection. A panic or an error is reported with its name.
    pub(super) fn enter(&self, krate: &Crate) -> TokenStream {
        let name = self.name.unraw().to_string();
        quote!(#krate::__private::enter(cx, #name);)
    }

    /// Returns `statements`, in a block with the callback's `#[cfg]` if it has one.
    pub(super) fn block(&self, statements: &dyn ToTokens) -> TokenStream {
        if self.cfgs.is_empty() {
            return statements.to_token_stream();
        }
        let cfg = cfg(&self.cfgs);
        quote!(#cfg { #statements })
    }
}
