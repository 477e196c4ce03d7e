//! The check for viruses that an installation may ask for: a program of its own that is handed each
//! file that people bring, before anything is kept of it.

use std::process::Stdio;
use std::time::Duration;

use domain::Error;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::problem::Fault;

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Hands the bytes to the program, if there is one: it ends with 0 when they are clean and with 1
/// when they are not. Anything else is no answer, and without an answer nothing is taken.
pub async fn check(command: &[String], bytes: &[u8]) -> Result<(), Fault> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(());
    };
    if bytes.is_empty() {
        return Ok(());
    }
    let asked = tokio::time::timeout(PATIENCE, ask(program, arguments, bytes)).await;
    match asked {
        Ok(Ok(Some(0))) => Ok(()),
        Ok(Ok(Some(1))) => Err(Error::refused(
            "file-not-clean",
            "The check for viruses found something in this file, so nothing of it was kept. Ask \
             whoever sent it for a clean one.",
        )
        .into()),
        no_answer => {
            match no_answer {
                Ok(Ok(code)) => tracing::error!(?code, "the check for viruses gave no answer"),
                Ok(Err(error)) => tracing::error!(%error, "the check for viruses cannot be run"),
                Err(_elapsed) => tracing::error!("the check for viruses did not end in time"),
            }
            Err(Error::Unavailable {
                detail: "The check for viruses does not answer, so no file is taken just now. Try \
                         again in a few minutes; if it stays so, tell whoever looks after the \
                         server."
                    .to_owned(),
                retry_after_s: 120,
            }
            .into())
        }
    }
}

async fn ask(program: &str, arguments: &[String], bytes: &[u8]) -> std::io::Result<Option<i32>> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // One that has seen enough reads no further, and still answers.
        let _read = input.write_all(bytes).await;
    }
    Ok(child.wait().await?.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["/bin/sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[actix_web::test]
    async fn without_a_clean_answer_no_file_is_taken() {
        let file = vec![b'x'; 1 << 20];
        assert!(check(&[], &file).await.is_ok());
        assert!(check(&shell("cat >/dev/null"), &file).await.is_ok());
        // It reads the file: the last byte decides.
        let found = shell("test \"$(wc -c)\" -ne 1048576");
        for (command, status) in [
            (found, 409),
            (shell("exit 1"), 409),
            (shell("exit 2"), 503),
            (shell("kill -9 $$"), 503),
            (vec!["/no/such/program".to_owned()], 503),
        ] {
            let told = check(&command, &file).await;
            let told = told.map_err(|fault| fault.status().as_u16());
            assert_eq!(told.err(), Some(status), "{command:?}");
        }
    }
}
