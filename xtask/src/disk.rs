//! What is kept only so that a second run is quicker does not stay on a disk that is nearly full.

use crate::run;
use std::path::Path;

/// What must be free for all to stay, in bytes: a whole run of the tests leaves about half of it.
const ROOM: u64 = 20 << 30;

/// Whether the disk with the target folder is nearly full.
pub fn is_short() -> bool {
    fs4::available_space(run::target_dir()).is_ok_and(|free| free < ROOM)
}

/// Removes a folder that is made anew when it is missing, if the disk is nearly full.
pub fn spare(folder: &Path) {
    if is_short() {
        // What stays costs room, and nothing else.
        let _ = std::fs::remove_dir_all(folder);
    }
}
