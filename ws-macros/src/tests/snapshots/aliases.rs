#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl Aliases {
    fn join(&mut self, member: Member, seat: &Seat) -> JoinResult {
        JoinResult(member)
    }
    fn received(&mut self, seat: &Seat, order: Order) {}
    fn gone(&mut self, end: &End, seat: &Seat) {}
}
const _: () = {
    #[allow(unused_imports)]
    use ::ws_core::__private::IsNoResult as _;
    /// The infos that `Aliases` receives.
    pub struct AliasesInfo(Infos);
    enum Infos {}
    /// The broadcasts that `Aliases` receives.
    pub struct AliasesBroadcast(Broadcasts);
    enum Broadcasts {}
    /// The arguments that the `#[join]` of `Aliases` extracts from the request.
    pub struct AliasesAsked(Member, ::core::marker::PhantomData<fn() -> Aliases>);
    #[allow(deprecated)]
    fn source() -> ::ws_core::__private::Source<Member> {
        <Member as ::ws_core::__private::JoinArgument<
            _,
        >>::source({
            use ::ws_core::__private::sources::*;
            (&&&&&::ws_core::__private::Probe::<Member, Aliases>::new())
                .__source(|| ::ws_core::__private::never())
        })
    }
    #[automatically_derived]
    #[allow(deprecated, unused_variables)]
    impl ::ws_core::Service for Aliases {
        type Info = AliasesInfo;
        type Broadcast = AliasesBroadcast;
        fn needs(needs: &mut ::ws_core::Needs) {
            source().declare(needs);
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
        type Asked = AliasesAsked;
        type Kept = <JoinResult as ::ws_core::__private::Joined<
            { ::ws_core::__private::JoinReturn::<JoinResult>::IS_RESULT },
        >>::Kept;
        async fn ask(
            parts: &mut ::ws_core::__private::Parts,
            upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self::Asked, ::ws_core::__private::Response>
        where
            for<'send> Self: ::core::marker::Send,
        {
            let a0 = source().extract(parts, upgrade).await?;
            ::core::result::Result::Ok(AliasesAsked(a0, ::core::marker::PhantomData))
        }
        async fn join(
            &mut self,
            asked: Self::Asked,
            member: &::ws_core::Member<Self>,
        ) -> ::core::result::Result<Self::Kept, ::ws_core::__private::Response>
        where
            for<'send> Self: ::core::marker::Send,
        {
            let AliasesAsked(a0, _) = asked;
            let _named = ::ws_core::__private::Named::new("join");
            let member = <&Seat as ::ws_core::__private::MemberArgument<
                '_,
                Self,
            >>::take(member);
            ::ws_core::__private::JoinRejection::joined(
                ::ws_core::__private::Joined::<
                    { ::ws_core::__private::JoinReturn::<JoinResult>::IS_RESULT },
                >::into_result(Self::join(self, a0, member)),
            )
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
                (&&&&&&::ws_core::__private::IncomingValue::<&Seat>::new()).asks(),
                (&&&&&&::ws_core::__private::IncomingValue::<Order>::new()).asks(),
            ));
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
                        ::core::result::Result::Ok((a1, a2)) => {
                            let _named = ::ws_core::__private::Named::new("received");
                            ::ws_core::IntoControl::into_control(
                                Self::received(self, a1, a2),
                            )
                        }
                        ::core::result::Result::Err(bad) => {
                            ::ws_core::__private::refuse(member, &bad)
                        }
                    }
                }
                _ => ::ws_core::service::Control::Continue,
            }
        }
        async fn close(
            &mut self,
            member: &::ws_core::Member<Self>,
            reason: &::ws_core::Terminate,
        ) -> ::ws_core::service::Control
        where
            for<'send> Self: ::core::marker::Send,
        {
            {
                let _named = ::ws_core::__private::Named::new("gone");
                let a1 = <&End as ::ws_core::__private::CloseArgument<
                    '_,
                    Self,
                >>::take(member, reason);
                let a2 = <&Seat as ::ws_core::__private::CloseArgument<
                    '_,
                    Self,
                >>::take(member, reason);
                ::ws_core::IntoControl::into_control(Self::gone(self, a1, a2))
            }
        }
    }
};
impl<T> Generic<T> {
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn join(&mut self) -> Kept<T> {
        self.kept()
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn news(&mut self, member: &Member) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn notified(&mut self, member: Member) {}
}
const _: () = {
    #[automatically_derived]
    impl<T: ::core::marker::Send + 'static> ::ws_core::Service for Generic<T> {
        type Info = ::core::convert::Infallible;
        type Broadcast = ::core::convert::Infallible;
        type Asked = ();
        type Kept = ();
        async fn init(
            _app: &::ws_core::AppHandle,
            _key: ::core::option::Option<&::ws_core::service::ServiceKey>,
        ) -> ::core::result::Result<Self, ::ws_core::BoxError> {
            ::core::future::pending().await
        }
        async fn ask(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<(), ::ws_core::__private::Response> {
            ::core::future::pending().await
        }
        async fn join(
            &mut self,
            _asked: (),
            _member: &::ws_core::Member<Self>,
        ) -> ::core::result::Result<(), ::ws_core::__private::Response> {
            ::core::future::pending().await
        }
    }
    #[automatically_derived]
    impl<T: ::core::marker::Send + 'static> ::ws_core::BroadcastFor<Generic<T>>
    for Member {
        type Target = Generic<T>;
        fn into_broadcast(
            self: ::ws_core::__private::Arc<Self>,
        ) -> ::core::convert::Infallible {
            ::core::unreachable!()
        }
    }
    #[automatically_derived]
    impl<T: ::core::marker::Send + 'static> ::ws_core::ServiceInfo<Generic<T>>
    for Member {
        fn into_info(self) -> ::core::convert::Infallible {
            ::core::unreachable!()
        }
    }
    #[automatically_derived]
    impl<T: ::core::marker::Send + 'static> ::ws_core::BroadcastTarget for Generic<T> {
        type Broadcast = ::core::convert::Infallible;
        fn send(
            _: &::ws_core::AppHandle,
            _: impl ::core::ops::FnMut() -> ::core::convert::Infallible,
        ) -> ::ws_core::DeliveryCounts {
            ::core::unreachable!()
        }
    }
    #[automatically_derived]
    impl<T: ::core::marker::Send + 'static> ::ws_core::__private::ReceivesEvents
    for Generic<T> {}
};
::core::compile_error! {
    "a service lives as long as the app, but `T` may contain borrowed data\nhelp: add `Send + 'static` to its bounds: `T: Send + 'static`"
}
