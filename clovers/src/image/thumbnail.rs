//! Small versions of pictures.

use super::Picture;

/// A version whose longer side has `longest_side` pixels, by the mean over the area of each, in
/// linear light. Smaller pictures stay as they are.
///
/// # Panics
/// When `longest_side` is 0.
#[must_use]
pub fn thumbnail(picture: &Picture, longest_side: u32) -> Picture {
    assert!(longest_side > 0, "a thumbnail has at least one pixel");
    let longest = picture.width.max(picture.height);
    if longest <= longest_side {
        return picture.clone();
    }
    let shrink = |side: u32| {
        let exact = f64::from(side) * f64::from(longest_side) / f64::from(longest);
        (exact.round() as u32).max(1)
    };
    let (width, height) = (shrink(picture.width), shrink(picture.height));
    let columns = shares(picture.width, width);
    let rows = shares(picture.height, height);

    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for row in &rows {
        for column in &columns {
            let mut mean = [0.0; 3];
            for (y, share_y) in row {
                let line = &picture.pixels[y * picture.width as usize..];
                for (x, share_x) in column {
                    for (sum, value) in mean.iter_mut().zip(line[*x]) {
                        // What a screen cannot show must not outshine its neighbours.
                        *sum += share_x * share_y * f64::from(value.clamp(0.0, 1.0));
                    }
                }
            }
            pixels.push(mean.map(|value| value as f32));
        }
    }
    Picture {
        width,
        height,
        pixels,
    }
}

/// For each new pixel the old ones it covers, with their shares.
fn shares(old: u32, new: u32) -> Vec<Vec<(usize, f64)>> {
    let step = f64::from(old) / f64::from(new);
    (0..new)
        .map(|i| {
            let (start, end) = (f64::from(i) * step, f64::from(i + 1) * step);
            (start as u32..old)
                .take_while(|&j| f64::from(j) < end)
                .map(|j| {
                    let covered = end.min(f64::from(j + 1)) - start.max(f64::from(j));
                    (j as usize, covered / step)
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_keeps_the_mean() {
        let picture = Picture {
            width: 7,
            height: 5,
            pixels: (0..35).map(|i| [i as f32 / 35.0; 3]).collect(),
        };
        let small = thumbnail(&picture, 3);
        assert_eq!((small.width, small.height), (3, 2));
        let mean = |p: &Picture| p.pixels.iter().map(|v| v[0]).sum::<f32>() / p.pixels.len() as f32;
        assert!((mean(&picture) - mean(&small)).abs() < 1e-6);
        assert_eq!(thumbnail(&picture, 7), picture);
    }
}
