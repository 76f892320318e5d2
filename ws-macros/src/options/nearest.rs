//! Suggestions for misspelt names ("did you mean …?").

/// Finds the entry of `known` that is closest to `name`, if it is at most two edits away. The edits must also
/// number at least two less than the letters of `name`, so that `on` does not suggest `open`.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let close = known.map(|known| (distance(name, known), known));
    close.filter(|&(edits, _)| edits <= 2 && edits < name.chars().count() - 1).min().map(|(_, known)| known)
}

/// Computes the Levenshtein distance.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for column in 1..=to.len() {
            let substituted = diagonal + usize::from(letter != to[column - 1]);
            diagonal = row[column];
            row[column] = substituted.min(diagonal + 1).min(row[column - 1] + 1);
        }
    }
    row[to.len()]
}
