#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl<T: Send + Sync + 'static> Reader<T> {
    fn news(&mut self, news: &News<T>) -> String {
        news.headline()
    }
    fn notified(&mut self, news: News<T>) {}
    async fn rare(&mut self, rare: &Rare, cx: &mut Context<Self>) {}
    fn outgoing(&mut self, message: Message) -> Option<Message> {
        Some(message)
    }
}
const _: () = {
    /// The infos that `Reader` receives.
    pub struct ReaderInfo<T: Send + Sync + 'static>(Infos<T>);
    enum Infos<T: Send + Sync + 'static> {
        News(::ws_core::__private::Arc<News<T>>),
        Notified(News<T>),
        Rare(::ws_core::__private::Arc<Rare>),
        Never(
            ::core::convert::Infallible,
            ::core::marker::PhantomData<fn() -> Reader<T>>,
        ),
    }
    #[automatically_derived]
    impl<T: Send + Sync + 'static> ::ws_core::BroadcastFor<Reader<T>> for News<T>
    where
        for<'send> Reader<T>: ::core::marker::Send,
    {
        type Target = Reader<T>;
        fn into_broadcast(self: ::ws_core::__private::Arc<Self>) -> ReaderInfo<T> {
            ReaderInfo(Infos::News(self))
        }
    }
    #[automatically_derived]
    impl<T: Send + Sync + 'static> ::ws_core::InfoFor<Reader<T>> for News<T>
    where
        for<'send> Reader<T>: ::core::marker::Send,
    {
        fn into_info(self) -> ReaderInfo<T> {
            ReaderInfo(Infos::Notified(self))
        }
    }
    #[automatically_derived]
    impl<T: Send + Sync + 'static> ::ws_core::BroadcastFor<Reader<T>> for Rare
    where
        for<'send> Reader<T>: ::core::marker::Send,
    {
        type Target = Reader<T>;
        fn into_broadcast(self: ::ws_core::__private::Arc<Self>) -> ReaderInfo<T> {
            ReaderInfo(Infos::Rare(self))
        }
    }
    #[automatically_derived]
    impl<T: Send + Sync + 'static> ::ws_core::BroadcastTarget for Reader<T>
    where
        for<'send> Reader<T>: ::core::marker::Send,
    {
        type Broadcast = ReaderInfo<T>;
        fn send(
            app: &::ws_core::AppHandle,
            broadcast: impl ::core::ops::FnMut() -> ReaderInfo<T>,
        ) -> ::ws_core::DeliveryCounts {
            ::ws_core::__private::broadcast::<Self>(app, broadcast)
        }
    }
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl<T: Send + Sync + 'static> ::ws_core::Handler for Reader<T> {
        type Info = ReaderInfo<T>;
        async fn init(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
            ::core::result::Result::Ok(
                <Self as ::ws_core::__private::InitOrDefault>::by_default(),
            )
        }
        async fn info(
            &mut self,
            info: ReaderInfo<T>,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        ) -> ()
        where
            for<'send> Self: ::core::marker::Send,
        {
            match info.0 {
                Infos::News(info) => {
                    ::ws_core::__private::enter(cx, "news");
                    let info = &*info;
                    ::ws_core::IntoReply::into_reply(Self::news(self, info), reply);
                }
                Infos::Notified(info) => {
                    ::ws_core::__private::enter(cx, "notified");
                    ::ws_core::IntoReply::into_reply(Self::notified(self, info), reply);
                }
                Infos::Rare(info) => {
                    ::ws_core::__private::enter(cx, "rare");
                    let info = &*info;
                    ::ws_core::IntoReply::into_reply(
                        Self::rare(self, info, cx).await,
                        reply,
                    );
                }
                Infos::Never(never, _) => match never {}
            }
        }
        fn info_heap_size(info: &ReaderInfo<T>) -> ::core::primitive::usize {
            #[allow(unused_imports)]
            use ::ws_core::__private::NoHeapSize as _;
            match info.0 {
                Infos::News(ref info) => {
                    ::core::mem::size_of_val(&**info)
                        .saturating_add(
                            ::ws_core::__private::Measured(&**info).heap_size(),
                        )
                }
                Infos::Notified(ref info) => {
                    ::ws_core::__private::Measured(info).heap_size()
                }
                Infos::Rare(ref info) => {
                    ::core::mem::size_of_val(&**info)
                        .saturating_add(
                            ::ws_core::__private::Measured(&**info).heap_size(),
                        )
                }
                Infos::Never(ref never, _) => match *never {}
            }
        }
        const OUTGOING: bool = true;
        #[inline]
        fn outgoing(
            &mut self,
            message: ::ws_core::Message,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        ) -> ::core::future::Ready<()>
        where
            for<'send> Self: ::core::marker::Send,
        {
            ::ws_core::__private::enter(cx, "outgoing");
            ::ws_core::IntoReply::into_reply(Self::outgoing(self, message), reply);
            ::core::future::ready(())
        }
    }
};
impl Quiet {
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    #[cfg(feature = "a")]
    fn one(&mut self, message: Message) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    #[cfg(feature = "b")]
    async fn other(&mut self, message: Message) {}
}
const _: () = {
    #[automatically_derived]
    impl ::ws_core::Handler for Quiet {
        type Info = ::core::convert::Infallible;
        async fn init(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
            ::core::future::pending().await
        }
    }
    #[automatically_derived]
    impl ::ws_core::__private::ReceivesEvents for Quiet {}
};
::core::compile_error! {
    "`#[outgoing]` returns the message to send, so this one drops every message\nhelp: write `-> Option<Message>`, and return `Some(message)` to send it or `None` to drop it"
}
::core::compile_error! {
    "`#[outgoing]` returns the message to send, so this one drops every message\nhelp: write `-> Option<Message>`, and return `Some(message)` to send it or `None` to drop it"
}
