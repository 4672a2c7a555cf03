#![no_main]

use clovers::MeshFormat;

libfuzzer_sys::fuzz_target!(|input: &[u8]| clovers_fuzz::mesh(MeshFormat::Ply, input));
