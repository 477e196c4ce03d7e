//! Correcting what was written down of organisations, awards and cost categories, and keeping whom to ask.

use actix_web::{HttpResponse, web};
use domain::access::rules::Operation;
use domain::awards::view::AwardView;
use domain::categories::ops::Renaming;
use domain::organisations::contacts::{self, NewContact};
use domain::organisations::ops::Correction;
use domain::pools::view::PoolView;
use domain::{Error, awards, categories, organisations, pools};
use entity::{
    AwardId, ContactId, CostCategoryId, LegalBasis, OrganisationId, OrganisationKind, PoolId,
};

use super::awards::form::Typed;
use super::chart::kinds;
use super::fields::{Fields, Wrong, id as id_of};
use super::form::{Choice, Field, Form, show};
use super::{Link, see_other, words};
use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/organisations/{id}/correction")
                .route(web::get().to(ask_correction))
                .route(web::post().to(correct)),
        )
        .service(web::resource("/organisations/{id}/contacts").route(web::post().to(add_contact)))
        .service(
            web::resource("/organisations/{id}/contacts/new").route(web::get().to(new_contact)),
        )
        .service(
            web::resource("/organisations/{id}/contacts/{contact}/correction")
                .route(web::get().to(ask_change))
                .route(web::post().to(change_contact)),
        )
        .service(
            web::resource("/organisations/{id}/contacts/{contact}/removal")
                .route(web::get().to(ask_removal))
                .route(web::post().to(remove_contact)),
        )
        .service(
            web::resource("/pools/{id}/correction")
                .route(web::get().to(ask_pool))
                .route(web::post().to(correct_pool)),
        )
        .service(
            web::resource("/awards/{id}/correction")
                .route(web::get().to(ask_award))
                .route(web::post().to(correct_award)),
        )
        .service(
            web::resource("/cost-categories/{id}/name")
                .route(web::get().to(ask_name))
                .route(web::post().to(rename)),
        );
}

/// What is said of a change by somebody else in between.
fn stale(error: Error, wrong: &mut Wrong) -> Result<(), Error> {
    match error {
        Error::Stale => {
            wrong.add(
                "",
                "Somebody corrected it since you opened this page. Look at it again, and correct \
                 what is still wrong.",
            );
            Ok(())
        }
        other => wrong.take(other),
    }
}

fn correction_form(id: OrganisationId, name: &str, version: &str) -> Form {
    Form {
        back: Link::new(name, format!("/organisations/{id}")),
        heading: format!("Correct {name}"),
        lead: "What is drafted from now on uses the corrected record; what was certified stays as \
               it was."
            .to_owned(),
        action: format!("/organisations/{id}/correction"),
        hidden: vec![("version".to_owned(), version.to_owned())],
        fields: vec![
            Field::text("name", "Name"),
            Field::text("org_id", "Public number")
                .hint("Its org-id: GB-CHC- and the charity’s number, GB-COH- and the company’s, GB-LAE- and the council’s letters, GB-GOV- and a department’s letters.")
                .width("w20"),
            Field::select("kind", "What it is", kinds()),
            Field::area("reason", "Why?"),
        ],
        button: "Correct it".to_owned(),
        grave: false,
    }
}

async fn ask_correction(
    house: House,
    id: web::Path<OrganisationId>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CorrectOrganisation)?;
    let body = organisations::view::one(&house.db, &house.ctx, *id).await?;
    let typed = Fields::default()
        .with("name", body.name.clone())
        .with("org_id", body.org_id)
        .with("kind", body.kind.slug());
    let form = correction_form(*id, &body.name, &body.version.to_string());
    show(&house, form, &typed, &Wrong::default()).await
}

async fn correct(
    house: House,
    id: web::Path<OrganisationId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CorrectOrganisation)?;
    let body = organisations::view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(kind) = wrong.chosen(&fields, "kind", OrganisationKind::from_slug) {
        let new = Correction {
            org_id: fields.text("org_id"),
            name: fields.text("name"),
            kind,
            reason: fields.text("reason"),
        };
        let expected = fields.version();
        match organisations::ops::correct(&house.db, &house.ctx, *id, &new, expected).await {
            Ok(_) => return Ok(see_other(&format!("/organisations/{id}"))),
            Err(error) => stale(error, &mut wrong)?,
        }
    }
    let form = correction_form(*id, &body.name, &body.version.to_string());
    show(&house, form, &fields, &wrong).await
}

fn contact_form(id: OrganisationId, name: &str) -> Form {
    Form {
        back: Link::new(name, format!("/organisations/{id}")),
        heading: "Add somebody to ask".to_owned(),
        lead: format!(
            "Somebody at {name}, as they are known at work. Staff and both boards see it."
        ),
        action: format!("/organisations/{id}/contacts"),
        hidden: Vec::new(),
        fields: vec![
            Field::text("name", "Name"),
            Field::text("about", "What to ask them about").hint("For example, claims and payments"),
            Field::text("email", "E-mail address at work (optional)"),
            Field::text("telephone", "Telephone number at work (optional)").width("w20"),
        ],
        button: "Add them".to_owned(),
        grave: false,
    }
}

async fn new_contact(house: House, id: web::Path<OrganisationId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepContacts)?;
    let body = organisations::view::one(&house.db, &house.ctx, *id).await?;
    let form = contact_form(*id, &body.name);
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

fn typed_contact(fields: &Fields) -> NewContact {
    NewContact {
        name: fields.text("name"),
        about: fields.text("about"),
        email: fields.some("email").map(str::to_owned),
        telephone: fields.some("telephone").map(str::to_owned),
    }
}

/// The same questions of somebody who is named already.
fn change_form(id: OrganisationId, name: &str, contact: ContactId) -> Form {
    Form {
        heading: "Change whom to ask".to_owned(),
        action: format!("/organisations/{id}/contacts/{contact}/correction"),
        button: "Change it".to_owned(),
        ..contact_form(id, name)
    }
}

async fn ask_change(
    house: House,
    path: web::Path<(OrganisationId, ContactId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepContacts)?;
    let (id, contact) = path.into_inner();
    let body = organisations::view::one(&house.db, &house.ctx, id).await?;
    let known = contacts::list(&house.db, &house.ctx, id).await?;
    let Some(known) = known.into_iter().find(|known| known.id == contact) else {
        return Err(Error::NotFound.into());
    };
    let fields = Fields::default()
        .with("name", known.name)
        .with("about", known.about)
        .with("email", known.email.unwrap_or_default())
        .with("telephone", known.telephone.unwrap_or_default());
    let form = change_form(id, &body.name, contact);
    show(&house, form, &fields, &Wrong::default()).await
}

async fn change_contact(
    house: House,
    path: web::Path<(OrganisationId, ContactId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepContacts)?;
    let (id, contact) = path.into_inner();
    let body = organisations::view::one(&house.db, &house.ctx, id).await?;
    let fields = Fields(sent);
    let new = typed_contact(&fields);
    match contacts::change(&house.db, &house.ctx, id, contact, &new).await {
        Ok(()) => Ok(see_other(&format!("/organisations/{id}#contacts"))),
        Err(error) => {
            let mut wrong = Wrong::default();
            wrong.take(error)?;
            show(
                &house,
                change_form(id, &body.name, contact),
                &fields,
                &wrong,
            )
            .await
        }
    }
}

async fn add_contact(
    house: House,
    id: web::Path<OrganisationId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepContacts)?;
    let body = organisations::view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let new = typed_contact(&fields);
    match contacts::add(&house.db, &house.ctx, *id, &new).await {
        Ok(_) => Ok(see_other(&format!("/organisations/{id}#contacts"))),
        Err(error) => {
            let mut wrong = Wrong::default();
            wrong.take(error)?;
            show(&house, contact_form(*id, &body.name), &fields, &wrong).await
        }
    }
}

async fn ask_removal(
    house: House,
    path: web::Path<(OrganisationId, ContactId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepContacts)?;
    let (id, contact) = path.into_inner();
    let known = contacts::list(&house.db, &house.ctx, id).await?;
    let Some(contact) = known.into_iter().find(|known| known.id == contact) else {
        return Err(Error::NotFound.into());
    };
    let form = Form {
        back: Link::new("Back", format!("/organisations/{id}#contacts")),
        heading: format!("Take {} out", contact.name),
        lead: "Their name, address and number are gone for good. A link that went to them stops working at once."
            .to_owned(),
        action: format!("/organisations/{id}/contacts/{}/removal", contact.id),
        hidden: Vec::new(),
        fields: Vec::new(),
        button: "Take them out".to_owned(),
        grave: true,
    };
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

async fn remove_contact(
    house: House,
    path: web::Path<(OrganisationId, ContactId)>,
    _form: PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepContacts)?;
    let (id, contact) = path.into_inner();
    contacts::remove(&house.db, &house.ctx, id, contact).await?;
    Ok(see_other(&format!("/organisations/{id}#contacts")))
}

async fn award_form(house: &House, award: &AwardView) -> Result<Form, Fault> {
    let summary = &award.summary;
    let leads = match house.ctx.require(Operation::CreateAward) {
        Ok(()) => awards::view::leads(&house.db, &house.ctx).await?,
        Err(_) => Vec::new(),
    };
    Ok(Form {
        back: Link::new(summary.title.clone(), format!("/awards/{}", summary.id)),
        heading: format!("Correct {}", summary.title),
        lead: "For what was written down wrongly. What the funder changed is an amendment. What is drafted \
               from now on uses the corrected record; what was certified stays as it was."
            .to_owned(),
        action: format!("/awards/{}/correction", summary.id),
        hidden: vec![("version".to_owned(), summary.version.to_string())],
        fields: vec![
            Field::text("title", "What do people call it?"),
            Field::text("reference", "The funder’s reference").width("w20"),
            Field::text("programme", "The funder’s scheme"),
            Field::select(
                "legal_basis",
                "Legal basis",
                LegalBasis::all()
                    .map(|basis| Choice::new(basis.slug(), words::legal_basis(basis)))
                    .collect(),
            ),
            Field::select(
                "lead_id",
                "Lead",
                std::iter::once(Choice::new("", "As it stands"))
                    .chain(leads.into_iter().map(|one| Choice::new(one.id, one.display_name)))
                    .collect(),
            )
            .hint("Who is told when a duty is long overdue."),
            Field::area("reason", "Why?"),
        ],
        button: "Correct it".to_owned(),
        grave: false,
    })
}

async fn ask_award(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CorrectAward)?;
    let award = awards::view::one(&house.db, &house.ctx, *id).await?;
    let typed = Fields::default()
        .with("title", award.summary.title.clone())
        .with("reference", award.summary.reference.clone())
        .with("programme", award.summary.programme.clone())
        .with("legal_basis", award.legal_basis.slug())
        .with(
            "lead_id",
            award
                .lead
                .as_ref()
                .map_or_else(String::new, |lead| lead.id.to_string()),
        );
    show(
        &house,
        award_form(&house, &award).await?,
        &typed,
        &Wrong::default(),
    )
    .await
}

async fn correct_award(
    house: House,
    id: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CorrectAward)?;
    let award = awards::view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let new = awards::ops::Correction {
        title: fields.text("title"),
        reference: fields.text("reference"),
        programme: fields.some("programme").map(str::to_owned),
        legal_basis: fields.some("legal_basis").and_then(LegalBasis::from_slug),
        lead_id: fields.some("lead_id").and_then(id_of),
        reason: fields.text("reason"),
    };
    let expected = fields.version();
    match awards::ops::correct(&house.db, &house.ctx, *id, &new, expected).await {
        Ok(_) => Ok(see_other(&format!("/awards/{}", award.summary.id))),
        Err(error) => {
            let mut wrong = Wrong::default();
            stale(error, &mut wrong)?;
            show(&house, award_form(&house, &award).await?, &fields, &wrong).await
        }
    }
}

fn pool_form(pool: &PoolView) -> Form {
    let summary = &pool.summary;
    Form {
        back: Link::new(summary.name.clone(), format!("/pools/{}", summary.id)),
        heading: format!("Correct {}", summary.name),
        lead: format!(
            "For what was written down wrongly. Files go on calling it “{}”.",
            summary.slug
        ),
        action: format!("/pools/{}/correction", summary.id),
        hidden: vec![("version".to_owned(), summary.version.to_string())],
        fields: vec![
            Field::text("name", "What do people call it?"),
            Field::text("purpose", "What is it for?").hint("One sentence."),
            Field::area("reason", "Why?"),
        ],
        button: "Correct it".to_owned(),
        grave: false,
    }
}

async fn ask_pool(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CorrectPool)?;
    let pool = pools::view::one(&house.db, &house.ctx, *id).await?;
    let typed = Fields::default()
        .with("name", pool.summary.name.clone())
        .with("purpose", pool.purpose.clone());
    show(&house, pool_form(&pool), &typed, &Wrong::default()).await
}

async fn correct_pool(
    house: House,
    id: web::Path<PoolId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CorrectPool)?;
    let pool = pools::view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let new = pools::ops::Correction {
        name: fields.text("name"),
        purpose: fields.text("purpose"),
        reason: fields.text("reason"),
    };
    let expected = fields.version();
    match pools::ops::correct(&house.db, &house.ctx, *id, expected, &new).await {
        Ok(()) => Ok(see_other(&format!("/pools/{}", pool.summary.id))),
        Err(error) => {
            let mut wrong = Wrong::default();
            stale(error, &mut wrong)?;
            show(&house, pool_form(&pool), &fields, &wrong).await
        }
    }
}

fn name_form(category: &categories::view::CategoryView) -> Form {
    Form {
        back: Link::new("Cost categories", "/cost-categories"),
        heading: format!("Rename {}", category.name),
        lead: format!(
            "Files and return forms go on calling it “{}”; people see the new name.",
            category.slug
        ),
        action: format!("/cost-categories/{}/name", category.id),
        hidden: vec![("version".to_owned(), category.version.to_string())],
        fields: vec![Field::text("name", "Name")],
        button: "Rename it".to_owned(),
        grave: false,
    }
}

async fn ask_name(house: House, id: web::Path<CostCategoryId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RenameCategory)?;
    let category = categories::view::one(&house.db, &house.ctx, *id).await?;
    let typed = Fields::default().with("name", category.name.clone());
    show(&house, name_form(&category), &typed, &Wrong::default()).await
}

async fn rename(
    house: House,
    id: web::Path<CostCategoryId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RenameCategory)?;
    let category = categories::view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let new = Renaming {
        name: fields.text("name"),
    };
    let expected = fields.version();
    match categories::ops::rename(&house.db, &house.ctx, *id, &new, expected).await {
        Ok(_) => Ok(see_other("/cost-categories")),
        Err(error) => {
            let mut wrong = Wrong::default();
            stale(error, &mut wrong)?;
            show(&house, name_form(&category), &fields, &wrong).await
        }
    }
}
