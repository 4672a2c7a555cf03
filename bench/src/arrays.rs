//! Arrays of numbers in files, little-endian and nothing else: numpy reads them by `fromfile`.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};

pub(crate) fn write_f32(path: &Path, values: impl IntoIterator<Item = f32>) -> Result<()> {
    write(path, values.into_iter().flat_map(f32::to_le_bytes))
}

pub(crate) fn write_u32(path: &Path, values: impl IntoIterator<Item = u32>) -> Result<()> {
    write(path, values.into_iter().flat_map(u32::to_le_bytes))
}

pub(crate) fn write(path: &Path, bytes: impl IntoIterator<Item = u8>) -> Result<()> {
    let bytes: Vec<u8> = bytes.into_iter().collect();
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

pub(crate) fn read_f32(path: &Path) -> Result<Vec<f32>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (numbers, rest) = bytes.as_chunks();
    ensure!(rest.is_empty(), "{} ends amid a number", path.display());
    Ok(numbers
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect())
}
