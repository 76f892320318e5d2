//! "Did you mean": the known name that is closest to what was written.

/// The closest of `known` that is at most two edits away from `name`. Something short may not change as a
/// whole: `on` is not meant as `open`.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let close = known.map(|known| (distance(name, known), known));
    close.filter(|&(edits, _)| edits <= 2 && edits < name.chars().count() - 1).min().map(|(_, known)| known)
}

/// Levenshtein's edit distance.
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
