//! Published grants and their files as readers get them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AwardId, GrantFormat, GrantImportId, GrantImportState, Money, OrganisationId, PublishedGrantId,
    award, file, grant_import, grant_import_fault, organisation,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    Value,
};
use serde::Serialize;

use super::store::{CURRENT, statement};
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::organisations::rules::usual;
use crate::paging::{Cursor, Slice};
use crate::{Ctx, Db, Error, Result, settings};

/// A file of published grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct GrantImportView {
    /// Its id.
    pub id: GrantImportId,
    /// The file's name.
    pub file_name: String,
    /// The file's SHA-256, lower-case hex.
    pub sha256: String,
    /// How it is written.
    pub format: GrantFormat,
    /// Where it stands.
    pub state: GrantImportState,
    /// Grants read so far.
    pub grants_read: i64,
    /// Grants that nobody had published here before.
    pub grants_new: i64,
    /// Grants that supersede what was known of them.
    pub grants_changed: i64,
    /// Grants that were known just so.
    pub grants_known: i64,
    /// Grants of which something newer is known.
    pub grants_older: i64,
    /// Grants that were left out, for what is wrong with them.
    pub grants_faulty: i64,
    /// Why the file could not be read.
    pub failure: Option<String>,
    /// When it came (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: DateTime<Utc>,
    /// Who brought it; absent for the command line.
    pub created_by: Option<String>,
    /// When it was complete (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub completed_at: Option<DateTime<Utc>>,
}

/// A grant of a file that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FaultyGrant {
    /// Which grant of the file, from 1; in a table the number of its row.
    pub row: u32,
    /// Its identifier, if it could be read.
    pub identifier: String,
    /// Everything that is wrong with it.
    pub faults: Vec<GrantFault>,
}

/// Something that is wrong with a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct GrantFault {
    /// Where in the grant, as a path of the standard's names.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Who gave or got a published grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct GrantBody {
    /// The org-id in its usual form; empty for a person.
    pub org_id: String,
    /// The name as published.
    pub name: String,
    /// The organisation that we know by this org-id.
    pub organisation_id: Option<OrganisationId>,
}

/// A grant as its funder published it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PublishedGrantView {
    /// Its id.
    pub id: PublishedGrantId,
    /// The funder's identifier.
    pub identifier: String,
    /// What the funder calls it.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// How much was awarded, in pence.
    pub amount_pence: Money,
    /// When it was decided on.
    pub awarded_on: NaiveDate,
    /// First day, if it was published.
    pub starts_on: Option<NaiveDate>,
    /// Last day, if it was published.
    pub ends_on: Option<NaiveDate>,
    /// How many months, if that was published.
    pub months: Option<i32>,
    /// The funder's scheme; empty if none was published.
    pub programme: String,
    /// Who gave it.
    pub funder: GrantBody,
    /// Who got it.
    pub recipient: GrantBody,
    /// When the funder last changed it (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub modified_at: Option<DateTime<Utc>>,
    /// Whether our own charity got it: then it can be recorded as an award.
    pub ours: bool,
    /// The award that was recorded of it, by its reference.
    pub award_id: Option<AwardId>,
    /// The file that it came with.
    pub import_id: GrantImportId,
    /// Which grant of the file, from 1; in a table the number of its row.
    pub row: i64,
}

/// A grant with what was published of it before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct GrantHistory {
    /// As it is known now.
    pub grant: PublishedGrantView,
    /// As it was published, newest first; the first is what is known now.
    pub published: Vec<Publication>,
}

/// One publication of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Publication {
    /// The grant as it was published then.
    pub grant: PublishedGrantView,
    /// The file's name.
    pub file_name: String,
    /// The file's SHA-256, lower-case hex.
    pub sha256: String,
    /// When it was taken in (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub taken_in_at: DateTime<Utc>,
}

/// Which published grants.
#[derive(Clone, Debug, Default)]
pub struct GrantFilter {
    /// Given by the body with this org-id.
    pub funder: Option<String>,
    /// Got by the body with this org-id.
    pub recipient: Option<String>,
    /// With all of these words in title, description, programme or a name.
    pub words: Option<String>,
    /// Got by our own charity.
    pub ours: bool,
}

/// What an organisation gave or got in a year, as far as it is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct GrantYear {
    /// The calendar year of the decision.
    pub year: i32,
    /// Grants that it gave.
    pub given: i64,
    /// What they come to, in pence.
    pub given_pence: i64,
    /// Of those, what our own charity got, in pence.
    pub given_to_us_pence: i64,
    /// Grants that it got.
    pub received: i64,
    /// What they come to, in pence.
    pub received_pence: i64,
}

/// Files of grants, newest first, after `after`.
pub async fn imports(
    db: &Db,
    ctx: &Ctx,
    after: Option<GrantImportId>,
    limit: u64,
) -> Result<Vec<GrantImportView>> {
    ctx.require(Operation::ReadGrants)?;
    let mut query = grant_import::Entity::find();
    if let Some(after) = after {
        query = query.filter(grant_import::Column::Id.lt(after));
    }
    let rows = query
        .order_by_desc(grant_import::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    shown(db, rows).await
}

/// One file of grants.
pub async fn import(db: &Db, ctx: &Ctx, id: GrantImportId) -> Result<GrantImportView> {
    ctx.require(Operation::ReadGrants)?;
    let row = grant_import::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    shown(db, vec![row]).await?.pop().ok_or(Error::NotFound)
}

async fn shown(db: &Db, rows: Vec<grant_import::Model>) -> Result<Vec<GrantImportView>> {
    let files: HashMap<_, _> = file::Entity::find()
        .filter(file::Column::Id.is_in(rows.iter().map(|row| row.file_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|file| (file.id, file))
        .collect();
    let people = names_of(db, rows.iter().filter_map(|row| row.created_by)).await?;
    rows.into_iter()
        .map(|row| {
            let file = files.get(&row.file_id).ok_or(Error::NotFound)?;
            Ok(GrantImportView {
                id: row.id,
                file_name: file.name.clone(),
                sha256: file.sha256.clone(),
                format: row.format,
                state: row.state,
                grants_read: row.grants_read,
                grants_new: row.grants_new,
                grants_changed: row.grants_changed,
                grants_known: row.grants_known,
                grants_older: row.grants_older,
                grants_faulty: row.grants_faulty,
                failure: row.failure,
                created_at: row.created_at,
                created_by: row.created_by.and_then(|id| people.get(&id).cloned()),
                completed_at: row.completed_at,
            })
        })
        .collect()
}

/// The grants of a file that were left out, in its order, after row `after`.
pub async fn faults(
    db: &Db,
    ctx: &Ctx,
    id: GrantImportId,
    after: Option<u32>,
    limit: u64,
) -> Result<Vec<FaultyGrant>> {
    import(db, ctx, id).await?;
    let of = grant_import_fault::Column::ImportId.eq(id);
    let rows: Vec<i64> = grant_import_fault::Entity::find()
        .select_only()
        .column(grant_import_fault::Column::RowNo)
        .distinct()
        .filter(of.clone())
        .filter(grant_import_fault::Column::RowNo.gt(i64::from(after.unwrap_or(0))))
        .order_by_asc(grant_import_fault::Column::RowNo)
        .limit(limit)
        .into_tuple()
        .all(db.read())
        .await?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Ok(Vec::new());
    };
    let found = grant_import_fault::Entity::find()
        .filter(of)
        .filter(grant_import_fault::Column::RowNo.between(*first, *last))
        .order_by_asc(grant_import_fault::Column::RowNo)
        .order_by_asc(grant_import_fault::Column::Place)
        .all(db.read())
        .await?;
    let mut grants: Vec<FaultyGrant> = Vec::new();
    for fault in found {
        let row = u32::try_from(fault.row_no).unwrap_or(u32::MAX);
        let told = GrantFault {
            place: fault.place,
            message: fault.message,
        };
        match grants.last_mut() {
            Some(grant) if grant.row == row => grant.faults.push(told),
            _ => grants.push(FaultyGrant {
                row,
                identifier: fault.identifier,
                faults: vec![told],
            }),
        }
    }
    Ok(grants)
}

/// The import that a file came with, if it counts or is being read.
pub async fn import_of_file(db: &Db, ctx: &Ctx, sha256: &str) -> Result<Option<GrantImportId>> {
    ctx.require(Operation::ReadGrants)?;
    Ok(super::ops::twin(db.read(), sha256)
        .await?
        .map(|import| import.id))
}

/// What a view of grants must know besides: organisations by org-id, our own org-id, awards by
/// reference.
struct Around {
    bodies: HashMap<String, OrganisationId>,
    home: Option<String>,
}

impl Around {
    async fn of(db: &Db) -> Result<Self> {
        let rows: Vec<(OrganisationId, String)> = organisation::Entity::find()
            .select_only()
            .columns([organisation::Column::Id, organisation::Column::OrgId])
            .into_tuple()
            .all(db.read())
            .await?;
        let home = settings::home(db).await?;
        Ok(Self {
            home: rows
                .iter()
                .find(|(id, _)| Some(*id) == home)
                .map(|(_, org_id)| usual(org_id)),
            bodies: rows
                .into_iter()
                .map(|(id, org_id)| (usual(&org_id), id))
                .collect(),
        })
    }

    fn grant(&self, row: &QueryResult) -> Result<PublishedGrantView> {
        let body = |org_id: String, name: String| GrantBody {
            organisation_id: self.bodies.get(&org_id).copied(),
            org_id,
            name,
        };
        let recipient = body(
            row.try_get("", "recipient_org_id")?,
            row.try_get("", "recipient_name")?,
        );
        Ok(PublishedGrantView {
            id: row.try_get("", "id")?,
            identifier: row.try_get("", "identifier")?,
            title: row.try_get("", "title")?,
            description: row.try_get("", "description")?,
            amount_pence: row.try_get("", "amount")?,
            awarded_on: row.try_get("", "awarded_on")?,
            starts_on: row.try_get("", "starts_on")?,
            ends_on: row.try_get("", "ends_on")?,
            months: row.try_get("", "months")?,
            programme: row.try_get("", "programme")?,
            funder: body(
                row.try_get("", "funder_org_id")?,
                row.try_get("", "funder_name")?,
            ),
            ours: !recipient.org_id.is_empty() && Some(&recipient.org_id) == self.home.as_ref(),
            recipient,
            modified_at: row.try_get("", "modified_at")?,
            award_id: None,
            import_id: row.try_get("", "import_id")?,
            row: row.try_get("", "row_no")?,
        })
    }
}

/// The awards that were recorded of our own grants.
async fn with_awards(db: &Db, grants: &mut [PublishedGrantView]) -> Result<()> {
    let ours = grants.iter().filter(|grant| grant.ours);
    let awards: HashMap<String, AwardId> = award::Entity::find()
        .filter(award::Column::Reference.is_in(ours.map(|grant| grant.identifier.clone())))
        .all(db.read())
        .await?
        .into_iter()
        .map(|award| (award.reference, award.id))
        .collect();
    for grant in grants.iter_mut().filter(|grant| grant.ours) {
        grant.award_id = awards.get(&grant.identifier).copied();
    }
    Ok(())
}

/// Grants as they are known now, the latest decision first.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    filter: &GrantFilter,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<PublishedGrantView>> {
    ctx.require(Operation::ReadGrants)?;
    let around = Around::of(db).await?;
    let mut values: Vec<Value> = Vec::new();
    let mut wanted = vec!["1 = 1".to_owned()];
    let mut place = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    if let Some(funder) = &filter.funder {
        wanted.push(format!("g.funder_org_id = {}", place(usual(funder).into())));
    }
    if let Some(recipient) = &filter.recipient {
        wanted.push(format!(
            "g.recipient_org_id = {}",
            place(usual(recipient).into())
        ));
    }
    if filter.ours {
        let home = around.home.clone().unwrap_or_else(|| "nobody".to_owned());
        wanted.push(format!("g.recipient_org_id = {}", place(home.into())));
    }
    for word in filter
        .words
        .iter()
        .flat_map(|words| words.split_whitespace())
        .take(8)
    {
        let at = place(crate::text::anywhere(word).into());
        wanted.push(format!(
            "LOWER(g.title || ' ' || g.description || ' ' || g.programme || ' ' || \
               g.recipient_name || ' ' || g.funder_name || ' ' || g.identifier) \
             LIKE {at} ESCAPE '\\'"
        ));
    }
    if let Some(after) = after {
        let (date, id) = (place(after.date().into()), place(after.id.into()));
        wanted.push(format!(
            "(g.awarded_on < {date} OR (g.awarded_on = {date} AND g.id < {id}))"
        ));
    }
    let most = place(
        i64::try_from(limit.saturating_add(1))
            .unwrap_or(i64::MAX)
            .into(),
    );
    let sql = format!(
        "SELECT g.* FROM {CURRENT} WHERE {} ORDER BY g.awarded_on DESC, g.id DESC LIMIT {most}",
        wanted.join(" AND ")
    );
    let conn = db.read();
    let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
    let mut grants = rows
        .iter()
        .map(|row| around.grant(row))
        .collect::<Result<Vec<_>>>()?;
    with_awards(db, &mut grants).await?;
    Ok(Slice::cut(grants, limit, |grant| {
        Cursor::on(grant.awarded_on, grant.id)
    }))
}

/// One grant with everything that was published of it.
pub async fn one(db: &Db, ctx: &Ctx, id: PublishedGrantId) -> Result<GrantHistory> {
    ctx.require(Operation::ReadGrants)?;
    let around = Around::of(db).await?;
    let conn = db.read();
    let rows = conn
        .query_all_raw(statement(
            conn,
            "SELECT g.*, f.name AS file_name, f.sha256, i.completed_at FROM published_grant g \
             JOIN grant_import i ON i.id = g.import_id AND i.state = 'complete' \
             JOIN file f ON f.id = i.file_id WHERE g.identifier = \
               (SELECT identifier FROM published_grant WHERE id = $1) ORDER BY i.seq DESC",
            [id.into()],
        ))
        .await?;
    let mut published = rows
        .iter()
        .map(|row| {
            Ok(Publication {
                grant: around.grant(row)?,
                file_name: row.try_get("", "file_name")?,
                sha256: row.try_get("", "sha256")?,
                taken_in_at: row.try_get("", "completed_at")?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let newest = published.first_mut().ok_or(Error::NotFound)?;
    with_awards(db, std::slice::from_mut(&mut newest.grant)).await?;
    Ok(GrantHistory {
        grant: newest.grant.clone(),
        published,
    })
}

/// What an organisation gave and got by year, the latest first, as far as it is published.
pub async fn years(db: &Db, ctx: &Ctx, org_id: &str) -> Result<Vec<GrantYear>> {
    ctx.require(Operation::ReadGrants)?;
    let around = Around::of(db).await?;
    let home = around.home.unwrap_or_else(|| "nobody".to_owned());
    let conn = db.read();
    let mut years: std::collections::BTreeMap<i32, GrantYear> = std::collections::BTreeMap::new();
    for side in ["funder_org_id", "recipient_org_id"] {
        let sql = format!(
            "SELECT SUBSTR(CAST(g.awarded_on AS text), 1, 4) AS year, \
               CAST(COUNT(*) AS bigint) AS grants, CAST(SUM(g.amount) AS bigint) AS pence, \
               CAST(SUM(CASE WHEN g.recipient_org_id = $2 THEN g.amount ELSE 0 END) AS bigint) \
                 AS to_us \
             FROM {CURRENT} WHERE g.{side} = $1 GROUP BY 1"
        );
        let values = [usual(org_id).into(), home.clone().into()];
        for row in conn.query_all_raw(statement(conn, sql, values)).await? {
            let text: String = row.try_get("", "year")?;
            let year = text
                .parse()
                .map_err(|_no_year| Error::internal("a year that is none"))?;
            let entry = years.entry(year).or_insert(GrantYear {
                year,
                given: 0,
                given_pence: 0,
                given_to_us_pence: 0,
                received: 0,
                received_pence: 0,
            });
            if side == "funder_org_id" {
                entry.given = row.try_get("", "grants")?;
                entry.given_pence = row.try_get("", "pence")?;
                entry.given_to_us_pence = row.try_get("", "to_us")?;
            } else {
                entry.received = row.try_get("", "grants")?;
                entry.received_pence = row.try_get("", "pence")?;
            }
        }
    }
    Ok(years.into_values().rev().collect())
}

/// The file as it came.
pub async fn source(db: &Db, ctx: &Ctx, id: GrantImportId) -> Result<crate::files::Stored> {
    ctx.require(Operation::ReadGrants)?;
    let row = grant_import::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    crate::files::load(db, row.file_id).await
}
