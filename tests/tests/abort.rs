//! Built with `panic = "abort"`, a program is warned at its start: panics cannot be contained.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Builds a program of its own: the profile holds for all that is linked, ws-core too.
#[test]
fn a_build_that_aborts_on_panic_is_warned_at_its_start() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("abort");
    fs::create_dir_all(scratch.join("src")).unwrap();
    fs::write(
        scratch.join("Cargo.toml"),
        format!(
            "[package]\nname = \"aborting\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             ws-core = {{ path = {:?} }}\n[profile.dev]\npanic = \"abort\"\ndebug = false\n",
            tree.join("ws-core")
        ),
    )
    .unwrap();
    fs::copy(tree.join("Cargo.lock"), scratch.join("Cargo.lock")).unwrap();
    fs::write(
        scratch.join("src/main.rs"),
        "use ws_core::prelude::*;\n#[derive(Default)]\nstruct Quiet;\n#[websocket]\nimpl Quiet {}\n\
         fn main() {\n    let _ = App::empty().mount::<Quiet>(\"/quiet\", ()).into_router();\n}\n",
    )
    .unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet"])
        .current_dir(&scratch)
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(
        said,
        "warning: built with `panic = \"abort\"`: a callback that panics takes the whole program down\n"
    );
}
