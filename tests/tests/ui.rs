//! What the compiler says to each mistake, word for word: a file of `tests/ui` is one mistake, named after it, and the
//! `.stderr` beside it is the text, as rustc 1.95 prints it. After a change of a text, read the new ones aloud:
//! `TRYBUILD=overwrite cargo test -p ws-tests --test ui && scripts/messages`.

#[test]
fn each_mistake_is_told_in_its_own_words() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
