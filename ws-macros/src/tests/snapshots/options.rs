#[cfg(feature = "rooms")]
pub(crate) struct Rooms {
    count: usize,
}
#[cfg(feature = "rooms")]
const _: () = {
    ::ws_core::__private::inventory::submit! {
        ::ws_core::__private::Linked::new:: < Rooms > ("/rooms/{room}/{*rest}",
        ::core::module_path!(), ::core::file!(), ::core::line!()).name("rooms")
        .idle_timeout(::core::option::Option::None)
        .heartbeat(::core::option::Option::Some(::core::time::Duration::from_millis(120000u64)))
        .max_message_size(65536usize).subprotocols(& ["v2", "v1"])
        .mailbox_messages(256usize).mailbox_bytes(1048576usize)
        .overflow(::ws_core::Overflow::DropOldest).origins(& ["https://example.com",
        "https://*.example.com:8443"])
    }
};
#[cfg(feature = "rooms")]
#[doc(hidden)]
mod route_at__rooms___any___rest {}
struct Open;
const _: () = {
    ::ws_core::__private::inventory::submit! {
        ::ws_core::__private::Linked::new:: < Open > ("/", ::core::module_path!(),
        ::core::file!(), ::core::line!())
        .idle_timeout(::core::option::Option::Some(::core::time::Duration::from_millis(1500u64)))
        .heartbeat(::core::option::Option::None).overflow(::ws_core::Overflow::Close)
        .any_origin()
    }
};
#[doc(hidden)]
mod route_at__ {}
