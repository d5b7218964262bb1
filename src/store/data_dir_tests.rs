use std::{fs::Permissions, os::unix::fs::PermissionsExt};

use tempfile::{TempDir, tempdir};

use super::*;

/// A folder that is not there yet, in one that vanishes with the test.
fn missing() -> (TempDir, PathBuf) {
    let parent = tempdir().unwrap();
    let folder = parent.path().join("new/data");
    (parent, folder)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn missing_folder_is_made_for_this_user_only() {
    let (_parent, folder) = missing();
    let data = DataDir::open(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("session.key")), 0o600);
    assert_eq!(data.database(), folder.join("tertulia.sqlite3"));
}

#[test]
fn key_outlives_a_restart() {
    let (_parent, folder) = missing();
    let before = *DataDir::open(&folder).unwrap().signing_key().expose();
    let after = *DataDir::open(&folder).unwrap().signing_key().expose();
    assert_eq!(before, after);
    assert_ne!(before, [0; SigningKey::BYTES]);
}

#[test]
fn two_folders_have_two_keys() {
    let ((_one, here), (_two, there)) = (missing(), missing());
    let (here, there) = (DataDir::open(here).unwrap(), DataDir::open(there).unwrap());
    assert_ne!(here.signing_key().expose(), there.signing_key().expose());
}

#[test]
fn folder_of_a_running_server_is_refused() {
    let (_parent, folder) = missing();
    let _first = DataDir::open(&folder).unwrap();
    let error = DataDir::open(&folder).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("--data-dir {folder:?}: another tertulia is using it; stop that one, or choose another folder")
    );
}

#[test]
fn key_that_others_may_read_is_refused() {
    let (_parent, folder) = missing();
    drop(DataDir::open(&folder).unwrap());
    fs::set_permissions(folder.join("session.key"), Permissions::from_mode(0o640)).unwrap();
    let error = DataDir::open(&folder).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "--data-dir {folder:?}: session.key may be read by other users (mode 640); \
             set mode 600, or delete it, which signs everybody out"
        )
    );
}

#[test]
fn cut_key_is_refused() {
    let (_parent, folder) = missing();
    drop(DataDir::open(&folder).unwrap());
    OpenOptions::new()
        .write(true)
        .open(folder.join("session.key"))
        .unwrap()
        .set_len(12)
        .unwrap();
    let error = DataDir::open(&folder).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("session.key has 12 bytes instead of 64; restore it"),
        "{error}"
    );
}

#[test]
fn key_that_a_crash_left_half_written_is_made_anew() {
    let (_parent, folder) = missing();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("session.key.new"), b"half").unwrap();
    DataDir::open(&folder).unwrap();
    assert_eq!(mode(&folder.join("session.key")), 0o600);
    assert!(!folder.join("session.key.new").exists());
}

#[test]
fn file_in_the_place_of_the_folder_is_refused() {
    let parent = tempdir().unwrap();
    let folder = parent.path().join("file");
    fs::write(&folder, b"").unwrap();
    assert!(matches!(DataDir::open(&folder), Err(DataDirError::NotWritable { .. })));
    assert!(matches!(
        DataDir::open(folder.join("below")),
        Err(DataDirError::NotWritable { .. })
    ));
}

#[test]
fn folder_of_somebody_else_is_refused() {
    let parent = tempdir().unwrap();
    fs::set_permissions(parent.path(), Permissions::from_mode(0o500)).unwrap();
    if fs::write(parent.path().join("root"), b"").is_ok() {
        return; // The superuser may write anywhere, so there is nothing to see.
    }
    let folder = parent.path();
    let error = DataDir::open(folder).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "--data-dir {folder:?}: cannot be written (permission denied); choose a folder that this user may write"
        )
    );
}

#[test]
fn key_does_not_print_itself() {
    let (_parent, folder) = missing();
    let data = DataDir::open(folder).unwrap();
    assert_eq!(format!("{:?}", data.signing_key()), "SigningKey(secret)");
    assert!(format!("{data:?}").contains("SigningKey(secret)"));
}
