//! Recognizes code that is still being typed, and that rustc has reported: it parses an item before the attribute does.
//!
//! Only what is no Rust for certain counts. Such code is left out of the expansion, since rustc would report it again.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Returns whether `tokens`, which begin with a function's qualifiers, are no function: its name, an argument's type, the
/// return type or the body is missing.
pub(super) fn is_function(tokens: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let Some(at) = tokens.iter().position(|token| is_word(token, "fn")) else { return false };
    let Some(TokenTree::Ident(_)) = tokens.get(at + 1) else { return true };
    let rest = &tokens[at + 2..];
    match rest.first() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            let output = &rest[1..];
            has_unfinished_argument(group.stream())
                || has_self_after_another(group.stream())
                || has_no_type_after_arrow(output)
                || !has_end(output)
        }
        // Generic parameters, or an invisible group.
        Some(TokenTree::Punct(punct)) => punct.as_char() != '<',
        Some(TokenTree::Group(group)) => group.delimiter() != Delimiter::None,
        _ => true,
    }
}

/// Returns whether an argument has no type: `text`, `text:` or `text: &`.
fn has_unfinished_argument(arguments: TokenStream) -> bool {
    let (mut depth, mut argument, mut before) = (0_i32, Vec::new(), ' ');
    let mut unfinished = false;
    for token in arguments {
        let punct = if let TokenTree::Punct(punct) = &token { punct.as_char() } else { ' ' };
        match punct {
            '<' => depth += 1,
            '>' if before != '-' && before != '=' => depth -= 1,
            ',' if depth == 0 => {
                unfinished |= is_unfinished_argument(&argument);
                argument.clear();
                before = ' ';
                continue;
            }
            _ => {}
        }
        before = punct;
        argument.push(token);
    }
    depth == 0 && (unfinished || !argument.is_empty() && is_unfinished_argument(&argument))
}

/// Returns whether an argument after the first is `self`. Rustc reports it when it parses the item.
fn has_self_after_another(arguments: TokenStream) -> bool {
    let mut after_comma = false;
    for token in arguments {
        match &token {
            TokenTree::Ident(word) if after_comma && word == "self" => return true,
            // What may be before `self`.
            TokenTree::Ident(word) if word == "mut" => {}
            TokenTree::Punct(punct) if punct.as_char() == ',' => after_comma = true,
            TokenTree::Punct(punct) if punct.as_char() == '&' => {}
            _ => after_comma = false,
        }
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
    let is_open =
        matches!(argument.last(), Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), ':' | '&'));
    is_plain && !is_self && (!colon && !is_variadic(argument) || is_open)
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

/// Returns whether a function has a body or a semicolon.
fn has_end(output: &[TokenTree]) -> bool {
    match output.last() {
        Some(TokenTree::Punct(punct)) => punct.as_char() == ';',
        Some(TokenTree::Group(group)) => matches!(group.delimiter(), Delimiter::Brace | Delimiter::None),
        _ => false,
    }
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}
