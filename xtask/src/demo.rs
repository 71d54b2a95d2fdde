//! d
use anyhow::Result;
/// d
pub fn run() -> Result<()> {
    Ok(())
}
