//! Checks the path of a route at compile time, before matchit does at startup.

use std::collections::HashSet;

/// A corrected segment, and the problem with the original.
struct Segment {
    corrected: String,
    problem: Option<String>,
}

/// Describes every problem of `path`, with the corrected path. A string literal has no inner spans,
/// so the texts name the segment.
pub(super) fn problems(path: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let (required, optional) = without_optional(path);
    problems.extend(optional.map(|segment| {
        format!(
            "segment `{segment}` is optional, but a parameter always matches one segment: mount the handler at the \
             shorter path too, with `App::mount`"
        )
    }));
    let path = match without_host(&required) {
        Some(path) => {
            problems.push(
                "a path has no scheme and no host: clients connect to it at the address of the server"
                    .to_owned(),
            );
            path
        }
        None => &required[..],
    };
    let (kept, cut) = match path.find(['?', '#']) {
        Some(at) => path.split_at(at),
        None => (path, ""),
    };
    if !cut.is_empty() {
        problems.push(format!(
            "`{cut}` is not part of a path: {}",
            if cut.starts_with('?') {
                "a route matches every query, and `#[init]` reads it with an extractor such as `Query<T>`"
            } else {
                "browsers do not send the fragment"
            }
        ));
    }
    if !path.starts_with('/') {
        problems.push(format!("path `{path}` does not start with `/`"));
    }
    let written: Vec<&str> = kept.strip_prefix('/').unwrap_or(kept).split('/').collect();
    let mut names = HashSet::new();
    let mut corrected = String::new();
    for (index, segment) in written.iter().enumerate() {
        let segment = Segment::read(segment, index + 1 == written.len(), &mut names);
        corrected = corrected + "/" + &segment.corrected;
        problems.extend(segment.problem);
    }
    problems.iter().map(|problem| format!("{problem}\nhelp: write `\"{corrected}\"`")).collect()
}

/// Cuts the scheme and the host off a URL, such as `ws://localhost:8080/chat`.
fn without_host(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    scheme.bytes().all(|byte| byte.is_ascii_alphabetic()).then_some(())?;
    Some(rest.find('/').map_or("/", |at| &rest[at..]))
}

/// Removes the `?` of optional parameters, such as `{id?}` and `:id?`. Returns the path, and the first segment that had
/// one. Such parameters are written in braces too.
fn without_optional(path: &str) -> (String, Option<&str>) {
    let mut first = None;
    let segments = path.split('/').map(|segment| {
        let name = segment.strip_prefix(':').or_else(|| segment.strip_prefix('{'));
        let name = name.map(|name| name.trim_end_matches(['}', '?']));
        match name.filter(|name| segment.contains('?') && !name.contains(['?', '=', '&'])) {
            None => segment.to_owned(),
            Some(name) => {
                first.get_or_insert(segment);
                format!("{{{name}}}")
            }
        }
    });
    let required: Vec<_> = segments.collect();
    (required.join("/"), first)
}

impl Segment {
    fn read(text: &str, is_last: bool, names: &mut HashSet<String>) -> Self {
        let parameter = |name: &str, is_rest: bool, problem: String| Self {
            corrected: if is_rest && is_last { format!("{{*{name}}}") } else { format!("{{{name}}}") },
            problem: Some(problem),
        };
        let is_typed = text.starts_with('{') && text.contains(':');
        if text.contains(char::is_whitespace) && !is_typed {
            let without = text.split_whitespace().collect::<Vec<_>>().join("-");
            let corrected = Self::read(&without, is_last, names).corrected;
            return Self { corrected, problem: Some(format!("segment `{text}` contains whitespace")) };
        }
        if let Some(name) = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')) {
            let problem = format!("segment `{text}` is not a parameter: write parameters in braces");
            let name = name.rsplit(':').next().unwrap_or_default();
            return parameter(&unused(or_default(name, "id"), names), false, problem);
        }
        if !text.contains(['{', '}']) {
            if let Some((_, name)) = text.split_once(':').filter(|(before, name)| {
                !before.is_empty() && name.starts_with(|first: char| first.is_alphabetic() || first == '_')
            }) {
                let problem = format!(
                    "segment `{text}` has text before its parameter: a parameter must be a whole segment, in braces"
                );
                return parameter(&unused(name, names), false, problem);
            }
            if let Some(corrected) = encoded(text) {
                let problem = format!("segment `{text}` must be percent-encoded, as clients send it");
                return Self { corrected, problem: Some(problem) };
            }
            let (name, is_rest) = match (text.strip_prefix(':'), text.strip_prefix('*')) {
                (Some(name), _) => (or_default(name, "id"), false),
                (_, Some(name)) => (or_default(name, "rest"), true),
                _ => return Self { corrected: text.to_owned(), problem: None },
            };
            let problem = format!("segment `{text}` is not a parameter: write parameters in braces");
            return parameter(&unused(name, names), is_rest, problem);
        }
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let Some(inner) = inner.filter(|inner| !inner.contains(['{', '}'])) else {
            return Self::unfit(text, names);
        };
        let (is_rest, name) = inner.strip_prefix('*').map_or((false, inner), |name| (true, name));
        if name.is_empty() {
            let name = unused(if is_rest { "rest" } else { "id" }, names);
            return parameter(&name, is_rest, format!("parameter `{text}` has no name"));
        }
        if let Some((name, pattern)) = name.split_once(':') {
            let (name, pattern) = (unused(or_default(name.trim(), "id"), names), pattern.trim());
            return parameter(
                &name,
                is_rest,
                format!(
                    "parameter `{text}` has a pattern, `{pattern}`, but patterns are not supported: a parameter \
                         matches any text"
                ),
            );
        }
        if let Some(name) = name.strip_suffix("...").filter(|_| !is_rest) {
            let name = unused(or_default(name, "rest"), names);
            return parameter(
                &name,
                true,
                format!("parameter `{text}` matches one segment: `*` matches the rest"),
            );
        }
        if name.contains('*') {
            let name = unused(or_default(&name.replace('*', ""), "rest"), names);
            return parameter(&name, true, format!("the `*` of parameter `{text}` must come first"));
        }
        if names.contains(name) {
            let problem = format!("parameter `{text}` is used twice in this path");
            return parameter(&unused(name, names), is_rest, problem);
        }
        names.insert(name.to_owned());
        if is_rest && !is_last {
            return parameter(
                name,
                false,
                format!("parameter `{text}` matches the rest of the path, so it must be the last segment"),
            );
        }
        Self { corrected: text.to_owned(), problem: None }
    }

    /// Reports a segment that is not exactly one pair of braces.
    fn unfit(text: &str, names: &mut HashSet<String>) -> Self {
        let balanced = text.chars().try_fold(false, |open, letter| match letter {
            '{' if open => None,
            '}' if !open => None,
            '{' => Some(true),
            '}' => Some(false),
            _ => Some(open),
        }) == Some(false);
        let problem = if balanced {
            format!("segment `{text}` has text around its parameter: a parameter must be a whole segment")
        } else {
            format!("segment `{text}` has unbalanced or nested braces")
        };
        let name = if balanced { text.split(['{', '}']).nth(1).unwrap_or_default() } else { text };
        let name: String = name.chars().filter(|letter| !"{}*".contains(*letter)).collect();
        Self { corrected: format!("{{{}}}", unused(or_default(&name, "id"), names)), problem: Some(problem) }
    }
}

/// Percent-encodes a literal segment, if it has characters other than those of RFC 3986 3.3.
fn encoded(text: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@".contains(&byte);
    if text.bytes().all(is_plain) {
        return None;
    }
    let byte = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    Some(text.bytes().map(byte).collect())
}

fn or_default<'a>(name: &'a str, default: &'a str) -> &'a str {
    if name.is_empty() { default } else { name }
}

/// Returns `name`, or the first of `name2`, `name3`, … that the path does not use yet.
fn unused(name: &str, names: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|count| format!("{name}{count}"));
    let name = std::iter::once(name.to_owned()).chain(numbered).find(|name| !names.contains(name));
    let name = name.unwrap_or_default();
    names.insert(name.clone());
    name
}
