//! Services, like the handlers beside them: one with every callback, services that compete with [`names`], and services
//! in private modules.

pub mod made;
pub mod names;

mod private;

use ::renamed::{AppHandle, Json, Member, State, Terminate, service};
use ::std::default::Default;
use ::std::option::Option::{self, Some};
use ::std::result::Result::{self, Err, Ok};

/// Has every callback.
#[service("/strict/service/{room}", crate = ::renamed, inbox(overflow = "close"), name = "strict service")]
#[derive(Debug)]
pub struct Everything {
    greeting: &'static str,
    members: ::std::vec::Vec<Member<Self>>,
    app: AppHandle,
    idle: bool,
}

/// The member state, as public as the service.
#[derive(Debug)]
pub struct Room(::std::string::String);

/// Private to this crate, although the service that receives it is public.
#[derive(Debug)]
struct Later(&'static str);

/// A broadcast that is private to this crate.
#[derive(Debug)]
struct News(&'static str);

/// An extractor that is private to this crate.
#[derive(Debug)]
struct Ticket(Option<::std::string::String>);

/// A JSON message that is private to this crate.
#[derive(Debug)]
struct Word(::std::string::String);

impl<S: ::std::marker::Sync> ::axum::extract::FromRequestParts<S> for Ticket {
    type Rejection = ::std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut ::axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.uri.query().map(::std::borrow::ToOwned::to_owned)))
    }
}

impl<'de> ::serde::Deserialize<'de> for Word {
    fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ::std::string::String::deserialize(deserializer).map(Self)
    }
}

#[service(crate = ::renamed)]
impl Everything {
    #[init]
    async fn init(State(greeting): State<&'static str>, app: AppHandle) -> Result<Self, ::std::fmt::Error> {
        Ok(Self { greeting, members: ::std::vec::Vec::new(), app, idle: false })
    }

    /// Sends the greeting to the member and an info to the service.
    #[join]
    async fn join(
        &mut self,
        ::axum::extract::Path(room): ::axum::extract::Path<::std::string::String>,
        Ticket(ticket): Ticket,
        member: &Member<Self>,
    ) -> Result<Room, ::axum::http::StatusCode> {
        if ticket.is_none() {
            return Err(::axum::http::StatusCode::FORBIDDEN);
        }
        member.send(self.greeting);
        self.members.push(::std::clone::Clone::clone(member));
        self.app.service::<Self>().info(Later("later"));
        Ok(Room(room))
    }

    #[rejoin]
    fn again(&mut self, member: &Member<Self>) -> Result<(), ::renamed::Close> {
        member.send("again");
        self.members.push(::std::clone::Clone::clone(member));
        Ok(())
    }

    #[incoming]
    async fn received(&mut self, Json(Word(word)): Json<Word>, member: &Member<Self>) {
        match &*word {
            "news" => _ = self.app.broadcast::<Self>(News("news")),
            "panic" => ::std::panic!("requested by the client"),
            _ => _ = member.send(::std::format!("{word} in {}", member.kept().0)),
        }
    }

    /// Deprecated: calling it from generated code must not warn.
    #[deprecated(note = "nobody asks")]
    #[incoming]
    fn bytes(&mut self, member: &Member<Self>, bytes: &[u8]) -> ::renamed::service::Control {
        member.send(bytes.to_vec());
        ::renamed::service::Control::Timeout(::std::time::Duration::from_millis(1))
    }

    #[incoming]
    fn never(&mut self, _: ::renamed::Message) {}

    #[broadcast]
    fn news(&mut self, News(words): &News) {
        for member in &self.members {
            member.send(*words);
        }
    }

    #[info]
    async fn later(&mut self, Later(words): Later) {
        if let Some(member) = self.members.last() {
            member.send(words);
        }
    }

    #[timeout]
    fn nothing(&mut self) -> ::renamed::service::Control {
        self.idle = true;
        for member in &self.members {
            member.send("idle");
        }
        ::renamed::service::Control::Timeout(::std::time::Duration::MAX)
    }

    #[close]
    fn gone(&mut self, member: &Member<Self>, reason: &Terminate) {
        self.members.retain(|other| other != member);
        ::tracing::debug!("{reason}");
    }

    #[terminate]
    fn over(&mut self, reason: &Terminate) {
        ::tracing::debug!("{reason}");
    }
}

/// Has no callback, and so uses nothing of the prelude.
#[service(crate = ::renamed)]
#[derive(Debug, Default)]
pub struct HTTPServer2;

#[service(crate = ::renamed)]
impl HTTPServer2 {}
