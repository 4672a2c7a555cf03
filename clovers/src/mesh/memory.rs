//! How much memory reading a file may take.

use super::MeshError;

/// What every file may take, however small it is.
const BASE: usize = 64 << 20;
/// What it may take for each of its bytes.
const PER_BYTE: usize = 10;

/// What reading a file may still allocate. Files come from strangers, and a few bytes can declare
/// or repeat a great deal: whatever is larger than the bytes it stands for is asked for here first.
pub(super) struct Memory {
    left: usize,
}

impl Memory {
    pub(super) fn for_file_of(bytes: usize) -> Self {
        Self {
            left: bytes.saturating_mul(PER_BYTE).saturating_add(BASE),
        }
    }

    /// Takes room for `count` values of type `T`; `what` completes the sentence "… need more".
    pub(super) fn take<T>(
        &mut self,
        count: usize,
        what: impl FnOnce() -> String,
    ) -> Result<(), MeshError> {
        let wanted = count.saturating_mul(size_of::<T>());
        self.left = self.left.checked_sub(wanted).ok_or_else(|| {
            MeshError::Invalid(format!(
                "{} need more memory than a file may take: {PER_BYTE} times its size and {} MiB",
                what(),
                BASE >> 20
            ))
        })?;
        Ok(())
    }

    /// Gives room back that is not used any more.
    pub(super) fn give_back(&mut self, bytes: usize) {
        self.left = self.left.saturating_add(bytes);
    }
}
