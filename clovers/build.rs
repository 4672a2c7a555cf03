//! Names the renderer: a hash over its sources and all that decides about the code made from them. Pictures of one
//! fingerprint are equal bit for bit.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to build scripts by the environment"
)]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files)?;
    files.extend(
        [
            "Cargo.toml",
            "build.rs",
            "../Cargo.lock",
            "../rust-toolchain.toml",
        ]
        .map(PathBuf::from),
    );
    files.sort();

    let mut hasher = DefaultHasher::new();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        // Whoever builds the crate outside its workspace has no lock file.
        if let Ok(bytes) = fs::read(file) {
            (file, bytes).hash(&mut hasher);
        }
    }
    let settings = [
        "TARGET",
        "CARGO_CFG_TARGET_FEATURE",
        "OPT_LEVEL",
        "CARGO_ENCODED_RUSTFLAGS",
    ];
    let settings = settings.map(|name| env::var(name).unwrap_or_default());
    settings.hash(&mut hasher);

    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    println!(
        "cargo::rustc-env=CLOVERS_FINGERPRINT={version}-{:016x}-{}",
        hasher.finish(),
        settings[0]
    );
    println!("cargo::rustc-env=CLOVERS_TARGET_FEATURES={}", settings[1]);
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
