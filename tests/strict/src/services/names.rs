//! A service with types that have the names of ws-core's and the standard library's types.

use ::renamed::service;

use crate::names::{Context, Future, Message, Option, Reply, Result, Send, State, String};

/// Shadows ws-core's `Control`.
#[derive(Debug)]
pub struct Control;

/// Shadows ws-core's `Terminate`.
#[derive(Debug)]
pub struct Terminate;

/// Shadows ws-core's `Service`.
pub trait Service {}

/// Shadows ws-core's `IntoControl`.
pub trait IntoControl {}

/// Shadows ws-core's `BroadcastTarget`.
pub trait BroadcastTarget {}

/// Has the name that the macro would otherwise give to the extractors of `#[join]`.
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

/// Has the name that the macro would otherwise give to the enum of broadcasts.
#[derive(Debug)]
struct NamesBroadcast;

/// Has the name that the macro would otherwise give to the enum of infos.
#[derive(Debug)]
struct NamesInfo;

/// Has the name that the macro would otherwise give to the list of infos.
#[derive(Debug)]
struct Infos;

/// Has the name that the macro would otherwise give to the list of broadcasts.
#[derive(Debug)]
struct Broadcasts;

/// Receives infos and broadcasts of all these types.
#[service("/strict/service/names", crate = ::renamed)]
#[derive(Debug)]
pub struct Names {
    count: usize,
}

impl Service for Names {}
impl Send for Names {}
impl Future for Names {}
impl BroadcastTarget for Names {}
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
        Self { count: 0 }
    }

    #[join]
    fn join(&mut self, _: NamesAsked) -> usize {
        self.count
    }

    #[info]
    fn option(&mut self, _: Option) {
        self.count += 1;
    }

    #[info]
    fn result(&mut self, _: Result) {
        self.count += 1;
    }

    #[info]
    fn context(&mut self, _: Context) {
        self.count += 1;
    }

    #[info]
    fn message(&mut self, _: Message) {
        self.count += 1;
    }

    #[info]
    fn state(&mut self, _: State) {
        self.count += 1;
    }

    #[info]
    async fn reply(&mut self, _: Reply) {
        self.count += 1;
    }

    #[info]
    async fn string(&mut self, _: String) {
        self.count += 1;
    }

    #[info]
    fn control(&mut self, _: Control) {
        self.count += 1;
    }

    #[info]
    fn asked(&mut self, _: NamesAsked) {
        self.count += 1;
    }

    #[info]
    fn infos(&mut self, _: Infos) {
        self.count += 1;
    }

    #[info]
    fn names(&mut self, _: NamesInfo) {
        self.count += 1;
    }

    #[broadcast]
    async fn terminate(&mut self, _: &Terminate) {
        self.count += 1;
    }

    #[broadcast]
    async fn broadcasts(&mut self, _: &Broadcasts) {
        self.count += 1;
    }

    #[broadcast]
    fn notified(&mut self, _: &NamesBroadcast) {
        self.count += 1;
    }

    #[incoming]
    fn info(&mut self, _: &str, member: &::renamed::Member<Self>) {
        member.send(::std::format!("count {}, {} before", self.count, member.kept()));
    }
}
