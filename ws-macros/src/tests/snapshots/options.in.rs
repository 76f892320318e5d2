#[websocket(
    "/rooms/{room}/{*rest}",
    name = "rooms",
    idle_timeout = "never",
    heartbeat = "2m",
    max_message_size = "64KiB",
    subprotocols = ["v2", "v1"],
    mailbox(messages = 256, bytes = "1MiB", overflow = "drop_oldest"),
    origins = ["https://example.com", "https://*.example.com:8443"]
)]
#[cfg(feature = "rooms")]
pub(crate) struct Rooms {
    count: usize,
}

#[websocket("/", idle_timeout = "1500ms", heartbeat = "off", origins = "any", mailbox(overflow = "close"))]
struct Open;
