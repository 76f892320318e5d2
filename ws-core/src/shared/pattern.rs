//! Route paths with parameters: `/chat/{room}`, `/files/{*path}`, in axum's syntax.

use std::fmt::{Display, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::UrlError;

/// Encodes a value in a path segment: all but unreserved characters (RFC 3986 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Encodes the value of `{*rest}`, which keeps its slashes.
const REST: &AsciiSet = &SEGMENT.remove(b'/');

/// The other characters that a literal segment may contain: those of `pchar` (RFC 3986 3.3).
const PATH: &[u8] = b"-._~%!$&'()*+,;=:@";
const LITERAL: &AsciiSet = &SEGMENT
    .remove(b'%')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// A path that was validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(String);

enum Segment<'p> {
    Literal(&'p str),
    Param(&'p str),
    Rest(&'p str),
}

fn segment(text: &str) -> Segment<'_> {
    match text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
        Some(inner) => match inner.strip_prefix('*') {
            Some(rest) => Segment::Rest(rest),
            None => Segment::Param(inner),
        },
        None => Segment::Literal(text),
    }
}

impl Pattern {
    /// Validates `path`. The error describes the problem and the fix.
    pub(crate) fn parse(path: &str) -> Result<Self, String> {
        let Some(rest) = path.strip_prefix('/') else {
            return Err(format!("a path must start with `/`; write `/{path}`"));
        };
        if let Some(bad) =
            path.chars().find(|c| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#'))
        {
            return Err(format!("a path must not contain {bad:?}"));
        }
        let mut names: Vec<&str> = Vec::new();
        let count = rest.split('/').count();
        for (at, text) in rest.split('/').enumerate() {
            if let Some(name) = text.strip_prefix(':') {
                return Err(format!("segment `{text}`: write parameters as `{{{name}}}`"));
            }
            if let Some(name) = text.strip_prefix('*') {
                return Err(format!("segment `{text}`: write the rest of a path as `{{*{name}}}`"));
            }
            let name = match segment(text) {
                Segment::Literal(text) if text.contains(['{', '}']) => {
                    return Err(format!(
                        "segment `{text}`: a parameter must be a whole segment, such as `{{name}}`"
                    ));
                }
                Segment::Literal(text)
                    if !text.bytes().all(|byte| PATH.contains(&byte) || byte.is_ascii_alphanumeric()) =>
                {
                    let encoded = utf8_percent_encode(text, LITERAL);
                    return Err(format!("segment `{text}` must be percent-encoded; write `{encoded}`"));
                }
                Segment::Literal(_) => continue,
                Segment::Rest(_) if at + 1 < count => {
                    return Err(format!(
                        "segment `{text}`: `{{*…}}` matches the rest of the path, so it must be the last segment"
                    ));
                }
                Segment::Rest(name) | Segment::Param(name) => name,
            };
            if name.is_empty() || name.contains(['{', '}', '*']) {
                return Err(format!(
                    "segment `{text}`: invalid parameter name; write a plain name, such as `{{room}}`"
                ));
            }
            if names.contains(&name) {
                return Err(format!("parameter `{name}` is used twice in this path"));
            }
            names.push(name);
        }
        Ok(Self(path.to_owned()))
    }

    /// Prepends `base`, which was validated.
    pub(crate) fn under(&self, base: &str) -> Self {
        Self(format!("{base}{}", self.0))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.0.split('/').skip(1).map(segment)
    }

    /// Returns the path with its parameters filled in and percent-encoded.
    pub(crate) fn url(&self, params: &[(&str, &dyn Display)]) -> Result<String, UrlError> {
        let error = |problem: String| UrlError::Params { path: self.0.clone(), problem };
        let wanted: Vec<&str> = self
            .segments()
            .filter_map(|segment| match segment {
                Segment::Literal(_) => None,
                Segment::Param(name) | Segment::Rest(name) => Some(name),
            })
            .collect();
        if let Some((extra, _)) = params.iter().find(|(name, _)| !wanted.contains(name)) {
            return Err(error(format!("the path has no parameter `{extra}`")));
        }
        let value = |name: &str| {
            let mut given = params.iter().filter(|(given, _)| *given == name);
            match (given.next(), given.next()) {
                (None, _) => Err(error(format!("parameter `{name}` is missing"))),
                (Some(_), Some(_)) => Err(error(format!("parameter `{name}` is given twice"))),
                (Some((_, value)), None) => match value.to_string() {
                    empty if empty.is_empty() => {
                        Err(error(format!("parameter `{name}` is empty; an empty segment matches no route")))
                    }
                    dots if dots.split('/').any(|part| matches!(part, "." | "..")) => Err(error(format!(
                        "parameter `{name}` is `{dots}`, which clients resolve to another path"
                    ))),
                    value => Ok(value),
                },
            }
        };
        let mut url = String::with_capacity(self.0.len());
        for segment in self.segments() {
            url.push('/');
            match segment {
                Segment::Literal(text) => url.push_str(text),
                Segment::Param(name) => push_encoded(&mut url, &value(name)?, SEGMENT),
                Segment::Rest(name) => push_encoded(&mut url, &value(name)?, REST),
            }
        }
        Ok(url)
    }
}

fn push_encoded(url: &mut String, value: &str, set: &'static AsciiSet) {
    write!(url, "{}", utf8_percent_encode(value, set)).expect("writing to a String does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_answered_with_a_correction() {
        for (path, wanted) in [
            ("chat", "write `/chat`"),
            ("/chat/:room", "`{room}`"),
            ("/files/*rest", "`{*rest}`"),
            ("/files/{*rest}/x", "must be the last segment"),
            ("/{}", "plain name"),
            ("/{a}/{a}", "twice"),
            ("/{a}.json", "whole segment"),
            ("/a b", "' '"),
            ("/a?b", "'?'"),
            ("/größe", "`gr%C3%B6%C3%9Fe`"),
        ] {
            let error = Pattern::parse(path).unwrap_err();
            assert!(error.contains(wanted), "{path}: {error}");
        }
    }

    #[test]
    fn z1_urls_are_filled_in_and_encoded() {
        let url = |path: &str, params: &[(&str, &dyn Display)]| Pattern::parse(path).unwrap().url(params);
        assert_eq!(url("/", &[]).unwrap(), "/");
        assert_eq!(url("/chat/{room}", &[("room", &"a/b ü")]).unwrap(), "/chat/a%2Fb%20%C3%BC");
        assert_eq!(url("/f/{*path}", &[("path", &"a/b c")]).unwrap(), "/f/a/b%20c");
        assert_eq!(url("/n/{n}", &[("n", &42)]).unwrap(), "/n/42");
        for (params, wanted) in [
            (&[][..], "`room` is missing"),
            (&[("room", &1 as &dyn Display), ("x", &1)][..], "no parameter `x`"),
            (&[("room", &1 as &dyn Display), ("room", &1)][..], "given twice"),
            (&[("room", &"" as &dyn Display)][..], "empty"),
            (&[("room", &".." as &dyn Display)][..], "another path"),
        ] {
            let error = url("/chat/{room}", params).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
