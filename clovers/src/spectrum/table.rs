//! What the tables over the rendered range have in common: their files, and where in one a
//! wavelength lies.

use super::{LONGEST_NM, SHORTEST_NM};

/// The rows of a table's file, column by column, without the comments.
pub(super) fn rows(csv: &str) -> impl Iterator<Item = impl Iterator<Item = &str>> {
    csv.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split(','))
}

/// The entry at or below a wavelength and how far it is to the next one, from 0 to 1, in a table
/// of `entries` at even steps from 380 to 780 nm. Beyond the ends, the ends.
#[inline]
pub(super) fn place(nm: f32, entries: usize) -> (usize, f32) {
    let per_nm = (entries - 1) as f32 / (LONGEST_NM - SHORTEST_NM);
    let place = (nm.clamp(SHORTEST_NM, LONGEST_NM) - SHORTEST_NM) * per_nm;
    let index = (place as usize).min(entries - 2);
    (index, place - index as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_the_first_and_the_last_entry() {
        for entries in [81, 401] {
            assert_eq!(place(SHORTEST_NM, entries), (0, 0.0));
            assert_eq!(place(300.0, entries), (0, 0.0));
            assert_eq!(place(LONGEST_NM, entries), (entries - 2, 1.0));
            assert_eq!(place(900.0, entries), (entries - 2, 1.0));
        }
        assert_eq!(place(387.5, 81), (1, 0.5));
    }

    #[test]
    fn comments_are_not_rows() {
        let rows: Vec<Vec<_>> = rows("# a, b\n1,2\n3,4\n").map(Iterator::collect).collect();
        assert_eq!(rows, [["1", "2"], ["3", "4"]]);
    }
}
