//! `stoa token …`.

use anyhow::{Result, bail};
use services::oauth;
use services::scopes::Scopes;

use crate::cli::TokenCommand;
use crate::settings::Settings;
use crate::{accounts, logging, wiring};

/// Makes a token and prints it alone, for scripts.
pub(crate) async fn run(settings: Settings, command: TokenCommand) -> Result<()> {
    logging::start_quietly(&settings.config.log);
    let TokenCommand::Create { name, scopes } = command;
    let Ok(scopes) = Scopes::parse(&scopes) else {
        bail!(
            "--scopes: there is no such scope among {scopes:?}; known are read, write, follow, push and their parts"
        );
    };
    if scopes.is_empty() {
        bail!("--scopes: a token without scopes allows nothing");
    }
    let app = wiring::command_app(&settings.config).await?;
    let (user, _) = accounts::find(&app, &name).await?;
    let issued = oauth::personal_token(&app, user.id, scopes).await?;
    println!("{}", issued.access_token);
    settings.close().await
}
