//! `invite`: lets a person in with a role. How the first administrator is made.

use std::process::ExitCode;

use clap::Args;
use domain::access::invitations::{self, Invitation};
use domain::db::Location;
use domain::organisations::{self, ops::NewOrganisation};
use domain::{Ctx, Db, settings};
use entity::{OrganisationId, OrganisationKind, Role};

use crate::house::House;
use crate::lock;
use crate::{Config, Failure};

/// What `invite` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    # the first of all: also says whose installation this is
    tributary invite ada@example.org --name 'Ada' --role administrator \\
        --home-name 'Weirside Recovery' --home-org-id GB-CHC-1234567

    # somebody of the council, once the council was added in the pages
    tributary invite sam@council.example --name 'Sam' --role certifier --organisation GB-LAE-MLS

The link that it prints works once, within seven days. The invitation is in the audit log, as \
made on the command line. A person who is known already gets the role besides those held.")]
pub struct Arguments {
    /// Where the person gets mail
    email: String,
    /// The name the person wants to be shown by
    #[arg(long)]
    name: String,
    /// What the person may do
    #[arg(long, value_parser = role_parser())]
    role: String,
    /// For whom, by its org-id [default: the charity whose installation this is]
    #[arg(long, value_name = "ORG-ID")]
    organisation: Option<String>,
    /// On an empty database: the charity's name
    #[arg(long, value_name = "NAME", requires = "home_org_id")]
    home_name: Option<String>,
    /// On an empty database: the charity's org-id
    #[arg(long, value_name = "ORG-ID", requires = "home_name")]
    home_org_id: Option<String>,
}

fn role_parser() -> clap::builder::PossibleValuesParser {
    Role::all().map(Role::slug).collect::<Vec<_>>().into()
}

/// Invites.
pub async fn run(config: &Config, arguments: Arguments) -> Result<ExitCode, Failure> {
    // A mistyped folder must not become a second, empty house.
    if let Location::Sqlite(path) = config.location()?
        && arguments.home_name.is_none()
        && !path.exists()
    {
        return Err(Failure::new(format!(
            "there is no database at {}: name its folder with --data-dir; or, for a new house, name \
             the charity with --home-name 'Its name' --home-org-id GB-CHC-1234567",
            path.display()
        )));
    }
    let house = House::beside_or_new(config).await?;
    let ctx = house.ctx();
    let home = home(&house.db, &ctx, &arguments).await?;
    let organisation_id = match &arguments.organisation {
        Some(org_id) => by_org_id(&house.db, &ctx, org_id).await?,
        None => home,
    };
    let role = Role::from_slug(&arguments.role)
        .ok_or_else(|| Failure::new(format!("there is no role {}", arguments.role)))?;
    let invited = invitations::invite(
        &house.db,
        &ctx,
        &Invitation {
            email: arguments.email.clone(),
            display_name: arguments.name,
            organisation_id,
            role,
            ends_on: None,
        },
    )
    .await?;
    let secret = invitations::issue_secret(&house.db, &ctx, invited.link_id).await?;
    house.close().await?;
    println!(
        "{} is invited. This link works once, within seven days:",
        arguments.email
    );
    // Where no public address is set, the server beside us knows its own.
    let serving = match config.location()? {
        Location::Sqlite(path) if config.public_url.is_empty() => lock::address_of(&path),
        _ => None,
    };
    let known = serving.is_some();
    let address = serving.unwrap_or_else(|| config.public_url(None));
    println!("{}", link(&address, &secret));
    if !known && config.public_url.is_empty() {
        eprintln!(
            "No server is running beside this database: if yours will listen elsewhere, put its address \
             in place of {address} in the link, or set public_url."
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The address behind which a person signs in.
pub fn link(public_url: &str, secret: &str) -> String {
    format!("{public_url}/sign-in/link?token={secret}")
}

/// Whose installation this is; on an empty database, as the flags say.
async fn home(db: &Db, ctx: &Ctx, arguments: &Arguments) -> Result<OrganisationId, Failure> {
    let given = arguments
        .home_name
        .as_ref()
        .zip(arguments.home_org_id.as_ref());
    match (settings::home(db).await?, given) {
        (Some(home), None) => Ok(home),
        (Some(home), Some((_, org_id))) => {
            let known = organisations::view::one(db, ctx, home).await?;
            if known.org_id == *org_id {
                return Ok(home);
            }
            Err(Failure::new(format!(
                "this is the installation of {} ({}) already: leave --home-name and --home-org-id out",
                known.name, known.org_id
            )))
        }
        (None, Some((name, org_id))) => Ok(organisations::ops::set_up_home(
            db,
            ctx,
            &NewOrganisation {
                org_id: org_id.clone(),
                name: name.clone(),
                kind: OrganisationKind::Charity,
            },
        )
        .await?),
        (None, None) => Err(Failure::new(
            "this database does not say yet whose it is: name the charity with \
             --home-name 'Its name' --home-org-id GB-CHC-1234567",
        )),
    }
}

async fn by_org_id(db: &Db, ctx: &Ctx, org_id: &str) -> Result<OrganisationId, Failure> {
    let mut after = None;
    loop {
        let page = organisations::view::list(db, ctx, after, 200).await?;
        if let Some(found) = page.iter().find(|one| one.org_id == org_id) {
            return Ok(found.id);
        }
        after = page.last().map(|last| last.id);
        if after.is_none() {
            return Err(Failure::new(format!(
                "there is no organisation {org_id}: an administrator or grants officer adds it first"
            )));
        }
    }
}
