//! Programs with other build settings than this one. Each is a crate of its own, since features and profiles apply to
//! everything that is linked into a program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// Writes a program with `main` as its source, and returns its folder. It aborts on panic.
fn program(name: &str, main: &str) -> PathBuf {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(scratch.join("src")).unwrap();
    fs::write(
        scratch.join("Cargo.toml"),
        format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             ws-core = {{ path = '{}', default-features = false }}\n\
             [profile.dev]\ndebug = false\npanic = \"abort\"\n",
            tree.join("ws-core").display()
        ),
    )
    .unwrap();
    fs::copy(tree.join("Cargo.lock"), scratch.join("Cargo.lock")).unwrap();
    fs::write(scratch.join("src/main.rs"), main).unwrap();
    scratch
}

/// Runs cargo. The programs share a target folder and a profile, so that their dependencies are compiled once.
fn cargo(program: &Path, command: &str) -> Output {
    Command::new(env!("CARGO"))
        .args(command.split(' '))
        .arg("--quiet")
        .current_dir(program)
        .env("CARGO_TARGET_DIR", program.parent().unwrap().join("builds"))
        .output()
        .unwrap()
}

#[test]
fn a_build_that_aborts_on_panic_is_warned_at_its_start() {
    let program = program(
        "aborting",
        "use ws_core::prelude::*;\n#[derive(Default)]\nstruct Quiet;\n#[websocket]\nimpl Quiet {}\n\
         fn main() {\n    let _ = App::new().mount::<Quiet>(\"/quiet\", ()).into_router();\n}\n",
    );
    let output = cargo(&program, "run");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert_eq!(
        stderr,
        "warning: built with `panic = \"abort\"`: a panic in a callback aborts the whole process\n"
    );
}

#[test]
fn compress_without_its_feature_is_a_compile_error() {
    let program = program(
        "plain",
        "use ws_core::prelude::*;\n#[websocket(\"/feed\", compress)]\n#[derive(Default)]\nstruct Feed;\n\
         #[websocket]\nimpl Feed {}\nfn main() -> ws_core::Result {\n    ws_core::run(\"127.0.0.1:0\")\n}\n",
    );
    let output = cargo(&program, "build");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert_eq!(stderr.matches("error[").count(), 1, "{stderr}");
    for words in ["src/main.rs:2:", "feature `compression`", "cargo add ws-core --features compression"] {
        assert!(stderr.contains(words), "`{words}` in {stderr}");
    }
}

#[test]
fn tests_need_no_feature_of_tokio_besides_those_of_the_testing_kit() {
    let program = program(
        "tested",
        "use ws_core::prelude::*;\n#[websocket(\"/quiet\")]\n#[derive(Default)]\nstruct Quiet;\n\
         #[websocket]\nimpl Quiet {}\nfn main() {}\n\
         #[tokio::test(start_paused = true)]\nasync fn quiet() -> ws_core::testing::Result {\n    \
         ws_core::testing::connect(ws_core::testing::app!(), \"/quiet\").await?;\n    \
         tokio::time::sleep(std::time::Duration::from_secs(90)).await;\n    Ok(())\n}\n",
    );
    let manifest = program.join("Cargo.toml");
    let tested = fs::read_to_string(&manifest).unwrap().replace(
        "default-features = false }",
        "default-features = false, features = [\"testing\"] }\ntokio = \"1\"",
    );
    fs::write(manifest, tested).unwrap();
    let output = cargo(&program, "check --tests");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A program imports an item of the feature first, so rustc names the feature at the top of its errors. The second error is
/// that there is no such method.
#[test]
fn tls_and_http2_without_their_features_name_them() {
    for (name, feature, body) in [
        (
            "no-tls",
            "tls",
            "use ws_core::{App, tls};\nfn main() -> ws_core::Result {\n    \
             App::discover().tls(tls::from_files(\"cert.pem\", \"key.pem\")).run(\"127.0.0.1:0\")\n}\n",
        ),
        (
            "no-http2",
            "http2",
            "use ws_core::{App, Http2};\nfn main() -> ws_core::Result {\n    \
             App::discover().http2(Http2::new()).run(\"127.0.0.1:0\")\n}\n",
        ),
    ] {
        let output = cargo(&program(name, body), "build");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert_eq!(stderr.matches("error[").count(), 2, "{stderr}");
        let first = &stderr[..stderr.find("error[E0599]").unwrap()];
        let gated = format!("gated behind the `{feature}` feature");
        assert!(first.contains("src/main.rs:1:") && first.contains(&gated), "{stderr}");
    }
}
