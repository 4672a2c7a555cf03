//! Multiple importance sampling (E. Veach, doctoral thesis, 1997, chapter 9).

/// The power heuristic (exponent 2) for two strategies with one sample each: the weight of a
/// sample drawn with density `this` that the other strategy draws with density `other`.
///
/// `this` must be positive; infinite densities are allowed.
#[must_use]
pub fn power_heuristic(this: f32, other: f32) -> f32 {
    // As a ratio, so that large densities do not overflow when squared.
    let ratio = other / this;
    if ratio.is_nan() {
        return 0.5;
    }
    1.0 / (1.0 + ratio * ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_both_strategies_sum_to_one() {
        for (a, b) in [(1.0, 1.0), (1e-20, 3.0), (1e30, 1e35), (5.0, 0.0)] {
            let sum = power_heuristic(a, b) + power_heuristic(b, a);
            assert!(a == 0.0 || b == 0.0 || (sum - 1.0).abs() < 1e-6, "{a} {b}");
        }
        assert_eq!(power_heuristic(5.0, 0.0), 1.0);
    }
}
