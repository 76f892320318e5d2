/// Keeps who is there.
pub struct RoomList {
    members: Vec<Member<Self>>,
}
const _: () = {
    #[automatically_derived]
    impl ::ws_core::__private::Routed<1542354873729788075u64> for RoomList {}
    ::ws_core::__private::inventory::submit! {
        ::ws_core::__private::LinkedRoute::service:: < RoomList >
        ("/websocket/room_list", ::core::module_path!(), ::core::file!(),
        ::core::line!()).name("rooms").options(::ws_core::__private::RouteOptions::new()
        .inbox_messages(16usize).inbox_overflow(::ws_core::InboxOverflow::DropOldest))
    }
};
#[doc(hidden)]
mod two_routes_have_path__websocket__room_x5f_list {}
#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::missing_const_for_fn,
    clippy::needless_pass_by_ref_mut
)]
impl RoomList {
    async fn new(State(db): State<Db>, app: AppHandle) -> Result<Self, DbError> {
        db.rooms(app).await
    }
    async fn join(
        &mut self,
        Query(who): Query<Who>,
        member: &Member<Self>,
    ) -> Result<Name, StatusCode> {
        self.names(who).await
    }
    fn again(&mut self, member: &Member<Self>) {}
    async fn received(&mut self, member: &Member<Self>, text: &str) {
        wait().await;
    }
    async fn bytes(&mut self, bytes: Bytes) -> Control {
        Control::Continue
    }
    #[cfg(feature = "all")]
    fn other(&mut self, other: Message, member: &Member<Self>) {}
    fn news(&mut self, News(words): &News) {}
    fn tick(&mut self, _: Tick) -> Control {
        Control::stop("enough")
    }
    fn idle(&mut self) {}
    fn gone(&mut self, reason: &Terminate, member: &Member<Self>) {}
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
        type Target = RoomList;
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
    #[allow(deprecated)]
    fn source() -> ::ws_core::__private::Source<Query<Who>> {
        <Query<
            Who,
        > as ::ws_core::__private::JoinArgument<
            _,
        >>::source({
            use ::ws_core::__private::sources::*;
            (&&&&&::ws_core::__private::Probe::<Query<Who>, RoomList>::new())
                .__source(|| ::ws_core::__private::never())
        })
    }
    #[automatically_derived]
    #[allow(deprecated, unused_variables)]
    impl ::ws_core::Service for RoomList {
        type Info = RoomListInfo;
        type Broadcast = RoomListBroadcast;
        fn needs(needs: &mut ::ws_core::Needs) {
            {
                use ::ws_core::__private::sources::*;
                (&&&&&::ws_core::__private::Probe::<State<Db>, RoomList>::new())
                    .__source(|| ::ws_core::__private::never())
            }
                .declare(needs);
            {
                use ::ws_core::__private::sources::*;
                (&&&&&::ws_core::__private::Probe::<AppHandle, RoomList>::new())
                    .__source(|| ::ws_core::__private::never())
            }
                .declare(needs);
            source().declare(needs);
        }
        async fn init(
            app: &::ws_core::AppHandle,
            key: ::core::option::Option<&::ws_core::service::ServiceKey>,
        ) -> ::core::result::Result<Self, ::ws_core::BoxError>
        where
            for<'send> Self: ::core::marker::Send,
        {
            let a0 = <State<
                Db,
            > as ::ws_core::__private::ServiceInitArgument<Self>>::from_app(app, key)?;
            let a1 = <AppHandle as ::ws_core::__private::ServiceInitArgument<
                Self,
            >>::from_app(app, key)?;
            ::ws_core::__private::ServiceInitReturn::<
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
            let a0 = source().extract(parts, upgrade).await?;
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
            let member = <&Member<
                Self,
            > as ::ws_core::__private::MemberArgument<'_, Self>>::take(member);
            ::ws_core::__private::JoinRejection::joined(
                ::ws_core::__private::JoinResult::<
                    Name,
                >::into_result(Self::join(self, a0, member).await),
            )
        }
        async fn rejoin(
            &mut self,
            member: &::ws_core::Member<Self>,
        ) -> ::core::result::Result<(), ::ws_core::Close>
        where
            for<'send> Self: ::core::marker::Send,
        {
            let _named = ::ws_core::__private::Named::new("again");
            let member = <&Member<
                Self,
            > as ::ws_core::__private::MemberArgument<'_, Self>>::take(member);
            ::ws_core::__private::RejoinReturn::into_rejoin(Self::again(self, member))
        }
        async fn incoming(
            &mut self,
            member: &::ws_core::Member<Self>,
            message: ::ws_core::Message,
        ) -> ::ws_core::service::Control
        where
            for<'send> Self: ::core::marker::Send,
        {
            fn send_received(
                this: &mut RoomList,
                a1: &Member<RoomList>,
                a2: &str,
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoControl,
            > + ::core::marker::Send
            where
                for<'send> RoomList: ::core::marker::Send,
            {
                <RoomList>::received(this, a1, a2)
            }
            fn send_bytes(
                this: &mut RoomList,
                a1: Bytes,
            ) -> impl ::core::future::Future<
                Output: ::ws_core::IntoControl,
            > + ::core::marker::Send
            where
                for<'send> RoomList: ::core::marker::Send,
            {
                <RoomList>::bytes(this, a1)
            }
            #[allow(unused_imports)]
            use ::ws_core::__private::{
                AsksAny as _, AsksBinary as _, AsksEither as _, AsksMember as _,
                AsksText as _, OtherArgument as _,
            };
            let asked0 = ::ws_core::__private::IncomingArguments::same((
                (&&&&&&::ws_core::__private::IncomingValue::<&Member<Self>>::new())
                    .asks(),
                (&&&&&&::ws_core::__private::IncomingValue::<&str>::new()).asks(),
            ));
            let asked1 = ::ws_core::__private::IncomingArguments::same((
                (&&&&&&::ws_core::__private::IncomingValue::<Bytes>::new()).asks(),
            ));
            #[cfg(feature = "all")]
            let asked2 = ::ws_core::__private::IncomingArguments::same((
                (&&&&&&::ws_core::__private::IncomingValue::<Message>::new()).asks(),
                (&&&&&&::ws_core::__private::IncomingValue::<&Member<Self>>::new())
                    .asks(),
            ));
            ::ws_core::__private::IncomingArguments::beside(&asked1, &asked0);
            #[cfg(feature = "all")]
            ::ws_core::__private::IncomingArguments::beside(&asked2, &asked0);
            #[cfg(feature = "all")]
            ::ws_core::__private::IncomingArguments::beside(&asked2, &asked1);
            #[allow(unused_mut)]
            let mut message = ::core::option::Option::Some(
                <::ws_core::Incoming<
                    'static,
                > as ::core::convert::From<::ws_core::Message>>::from(message),
            );
            match ::ws_core::__private::choose(
                message.as_ref(),
                [
                    (0usize, ::ws_core::__private::takes(&asked0)),
                    (1usize, ::ws_core::__private::takes(&asked1)),
                    #[cfg(feature = "all")]
                    (2usize, ::ws_core::__private::takes(&asked2)),
                ],
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
                                send_received(self, a1, a2).await,
                            )
                        }
                        ::core::result::Result::Err(bad) => {
                            ::ws_core::__private::refuse(member, &bad)
                        }
                    }
                }
                ::core::option::Option::Some(1usize) => {
                    match ::ws_core::__private::ReadArguments::read(
                        asked1,
                        member,
                        &mut message,
                    ) {
                        ::core::result::Result::Ok((a1,)) => {
                            let _named = ::ws_core::__private::Named::new("bytes");
                            match ::ws_core::IntoControl::try_into_control(
                                send_bytes(self, a1).await,
                            ) {
                                ::core::result::Result::Ok(control) => control,
                                ::core::result::Result::Err(error) => {
                                    ::ws_core::__private::fail(member, "bytes", error)
                                }
                            }
                        }
                        ::core::result::Result::Err(bad) => {
                            ::ws_core::__private::refuse(member, &bad)
                        }
                    }
                }
                #[cfg(feature = "all")]
                ::core::option::Option::Some(2usize) => {
                    match ::ws_core::__private::ReadArguments::read(
                        asked2,
                        member,
                        &mut message,
                    ) {
                        ::core::result::Result::Ok((a1, a2)) => {
                            let _named = ::ws_core::__private::Named::new("other");
                            ::ws_core::IntoControl::into_control(
                                Self::other(self, a1, a2),
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
        async fn broadcast(
            &mut self,
            info: RoomListBroadcast,
        ) -> ::ws_core::service::Control
        where
            for<'send> Self: ::core::marker::Send,
        {
            match info.0 {
                Broadcasts::News(info) => {
                    let info = &*info;
                    {
                        let _named = ::ws_core::__private::Named::new("news");
                        ::ws_core::IntoControl::into_control(Self::news(self, info))
                    }
                }
            }
        }
        async fn info(&mut self, info: RoomListInfo) -> ::ws_core::service::Control
        where
            for<'send> Self: ::core::marker::Send,
        {
            match info.0 {
                Infos::Tick(info) => {
                    let _named = ::ws_core::__private::Named::new("tick");
                    ::ws_core::__private::control::<
                        Self,
                    >(
                        "tick",
                        ::ws_core::IntoControl::try_into_control(Self::tick(self, info)),
                    )
                }
            }
        }
        fn info_heap_size(info: &RoomListInfo) -> ::core::primitive::usize {
            #[allow(unused_imports)]
            use ::ws_core::__private::NoHeapSize as _;
            match info.0 {
                Infos::Tick(ref info) => ::ws_core::__private::Measured(info).heap_size(),
            }
        }
        fn broadcast_heap_size(info: &RoomListBroadcast) -> ::core::primitive::usize {
            #[allow(unused_imports)]
            use ::ws_core::__private::NoHeapSize as _;
            match info.0 {
                Broadcasts::News(ref info) => {
                    ::core::mem::size_of_val(&**info)
                        .saturating_add(
                            ::ws_core::__private::Measured(&**info).heap_size(),
                        )
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
                let a1 = <&Terminate as ::ws_core::__private::CloseArgument<
                    '_,
                    Self,
                >>::take(member, reason);
                let a2 = <&Member<
                    Self,
                > as ::ws_core::__private::CloseArgument<
                    '_,
                    Self,
                >>::take(member, reason);
                ::ws_core::IntoControl::into_control(Self::gone(self, a1, a2))
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
