//! The folder that holds what must outlive a restart. One server owns it at a time.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{admin_token::AdminToken, signing_key::SigningKey};

/// An open data directory: locked for this process for as long as the value lives.
#[derive(Debug)]
pub struct DataDir {
    folder: PathBuf,
    signing_key: SigningKey,
    /// The kernel gives the lock up when the file is closed, so a crash leaves no stale lock behind.
    _lock: File,
}

impl DataDir {
    /// Opens `folder` (created with mode 0700 if missing), locks it, and reads or makes the signing key in it.
    ///
    /// # Errors
    ///
    /// See [`DataDirError`]; each is one line that says what to do.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, DataDirError> {
        let folder = folder.into();
        let not_writable = |source| DataDirError::NotWritable {
            folder: folder.clone(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(not_writable)?;
        let lock = private_file(&folder.join("lock")).map_err(not_writable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataDirError::Locked { folder }),
            Err(TryLockError::Error(source)) => return Err(not_writable(source)),
        }
        probe(&folder).map_err(not_writable)?;
        let signing_key = SigningKey::open(&folder)?;
        Ok(Self {
            folder,
            signing_key,
            _lock: lock,
        })
    }

    /// The key that signs session cookies.
    pub fn signing_key(&self) -> &SigningKey {
        &self.signing_key
    }

    /// What opens the operator's view, made anew if there is none.
    ///
    /// # Errors
    ///
    /// If the file may be read by others, holds no token, or cannot be read or written.
    pub fn admin_token(&self) -> Result<AdminToken, DataDirError> {
        AdminToken::open(&self.folder)
    }

    /// Where the embedded database lives; SQLite keeps `-wal` and `-shm` beside it.
    pub fn database(&self) -> PathBuf {
        self.folder.join("tertulia.sqlite3")
    }
}

/// Opens `path` for writing, made with mode 0600 if missing.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// Writes a file that only this user may read, so that a crash leaves either none or a whole one: half a key would sign
/// everybody out.
pub(super) fn write_private(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!("{name}.new"));
    // Left over by a crash, perhaps with other permissions: `mode` below only counts for a file that it creates.
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    // The new name is safe only once the folder is on disk too.
    File::open(folder)?.sync_all()
}

/// Fails if no new file can be made and filled: a lock file from better days proves nothing, and SQLite would
/// notice only at the first log-in.
fn probe(folder: &Path) -> io::Result<()> {
    let path = folder.join("probe");
    fs::write(&path, b"may be deleted")?;
    fs::remove_file(&path)
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// It cannot be made, or no file can be made in it.
    #[error("--data-dir {folder:?}: cannot be written ({}); choose a folder that this user may write", source.kind())]
    NotWritable {
        /// The data directory.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another server has it.
    #[error("--data-dir {folder:?}: another tertulia is using it; stop that one, or choose another folder")]
    Locked {
        /// The data directory.
        folder: PathBuf,
    },
    /// The key is there but cannot be read.
    #[error("--data-dir {folder:?}: session.key cannot be read ({}); see that this user owns it", source.kind())]
    Key {
        /// The data directory.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others could read the key, and sign cookies with it.
    #[error(
        "--data-dir {folder:?}: session.key may be read by other users (mode {mode:03o}); \
         set mode 600, or delete it, which signs everybody out"
    )]
    KeyOpenToOthers {
        /// The data directory.
        folder: PathBuf,
        /// Permissions of the key's file.
        mode: u32,
    },
    /// The key was cut, or is no key of ours.
    #[error(
        "--data-dir {folder:?}: session.key has {found} bytes instead of 64; \
         restore it, or delete it, which signs everybody out"
    )]
    KeyLength {
        /// The data directory.
        folder: PathBuf,
        /// Bytes of the key's file.
        found: u64,
    },
    /// The token of the operator's view is there but cannot be read.
    #[error("--data-dir {folder:?}: admin-token cannot be read ({}); see that this user owns it", source.kind())]
    Token {
        /// The data directory.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others could read the token, and sign in with it.
    #[error(
        "--data-dir {folder:?}: admin-token may be read by other users (mode {mode:03o}); \
         set mode 600, or delete it, and a new one is made"
    )]
    TokenOpenToOthers {
        /// The data directory.
        folder: PathBuf,
        /// Permissions of the token's file.
        mode: u32,
    },
    /// What is in the file is no token.
    #[error(
        "--data-dir {folder:?}: admin-token holds no token; \
         write 16 to 200 visible ASCII characters into it, or delete it, and a new one is made"
    )]
    TokenForm {
        /// The data directory.
        folder: PathBuf,
    },
    /// The operating system gave no random numbers.
    #[error("the system gives no random numbers for a secret ({0}); see that getrandom is allowed")]
    Random(String),
}

#[cfg(test)]
#[path = "data_dir_tests.rs"]
mod tests;
