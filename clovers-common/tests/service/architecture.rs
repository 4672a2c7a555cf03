//! The rules of ARCHITECTURE.md that a machine can check.

use std::fs;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Rust files under the source folders of all crates, with their text.
fn sources() -> Vec<(String, String)> {
    let root = workspace();
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("clovers")
        })
        .map(|path| path.join("src"))
        .filter(|path| path.is_dir())
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                files.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    files
}

/// Files that are test modules as a whole: `#[cfg(test)] mod plain;` stands in the file above.
fn test_files(sources: &[(String, String)]) -> Vec<String> {
    let mut files = Vec::new();
    for (name, text) in sources {
        let text = text.replace("pub(crate) mod ", "mod ");
        for part in text.split("#[cfg(test)]\nmod ").skip(1) {
            if let Some((module, _)) = part.split_once(';')
                && module.chars().all(|c| c.is_alphanumeric() || c == '_')
            {
                files.push(format!("{}/{module}.rs", name.trim_end_matches(".rs")));
            }
        }
    }
    files
}

/// Files outside `allowed` that hold one of `words`.
fn check(words: &[&str], allowed: &[&str]) {
    let offenders: Vec<_> = sources()
        .into_iter()
        .filter(|(name, text)| {
            !allowed.iter().any(|folder| name.starts_with(folder))
                && words.iter().any(|word| text.contains(word))
        })
        .map(|(name, _)| name)
        .collect();
    assert!(
        offenders.is_empty(),
        "{words:?} belong in {allowed:?} only, but stand in {offenders:?}"
    );
}

#[test]
fn the_renderer_does_no_input_or_output() {
    let renderer: Vec<_> = sources()
        .into_iter()
        .filter(|(name, _)| name.starts_with("clovers/src"))
        .collect();
    assert!(renderer.len() > 20);
    let tests = test_files(&renderer);
    let renderer = renderer.iter().filter(|(name, _)| !tests.contains(name));
    for (name, text) in renderer {
        for word in [
            "std::fs",
            "std::net",
            "std::time",
            "std::env",
            "tokio",
            "File::open",
            "println!",
        ] {
            // Tests may read the example scenes.
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            assert!(!code.contains(word), "{name} uses {word}");
        }
    }
}

#[test]
fn only_the_store_speaks_sql() {
    check(&["sqlx::query", "PgPool"], &["clovers-common/src/store"]);
}

#[test]
fn only_the_queue_speaks_to_redis() {
    check(
        &[
            "redis::cmd",
            "redis::pipe",
            "redis::Client",
            "AsyncCommands",
        ],
        &["clovers-common/src/queue"],
    );
}

#[test]
fn services_share_only_the_common_crate() {
    let services = [
        "clovers-back",
        "clovers-batch",
        "clovers-preview",
        "clovers-local",
    ];
    for service in services {
        let manifest = fs::read_to_string(workspace().join(service).join("Cargo.toml")).unwrap();
        let runtime = manifest
            .split("[dev-dependencies]")
            .next()
            .unwrap_or_default();
        let ours: Vec<_> = runtime
            .lines()
            .filter(|line| line.starts_with("clovers"))
            .collect();
        assert!(
            ours.iter().all(|line| line.starts_with("clovers-common")),
            "{service} depends on {ours:?}"
        );
    }
}

#[test]
fn the_back_never_renders() {
    for (name, text) in sources()
        .into_iter()
        .filter(|(name, _)| name.starts_with("clovers-back"))
    {
        for word in ["Scene::build", "Film::new", "render::render"] {
            assert!(!text.contains(word), "{name} uses {word}");
        }
    }
}

#[test]
fn no_module_is_called_helpers() {
    for (name, _) in sources() {
        for word in ["util", "helper", "misc"] {
            assert!(!name.contains(word), "{name}");
        }
    }
}
