#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl Uploads {
    async fn store(
        &mut self,
        mut body: MessageStream,
        cx: &mut Context<Self>,
    ) -> Result<String, Failed> {
        Ok(String::new())
    }
    #[cfg(unix)]
    async fn text(&mut self, body: ws_core::MessageStream) {}
    #[cfg(not(unix))]
    fn other(&mut self, text: &str) {}
}
const _: () = {
    /// The infos that `Uploads` receives.
    pub struct UploadsInfo(Infos);
    enum Infos {}
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl ::ws_core::Handler for Uploads {
        type Info = UploadsInfo;
        async fn init(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
            ::core::result::Result::Ok(
                <Self as ::ws_core::__private::InitOrDefault>::by_default(),
            )
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
                #[cfg(not(unix))]
                ::ws_core::Incoming::Text(mut payload) => {
                    ::ws_core::__private::enter(cx, "other");
                    match <&str as ::ws_core::FromText<'_>>::from_text(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                Self::other(self, payload),
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
        const STREAMS_BINARY: bool = true;
        #[cfg(unix)]
        const STREAMS_TEXT: bool = true;
        async fn stream(
            &mut self,
            body: ::ws_core::MessageStream,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        )
        where
            for<'send> Self: ::core::marker::Send,
        {
            fn send_store(
                this: &mut Uploads,
                payload: MessageStream,
                cx: &mut Context<Uploads>,
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoReply,
            > + ::core::marker::Send
            where
                for<'send> Uploads: ::core::marker::Send,
            {
                <Uploads>::store(this, payload, cx)
            }
            #[cfg(unix)]
            fn send_text(
                this: &mut Uploads,
                payload: ws_core::MessageStream,
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoReply,
            > + ::core::marker::Send
            where
                for<'send> Uploads: ::core::marker::Send,
            {
                <Uploads>::text(this, payload)
            }
            if body.is_text() {
                #[cfg(unix)]
                {
                    ::ws_core::__private::enter(cx, "text");
                    let payload = <ws_core::MessageStream as ::ws_core::__private::StreamArgument>::take(
                        body,
                    );
                    ::ws_core::IntoReply::into_reply(
                        send_text(self, payload).await,
                        reply,
                    );
                }
            } else {
                ::ws_core::__private::enter(cx, "store");
                let payload = <MessageStream as ::ws_core::__private::StreamArgument>::take(
                    body,
                );
                ::ws_core::IntoReply::into_reply(
                    send_store(self, payload, cx).await,
                    reply,
                );
            }
        }
    }
};
