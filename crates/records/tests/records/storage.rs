//! Standardised storages made for a test.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A storage on disk.
pub(crate) struct Storage(TempDir);

impl Storage {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts a file at a path below the storage's folder.
    pub(crate) fn put(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Puts a message where its name belongs.
    pub(crate) fn message(&self, name: &str, text: &str) {
        self.put(folder_of(name).join(name), text);
    }

    /// Puts laboratory results of patient 1234567: the OBX lines as given.
    pub(crate) fn results(&self, obx: &[&str]) {
        let name = "1234567_20200110_OML-11_1_20200111120000000_01_1";
        let text =
            format!("{}SPM|1|||023^x^JC10|||||||||||||20200110\r{}\r", head("OUL^R22", "1234567"), obx.join("\r"));
        self.message(name, &text);
    }
}

pub(crate) fn folder_of(name: &str) -> PathBuf {
    let parts: Vec<&str> = name.split('_').collect();
    [&parts[0][..3], &parts[0][3..6], parts[0], parts[1], parts[2]].iter().collect()
}

/// MSH and PID of a message of 11 January 2020.
pub(crate) fn head(event: &str, patient: &str) -> String {
    format!(
        "MSH|^~\\&|HIS||GW||20200111120000||{event}|M1|P|2.5||||||~ISO IR87||ISO2022-1994\r\
         PID|0001||{patient}^^^^PI||||19500102|M\r"
    )
}
