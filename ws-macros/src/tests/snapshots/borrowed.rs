impl<T: Display> Lender<T> {
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn open(&mut self) -> &str {
        &self.name
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    async fn text<'callback>(
        &'callback mut self,
        text: &'callback str,
        cx: &'callback mut Context<Self>,
    ) -> Result<&'callback str, Error> {
        Ok(text)
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    async fn binary<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        bytes
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn ping(&mut self, bytes: &[u8]) -> String {
        String::new()
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn end(&mut self, why: &Terminate) {}
}
const _: () = {
    /// The infos that `Lender` receives.
    pub struct LenderInfo<T: Display>(Infos<T>);
    enum Infos<T: Display> {
        Never(
            ::core::convert::Infallible,
            ::core::marker::PhantomData<fn() -> Lender<T>>,
        ),
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl<T: Display> ::ws_core::Handler for Lender<T> {
        type Info = LenderInfo<T>;
        async fn init(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
            ::core::result::Result::Ok(
                <Self as ::ws_core::__private::InitOrDefault>::by_default(),
            )
        }
        async fn open(
            &mut self,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        )
        where
            for<'send> Self: ::core::marker::Send,
        {
            ::ws_core::__private::enter(cx, "open");
            ::ws_core::IntoReply::into_reply(Self::open(self), reply);
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
            fn send_text<'callback, T: Display>(
                this: &'callback mut Lender<T>,
                payload: &'callback str,
                cx: &'callback mut Context<Lender<T>>,
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoReply,
            > + ::core::marker::Send
            where
                for<'send> Lender<T>: ::core::marker::Send,
            {
                <Lender<T>>::text(this, payload, cx)
            }
            fn send_binary<'callback, T: Display>(
                this: &'callback mut Lender<T>,
                payload: &'callback [u8],
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoReply,
            > + ::core::marker::Send
            where
                for<'send> Lender<T>: ::core::marker::Send,
            {
                <Lender<T>>::binary(this, payload)
            }
            match message {
                ::ws_core::Incoming::Text(mut payload) => {
                    ::ws_core::__private::enter(cx, "text");
                    match <&str as ::ws_core::FromText<'_>>::from_text(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                send_text(self, payload, cx).await,
                                reply,
                            )
                        }
                        ::core::result::Result::Err(bad) => reply.refuse(bad),
                    }
                }
                ::ws_core::Incoming::Binary(mut payload) => {
                    ::ws_core::__private::enter(cx, "binary");
                    match <&[u8] as ::ws_core::FromBinary<
                        '_,
                    >>::from_binary(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                send_binary(self, payload).await,
                                reply,
                            )
                        }
                        ::core::result::Result::Err(bad) => reply.refuse(bad),
                    }
                }
                ::ws_core::Incoming::Ping(mut payload) => {
                    ::ws_core::__private::enter(cx, "ping");
                    match <&[u8] as ::ws_core::FromControl<
                        '_,
                    >>::from_control(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                Self::ping(self, payload),
                                reply,
                            )
                        }
                        ::core::result::Result::Err(bad) => reply.refuse(bad),
                    }
                }
                _ => {}
            }
        }
        async fn terminate(
            &mut self,
            reason: &::ws_core::Terminate,
            cx: &mut ::ws_core::Context<Self>,
        )
        where
            for<'send> Self: ::core::marker::Send,
        {
            ::ws_core::__private::enter(cx, "end");
            let reason = <&Terminate as ::ws_core::__private::TerminateArgument<
                '_,
            >>::take(reason);
            let result = Self::end(self, reason);
            ::ws_core::__private::ended(
                cx,
                ::ws_core::__private::TerminateReturn::into_error(result),
            );
        }
    }
};
