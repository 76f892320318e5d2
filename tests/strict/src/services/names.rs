//! A service whose types are called as ours are, and as those of the standard library.

use ::renamed::service;

use crate::names::{Context, Future, Message, Option, Reply, Result, Send, State, String};

/// Not ours.
#[derive(Debug)]
pub struct Control;

/// Not ours.
#[derive(Debug)]
pub struct Terminate;

/// Not ours.
pub trait Service {}

/// Not ours.
pub trait IntoControl {}

/// Not ours.
pub trait Audience {}

/// Would be what is asked for by a join, if that were not taken.
#[derive(Debug)]
struct NamesAsked;

impl<S: ::std::marker::Sync> ::axum::extract::FromRequestParts<S> for NamesAsked {
    type Rejection = ::std::convert::Infallible;

    async fn from_request_parts(
        _: &mut ::axum::http::request::Parts,
        _: &S,
    ) -> ::std::result::Result<Self, Self::Rejection> {
        ::std::result::Result::Ok(Self)
    }
}

/// Would be the broadcasts.
#[derive(Debug)]
struct NamesBroadcast;

/// Would be the infos.
#[derive(Debug)]
struct NamesInfo;

/// Would be the list of one of them.
#[derive(Debug)]
struct Infos;

/// Would be the list of the other.
#[derive(Debug)]
struct Broadcasts;

/// Has infos and broadcasts of all these names.
#[service("/strict/service/names", crate = ::renamed)]
#[derive(Debug)]
pub struct Names {
    told: usize,
}

impl Service for Names {}
impl Send for Names {}
impl Future for Names {}
impl Audience for Names {}
impl IntoControl for Names {}

#[service(crate = ::renamed)]
impl Names {
    #[init]
    fn init(app: ::renamed::AppHandle) -> Self {
        let names = app.service::<Self>();
        names.info(Context);
        names.info(Message);
        names.info(Control);
        names.info(NamesInfo);
        names.info(Infos);
        names.broadcast(Terminate);
        names.broadcast(NamesBroadcast);
        names.broadcast(Broadcasts);
        Self { told: 0 }
    }

    #[join]
    fn join(&mut self, _: NamesAsked) -> usize {
        self.told
    }

    #[info]
    fn option(&mut self, _: Option) {
        self.told += 1;
    }

    #[info]
    fn result(&mut self, _: Result) {
        self.told += 1;
    }

    #[info]
    fn context(&mut self, _: Context) {
        self.told += 1;
    }

    #[info]
    fn message(&mut self, _: Message) {
        self.told += 1;
    }

    #[info]
    fn state(&mut self, _: State) {
        self.told += 1;
    }

    #[info]
    async fn reply(&mut self, _: Reply) {
        self.told += 1;
    }

    #[info]
    async fn string(&mut self, _: String) {
        self.told += 1;
    }

    #[info]
    fn control(&mut self, _: Control) {
        self.told += 1;
    }

    #[info]
    fn asked(&mut self, _: NamesAsked) {
        self.told += 1;
    }

    #[info]
    fn infos(&mut self, _: Infos) {
        self.told += 1;
    }

    #[info]
    fn names(&mut self, _: NamesInfo) {
        self.told += 1;
    }

    #[broadcast]
    async fn terminate(&mut self, _: &Terminate) {
        self.told += 1;
    }

    #[broadcast]
    async fn broadcasts(&mut self, _: &Broadcasts) {
        self.told += 1;
    }

    #[broadcast]
    fn told(&mut self, _: &NamesBroadcast) {
        self.told += 1;
    }

    #[incoming]
    fn info(&mut self, _: &str, member: &::renamed::Member<Self>) {
        member.send(::std::format!("told {}, {} before", self.told, member.kept()));
    }
}
