//! Pictures on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clovers::{
    Picture,
    image::{exr, png},
};

/// A place for a picture, in the format of its extension.
#[derive(Debug)]
pub(crate) struct ImageFile<'a> {
    path: &'a Path,
    encode: fn(&Picture) -> Vec<u8>,
}

impl<'a> ImageFile<'a> {
    /// Checks that the extension is known and that the folder exists.
    pub(crate) fn at(path: &'a Path) -> Result<Self> {
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let encode = match extension.as_str() {
            "png" => png::encode,
            "exr" => exr::encode,
            _ => bail!(
                "cannot tell the format of {}: end its name in .png or .exr",
                path.display()
            ),
        };
        let folder = folder_of(path);
        if !folder.is_dir() {
            bail!("there is no folder {}; create it first", folder.display());
        }
        if path.is_dir() {
            bail!("{} is a folder; name a file", path.display());
        }
        Ok(Self { path, encode })
    }

    /// Writes the picture whole or not at all: beside its place first, then renamed.
    pub(crate) fn write(&self, picture: &Picture) -> Result<()> {
        let bytes = (self.encode)(picture);
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = folder_of(self.path).join(format!(".{name}.{}.part", std::process::id()));
        let written = write_and_rename(&temporary, self.path, &bytes);
        if written.is_err() {
            // Best effort: the error that matters is the first one.
            let _ = fs::remove_file(&temporary);
        }
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }
}

fn write_and_rename(temporary: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::write(temporary, bytes)?;
    fs::rename(temporary, path)
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
