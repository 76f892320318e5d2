#[derive(Default)]
struct Wrong;
::core::compile_error! {
    "path `no/slash` does not begin with `/`\nhelp: write `\"/no/slash\"`"
}
::core::compile_error! {
    "unknown option `nam`\nhelp: did you mean `name`?"
}
impl<T: Send + 'static> Wrong<T> {
    fn text(&mut self, text: &str) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps
    )]
    pub fn open(self, text: &str) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps
    )]
    fn fine(&mut self) {}
}
const _: () = {
    #[automatically_derived]
    impl<T: Send + 'static> ::ws_core::Handler for Wrong<T> {
        type Info = ::core::convert::Infallible;
        async fn init(
            _parts: &mut ::ws_core::__private::Parts,
            _upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
            ::core::future::pending().await
        }
        async fn info(
            &mut self,
            info: ::core::convert::Infallible,
            _cx: &mut ::ws_core::Context<Self>,
            _reply: &mut ::ws_core::Reply,
        ) {
            match info {}
        }
    }
};
::core::compile_error! {
    "unknown marker `#[txt]`\nhelp: did you mean `#[text]`?"
}
::core::compile_error! {
    "`#[open]` takes the handler by reference: the connection keeps the handler\nhelp: write `&mut self`"
}
::core::compile_error! {
    "`#[open]` has no payload: it takes `&mut self` and, where needed, `cx: &mut Context<Self>`\nhelp: remove this argument"
}
mod custom {
    fn said(seen: &mut Seen) {}
}
::core::compile_error! {
    "the module form of `#[websocket]` is not built yet; write it on a struct and its impl"
}
