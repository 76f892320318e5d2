#[derive(Default)]
struct Wrong;
::core::compile_error! {
    "path `no/slash` does not start with `/`\nhelp: write `\"/no/slash\"`"
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
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    pub fn open(mut self, text: &str) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
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
    }
    #[automatically_derived]
    impl<T: Send + 'static> ::ws_core::__private::ReceivesEvents for Wrong<T> {}
};
::core::compile_error! {
    "unknown marker `#[txt]`\nhelp: did you mean `#[text]`?"
}
::core::compile_error! {
    "`#[open]` must take the handler by reference: the connection owns it\nhelp: write `&mut self`"
}
::core::compile_error! {
    "`#[open]` takes no payload: it takes `&mut self` and, optionally, `cx: &mut Context<Self>`\nhelp: remove this argument"
}
mod custom {
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn received(seen: &mut Seen, text: &str) {}
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn open(seen: &mut Context<Seen>) {}
    const _: () = {
        #[automatically_derived]
        impl ::ws_core::Handler for Seen {
            type Info = ::core::convert::Infallible;
            async fn init(
                _parts: &mut ::ws_core::__private::Parts,
                _upgrade: &mut ::ws_core::Upgrade<Self>,
            ) -> ::core::result::Result<Self, ::ws_core::__private::Response> {
                ::core::future::pending().await
            }
        }
        #[automatically_derived]
        impl ::ws_core::__private::ReceivesEvents for Seen {}
    };
}
::core::compile_error! {
    "unknown option `nam`\nhelp: did you mean `name`?"
}
::core::compile_error! {
    "`open` takes `Context<Seen>` as the state, but other callbacks of this module take `Seen`\nhelp: take `state: &mut Seen` as the first `&mut` argument, before the context"
}
::core::compile_error! {
    "`#[binary]` cannot take `self` in a module: the state is an argument\nhelp: write `state: &mut Seen`"
}
mod unknown {
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn new() -> Seen {}
}
::core::compile_error! {
    "module `unknown` has no state: no callback takes one\nhelp: write a callback such as `#[text] fn text(state: &mut YourState, text: &str)`; the type of its first `&mut` argument is the state"
}
pub mod file {}
::core::compile_error! {
    "`#[websocket]` cannot see the file of `mod file;`\nhelp: write the functions here, in `mod file { … }`; or remove this attribute and write `#[websocket(\"/path\")] struct YourStruct;` and `#[websocket] impl YourStruct { … }` in the file"
}
