//! Previews: how a request is fitted into what a preview may cost, and what a frame is.

use clovers::render::{RenderOptions, SamplerKind};
use serde::{Deserialize, Serialize};

/// What one preview may cost; published at `GET /limits`. Larger requests are fitted, and the answer says so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PreviewLimits {
    pub max_width: u32,
    pub max_height: u32,
    pub max_samples: u32,
    pub max_depth: u32,
}

impl Default for PreviewLimits {
    fn default() -> Self {
        Self {
            max_width: 1920,
            max_height: 1080,
            max_samples: 256,
            max_depth: 16,
        }
    }
}

impl PreviewLimits {
    /// The same picture, of the same aspect, at a preview's cost.
    pub fn fit(&self, options: &RenderOptions) -> RenderOptions {
        let (width, height) = (f64::from(options.width), f64::from(options.height));
        let scale = (f64::from(self.max_width) / width)
            .min(f64::from(self.max_height) / height)
            .min(1.0);
        let fitted = |length: f64| ((length * scale).round() as u32).max(1);
        let samples = options.samples.min(self.max_samples);
        RenderOptions {
            width: fitted(width),
            height: fitted(height),
            samples: match options.sampler {
                SamplerKind::Independent => samples,
                // A power of two stays one, whatever the limit.
                SamplerKind::Blue => 1 << samples.max(1).ilog2(),
            },
            max_depth: options.max_depth.min(self.max_depth),
            ..*options
        }
    }
}

/// What travels to the preview worker: the body as sent, and the meshes it means.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PreviewRequest {
    pub revision: u32,
    pub body: String,
    /// Mesh path to the SHA-256 of the content, in hexadecimal.
    pub asset_pins: std::collections::BTreeMap<String, String>,
}

/// A picture of a session as far as it has refined.
#[derive(Clone, Debug)]
pub struct PreviewFrame {
    pub revision: u32,
    pub pass: u32,
    pub samples: u32,
    pub width: u32,
    pub height: u32,
    pub last: bool,
    pub png: Vec<u8>,
}

/// The newest a session has to show.
#[derive(Clone, Debug)]
pub enum PreviewState {
    /// No frame of the newest revision yet; an older one may be there.
    Waiting,
    Frame(PreviewFrame),
    /// The worker could not render the revision.
    Failed {
        revision: u32,
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use clovers::render::Mode;

    use super::*;

    fn fit(width: u32, height: u32) -> (u32, u32) {
        let options = RenderOptions {
            width,
            height,
            samples: 1,
            max_depth: 1,
            mode: Mode::PathTracing,
            sampler: SamplerKind::default(),
            adaptive: None,
            seed: 0,
        };
        let fitted = PreviewLimits::default().fit(&options);
        (fitted.width, fitted.height)
    }

    #[test]
    fn a_preview_keeps_the_aspect() {
        assert_eq!(fit(3840, 2160), (1920, 1080));
        assert_eq!(fit(1024, 1024), (1024, 1024));
        assert_eq!(fit(4096, 4096), (1080, 1080));
        assert_eq!(fit(16_384, 1), (1920, 1));
    }

    #[test]
    fn a_blue_preview_has_a_power_of_two_samples_whatever_the_limit() {
        let fit = |samples, max_samples, sampler| {
            let limits = PreviewLimits {
                max_samples,
                ..PreviewLimits::default()
            };
            let options = RenderOptions {
                samples,
                sampler,
                ..RenderOptions::default()
            };
            limits.fit(&options).samples
        };
        assert_eq!(fit(256, 100, SamplerKind::Blue), 64);
        assert_eq!(fit(256, 256, SamplerKind::Blue), 256);
        assert_eq!(fit(16, 100, SamplerKind::Blue), 16);
        assert_eq!(fit(1, 1, SamplerKind::Blue), 1);
        assert_eq!(fit(256, 100, SamplerKind::Independent), 100);
    }
}
