use base64::Engine;
use glam::{Vec2, Vec3, Vec4};
use serde_json::{Value, json};

use super::*;
use crate::mesh::{TextureRef, UvTransform, Vertex, Wrap};

/// A file in the making: its JSON, and the bytes of its only buffer.
struct File {
    json: Value,
    bin: Vec<u8>,
}

impl File {
    fn new() -> Self {
        Self {
            json: json!({
                "asset": { "version": "2.0" },
                "scenes": [{ "nodes": [0] }],
                "nodes": [{ "mesh": 0 }],
                "meshes": [{ "primitives": [{ "attributes": {} }] }],
                "accessors": [],
                "bufferViews": [],
            }),
            bin: Vec::new(),
        }
    }

    /// A unit square in the plane z = 0 that faces +z, with normals, texture coordinates (v is 0
    /// at the top) and 16-bit indices.
    fn square() -> Self {
        let mut file = Self::new();
        file.floats(
            "POSITION",
            &[
                [0.0, 0.0, 0.0],
                [1.0, 0.0, 0.0],
                [1.0, 1.0, 0.0],
                [0.0, 1.0, 0.0],
            ],
        );
        file.floats("NORMAL", &[[0.0, 0.0, 1.0]; 4]);
        file.floats(
            "TEXCOORD_0",
            &[[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]],
        );
        file.indices(5123, &[0, 1, 2, 0, 2, 3]);
        file
    }

    fn primitive(&mut self) -> &mut Value {
        &mut self.json["meshes"][0]["primitives"][0]
    }

    fn view(&mut self, bytes: &[u8]) -> usize {
        self.bin.resize(self.bin.len().next_multiple_of(4), 0);
        push(
            &mut self.json["bufferViews"],
            json!({ "buffer": 0, "byteOffset": self.bin.len(), "byteLength": bytes.len() }),
        );
        self.bin.extend(bytes);
        self.json["bufferViews"].as_array().unwrap().len() - 1
    }

    fn accessor(&mut self, component: u32, kind: &str, count: usize, bytes: &[u8]) -> usize {
        let view = self.view(bytes);
        push(
            &mut self.json["accessors"],
            json!({ "bufferView": view, "componentType": component, "type": kind, "count": count }),
        )
    }

    fn floats<const N: usize>(&mut self, name: &str, values: &[[f32; N]]) -> usize {
        let bytes: Vec<u8> = values
            .iter()
            .flatten()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let kind = ["", "SCALAR", "VEC2", "VEC3", "VEC4"][N];
        let index = self.accessor(5126, kind, values.len(), &bytes);
        self.primitive()["attributes"][name] = json!(index);
        index
    }

    fn indices(&mut self, component: u32, indices: &[u32]) {
        let size = match component {
            5121 => 1,
            5123 => 2,
            _ => 4,
        };
        let bytes: Vec<u8> = indices
            .iter()
            .flat_map(|i| i.to_le_bytes()[..size].to_vec())
            .collect();
        let index = self.accessor(component, "SCALAR", indices.len(), &bytes);
        self.primitive()["indices"] = json!(index);
    }

    /// A material with an image of two by one texels, red and blue, as its normal map and its
    /// base colour.
    fn textured(mut self) -> Self {
        let view = self.view(&png(
            png::ColorType::Rgb,
            png::BitDepth::Eight,
            &[255, 0, 0, 0, 0, 255],
        ));
        self.json["images"] = json!([{ "bufferView": view, "mimeType": "image/png" }]);
        self.json["samplers"] = json!([{ "wrapS": 33071, "wrapT": 33648 }]);
        self.json["textures"] = json!([{ "source": 0, "sampler": 0 }, { "source": 0 }]);
        self.json["materials"] = json!([{
            "pbrMetallicRoughness": {
                "baseColorFactor": [0.5, 0.25, 2, 1],
                "baseColorTexture": {
                    "index": 0,
                    "texCoord": 1,
                    "extensions": { "KHR_texture_transform": { "texCoord": 0, "offset": [0.5, 0], "rotation": 1 } }
                },
                "metallicFactor": 0.75
            },
            "normalTexture": { "index": 1, "scale": 0.5 },
            "emissiveFactor": [1, 0.5, 0],
            "extensions": { "KHR_materials_emissive_strength": { "emissiveStrength": 4 } },
            "doubleSided": true
        }]);
        self.primitive()["material"] = json!(0);
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.json);
        self
    }

    fn glb(&self) -> Vec<u8> {
        let mut json = self.json.clone();
        if json["buffers"].is_null() {
            json["buffers"] = json!([{ "byteLength": self.bin.len() }]);
        }
        let mut text = json.to_string().into_bytes();
        text.resize(text.len().next_multiple_of(4), b' ');
        let mut bin = self.bin.clone();
        bin.resize(bin.len().next_multiple_of(4), 0);
        let mut bytes = b"glTF".to_vec();
        for number in [2, 12 + 8 + text.len() + 8 + bin.len(), text.len()] {
            bytes.extend((number as u32).to_le_bytes());
        }
        bytes.extend(b"JSON");
        bytes.extend(text);
        bytes.extend((bin.len() as u32).to_le_bytes());
        bytes.extend(b"BIN\0");
        bytes.extend(bin);
        bytes
    }

    fn gltf(&self) -> Vec<u8> {
        let text = base64::prelude::BASE64_STANDARD.encode(&self.bin);
        let mut json = self.json.clone();
        json["buffers"] = json!([{
            "byteLength": self.bin.len(),
            "uri": format!("data:application/octet-stream;base64,{text}"),
        }]);
        json.to_string().into_bytes()
    }

    fn parse(&self) -> Mesh {
        parse(&self.glb()).unwrap()
    }
}

fn push(list: &mut Value, value: Value) -> usize {
    let list = list.as_array_mut().unwrap();
    list.push(value);
    list.len() - 1
}

fn png(color: png::ColorType, depth: png::BitDepth, texels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let width = texels.len() * 8 / color.samples() / depth as usize;
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, 1);
    encoder.set_color(color);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(texels).unwrap();
    writer.finish().unwrap();
    bytes
}

/// A grey JPEG of eight by eight texels.
fn jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .encode(&[100; 64], 8, 8, image::ExtendedColorType::L8)
        .unwrap();
    bytes
}

fn vertex(mesh: &Mesh, triangle: usize, corner: usize) -> Vertex {
    let appearance = mesh.appearance().unwrap();
    appearance.vertices[appearance.corners[triangle][corner] as usize]
}

fn face_normal([a, b, c]: [Vec3; 3]) -> Vec3 {
    (b - a).cross(c - a).normalize()
}

fn check(bytes: &[u8], expected: Result<usize, &str>) {
    match (parse(bytes), expected) {
        (Ok(mesh), Ok(count)) => assert_eq!(mesh.triangle_count(), count),
        (Err(error), Err(part)) => {
            assert!(error.to_string().contains(part), "{error}");
        }
        (got, expected) => panic!("{got:?} is not {expected:?}"),
    }
}

#[test]
fn both_kinds_of_file_and_all_indices_give_the_same_mesh() {
    let file = File::square();
    let mesh = file.parse();
    let at = |x, y| Vec3::new(x, y, 0.0);
    assert_eq!(
        mesh.triangles(),
        [
            [at(0.0, 0.0), at(1.0, 0.0), at(1.0, 1.0)],
            [at(0.0, 0.0), at(1.0, 1.0), at(0.0, 1.0)]
        ]
    );
    assert_eq!(mesh.appearance().unwrap().vertices.len(), 4);
    assert_eq!(vertex(&mesh, 1, 2).uv, [Vec2::ZERO; 2]);
    assert_eq!(vertex(&mesh, 0, 1).uv, [Vec2::ONE, Vec2::ZERO]);
    assert_eq!(parse(&file.gltf()), Ok(mesh.clone()));
    let marked = [b"\xef\xbb\xbf", file.gltf().as_slice()].concat();
    assert_eq!(parse(&marked), Ok(mesh.clone()));
    for component in [5121, 5125] {
        let mut file = File::square();
        file.indices(component, &[0, 1, 2, 0, 2, 3]);
        assert_eq!(file.parse(), mesh);
    }
    for (mode, indices) in [(5, [0, 1, 3, 2]), (6, [0, 1, 2, 3])] {
        let mut file = File::square();
        file.indices(5121, &indices);
        file.primitive()["mode"] = json!(mode);
        let other = file.parse();
        assert_eq!(other.bounds(), mesh.bounds());
        assert_eq!(other.triangle_count(), 2);
        for &triangle in other.triangles() {
            assert_eq!(face_normal(triangle), Vec3::Z);
        }
    }
}

#[test]
fn nodes_move_turn_and_scale() {
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let file = File::square().with(|json| {
        json["nodes"] = json!([
            { "translation": [10, 0, 0], "children": [1] },
            // A quarter turn about z: x goes to y.
            { "rotation": [0, 0, 2.0 * half, 2.0 * half], "scale": [2, 3, 1], "mesh": 0 },
        ]);
    });
    let mesh = file.parse();
    let corner = mesh.triangles()[0][2];
    assert!(
        corner.distance(Vec3::new(10.0 - 3.0, 2.0, 0.0)) < 1e-5,
        "{corner}"
    );
    let matrix = File::square().with(|json| {
        json["nodes"][0]["matrix"] = json!([0, 2, 0, 0, -3, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0, 1]);
    });
    for (a, b) in mesh.triangles().iter().zip(matrix.parse().triangles()) {
        for (a, b) in a.iter().zip(b) {
            assert!(a.distance(*b) < 1e-5);
        }
    }
    // Normals stay perpendicular where the scale is not uniform.
    let mut sheared = File::square();
    sheared.floats("NORMAL", &[[1.0, 1.0, 0.0]; 4]);
    sheared.json["nodes"][0]["scale"] = json!([2, 1, 1]);
    let normal = vertex(&sheared.parse(), 0, 0).normal;
    assert!(normal.distance(Vec3::new(1.0, 2.0, 0.0).normalize()) < 1e-6);
}

#[test]
fn all_scenes_are_drawn_and_nothing_else() {
    let two = json!([{ "mesh": 0 }, { "mesh": 0 }, { "mesh": 0 }]);
    let nodes = |json: &mut Value, scenes: Value| {
        json["nodes"] = two.clone();
        json["scenes"] = scenes;
    };
    for (scenes, triangles) in [
        (json!([{ "nodes": [0] }, { "nodes": [1, 0] }]), 4),
        (json!([{ "nodes": [0, 0] }]), 2),
        (json!([]), 6),
        (Value::Null, 6),
    ] {
        check(
            &File::square().with(|json| nodes(json, scenes)).glb(),
            Ok(triangles),
        );
    }
}

#[test]
fn a_mirrored_front_stays_the_front() {
    let mut file = File::square().textured();
    file.floats("TANGENT", &[[1.0, 0.0, 0.0, 1.0]; 4]);
    let straight = file.parse();
    assert_eq!(
        vertex(&straight, 0, 0).tangent,
        Vec4::new(1.0, 0.0, 0.0, 1.0)
    );
    file.json["nodes"][0]["scale"] = json!([-1, 1, 1]);
    let given = file.parse();
    file.primitive()["attributes"]
        .as_object_mut()
        .unwrap()
        .shift_remove("TANGENT");
    let computed = file.parse();
    for mesh in [given, computed] {
        for triangle in 0..2 {
            assert_eq!(face_normal(mesh.triangles()[triangle]), Vec3::Z);
            for corner in 0..3 {
                let vertex = vertex(&mesh, triangle, corner);
                assert_eq!(vertex.normal, Vec3::Z);
                // The bitangent still points up.
                assert_eq!(vertex.tangent, Vec4::new(-1.0, 0.0, 0.0, -1.0));
            }
        }
    }
}

#[test]
fn tangents_follow_the_texture_coordinates() {
    let file = File::square().textured();
    let mesh = file.parse();
    assert_eq!(mesh.appearance().unwrap().vertices.len(), 6);
    for corner in 0..3 {
        assert_eq!(
            vertex(&mesh, 1, corner).tangent,
            Vec4::new(1.0, 0.0, 0.0, 1.0)
        );
    }
    // The image on its side: u grows upwards, v grows to the right.
    let mut turned = File::square().textured();
    turned.floats(
        "TEXCOORD_0",
        &[[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]],
    );
    let tangent = vertex(&turned.parse(), 0, 0).tangent;
    assert_eq!(tangent, Vec4::new(0.0, 1.0, 0.0, 1.0));
    // The same by a transform of the coordinates of the other file, which are another set.
    let mut moved = File::square();
    moved.floats(
        "TEXCOORD_1",
        &[[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]],
    );
    let quarter = std::f64::consts::FRAC_PI_2;
    let moved = moved.textured().with(|json| {
        json["meshes"][0]["primitives"][0]["attributes"]
            .as_object_mut()
            .unwrap()
            .shift_remove("TEXCOORD_0");
        json["materials"][0]["normalTexture"]["extensions"] =
            json!({ "KHR_texture_transform": { "texCoord": 1, "rotation": -quarter } });
    });
    let tangent = vertex(&moved.parse(), 0, 0).tangent;
    assert!(
        tangent.distance(Vec4::new(0.0, 1.0, 0.0, 1.0)) < 1e-6,
        "{tangent}"
    );
    // A tangent along the normal would be nothing but rounding errors beside it.
    let mut along = File::square();
    along.floats("NORMAL", &[[1.0, 1.0, 0.0]; 4]);
    along.floats("TANGENT", &[[-3.0, -3.0, 0.0, 1.0]; 4]);
    let along = vertex(&along.parse(), 0, 0);
    assert!(along.tangent.truncate().dot(along.normal).abs() < 1e-6);
    // No texture coordinates at all: any tangent will do.
    let bare = File::square().textured().with(|json| {
        let attributes = json["meshes"][0]["primitives"][0]["attributes"].as_object_mut();
        attributes.unwrap().shift_remove("TEXCOORD_0");
    });
    let vertex = vertex(&bare.parse(), 0, 0);
    assert!(vertex.tangent.truncate().is_normalized());
    assert_eq!(vertex.tangent.truncate().dot(vertex.normal), 0.0);
}

#[test]
fn missing_normals_are_flat() {
    let mut file = File::square();
    let attributes = file.primitive()["attributes"].as_object_mut().unwrap();
    attributes.shift_remove("NORMAL");
    attributes.shift_remove("TEXCOORD_0");
    let mesh = file.parse();
    assert_eq!(vertex(&mesh, 1, 1).normal, Vec3::Z);
    assert_eq!(mesh.appearance().unwrap().vertices.len(), 2);
    // Normals without a direction are as none.
    let mut file = File::square();
    file.floats("NORMAL", &[[0.0; 3]; 4]);
    assert_eq!(vertex(&file.parse(), 0, 0).normal, Vec3::Z);
}

#[test]
fn materials_and_images_are_read() {
    let mesh = File::square().textured().parse();
    let appearance = mesh.appearance().unwrap();
    assert_eq!(appearance.material_of, [0, 0]);
    let [material] = appearance.materials.as_slice() else {
        panic!("{appearance:?}");
    };
    assert_eq!(material.base_color, [0.5, 0.25, 1.0]);
    assert_eq!((material.metallic, material.roughness), (0.75, 1.0));
    assert_eq!(material.emissive, [4.0, 2.0, 0.0]);
    assert!(material.double_sided);
    let transform = UvTransform {
        offset: Vec2::new(0.5, 0.0),
        scale: Vec2::ONE,
        rotation: 1.0,
    };
    assert_eq!(
        material.base_color_texture,
        Some(TextureRef {
            image: 0,
            uv_set: 0,
            wrap: [Wrap::Clamp, Wrap::Mirror],
            transform: Some(transform),
        })
    );
    let normal = material.normal_texture.unwrap();
    assert_eq!(
        (normal.scale, normal.texture.wrap),
        (0.5, [Wrap::Repeat; 2])
    );
    let [image] = appearance.images.as_slice() else {
        panic!("{appearance:?}");
    };
    assert_eq!((image.width, image.height), (2, 1));
    assert_eq!(image.texels, [[255, 0, 0, 255], [0, 0, 255, 255]]);
    assert_eq!(
        mesh.memory_bytes(),
        parse(&File::square().textured().gltf())
            .unwrap()
            .memory_bytes()
    );
    assert!(mesh.memory_bytes() > 400 && mesh.memory_bytes() < 2000);

    // None: white, and as the specification has it.
    let mesh = File::square().parse();
    let material = &mesh.appearance().unwrap().materials[0];
    assert_eq!((material.base_color, material.metallic), ([1.0; 3], 1.0));
    assert_eq!(
        (material.emissive, material.double_sided),
        ([0.0; 3], false)
    );
    assert_eq!(material.textures().count(), 0);
}

#[test]
fn images_of_all_kinds_are_decoded() {
    use png::{BitDepth, ColorType};
    let decoded = |bytes: &[u8]| {
        let mut file = File::square().textured();
        let view = file.view(bytes);
        file.json["images"][0]["bufferView"] = json!(view);
        let embedded = base64::prelude::BASE64_STANDARD.encode(bytes);
        let mesh = file.parse();
        file.json["images"][0] = json!({ "uri": format!("data:;base64,{embedded}") });
        assert_eq!(file.parse(), mesh);
        mesh.appearance().unwrap().images[0].texels.clone()
    };
    let eight = BitDepth::Eight;
    for (bytes, texel) in [
        (png(ColorType::Grayscale, eight, &[9]), [9, 9, 9, 255]),
        (png(ColorType::GrayscaleAlpha, eight, &[9, 8]), [9, 9, 9, 8]),
        (png(ColorType::Rgba, eight, &[9, 8, 7, 6]), [9, 8, 7, 6]),
        (
            png(ColorType::Grayscale, BitDepth::Sixteen, &[255, 255]),
            [255; 4],
        ),
        (
            png(ColorType::Rgb, BitDepth::Sixteen, &[1, 1, 2, 2, 3, 4]),
            [1, 2, 3, 255],
        ),
    ] {
        assert_eq!(decoded(&bytes), [texel]);
    }
    assert_eq!(decoded(&jpeg()), [[100, 100, 100, 255]; 64]);
}

#[test]
fn sparse_interleaved_and_small_numbers_are_read() {
    let mut file = File::square();
    // The positions lie between other bytes.
    let mut bytes = Vec::new();
    for [x, y] in [[0, 0], [127, 0], [127, 127], [0, 127_u8]] {
        bytes.extend([x, y, 0, 99]);
    }
    let positions = file.accessor(5120, "VEC3", 4, &bytes[..15]);
    file.json["bufferViews"][positions]["byteStride"] = json!(4);
    file.json["accessors"][positions]["normalized"] = json!(true);
    file.primitive()["attributes"]["POSITION"] = json!(positions);
    file.json["extensionsRequired"] = json!(["KHR_mesh_quantization"]);
    assert_eq!(file.parse(), File::square().parse());

    // All zero, but for the last three.
    let places = file.view(&[1, 2, 3]);
    let floats = [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0_f32]];
    let floats: Vec<u8> = floats
        .iter()
        .flatten()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let values = file.view(&floats);
    let sparse = push(
        &mut file.json["accessors"],
        json!({
            "componentType": 5126, "type": "VEC3", "count": 4,
            "sparse": {
                "count": 3,
                "indices": { "bufferView": places, "componentType": 5121 },
                "values": { "bufferView": values },
            }
        }),
    );
    file.primitive()["attributes"]["POSITION"] = json!(sparse);
    assert_eq!(file.parse(), File::square().parse());
    for (part, to) in [(places, [1, 1, 2]), (places, [1, 2, 4])] {
        let at = file.json["bufferViews"][part]["byteOffset"]
            .as_u64()
            .unwrap() as usize;
        file.bin[at..at + 3].copy_from_slice(&to);
        check(&file.glb(), Err("sparse indices do not grow"));
    }
}

#[test]
fn hostile_files_are_refused_with_a_reason() {
    fn refused(change: impl FnOnce(&mut Value), part: &str) {
        let file = File::square().textured().with(change);
        check(&file.glb(), Err(part));
    }
    check(b"", Err("the JSON of the file"));
    check(b"{}", Err("missing field `asset`"));
    check(b"glTF", Err("ends in its header"));
    check(b"glTF\x01\0\0\0\0\0\0\0", Err("has version 1, not 2"));
    check(b"glTF\x02\0\0\0\0\0\0\0", Err("has no JSON"));
    check(
        b"glTF\x02\0\0\0\0\0\0\0\xff\xff\xff\xffJSON",
        Err("4294967295 bytes, but 0 are left"),
    );
    refused(
        |json| json["asset"]["version"] = json!("1.0"),
        "glTF version 1.0",
    );
    refused(
        |json| json["extensionsRequired"] = json!(["KHR_draco_mesh_compression"]),
        "requires the extension `KHR_draco_mesh_compression`, which is not supported: save it",
    );
    refused(
        |json| json["extensionsRequired"] = json!(["a"]),
        "requires the extension `a`",
    );
    refused(
        |json| json["nodes"] = json!({}),
        "the list `nodes` of the file: invalid type",
    );
    refused(
        |json| json["nodes"][0]["mesh"] = json!(9),
        "there is no mesh 9",
    );
    refused(
        |json| json["nodes"][0]["children"] = json!([9]),
        "there is no node 9",
    );
    refused(
        |json| json["scenes"][0]["nodes"] = json!([9]),
        "there is no node 9",
    );
    refused(
        |json| json["scenes"][0]["nodes"] = json!([]),
        "draws no triangles",
    );
    refused(
        |json| json["nodes"][0]["children"] = json!([0]),
        "that is the child of another",
    );
    refused(
        |json| {
            json["nodes"] = json!([{ "children": [1] }, { "children": [2] }, { "children": [1] }]);
        },
        "node 1 is the child of two nodes",
    );
    refused(
        |json| json["nodes"][0]["scale"] = json!([1e300, 1, 1]),
        "not finite",
    );
    refused(
        |json| json["materials"][0]["normalTexture"]["texCoord"] = json!(2),
        "TEXCOORD_2",
    );
    refused(
        |json| json["materials"][0]["normalTexture"]["index"] = json!(2),
        "no texture 2",
    );
    refused(
        |json| json["materials"][0]["normalTexture"]["scale"] = json!(1e39),
        "too large",
    );
    refused(
        |json| json["materials"][0]["emissiveFactor"] = json!([1e38, 0, 0]),
        "too large",
    );
    refused(
        |json| json["textures"][0] = json!({}),
        "texture 0 has no PNG or JPEG image",
    );
    refused(
        |json| json["textures"][0]["sampler"] = json!(1),
        "no sampler 1",
    );
    refused(
        |json| json["samplers"][0]["wrapS"] = json!(1),
        "1 is not a known way",
    );
    refused(|json| json["images"][0] = json!({}), "image 0 has no bytes");
    refused(
        |json| json["images"][0]["bufferView"] = json!(0),
        "neither PNG nor JPEG",
    );
    refused(|json| json["images"] = json!([]), "there is no image 0");
    refused(
        |json| json["images"][0]["uri"] = json!("a.png"),
        "image 0 is in another file, `a.png`: embed everything in one file",
    );
    refused(
        |json| json["images"][0]["uri"] = json!("data:,a"),
        "not base64",
    );
    refused(
        |json| json["images"][0]["uri"] = json!("data:;base64,a"),
        "not base64",
    );
    refused(
        |json| json["buffers"] = json!([{ "uri": "a.bin", "byteLength": 1 }]),
        "buffer 0 is in another file",
    );
    refused(
        |json| json["buffers"] = json!([{ "byteLength": 9999 }]),
        "declares 9999 bytes",
    );
    refused(
        |json| json["buffers"] = json!([{ "byteLength": 0 }, { "byteLength": 0 }]),
        "buffer 1 has no bytes",
    );

    let primitive = |json: &mut Value, key: &str, value: Value| {
        json["meshes"][0]["primitives"][0][key] = value;
    };
    refused(
        |json| primitive(json, "mode", json!(7)),
        "7 is not a known mode",
    );
    refused(
        |json| primitive(json, "mode", json!(1)),
        "draws no triangles",
    );
    refused(
        |json| primitive(json, "material", json!(1)),
        "there is no material 1",
    );
    refused(
        |json| primitive(json, "indices", json!(0)),
        "the indices cannot be of type Vec3",
    );
    refused(
        |json| primitive(json, "attributes", json!({ "POSITION": 2 })),
        "cannot be of type Vec2",
    );
    refused(
        |json| primitive(json, "attributes", json!({})),
        "draws no triangles",
    );
    refused(
        |json| json["accessors"][0]["count"] = json!(3),
        "no vertex 3",
    );
    refused(
        |json| json["accessors"][0]["count"] = json!(5),
        "beyond the 48 bytes",
    );
    refused(
        |json| json["accessors"][0]["count"] = json!(u64::MAX),
        "beyond the 48 bytes",
    );
    refused(
        |json| json["accessors"][0]["byteOffset"] = json!(u64::MAX),
        "beyond the 48 bytes",
    );
    refused(
        |json| json["accessors"][1]["count"] = json!(3),
        "3 values of NORMAL for 4 vertices",
    );
    refused(
        |json| json["accessors"][0]["componentType"] = json!(1),
        "not a known type",
    );
    refused(
        |json| json["accessors"][0]["componentType"] = json!(5125),
        "integers of 32 bits",
    );
    refused(
        |json| json["accessors"][3]["componentType"] = json!(5122),
        "unsigned",
    );
    refused(
        |json| json["bufferViews"][0]["byteLength"] = json!(u64::MAX),
        "reaches beyond",
    );
    refused(
        |json| json["bufferViews"][0]["byteOffset"] = json!(u64::MAX),
        "reaches beyond",
    );
    refused(
        |json| json["bufferViews"][0]["buffer"] = json!(1),
        "there is no buffer 1",
    );
}

#[test]
fn what_is_larger_than_its_bytes_is_refused() {
    // A mesh of zeros without bytes, and one that comes again and again.
    let file = File::square().with(|json| {
        json["accessors"][0] = json!({ "componentType": 5126, "type": "VEC3", "count": 9_000_000 });
        json["meshes"][0]["primitives"] = json!([{ "attributes": { "POSITION": 0 } }]);
    });
    check(
        &file.glb(),
        Err("3000000 triangles, counting each repetition, need more memory"),
    );
    let mut file = File::square();
    let corners: Vec<u32> = (0..90_000).map(|corner| corner % 3).collect();
    file.indices(5121, &corners);
    let often: Vec<Value> = (0..1000).map(|_| json!({ "mesh": 0 })).collect();
    file.json["nodes"] = json!(often);
    file.json["scenes"] = json!([]);
    check(&file.glb(), Err("draws more than 20000000 triangles"));
    file.json["nodes"] = json!(often[..100]);
    check(
        &file.glb(),
        Err("3000000 triangles, counting each repetition, need more memory"),
    );
    file.json["nodes"] = json!(often[..10]);
    check(&file.glb(), Ok(300_000));
    // Things of two bytes that take many more.
    let many = vec![json!({}); 2_000_000];
    let file = File::square().with(|json| json["materials"] = json!(many));
    check(&file.glb(), Err("2000000 `materials` need more memory"));

    // Images larger than their files.
    let mut file = File::square().textured();
    let small = png(
        png::ColorType::Grayscale,
        png::BitDepth::Eight,
        &vec![0; 16_000],
    );
    let view = file.view(&small);
    file.json["images"] = json!(vec![json!({ "bufferView": view }); 2000]);
    file.json["textures"] = (0..2000).map(|image| json!({ "source": image })).collect();
    file.json["materials"] = (0..2000)
        .map(|texture| json!({ "emissiveTexture": { "index": texture } }))
        .collect();
    let primitive = file.primitive().clone();
    file.json["meshes"][0]["primitives"] = (0..2000)
        .map(|material| {
            let mut primitive = primitive.clone();
            primitive["material"] = json!(material);
            primitive
        })
        .collect();
    check(&file.glb(), Err("16000 x 1 texels of image"));
    let wide = png(
        png::ColorType::Grayscale,
        png::BitDepth::Eight,
        &[0; 16_385],
    );
    let mut file = File::square().textured();
    let view = file.view(&wide);
    file.json["images"][0]["bufferView"] = json!(view);
    check(&file.glb(), Err("image 0: "));
    let mut jpeg = jpeg();
    let frame = jpeg
        .windows(2)
        .position(|marker| marker == [0xff, 0xc0])
        .unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x20, 0, 0x20, 0]);
    let view = file.view(&jpeg);
    file.json["images"][0]["bufferView"] = json!(view);
    check(&file.glb(), Err("bytes cannot hold 8192 x 8192 texels"));
}

#[test]
fn no_cut_or_flipped_byte_makes_it_panic() {
    let mut file = File::square().textured();
    let view = file.view(&jpeg());
    file.json["images"] = json!([{ "bufferView": view }]);
    for bytes in [
        File::square().textured().glb(),
        file.glb(),
        File::square().gltf(),
    ] {
        for end in 0..bytes.len() {
            let _ = parse(&bytes[..end]);
            let mut flipped = bytes.clone();
            flipped[end] ^= 0xa5;
            let _ = parse(&flipped);
            flipped[end] ^= 0xa4;
            let _ = parse(&flipped);
        }
    }
}
