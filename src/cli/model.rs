//! `sansheng model`.

use std::io;

use super::DONE;
use super::args::ModelCommand;
use super::error::CliError;
use crate::model::{Console, ModelStore, Tools, fetch_model, import_models, list_models};

pub(super) fn run(command: ModelCommand) -> Result<u8, CliError> {
    let store = ModelStore::from_env();
    let mut out = io::stdout();
    match command {
        ModelCommand::Fetch { name } => {
            fetch_model(&store, name.as_deref(), &Tools::of_process(), &mut Console::on_stderr(), &mut out)?;
        }
        ModelCommand::List => list_models(&store, &mut out)?,
        ModelCommand::Import { dir } => import_models(&store, &dir, &mut Console::on_stderr(), &mut out)?,
    }
    Ok(DONE)
}
