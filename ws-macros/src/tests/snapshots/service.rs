/// Keeps who is there.
pub struct RoomList {
    members: Vec<Member<Self>>,
}
const _: () = {
    ::ws_core::__private::inventory::submit! {
        ::ws_core::__private::Linked::service:: < RoomList > ("/websocket/room_list",
        ::core::module_path!(), ::core::file!(), ::core::line!()).name("rooms")
        .options(::ws_core::__private::RouteOptions::new().inbox_messages(16usize)
        .inbox_overflow(::ws_core::InboxOverflow::DropOldest))
    }
};
#[doc(hidden)]
mod route_at__websocket__room_x5f_list {}
impl RoomList {
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    async fn new(State(db): State<Db>, app: AppHandle) -> Result<Self, DbError> {
        db.rooms(app).await
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    async fn join(
        &mut self,
        Query(who): Query<Who>,
        member: &Member<Self>,
    ) -> Result<Name, StatusCode> {
        self.names(who).await
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn again(&mut self, member: &Member<Self>) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    async fn said(&mut self, member: &Member<Self>, text: &str) {
        wait().await;
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    async fn bytes(&mut self, bytes: Bytes) -> Control {
        Control::Continue
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    #[cfg(feature = "all")]
    fn other(&mut self, other: Message, member: &Member<Self>) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn news(&mut self, News(words): &News) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn tick(&mut self, _: Tick) -> Control {
        Control::stop("enough")
    }
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn idle(&mut self) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    fn gone(&mut self, reason: &Terminate, member: &Member<Self>) {}
    #[allow(
        clippy::unused_self,
        clippy::unused_async,
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        clippy::missing_const_for_fn,
        clippy::needless_pass_by_ref_mut
    )]
    async fn over(&mut self) {}
}
const _: () = {
    /// The infos that `RoomList` receives.
    pub struct RoomListInfo(Infos);
    enum Infos {
        Tick(Tick),
    }
    #[automatically_derived]
    impl ::ws_core::ServiceInfo<RoomList> for Tick
    where
        for<'send> RoomList: ::core::marker::Send,
    {
        fn into_info(self) -> RoomListInfo {
            RoomListInfo(Infos::Tick(self))
        }
    }
    /// The broadcasts that `RoomList` receives.
    pub struct RoomListBroadcast(Broadcasts);
    enum Broadcasts {
        News(::ws_core::__private::Arc<News>),
    }
    #[automatically_derived]
    impl ::ws_core::BroadcastFor<RoomList> for News
    where
        for<'send> RoomList: ::core::marker::Send,
    {
        fn into_broadcast(self: ::ws_core::__private::Arc<Self>) -> RoomListBroadcast {
            RoomListBroadcast(Broadcasts::News(self))
        }
    }
    #[automatically_derived]
    impl ::ws_core::BroadcastTarget for RoomList
    where
        for<'send> RoomList: ::core::marker::Send,
    {
        type Broadcast = RoomListBroadcast;
        fn send(
            app: &::ws_core::AppHandle,
            broadcast: impl ::core::ops::FnMut() -> RoomListBroadcast,
        ) -> ::ws_core::DeliveryCounts {
            ::ws_core::__private::broadcast_to_service::<Self>(app, broadcast)
        }
    }
    /// The arguments that the `#[join]` of `RoomList` extracts from the request.
    pub struct RoomListAsked(Query<Who>, ::core::marker::PhantomData<fn() -> RoomList>);
    #[automatically_derived]
    #[allow(deprecated, unused_variables)]
    impl ::ws_core::Service for RoomList {
        type Info = RoomListInfo;
        type Broadcast = RoomListBroadcast;
        fn needs(needs: &mut ::ws_core::Needs) {
            use ::ws_core::__private::NeedsNothing as _;
            ::ws_core::__private::Probe::<State<Db>>::new().declare(needs);
            ::ws_core::__private::Probe::<AppHandle>::new().declare(needs);
            ::ws_core::__private::Probe::<Query<Who>>::new().declare(needs);
        }
        async fn init(
            app: &::ws_core::AppHandle,
        ) -> ::core::result::Result<Self, ::ws_core::BoxError>
        where
            for<'send> Self: ::core::marker::Send,
        {
            let a0 = ::ws_core::__private::from_app::<State<Db>>(app)?;
            let a1 = ::ws_core::__private::from_app::<AppHandle>(app)?;
            ::ws_core::__private::IntoService::<
                Self,
            >::into_service(Self::new(a0, a1).await)
        }
        type Asked = RoomListAsked;
        type Kept = Name;
        async fn ask(
            parts: &mut ::ws_core::__private::Parts,
            upgrade: &mut ::ws_core::Upgrade<Self>,
        ) -> ::core::result::Result<Self::Asked, ::ws_core::__private::Response>
        where
            for<'send> Self: ::core::marker::Send,
        {
            let a0 = ::ws_core::__private::ask::<Query<Who>, Self>(parts, upgrade)
                .await?;
            ::core::result::Result::Ok(RoomListAsked(a0, ::core::marker::PhantomData))
        }
        async fn join(
            &mut self,
            asked: Self::Asked,
            member: &::ws_core::Member<Self>,
        ) -> ::core::result::Result<Self::Kept, ::ws_core::__private::Response>
        where
            for<'send> Self: ::core::marker::Send,
        {
            let RoomListAsked(a0, _) = asked;
            let _named = ::ws_core::__private::Named::new("join");
            ::ws_core::__private::joined(Self::join(self, a0, member).await)
        }
        async fn rejoin(
            &mut self,
            member: &::ws_core::Member<Self>,
        ) -> ::core::result::Result<(), ::ws_core::Close>
        where
            for<'send> Self: ::core::marker::Send,
        {
            let _named = ::ws_core::__private::Named::new("again");
            ::ws_core::__private::IntoRejoin::into_rejoin(Self::again(self, member))
        }
        async fn incoming(
            &mut self,
            member: &::ws_core::Member<Self>,
            message: ::ws_core::Message,
        ) -> ::ws_core::service::Control
        where
            for<'send> Self: ::core::marker::Send,
        {
            fn send_said(
                this: &mut RoomList,
                member: &Member<RoomList>,
                payload: &str,
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoControl,
            > + ::core::marker::Send
            where
                for<'send> RoomList: ::core::marker::Send,
            {
                <RoomList>::said(this, member, payload)
            }
            fn send_bytes(
                this: &mut RoomList,
                payload: Bytes,
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoControl,
            > + ::core::marker::Send
            where
                for<'send> RoomList: ::core::marker::Send,
            {
                <RoomList>::bytes(this, payload)
            }
            match <::ws_core::Incoming<
                '_,
            > as ::core::convert::From<::ws_core::Message>>::from(message) {
                ::ws_core::Incoming::Text(mut payload) => {
                    match <&str as ::ws_core::FromText<'_>>::from_text(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            let _named = ::ws_core::__private::Named::new("said");
                            ::ws_core::IntoControl::into_control(
                                send_said(self, member, payload).await,
                            )
                        }
                        ::core::result::Result::Err(bad) => {
                            ::ws_core::__private::refuse(member, &bad)
                        }
                    }
                }
                ::ws_core::Incoming::Binary(mut payload) => {
                    match <Bytes as ::ws_core::FromBinary<
                        '_,
                    >>::from_binary(&mut payload) {
                        ::core::result::Result::Ok(payload) => {
                            let _named = ::ws_core::__private::Named::new("bytes");
                            ::ws_core::IntoControl::into_control(
                                send_bytes(self, payload).await,
                            )
                        }
                        ::core::result::Result::Err(bad) => {
                            ::ws_core::__private::refuse(member, &bad)
                        }
                    }
                }
                #[cfg(feature = "all")]
                payload => {
                    match <Message as ::ws_core::FromMessage<
                        '_,
                    >>::from_message(payload) {
                        ::core::result::Result::Ok(payload) => {
                            let _named = ::ws_core::__private::Named::new("other");
                            ::ws_core::IntoControl::into_control(
                                Self::other(self, payload, member),
                            )
                        }
                        ::core::result::Result::Err(bad) => {
                            ::ws_core::__private::refuse(member, &bad)
                        }
                    }
                }
                #[cfg(not(feature = "all"))]
                _ => ::ws_core::service::Control::Continue,
            }
        }
        async fn broadcast(
            &mut self,
            told: RoomListBroadcast,
        ) -> ::ws_core::service::Control
        where
            for<'send> Self: ::core::marker::Send,
        {
            match told.0 {
                Broadcasts::News(told) => {
                    let told = &*told;
                    {
                        let _named = ::ws_core::__private::Named::new("news");
                        ::ws_core::IntoControl::into_control(Self::news(self, told))
                    }
                }
            }
        }
        async fn info(&mut self, told: RoomListInfo) -> ::ws_core::service::Control
        where
            for<'send> Self: ::core::marker::Send,
        {
            match told.0 {
                Infos::Tick(told) => {
                    let _named = ::ws_core::__private::Named::new("tick");
                    ::ws_core::IntoControl::into_control(Self::tick(self, told))
                }
            }
        }
        async fn timeout(&mut self) -> ::ws_core::service::Control
        where
            for<'send> Self: ::core::marker::Send,
        {
            {
                let _named = ::ws_core::__private::Named::new("idle");
                ::ws_core::IntoControl::into_control(Self::idle(self))
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
                ::ws_core::IntoControl::into_control(Self::gone(self, reason, member))
            }
        }
        async fn terminate(&mut self, reason: &::ws_core::Terminate) -> ()
        where
            for<'send> Self: ::core::marker::Send,
        {
            let _ = {
                let _named = ::ws_core::__private::Named::new("over");
                ::ws_core::IntoControl::into_control(Self::over(self).await)
            };
        }
    }
};
