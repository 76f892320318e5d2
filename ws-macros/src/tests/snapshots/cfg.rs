#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
#[cfg(feature = "chosen")]
impl Chosen {
    #[cfg(feature = "db")]
    #[cfg(unix)]
    fn with_db(State(db): State<Db>) -> Self {
        Self
    }
    #[cfg(feature = "test")]
    fn without(upgrade: &mut Upgrade<Self>) -> Self {
        Self
    }
    #[cfg(feature = "greet")]
    fn open(&mut self) {}
    #[cfg(unix)]
    fn unix(&mut self, text: &str) {}
    #[cfg(not(unix))]
    fn other(&mut self, text: String) {}
    #[cfg(unix)]
    fn rest(&mut self) {}
    #[cfg(unix)]
    fn tick(&mut self, tick: Tick) {}
    #[cfg(unix)]
    fn end(&mut self) {}
}
#[cfg(feature = "chosen")]
const _: () = {
    /// The infos that `Chosen` receives.
    pub struct ChosenInfo(Infos);
    enum Infos {
        #[cfg(unix)]
        Tick(Tick),
    }
    #[cfg(unix)]
    #[automatically_derived]
    impl ::ws_core::InfoFor<Chosen> for Tick
    where
        for<'send> Chosen: ::core::marker::Send,
    {
        fn into_info(self) -> ChosenInfo {
            ChosenInfo(Infos::Tick(self))
        }
    }
    #[cfg(feature = "db")]
    #[cfg(unix)]
    #[allow(deprecated)]
    fn source() -> ::ws_core::__private::Source<State<Db>> {
        <State<
            Db,
        > as ::ws_core::__private::StateArgument<
            _,
        >>::source({
            use ::ws_core::__private::sources::*;
            (&&&&&::ws_core::__private::Probe::<State<Db>, Chosen>::new())
                .__source(|| ::ws_core::__private::never())
        })
    }
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl ::ws_core::Handler for Chosen {
        type Info = ChosenInfo;
        const AWAITS: bool = false;
        fn needs(needs: &mut ::ws_core::Needs) {
            #[cfg(feature = "db")] #[cfg(unix)] source().declare(needs);
        }
        async fn init(
            parts: &mut ::ws_core::__private::Parts,
            upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response>
        where
            for<'send> Self: ::core::marker::Send,
        {
            #[cfg(feature = "db")] #[cfg(unix)]
            {
                let a0 = source().extract(parts, upgrade).await?;
                return ::ws_core::__private::InitReturn::<
                    Self,
                >::into_init(Self::with_db(a0));
            }
            #[cfg(feature = "test")]
            {
                let upgrade = <&mut Upgrade<
                    Self,
                > as ::ws_core::__private::UpgradeArgument<'_, Self>>::take(upgrade);
                return ::ws_core::__private::InitReturn::<
                    Self,
                >::into_init(Self::without(upgrade));
            }
            #[cfg(not(any(all(feature = "db", unix), feature = "test")))]
            {
                ::core::result::Result::Ok(
                    <Self as ::ws_core::__private::InitOrDefault>::by_default(),
                )
            }
        }
        #[inline]
        fn open(
            &mut self,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        ) -> ::core::future::Ready<()>
        where
            for<'send> Self: ::core::marker::Send,
        {
            #[cfg(feature = "greet")]
            {
                ::ws_core::__private::enter(cx, "open");
                ::ws_core::IntoReply::into_reply(Self::open(self), reply);
            }
            ::core::future::ready(())
        }
        #[inline]
        fn message(
            &mut self,
            message: ::ws_core::Incoming<'_>,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        ) -> ::core::future::Ready<()>
        where
            for<'send> Self: ::core::marker::Send,
        {
            match message {
                #[cfg(unix)]
                ::ws_core::Incoming::Text(mut payload) => {
                    ::ws_core::__private::enter(cx, "unix");
                    match <&str as ::ws_core::FromText<'_>>::from_text(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                Self::unix(self, payload),
                                reply,
                            )
                        }
                        ::core::result::Result::Err(bad) => reply.refuse(bad),
                    }
                }
                #[cfg(not(unix))]
                ::ws_core::Incoming::Text(mut payload) => {
                    ::ws_core::__private::enter(cx, "other");
                    match <String as ::ws_core::FromText<'_>>::from_text(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                Self::other(self, payload),
                                reply,
                            )
                        }
                        ::core::result::Result::Err(bad) => reply.refuse(bad),
                    }
                }
                #[cfg(unix)]
                _ => {
                    ::ws_core::__private::enter(cx, "rest");
                    ::ws_core::IntoReply::into_reply(Self::rest(self), reply);
                }
                #[cfg(not(unix))]
                _ => {}
            }
            ::core::future::ready(())
        }
        #[inline]
        fn info(
            &mut self,
            info: ChosenInfo,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        ) -> ::core::future::Ready<()>
        where
            for<'send> Self: ::core::marker::Send,
        {
            match info.0 {
                #[cfg(unix)]
                Infos::Tick(info) => {
                    ::ws_core::__private::enter(cx, "tick");
                    ::ws_core::IntoReply::into_reply(Self::tick(self, info), reply);
                }
            }
            ::core::future::ready(())
        }
        fn info_heap_size(info: &ChosenInfo) -> ::core::primitive::usize {
            #[allow(unused_imports)]
            use ::ws_core::__private::NoHeapSize as _;
            match info.0 {
                #[cfg(unix)]
                Infos::Tick(ref info) => ::ws_core::__private::Measured(info).heap_size(),
            }
        }
        #[inline]
        fn terminate(
            &mut self,
            reason: &::ws_core::Terminate,
            cx: &mut ::ws_core::Context<Self>,
        ) -> ::core::future::Ready<()>
        where
            for<'send> Self: ::core::marker::Send,
        {
            #[cfg(unix)]
            {
                ::ws_core::__private::enter(cx, "end");
                let result = Self::end(self);
                ::ws_core::__private::ended(
                    cx,
                    ::ws_core::__private::TerminateReturn::into_error(result),
                );
            }
            ::core::future::ready(())
        }
    }
};
