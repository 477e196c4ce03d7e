//! `config`: lists every setting.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;

use crate::Failure;
use crate::config::SETTINGS;

/// What `config` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
A value comes from the command line, else from the environment, else from the file, else it is \
the default. In the file, `smtp.host` is `host` in the table [smtp]:

    public_url = \"https://grants.example.org\"
    listen = \"127.0.0.1:8080\"
    trusted_proxies = [\"127.0.0.1\"]

    [smtp]
    host = \"mail.example.org\"
    user = \"tributary\"
    password_file = \"/etc/tributary/smtp-password\"
    from = \"Tributary <tributary@example.org>\"

A name that is unknown or a value that is wrong stops the program at its start, by name.")]
pub struct Arguments {
    /// As a table in Markdown, as in docs/operations.md
    #[arg(long)]
    markdown: bool,
}

/// Prints the list.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    if arguments.markdown {
        write!(out, "{}", markdown())?;
        return Ok(ExitCode::SUCCESS);
    }
    for setting in SETTINGS {
        writeln!(out, "{}  ({})", setting.name, setting.variable())?;
        if !setting.default.is_empty() {
            writeln!(out, "    default: {}", setting.default)?;
        }
        writeln!(out, "    {}", setting.about.replace('`', ""))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The table of docs/operations.md.
pub fn markdown() -> String {
    let mut text = String::from(
        "| setting | variable | default | what it is for |\n| --- | --- | --- | --- |\n",
    );
    for setting in SETTINGS {
        let default = if setting.default.is_empty() {
            "none".to_owned()
        } else {
            format!("`{}`", setting.default)
        };
        text.push_str(&format!(
            "| `{}` | `{}` | {default} | {} |\n",
            setting.name,
            setting.variable(),
            setting.about
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documents_list_every_setting() {
        let operations = include_str!("../../../docs/operations.md");
        assert!(
            operations.contains(&super::markdown()),
            "docs/operations.md is behind: put the output of `tributary config --markdown` there"
        );
    }
}
