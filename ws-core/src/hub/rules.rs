//! The topics that keep a history, by their names.

use std::collections::HashMap;
use std::sync::Arc;

use super::history::History;
use super::topics::NAME;

/// The topics that keep a history: exact names, and beginnings of names.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    names: HashMap<String, Arc<History>>,
    /// The longest first.
    prefixes: Vec<(String, Arc<History>)>,
}

impl Rules {
    /// Checks the patterns and their settings. The error describes the problem and the fix.
    pub(crate) fn parse(
        histories: impl IntoIterator<Item = (String, History)>,
        max_bytes: usize,
    ) -> Result<Self, String> {
        let mut rules = Self::default();
        for (pattern, history) in histories {
            if let Some(problem) = history.problem() {
                return Err(format!("`App::history` of `{pattern}`: {problem}"));
            }
            if history.bytes > max_bytes {
                return Err(format!(
                    "`App::history` of `{pattern}`: `bytes` is {}, more than the {max_bytes} of \
                     `App::max_history_bytes` for all topics together",
                    history.bytes
                ));
            }
            let history = Arc::new(history);
            let is_new = match pattern.strip_suffix('*') {
                Some(prefix) if !prefix.contains('*') => {
                    let is_new = rules.prefixes.iter().all(|(known, _)| known != prefix);
                    rules.prefixes.push((prefix.to_owned(), history));
                    is_new
                }
                None if !pattern.contains('*') => rules.names.insert(pattern.clone(), history).is_none(),
                _ => {
                    return Err(format!(
                        "`App::history` of `{pattern}`: a `*` stands for the end of a name, and can only be the last \
                         character, as in `chat:*`"
                    ));
                }
            };
            if !is_new {
                return Err(format!("`App::history` of `{pattern}` is set twice; remove one"));
            }
        }
        rules.prefixes.sort_unstable_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Ok(rules)
    }

    pub(super) fn are_empty(&self) -> bool {
        self.names.is_empty() && self.prefixes.is_empty()
    }

    /// Returns the history of `topic`, if it keeps one. An exact name takes precedence over a pattern, and a longer
    /// pattern over a shorter one. A topic that nobody can subscribe to, because its name is too long, keeps none.
    pub(super) fn find(&self, topic: &str) -> Option<&Arc<History>> {
        if topic.len() > NAME {
            return None;
        }
        let prefix = || self.prefixes.iter().find(|(prefix, _)| topic.starts_with(prefix.as_str()));
        self.names.get(topic).or_else(|| prefix().map(|(_, history)| history))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(patterns: &[&str]) -> Result<Rules, String> {
        let histories = patterns.iter().enumerate();
        let histories = histories.map(|(n, pattern)| ((*pattern).to_owned(), History::new().messages(n + 1)));
        Rules::parse(histories, 1 << 20)
    }

    #[test]
    fn the_most_specific_pattern_applies() {
        let rules = parsed(&["*", "chat:*", "chat:red", "chat:red:*"]).unwrap();
        for (topic, wanted) in [
            ("", 1),
            ("news", 1),
            ("chat:", 2),
            ("chat:blue", 2),
            ("chat:red", 3),
            ("chat:red:", 4),
            ("chat:reds", 2),
        ] {
            assert_eq!(rules.find(topic).map(|history| history.messages), Some(wanted), "{topic}");
        }
        let rules = parsed(&["news", "chat:*"]).unwrap();
        assert!(["", "new", "news2", "chat"].iter().all(|topic| rules.find(topic).is_none()));
        let long = |length| parsed(&["*"]).unwrap().find(&"x".repeat(length)).is_some();
        assert_eq!((long(NAME), long(NAME + 1)), (true, false));
    }

    #[test]
    fn mistakes_are_answered_with_a_correction() {
        for (patterns, wanted) in [
            (&["a", "a"][..], "set twice"),
            (&["a*", "b", "a*"], "set twice"),
            (&["a*b"], "last character"),
            (&["**"], "last character"),
        ] {
            let error = parsed(patterns).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
        let of = |history| Rules::parse([("a".to_owned(), history)], 1 << 20).unwrap_err();
        assert!(of(History::new().messages(0)).contains("`messages` must be at least 1"));
        assert!(of(History::new().bytes(0)).contains("`bytes` must be at least 1"));
        assert!(of(History::new().age(std::time::Duration::ZERO)).contains("`age` must be greater"));
        assert!(of(History::new().bytes(2 << 20)).contains("2097152, more than the 1048576"));
    }
}
