struct Chat;
const _: () = {
    #[automatically_derived]
    impl ::ws_core::WithEnvelope for Chat {
        const ENVELOPE: ::ws_core::Envelope = ::ws_core::Envelope::new()
            .tag("op")
            .payload("data");
    }
    const _: fn() = || {
        use ::ws_core::__private::envelopes::*;
        (&&&&::ws_core::__private::EnvelopeFor::<Chat>::new()).__check();
    };
};
const _: () = {
    #[automatically_derived]
    impl ::ws_core::__private::Routed<46457863u64> for Chat {}
    ::ws_core::__private::inventory::submit! {
        ::ws_core::__private::LinkedRoute::new:: < Chat > ("/chat",
        ::core::module_path!(), ::core::file!(), ::core::line!())
    }
};
#[doc(hidden)]
mod two_routes_have_path__chat {}
#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl Chat {
    async fn say<'callback>(
        &'callback mut self,
        say: Say<'callback>,
    ) -> Said<'callback> {}
    async fn change(
        &mut self,
        to: Rename,
        cx: &mut Context<Self>,
    ) -> Result<Renamed, NameTaken> {}
    fn leave(&mut self) {}
    fn other(&mut self, message: Message) {}
}
const _: () = {
    /// The infos that `Chat` receives.
    pub struct ChatInfo(Infos);
    enum Infos {}
    #[automatically_derived]
    impl ::ws_core::__private::ReceivesEvents for Chat {}
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl ::ws_core::Handler for Chat {
        type Info = ChatInfo;
        fn events() -> ::ws_core::__private::Events {
            ::ws_core::__private::events([
                ::ws_core::EventInfo::new(
                    "say",
                    ::core::option::Option::Some(::core::any::type_name::<Say<'_>>()),
                    ::core::any::type_name::<Said<'_>>(),
                ),
                ::ws_core::EventInfo::new(
                    "rename",
                    ::core::option::Option::Some(::core::any::type_name::<Rename>()),
                    ::core::any::type_name::<Result<Renamed, NameTaken>>(),
                ),
                ::ws_core::EventInfo::new(
                    "leave",
                    ::core::option::Option::None,
                    ::core::any::type_name::<()>(),
                ),
            ])
        }
        async fn init(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
            ::core::result::Result::Ok(
                <Self as ::ws_core::__private::InitOrDefault>::by_default(),
            )
        }
        async fn message(
            &mut self,
            message: ::ws_core::Incoming<'_>,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        )
        where
            for<'send> Self: ::core::marker::Send,
        {
            fn send_say<'callback>(
                this: &'callback mut Chat,
                payload: Say<'callback>,
            ) -> impl ::core::future::Future<
                Output = Said<'callback>,
            > + ::core::marker::Send
            where
                for<'send> Chat: ::core::marker::Send,
            {
                <Chat>::say(this, payload)
            }
            fn send_change<'this>(
                this: &'this mut Chat,
                payload: Rename,
                cx: &mut Context<Chat>,
            ) -> impl ::core::future::Future<
                Output = Result<Renamed, NameTaken>,
            > + ::core::marker::Send
            where
                for<'send> Chat: ::core::marker::Send,
            {
                <Chat>::change(this, payload, cx)
            }
            match message {
                ::ws_core::Incoming::Text(payload) => {
                    #[allow(unused_imports)]
                    use ::ws_core::__private::{
                        DefaultEnvelope as _, NotReceived as _, ReturnsKept as _,
                        ReturnsSent as _, ReturnsValue as _,
                    };
                    match ::ws_core::__private::Call::read(
                        &payload,
                        ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                    ) {
                        ::core::result::Result::Ok(call) => {
                            match call.name() {
                                "say" => {
                                    ::ws_core::__private::enter(cx, "say");
                                    let id = call.id();
                                    match <Say<
                                        '_,
                                    > as ::ws_core::EventPayload<
                                        '_,
                                    >>::read(
                                        call,
                                        ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                    ) {
                                        ::core::result::Result::Ok(payload) => {
                                            let value = {
                                                let returned = ::ws_core::__private::Returned::new(
                                                    send_say(self, payload).await,
                                                );
                                                (&&&returned).take_answer()
                                            };
                                            let answered = ::ws_core::__private::MessageReturn::answer(
                                                value,
                                                "say",
                                                id,
                                                ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                &mut *reply,
                                            );
                                            match answered {
                                                ::core::result::Result::Ok(_) => {}
                                                ::core::result::Result::Err(error) => {
                                                    ::ws_core::__private::fail_event::<
                                                        Self,
                                                    >(
                                                        reply,
                                                        error,
                                                        id,
                                                        ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                    )
                                                }
                                            }
                                        }
                                        ::core::result::Result::Err(bad) => {
                                            let problem = ::ws_core::__private::Problem::of_payload(
                                                id,
                                                bad,
                                            );
                                            if problem.is_for_handler()
                                                && (::ws_core::__private::BadPayloadsOf::<Self>::RECEIVED
                                                    || ::ws_core::__private::BadEventsOf::<Self>::RECEIVED)
                                            {
                                                let id = problem.id();
                                                let bad = problem.into_bad_payload();
                                                ::ws_core::__private::fail_event::<
                                                    Self,
                                                >(
                                                    reply,
                                                    bad,
                                                    id,
                                                    ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                )
                                            } else {
                                                ::ws_core::__private::answer_problem(
                                                    &problem,
                                                    ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                    &mut *reply,
                                                );
                                                {}
                                            }
                                        }
                                    }
                                }
                                "rename" => {
                                    ::ws_core::__private::enter(cx, "change");
                                    let id = call.id();
                                    match <Rename as ::ws_core::EventPayload<
                                        '_,
                                    >>::read(
                                        call,
                                        ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                    ) {
                                        ::core::result::Result::Ok(payload) => {
                                            let value = {
                                                let returned = ::ws_core::__private::Returned::new(
                                                    send_change(self, payload, cx).await,
                                                );
                                                (&&&returned).take_answer()
                                            };
                                            let answered = ::ws_core::__private::MessageReturn::answer(
                                                value,
                                                "rename",
                                                id,
                                                ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                &mut *reply,
                                            );
                                            match answered {
                                                ::core::result::Result::Ok(_) => {}
                                                ::core::result::Result::Err(error) => {
                                                    ::ws_core::__private::fail_event::<
                                                        Self,
                                                    >(
                                                        reply,
                                                        error,
                                                        id,
                                                        ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                    )
                                                }
                                            }
                                        }
                                        ::core::result::Result::Err(bad) => {
                                            let problem = ::ws_core::__private::Problem::of_payload(
                                                id,
                                                bad,
                                            );
                                            if problem.is_for_handler()
                                                && (::ws_core::__private::BadPayloadsOf::<Self>::RECEIVED
                                                    || ::ws_core::__private::BadEventsOf::<Self>::RECEIVED)
                                            {
                                                let id = problem.id();
                                                let bad = problem.into_bad_payload();
                                                ::ws_core::__private::fail_event::<
                                                    Self,
                                                >(
                                                    reply,
                                                    bad,
                                                    id,
                                                    ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                )
                                            } else {
                                                ::ws_core::__private::answer_problem(
                                                    &problem,
                                                    ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                    &mut *reply,
                                                );
                                                {}
                                            }
                                        }
                                    }
                                }
                                "leave" => {
                                    ::ws_core::__private::enter(cx, "leave");
                                    let id = call.id();
                                    let value = {
                                        let returned = ::ws_core::__private::Returned::new(
                                            Self::leave(self),
                                        );
                                        (&&&returned).take_answer()
                                    };
                                    let answered = ::ws_core::__private::MessageReturn::answer(
                                        value,
                                        "leave",
                                        id,
                                        ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                        &mut *reply,
                                    );
                                    match answered {
                                        ::core::result::Result::Ok(_) => {}
                                        ::core::result::Result::Err(error) => {
                                            ::ws_core::__private::fail_event::<
                                                Self,
                                            >(
                                                reply,
                                                error,
                                                id,
                                                ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                            )
                                        }
                                    }
                                }
                                _ => {
                                    let problem = call.unknown();
                                    if problem.is_for_handler()
                                        && (::ws_core::__private::BadPayloadsOf::<Self>::RECEIVED
                                            || ::ws_core::__private::BadEventsOf::<Self>::RECEIVED)
                                    {
                                        let id = problem.id();
                                        let bad = problem.into_bad_payload();
                                        ::ws_core::__private::fail_event::<
                                            Self,
                                        >(
                                            reply,
                                            bad,
                                            id,
                                            ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                        )
                                    } else {
                                        ::ws_core::__private::answer_problem(
                                            &problem,
                                            ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                            &mut *reply,
                                        );
                                        {}
                                    }
                                }
                            }
                        }
                        ::core::result::Result::Err(problem) => {
                            if problem.is_for_handler()
                                && (::ws_core::__private::BadPayloadsOf::<Self>::RECEIVED
                                    || ::ws_core::__private::BadEventsOf::<Self>::RECEIVED)
                            {
                                let id = problem.id();
                                let bad = problem.into_bad_payload();
                                ::ws_core::__private::fail_event::<
                                    Self,
                                >(
                                    reply,
                                    bad,
                                    id,
                                    ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                )
                            } else {
                                ::ws_core::__private::answer_problem(
                                    &problem,
                                    ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                    &mut *reply,
                                );
                                {}
                            }
                        }
                    }
                }
                message => {
                    ::ws_core::__private::enter(cx, "other");
                    match <Message as ::ws_core::FromMessage<
                        '_,
                    >>::from_message(message) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                Self::other(self, payload),
                                reply,
                            )
                        }
                        ::core::result::Result::Err(bad) => reply.refuse(bad),
                    }
                }
            }
        }
    }
};
