impl Frames {
    const LIMIT: usize = { 1 + 1 };
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn text(
        &mut self,
        cx: &mut ws_core::Context<Self>,
        text: my::Json<Vec<u8>>,
    ) -> Result<(), Error> {
        Default::default()
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    async fn binary(&mut self, bytes: &[u8]) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn ping(&mut self) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    async fn pong(&mut self, bytes: Bytes, cx: &mut Cx<Self>) -> Result<(), Error> {
        Default::default()
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn message(&mut self, message: Message, cx: &mut Cx) -> Reply {
        Default::default()
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    async fn end(&mut self, cx: &mut Cx, why: &Terminate) -> Result<(), Error> {
        Default::default()
    }
    pub fn helper(&self) {}
}
const _: () = {
    /// The infos that `Frames` receives.
    pub struct FramesInfo(Infos);
    enum Infos {}
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl ::ws_core::Handler for Frames {
        type Info = FramesInfo;
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
            fn send_binary(
                this: &mut Frames,
                payload: &[u8],
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoReply,
            > + ::core::marker::Send
            where
                for<'send> Frames: ::core::marker::Send,
            {
                <Frames>::binary(this, payload)
            }
            fn send_pong(
                this: &mut Frames,
                payload: Bytes,
                cx: &mut Cx<Frames>,
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoReply,
            > + ::core::marker::Send
            where
                for<'send> Frames: ::core::marker::Send,
            {
                <Frames>::pong(this, payload, cx)
            }
            match message {
                ::ws_core::Incoming::Text(mut payload) => {
                    ::ws_core::__private::enter(cx, "text");
                    match <my::Json<
                        Vec<u8>,
                    > as ::ws_core::FromText<'_>>::from_text(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                Self::text(self, cx, payload),
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
                ::ws_core::Incoming::Ping(_) => {
                    ::ws_core::__private::enter(cx, "ping");
                    ::ws_core::IntoReply::into_reply(Self::ping(self), reply);
                }
                ::ws_core::Incoming::Pong(mut payload) => {
                    ::ws_core::__private::enter(cx, "pong");
                    match <Bytes as ::ws_core::FromControl<
                        '_,
                    >>::from_control(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                {
                                    let cx = <&mut Cx<
                                        Self,
                                    > as ::ws_core::__private::ContextArgument<
                                        '_,
                                        Self,
                                    >>::take(cx);
                                    send_pong(self, payload, cx).await
                                },
                                reply,
                            )
                        }
                        ::core::result::Result::Err(bad) => reply.refuse(bad),
                    }
                }
                message => {
                    ::ws_core::__private::enter(cx, "message");
                    match <Message as ::ws_core::FromMessage<
                        '_,
                    >>::from_message(message) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                {
                                    let cx = <&mut Cx as ::ws_core::__private::ContextArgument<
                                        '_,
                                        Self,
                                    >>::take(cx);
                                    Self::message(self, payload, cx)
                                },
                                reply,
                            )
                        }
                        ::core::result::Result::Err(bad) => reply.refuse(bad),
                    }
                }
            }
        }
        async fn terminate(
            &mut self,
            reason: &::ws_core::Terminate,
            cx: &mut ::ws_core::Context<Self>,
        ) -> ()
        where
            for<'send> Self: ::core::marker::Send,
        {
            ::ws_core::__private::enter(cx, "end");
            let reason = <&Terminate as ::ws_core::__private::TerminateArgument<
                '_,
            >>::take(reason);
            let result = {
                let cx = <&mut Cx as ::ws_core::__private::ContextArgument<
                    '_,
                    Self,
                >>::take(cx);
                Self::end(self, cx, reason).await
            };
            ::ws_core::__private::ended(
                cx,
                ::ws_core::__private::TerminateReturn::into_error(result),
            );
        }
    }
};
