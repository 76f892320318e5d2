#[cfg(feature = "rooms")]
pub(crate) struct Rooms {
    count: usize,
}
#[cfg(feature = "rooms")]
const _: () = {
    #[automatically_derived]
    impl ::ws_core::__private::Routed<9412776099740017016u64> for Rooms {}
    #[automatically_derived]
    impl ::ws_core::ExtractorState for Rooms {
        type State = crate::site::Site;
    }
    ::ws_core::__private::inventory::submit! {
        ::ws_core::__private::LinkedRoute::new:: < Rooms > ("/rooms/{room}/{*rest}",
        ::core::module_path!(), ::core::file!(), ::core::line!()).name("rooms")
        .options(::ws_core::__private::RouteOptions::new()
        .idle_timeout(::core::option::Option::None)
        .heartbeat(::ws_core::__private::Heartbeat::of(::core::option::Option::Some(::core::time::Duration::from_millis(120000u64))))
        .max_message_size(65536usize).max_frame_size(16384usize).max_fragments(100usize)
        .message_timeout(::core::option::Option::Some(::core::time::Duration::from_millis(30000u64)))
        .write_timeout(::core::option::Option::None)
        .close_timeout(::core::time::Duration::from_millis(1000u64))
        .init_timeout(::core::option::Option::Some(::core::time::Duration::from_millis(10000u64)))
        .terminate_timeout(::core::option::Option::None).subprotocols(& ["v2", "v1"])
        .mailbox_messages(::core::option::Option::Some(256usize))
        .mailbox_bytes(1048576usize).mailbox_overflow(::ws_core::Overflow::DropOldest)
        .origins(::ws_core::Origins::These(& ["https://example.com",
        "https://*.example.com:8443"]))
        .compress(::core::option::Option::Some(::ws_core::Compression::new()
        .min(2048usize).level(9u8).server_takeover(true).window_bits(12u8)))
        .rate_limit(::core::option::Option::Some(::ws_core::RateLimit::new().messages(20)
        .burst(40).bytes(65536usize).bytes_burst(1048576usize)
        .exceeded(::ws_core::Exceeded::Drop)))
        .rate_limit_per_address(::core::option::Option::Some(::ws_core::RateLimit::new()
        .messages(100).exceeded(::ws_core::Exceeded::Close))))
    }
};
#[cfg(feature = "rooms")]
#[doc(hidden)]
mod two_routes_have_path__rooms___any___rest {}
struct Open;
const _: () = {
    #[automatically_derived]
    impl ::ws_core::__private::Routed<47u64> for Open {}
    ::ws_core::__private::inventory::submit! {
        ::ws_core::__private::LinkedRoute::new:: < Open > ("/", ::core::module_path!(),
        ::core::file!(), ::core::line!())
        .options(::ws_core::__private::RouteOptions::new()
        .idle_timeout(::core::option::Option::Some(::core::time::Duration::from_millis(1500u64)))
        .heartbeat(::ws_core::__private::Heartbeat::of(::core::option::Option::None))
        .max_fragments(::core::primitive::usize::MAX)
        .mailbox_overflow(::ws_core::Overflow::Close).origins(::ws_core::Origins::Any)
        .compress(::core::option::Option::Some(::ws_core::Compression::new()))
        .rate_limit(::core::option::Option::None)
        .rate_limit_per_address(::core::option::Option::None))
    }
};
#[doc(hidden)]
mod two_routes_have_path__ {}
