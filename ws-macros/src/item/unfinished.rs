//! Recognizes code that is still being typed, and that rustc has reported: it parses an item before the attribute does.
//!
//! Only what is no Rust for certain counts. Such code is left out of the expansion, since rustc would report it again.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// Checks whether `tokens`, which begin with a function's qualifiers, are no function: its name, an argument's type, the
/// return type or the body is missing.
pub(super) fn is_function(tokens: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let Some(at) = tokens.iter().position(|token| is_word(token, "fn")) else {
        return tokens.first().is_some_and(|first| is_word(first, "async"));
    };
    // A visibility after a qualifier.
    if tokens[..at].iter().skip(1).any(|token| is_word(token, "pub")) {
        return true;
    }
    let Some(TokenTree::Ident(_)) = tokens.get(at + 1) else { return true };
    let rest = &tokens[at + 2..];
    match rest.first() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            let output = &rest[1..];
            has_unfinished_argument(group.stream())
                || has_misplaced_self(group.stream())
                || has_no_type_after_arrow(output)
                || is_open(output)
                || !has_end(output)
        }
        // Generic parameters, or an invisible group.
        Some(TokenTree::Punct(punct)) => punct.as_char() != '<' || is_open(rest),
        Some(TokenTree::Group(group)) => group.delimiter() != Delimiter::None,
        _ => true,
    }
}

/// Checks whether an argument has no type: `text`, `text:` or `text: &`.
fn has_unfinished_argument(arguments: TokenStream) -> bool {
    let (mut depth, mut argument, mut before) = (0_i32, Vec::new(), ' ');
    let (mut unfinished, mut colons) = (false, 0);
    for token in arguments {
        let punct = if let TokenTree::Punct(punct) = &token { punct.as_char() } else { ' ' };
        match punct {
            '<' => depth += 1,
            '>' if before != '-' && before != '=' => depth -= 1,
            ',' if depth == 0 => {
                unfinished |= is_unfinished_argument(&argument);
                argument.clear();
                (before, colons) = (' ', 0);
                continue;
            }
            ';' if depth == 0 => return true,
            // A second colon belongs to another argument, without a comma before it.
            ':' if depth == 0 && is_alone(&token) && before != ':' => colons += 1,
            _ => {}
        }
        before = punct;
        argument.push(token);
        unfinished |= colons > 1;
    }
    depth != 0 || unfinished || !argument.is_empty() && is_unfinished_argument(&argument)
}

/// Checks whether a `<` is not closed: `Option<` and a body.
fn is_open(tokens: &[TokenTree]) -> bool {
    let (mut depth, mut before) = (0_i32, ' ');
    for token in tokens {
        let punct = if let TokenTree::Punct(punct) = token { punct.as_char() } else { ' ' };
        match punct {
            '<' => depth += 1,
            '>' if before != '-' && before != '=' => depth -= 1,
            _ => {}
        }
        before = punct;
    }
    depth > 0
}

/// Checks whether `self` comes after another argument, or no comma comes after `self`.
fn has_misplaced_self(arguments: TokenStream) -> bool {
    let (mut after_comma, mut after_self) = (false, false);
    for token in arguments {
        match &token {
            TokenTree::Ident(word) if after_comma && word == "self" => return true,
            TokenTree::Ident(_) if after_self => return true,
            // These may come before `self`.
            TokenTree::Ident(word) if word == "mut" => {}
            TokenTree::Punct(punct) if punct.as_char() == '&' => {}
            TokenTree::Punct(punct) if punct.as_char() == ',' => after_comma = true,
            _ => after_comma = false,
        }
        after_self = is_word(&token, "self");
    }
    false
}

fn is_unfinished_argument(argument: &[TokenTree]) -> bool {
    let is_plain = argument
        .iter()
        .all(|token| !matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::None));
    let is_self = argument.iter().any(|token| is_word(token, "self"));
    let colon =
        argument.iter().any(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':'));
    let is_open = matches!(argument.last(), Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), ':' | '&'))
        || argument.len() > 1 && argument.last().is_some_and(|last| is_word(last, "mut"));
    is_plain && !is_self && (!colon && !is_variadic(argument) || is_open)
}

/// Checks whether a colon is no half of a `::`. The second half is.
fn is_alone(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.spacing() == Spacing::Alone)
}

fn is_variadic(argument: &[TokenTree]) -> bool {
    argument.iter().any(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '.'))
}

fn has_no_type_after_arrow(output: &[TokenTree]) -> bool {
    let is_punct = |token: Option<&TokenTree>, mark| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark);
    is_punct(output.first(), '-')
        && is_punct(output.get(1), '>')
        && match output.get(2) {
            None => true,
            Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
            Some(token) => is_word(token, "where"),
        }
}

/// Checks whether a function has a body or a semicolon.
fn has_end(output: &[TokenTree]) -> bool {
    match output.last() {
        Some(TokenTree::Punct(punct)) => punct.as_char() == ';',
        Some(TokenTree::Group(group)) => matches!(group.delimiter(), Delimiter::Brace | Delimiter::None),
        _ => false,
    }
}

/// Checks whether `tokens`, which follow a signature, are neither a body nor a semicolon: `- { }`.
pub(super) fn is_no_body(tokens: &TokenStream) -> bool {
    match tokens.clone().into_iter().next() {
        Some(TokenTree::Punct(punct)) => punct.as_char() != ';',
        Some(TokenTree::Group(group)) => !matches!(group.delimiter(), Delimiter::Brace | Delimiter::None),
        _ => true,
    }
}

/// Checks whether `tokens` begin an item that no impl may have.
pub(crate) fn is_outside_of_impls(tokens: &TokenStream) -> bool {
    const BEGIN: &str = "enum impl mod static struct trait union use";
    let first = tokens.clone().into_iter().find(|token| !is_word(token, "pub"));
    first.is_some_and(|first| BEGIN.split_whitespace().any(|word| is_word(&first, word)))
}

/// Checks whether `tokens` begin no item: with a word that begins none, and that is not the name of a macro. The word `fn`
/// may be behind a qualifier that is not known here.
pub(super) fn is_no_item(tokens: &TokenStream) -> bool {
    const BEGIN: &str = "auto const crate default enum extern impl macro macro_rules mod pub safe static struct trait type \
                         union unsafe use";
    let mut tokens = tokens.clone().into_iter().peekable();
    let Some(TokenTree::Ident(first)) = tokens.next() else { return false };
    let is_path =
        matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '!' | ':'));
    let begins = BEGIN.split_whitespace().any(|word| first == word);
    !is_path && !begins && !tokens.any(|token| is_word(&token, "fn"))
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}
