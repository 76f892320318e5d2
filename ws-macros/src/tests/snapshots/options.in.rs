#[websocket(
    "/rooms/{room}/{*rest}",
    name = "rooms",
    idle_timeout = "never",
    heartbeat = "2m",
    max_message_size = "64KiB",
    max_frame_size = "16KiB",
    max_fragments = 100,
    message_timeout = "30s",
    write_timeout = "never",
    close_timeout = "1s",
    init_timeout = "10s",
    terminate_timeout = "never",
    subprotocols = ["v2", "v1"],
    mailbox(messages = 256, bytes = "1MiB", overflow = "drop_oldest"),
    origins = ["https://example.com", "https://*.example.com:8443"],
    compress(min = "2KiB", level = 9, takeover = "server", window_bits = 12),
    rate_limit(messages = 20, burst = 40, bytes = "64KiB", bytes_burst = "1MiB", exceeded = "drop"),
    rate_limit_per_address(messages = 100, exceeded = "close"),
    state = crate::site::Site,
)]
#[cfg(feature = "rooms")]
pub(crate) struct Rooms {
    count: usize,
}

#[websocket("/", idle_timeout = "1500ms", heartbeat = "off", max_fragments = "unlimited", origins = "any", mailbox(overflow = "close"), compress, rate_limit = "off", rate_limit_per_address = "off")]
struct Open;
