#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl Shop {
    fn order(&mut self, Json(order): Json<Order>) -> Result<Json<Receipt>, SoldOut> {}
    fn bad(&mut self, bad: BadPayload) -> Json<Problem> {}
    #[cfg(feature = "stock")]
    async fn sold_out(
        &mut self,
        error: SoldOut,
        cx: &mut Context<Self>,
    ) -> Option<Json<Problem>> {}
    fn other(&mut self, error: BoxError) -> Result<(), BoxError> {}
}
const _: () = {
    /// The infos that `Shop` receives.
    pub struct ShopInfo(Infos);
    enum Infos {}
    #[automatically_derived]
    impl ::ws_core::ErrorFor<Shop> for BadPayload
    where
        for<'send> Shop: ::core::marker::Send,
    {}
    #[cfg(feature = "stock")]
    #[automatically_derived]
    impl ::ws_core::ErrorFor<Shop> for SoldOut
    where
        for<'send> Shop: ::core::marker::Send,
    {}
    #[automatically_derived]
    impl ::ws_core::ErrorFor<Shop> for BoxError
    where
        for<'send> Shop: ::core::marker::Send,
    {}
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl ::ws_core::Handler for Shop {
        type Info = ShopInfo;
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
                ::ws_core::Incoming::Text(mut payload) => {
                    ::ws_core::__private::enter(cx, "order");
                    match <Json<
                        Order,
                    > as ::ws_core::FromText<'_>>::from_text(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            ::ws_core::IntoReply::into_reply(
                                Self::order(self, payload),
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
        const ERRORS: bool = true;
        async fn error(
            &mut self,
            error: ::ws_core::BoxError,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        ) -> ()
        where
            for<'send> Self: ::core::marker::Send,
        {
            let kind0 = <BadPayload as ::ws_core::ReceivedError<_>>::kind();
            #[cfg(feature = "stock")]
            let kind1 = <SoldOut as ::ws_core::ReceivedError<_>>::kind();
            let kind2 = <BoxError as ::ws_core::ReceivedError<_>>::kind();
            match ::ws_core::__private::choose_error([
                (0usize, kind0.fit(&error)),
                #[cfg(feature = "stock")]
                (1usize, kind1.fit(&error)),
                (2usize, kind2.fit(&error)),
            ]) {
                ::core::option::Option::Some(0usize) => {
                    let error = kind0.take(error);
                    ::ws_core::__private::enter(cx, "bad");
                    ::ws_core::IntoReply::into_reply(Self::bad(self, error), reply);
                }
                #[cfg(feature = "stock")]
                ::core::option::Option::Some(1usize) => {
                    let error = kind1.take(error);
                    ::ws_core::__private::enter(cx, "sold_out");
                    ::ws_core::IntoReply::into_reply(
                        Self::sold_out(self, error, cx).await,
                        reply,
                    );
                }
                ::core::option::Option::Some(2usize) => {
                    let error = kind2.take(error);
                    ::ws_core::__private::enter(cx, "other");
                    ::ws_core::IntoReply::into_reply(Self::other(self, error), reply);
                }
                _ => reply.fail(error),
            }
        }
    }
};
