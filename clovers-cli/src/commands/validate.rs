//! `clovers-cli validate`.

use std::process::ExitCode;

use anyhow::Result;
use clovers::Scene;

use crate::{
    args::ValidateArgs,
    scene_file::{FileMeshes, Loaded, load, print_problems},
};

pub(crate) fn run(args: &ValidateArgs) -> Result<ExitCode> {
    let (parsed, meshes) = match load(&args.input)? {
        Loaded::Scene(parsed) => (parsed, FileMeshes::beside(&args.input)),
        Loaded::Refused(problems) => {
            print_problems("error", &problems);
            return Ok(ExitCode::FAILURE);
        }
    };
    print_problems("warning", &parsed.warnings);
    match Scene::build(&parsed.file, &meshes) {
        Ok(scene) => {
            eprintln!(
                "{} is sound: {} shapes, {} of them lights, {} warnings",
                args.input.display(),
                scene.shape_count(),
                scene.light_count(),
                parsed.warnings.len(),
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            print_problems("error", &problems);
            Ok(ExitCode::FAILURE)
        }
    }
}
