//! The CIE 1931 2-degree standard observer, 1 nm from 380 to 780 nm.
//!
//! The table comes from the CIE by way of the package `colour-science` (BSD-3-Clause) and
//! `scripts/export_cie.py`. Each response is scaled to integral 1 over the range, so the
//! equal-energy spectrum of value 1 has X = Y = Z = 1 exactly (the raw integrals differ by 3e-4).

use std::sync::LazyLock;

use super::{SHORTEST_NM, table};

/// Entries of the table.
pub const ENTRIES: usize = 401;

/// The responses x, y, z, each of integral 1, at 380, 381, … 780 nm.
static OBSERVER: LazyLock<Box<[[f32; 3]; ENTRIES]>> =
    LazyLock::new(|| Box::new(table().map(|row| row.map(|value| value as f32))));

/// The table in double precision, each response of integral 1 by the trapezoid rule.
#[must_use]
pub fn table() -> [[f64; 3]; ENTRIES] {
    let mut rows = [[0.0; 3]; ENTRIES];
    let lines = table::rows(include_str!("data/cie_1931_2deg.csv"));
    for (row, line) in rows.iter_mut().zip(lines) {
        for (value, column) in row.iter_mut().zip(line.skip(1)) {
            *value = column.parse().expect("the table holds numbers");
        }
    }
    for channel in 0..3 {
        let ends = 0.5 * (rows[0][channel] + rows[ENTRIES - 1][channel]);
        let integral = rows.iter().map(|row| row[channel]).sum::<f64>() - ends;
        for row in &mut rows {
            row[channel] /= integral;
        }
    }
    rows
}

/// The three responses at a wavelength, per nanometre; linear between the entries.
#[must_use]
pub fn observer(nm: f32) -> [f32; 3] {
    let (index, fraction) = table::place(nm, ENTRIES);
    let (low, high) = (OBSERVER[index], OBSERVER[index + 1]);
    std::array::from_fn(|i| low[i] + fraction * (high[i] - low[i]))
}

/// The colour of a spectrum given by a function of the wavelength in nanometres: XYZ relative to
/// equal energy, by the trapezoid rule over the table.
#[must_use]
pub fn integrate(spectrum: impl Fn(f64) -> f64) -> [f64; 3] {
    let mut xyz = [0.0; 3];
    for (i, row) in table().iter().enumerate() {
        let weight = if i == 0 || i == ENTRIES - 1 { 0.5 } else { 1.0 };
        let value = weight * spectrum(f64::from(SHORTEST_NM) + i as f64);
        for (sum, response) in xyz.iter_mut().zip(row) {
            *sum += value * response;
        }
    }
    xyz
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_complete_and_green_peaks_at_555() {
        let rows = table();
        assert!(rows.iter().all(|row| row[1] > 0.0));
        let peak = (0..ENTRIES).max_by(|&a, &b| rows[a][1].total_cmp(&rows[b][1]));
        assert_eq!(peak, Some(555 - 380));
        for value in integrate(|_| 1.0) {
            assert!((value - 1.0).abs() < 1e-12);
        }
    }
}
