//! The two forms of callbacks, methods of an impl and functions of a module, and how each takes the handler.

use proc_macro2::{Ident, Span};
use syn::{GenericArgument, PathArguments, Signature, Type};

use super::marker::{self, Marker};
use super::signature::typed;
use super::types::mut_reference;
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
    /// The first `&mut` argument, which has the handler's type. `None` if no callback has such an argument.
    Module(Option<Box<Type>>),
}

impl Form {
    /// Finds the form of a module. The state is the type that most callbacks use, so that one wrong callback is one
    /// error.
    pub(crate) fn of_module(role: Role, members: &[Member]) -> Self {
        let marked = || members.iter().filter_map(|member| marked(member, role));
        let taken =
            || marked().filter(|(marker, _)| *marker != Marker::Init).filter_map(|(_, sig)| state(sig));
        // A `Self` is reported.
        let is_self = |ty: &&Type| written(*ty) == "Self";
        let states = || taken().filter(|ty| !is_self(ty));
        // A callback votes for a type by taking it, and by naming it in `Context<State>` or `Upgrade<State>`, under any
        // alias.
        let borrowed = || marked().flat_map(|(_, sig)| typed(sig)).filter_map(mut_reference);
        let votes = |candidate: &Type| {
            let text = written(candidate);
            let taken = states().filter(|state| written(*state) == text).count();
            taken + borrowed().flat_map(generic_arguments).filter(|ty| written(*ty) == text).count()
        };
        // The first type wins a tie.
        let most = states().collect::<Vec<_>>().into_iter().rev().max_by_key(|&state| votes(state));
        let most = most.or_else(|| {
            taken().find(is_self)?;
            borrowed().flat_map(generic_arguments).find(|ty| !is_self(ty))
        });
        Self { role, place: Place::Module(most.map(|state| Box::new(state.clone()))) }
    }

    /// Returns the prefix of a call: `Self` for `Self::name`, or `self` for `self::name`, which no local variable
    /// shadows.
    pub(super) fn owner(&self) -> Ident {
        let owner = match &self.place {
            Place::Impl => "Self",
            Place::Module(_) => "self",
        };
        Ident::new(owner, Span::call_site())
    }

    /// Returns the word for a callback in error texts.
    pub(super) fn callee(&self) -> &'static str {
        match &self.place {
            Place::Impl => "method",
            Place::Module(_) => "function",
        }
    }

    /// Returns the handler's type as written in a callback.
    pub(super) fn this(&self) -> String {
        match &self.place {
            Place::Impl => "Self".to_owned(),
            Place::Module(Some(state)) => compact(state),
            Place::Module(None) => "YourState".to_owned(),
        }
    }

    /// Returns the same for comparisons with [`written`] types.
    pub(super) fn written_this(&self) -> String {
        match &self.place {
            Place::Module(Some(state)) => written(&**state),
            Place::Impl | Place::Module(None) => "Self".to_owned(),
        }
    }

    /// Returns the argument that takes the handler.
    pub(super) fn receiver(&self) -> String {
        match &self.place {
            Place::Impl => "&mut self".to_owned(),
            Place::Module(_) => format!("state: &mut {}", self.this()),
        }
    }

    /// Returns the word for that argument in error texts about the context.
    pub(super) fn beside(&self) -> &'static str {
        match &self.place {
            Place::Impl => "self",
            Place::Module(_) => "the state",
        }
    }

    /// Checks whether `method` has a `self` argument in a module. Such a function is not emitted: rustc would report
    /// `self` again, and errors in the body.
    pub(super) fn refuses_self(&self, method: &Method) -> bool {
        matches!(self.place, Place::Module(_)) && method.sig.receiver().is_some()
    }

    /// Writes an example signature for help texts.
    pub(super) fn example(&self, marker: Marker) -> String {
        marker.example(self.role).replace("Self", &self.this()).replace("&mut self", &self.receiver())
    }
}

fn marked(member: &Member, role: Role) -> Option<(Marker, &Signature)> {
    let Member::Method(method) = member else { return None };
    Some((marker::first(&method.attrs, role)?, &method.sig))
}

/// Finds the type behind the first `&mut` argument.
pub(super) fn state(sig: &Signature) -> Option<&Type> {
    typed(sig).find_map(mut_reference)
}

/// Lists the generic arguments: `T` and `U` of `path::Name<T, U>`.
pub(super) fn generic_arguments(ty: &Type) -> impl Iterator<Item = &Type> {
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

/// Prints a type with ordinary spacing. Tokens print with a space between any two.
pub(crate) fn compact(ty: &Type) -> String {
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
