//! Numbers that look random and depend on what they are for only.

/// The mixing function of `SplitMix64` (G. Steele and others, 2014).
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A number within [0, 1) for a key.
pub(crate) fn uniform(key: impl IntoIterator<Item = u64>) -> f64 {
    let hash = key.into_iter().fold(0x9e37_79b9_7f4a_7c15, |hash, part| {
        mix(hash ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(part)
    });
    (mix(hash) >> 11) as f64 / (1_u64 << 53) as f64
}
