#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl Room {
    fn say(&mut self, member: &Member<Self>, say: Say) -> Said {}
    fn bytes(&mut self, bytes: &[u8]) {}
    fn bad(&mut self, member: &Member<Self>, bad: BadPayload) {}
}
const _: () = {
    /// The infos that `Room` receives.
    pub struct RoomInfo(Infos);
    enum Infos {}
    /// The broadcasts that `Room` receives.
    pub struct RoomBroadcast(Broadcasts);
    enum Broadcasts {}
    #[automatically_derived]
    impl ::ws_core::ErrorFor<Room> for BadPayload
    where
        for<'send> Room: ::core::marker::Send,
    {}
    #[automatically_derived]
    impl ::ws_core::__private::ReceivesEvents for Room {}
    #[automatically_derived]
    #[allow(deprecated, unused_variables)]
    impl ::ws_core::Service for Room {
        type Info = RoomInfo;
        type Broadcast = RoomBroadcast;
        fn events() -> ::ws_core::__private::Events {
            ::ws_core::__private::events([
                ::ws_core::EventInfo::new(
                    "say",
                    ::core::option::Option::Some(::core::any::type_name::<Say>()),
                    ::core::any::type_name::<Said>(),
                ),
            ])
        }
        async fn init(
            app: &::ws_core::AppHandle,
            key: ::core::option::Option<&::ws_core::service::ServiceKey>,
        ) -> ::core::result::Result<Self, ::ws_core::BoxError>
        where
            for<'send> Self: ::core::marker::Send,
        {
            ::core::result::Result::Ok(
                <Self as ::ws_core::__private::InitOrDefault>::by_default(),
            )
        }
        type Asked = ();
        type Kept = ();
        async fn ask(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<(), ::ws_core::__private::Response> {
            ::core::result::Result::Ok(())
        }
        async fn join(
            &mut self,
            _asked: (),
            _member: &::ws_core::Member<Self>,
        ) -> ::core::result::Result<(), ::ws_core::__private::Response> {
            ::core::result::Result::Ok(())
        }
        async fn incoming(
            &mut self,
            member: &::ws_core::Member<Self>,
            message: ::ws_core::Message,
        ) -> ::ws_core::service::Control
        where
            for<'send> Self: ::core::marker::Send,
        {
            #[allow(unused_imports)]
            use ::ws_core::__private::{
                AsksAny as _, AsksBinary as _, AsksEither as _, AsksMember as _,
                AsksText as _, OtherArgument as _,
            };
            let asked0 = ::ws_core::__private::IncomingArguments::same((
                (&&&&&&::ws_core::__private::IncomingValue::<&[u8]>::new()).asks(),
            ));
            ::ws_core::__private::IncomingArguments::beside_events(&asked0);
            let message = match message {
                ::ws_core::Message::Text(payload) => {
                    return {
                        #[allow(unused_imports)]
                        use ::ws_core::__private::{
                            DefaultEnvelope as _, NotReceived as _, ReturnsControl as _,
                            ReturnsControlOrError as _, ReturnsKept as _,
                            ReturnsSent as _, ReturnsValue as _,
                        };
                        match ::ws_core::__private::Call::read(
                            &payload,
                            ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                        ) {
                            ::core::result::Result::Ok(call) => {
                                match call.name() {
                                    "say" => {
                                        let _named = ::ws_core::__private::Named::new("say");
                                        let member = <&Member<
                                            Self,
                                        > as ::ws_core::__private::MemberArgument<
                                            '_,
                                            Self,
                                        >>::take(member);
                                        let id = call.id();
                                        match <Say as ::ws_core::EventPayload<
                                            '_,
                                        >>::read(
                                            call,
                                            ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                        ) {
                                            ::core::result::Result::Ok(payload) => {
                                                let value = {
                                                    let returned = ::ws_core::__private::Returned::new(
                                                        Self::say(self, member, payload),
                                                    );
                                                    (&&&&&returned).take_answer()
                                                };
                                                let answered = ::ws_core::__private::MessageReturn::answer(
                                                    value,
                                                    "say",
                                                    id,
                                                    ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                    member,
                                                );
                                                match answered {
                                                    ::core::result::Result::Ok(control) => control,
                                                    ::core::result::Result::Err(error) => {
                                                        match ::ws_core::__private::reply_to_event(
                                                            member,
                                                            error,
                                                            id,
                                                            ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                        ) {
                                                            ::core::option::Option::Some(error) => {
                                                                ::ws_core::Service::error(self, member, error).await
                                                            }
                                                            ::core::option::Option::None => {
                                                                ::ws_core::service::Control::Continue
                                                            }
                                                        }
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
                                                    match ::ws_core::__private::reply_to_event(
                                                        member,
                                                        bad,
                                                        id,
                                                        ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                    ) {
                                                        ::core::option::Option::Some(error) => {
                                                            ::ws_core::Service::error(self, member, error).await
                                                        }
                                                        ::core::option::Option::None => {
                                                            ::ws_core::service::Control::Continue
                                                        }
                                                    }
                                                } else {
                                                    ::ws_core::__private::answer_problem(
                                                        &problem,
                                                        ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                        member,
                                                    );
                                                    ::ws_core::service::Control::Continue
                                                }
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
                                            match ::ws_core::__private::reply_to_event(
                                                member,
                                                bad,
                                                id,
                                                ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                            ) {
                                                ::core::option::Option::Some(error) => {
                                                    ::ws_core::Service::error(self, member, error).await
                                                }
                                                ::core::option::Option::None => {
                                                    ::ws_core::service::Control::Continue
                                                }
                                            }
                                        } else {
                                            ::ws_core::__private::answer_problem(
                                                &problem,
                                                ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                                member,
                                            );
                                            ::ws_core::service::Control::Continue
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
                                    match ::ws_core::__private::reply_to_event(
                                        member,
                                        bad,
                                        id,
                                        ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                    ) {
                                        ::core::option::Option::Some(error) => {
                                            ::ws_core::Service::error(self, member, error).await
                                        }
                                        ::core::option::Option::None => {
                                            ::ws_core::service::Control::Continue
                                        }
                                    }
                                } else {
                                    ::ws_core::__private::answer_problem(
                                        &problem,
                                        ::ws_core::__private::EventsOf::<Self>::ENVELOPE,
                                        member,
                                    );
                                    ::ws_core::service::Control::Continue
                                }
                            }
                        }
                    };
                }
                message => message,
            };
            #[allow(unused_mut)]
            let mut message = ::core::option::Option::Some(
                <::ws_core::Incoming<
                    'static,
                > as ::core::convert::From<::ws_core::Message>>::from(message),
            );
            match ::ws_core::__private::choose(
                message.as_ref(),
                [(0usize, ::ws_core::__private::takes(&asked0))],
            ) {
                ::core::option::Option::Some(0usize) => {
                    match ::ws_core::__private::ReadArguments::read(
                        asked0,
                        member,
                        &mut message,
                    ) {
                        ::core::result::Result::Ok((a1,)) => {
                            let _named = ::ws_core::__private::Named::new("bytes");
                            ::ws_core::IntoControl::into_control(Self::bytes(self, a1))
                        }
                        ::core::result::Result::Err(bad) => {
                            ::ws_core::Service::error(
                                    self,
                                    member,
                                    <::ws_core::BoxError as ::core::convert::From<
                                        ::ws_core::BadPayload,
                                    >>::from(bad),
                                )
                                .await
                        }
                    }
                }
                _ => ::ws_core::service::Control::Continue,
            }
        }
        async fn error(
            &mut self,
            member: &::ws_core::Member<Self>,
            error: ::ws_core::BoxError,
        ) -> ::ws_core::service::Control
        where
            for<'send> Self: ::core::marker::Send,
        {
            let kind0 = <BadPayload as ::ws_core::ReceivedError<_>>::kind();
            match ::ws_core::__private::choose_error([(0usize, kind0.fit(&error))]) {
                ::core::option::Option::Some(0usize) => {
                    let error = kind0.take(error);
                    {
                        let _named = ::ws_core::__private::Named::new("bad");
                        let member = <&Member<
                            Self,
                        > as ::ws_core::__private::MemberArgument<
                            '_,
                            Self,
                        >>::take(member);
                        ::ws_core::IntoControl::into_control(
                            Self::bad(self, member, error),
                        )
                    }
                }
                _ => ::ws_core::__private::fail(member, "incoming", error),
            }
        }
    }
};
