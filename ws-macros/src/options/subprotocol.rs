//! Checks names of subprotocols.

/// Describes the problem of a `name` that is not a token (RFC 7230 3.2.6) and so cannot be an entry of a
/// `Sec-WebSocket-Protocol` header.
pub(super) fn problem(name: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() {
        Some("a subprotocol cannot be empty\nhelp: write a name, such as `\"v1\"`".to_owned())
    } else if name.bytes().all(is_token) {
        None
    } else {
        Some(format!(
            "subprotocol `{name}` contains a character that is not allowed\nhelp: use only letters, digits and \
             ``!#$%&'*+-.^_`|~`` (RFC 7230), and write one string for each subprotocol"
        ))
    }
}
