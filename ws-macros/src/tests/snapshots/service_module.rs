mod foobar {
    use super::*;
    #[derive(Default)]
    pub struct Foobar(u32);
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn received(foobar: &mut Foobar, member: &Member<Foobar>, Json(what): Json<What>) {
        foobar.0 += 1;
    }
    #[allow(
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn gone(foobar: &mut Foobar) {}
    const _: () = {
        #[automatically_derived]
        impl ::ws_core::__private::Routed<17714895221690956548u64> for Foobar {}
        ::ws_core::__private::inventory::submit! {
            ::ws_core::__private::LinkedRoute::service:: < Foobar > ("/websocket/foobar",
            ::core::module_path!(), ::core::file!(), ::core::line!())
        }
    };
    const _: () = {
        /// The infos that `Foobar` receives.
        pub struct FoobarInfo(Infos);
        enum Infos {}
        /// The broadcasts that `Foobar` receives.
        pub struct FoobarBroadcast(Broadcasts);
        enum Broadcasts {}
        #[automatically_derived]
        #[allow(deprecated, unused_variables)]
        impl ::ws_core::Service for Foobar {
            type Info = FoobarInfo;
            type Broadcast = FoobarBroadcast;
            async fn init(
                app: &::ws_core::AppHandle,
                key: ::core::option::Option<&::ws_core::service::ServiceKey>,
            ) -> ::core::result::Result<Self, ::ws_core::BoxError>
            where
                for<'send> Self: ::core::marker::Send,
            {
                ::core::result::Result::Ok(
                    <Self as ::ws_core::__private::InitOrDefault>::by_default(),
                )
            }
            type Asked = ();
            type Kept = ();
            async fn ask(
                _parts: &mut ::ws_core::__private::Parts,
                _upgrade: &mut ::ws_core::Upgrade<Self>,
            ) -> ::core::result::Result<(), ::ws_core::__private::Response> {
                ::core::result::Result::Ok(())
            }
            async fn join(
                &mut self,
                _asked: (),
                _member: &::ws_core::Member<Self>,
            ) -> ::core::result::Result<(), ::ws_core::__private::Response> {
                ::core::result::Result::Ok(())
            }
            async fn incoming(
                &mut self,
                member: &::ws_core::Member<Self>,
                message: ::ws_core::Message,
            ) -> ::ws_core::service::Control
            where
                for<'send> Self: ::core::marker::Send,
            {
                #[allow(unused_imports)]
                use ::ws_core::__private::{
                    AsksAny as _, AsksBinary as _, AsksEither as _, AsksMember as _,
                    AsksText as _, OtherArgument as _,
                };
                let asked0 = ::ws_core::__private::IncomingArguments::same((
                    (&&&&&&::ws_core::__private::IncomingValue::<&Member<Foobar>>::new())
                        .asks(),
                    (&&&&&&::ws_core::__private::IncomingValue::<Json<What>>::new())
                        .asks(),
                ));
                #[allow(unused_mut)]
                let mut message = ::core::option::Option::Some(
                    <::ws_core::Incoming<
                        'static,
                    > as ::core::convert::From<::ws_core::Message>>::from(message),
                );
                match ::ws_core::__private::choose(
                    message.as_ref(),
                    [(0usize, ::ws_core::__private::takes(&asked0))],
                ) {
                    ::core::option::Option::Some(0usize) => {
                        match ::ws_core::__private::ReadArguments::read(
                            asked0,
                            member,
                            &mut message,
                        ) {
                            ::core::result::Result::Ok((a1, a2)) => {
                                let _named = ::ws_core::__private::Named::new("received");
                                ::ws_core::IntoControl::into_control(
                                    self::received(self, a1, a2),
                                )
                            }
                            ::core::result::Result::Err(bad) => {
                                ::ws_core::__private::refuse(member, &bad)
                            }
                        }
                    }
                    _ => ::ws_core::service::Control::Continue,
                }
            }
            async fn close(
                &mut self,
                member: &::ws_core::Member<Self>,
                reason: &::ws_core::Terminate,
            ) -> ::ws_core::service::Control
            where
                for<'send> Self: ::core::marker::Send,
            {
                {
                    let _named = ::ws_core::__private::Named::new("gone");
                    ::ws_core::IntoControl::into_control(self::gone(self))
                }
            }
        }
    };
}
#[doc(hidden)]
mod two_routes_have_path__websocket__foobar {}
