//! The real integrator against the plain one: every example must have the same mean.
//!
//! The plain integrator's pictures are rendered once, with many samples, by `./just references`
//! and kept in `tests/references/`, as means and standard errors over 16 x 16 blocks of 4 x 4
//! pixels. The real one is rendered in independent batches and compared block by block by Welch's
//! t-test, and over all blocks together, with the level of significance divided among all tests.
//!
//! Caustics and far lamps are rare events to the plain integrator, and some of them to the real
//! one too, whose few samples then miss them and look more certain than they are. Where the plain
//! one is left with an error, the real one is taken to be no more certain than the plain one would
//! be with as few samples.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use glam::Vec2;
use rayon::prelude::*;
use serde_json::{Value, json};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::plain;
use crate::{
    Control, Film, Mesh, MeshFormat, MeshSource, Region, RenderOptions, Scene, SceneFile, render,
    sampling::random::Random,
    scene::{NoMeshes, parse_json},
};

/// Blocks along each side of a picture.
const BLOCKS: usize = 16;
/// Pixels along each side of a block.
const PIXELS: usize = 4;
const SIDE: u32 = (BLOCKS * PIXELS) as u32;

/// Batches of the real integrator, and samples per pixel of each.
const BATCHES: usize = 16;
const SAMPLES: u32 = 16;

/// How often a right renderer may fail, over all examples together.
const SIGNIFICANCE: f64 = 1e-4;

/// Mean and squared standard error.
#[derive(Clone, Copy, Debug, Default)]
struct Estimate {
    mean: f64,
    variance: f64,
    batches: usize,
    /// Samples per pixel in all.
    samples: usize,
}

impl Estimate {
    /// From the means of batches of so many samples.
    fn of(values: impl Iterator<Item = f64> + Clone, samples: u32) -> Self {
        let batches = values.clone().count();
        let n = batches as f64;
        let mean = values.clone().sum::<f64>() / n;
        let spread: f64 = values.map(|value| (value - mean).powi(2)).sum();
        Self {
            mean,
            variance: spread / (n * (n - 1.0)),
            batches,
            samples: batches * samples as usize,
        }
    }

    /// No more certain than the plain integrator would be with as few samples, where that has an
    /// error.
    fn as_uncertain_as(self, plain: &Self) -> Self {
        let variance = plain.variance * plain.samples as f64 / self.samples as f64;
        if !plain.is_hard() || self.variance >= variance {
            return self;
        }
        Self {
            variance,
            batches: plain.batches,
            ..self
        }
    }

    /// Whether the plain integrator is left with an error, although it has so many samples.
    fn is_hard(&self) -> bool {
        self.variance.sqrt() > 0.004 * self.mean
    }

    /// The difference in standard errors, and how many degrees of freedom those have.
    fn t(&self, other: &Self) -> (f64, f64) {
        // What is rarer than a part in a thousand the plain integrator may have missed.
        let resolution = (1e-3 * self.mean).powi(2) + 1e-18;
        let variance = self.variance + other.variance + resolution;
        let share = |e: &Self| (e.variance + 0.5 * resolution).powi(2) / (e.batches - 1) as f64;
        let freedom = variance.powi(2) / (share(self) + share(other));
        ((self.mean - other.mean) / variance.sqrt(), freedom)
    }
}

/// Probability that a number of Student's distribution is as far from 0.
fn p_value((t, freedom): (f64, f64)) -> f64 {
    let student = StudentsT::new(0.0, 1.0, freedom).expect("freedom is positive");
    2.0 * student.cdf(-t.abs())
}

/// A picture as estimates of its blocks, and of the whole, in red, green and blue.
struct Blocks {
    blocks: Vec<[Estimate; 3]>,
    whole: [Estimate; 3],
}

impl Blocks {
    /// From the pixels of independent batches.
    fn of(batches: &[Vec<[f64; 3]>], samples: u32) -> Self {
        let block_means: Vec<Vec<[f64; 3]>> = batches.iter().map(|b| means(b)).collect();
        let channels = [0, 1, 2];
        Self {
            blocks: (0..BLOCKS * BLOCKS)
                .map(|block| {
                    channels.map(|c| {
                        Estimate::of(block_means.iter().map(|means| means[block][c]), samples)
                    })
                })
                .collect(),
            whole: channels.map(|c| {
                let mean = |means: &Vec<[f64; 3]>| {
                    means.iter().map(|mean| mean[c]).sum::<f64>() / means.len() as f64
                };
                Estimate::of(block_means.iter().map(mean), samples)
            }),
        }
    }

    /// The least p-value of all comparisons with the plain integrator, times their number: block
    /// by block, of the whole, and of all blocks together that are not hard.
    fn corrected_p_value(&self, plain: &Self) -> f64 {
        let mut least = 1.0_f64;
        for channel in 0..3 {
            let (mut sum, mut spread) = (0.0, 0.0);
            let ours = self.blocks.iter().chain([&self.whole]);
            for (a, b) in ours.zip(plain.blocks.iter().chain([&plain.whole])) {
                let (a, b) = (a[channel], b[channel]);
                let (t, freedom) = a.as_uncertain_as(&b).t(&b);
                least = least.min(p_value((t, freedom)));
                if !b.is_hard() {
                    sum += t;
                    spread += freedom / (freedom - 2.0).max(1.0);
                }
            }
            least = least.min(p_value((sum / f64::max(spread, 1.0).sqrt(), 1e6)));
        }
        least * 3.0 * (self.blocks.len() + 2) as f64
    }
}

/// Means of the blocks of one picture.
fn means(pixels: &[[f64; 3]]) -> Vec<[f64; 3]> {
    let mut means = vec![[0.0; 3]; BLOCKS * BLOCKS];
    for (index, pixel) in pixels.iter().enumerate() {
        let (x, y) = (index % SIDE as usize, index / SIDE as usize);
        let block = &mut means[y / PIXELS * BLOCKS + x / PIXELS];
        for (sum, value) in block.iter_mut().zip(pixel) {
            *sum += value / (PIXELS * PIXELS) as f64;
        }
    }
    means
}

fn real(scene: &Scene, max_depth: u32) -> Blocks {
    let batches: Vec<_> = (0..BATCHES)
        .map(|batch| {
            let options = RenderOptions {
                width: SIDE,
                height: SIDE,
                samples: SAMPLES,
                max_depth,
                seed: 1000 + batch as u64,
                ..RenderOptions::default()
            };
            let mut film = Film::new(Region::whole(&options));
            let control = Control {
                cancel: &AtomicBool::new(false),
                progress: &|_| {},
            };
            render(scene, &options, 0..SAMPLES, &mut film, &control).expect("nobody cancels");
            let pixels = film.picture().pixels.into_iter();
            pixels.map(|pixel| pixel.map(f64::from)).collect()
        })
        .collect();
    Blocks::of(&batches, SAMPLES)
}

/// `samples` in each of `batches`.
fn plainly(scene: &Scene, max_depth: u32, batches: usize, samples: u32) -> Blocks {
    let batches: Vec<Vec<[f64; 3]>> = (0..batches)
        .into_par_iter()
        .map(|batch| {
            let pixels = (0..SIDE * SIDE).map(|index| {
                let seed = (batch as u64) << 32 | u64::from(index);
                let mut random = Random(seed.wrapping_mul(0xd134_2543_de82_ef95));
                let mut sum = [0.0; 3];
                for _ in 0..samples {
                    let pixel = (index % SIDE, index / SIDE);
                    let size = Vec2::splat(SIDE as f32);
                    let color = plain::sample(scene, pixel, size, max_depth, &mut random);
                    for (sum, value) in sum.iter_mut().zip(color) {
                        *sum += value / f64::from(samples);
                    }
                }
                sum
            });
            pixels.collect()
        })
        .collect();
    Blocks::of(&batches, samples)
}

/// An example, with all that decides about its picture.
struct Example {
    name: String,
    file: Value,
    max_depth: u32,
}

fn scenes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenes")
}

fn read_json(name: &str) -> Value {
    let text = fs::read(scenes().join(name)).expect("the file is there");
    parse_json(&text).expect("it is JSON")
}

fn examples() -> Vec<Example> {
    let list = read_json("examples.json");
    let entries = list.as_array().expect("a list").iter();
    let example = |entry: &Value| {
        let name = entry["name"].as_str().expect("a name").to_owned();
        Example {
            file: read_json(&format!("{name}.json")),
            max_depth: entry["opts"]["max_depth"].as_u64().expect("a depth") as u32,
            name,
        }
    };
    entries.map(example).collect()
}

impl Example {
    fn build(&self) -> Scene {
        struct Files;
        impl MeshSource for Files {
            fn mesh(&self, path: &str, format: MeshFormat) -> Result<Arc<Mesh>, String> {
                let bytes = fs::read(scenes().join(path)).map_err(|e| e.to_string())?;
                let mesh = Mesh::parse(format, &bytes).map_err(|e| e.to_string())?;
                Ok(Arc::new(mesh))
            }
        }
        let parsed = SceneFile::parse(&self.file).expect("the example is right");
        Scene::build(&parsed.file, &Files).expect("the example can be built")
    }

    fn reference_path(&self) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/references");
        folder.join(format!("{}.csv", self.name))
    }

    /// Names the scene and its meshes, so that no reference outlives them (FNV-1a).
    fn fingerprint(&self) -> u64 {
        let mut bytes = self.file.to_string().into_bytes();
        let parsed = SceneFile::parse(&self.file).expect("the example is right");
        for mesh in parsed.file.meshes() {
            bytes.extend(fs::read(scenes().join(mesh.path)).expect("the mesh is there"));
        }
        bytes.extend(self.max_depth.to_le_bytes());
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }

    fn write_reference(&self, reference: &Blocks) {
        let mut text = format!(
            "# {}: {:016x}, {} samples per pixel in {} batches\n",
            self.name,
            self.fingerprint(),
            reference.whole[0].samples,
            reference.whole[0].batches
        );
        text += "# per block, the whole last: means of red, green, blue; their standard errors\n";
        for block in reference.blocks.iter().chain([&reference.whole]) {
            let [r, g, b] = block;
            for estimate in [r, g, b] {
                write!(text, "{:.6e},", estimate.mean).expect("a string takes all");
            }
            let errors = block.map(|estimate| format!("{:.2e}", estimate.variance.sqrt()));
            text += &errors.join(",");
            text += "\n";
        }
        fs::write(self.reference_path(), text).expect("the folder is there");
    }

    fn read_reference(&self) -> Blocks {
        const AGAIN: &str = "run `./just references` and commit what it writes";
        let path = self.reference_path();
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|_| panic!("{} is missing: {AGAIN}", path.display()));
        let fingerprint = format!("{:016x}", self.fingerprint());
        assert!(
            text.contains(&fingerprint),
            "{} changed: {AGAIN}",
            self.name
        );
        let first_line = text.lines().next().unwrap_or_default();
        let words: Vec<&str> = first_line.split_ascii_whitespace().collect();
        let number = |place: usize| words[place].parse().expect("a number");
        let (samples, batches) = (number(3), number(8));
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        let mut blocks: Vec<[Estimate; 3]> = rows
            .map(|row| {
                let numbers: Vec<f64> = row
                    .split(',')
                    .map(|number| number.parse().expect("a number"))
                    .collect();
                std::array::from_fn(|channel| Estimate {
                    mean: numbers[channel],
                    variance: numbers[channel + 3].powi(2),
                    batches,
                    samples,
                })
            })
            .collect();
        let whole = blocks.pop().expect("the whole comes last");
        assert_eq!(blocks.len(), BLOCKS * BLOCKS);
        Blocks { blocks, whole }
    }
}

#[test]
fn every_example_has_the_mean_of_the_plain_integrator() {
    let examples = examples();
    let count = examples.len() as f64;
    let mut report = String::new();
    let mut failed = false;
    for example in examples {
        let reference = example.read_reference();
        let p = real(&example.build(), example.max_depth).corrected_p_value(&reference) * count;
        failed |= p < SIGNIFICANCE;
        writeln!(report, "{}: p {:.2e}", example.name, p.min(1.0)).expect("a string takes all");
    }
    eprintln!("{report}");
    assert!(!failed, "{report}");
}

#[test]
fn one_percent_in_one_material_is_seen() {
    let mut example = examples()
        .into_iter()
        .find(|example| example.name == "shell")
        .expect("the shell is an example");
    let reference = example.read_reference();
    let sand = example.file["materials"]
        .as_array_mut()
        .expect("it names its materials")
        .iter_mut()
        .find(|material| material["name"] == "sand")
        .expect("it lies on sand");
    let color = sand["albedo"]["color"].take();
    let dimmed = color.as_array().expect("an sRGB colour").iter().map(|c| {
        let linear = crate::spectrum::srgb::decode(c.as_f64().expect("a number"));
        0.99 * linear
    });
    sand["albedo"]["color"] = json!({ "lin_srgb": dimmed.collect::<Vec<f64>>() });
    let p = real(&example.build(), example.max_depth).corrected_p_value(&reference);
    assert!(p < SIGNIFICANCE, "p {p}");
}

/// Everything at once: all materials, lamps of every shape, inside out, under transforms, in fog.
fn crowd() -> Scene {
    let solid = |rgb: [f64; 3]| json!({ "kind": "SolidColor", "color": rgb });
    let lamp = |rgb| json!({ "kind": "DiffuseLight", "emit": solid(rgb) });
    let quad = |q: [i32; 3], u: [i32; 3], v: [i32; 3], material: Value| json!({ "kind": "Quad", "q": q, "u": u, "v": v, "material": material });
    let diffuse = |rgb| json!({ "kind": "Lambertian", "albedo": solid(rgb) });
    let file = json!({
        "time_0": 0, "time_1": 1, "white_level": 1, "background_color": [0.3, 0.4, 0.5],
        "camera": {
            "look_from": [0, 3, 11], "look_at": [0, 2, 0], "up": [0, 1, 0],
            "vertical_fov": 40, "aperture": 0.1, "focus_distance": 11
        },
        "objects": [
            quad([-4, 0, -4], [0, 0, 8], [8, 0, 0], diffuse([0.8, 0.8, 0.7])),
            quad([-4, 0, -4], [8, 0, 0], [0, 5, 0], json!({ "kind": "Metal", "albedo": solid([0.9, 0.8, 0.7]), "fuzz": 0.4 })),
            quad([-4, 0, 4], [0, 0, -8], [0, 5, 0], diffuse([0.8, 0.3, 0.2])),
            { "kind": "Translate", "offset": [4, 0, 0], "object": { "kind": "RotateY", "angle": 90,
                "object": quad([-4, 0, 0], [8, 0, 0], [0, 5, 0], json!({ "kind": "Metal", "albedo": solid([0.5, 0.8, 0.7]), "fuzz": 1 })) } },
            quad([-2, 5, -2], [4, 0, 0], [0, 0, 4], json!({ "kind": "DiffuseLight", "emit":
                { "kind": "SpatialChecker", "even": [1.5, 1.2, 0.9], "odd": [0.3, 0.3, 0.9] } })),
            { "kind": "Sphere", "center": [-2.5, 1, 1], "radius": 0.7, "material": lamp([1.0, 1.3, 0.8]) },
            { "kind": "Triangle", "q": [1, 0.5, 3], "u": [2, 0, 0], "v": [0, 1.5, -1], "material": lamp([1.2, 0.6, 0.6]) },
            { "kind": "RotateY", "angle": 20, "object":
                { "kind": "Boxy", "corner_0": [2, 0, -2], "corner_1": [3, 1, -1], "material": lamp([0.7, 0.7, 1.1]) } },
            { "kind": "Sphere", "center": [0, 1, 0], "radius": 1, "material": { "kind": "Dielectric" } },
            { "kind": "Sphere", "center": [-1, 3, -1], "radius": 0.8, "material": { "kind": "Dispersive" } },
            { "kind": "Sphere", "center": [1.5, 3, -2], "radius": 0.8, "material": { "kind": "Metal", "albedo": solid([1.0, 0.9, 0.6]), "fuzz": 0.1 } },
            { "kind": "MovingSphere", "center_0": [-3, 2.5, 0], "center_1": [-2, 3, 1], "radius": 0.5,
              "material": { "kind": "Metal", "fuzz": 0.5, "thin_film": {} } },
            { "kind": "MovingSphere", "center_0": [2, 2.5, 2], "center_1": [2.5, 2, 2], "radius": 0.3,
              "material": lamp([1.0, 0.9, 0.5]) },
            { "kind": "Quad", "q": [-1, 0.3, 3], "u": [1, 0, 0], "v": [0, 1, 0],
              "material": { "kind": "Isotropic", "albedo": solid([0.9, 0.7, 0.9]) } },
            { "kind": "Sphere", "center": [-3.3, 4.2, 2], "radius": 0.3,
              "material": { "kind": "ConeLight", "spread": 50, "emit": { "kind": "IlluminantFL2", "intensity": 0.1 } } },
            quad([3, 4, 1], [1, 0, 0], [0, 0, 1], json!({ "kind": "ConeLight", "spread": 30, "emit": solid([2.0, 2.0, 1.5]) })),
            { "kind": "ConstantMedium", "density": 0.03, "boundary":
                { "kind": "Boxy", "corner_0": [-4, 0, -4], "corner_1": [4, 5, 12] } },
            { "kind": "ConstantMedium", "density": 0.5, "texture": solid([0.4, 0.9, 0.8]), "boundary":
                { "kind": "ObjectList", "objects": [
                    { "kind": "Sphere", "center": [0, 1, 0], "radius": 1 },
                    { "kind": "Sphere", "center": [0.8, 1, 0.4], "radius": 0.7 } ] } },
            { "kind": "Sphere", "comment": "a lamp around all", "center": [0, 0, 0], "radius": -60, "material": lamp([0.2, 0.25, 0.3]) }
        ]
    });
    let parsed = SceneFile::parse(&file).expect("the scene is right");
    Scene::build(&parsed.file, &NoMeshes).expect("it can be built")
}

#[test]
fn a_crowd_of_everything_has_the_mean_of_the_plain_integrator() {
    const DEPTH: u32 = 12;
    let scene = crowd();
    let plain = plainly(&scene, DEPTH, 32, 32);
    let p = real(&scene, DEPTH).corrected_p_value(&plain);
    assert!(p > SIGNIFICANCE, "p {p}");
    // The test is worth something: it would see a bias of 1 %.
    for whole in plain.whole {
        assert!(whole.variance.sqrt() < 0.0025 * whole.mean, "{whole:?}");
    }
}

#[test]
#[ignore = "not a test: `./just references` runs it to write tests/references"]
fn render_the_references() {
    const BATCHES: usize = 256;
    const SAMPLES: u32 = 32;
    fs::create_dir_all(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/references"))
        .expect("the folder can be made");
    for example in examples() {
        let current = fs::read_to_string(example.reference_path()).unwrap_or_default();
        let fingerprint = format!("{:016x}", example.fingerprint());
        if current.contains(&fingerprint) {
            continue;
        }
        let reference = plainly(&example.build(), example.max_depth, BATCHES, SAMPLES);
        let errors = reference.blocks.iter().flatten();
        let mean = reference.whole.iter().map(|e| e.mean).sum::<f64>() / 3.0;
        let worst = errors.map(|e| e.variance.sqrt()).fold(0.0, f64::max) / mean;
        let whole = reference.whole.map(|e| e.variance.sqrt() / e.mean);
        eprintln!(
            "{}: worst block error {:.2} %, of the whole {whole:.2?}",
            example.name,
            100.0 * worst
        );
        example.write_reference(&reference);
    }
}
