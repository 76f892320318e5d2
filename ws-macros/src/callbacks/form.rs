//! Where the callbacks stand, which decides how they come by their handler: as methods of its impl, or as functions
//! of a module.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{FnArg, GenericArgument, PathArguments, ReturnType, Signature, Type, parse_quote, parse2};

use super::marker::{self, Marker};
use super::signature::typed;
use super::types::{borrowed_str, mut_reference};
use crate::item::{Member, Method};
use crate::role::Role;
use crate::tokens::written;

pub(crate) struct Form {
    pub(crate) role: Role,
    pub(crate) place: Place,
}

pub(crate) enum Place {
    /// `&mut self`
    Impl,
    /// The first `&mut` argument; its type is the handler. `None` where no callback has one.
    Module(Option<Box<Type>>),
}

impl Form {
    /// The form of a module: its state is what most callbacks say it is, so that a single slip is one error.
    pub(crate) fn of_module(role: Role, members: &[Member]) -> Self {
        let marked = || members.iter().filter_map(|member| marked(member, role));
        let states =
            || marked().filter(|(marker, _)| *marker != Marker::Init).filter_map(|(_, sig)| state(sig));
        // A callback says it by taking it, and by a `Context<State>` or `Upgrade<State>`, whatever these are called.
        let borrowed = || marked().flat_map(|(_, sig)| typed(sig)).filter_map(mut_reference);
        let votes = |candidate: &Type| {
            let text = written(candidate);
            let taken = states().filter(|state| written(*state) == text).count();
            taken + borrowed().flat_map(generic_arguments).filter(|ty| written(*ty) == text).count()
        };
        // Of several with as many votes, the first.
        let most = states().collect::<Vec<_>>().into_iter().rev().max_by_key(|&state| votes(state));
        Self { role, place: Place::Module(most.map(|state| Box::new(state.clone()))) }
    }

    /// Through what a callback is called: `Self::name`, or `self::name`, which no local variable hides.
    pub(super) fn owner(&self) -> Ident {
        let owner = match &self.place {
            Place::Impl => "Self",
            Place::Module(_) => "self",
        };
        Ident::new(owner, Span::call_site())
    }

    /// What a callback is called in messages.
    pub(super) fn callee(&self) -> &'static str {
        match &self.place {
            Place::Impl => "method",
            Place::Module(_) => "function",
        }
    }

    /// The handler's type, as a callback writes it.
    pub(super) fn this(&self) -> String {
        match &self.place {
            Place::Impl => "Self".to_owned(),
            Place::Module(Some(state)) => compact(state),
            Place::Module(None) => "YourState".to_owned(),
        }
    }

    /// The argument by which a callback takes the handler.
    pub(super) fn receiver(&self) -> String {
        match &self.place {
            Place::Impl => "&mut self".to_owned(),
            Place::Module(_) => format!("state: &mut {}", self.this()),
        }
    }

    /// What the context stands beside.
    pub(super) fn beside(&self) -> &'static str {
        match &self.place {
            Place::Impl => "self",
            Place::Module(_) => "the state",
        }
    }

    /// Whether `method` has a `self` where there is none: rustc would say so too, and would find more to say about
    /// its body.
    pub(super) fn refuses_self(&self, method: &Method) -> bool {
        matches!(self.place, Place::Module(_)) && method.sig.receiver().is_some()
    }

    /// Gives a borrowed reply the lifetime of what it may be borrowed from. It is refused; but a function of a module has
    /// no `self` that it would be taken from, which rustc would report as well.
    pub(super) fn quiet(&self, method: &mut Method) {
        let sig = &mut method.sig;
        let ReturnType::Type(_, reply) = &mut sig.output else { return };
        if matches!(self.place, Place::Impl) || borrowed_str(reply).is_none() {
            return;
        }
        let arguments = sig.inputs.iter_mut().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(&mut typed.ty),
            FnArg::Receiver(_) => None,
        });
        for ty in arguments.chain([reply]) {
            if let Ok(named) = parse2(with_lifetime(ty.to_token_stream())) {
                **ty = named;
            }
        }
        sig.generics.params.push(parse_quote!('reply));
    }

    /// How such a callback is written, for help texts.
    pub(super) fn example(&self, marker: Marker) -> String {
        marker.example(self.role).replace("Self", &self.this()).replace("&mut self", &self.receiver())
    }
}

fn marked(member: &Member, role: Role) -> Option<(Marker, &Signature)> {
    let Member::Method(method) = member else { return None };
    Some((marker::first(&method.attrs, role)?, &method.sig))
}

/// `&str` as `&'reply str`.
fn with_lifetime(tokens: TokenStream) -> TokenStream {
    let mut named = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let elided = |next: Option<&TokenTree>| !matches!(next, Some(TokenTree::Punct(mark)) if mark.as_char() == '\'');
        let borrows = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '&');
        named.extend([match token {
            TokenTree::Group(group) => Group::new(group.delimiter(), with_lifetime(group.stream())).into(),
            token => token,
        }]);
        if borrows && elided(tokens.peek()) {
            named.extend(quote!('reply));
        }
    }
    named
}

/// The type of the first `&mut` argument.
pub(super) fn state(sig: &Signature) -> Option<&Type> {
    typed(sig).find_map(mut_reference)
}

/// `T` and `U` of `path::Name<T, U>`.
fn generic_arguments(ty: &Type) -> impl Iterator<Item = &Type> {
    let last = match ty {
        Type::Path(ty) => ty.path.segments.last(),
        _ => None,
    };
    let arguments = last.and_then(|last| match &last.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    });
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// A type as one would write it: tokens print with a space between any two.
pub(super) fn compact(ty: &Type) -> String {
    let text = written(ty);
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut compact = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let (last, next) = (compact.chars().last(), letters.peek().copied());
        let (last, next) = (last.unwrap_or(' '), next.unwrap_or(' '));
        let between_words = (is_word(last) || last == '>') && is_word(next);
        if letter != ' ' || between_words || ",;+=".contains(last) || "+=-".contains(next) {
            compact.push(letter);
        }
    }
    compact
}
