//! How the tables came to be: numbered and named steps, the same for SQLite and PostgreSQL.
//!
//! Each step is one SQL file. Only the spelling of a few types differs between the databases, so
//! they are written as `{uuid}`, `{timestamp}` and so on and spelled here.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// All steps, oldest first.
#[derive(Debug)]
pub struct Migrator;

mod append_only;
mod pieces;

const STEPS: &[(&str, Work)] = &[
    (
        "m0001_the_house",
        Work::Sql(include_str!("sql/0001_the_house.sql")),
    ),
    ("m0002_append_only", Work::Made(append_only::statements)),
    (
        "m0003_programmes",
        Work::Sql(include_str!("sql/0003_programmes.sql")),
    ),
    (
        "m0004_applications",
        Work::Sql(include_str!("sql/0004_applications.sql")),
    ),
    (
        "m0005_applications_append_only",
        Work::Made(append_only::of_applications),
    ),
    (
        "m0006_published_grants",
        Work::Sql(include_str!("sql/0006_published_grants.sql")),
    ),
    (
        "m0007_the_ledger_file",
        Work::Sql(include_str!("sql/0007_the_ledger_file.sql")),
    ),
    ("m0008_ledger_kept", Work::Made(append_only::of_the_ledger)),
    (
        "m0009_deadlines_of_any_record",
        Work::Sql(include_str!("sql/0009_deadlines_of_any_record.sql")),
    ),
    (
        "m0010_award_years",
        Work::Sql(include_str!("sql/0010_award_years.sql")),
    ),
    (
        "m0011_every_award_has_years",
        Work::Made(append_only::of_award_years),
    ),
    (
        "m0012_amendments",
        Work::Sql(include_str!("sql/0012_amendments.sql")),
    ),
    (
        "m0013_amendments_append_only",
        Work::Made(append_only::of_amendments),
    ),
    (
        "m0014_payments",
        Work::Both(
            include_str!("sql/0014_payments.sql"),
            append_only::of_payments,
        ),
    ),
    (
        "m0020_decisions",
        Work::Sql(include_str!("sql/0020_decisions.sql")),
    ),
    (
        "m0021_decisions_kept",
        Work::Made(append_only::of_decisions),
    ),
    (
        "m0022_commitments",
        Work::Sql(include_str!("sql/0022_commitments.sql")),
    ),
    (
        "m0023_commitments_kept",
        Work::Made(append_only::of_commitments),
    ),
    ("m0030_pieces", Work::Made(pieces::statements)),
    (
        "m0040_conditions",
        Work::Both(
            include_str!("sql/0040_conditions.sql"),
            append_only::of_conditions,
        ),
    ),
    (
        "m0041_award_terms",
        Work::Sql(include_str!("sql/0041_award_terms.sql")),
    ),
    (
        "m0042_virements",
        Work::Both(
            include_str!("sql/0042_virements.sql"),
            append_only::of_virements,
        ),
    ),
    (
        "m0044_contract_references",
        Work::Both(
            include_str!("sql/0044_contract_references.sql"),
            append_only::of_references,
        ),
    ),
    (
        "m0045_journals",
        Work::Both(
            include_str!("sql/0045_journals.sql"),
            append_only::of_journals,
        ),
    ),
    (
        "m0046_gone_lines",
        Work::Both(
            include_str!("sql/0046_gone_lines.sql"),
            append_only::of_gone_lines,
        ),
    ),
    (
        "m0051_beside_records",
        Work::Both(
            include_str!("sql/0051_beside_records.sql"),
            append_only::of_documents,
        ),
    ),
    (
        "m0052_corrections_and_contacts",
        Work::Sql(include_str!("sql/0052_corrections_and_contacts.sql")),
    ),
    (
        "m0053_suspensions",
        Work::Both(
            include_str!("sql/0053_suspensions.sql"),
            append_only::of_suspensions,
        ),
    ),
    (
        "m0054_closures",
        Work::Both(
            include_str!("sql/0054_closures.sql"),
            append_only::of_closures,
        ),
    ),
    (
        "m0055_baseline",
        Work::Sql(include_str!("sql/0055_baseline.sql")),
    ),
    (
        "m0057_pool_policies",
        Work::Both(
            include_str!("sql/0057_pool_policies.sql"),
            append_only::of_pool_policies,
        ),
    ),
    (
        "m0058_contributions_by_year",
        Work::Both(
            include_str!("sql/0058_contributions_by_year.sql"),
            append_only::of_contributions,
        ),
    ),
    (
        "m0059_balance_rules",
        Work::Both(
            include_str!("sql/0059_balance_rules.sql"),
            append_only::of_balance_rules,
        ),
    ),
    (
        "m0060_apportionments",
        Work::Both(
            include_str!("sql/0060_apportionments.sql"),
            append_only::of_apportionments,
        ),
    ),
    (
        "m0062_award_letters",
        Work::Both(
            include_str!("sql/0062_award_letters.sql"),
            append_only::of_letters,
        ),
    ),
    (
        "m0063_published_grants_kept",
        Work::Made(append_only::of_grants),
    ),
    (
        "m0065_findings_in_their_words",
        Work::Both(
            include_str!("sql/0065_findings_in_their_words.sql"),
            append_only::of_silenced,
        ),
    ),
    (
        "m0066_reasons_taken_back",
        Work::Both(
            include_str!("sql/0066_reasons_taken_back.sql"),
            append_only::of_reasons_taken_back,
        ),
    ),
    ("m0067_fewer_keys", Work::Made(pieces::fewer_keys)),
    (
        "m0068_charge_caps",
        Work::Both(
            include_str!("sql/0068_charge_caps.sql"),
            append_only::of_charge_caps,
        ),
    ),
    (
        "m0070_disclosures",
        Work::Both(
            include_str!("sql/0070_disclosures.sql"),
            append_only::of_disclosures,
        ),
    ),
    (
        "m0071_certified_attributions",
        Work::Both(
            include_str!("sql/0071_certified_attributions.sql"),
            append_only::of_certified_attributions,
        ),
    ),
    (
        "m0072_pins",
        Work::Both(include_str!("sql/0072_pins.sql"), append_only::of_pins),
    ),
    (
        "m0075_funder_questions",
        Work::Both(
            include_str!("sql/0075_funder_questions.sql"),
            append_only::of_questions,
        ),
    ),
    (
        "m0076_calendar_feeds",
        Work::Sql(include_str!("sql/0076_calendar_feeds.sql")),
    ),
    (
        "m0077_shared_documents",
        Work::Both(
            include_str!("sql/0077_shared_documents.sql"),
            append_only::of_shared_documents,
        ),
    ),
    (
        "m0079_agreements_by_category",
        Work::Sql(include_str!("sql/0079_agreements_by_category.sql")),
    ),
    (
        "m0080_positions_seen",
        Work::Sql(include_str!("sql/0080_positions_seen.sql")),
    ),
    (
        "m0081_funder_links",
        Work::Both(
            include_str!("sql/0081_funder_links.sql"),
            append_only::of_funder_links,
        ),
    ),
    (
        "m0082_proposals",
        Work::Both(
            include_str!("sql/0082_proposals.sql"),
            append_only::of_proposals,
        ),
    ),
    (
        "m0083_category_maps",
        Work::Both(
            include_str!("sql/0083_category_maps.sql"),
            append_only::of_category_maps,
        ),
    ),
    (
        "m0084_policy_purposes",
        Work::Both(
            include_str!("sql/0084_policy_purposes.sql"),
            append_only::of_policy_purposes,
        ),
    ),
    (
        "m0085_runs_that_add",
        Work::Sql(include_str!("sql/0085_runs_that_add.sql")),
    ),
    (
        "m0086_where_a_link_goes",
        Work::Sql(include_str!("sql/0086_where_a_link_goes.sql")),
    ),
    (
        "m0087_places_and_groups",
        Work::Sql(include_str!("sql/0087_places_and_groups.sql")),
    ),
    (
        "m0088_capital_agreements",
        Work::Sql(include_str!("sql/0088_capital_agreements.sql")),
    ),
];

/// What a step does: SQL of which only some types are spelled anew, or statements that differ.
#[derive(Clone, Copy)]
enum Work {
    Sql(&'static str),
    Made(fn(DbBackend) -> Vec<String>),
    /// First the one, then the other.
    Both(&'static str, fn(DbBackend) -> Vec<String>),
}

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS
            .iter()
            .map(|(name, work)| Box::new(Step { name, work: *work }) as Box<dyn MigrationTrait>)
            .collect()
    }
}

/// The names of the steps this program knows, oldest first.
pub fn known() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|(name, _)| *name)
}

struct Step {
    name: &'static str,
    work: Work,
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let backend = manager.get_database_backend();
        let made = match self.work {
            Work::Sql(sql) => statements(&spell(sql, backend)),
            Work::Made(make) => make(backend),
            Work::Both(sql, make) => {
                let mut made = statements(&spell(sql, backend));
                made.extend(make(backend));
                made
            }
        };
        for statement in made {
            db.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "steps are not undone: restore the backup that `migrate` made".to_owned(),
        ))
    }
}

/// sqlx finds SQLite's column types by these names (they are what sea-query spells).
fn spell(sql: &str, backend: DbBackend) -> String {
    let types = match backend {
        DbBackend::Sqlite => [
            ("{uuid}", "uuid_text"),
            ("{timestamp}", "timestamp_with_timezone_text"),
            ("{date}", "date_text"),
            ("{json}", "jsonb_text"),
            ("{bytes}", "blob"),
            ("{text}", "text"),
        ],
        _ => [
            ("{uuid}", "uuid"),
            ("{timestamp}", "timestamptz"),
            ("{date}", "date"),
            ("{json}", "jsonb"),
            ("{bytes}", "bytea"),
            ("{text}", "text"),
        ],
    };
    types.iter().fold(sql.to_owned(), |sql, (name, spelled)| {
        sql.replace(name, spelled)
    })
}

/// The statements of a step: separated by a semicolon at the end of a line, comments left out.
fn statements(sql: &str) -> Vec<String> {
    let code: String = sql
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .map(|line| format!("{line}\n"))
        .collect();
    code.split(";\n")
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
        .map(str::to_owned)
        .collect()
}
