//! The compiler's full message for each mistake. Each file of `tests/ui` makes one mistake and is named after it; the
//! `.stderr` beside it is the message as rustc 1.95 prints it. After a change, run
//! `TRYBUILD=overwrite cargo test -p ws-tests --test ui && scripts/messages`, and read the new messages aloud.

/// A user finds each word of a message in the docs.
#[test]
fn no_message_names_a_private_path() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "stderr") {
            let message = std::fs::read_to_string(&path).unwrap();
            assert!(!message.contains("__private"), "{}:\n{message}", path.display());
        }
    }
}

#[test]
fn each_mistake_has_its_own_message() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
