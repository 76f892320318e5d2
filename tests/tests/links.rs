//! Cargo rejects two versions of ws-core in one program, since each would see only half of the routes.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[test]
fn two_versions_in_one_program_do_not_resolve() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("links");
    let _ = fs::remove_dir_all(&scratch);
    // A package with the same name and the same `links` key stands for the other version. It needs no dependencies.
    let other = scratch.join("other");
    fs::create_dir_all(other.join("src")).unwrap();
    fs::write(other.join("src/lib.rs"), "").unwrap();
    fs::write(other.join("build.rs"), "fn main() {}").unwrap();
    let manifest = fs::read_to_string(tree.join("ws-core/Cargo.toml")).unwrap();
    let links = manifest.lines().find(|line| line.starts_with("links")).expect("a `links` key");
    fs::write(
        other.join("Cargo.toml"),
        format!("[package]\nname = \"ws-core\"\nversion = \"9.0.0\"\nedition = \"2024\"\n{links}\n"),
    )
    .unwrap();
    let program = scratch.join("program");
    fs::create_dir_all(program.join("src")).unwrap();
    fs::write(program.join("src/main.rs"), "fn main() {}").unwrap();
    fs::write(
        program.join("Cargo.toml"),
        format!(
            "[package]\nname = \"program\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             ws-core = {{ path = {:?} }}\nother = {{ path = \"../other\", package = \"ws-core\" }}\n",
            tree.join("ws-core")
        ),
    )
    .unwrap();
    fs::copy(tree.join("Cargo.lock"), program.join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .current_dir(&program)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "two versions resolved");
    assert!(stderr.contains("links to the native library `ws_core`"), "{stderr}");
}
