//! Services in module form: one in a private module, one with the names of ws-core's own types, and one with keywords
//! as names.

use ::renamed::service;

#[service("/strict/service/module", crate = ::renamed)]
mod module {
    use ::renamed::{Member, Message, Terminate};
    use ::std::default::Default;

    /// Counts the received texts.
    #[derive(Debug, Default)]
    struct Spoken(u32);

    /// The count when a member joined.
    #[derive(Debug)]
    struct Before(u32);

    #[join]
    async fn join(spoken: &mut Spoken) -> Before {
        Before(spoken.0)
    }

    #[incoming]
    fn received(spoken: &mut Spoken, text: &str, member: &Member<Spoken>) {
        spoken.0 += 1;
        member.send(::std::format!("{text} {} {}", member.kept().0, spoken.0));
    }

    #[incoming]
    async fn rest(_: &mut Spoken, member: &Member<Spoken>, message: Message) {
        member.send(message);
    }

    #[close]
    fn gone(member: &Member<Spoken>, reason: &Terminate, _: &mut Spoken) {
        ::tracing::debug!("{} {reason}", member.id());
    }
}

#[service("/strict/service/module/names", crate = ::renamed)]
mod names {
    use crate::names::{Context, Message, Option, Reply, Result, State, String};

    /// Shadows ws-core's `Service`.
    #[derive(Debug)]
    struct Service {
        count: usize,
    }

    /// Shadows ws-core's `Control`.
    #[derive(Debug)]
    struct Control;

    #[init]
    async fn init(app: ::renamed::AppHandle) -> Service {
        let service = app.service::<Service>();
        service.info(Context);
        service.info(Message);
        service.broadcast(Control);
        Service { count: 0 }
    }

    #[info]
    async fn option(service: &mut Service, _: Option) {
        service.count += 1;
    }

    #[info]
    fn result(service: &mut Service, _: Result) {
        service.count += 1;
    }

    #[info]
    async fn context(service: &mut Service, _: Context) {
        service.count += 1;
    }

    #[info]
    fn message(_: Message, service: &mut Service) {
        service.count += 1;
    }

    #[info]
    fn state(service: &mut Service, _: State) {
        service.count += 1;
    }

    #[info]
    fn reply(service: &mut Service, _: Reply) {
        service.count += 1;
    }

    #[info]
    fn string(service: &mut Service, _: String) {
        service.count += 1;
    }

    #[broadcast]
    fn notified(service: &mut Service, _: &Control) {
        service.count += 1;
    }

    #[rejoin]
    fn member(_: &mut Service, _: &::renamed::Member<Service>) {}

    #[incoming]
    async fn info(service: &mut Service, _: &str, member: &::renamed::Member<Service>) {
        member.send(::std::format!("count {}", service.count));
    }

    /// Deprecated: calling it from generated code must not warn.
    #[deprecated(note = "nobody asks")]
    #[incoming]
    async fn payload(service: &mut Service, bytes: ::renamed::Bytes) -> ::renamed::service::Control {
        service.count += bytes.len();
        ::renamed::service::Control::Continue
    }

    #[terminate]
    fn reason(_: &mut Service, reason: &::renamed::Terminate) {
        ::tracing::debug!("{reason}");
    }
}

#[service(crate = ::renamed)]
mod r#type {
    use ::std::default::Default;

    /// Counts bytes.
    #[derive(Debug, Default)]
    struct r#Fn {
        r#in: usize,
    }

    /// The count when a member joined.
    #[derive(Debug)]
    struct r#Move(usize);

    #[join]
    async fn r#match(r#fn: &mut r#Fn) -> r#Move {
        r#Move(r#fn.r#in)
    }

    #[incoming]
    async fn r#loop(r#fn: &mut r#Fn, r#str: &str, r#mut: &::renamed::Member<r#Fn>) {
        r#fn.r#in += r#str.len();
        r#mut.send(::std::format!("{} {}", r#mut.kept().0, r#fn.r#in));
    }

    #[incoming]
    async fn r#box(r#fn: &mut r#Fn, r#type: &[u8]) {
        r#fn.r#in += r#type.len();
    }

    #[info]
    fn r#move(r#fn: &mut r#Fn, r#Move(r#as): r#Move) {
        r#fn.r#in += r#as;
    }
}
