//! Checks the text of an address before its name is looked up, which can take long and fail with an error that does not
//! help.

use std::net::Ipv6Addr;

/// Returns what is wrong with `text` and the correction, or `None` if it is a host and a port.
pub(super) fn problem(text: &str) -> Option<String> {
    let bare = text.trim();
    if bare.starts_with('/') || bare.starts_with("unix:") {
        return Some("a Unix socket has no address; pass a `UnixListener` that you have bound".to_owned());
    }
    let (scheme, rest) = match bare.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, bare),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (found, corrected) = complete(authority);
    if corrected == text {
        return None;
    }
    let problem = match (scheme, found) {
        (Some(scheme), _) => format!("`{scheme}://` makes it a URL"),
        (None, _) if authority != rest => "an address has no path".to_owned(),
        (None, Found::Complete) => "it has white space around it".to_owned(),
        (None, Found::Nothing) => "it is empty".to_owned(),
        (None, Found::NoHost) => "it has no host".to_owned(),
        (None, Found::NoPort) => "it has no port".to_owned(),
        (None, Found::BadPort(port)) => format!("`{port}` is not a port, a number from 0 to 65535"),
    };
    let more = match (scheme, found) {
        (Some("https" | "wss"), _) => "; for TLS, put a proxy in front of the server".to_owned(),
        (_, Found::NoHost) => {
            format!(", or `{}` to serve other machines too", corrected.replace("127.0.0.1", "0.0.0.0"))
        }
        _ => String::new(),
    };
    Some(format!("{problem}; write `{corrected}`{more}"))
}

/// Which parts of an address there are.
#[derive(Clone, Copy)]
enum Found<'a> {
    Complete,
    Nothing,
    NoHost,
    NoPort,
    BadPort(&'a str),
}

/// Completes `authority` to a host and a port.
fn complete(authority: &str) -> (Found<'_>, String) {
    let is_ipv6 = |text: &str| text.parse::<Ipv6Addr>().is_ok();
    if authority.is_empty() {
        return (Found::Nothing, "127.0.0.1:8080".to_owned());
    }
    if is_port(authority) {
        return (Found::NoHost, format!("127.0.0.1:{authority}"));
    }
    match authority.rsplit_once(':') {
        Some(("" | "*", port)) if is_port(port) => (Found::NoHost, format!("127.0.0.1:{port}")),
        // `::1:8080` is an address, too. The system takes it as `[::1]:8080`.
        Some((host, _)) if is_ipv6(authority) && !is_ipv6(host) => {
            (Found::NoPort, format!("[{authority}]:8080"))
        }
        Some((host, port)) if !host.is_empty() && is_port(port) => (Found::Complete, authority.to_owned()),
        Some((host, "")) if !host.is_empty() => (Found::NoPort, format!("{host}:8080")),
        Some((_, port)) if port.ends_with(']') => (Found::NoPort, format!("{authority}:8080")),
        Some((host, port)) => {
            let host = if host.is_empty() { "127.0.0.1" } else { host };
            (Found::BadPort(port), format!("{host}:8080"))
        }
        None if authority.bytes().all(|byte| byte.is_ascii_digit()) => {
            (Found::BadPort(authority), "127.0.0.1:8080".to_owned())
        }
        None => (Found::NoPort, format!("{authority}:8080")),
    }
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn addresses_are_left_to_the_system() {
        for text in [
            "127.0.0.1:8080",
            "0.0.0.0:0",
            "[::]:8080",
            "[::1]:80",
            "[fe80::1%2]:8080",
            "::1:8080",
            "localhost:8080",
            "example.com:65535",
            "a_host-1.internal:1",
        ] {
            assert_eq!(problem(text), None, "{text}");
        }
    }

    #[test]
    fn each_mistake_has_its_correction() {
        for (text, wanted) in [
            ("", "it is empty; write `127.0.0.1:8080`"),
            ("8080", "it has no host; write `127.0.0.1:8080`, or `0.0.0.0:8080` to serve other machines too"),
            (
                ":3000",
                "it has no host; write `127.0.0.1:3000`, or `0.0.0.0:3000` to serve other machines too",
            ),
            ("*:80", "it has no host; write `127.0.0.1:80`, or `0.0.0.0:80` to serve other machines too"),
            ("localhost", "it has no port; write `localhost:8080`"),
            ("localhost:", "it has no port; write `localhost:8080`"),
            ("127.0.0.1", "it has no port; write `127.0.0.1:8080`"),
            ("::1", "it has no port; write `[::1]:8080`"),
            ("::", "it has no port; write `[::]:8080`"),
            ("[::1]", "it has no port; write `[::1]:8080`"),
            ("localhost:http", "`http` is not a port, a number from 0 to 65535; write `localhost:8080`"),
            ("localhost:80800", "`80800` is not a port, a number from 0 to 65535; write `localhost:8080`"),
            ("99999", "`99999` is not a port, a number from 0 to 65535; write `127.0.0.1:8080`"),
            ("http://127.0.0.1:8080", "`http://` makes it a URL; write `127.0.0.1:8080`"),
            ("ws://localhost:9000/echo", "`ws://` makes it a URL; write `localhost:9000`"),
            ("http://localhost", "`http://` makes it a URL; write `localhost:8080`"),
            (
                "tcp://:8080",
                "`tcp://` makes it a URL; write `127.0.0.1:8080`, or `0.0.0.0:8080` to serve other machines too",
            ),
            (
                "wss://example.com",
                "`wss://` makes it a URL; write `example.com:8080`; for TLS, put a proxy in front of the server",
            ),
            ("127.0.0.1:8080/echo", "an address has no path; write `127.0.0.1:8080`"),
            ("localhost/", "an address has no path; write `localhost:8080`"),
            (" 127.0.0.1:8080\n", "it has white space around it; write `127.0.0.1:8080`"),
            ("/run/app.sock", "a Unix socket has no address; pass a `UnixListener` that you have bound"),
            ("unix:/run/app.sock", "a Unix socket has no address; pass a `UnixListener` that you have bound"),
        ] {
            assert_eq!(problem(text).as_deref(), Some(wanted), "{text}");
        }
    }
}
