struct X;
const _: () = {
    #[automatically_derived]
    impl sockets::renamed::__private::Routed<1577u64> for X {}
    sockets::renamed::__private::inventory::submit! {
        sockets::renamed::__private::LinkedRoute::new:: < X > ("/x",
        ::core::module_path!(), ::core::file!(), ::core::line!())
        .options(sockets::renamed::__private::RouteOptions::new()
        .idle_timeout(::core::option::Option::Some(::core::time::Duration::from_millis(3600000u64)))
        .mailbox_overflow(sockets::renamed::Overflow::DropNewest)
        .origins(sockets::renamed::Origins::Any))
    }
};
#[doc(hidden)]
mod two_routes_have_path__x {}
#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl X {
    async fn init(db: State<Db>, upgrade: &mut Upgrade<Self>) -> Self {
        Self
    }
    fn open(&mut self) {}
    fn text(&mut self, text: &str) {}
    fn rest(&mut self, message: Message) {}
    fn info(&mut self, info: Info) {}
    fn end(&mut self, reason: &Terminate) {}
}
const _: () = {
    /// The infos that `X` receives.
    pub struct XInfo(Infos);
    enum Infos {
        Info(Info),
    }
    #[automatically_derived]
    impl sockets::renamed::InfoFor<X> for Info
    where
        for<'send> X: ::core::marker::Send,
    {
        fn into_info(self) -> XInfo {
            XInfo(Infos::Info(self))
        }
    }
    #[allow(deprecated)]
    fn source() -> sockets::renamed::__private::Source<State<Db>> {
        <State<
            Db,
        > as sockets::renamed::__private::StateArgument<
            _,
        >>::source({
            use sockets::renamed::__private::sources::*;
            (&&&&&sockets::renamed::__private::Probe::<State<Db>, X>::new())
                .__source(|| sockets::renamed::__private::never())
        })
    }
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl sockets::renamed::Handler for X {
        type Info = XInfo;
        const AWAITS: bool = false;
        fn needs(needs: &mut sockets::renamed::Needs) {
            source().declare(needs);
        }
        async fn init(
            parts: &mut sockets::renamed::__private::Parts,
            upgrade: &mut sockets::renamed::Upgrade<Self>,
        ) -> ::core::result::Result<Self, sockets::renamed::__private::Response>
        where
            for<'send> Self: ::core::marker::Send,
        {
            let a0 = source().extract(parts, upgrade).await?;
            let upgrade = <&mut Upgrade<
                Self,
            > as sockets::renamed::__private::UpgradeArgument<'_, Self>>::take(upgrade);
            sockets::renamed::__private::InitReturn::<
                Self,
            >::into_init(Self::init(a0, upgrade).await)
        }
        #[inline]
        fn open(
            &mut self,
            cx: &mut sockets::renamed::Context<Self>,
            reply: &mut sockets::renamed::Reply,
        ) -> ::core::future::Ready<()>
        where
            for<'send> Self: ::core::marker::Send,
        {
            sockets::renamed::__private::enter(cx, "open");
            sockets::renamed::IntoReply::into_reply(Self::open(self), reply);
            ::core::future::ready(())
        }
        #[inline]
        fn message(
            &mut self,
            message: sockets::renamed::Incoming<'_>,
            cx: &mut sockets::renamed::Context<Self>,
            reply: &mut sockets::renamed::Reply,
        ) -> ::core::future::Ready<()>
        where
            for<'send> Self: ::core::marker::Send,
        {
            match message {
                sockets::renamed::Incoming::Text(mut payload) => {
                    sockets::renamed::__private::enter(cx, "text");
                    match <&str as sockets::renamed::FromText<
                        '_,
                    >>::from_text(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            sockets::renamed::IntoReply::into_reply(
                                Self::text(self, payload),
                                reply,
                            )
                        }
                        ::core::result::Result::Err(bad) => reply.refuse(bad),
                    }
                }
                message => {
                    sockets::renamed::__private::enter(cx, "rest");
                    match <Message as sockets::renamed::FromMessage<
                        '_,
                    >>::from_message(message) {
                        ::core::result::Result::Ok(payload) => {
                            sockets::renamed::IntoReply::into_reply(
                                Self::rest(self, payload),
                                reply,
                            )
                        }
                        ::core::result::Result::Err(bad) => reply.refuse(bad),
                    }
                }
            }
            ::core::future::ready(())
        }
        #[inline]
        fn info(
            &mut self,
            info: XInfo,
            cx: &mut sockets::renamed::Context<Self>,
            reply: &mut sockets::renamed::Reply,
        ) -> ::core::future::Ready<()>
        where
            for<'send> Self: ::core::marker::Send,
        {
            match info.0 {
                Infos::Info(info) => {
                    sockets::renamed::__private::enter(cx, "info");
                    sockets::renamed::IntoReply::into_reply(
                        Self::info(self, info),
                        reply,
                    );
                }
            }
            ::core::future::ready(())
        }
        fn info_heap_size(info: &XInfo) -> ::core::primitive::usize {
            #[allow(unused_imports)]
            use sockets::renamed::__private::NoHeapSize as _;
            match info.0 {
                Infos::Info(ref info) => {
                    sockets::renamed::__private::Measured(info).heap_size()
                }
            }
        }
        #[inline]
        fn terminate(
            &mut self,
            reason: &sockets::renamed::Terminate,
            cx: &mut sockets::renamed::Context<Self>,
        ) -> ::core::future::Ready<()>
        where
            for<'send> Self: ::core::marker::Send,
        {
            sockets::renamed::__private::enter(cx, "end");
            let reason = <&Terminate as sockets::renamed::__private::TerminateArgument<
                '_,
            >>::take(reason);
            let result = Self::end(self, reason);
            sockets::renamed::__private::ended(
                cx,
                sockets::renamed::__private::TerminateReturn::into_error(result),
            );
            ::core::future::ready(())
        }
    }
};
impl Wrong {
    fn text(&mut self) {}
}
const _: () = {
    #[automatically_derived]
    impl sockets::renamed::Handler for Wrong {
        type Info = ::core::convert::Infallible;
        async fn init(
            _parts: &mut sockets::renamed::__private::Parts,
            _upgrade: &mut sockets::renamed::Upgrade<Self>,
        ) -> ::core::result::Result<Self, sockets::renamed::__private::Response> {
            ::core::future::pending().await
        }
    }
    #[automatically_derived]
    impl sockets::renamed::__private::ReceivesEvents for Wrong {}
};
::core::compile_error! {
    "unknown marker `#[txt]`\nhelp: did you mean `#[text]`?"
}
mod y {
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn init(db: State<Db>, upgrade: &mut Upgrade<Y>) -> Y {
        Y
    }
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn text(y: &mut Y, text: &str) {}
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn info(y: &mut Y, info: Info) {}
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn end(y: &mut Y, reason: &Terminate) {}
    const _: () = {
        #[automatically_derived]
        impl sockets::renamed::__private::Routed<1578u64> for Y {}
        sockets::renamed::__private::inventory::submit! {
            sockets::renamed::__private::LinkedRoute::new:: < Y > ("/y",
            ::core::module_path!(), ::core::file!(), ::core::line!())
        }
    };
    const _: () = {
        /// The infos that `Y` receives.
        pub struct YInfo(Infos);
        enum Infos {
            Info(Info),
        }
        #[automatically_derived]
        impl sockets::renamed::InfoFor<Y> for Info
        where
            for<'send> Y: ::core::marker::Send,
        {
            fn into_info(self) -> YInfo {
                YInfo(Infos::Info(self))
            }
        }
        #[allow(deprecated)]
        fn source() -> sockets::renamed::__private::Source<State<Db>> {
            <State<
                Db,
            > as sockets::renamed::__private::StateArgument<
                _,
            >>::source({
                use sockets::renamed::__private::sources::*;
                (&&&&&sockets::renamed::__private::Probe::<State<Db>, Y>::new())
                    .__source(|| sockets::renamed::__private::never())
            })
        }
        #[automatically_derived]
        #[allow(deprecated, refining_impl_trait, unreachable_code)]
        impl sockets::renamed::Handler for Y {
            type Info = YInfo;
            const AWAITS: bool = false;
            fn needs(needs: &mut sockets::renamed::Needs) {
                source().declare(needs);
            }
            async fn init(
                parts: &mut sockets::renamed::__private::Parts,
                upgrade: &mut sockets::renamed::Upgrade<Self>,
            ) -> ::core::result::Result<Self, sockets::renamed::__private::Response>
            where
                for<'send> Self: ::core::marker::Send,
            {
                let a0 = source().extract(parts, upgrade).await?;
                let upgrade = <&mut Upgrade<
                    Y,
                > as sockets::renamed::__private::UpgradeArgument<
                    '_,
                    Self,
                >>::take(upgrade);
                sockets::renamed::__private::InitReturn::<
                    Self,
                >::into_init(self::init(a0, upgrade))
            }
            #[inline]
            fn message(
                &mut self,
                message: sockets::renamed::Incoming<'_>,
                cx: &mut sockets::renamed::Context<Self>,
                reply: &mut sockets::renamed::Reply,
            ) -> ::core::future::Ready<()>
            where
                for<'send> Self: ::core::marker::Send,
            {
                match message {
                    sockets::renamed::Incoming::Text(mut payload) => {
                        sockets::renamed::__private::enter(cx, "text");
                        match <&str as sockets::renamed::FromText<
                            '_,
                        >>::from_text(&mut payload) {
                            ::core::result::Result::Ok(payload) => {
                                sockets::renamed::IntoReply::into_reply(
                                    self::text(self, payload),
                                    reply,
                                )
                            }
                            ::core::result::Result::Err(bad) => reply.refuse(bad),
                        }
                    }
                    _ => {}
                }
                ::core::future::ready(())
            }
            #[inline]
            fn info(
                &mut self,
                info: YInfo,
                cx: &mut sockets::renamed::Context<Self>,
                reply: &mut sockets::renamed::Reply,
            ) -> ::core::future::Ready<()>
            where
                for<'send> Self: ::core::marker::Send,
            {
                match info.0 {
                    Infos::Info(info) => {
                        sockets::renamed::__private::enter(cx, "info");
                        sockets::renamed::IntoReply::into_reply(
                            self::info(self, info),
                            reply,
                        );
                    }
                }
                ::core::future::ready(())
            }
            fn info_heap_size(info: &YInfo) -> ::core::primitive::usize {
                #[allow(unused_imports)]
                use sockets::renamed::__private::NoHeapSize as _;
                match info.0 {
                    Infos::Info(ref info) => {
                        sockets::renamed::__private::Measured(info).heap_size()
                    }
                }
            }
            #[inline]
            fn terminate(
                &mut self,
                reason: &sockets::renamed::Terminate,
                cx: &mut sockets::renamed::Context<Self>,
            ) -> ::core::future::Ready<()>
            where
                for<'send> Self: ::core::marker::Send,
            {
                sockets::renamed::__private::enter(cx, "end");
                let reason = <&Terminate as sockets::renamed::__private::TerminateArgument<
                    '_,
                >>::take(reason);
                let result = self::end(self, reason);
                sockets::renamed::__private::ended(
                    cx,
                    sockets::renamed::__private::TerminateReturn::into_error(result),
                );
                ::core::future::ready(())
            }
        }
    };
}
#[doc(hidden)]
mod two_routes_have_path__y {}
mod wrong {
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn text(y: &mut Y, text: &str) {}
    const _: () = {
        #[automatically_derived]
        impl sockets::renamed::Handler for Y {
            type Info = ::core::convert::Infallible;
            async fn init(
                _parts: &mut sockets::renamed::__private::Parts,
                _upgrade: &mut sockets::renamed::Upgrade<Self>,
            ) -> ::core::result::Result<Self, sockets::renamed::__private::Response> {
                ::core::future::pending().await
            }
        }
        #[automatically_derived]
        impl sockets::renamed::__private::ReceivesEvents for Y {}
    };
}
::core::compile_error! {
    "path `wrong` does not start with `/`\nhelp: write `\"/wrong\"`"
}
