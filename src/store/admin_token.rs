//! The token that opens the operator's view, and its file. An operator may write another into it.

use std::{
    fmt,
    fs::File,
    io::{ErrorKind, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::data_dir::{DataDirError, write_private};

/// The file's name in the data directory.
const FILE: &str = "admin-token";
/// Letters and digits that nobody takes for one another; 32 of them, 5 bits each.
const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// 130 bits.
const LENGTH: usize = 26;
/// Bytes of a token that an operator chose.
const SHORTEST: usize = 16;
const LONGEST: usize = 200;

/// What opens the operator's view. It cannot print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken {
    text: String,
    file: PathBuf,
}

impl AdminToken {
    /// The secret text, for the one who compares.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Where it is kept, for the log.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Reads the token in `folder`, or makes one if there is none. The caller holds the folder's lock.
    ///
    /// # Errors
    ///
    /// If the file may be read by others, holds no token, or cannot be read or written.
    pub(super) fn open(folder: &Path) -> Result<Self, DataDirError> {
        let file = folder.join(FILE);
        let text = match File::open(&file) {
            Ok(opened) => read(opened, folder)?,
            Err(error) if error.kind() == ErrorKind::NotFound => create(folder)?,
            Err(source) => return Err(unreadable(folder, source)),
        };
        Ok(Self { text, file })
    }
}

fn read(file: File, folder: &Path) -> Result<String, DataDirError> {
    let metadata = file.metadata().map_err(|source| unreadable(folder, source))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(DataDirError::TokenOpenToOthers {
            folder: folder.into(),
            mode,
        });
    }
    let mut text = String::new();
    // A text that is no UTF-8 is an error of reading.
    file.take(2 * LONGEST as u64)
        .read_to_string(&mut text)
        .map_err(|source| unreadable(folder, source))?;
    let token = text.trim();
    let is_visible = token.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_visible || !(SHORTEST..=LONGEST).contains(&token.len()) {
        return Err(DataDirError::TokenForm { folder: folder.into() });
    }
    Ok(token.to_owned())
}

fn create(folder: &Path) -> Result<String, DataDirError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| DataDirError::Random(error.to_string()))?;
    // 256 is a multiple of 32, so no sign is likelier than another.
    let text: String = bytes
        .iter()
        .map(|byte| char::from(SIGNS[usize::from(*byte) % SIGNS.len()]))
        .collect();
    write_private(folder, FILE, format!("{text}\n").as_bytes()).map_err(|source| DataDirError::NotWritable {
        folder: folder.into(),
        source,
    })?;
    Ok(text)
}

fn unreadable(folder: &Path, source: std::io::Error) -> DataDirError {
    DataDirError::Token {
        folder: folder.into(),
        source,
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(secret)")
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use tempfile::tempdir;

    use super::*;

    fn write(folder: &Path, text: &str, mode: u32) {
        let file = folder.join(FILE);
        fs::write(&file, text).unwrap();
        fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_token_is_made_once_for_this_user_only_and_hard_to_guess() {
        let folder = tempdir().unwrap();
        let token = AdminToken::open(folder.path()).unwrap();
        let mode = fs::metadata(token.file()).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode, token.expose().len()), (0o600, LENGTH));
        assert!(token.expose().bytes().all(|sign| SIGNS.contains(&sign)));
        assert_eq!(AdminToken::open(folder.path()).unwrap(), token);
        let other = tempdir().unwrap();
        assert_ne!(AdminToken::open(other.path()).unwrap().expose(), token.expose());
        assert!(!format!("{token:?}").contains(token.expose()));
    }

    #[test]
    fn an_operator_may_choose_another() {
        let folder = tempdir().unwrap();
        write(folder.path(), "  correct-horse-battery\n", 0o600);
        assert_eq!(
            AdminToken::open(folder.path()).unwrap().expose(),
            "correct-horse-battery"
        );
    }

    #[test]
    fn what_is_no_token_says_what_to_do() {
        let folder = tempdir().unwrap();
        let told = || AdminToken::open(folder.path()).unwrap_err().to_string();
        write(folder.path(), "short", 0o600);
        assert!(
            told().contains("admin-token holds no token; write 16 to 200"),
            "{}",
            told()
        );
        write(folder.path(), "two words are not one token", 0o600);
        assert!(told().contains("admin-token holds no token"), "{}", told());
        write(folder.path(), "correct-horse-battery", 0o644);
        assert!(told().contains("may be read by other users (mode 644)"), "{}", told());
    }
}
