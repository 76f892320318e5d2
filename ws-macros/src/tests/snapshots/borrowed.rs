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
    #[automatically_derived]
    impl<T: Display + ::core::marker::Send + 'static> ::ws_core::Handler for Lender<T> {
        type Info = ::core::convert::Infallible;
        async fn init(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
            ::core::future::pending().await
        }
    }
    #[automatically_derived]
    impl<
        T: Display + ::core::marker::Send + 'static,
    > ::ws_core::__private::ReceivesEvents for Lender<T> {}
};
::core::compile_error! {
    "a handler lives as long as its connection, but `T` may contain borrowed data\nhelp: add `Send + 'static` to its bounds: `T: Send + 'static`"
}
