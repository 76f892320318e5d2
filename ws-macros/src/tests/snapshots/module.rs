/// Counts what it saw.
#[cfg(unix)]
pub(crate) mod seen {
    //! The inner docs of a module.
    use super::*;
    const LIMIT: Limit = Limit { count: 10 };
    /// One connection's.
    pub struct Seen(u32);
    struct Later(u32);
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn new(Path(room): Path<String>, upgrade: &mut Upgrade<Seen>) -> Seen {
        upgrade.info(Later(1));
        Seen(0)
    }
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    async fn open(seen: &mut Seen, cx: &mut Context<Seen>) {
        wait().await;
    }
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    /// Docs stay.
    pub(super) async fn received(
        seen: &mut Seen,
        cx: &mut Context<Seen>,
        text: &str,
    ) -> String {
        help(seen, text)
    }
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    #[cfg(feature = "binary")]
    fn bytes(bytes: Bytes, seen: &mut Seen) -> Bytes {
        bytes
    }
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn info(_: &mut Seen, Later(count): Later) -> Option<&'static str> {
        None
    }
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn gone(seen: &mut Seen, reason: &Terminate) {}
    fn help(seen: &mut Seen, text: &str) -> String {
        text.to_owned()
    }
    mod inner {
        #[websocket("/inner")]
        mod nested {}
    }
    const _: () = {
        #[automatically_derived]
        impl ::ws_core::__private::Routed<5178445731344268724u64> for Seen {}
        ::ws_core::__private::inventory::submit! {
            ::ws_core::__private::LinkedRoute::new:: < Seen > ("/socket/{room}",
            ::core::module_path!(), ::core::file!(), ::core::line!()).name("seen")
            .options(::ws_core::__private::RouteOptions::new()
            .idle_timeout(::core::option::Option::Some(::core::time::Duration::from_millis(300000u64))))
        }
    };
    const _: () = {
        /// The infos that `Seen` receives.
        pub struct SeenInfo(Infos);
        enum Infos {
            Info(Later),
        }
        #[automatically_derived]
        impl ::ws_core::InfoFor<Seen> for Later
        where
            for<'send> Seen: ::core::marker::Send,
        {
            fn into_info(self) -> SeenInfo {
                SeenInfo(Infos::Info(self))
            }
        }
        #[allow(deprecated)]
        fn source() -> ::ws_core::__private::Source<Path<String>> {
            <Path<
                String,
            > as ::ws_core::__private::InitArgument<
                _,
            >>::source({
                use ::ws_core::__private::sources::*;
                (&&&&&::ws_core::__private::Probe::<Path<String>, Seen>::new())
                    .__source(|| ::ws_core::__private::never())
            })
        }
        #[automatically_derived]
        #[allow(deprecated, refining_impl_trait, unreachable_code)]
        impl ::ws_core::Handler for Seen {
            type Info = SeenInfo;
            fn needs(needs: &mut ::ws_core::Needs) {
                source().declare(needs);
            }
            async fn init(
                parts: &mut ::ws_core::__private::Parts,
                upgrade: &mut ::ws_core::Upgrade<Self>,
            ) -> ::core::result::Result<Self, ::ws_core::__private::Response>
            where
                for<'send> Self: ::core::marker::Send,
            {
                let a0 = source().extract(parts, upgrade).await?;
                let upgrade = <&mut Upgrade<
                    Seen,
                > as ::ws_core::__private::UpgradeArgument<'_, Self>>::take(upgrade);
                ::ws_core::__private::InitReturn::<
                    Self,
                >::into_init(self::new(a0, upgrade))
            }
            async fn open(
                &mut self,
                cx: &mut ::ws_core::Context<Self>,
                reply: &mut ::ws_core::Reply,
            ) -> ()
            where
                for<'send> Self: ::core::marker::Send,
            {
                ::ws_core::__private::enter(cx, "open");
                ::ws_core::IntoReply::into_reply(self::open(self, cx).await, reply);
            }
            async fn message(
                &mut self,
                message: ::ws_core::Incoming<'_>,
                cx: &mut ::ws_core::Context<Self>,
                reply: &mut ::ws_core::Reply,
            ) -> ()
            where
                for<'send> Self: ::core::marker::Send,
            {
                match message {
                    ::ws_core::Incoming::Text(mut payload) => {
                        ::ws_core::__private::enter(cx, "received");
                        match <&str as ::ws_core::FromText<
                            '_,
                        >>::from_text(&mut payload) {
                            ::core::result::Result::Ok(payload) => {
                                ::ws_core::IntoReply::into_reply(
                                    self::received(self, cx, payload).await,
                                    reply,
                                )
                            }
                            ::core::result::Result::Err(bad) => reply.refuse(bad),
                        }
                    }
                    #[cfg(feature = "binary")]
                    ::ws_core::Incoming::Binary(mut payload) => {
                        ::ws_core::__private::enter(cx, "bytes");
                        match <Bytes as ::ws_core::FromBinary<
                            '_,
                        >>::from_binary(&mut payload) {
                            ::core::result::Result::Ok(payload) => {
                                ::ws_core::IntoReply::into_reply(
                                    self::bytes(payload, self),
                                    reply,
                                )
                            }
                            ::core::result::Result::Err(bad) => reply.refuse(bad),
                        }
                    }
                    _ => {}
                }
            }
            #[inline]
            fn info(
                &mut self,
                info: SeenInfo,
                cx: &mut ::ws_core::Context<Self>,
                reply: &mut ::ws_core::Reply,
            ) -> ::core::future::Ready<()>
            where
                for<'send> Self: ::core::marker::Send,
            {
                match info.0 {
                    Infos::Info(info) => {
                        ::ws_core::__private::enter(cx, "info");
                        ::ws_core::IntoReply::into_reply(self::info(self, info), reply);
                    }
                }
                ::core::future::ready(())
            }
            fn info_heap_size(info: &SeenInfo) -> ::core::primitive::usize {
                #[allow(unused_imports)]
                use ::ws_core::__private::NoHeapSize as _;
                match info.0 {
                    Infos::Info(ref info) => {
                        ::ws_core::__private::Measured(info).heap_size()
                    }
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
                ::ws_core::__private::enter(cx, "gone");
                let reason = <&Terminate as ::ws_core::__private::TerminateArgument<
                    '_,
                >>::take(reason);
                let result = self::gone(self, reason);
                ::ws_core::__private::ended(
                    cx,
                    ::ws_core::__private::TerminateReturn::into_error(result),
                );
                ::core::future::ready(())
            }
        }
    };
}
#[cfg(unix)]
#[doc(hidden)]
mod two_routes_have_path__socket___any {}
