//! What is found, as readers get it. Each kind of record is looked through by the query that its area
//! begins with, so that nothing is found here that is not to be seen there.

use std::collections::HashMap;

use entity::{
    AwardId, GrantReturnId, Money, OrganisationId, ProgrammeId, SpendLineId, application, award,
    award_money, contact, cost_category, file, funder_question, grant_return, import_profile,
    organisation, person, pool, programme, requirement, return_form, spend_import,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules::{Fit, Words};
use crate::access::rules::{Operation, Sight, sight};
use crate::calendar::rules::{date_without_weekday, months_in_words};
use crate::db::statement;
use crate::grants::view::{self as grants, GrantFilter};
use crate::text::anywhere;
use crate::{
    Ctx, Db, Result, applications, apportionments, awards, commitments, conditions, decisions,
    journals, organisations, pools, programmes, questions, sharing,
};

/// A kind of record that can be found.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[schema(as = SearchKind)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Awards.
    Award,
    /// Returns.
    Return,
    /// Applications.
    Application,
    /// Programmes.
    Programme,
    /// Pools.
    Pool,
    /// Organisations.
    Organisation,
    /// People.
    Person,
    /// Cost categories.
    Category,
    /// Return forms.
    Form,
    /// Files of spend.
    Import,
    /// Layouts of files.
    Layout,
    /// Conditions of awards.
    Condition,
    /// Papers that the boards decide on.
    Paper,
    /// Agreements with providers.
    Commitment,
    /// Journals of our own.
    Journal,
    /// Splits of spend.
    Split,
    /// Spend lines that count.
    SpendLine,
    /// Grants that funders published.
    PublishedGrant,
    /// Questions of funders about figures.
    Question,
    /// Documents that are shared with funders.
    SharedDocument,
    /// People to ask at organisations.
    Contact,
    /// Money received, claimed and paid back.
    Money,
}

impl Kind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 22] = [
        Self::Award,
        Self::Return,
        Self::Application,
        Self::Programme,
        Self::Pool,
        Self::Organisation,
        Self::Person,
        Self::Category,
        Self::Form,
        Self::Import,
        Self::Layout,
        Self::Condition,
        Self::Paper,
        Self::Commitment,
        Self::Journal,
        Self::Split,
        Self::SpendLine,
        Self::PublishedGrant,
        Self::Question,
        Self::SharedDocument,
        Self::Contact,
        Self::Money,
    ];

    /// What several of them are called.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Award => "Awards",
            Self::Return => "Returns",
            Self::Application => "Applications",
            Self::Programme => "Programmes",
            Self::Pool => "Pools",
            Self::Organisation => "Organisations",
            Self::Person => "People",
            Self::Category => "Cost categories",
            Self::Form => "Return forms",
            Self::Import => "Files of spend",
            Self::Layout => "Layouts of files",
            Self::Condition => "Conditions of awards",
            Self::Paper => "Papers to decide on",
            Self::Commitment => "Agreements with providers",
            Self::Journal => "Journals of our own",
            Self::Split => "Splits of spend",
            Self::SpendLine => "Spend",
            Self::PublishedGrant => "Published grants",
            Self::Question => "Funders’ questions",
            Self::SharedDocument => "Shared documents",
            Self::Contact => "Whom to ask",
            Self::Money => "Money received, claimed and paid back",
        }
    }

    /// What it takes to see them.
    const fn operation(self) -> Operation {
        match self {
            Self::Award => Operation::ReadAwards,
            Self::Return => Operation::ReadReturns,
            Self::Application => Operation::ReadApplications,
            Self::Programme => Operation::ReadProgrammes,
            Self::Pool => Operation::ReadPools,
            Self::Organisation => Operation::ReadOrganisations,
            Self::Person => Operation::ReadPeople,
            Self::Category => Operation::ReadCategories,
            Self::Form => Operation::ReadForms,
            Self::Import => Operation::ReadImports,
            Self::Layout => Operation::ReadProfiles,
            Self::Condition => Operation::ReadConditions,
            Self::Paper => Operation::ReadPapers,
            Self::Commitment => Operation::ReadCommitments,
            Self::Journal => Operation::ReadJournals,
            Self::Split => Operation::ReadApportionments,
            Self::SpendLine => Operation::ReadSpend,
            Self::PublishedGrant => Operation::ReadGrants,
            Self::Question => Operation::ReadFunderQuestions,
            Self::SharedDocument => Operation::ReadSharedDocuments,
            Self::Contact => Operation::ReadContacts,
            Self::Money => Operation::ReadMoney,
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SearchResult)]
pub struct Found {
    /// What was looked for.
    pub words: String,
    /// By kind; kinds of which nothing was found are left out.
    pub groups: Vec<Group>,
}

/// What was found of one kind, the best first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SearchGroup)]
pub struct Group {
    /// Which kind.
    pub kind: Kind,
    /// What they are called.
    pub title: String,
    /// The best of them.
    pub hits: Vec<Hit>,
    /// Whether there are more than are shown.
    pub more: bool,
}

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SearchHit)]
pub struct Hit {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub title: String,
    /// What else tells it apart; may be empty.
    pub about: String,
    /// Its page.
    pub path: String,
}

/// The records in whose texts all of these words are found, the best first, at most `limit` of each
/// kind; of one kind alone where it is named.
pub async fn search(
    db: &Db,
    ctx: &Ctx,
    said: &str,
    only: Option<Kind>,
    limit: usize,
) -> Result<Found> {
    ctx.require(Operation::Search)?;
    let words = Words::of(said);
    let mut groups = Vec::new();
    for kind in Kind::ALL {
        let wanted = only.is_none_or(|only| only == kind);
        if !wanted || words.is_empty() || ctx.require(kind.operation()).is_err() {
            continue;
        }
        let mut found = Finder {
            words: &words,
            placed: Vec::new(),
        };
        found.look(db, ctx, kind, limit).await?;
        let more = found.placed.len() > limit;
        // Records come the newest first; a stable order keeps them so among those that fit alike.
        found.placed.sort_by_key(|(fit, _)| *fit);
        let hits: Vec<Hit> = found
            .placed
            .into_iter()
            .take(limit)
            .map(|(_, hit)| hit)
            .collect();
        if !hits.is_empty() {
            groups.push(Group {
                kind,
                title: kind.in_words().to_owned(),
                hits,
                more,
            });
        }
    }
    Ok(Found {
        words: said.split_whitespace().collect::<Vec<_>>().join(" "),
        groups,
    })
}

struct Finder<'w> {
    words: &'w Words,
    placed: Vec<(Fit, Hit)>,
}

impl Finder<'_> {
    fn offer(&mut self, id: impl Into<Uuid>, path: &str, title: &str, about: &str, more: &[&str]) {
        let id = id.into();
        self.offer_at(id, &format!("/{path}/{id}"), title, about, more);
    }

    /// What has no page of its own, with the page that it stands on.
    fn offer_at(
        &mut self,
        id: impl Into<Uuid>,
        page: &str,
        title: &str,
        about: &str,
        more: &[&str],
    ) {
        let mut others = vec![about];
        others.extend(more);
        if let Some(fit) = self.words.fit(title, &others) {
            self.placed.push((
                fit,
                Hit {
                    id: id.into(),
                    title: title.to_owned(),
                    about: about.to_owned(),
                    path: page.to_owned(),
                },
            ));
        }
    }

    async fn look(&mut self, db: &Db, ctx: &Ctx, kind: Kind, limit: usize) -> Result<()> {
        match kind {
            Kind::Award => self.awards(db, ctx).await,
            Kind::Return => self.returns(db, ctx).await,
            Kind::Application => self.applications(db, ctx).await,
            Kind::Programme => self.programmes(db, ctx).await,
            Kind::Pool => self.pools(db, ctx).await,
            Kind::Organisation => self.organisations(db, ctx).await,
            Kind::Person => self.people(db).await,
            Kind::Category => self.categories(db, ctx).await,
            Kind::Form => self.forms(db).await,
            Kind::Import => self.imports(db).await,
            Kind::Layout => self.layouts(db).await,
            Kind::Condition => self.conditions(db, ctx).await,
            Kind::Paper => self.papers(db, ctx).await,
            Kind::Commitment => self.commitments(db, ctx).await,
            Kind::Journal => self.journals(db, ctx).await,
            Kind::Split => self.splits(db, ctx).await,
            Kind::SpendLine => self.spend(db, ctx, limit).await,
            Kind::PublishedGrant => self.grants(db, ctx, limit).await,
            Kind::Question => self.questions(db, ctx).await,
            Kind::SharedDocument => self.shared(db, ctx).await,
            Kind::Contact => self.contacts(db, ctx).await,
            Kind::Money => self.money(db, ctx).await,
        }
    }

    async fn awards(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        let rows = awards::store::seen(ctx)
            .order_by_desc(award::Column::StartsOn)
            .all(db.read())
            .await?;
        let funders = organisations::view::names(db, rows.iter().map(|row| row.funder_id)).await?;
        for row in rows {
            let about = format!("{}, {}", named(&funders, row.funder_id), row.reference);
            self.offer(
                row.id,
                "awards",
                &row.title,
                &about,
                &[&row.reference, &row.programme],
            );
        }
        Ok(())
    }

    async fn returns(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        let known: HashMap<AwardId, award::Model> = awards::store::seen(ctx)
            .all(db.read())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let asked: HashMap<_, requirement::Model> = requirement::Entity::find()
            .all(db.read())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let mut rows = grant_return::Entity::find();
        // For a funder, what was not sent to them does not exist.
        if sight(&ctx.actor) != Sight::All {
            rows = rows
                .filter(grant_return::Column::Id.in_subquery(crate::returns::store::once_sent()));
        }
        let rows: Vec<grant_return::Model> = rows
            .order_by_desc(grant_return::Column::PeriodTo)
            .all(db.read())
            .await?;
        for row in rows {
            let (Some(award), Some(requirement)) =
                (known.get(&row.award_id), asked.get(&row.requirement_id))
            else {
                continue;
            };
            let period = months_in_words(row.period_from, row.period_to);
            let title = format!("{}, {period}", requirement.name);
            let id: GrantReturnId = row.id;
            self.offer(id, "returns", &title, &award.title, &[&award.reference]);
        }
        Ok(())
    }

    async fn applications(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        let schemes: HashMap<ProgrammeId, String> = programme::Entity::find()
            .all(db.read())
            .await?
            .into_iter()
            .map(|row| (row.id, row.name))
            .collect();
        let rows = applications::store::seen(ctx)
            .order_by_desc(application::Column::CreatedAt)
            .all(db.read())
            .await?;
        for row in rows {
            let scheme = schemes.get(&row.programme_id).cloned().unwrap_or_default();
            self.offer(row.id, "applications", &row.title, &scheme, &[&row.purpose]);
        }
        Ok(())
    }

    async fn programmes(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        let rows = programmes::store::seen(ctx).all(db.read()).await?;
        let funders = organisations::view::names(db, rows.iter().map(|row| row.funder_id)).await?;
        for row in rows {
            let funder = named(&funders, row.funder_id);
            self.offer(
                row.id,
                "programmes",
                &row.name,
                &funder,
                &[&row.priorities, &row.notes],
            );
        }
        Ok(())
    }

    async fn questions(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        let rows = questions::store::seen(ctx)
            .order_by_desc(funder_question::Column::AskedAt)
            .all(db.read())
            .await?;
        let funders = organisations::view::names(db, rows.iter().map(|row| row.funder_id)).await?;
        for one in questions::store::with_events(db.read(), rows).await? {
            let said: Vec<&str> = one
                .events
                .iter()
                .map(|event| event.words.as_str())
                .collect();
            let about = format!("{}, {}", named(&funders, one.row.funder_id), one.row.seen);
            self.offer(one.row.id, "questions", &one.row.label, &about, &said);
        }
        Ok(())
    }

    async fn shared(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        for one in sharing::view::all(db, ctx).await? {
            let about = format!("{}, {}", one.funder, one.beside);
            let before = self.placed.len();
            self.offer(
                one.id,
                "shared-documents",
                &one.title,
                &about,
                &[&one.file_name],
            );
            // a document is no page: what is found leads to its place in the list
            for (_, hit) in self.placed.iter_mut().skip(before) {
                hit.path = format!("/shared-documents?award_id={}", one.award_id);
            }
        }
        Ok(())
    }

    async fn pools(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        for row in pools::store::seen(ctx).all(db.read()).await? {
            let row: pool::Model = row;
            self.offer(row.id, "pools", &row.name, &row.purpose, &[&row.slug]);
        }
        Ok(())
    }

    async fn organisations(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        let mut rows = organisation::Entity::find();
        match sight(&ctx.actor) {
            Sight::All => {}
            Sight::Funders(own) => rows = rows.filter(organisation::Column::Id.is_in(own)),
            Sight::Nothing => return Ok(()),
        }
        for row in rows
            .order_by_asc(organisation::Column::Name)
            .all(db.read())
            .await?
        {
            self.offer(row.id, "organisations", &row.name, &row.org_id, &[]);
        }
        Ok(())
    }

    async fn contacts(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        if sight(&ctx.actor) != Sight::All {
            return Ok(());
        }
        let rows = contact::Entity::find()
            .filter(contact::Column::RemovedAt.is_null())
            .order_by_asc(contact::Column::Name)
            .all(db.read())
            .await?;
        let names =
            organisations::view::names(db, rows.iter().map(|row| row.organisation_id)).await?;
        for row in rows {
            let about = format!("{}, {}", named(&names, row.organisation_id), row.about);
            let page = format!("/organisations/{}#contacts", row.organisation_id);
            let more = [&row.email, &row.telephone].map(|one| one.as_deref().unwrap_or_default());
            self.offer_at(row.id, &page, &row.name, &about, &more);
        }
        Ok(())
    }

    /// By how the holder's ledger names it, and by what is said of it.
    async fn money(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        let known = award_titles(db, ctx).await?;
        let rows = award_money::Entity::find()
            .order_by_desc(award_money::Column::HappenedOn)
            .all(db.read())
            .await?;
        for row in rows {
            let Some(award) = known.get(&row.award_id) else {
                continue;
            };
            let title = format!(
                "{}, {}",
                row.amount.in_full(),
                date_without_weekday(row.happened_on)
            );
            let about = format!("{award}, {}", row.ledger_reference);
            let page = format!("/awards/{}/money", row.award_id);
            let more = [row.ledger_reference.as_str(), row.note.as_str()];
            self.offer_at(row.id, &page, &title, &about, &more);
        }
        Ok(())
    }

    async fn people(&mut self, db: &Db) -> Result<()> {
        let rows = person::Entity::find()
            .order_by_asc(person::Column::DisplayName)
            .all(db.read())
            .await?;
        for row in rows {
            self.offer(row.id, "history/person", &row.display_name, &row.email, &[]);
        }
        Ok(())
    }

    async fn categories(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        if sight(&ctx.actor) == Sight::Nothing {
            return Ok(());
        }
        for row in cost_category::Entity::find().all(db.read()).await? {
            self.offer_at(row.id, "/cost-categories", &row.name, &row.slug, &[]);
        }
        Ok(())
    }

    async fn forms(&mut self, db: &Db) -> Result<()> {
        let rows = return_form::Entity::find()
            .order_by_desc(return_form::Column::CreatedAt)
            .all(db.read())
            .await?;
        let funders = organisations::view::names(db, rows.iter().map(|row| row.funder_id)).await?;
        for row in rows {
            let about = format!("{}, {}", named(&funders, row.funder_id), row.version_label);
            let code = row.funder_form_code.unwrap_or_default();
            self.offer(row.id, "forms", &row.name, &about, &[&code]);
        }
        Ok(())
    }

    async fn imports(&mut self, db: &Db) -> Result<()> {
        let rows = spend_import::Entity::find()
            .filter(spend_import::Column::CodedFromId.is_null())
            .filter(spend_import::Column::JournalId.is_null())
            .order_by_desc(spend_import::Column::CreatedAt)
            .all(db.read())
            .await?;
        let names: HashMap<_, String> = file::Entity::find()
            .filter(file::Column::Id.is_in(rows.iter().map(|row| row.file_id)))
            .all(db.read())
            .await?
            .into_iter()
            .map(|row| (row.id, row.name))
            .collect();
        for row in rows {
            let name = names.get(&row.file_id).cloned().unwrap_or_default();
            let period = months_in_words(row.period_from, row.period_to);
            self.offer(row.id, "imports", &name, &period, &[]);
        }
        Ok(())
    }

    async fn layouts(&mut self, db: &Db) -> Result<()> {
        for row in import_profile::Entity::find().all(db.read()).await? {
            self.offer(
                row.id,
                "import-profiles",
                &row.name,
                &row.source_system,
                &[],
            );
        }
        Ok(())
    }

    async fn conditions(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        let known = award_titles(db, ctx).await?;
        let ids: Vec<AwardId> = known.keys().copied().collect();
        let mut found = conditions::store::of_awards(db.read(), &ids).await?;
        found.reverse();
        for one in found {
            let says = one.says()?;
            let award = known.get(&one.row.award_id).cloned().unwrap_or_default();
            let path = format!("awards/{}/conditions", one.row.award_id);
            self.offer(
                one.row.id,
                &path,
                &says.title,
                &award,
                &[&says.passage, &says.written_where],
            );
        }
        Ok(())
    }

    async fn papers(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        for one in decisions::view::by_attention(db, ctx).await? {
            let about = format!("{}, {}", one.pool, one.amount_pence.in_full());
            let provider = one.provider.unwrap_or_default();
            self.offer(
                one.id,
                "decisions",
                &one.title,
                &about,
                &[&one.purpose, &provider],
            );
        }
        Ok(())
    }

    async fn commitments(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        let filter = commitments::view::CommitmentFilter::default();
        for one in commitments::view::list(db, ctx, filter).await? {
            let about = format!("{}, {}", one.provider, one.reference);
            self.offer(
                one.id,
                "commitments",
                &one.title,
                &about,
                &[&one.reference, &one.pool, &one.holder],
            );
        }
        Ok(())
    }

    async fn journals(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        let filter = journals::view::JournalFilter::default();
        for one in journals::view::list(db, ctx, filter, None, MOST_JOURNALS).await? {
            let title = format!("Journal {}: {}", one.number, one.reason);
            let by = one.prepared_by.unwrap_or_default();
            self.offer(one.id, "journals", &title, &by, &[]);
        }
        Ok(())
    }

    async fn splits(&mut self, db: &Db, ctx: &Ctx) -> Result<()> {
        for one in apportionments::view::list(db, ctx).await? {
            let title = format!("Split {}: {}", one.number, one.title);
            let parts: Vec<&str> = one.parts.iter().map(|part| part.pool.as_str()).collect();
            let about = parts.join(", ");
            let centre = one.cost_centre.unwrap_or_default();
            let account = one.account.unwrap_or_default();
            self.offer(
                one.id,
                "apportionments",
                &title,
                &about,
                &[&one.reason, &centre, &account],
            );
        }
        Ok(())
    }

    /// Spend is looked through where it lies: there may be a million lines.
    async fn spend(&mut self, db: &Db, ctx: &Ctx, limit: usize) -> Result<()> {
        if sight(&ctx.actor) != Sight::All {
            return Ok(());
        }
        let mut values: Vec<sea_orm::Value> = Vec::new();
        let mut wanted = Vec::new();
        for word in self.words.each().iter().take(MOST_WORDS) {
            values.push(anywhere(word).into());
            wanted.push(format!(
                "LOWER(COALESCE(l.supplier, '') || ' ' || COALESCE(l.description, '') || ' ' || \
                   COALESCE(l.transaction_ref, '') || ' ' || COALESCE(l.cost_centre, '') || ' ' || \
                   COALESCE(l.account, '') || ' ' || COALESCE(l.project, '')) \
                 LIKE ${} ESCAPE '\\'",
                values.len()
            ));
        }
        values.push(
            i64::try_from(limit.saturating_add(1))
                .unwrap_or(i64::MAX)
                .into(),
        );
        let sql = format!(
            "SELECT l.id, l.supplier, l.description, l.transaction_ref, l.cost_centre, l.account, \
                    l.project, l.amount, l.incurred_on \
             FROM spend_line l JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted' \
             WHERE {} LIMIT ${}",
            wanted.join(" AND "),
            values.len()
        );
        let conn = db.read();
        for row in conn.query_all_raw(statement(conn, sql, values)).await? {
            let id: SpendLineId = SpendLineId(row.try_get("", "id")?);
            let text = |column: &str| -> Result<String> {
                let found: Option<String> = row.try_get("", column)?;
                Ok(found.unwrap_or_default())
            };
            let amount: i64 = row.try_get("", "amount")?;
            let on: chrono::NaiveDate = row.try_get("", "incurred_on")?;
            let supplier = text("supplier")?;
            let title = if supplier.is_empty() {
                text("description")?
            } else {
                supplier
            };
            let about = format!(
                "{}, {}: {}",
                Money(amount).in_full(),
                date_without_weekday(on),
                text("description")?
            );
            self.offer(
                id,
                "spend",
                &title,
                &about,
                &[
                    &text("transaction_ref")?,
                    &text("cost_centre")?,
                    &text("account")?,
                    &text("project")?,
                ],
            );
        }
        Ok(())
    }

    async fn grants(&mut self, db: &Db, ctx: &Ctx, limit: usize) -> Result<()> {
        let filter = GrantFilter {
            words: Some(self.words.each().join(" ")),
            ..GrantFilter::default()
        };
        let most = u64::try_from(limit.saturating_add(1)).unwrap_or(u64::MAX);
        for grant in grants::list(db, ctx, &filter, None, most).await?.items {
            let about = format!("{} to {}", grant.funder.name, grant.recipient.name);
            self.offer(
                grant.id,
                "grants",
                &grant.title,
                &about,
                &[&grant.description, &grant.programme, &grant.identifier],
            );
        }
        Ok(())
    }
}

/// The newest journals are looked through, as many as anybody keeps in years.
const MOST_JOURNALS: u64 = 5_000;

/// So many words narrow a search of spend; the others are looked for in what it finds.
const MOST_WORDS: usize = 8;

/// What the awards that the reader may see are called.
async fn award_titles(db: &Db, ctx: &Ctx) -> Result<HashMap<AwardId, String>> {
    Ok(awards::store::seen(ctx)
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.title))
        .collect())
}

fn named(names: &HashMap<OrganisationId, String>, id: OrganisationId) -> String {
    names.get(&id).cloned().unwrap_or_default()
}
