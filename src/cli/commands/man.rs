//! `git session man`

use std::path::PathBuf;

use super::Outcome;
use crate::cli::app::{App, from_here};
use crate::cli::help;

/// Print the manual page, or write all of them
///
/// 'git session --help' shows the page once it is where 'man' looks, such as
/// ~/.local/share/man/man1.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Write a page for each verb into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let command = help::plain_command();
    match args.out {
        Some(folder) => {
            let folder = from_here(app, &folder);
            std::fs::create_dir_all(&folder)?;
            clap_mangen::generate_to(command, &folder)?;
            app.ui.status(&format!("wrote the manual pages to {}\n", folder.display()));
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            app.ui.print_raw(&page)?;
        }
    }
    Ok(0)
}
