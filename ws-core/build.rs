//! There is nothing to build: cargo wants a build script beside a `links` key.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
