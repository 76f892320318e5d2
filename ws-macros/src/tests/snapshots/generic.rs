#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl<T: Send + 'static, const N: usize> Relay<T, N>
where
    Self: Sized,
{
    fn create() -> Self {
        Self::new()
    }
    async fn job(&mut self, job: Job<T>) {}
    async fn merge(&mut self, other: Vec<Self>) {}
}
const _: () = {
    /// The infos that `Relay` receives.
    pub struct RelayInfo<T: Send + 'static, const N: usize>(
        Infos<T, N>,
    )
    where
        Relay<T, N>: Sized;
    enum Infos<T: Send + 'static, const N: usize>
    where
        Relay<T, N>: Sized,
    {
        Job(Job<T>),
        Merge(Vec<Relay<T, N>>),
        Never(
            ::core::convert::Infallible,
            ::core::marker::PhantomData<fn() -> Relay<T, N>>,
        ),
    }
    #[automatically_derived]
    impl<T: Send + 'static, const N: usize> ::ws_core::InfoFor<Relay<T, N>> for Job<T>
    where
        Relay<T, N>: Sized,
        for<'send> Relay<T, N>: ::core::marker::Send,
    {
        fn into_info(self) -> RelayInfo<T, N> {
            RelayInfo(Infos::Job(self))
        }
    }
    #[automatically_derived]
    impl<T: Send + 'static, const N: usize> ::ws_core::InfoFor<Relay<T, N>>
    for Vec<Relay<T, N>>
    where
        Relay<T, N>: Sized,
        for<'send> Relay<T, N>: ::core::marker::Send,
    {
        fn into_info(self) -> RelayInfo<T, N> {
            RelayInfo(Infos::Merge(self))
        }
    }
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl<T: Send + 'static, const N: usize> ::ws_core::Handler for Relay<T, N>
    where
        Self: Sized,
    {
        type Info = RelayInfo<T, N>;
        async fn init(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
            ::ws_core::__private::InitReturn::<Self>::into_init(Self::create())
        }
        async fn info(
            &mut self,
            info: RelayInfo<T, N>,
            cx: &mut ::ws_core::Context<Self>,
            reply: &mut ::ws_core::Reply,
        )
        where
            for<'send> Self: ::core::marker::Send,
        {
            fn send_job<T: Send + 'static, const N: usize>(
                this: &mut Relay<T, N>,
                payload: Job<T>,
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoReply,
            > + ::core::marker::Send
            where
                Relay<T, N>: Sized,
                for<'send> Relay<T, N>: ::core::marker::Send,
            {
                <Relay<T, N>>::job(this, payload)
            }
            fn send_merge<T: Send + 'static, const N: usize>(
                this: &mut Relay<T, N>,
                payload: Vec<Relay<T, N>>,
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoReply,
            > + ::core::marker::Send
            where
                Relay<T, N>: Sized,
                for<'send> Relay<T, N>: ::core::marker::Send,
            {
                <Relay<T, N>>::merge(this, payload)
            }
            match info.0 {
                Infos::Job(info) => {
                    ::ws_core::__private::enter(cx, "job");
                    ::ws_core::IntoReply::into_reply(send_job(self, info).await, reply);
                }
                Infos::Merge(info) => {
                    ::ws_core::__private::enter(cx, "merge");
                    ::ws_core::IntoReply::into_reply(
                        send_merge(self, info).await,
                        reply,
                    );
                }
                Infos::Never(never, _) => match never {}
            }
        }
        fn info_heap_size(info: &RelayInfo<T, N>) -> ::core::primitive::usize {
            #[allow(unused_imports)]
            use ::ws_core::__private::NoHeapSize as _;
            match info.0 {
                Infos::Job(ref info) => ::ws_core::__private::Measured(info).heap_size(),
                Infos::Merge(ref info) => {
                    ::ws_core::__private::Measured(info).heap_size()
                }
                Infos::Never(ref never, _) => match *never {}
            }
        }
    }
};
