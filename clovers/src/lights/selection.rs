//! Choice of one of many by weight.

/// A discrete distribution.
#[derive(Debug)]
pub struct Selection {
    /// Upper end of each item's part of [0, 1]; the last is 1.
    ends: Vec<f64>,
}

impl Selection {
    /// The memory it takes beside itself, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.ends.capacity() * size_of::<f64>()
    }

    /// Items in proportion to their weights, which are finite and not negative.
    ///
    /// When all weights are 0 the items are equally likely.
    #[must_use]
    pub fn by_weight(weights: &[f32]) -> Self {
        let total: f64 = weights.iter().copied().map(f64::from).sum();
        let share = |weight: f32| {
            if total > 0.0 {
                f64::from(weight) / total
            } else {
                1.0 / weights.len() as f64
            }
        };
        let mut sum = 0.0;
        let mut ends: Vec<f64> = weights
            .iter()
            .map(|&weight| {
                sum += share(weight);
                sum
            })
            .collect();
        if let Some(last) = ends.last_mut() {
            *last = 1.0;
        }
        Self { ends }
    }

    /// The item in whose part `u` lies, and its probability; `None` if there are no items.
    #[must_use]
    pub fn choose(&self, u: f32) -> Option<(usize, f32)> {
        let item = self.ends.partition_point(|&end| end <= f64::from(u));
        (item < self.ends.len()).then(|| (item, self.probability(item)))
    }

    /// The probability of an item.
    #[must_use]
    pub fn probability(&self, item: usize) -> f32 {
        let start = if item == 0 { 0.0 } else { self.ends[item - 1] };
        (self.ends[item] - start) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_chosen_in_proportion_to_their_weights() {
        let selection = Selection::by_weight(&[1.0, 0.0, 3.0]);
        assert_eq!(selection.choose(0.2), Some((0, 0.25)));
        assert_eq!(selection.choose(0.25), Some((2, 0.75)));
        assert_eq!(selection.choose(0.999_999_94), Some((2, 0.75)));
        assert_eq!(selection.probability(1), 0.0);
        assert_eq!(Selection::by_weight(&[]).choose(0.5), None);
        assert_eq!(
            Selection::by_weight(&[0.0, 0.0]).choose(0.6),
            Some((1, 0.5))
        );
    }
}
