#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl crate::r#mod::r#Loop {
    fn r#type(&mut self, info: Infos) {}
    fn self_(&mut self, info: LoopInfo) {}
    fn greet_all(&mut self, info: A) {}
    fn greetAll(&mut self, info: B) {}
    fn _1(&mut self, info: C) {}
}
const _: () = {
    /// The infos that `Loop` receives.
    pub struct LoopInfo2(Infos2);
    enum Infos2 {
        Type(Infos),
        InfoSelf(LoopInfo),
        GreetAll(A),
        GreetAll2(B),
        Info1(C),
    }
    #[automatically_derived]
    impl ::ws_core::InfoFor<crate::r#mod::r#Loop> for Infos
    where
        for<'send> crate::r#mod::r#Loop: ::core::marker::Send,
    {
        fn into_info(self) -> LoopInfo2 {
            LoopInfo2(Infos2::Type(self))
        }
    }
    #[automatically_derived]
    impl ::ws_core::InfoFor<crate::r#mod::r#Loop> for LoopInfo
    where
        for<'send> crate::r#mod::r#Loop: ::core::marker::Send,
    {
        fn into_info(self) -> LoopInfo2 {
            LoopInfo2(Infos2::InfoSelf(self))
        }
    }
    #[automatically_derived]
    impl ::ws_core::InfoFor<crate::r#mod::r#Loop> for A
    where
        for<'send> crate::r#mod::r#Loop: ::core::marker::Send,
    {
        fn into_info(self) -> LoopInfo2 {
            LoopInfo2(Infos2::GreetAll(self))
        }
    }
    #[automatically_derived]
    impl ::ws_core::InfoFor<crate::r#mod::r#Loop> for B
    where
        for<'send> crate::r#mod::r#Loop: ::core::marker::Send,
    {
        fn into_info(self) -> LoopInfo2 {
            LoopInfo2(Infos2::GreetAll2(self))
        }
    }
    #[automatically_derived]
    impl ::ws_core::InfoFor<crate::r#mod::r#Loop> for C
    where
        for<'send> crate::r#mod::r#Loop: ::core::marker::Send,
    {
        fn into_info(self) -> LoopInfo2 {
            LoopInfo2(Infos2::Info1(self))
        }
    }
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl ::ws_core::Handler for crate::r#mod::r#Loop {
        type Info = LoopInfo2;
        const AWAITS: bool = false;
        async fn init(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
            ::core::result::Result::Ok(
                <Self as ::ws_core::__private::InitOrDefault>::by_default(),
            )
        }
        #[inline]
        fn info(
            &mut self,
            info: LoopInfo2,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        ) -> ::core::future::Ready<()>
        where
            for<'send> Self: ::core::marker::Send,
        {
            match info.0 {
                Infos2::Type(info) => {
                    ::ws_core::__private::enter(cx, "type");
                    ::ws_core::IntoReply::into_reply(Self::r#type(self, info), reply);
                }
                Infos2::InfoSelf(info) => {
                    ::ws_core::__private::enter(cx, "self_");
                    ::ws_core::IntoReply::into_reply(Self::self_(self, info), reply);
                }
                Infos2::GreetAll(info) => {
                    ::ws_core::__private::enter(cx, "greet_all");
                    ::ws_core::IntoReply::into_reply(Self::greet_all(self, info), reply);
                }
                Infos2::GreetAll2(info) => {
                    ::ws_core::__private::enter(cx, "greetAll");
                    ::ws_core::IntoReply::into_reply(Self::greetAll(self, info), reply);
                }
                Infos2::Info1(info) => {
                    ::ws_core::__private::enter(cx, "_1");
                    ::ws_core::IntoReply::into_reply(Self::_1(self, info), reply);
                }
            }
            ::core::future::ready(())
        }
        fn info_heap_size(info: &LoopInfo2) -> ::core::primitive::usize {
            #[allow(unused_imports)]
            use ::ws_core::__private::NoHeapSize as _;
            match info.0 {
                Infos2::Type(ref info) => {
                    ::ws_core::__private::Measured(info).heap_size()
                }
                Infos2::InfoSelf(ref info) => {
                    ::ws_core::__private::Measured(info).heap_size()
                }
                Infos2::GreetAll(ref info) => {
                    ::ws_core::__private::Measured(info).heap_size()
                }
                Infos2::GreetAll2(ref info) => {
                    ::ws_core::__private::Measured(info).heap_size()
                }
                Infos2::Info1(ref info) => {
                    ::ws_core::__private::Measured(info).heap_size()
                }
            }
        }
    }
};
