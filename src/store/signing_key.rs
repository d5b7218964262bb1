//! The key that signs session cookies, and its file.

use std::{
    fmt,
    fs::File,
    io::{self, ErrorKind},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use super::data_dir::{DataDirError, write_private};

/// The file's name in the data directory.
const FILE: &str = "session.key";

/// The key that signs session cookies. It cannot print itself.
#[derive(Clone)]
pub struct SigningKey([u8; Self::BYTES]);

impl SigningKey {
    /// Bytes of a key: what the `cookie` crate asks of a master key.
    pub const BYTES: usize = 64;

    /// The secret bytes, for the one who signs.
    pub fn expose(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Reads the key in `folder`, or makes one if there is none. The caller holds the folder's lock.
    ///
    /// # Errors
    ///
    /// If the file may be read by others, has a wrong length, or cannot be read or written.
    pub(super) fn open(folder: &Path) -> Result<Self, DataDirError> {
        let file = folder.join(FILE);
        match File::open(&file) {
            Ok(opened) => Self::read(opened, folder),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::create(folder),
            Err(source) => Err(DataDirError::Key {
                folder: folder.into(),
                source,
            }),
        }
    }

    fn read(mut file: File, folder: &Path) -> Result<Self, DataDirError> {
        let unreadable = |source| DataDirError::Key {
            folder: folder.into(),
            source,
        };
        let metadata = file.metadata().map_err(unreadable)?;
        let mode = metadata.permissions().mode() & 0o777;
        // Tightening it in silence would hide that somebody may have copied the key already.
        if mode & 0o077 != 0 {
            return Err(DataDirError::KeyOpenToOthers {
                folder: folder.into(),
                mode,
            });
        }
        if metadata.len() != Self::BYTES as u64 {
            return Err(DataDirError::KeyLength {
                folder: folder.into(),
                found: metadata.len(),
            });
        }
        let mut bytes = [0; Self::BYTES];
        io::Read::read_exact(&mut file, &mut bytes).map_err(unreadable)?;
        Ok(Self(bytes))
    }

    fn create(folder: &Path) -> Result<Self, DataDirError> {
        let mut bytes = [0; Self::BYTES];
        getrandom::fill(&mut bytes).map_err(|error| DataDirError::Random(error.to_string()))?;
        write_private(folder, FILE, &bytes).map_err(|source| DataDirError::NotWritable {
            folder: folder.into(),
            source,
        })?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(secret)")
    }
}
