//! Reading a form in a child process, with limits on time and memory: looking a choice list up
//! means evaluating formulas that somebody else wrote.

use serde::{Deserialize, Serialize};

use super::{Standing, Survey};
use crate::child::{Launcher, Limits, exchange, limit_self, receive, send};
use crate::open::Refused;

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    limits: Limits,
    /// Bytes of the form; what follows is the copy.
    form: usize,
    /// Locators to look up, in place of reading the form.
    locators: Option<Vec<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Reply {
    Read(Survey),
    Stands(Vec<Standing>),
}

/// The child's whole life: one request from standard input, one reply. Gives the exit status.
pub fn serve() -> u8 {
    let Some((header, body)) = receive(&mut std::io::stdin().lock()) else {
        return 3;
    };
    let Ok(request) = serde_json::from_slice::<Request>(&header) else {
        return 3;
    };
    if !limit_self(&request.limits) || request.form > body.len() {
        return 3;
    }
    let (form, copy) = body.split_at(request.form);
    let reply = match &request.locators {
        Some(locators) => super::standings(form, locators).map(Reply::Stands),
        None => super::survey(form, (!copy.is_empty()).then_some(copy)).map(Reply::Read),
    };
    let Ok(header) = serde_json::to_vec(&reply) else {
        return 3;
    };
    match send(&mut std::io::stdout().lock(), &header, &[]) {
        Ok(()) => 0,
        Err(_) => 3,
    }
}

/// Reads a form, and the copy of it, in a child process.
pub fn survey(launcher: &Launcher, form: &[u8], copy: Option<&[u8]>) -> Result<Survey, Refused> {
    match ask(launcher, form, copy, None)? {
        Reply::Read(survey) => Ok(survey),
        Reply::Stands(_) => Err(stopped()),
    }
}

/// What stands where these locators lead, looked up in a child process.
pub fn standings(
    launcher: &Launcher,
    form: &[u8],
    locators: &[String],
) -> Result<Vec<Standing>, Refused> {
    match ask(launcher, form, None, Some(locators.to_vec()))? {
        Reply::Stands(standings) => Ok(standings),
        Reply::Read(_) => Err(stopped()),
    }
}

fn ask(
    launcher: &Launcher,
    form: &[u8],
    copy: Option<&[u8]>,
    locators: Option<Vec<String>>,
) -> Result<Reply, Refused> {
    let request = Request {
        limits: launcher.limits,
        form: form.len(),
        locators,
    };
    let header = serde_json::to_vec(&request).map_err(|_unwritable| stopped())?;
    let mut body = form.to_vec();
    body.extend_from_slice(copy.unwrap_or_default());
    let (header, _) = exchange(launcher, &header, &body).ok_or_else(stopped)?;
    serde_json::from_slice::<Result<Reply, Refused>>(&header).map_err(|_garbled| stopped())?
}

fn stopped() -> Refused {
    Refused::TooLarge("reading it took too long, or too much memory".into())
}
