//! `stoa instance …`.

use anyhow::Result;
use services::instance;

use crate::cli::InstanceCommand;
use crate::settings::Settings;
use crate::{logging, wiring};

/// Carries out a command and says what was done.
pub(crate) async fn run(settings: Settings, command: InstanceCommand) -> Result<()> {
    logging::start_quietly(&settings.config.log);
    let app = wiring::command_app(&settings.config).await?;
    let done = match command {
        InstanceCommand::Block { host } => format!("{} is blocked", instance::block(&app, &host).await?),
        InstanceCommand::Unblock { host } => {
            format!("{} is not blocked any more", instance::unblock(&app, &host).await?)
        }
    };
    println!("{done}");
    settings.close().await
}
