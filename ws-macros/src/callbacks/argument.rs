//! One argument of a callback.

use syn::Type;

/// An argument of a callback, by its role in the call.
pub(crate) enum Argument {
    /// `self`, or the state in a module.
    Handler,
    Payload(Type),
    /// The only `&mut` argument besides the handler, written as `&mut Context<Self>`.
    Context(Type),
    /// The same under another name, or of another type: the generated code checks it.
    AnyContext(Type),
    /// `#[terminate]` only.
    Reason(Type),
    /// The reference of a service's `#[join]` or `#[rejoin]`.
    Member(Type),
    /// An argument of `#[incoming]`, and its type decides which.
    MemberOrPayload(Type),
    /// An argument of `#[close]`, and its type decides which.
    MemberOrReason(Type),
}

impl Argument {
    /// Returns the type of an argument that is not the handler.
    pub(crate) const fn ty(&self) -> Option<&Type> {
        match self {
            Self::Handler => None,
            Self::Payload(ty)
            | Self::Context(ty)
            | Self::AnyContext(ty)
            | Self::Reason(ty)
            | Self::Member(ty)
            | Self::MemberOrPayload(ty)
            | Self::MemberOrReason(ty) => Some(ty),
        }
    }

    pub(super) const fn ty_mut(&mut self) -> Option<&mut Type> {
        match self {
            Self::Handler => None,
            Self::Payload(ty)
            | Self::Context(ty)
            | Self::AnyContext(ty)
            | Self::Reason(ty)
            | Self::Member(ty)
            | Self::MemberOrPayload(ty)
            | Self::MemberOrReason(ty) => Some(ty),
        }
    }
}
