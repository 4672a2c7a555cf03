//! stub
use crate::UpSettings;
use std::process::ExitCode;
pub(crate) async fn up(_settings: &UpSettings) -> anyhow::Result<ExitCode> {
    anyhow::bail!("up is not built yet")
}
