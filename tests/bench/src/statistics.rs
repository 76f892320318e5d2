//! Medians, and ratios with their spread.

use std::collections::BTreeMap;

/// The ratio of two servers, over all rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    pub median: f64,
    pub lowest: f64,
    pub highest: f64,
    /// The number of rounds in which both have a figure.
    pub rounds: usize,
}

impl Ratio {
    /// Divides the figures of the same round, so that a slow drift of the machine has no effect. Returns `None` without a
    /// round in which both have a figure above zero.
    #[must_use]
    pub fn of(figures: &BTreeMap<usize, f64>, base: &BTreeMap<usize, f64>) -> Option<Self> {
        let pairs = figures.iter().filter_map(|(round, figure)| Some((*figure, *base.get(round)?)));
        let ratios: Vec<f64> = pairs
            .filter(|(figure, base)| *figure > 0.0 && *base > 0.0)
            .map(|(figure, base)| figure / base)
            .collect();
        Some(Self {
            median: median(&ratios)?,
            lowest: ratios.iter().copied().reduce(f64::min)?,
            highest: ratios.iter().copied().reduce(f64::max)?,
            rounds: ratios.len(),
        })
    }

    /// Half of the range, relative to the median.
    #[must_use]
    pub fn spread(&self) -> f64 {
        (self.highest - self.lowest) / 2.0 / self.median
    }

    /// The ratio of the other to the one.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self { median: 1.0 / self.median, lowest: 1.0 / self.highest, highest: 1.0 / self.lowest, ..*self }
    }

    /// Whether all rounds agree that the figure is above the base, by more than 1 %.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        self.lowest > 1.0 && self.median > 1.01
    }
}

/// The median, or `None` of nothing. Of an even number, the mean of the two in the middle.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), Some(3.0));
    }

    #[test]
    fn a_ratio_pairs_the_figures_of_a_round() {
        // The machine halves its speed in each round. In each of them, the one does twice the work of the other.
        let base = BTreeMap::from([(0, 400.0), (1, 200.0), (2, 100.0)]);
        let figures = BTreeMap::from([(0, 800.0), (1, 400.0), (2, 210.0)]);
        let ratio = Ratio::of(&figures, &base).unwrap();
        assert!(close(ratio.median, 2.0) && close(ratio.lowest, 2.0) && close(ratio.highest, 2.1));
        assert!(close(ratio.spread(), 0.025));
        assert!(ratio.is_ahead() && !ratio.inverse().is_ahead());
        assert!(close(ratio.inverse().lowest, 1.0 / 2.1));
    }

    #[test]
    fn rounds_that_one_of_them_failed_do_not_count() {
        let base = BTreeMap::from([(0, 100.0), (2, 100.0)]);
        let figures = BTreeMap::from([(0, 50.0), (1, 999.0), (2, 60.0)]);
        let ratio = Ratio::of(&figures, &base).unwrap();
        assert!(close(ratio.median, 0.55));
        assert_eq!(Ratio::of(&figures, &BTreeMap::new()), None);
    }

    #[test]
    fn a_lead_within_the_spread_is_no_lead() {
        let base = BTreeMap::from([(0, 100.0), (1, 100.0), (2, 100.0)]);
        let figures = BTreeMap::from([(0, 105.0), (1, 104.0), (2, 99.0)]);
        assert!(!Ratio::of(&figures, &base).unwrap().is_ahead());
    }
}
