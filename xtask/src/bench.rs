//! d
use anyhow::Result;
/// d
pub fn run(_rounds: usize) -> Result<()> {
    Ok(())
}
