impl Quiet {}
const _: () = {
    /// The infos that `Quiet` receives.
    pub struct QuietInfo(Infos);
    enum Infos {}
    #[automatically_derived]
    #[allow(deprecated, refining_impl_trait, unreachable_code)]
    impl ::ws_core::Handler for Quiet {
        type Info = QuietInfo;
        const AWAITS: bool = false;
        async fn init(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
            ::core::result::Result::Ok(
                <Self as ::ws_core::__private::InitOrDefault>::by_default(),
            )
        }
    }
};
