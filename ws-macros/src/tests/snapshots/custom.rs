/// Greets, and echoes what it receives.
#[derive(Default)]
struct Custom;
const _: () = {
    #[automatically_derived]
    impl ::ws_core::__private::Routed<5178445730660063678u64> for Custom {}
    ::ws_core::__private::inventory::submit! {
        ::ws_core::__private::LinkedRoute::new:: < Custom > ("/socket/custom",
        ::core::module_path!(), ::core::file!(), ::core::line!())
    }
};
#[doc(hidden)]
mod two_routes_have_path__socket__custom {}
struct Greet(&'static str);
#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl Custom {
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.notify_after(Duration::from_secs(1), Greet("Hello!"));
    }
    /// Docs stay.
    #[tracing::instrument(skip_all)]
    async fn received(&mut self, text: &str) -> String {
        format!("You said: {text}")
    }
    fn greet(&mut self, Greet(words): Greet, cx: &mut Context<Self>) -> &'static str {
        cx.notify_after(Duration::from_secs(5), Greet("Hello again!"));
        words
    }
    fn gone(&mut self, reason: &Terminate) {
        println!("gone: {reason}");
    }
}
const _: () = {
    /// The infos that `Custom` receives.
    pub struct CustomInfo(Infos);
    enum Infos {
        Greet(Greet),
    }
    #[automatically_derived]
    impl ::ws_core::InfoFor<Custom> for Greet
    where
        for<'send> Custom: ::core::marker::Send,
    {
        fn into_info(self) -> CustomInfo {
            CustomInfo(Infos::Greet(self))
        }
    }
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl ::ws_core::Handler for Custom {
        type Info = CustomInfo;
        async fn init(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
            ::core::result::Result::Ok(
                <Self as ::ws_core::__private::InitOrDefault>::by_default(),
            )
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
            ::ws_core::__private::enter(cx, "open");
            ::ws_core::IntoReply::into_reply(Self::open(self, cx), reply);
            ::core::future::ready(())
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
                    match <&str as ::ws_core::FromText<'_>>::from_text(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                Self::received(self, payload).await,
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
            info: CustomInfo,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        ) -> ::core::future::Ready<()>
        where
            for<'send> Self: ::core::marker::Send,
        {
            match info.0 {
                Infos::Greet(info) => {
                    ::ws_core::__private::enter(cx, "greet");
                    ::ws_core::IntoReply::into_reply(Self::greet(self, info, cx), reply);
                }
            }
            ::core::future::ready(())
        }
        fn info_heap_size(info: &CustomInfo) -> ::core::primitive::usize {
            #[allow(unused_imports)]
            use ::ws_core::__private::NoHeapSize as _;
            match info.0 {
                Infos::Greet(ref info) => {
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
            let result = Self::gone(self, reason);
            ::ws_core::__private::ended(
                cx,
                ::ws_core::__private::TerminateReturn::into_error(result),
            );
            ::core::future::ready(())
        }
    }
};
