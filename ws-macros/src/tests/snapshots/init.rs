#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl Chat {
    pub async fn create(
        State(db): State<Db>,
        axum::extract::Query(query): axum::extract::Query<Params>,
        upgrade: &mut Upgrade<Self>,
    ) -> Result<Self, StatusCode> {
        Default::default()
    }
}
const _: () = {
    /// The infos that `Chat` receives.
    pub struct ChatInfo(Infos);
    enum Infos {}
    #[allow(deprecated)]
    fn source() -> ::ws_core::__private::Source<State<Db>> {
        <State<
            Db,
        > as ::ws_core::__private::StateArgument<
            _,
        >>::source({
            use ::ws_core::__private::sources::*;
            (&&&&&::ws_core::__private::Probe::<State<Db>, Chat>::new())
                .__source(|| ::ws_core::__private::never())
        })
    }
    #[allow(deprecated)]
    fn source2() -> ::ws_core::__private::Source<axum::extract::Query<Params>> {
        <axum::extract::Query<
            Params,
        > as ::ws_core::__private::InitArgument<
            _,
        >>::source({
            use ::ws_core::__private::sources::*;
            (&&&&&::ws_core::__private::Probe::<
                axum::extract::Query<Params>,
                Chat,
            >::new())
                .__source(|| ::ws_core::__private::never())
        })
    }
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl ::ws_core::Handler for Chat {
        type Info = ChatInfo;
        const AWAITS: bool = false;
        fn needs(needs: &mut ::ws_core::Needs) {
            source().declare(needs);
            source2().declare(needs);
        }
        async fn init(
            parts: &mut ::ws_core::__private::Parts,
            upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response>
        where
            for<'send> Self: ::core::marker::Send,
        {
            let a0 = source().extract(parts, upgrade).await?;
            let a1 = source2().extract(parts, upgrade).await?;
            let upgrade = <&mut Upgrade<
                Self,
            > as ::ws_core::__private::UpgradeArgument<'_, Self>>::take(upgrade);
            ::ws_core::__private::InitReturn::<
                Self,
            >::into_init(Self::create(a0, a1, upgrade).await)
        }
    }
};
