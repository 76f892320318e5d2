//! Checks origins of the form `scheme://host[:port]`. The host may begin with `*.`. Local files have the origin `null` or
//! `file://`.

/// Describes the problem of an invalid `origin`, with a correction.
pub(super) fn problem(origin: &str) -> Option<String> {
    let wrong =
        |what: &str, write: &str| Some(format!("origin `{origin}` {what}\nhelp: write `\"{write}\"`"));
    if origin == "*" || origin == "any" {
        return Some(format!(
            "`{origin}` is not an origin\nhelp: write `origins = \"any\"` to allow every origin"
        ));
    }
    if origin == "null" || origin == "file://" {
        return None;
    }
    if origin.is_empty() || origin.contains(char::is_whitespace) {
        return wrong("is not of the form `scheme://host[:port]`", "https://example.com");
    }
    let Some((scheme, authority)) = origin.split_once("://") else {
        return wrong("has no scheme", &format!("https://{}", host_of(origin)));
    };
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    if !is_scheme(scheme) {
        return wrong("has an invalid scheme", &format!("https://{}", host_of(authority)));
    }
    if scheme == "ws" || scheme == "wss" {
        let page = if scheme == "ws" { "http" } else { "https" };
        return wrong(
            "has the scheme of a WebSocket: an origin has the scheme of the page",
            &format!("{page}://{}", host_of(authority)),
        );
    }
    if authority != host_of(authority) {
        return wrong(
            "has a user, path, query or fragment: an origin is only `scheme://host[:port]`",
            &format!("{scheme}://{}", host_of(authority)),
        );
    }
    let (host, port) = match authority.rsplit_once(':') {
        // An IPv6 address has its colons in brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
        return wrong("has an invalid port", &format!("{scheme}://{host}"));
    }
    let name = host.strip_prefix("*.").unwrap_or(host);
    if name.is_empty() {
        return wrong("has no host", &format!("{scheme}://example.com"));
    }
    if name.contains('*') {
        return wrong(
            "has a misplaced `*`: only the first label of the host can be `*`",
            &format!("{scheme}://*.{}", after_star(name)),
        );
    }
    None
}

/// Cuts the host and port out of the start of `text`, without path, query, fragment or user.
fn host_of(text: &str) -> &str {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

fn after_star(host: &str) -> &str {
    let after = host.rsplit('*').next().unwrap_or_default().trim_start_matches('.');
    if after.is_empty() { "example.com" } else { after }
}
