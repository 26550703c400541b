//! What the tests that run models share.
#![allow(dead_code, clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use models::{Engine, EngineConfig, EngineError, Matrix, Model, ModelSearch, Planes};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whether ONNX Runtime is there; prints why a test is skipped where it is not.
pub fn runtime_or_skip() -> bool {
    match models::runtime::init() {
        Ok(_) => true,
        Err(e) => {
            println!("skipped: {e}");
            false
        }
    }
}

/// A folder or file of `../shared`, beside the workspace.
pub fn shared_or_skip(tail: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(tail);
    if !path.exists() {
        println!("skipped: ../shared/{tail} is not here");
        return None;
    }
    Some(path)
}

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("{name}.onnx"))).unwrap()
}

/// A 64x64 model folder for these weights, with the hash they really have.
pub struct Folder {
    pub dir: tempfile::TempDir,
}

impl Folder {
    pub fn new(weights: &[u8], output: &str) -> Folder {
        Folder::with(weights, output, |manifest| manifest)
    }

    pub fn with(weights: &[u8], output: &str, edit: impl Fn(String) -> String) -> Folder {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("m");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("m.onnx"), weights).unwrap();
        let text = format!(
            r#"name = "fixture"
version = "1"
file = "m.onnx"
sha256 = "{}"
licence = "Apache-2.0"
provenance = "make_fixtures.py"
classes = ["person", "car", "truck"]
[labels]
person = "person"
car = "car"
truck = "truck"
[input]
width = 64
height = 64
resize = "stretch"
scale = 0.00392156862745098
[output]
{output}
"#,
            hex::encode(Sha256::digest(weights))
        );
        std::fs::write(folder.join("model.toml"), edit(text)).unwrap();
        Folder { dir }
    }

    pub fn search(&self) -> ModelSearch {
        ModelSearch { manifests: vec![self.dir.path().to_owned()], weights: vec![] }
    }

    pub fn model(&self) -> Arc<Model> {
        Arc::new(Model::open("m", &self.search()).unwrap())
    }

    pub fn start(&self, config: EngineConfig) -> Result<Engine, EngineError> {
        Engine::start(self.model(), config)
    }
}

/// A full-range picture that owns its planes.
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub y: Vec<u8>,
    pub u: Vec<u8>,
    pub v: Vec<u8>,
}

impl Picture {
    pub fn grey(width: usize, height: usize, level: u8) -> Picture {
        let chroma = vec![128; width.div_ceil(2) * height.div_ceil(2)];
        Picture { width, height, y: vec![level; width * height], u: chroma.clone(), v: chroma }
    }

    pub fn planes(&self) -> Planes<'_> {
        Planes {
            width: self.width,
            height: self.height,
            y: &self.y,
            u: &self.u,
            v: &self.v,
            y_stride: self.width,
            uv_stride: self.width.div_ceil(2),
            full_range: true,
            matrix: Matrix::Bt601,
        }
    }
}
