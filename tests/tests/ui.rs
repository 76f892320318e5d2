//! The compiler's full message for each mistake. Each file of `tests/ui` makes one mistake and is named after it; the
//! `.stderr` beside it is the message as rustc 1.95 prints it. After a change, run
//! `TRYBUILD=overwrite cargo test -p ws-tests --test ui && scripts/messages`, and read the new messages aloud.

#[test]
fn each_mistake_has_its_own_message() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
