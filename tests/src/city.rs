//! A CITY.toml in a folder of its own.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The text of a CITY.toml as it grows.
pub struct City {
    folder: PathBuf,
    text: String,
}

impl City {
    /// A city with its log and evidence below `folder`, and a console on any free port. Its detector is
    /// `yolox-nano`, for which the real footage's figures are known.
    pub fn new(folder: &Path) -> City {
        let at = folder.display();
        // The console's table comes first of all tables, so that what is added later stays in the tables it is in.
        let text = format!(
            "city = \"test\"\nlog = \"embedded:{at}/log\"\nstore = \"{at}/evidence\"\nlisten = \"127.0.0.1:0\"\nmodel = \"yolox-nano\"\n\
             \n[console]\nstore = \"sqlite:{at}/console.db\"\n"
        );
        City { folder: folder.to_owned(), text }
    }

    /// A camera of a URL or path, with further lines such as `sample = "2s"`.
    pub fn camera(mut self, id: &str, url: impl std::fmt::Display, lines: &str) -> City {
        write!(self.text, "\n[[camera]]\nid = \"{id}\"\nurl = \"{url}\"\n{lines}\n").expect("a string");
        self
    }

    /// A zone of the last camera.
    pub fn zone(mut self, id: &str, rule: &str, polygon: &str, lines: &str) -> City {
        let head = format!("[[camera.zone]]\nid = \"{id}\"\nrule = \"{rule}\"\npolygon = {polygon}");
        write!(self.text, "{head}\n{lines}\n").expect("a string");
        self
    }

    /// A table of the whole city, such as `[limits]`; after all cameras.
    pub fn table(mut self, lines: &str) -> City {
        write!(self.text, "\n{lines}\n").expect("a string");
        self
    }

    /// The text with one part replaced, which must be there.
    pub fn replace(mut self, from: &str, to: &str) -> City {
        assert!(self.text.contains(from), "no {from} in:\n{}", self.text);
        self.text = self.text.replace(from, to);
        self
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The log's address.
    pub fn log(&self) -> String {
        format!("embedded:{}/log", self.folder.display())
    }

    /// Writes it; returns the file's path.
    pub fn write(&self) -> String {
        let file = self.folder.join("CITY.toml");
        std::fs::write(&file, &self.text).expect("a file");
        file.to_str().expect("UTF-8").to_owned()
    }
}
