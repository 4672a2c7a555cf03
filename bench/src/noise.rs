//! How noisy an engine is, from several renders of different seeds and no reference.

use anyhow::{Result, ensure};

/// Beside the square of a value, so that black pixels do not count infinitely: this share of the
/// square of the mean luminance.
const FLOOR: f64 = 0.01;
/// Of the pixels, the noisiest are left out of the trimmed error.
const TRIMMED: f64 = 0.001;

#[derive(Debug, serde::Serialize)]
pub(crate) struct Noise {
    /// Of the mean picture.
    pub(crate) luminance: f64,
    /// Of one render: the variance over the renders by the square of their mean plus the floor,
    /// averaged over pixels and channels.
    pub(crate) rel_mse: f64,
    /// The same without the noisiest pixels.
    pub(crate) trimmed_rel_mse: f64,
}

/// Of pictures in linear sRGB, all of one size.
pub(crate) fn noise(pictures: &[Vec<f32>]) -> Result<Noise> {
    let values = pictures.first().map_or(0, Vec::len);
    ensure!(pictures.len() > 1, "at least two renders are needed");
    ensure!(
        values > 0
            && values.is_multiple_of(3)
            && pictures.iter().all(|picture| picture.len() == values),
        "the renders are not of one size"
    );
    let count = pictures.len() as f64;
    let (means, variances): (Vec<f64>, Vec<f64>) = (0..values)
        .map(|index| {
            let values = || pictures.iter().map(|picture| f64::from(picture[index]));
            let mean = values().sum::<f64>() / count;
            let squares = values().map(|value| (value - mean).powi(2)).sum::<f64>();
            (mean, squares / (count - 1.0))
        })
        .unzip();
    let pixels = values / 3;
    let luminance = means
        .chunks_exact(3)
        .map(|rgb| 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2])
        .sum::<f64>()
        / pixels as f64;
    let floor = (FLOOR * luminance * luminance).max(f64::MIN_POSITIVE);
    let relative: Vec<f64> = means
        .iter()
        .zip(&variances)
        .map(|(mean, variance)| variance / (mean * mean + floor))
        .collect();
    let mut errors: Vec<f64> = relative
        .chunks_exact(3)
        .map(|rgb| rgb.iter().sum::<f64>() / 3.0)
        .collect();
    errors.sort_by(f64::total_cmp);
    let kept = pixels - (TRIMMED * pixels as f64).ceil() as usize;
    let average = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len().max(1) as f64;
    Ok(Noise {
        luminance,
        rel_mse: average(&errors),
        trimmed_rel_mse: average(&errors[..kept]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_renders_have_no_noise() {
        let picture = vec![0.25_f32; 3 * 2000];
        let noise = noise(&[picture.clone(), picture]).expect("they fit");
        assert!((noise.luminance - 0.25).abs() < 1e-6);
        assert!(noise.rel_mse.abs() < 1e-12 && noise.trimmed_rel_mse.abs() < 1e-12);
    }

    #[test]
    fn the_error_is_the_variance_over_the_square_of_the_mean() {
        let pictures = [0.5_f32, 1.5].map(|value| vec![value; 3 * 2000]);
        // The unbiased variance of 0.5 and 1.5 is 0.5, their mean 1.
        let noise = noise(&pictures).expect("they fit");
        assert!((noise.rel_mse - 0.5 / 1.01).abs() < 1e-6);
    }

    #[test]
    fn one_firefly_in_a_thousand_pixels_is_trimmed() {
        let mut pictures = vec![vec![1.0_f32; 3000]; 4];
        pictures[2][1500] = 1e4;
        let noise = noise(&pictures).expect("they fit");
        assert!(noise.rel_mse > 1e-4);
        assert!(noise.trimmed_rel_mse.abs() < 1e-12);
    }
}
